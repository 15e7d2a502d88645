extension FieldWords {
  /// As the English table.
  static let french: StaticString = #"""
    abort_log | Pourquoi rien n’a été envoyé | La note prise lorsqu’un message qui vous était destiné a été arrêté avant son départ.
    abort_type | Type d’arrêt | Le genre de raison pour laquelle un message qui vous était destiné a été arrêté.
    action | Inscription ou désinscription | Indique si vous avez rejoint ou quitté une liste de messages.
    activity_attributes_type | Type d’affichage en direct | Le genre d’affichage en direct sur l’écran verrouillé de votre appareil.
    activity_id | Numéro de l’affichage en direct | Un numéro pour un affichage en direct sur votre appareil.
    ad_id | Numéro publicitaire de votre appareil | Un numéro que votre appareil donne aux applications pour la publicité ; ses réglages permettent de le réinitialiser.
    ad_id_type | Type de numéro publicitaire | Le fabricant dont vient ce genre de numéro publicitaire.
    ad_tracking_enabled | Réglage du suivi publicitaire | Ce que votre appareil a indiqué au sujet du suivi publicitaire.
    agent_id | Numéro de l’assistant automatique | Lequel de nos assistants automatiques (intelligence artificielle) a fait le travail.
    agent_name | Nom de l’assistant automatique | Le nom que nous donnons à l’assistant automatique (intelligence artificielle) qui a fait le travail.
    alt_accuracy | Précision de l’altitude | L’erreur possible sur l’altitude enregistrée.
    altitude | Altitude de votre position | La hauteur à laquelle se trouvait votre appareil lorsque sa position a été enregistrée.
    amplitude_id | Votre numéro chez Amplitude | Le numéro sous lequel le service d’analyse Amplitude vous enregistre.
    app_group_api_id | Numéro externe de l’espace de travail | Le numéro par lequel d’autres programmes désignent la partie de notre système de messagerie dont relève l’enregistrement.
    app_group_id | Numéro de l’espace de travail | La partie de notre système de messagerie dont relève l’enregistrement.
    app_id | Numéro de l’application | Celle de nos applications ou celui de nos sites web qui est concerné.
    archived | Archivé | Indique si la fiche a été mise de côté parce qu’elle ne sert plus.
    attempt_count | Nombre de tentatives | Combien de fois l’opération avait été tentée jusque-là.
    banner_placement_id | Emplacement de la bannière | L’endroit de l’application ou du site où se trouve la bannière.
    batch_id | Numéro du lot | Le lot d’enregistrements dans lequel celui-ci a été transmis.
    bounce_reason | Pourquoi il est revenu | La réponse du service de messagerie ou de notification lorsqu’un message n’a pas pu vous être remis.
    browser | Navigateur | Le programme avec lequel vous avez consulté la page ou le message.
    bsuid | Votre numéro WhatsApp chez nous | Le numéro par lequel WhatsApp vous désigne auprès de notre entreprise, à la place de votre numéro de téléphone.
    button_action_type | Effet du bouton | Ce qui se passe lorsqu’on appuie sur le bouton du message.
    button_id | Bouton | Le bouton du message sur lequel on a appuyé.
    button_string | Nom du bouton | Le nom que nous avons donné au bouton sur lequel on a appuyé.
    cache_hit | Réponse tirée de la mémoire | Indique si une réponse gardée en mémoire a été réutilisée, sans interroger le modèle de langage.
    cache_tokens | Texte tiré de la mémoire | La quantité de texte que le modèle de langage a pu prendre dans sa mémoire.
    call_type | Type d’appel | La manière dont l’enregistrement a été transmis au service.
    campaign_id | Numéro de la campagne | Celle de nos campagnes à laquelle appartient le message.
    campaign_name | Nom de la campagne | Le nom que nous donnons à la campagne à laquelle appartient le message.
    canvas_api_id | Numéro externe de la série de messages | Le numéro par lequel d’autres programmes désignent la série de messages.
    canvas_entry_id | Votre passage dans une série de messages | Un numéro pour l’unique fois où vous avez parcouru une série de messages.
    canvas_id | Numéro de la série de messages | La série de messages prévue à laquelle cela appartient.
    canvas_name | Nom de la série de messages | Le nom que nous donnons à la série de messages prévue.
    canvas_step_api_id | Numéro externe de l’étape | Le numéro par lequel d’autres programmes désignent l’étape de la série de messages.
    canvas_step_id | Numéro de l’étape | L’étape de la série de messages dont il s’agit.
    canvas_step_message_variation_id | Version du message dans l’étape | La version du message utilisée à cette étape de la série.
    canvas_step_name | Nom de l’étape | Le nom que nous donnons à cette étape de la série de messages.
    canvas_variation_api_id | Numéro externe de la voie | Le numéro par lequel d’autres programmes désignent la voie suivie dans la série de messages.
    canvas_variation_id | Numéro de la voie | Celle des voies de la série de messages qui vous a été attribuée.
    canvas_variation_name | Nom de la voie | Le nom que nous donnons à la voie de la série de messages qui vous a été attribuée.
    card_id | Numéro de la carte | La carte de l’application ou du site dont il s’agit.
    carrier | Réseau mobile | L’opérateur téléphonique auquel votre appareil était connecté.
    catalog_id | Numéro de la liste de produits | Celle de nos listes de produits présentée dans le message.
    category | Thème | Le thème sous lequel l’enregistrement a été classé.
    channel | Moyen de contact | La manière dont cela vous est parvenu : par e-mail ou par SMS, par exemple.
    channel_identifier | Votre adresse pour ce moyen de contact | L’adresse e-mail ou le numéro de téléphone où nous devions vous joindre.
    city | Ville | La ville d’où semblait venir votre connexion.
    combination_token | Combinaison de contenus | Un repère pour la combinaison de contenus choisie pour vous.
    completion_tokens | Longueur de la réponse | La quantité de texte écrite par le modèle de langage.
    consent_state | Vos consentements | Ce que vous avez accepté ou refusé, tel que le service l’avait noté.
    content_card_id | Numéro de la carte de contenu | La carte de contenu de l’application ou du site dont il s’agit.
    content_length | Taille | La taille du contenu.
    content_optimizer_step_id | Étape de l’essai de contenus | L’étape de l’essai de plusieurs contenus dont il s’agit.
    conversion_behavior | Ce qui comptait comme réussite | La règle qui dit quelle action était espérée après le message.
    conversion_behavior_index | La réussite dont il s’agit | L’action espérée que vous avez accomplie, d’après son rang dans la liste.
    country | Pays | Le pays où vous êtes ou que vous nous avez indiqué.
    currency | Devise | La monnaie dans laquelle le prix est donné.
    custom_attributes | Vos autres renseignements | D’autres renseignements de votre profil que nous avons choisi de garder.
    custom_event_type | Genre d’activité | La façon dont le service classe cette activité.
    deferral_reason | Pourquoi il a été retardé | La réponse du service de messagerie lorsqu’il a remis à plus tard un message qui vous était destiné.
    device_brand | Marque de votre appareil | La marque sous laquelle votre appareil est vendu.
    device_class | Genre d’appareil | Indique s’il s’agissait, par exemple, d’un téléphone, d’une tablette ou d’un ordinateur.
    device_family | Gamme de votre appareil | La gamme de produits à laquelle appartient votre appareil.
    device_id | Numéro de votre appareil | Un numéro que notre application a donné à votre appareil ou à votre navigateur.
    device_manufacturer | Fabricant de votre appareil | L’entreprise qui a fabriqué votre appareil.
    device_model | Modèle de votre appareil | Le modèle de votre appareil.
    device_os | Système de votre appareil | Le système d’exploitation que votre appareil semblait utiliser.
    dispatch_id | Numéro de l’expédition | Un numéro pour l’envoi dont le message faisait partie.
    dma | Zone média | La zone, selon le découpage des annonceurs, d’où semblait venir votre connexion.
    dob | Date de naissance | Le jour de votre naissance, tel qu’il figure dans votre profil.
    duration | Durée | Le temps que cela a duré.
    element_label | Texte de ce que vous avez touché | Les mots du bouton ou de la suggestion que vous avez touchés.
    element_type | Genre d’élément touché | Indique si vous avez touché, par exemple, un bouton ou une suggestion.
    email_address | Adresse e-mail | Votre adresse e-mail, à laquelle le message a été envoyé ou depuis laquelle vous avez agi.
    email_sha256 | Empreinte de votre adresse e-mail | Votre adresse e-mail transformée en une suite fixe de signes.
    endpoint_url | Adresse du système destinataire | L’adresse web du système informatique qui en a été informé.
    environment | Cadre d’utilisation | Indique si l’enregistrement vient d’une utilisation réelle ou d’un essai.
    error | Erreur | Ce qui n’a pas fonctionné, selon les mots du système.
    esp | Service d’envoi | L’entreprise qui achemine nos e-mails.
    event_name | Ce qui s’est passé | Le nom que le service donne à cet événement.
    event_sequence | Rang dans l’ordre | La place de l’événement parmi ceux qui l’entourent.
    event_type | Type d’événement | Le genre d’événement, selon les mots du service.
    exit_reason | Pourquoi la série a pris fin | La raison pour laquelle vous n’avez plus reçu la série de messages.
    experiment_split_id | Numéro de votre groupe d’essai | Le groupe d’un essai qui vous a été attribué.
    experiment_split_name | Nom de votre groupe d’essai | Le nom que nous donnons au groupe d’un essai qui vous a été attribué.
    experiment_step_id | Étape de l’essai | L’étape d’une série de messages où plusieurs versions ont été essayées.
    external_user_id | Votre numéro de client | Le numéro ou le nom sous lequel nos propres systèmes vous enregistrent.
    feature_flag_id_name | Fonction de l’application | La fonction de notre application ou de notre site qui a été activée ou désactivée pour vous.
    first_name | Prénom | Votre prénom, tel qu’il figure dans votre profil.
    flow_id | Numéro du formulaire WhatsApp | Le formulaire dans WhatsApp dont il s’agit.
    flow_response_json | Vos réponses au formulaire WhatsApp | Ce que vous avez saisi dans un formulaire dans WhatsApp.
    from_domain | Notre adresse d’envoi | La partie située après le @ de l’adresse depuis laquelle nous vous avons écrit.
    from_phone_number | Notre numéro de téléphone | Le numéro depuis lequel nous vous avons écrit.
    from_rcs_sender | Notre nom d’expéditeur RCS | L’expéditeur sous lequel nous vous avons écrit par messagerie RCS.
    gender | Genre | Votre genre, tel qu’il figure dans votre profil.
    has_url_parameters | Lien avec ajouts | Indique si des ajouts de mesure ont été placés sur les liens du message.
    home_city | Ville de résidence | La ville où vous habitez, telle qu’elle figure dans votre profil.
    host | Nom du serveur | Le nom de l’ordinateur d’où vient l’enregistrement.
    http_status_code | Réponse du système destinataire | Le nombre par lequel le système informatique destinataire a répondu.
    id | Numéro de l’événement | Un numéro propre à chaque événement, pour qu’aucun ne soit compté deux fois.
    identity_encoding | Forme de l’identifiant | Si l’identifiant placé à côté est écrit tel quel, ou sous une autre forme.
    identity_type | Type d’identifiant | De quelle sorte est l’identifiant placé à côté, par exemple une adresse e-mail ou un numéro de client.
    in_control_group | Dans le groupe de comparaison | Indique si vous n’avez pas reçu le message, pour comparer avec ceux qui l’ont reçu.
    in_reply_to | Message auquel vous avez répondu | Le numéro de notre message auquel vous avez répondu.
    inbound_phone_number | Notre numéro auquel vous avez écrit | Celui de nos numéros de téléphone auquel vous avez envoyé votre message.
    input | Ce qui a été soumis à l’assistant | Le texte soumis à notre assistant automatique.
    interaction_type | Ce que vous avez fait | La façon dont vous avez réagi au message : par exemple en touchant un lien ou un bouton.
    invocation_id | Numéro d’exécution de l’assistant | Un numéro pour une exécution de notre assistant automatique.
    invocation_source | Ce qui a appelé l’assistant | La partie de nos systèmes qui a mis notre assistant automatique au travail.
    ios_push_token_apns_gateway | Service de notification d’Apple | Le service d’Apple qui achemine les notifications vers votre appareil.
    ip_address | Adresse internet | Le numéro par lequel votre connexion pouvait être jointe sur internet.
    ip_pool | Groupe de serveurs d’envoi | Le groupe de serveurs de messagerie depuis lequel l’e-mail a été envoyé.
    is_amp | E-mail interactif | Indique si vous avez vu la version interactive de l’e-mail.
    is_canvas_entry | Début d’une série de messages | Indique si une série de messages a commencé pour vous à ce moment.
    is_drop | Abandonné | Indique si l’opération a été abandonnée définitivement.
    is_error | Terminé par une erreur | Indique si le travail s’est terminé par une erreur.
    is_sms_fallback | SMS de remplacement | Indique si un SMS ordinaire est parti parce que le message RCS ne vous parvenait pas.
    is_suspected_bot_click | Peut-être pas vous | Indique si le clic semble venir d’un programme et non d’une personne.
    is_terminal | Dernier essai | Indique s’il s’agissait du dernier essai.
    is_unique | Première fois | Indique si c’était la première fois que vous faisiez cela avec le message.
    language | Langue | La langue de votre profil ou de votre appareil.
    last_name | Nom de famille | Votre nom de famille, tel qu’il figure dans votre profil.
    latitude | Position, nord ou sud | La position de votre appareil vers le nord ou le sud.
    library | Partie de programme | La partie d’un programme qui a produit l’enregistrement.
    line_channel_id | Numéro de notre compte LINE | Celui de nos comptes LINE dont il s’agit.
    line_channel_name | Nom de notre compte LINE | Le nom de notre compte dans LINE.
    link_alias | Nom du lien | Le nom que nous avons donné au lien sur lequel vous avez cliqué.
    link_aliasing_enabled | Liens nommés | Indique si les liens du message portent des noms que nous leur avons donnés.
    link_id | Numéro du lien | Le lien du message sur lequel vous avez cliqué.
    live_activity_event_outcome | Résultat de l’affichage en direct | Indique si l’affichage en direct est parvenu à votre appareil.
    live_activity_event_type | Étape de l’affichage en direct | Indique si l’affichage en direct a été lancé, mis à jour ou terminé.
    ll_accuracy | Précision de la position | L’erreur possible sur la position enregistrée.
    llm_owned_by_customer | Modèle de langage à notre compte | Indique si le modèle de langage était utilisé sous notre propre contrat.
    locale_key | Version linguistique | La langue et la région dont vous avez reçu la version du message.
    longitude | Position, est ou ouest | La position de votre appareil vers l’est ou l’ouest.
    machine_open | Ouvert par un programme | Indique si un logiciel de messagerie semble avoir ouvert l’e-mail de lui-même.
    mailbox_provider | Votre fournisseur de messagerie | L’entreprise qui semble gérer votre boîte aux lettres.
    media_id | Numéro de l’image ou du fichier | Le numéro d’une image ou d’un fichier que vous nous avez envoyé.
    media_urls | Images et fichiers envoyés par vous | Les adresses web des images, enregistrements ou documents que vous nous avez envoyés.
    message_body | Texte de votre message | Ce que vous nous avez écrit.
    message_extras | Compléments du message | Des renseignements placés dans le message lorsqu’il a été préparé pour vous.
    message_id | Numéro du message | Un numéro pour ce seul message.
    message_variation_id | Version du message | Celle des versions du message que vous avez reçue.
    message_variation_name | Nom de la version | Le nom que nous donnons à la version du message que vous avez reçue.
    model_name | Modèle de langage | Le modèle de langage (intelligence artificielle) qui a été utilisé.
    model_provider | Fournisseur du modèle de langage | L’entreprise dont le modèle de langage a été utilisé.
    mpid | Votre numéro chez mParticle | Le numéro sous lequel le service de données mParticle vous enregistre.
    name | Nom de l’activité | Le nom que nous donnons à l’activité dans notre application ou sur notre site.
    name_parts | Éléments de votre nom | Votre nom, élément par élément.
    native_line_id | Votre numéro LINE | Le numéro sous lequel LINE vous connaît.
    next_step_id | Étape suivante | L’étape de la série de messages qui venait ensuite pour vous.
    orphaned_by_id | Profil auquel le vôtre a été réuni | Le numéro du profil qui a pris la suite d’un autre de vos profils.
    os_name | Nom du système | Le nom du système d’exploitation de votre appareil.
    os_version | Version du système | La version du système d’exploitation de votre appareil.
    output | Ce que l’assistant a répondu | Le texte que notre assistant automatique a rendu.
    partner_id | Numéro du service émetteur | Le service qui a transmis l’enregistrement.
    phone_number | Numéro de téléphone | Votre numéro de téléphone.
    phone_sha256 | Empreinte de votre numéro de téléphone | Votre numéro de téléphone transformé en une suite fixe de signes.
    platform | Plateforme | Le genre de système que vous avez utilisé : par exemple Android, iOS ou le web.
    postal_code | Code postal | Le code postal d’où semblait venir votre connexion.
    prev_random_bucket_number | Ancien numéro de tirage | Le nombre entre 0 et 9999 tiré au sort pour vous auparavant.
    price | Prix | Ce que vous avez payé, ou ce que coûte l’article.
    product_id | Produit | Le numéro ou le nom de ce que vous avez acheté.
    progression_type | Manière d’avancer | La façon dont s’est fait, pour vous, le passage d’une étape de la série de messages à la suivante.
    prompt_tokens | Longueur de la question | La quantité de texte donnée au modèle de langage.
    properties | Détails de l’activité | Des détails que notre application ou notre site a ajoutés sur ce que vous avez fait.
    provider_error_code | Numéro d’erreur du transporteur | Le numéro par lequel l’entreprise chargée de la remise désigne ce qui n’a pas fonctionné.
    provider_error_title | Erreur selon le transporteur | Ce qui n’a pas fonctionné, selon l’entreprise chargée de la remise.
    provider_request_id | Numéro chez le fournisseur du modèle | Le numéro sous lequel le fournisseur du modèle de langage a traité la demande.
    push_to_start_token | Clé pour les affichages en direct | Un secret qui permet de lancer un affichage en direct sur votre appareil.
    push_token | Clé pour les notifications | Un secret qui permet d’envoyer des notifications à votre appareil.
    push_token_created_at | Notifications mises en place | Le moment où votre appareil a pu, pour la première fois, recevoir des notifications de cette façon.
    push_token_device_id | Appareil de la clé de notification | Le numéro de l’appareil auquel appartient la clé pour les notifications.
    push_token_foreground_push_disabled | Notifications visibles désactivées | Indique si les notifications visibles étaient désactivées sur votre appareil.
    push_token_provisionally_opted_in | Notifications discrètes | Indique si les notifications n’étaient permises que discrètement, à l’essai.
    push_token_state_change_type | Changement des notifications | Ce qui a changé dans l’envoi de notifications à votre appareil.
    push_token_updated_at | Notifications renouvelées | Le moment où la clé pour les notifications vers votre appareil a été renouvelée.
    quick_reply_text | Réponse rapide | Le texte de la réponse toute prête que vous avez touchée.
    random_bucket_number | Numéro de tirage | Un nombre entre 0 et 9999 tiré au sort pour vous, afin de former des groupes d’essai au hasard.
    raw_response | Réponse intégrale | La réponse du système informatique destinataire, telle quelle.
    reasoning_tokens | Longueur de la réflexion | La quantité de texte que le modèle de langage a utilisée pour élaborer la réponse.
    received_time | Heure d’arrivée | Le moment où l’enregistrement est arrivé au service.
    recipient_domain | Domaine de votre adresse e-mail | La partie de votre adresse e-mail située après le @.
    region | Région | La région d’où semblait venir votre connexion.
    request_id | Numéro de la demande | Un numéro pour une demande, afin d’en retrouver toutes les parties.
    resolution | Taille de l’écran | Le nombre de points de l’écran de votre appareil.
    retry_count | Nombre de nouveaux essais | Combien de fois un envoi manqué avait été tenté de nouveau.
    retry_log | Note sur le nouvel essai | La raison pour laquelle un envoi a dû être tenté de nouveau.
    retry_type | Type de nouvel essai | Le genre de difficulté pour laquelle un envoi a été tenté de nouveau.
    schema_version | Version du format | La version du format de l’enregistrement.
    sdk_version | Version du logiciel intégré | La version du logiciel de messagerie intégré à l’application.
    send_id | Numéro de l’envoi | Un numéro que nous avons donné à un envoi pour le compter.
    send_time | Heure d’envoi | Le moment où le message en question a été envoyé.
    sending_ip | Adresse du serveur d’envoi | L’adresse internet du serveur qui a envoyé l’e-mail ; ce n’est pas la vôtre.
    session_id | Numéro de la visite | Un numéro pour l’une de vos visites de l’application ou du site.
    short_url | Lien court | L’adresse web raccourcie que vous avez suivie.
    source | D’où vous veniez | La publicité ou la page qui a mené à notre application.
    state_change_source | Ce qui a causé le changement | L’origine du changement : vous-même ou notre équipe, par exemple.
    subscription_group_id | Numéro de la liste | La liste de messages concernée.
    subscription_status | Abonnement | Indique si vous souhaitiez les messages après ce changement.
    suspected_bot_click_reason | Pourquoi cela ressemble à un programme | Les signes d’après lesquels le clic a été attribué à un programme.
    template_name | Nom du modèle de message | Le nom que nous donnons au modèle à partir duquel le message a été fait.
    thinking_level | Effort de réflexion | L’effort de réflexion demandé au modèle de langage.
    time | Date et heure | Le moment où cela s’est passé.
    time_ms | Heure exacte | Le moment où cela s’est passé, au millième de seconde près.
    timezone | Fuseau horaire | Le fuseau horaire où vous êtes.
    to_phone_number | Numéro de téléphone du destinataire | Votre numéro de téléphone, auquel le message a été envoyé.
    to_rcs_sender | Expéditeur RCS auquel vous avez écrit | Celui de nos expéditeurs de messagerie RCS auquel vous avez écrit.
    token | Mot d’accès au service | Un secret à nous pour le service qui a reçu l’enregistrement.
    tool_arguments | Ce que l’outil a reçu | Les renseignements que l’assistant automatique a remis à l’un de ses outils.
    tool_call_id | Numéro d’utilisation de l’outil | Un numéro pour une utilisation d’un outil.
    tool_name | Outil | L’outil que l’assistant automatique a utilisé.
    total_tokens | Longueur totale du texte | La quantité de texte lue et écrite par le modèle de langage.
    update_source | Ce qui a changé votre profil | L’origine du changement de votre profil.
    update_token | Clé de mise à jour de l’affichage | Un secret qui permet de mettre à jour un affichage en direct sur votre appareil.
    url | Lien | L’adresse web sur laquelle vous avez cliqué.
    url_path | Chemin de l’adresse destinataire | La partie d’une adresse web qui suit le nom de l’ordinateur.
    user_agent | Détails du navigateur et de l’appareil | Ce que votre navigateur ou votre logiciel de messagerie a indiqué sur lui-même.
    user_id | Votre numéro dans le système de messagerie | Le numéro que notre système de messagerie a donné à votre profil.
    user_phone_number | Numéro depuis lequel vous avez écrit | Votre numéro de téléphone, depuis lequel vous avez écrit ou cliqué.
    uuid | Numéro de l’enregistrement | Un numéro que le service a donné à cet enregistrement.
    version | Version | La version de l’application ou de l’enregistrement.
    web_push_token_public_key | Clé publique de votre navigateur | Une clé de votre navigateur qui rend les notifications illisibles pour d’autres.
    web_push_token_user_auth | Secret de votre navigateur | Un secret que votre navigateur partage avec nous pour les notifications.
    web_push_token_vapid_public_key | Notre clé pour les notifications web | Une clé à nous, à laquelle les navigateurs reconnaissent nos notifications ; elle est la même pour tout le monde.
    webhook_duration | Temps pris par le système destinataire | Le temps que le système informatique destinataire a mis à répondre.
    webhook_failure_source | Origine de l’échec | Le côté d’où venait la cause lorsqu’un autre système informatique n’a pas pu être informé.
    write_key | Clé d’accès au service | Un secret à nous pour transmettre des enregistrements.

    """#
}
