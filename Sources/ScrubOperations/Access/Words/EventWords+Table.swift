extension EventWords {
  /// A line an event type: its name, category, channel, and what people call it in English and in French.
  static let table: StaticString = #"""
    agentconsole.AgentExecuted | decisions | none | An automatic assistant worked on something for you | Un assistant automatique a travaillé à quelque chose pour vous
    agentconsole.ToolInvocation | decisions | none | An automatic assistant used a tool | Un assistant automatique a utilisé un outil
    users.RandomBucketNumberUpdate | decisions | none | A draw number was given to you | Un numéro de tirage vous a été attribué
    users.UserDeleteRequest | profile | none | Your profile was to be deleted | Votre profil devait être effacé
    users.UserOrphan | profile | none | Two profiles of yours were joined | Deux de vos profils ont été réunis
    users.behaviors.CustomEvent | activity | app | You did something in the app or on the website | Vous avez fait quelque chose dans l’application ou sur le site
    users.behaviors.InstallAttribution | activity | app | How you came to install the app was noted | L’origine de l’installation de l’application a été notée
    users.behaviors.Location | activity | app | The position of your device was recorded | La position de votre appareil a été enregistrée
    users.behaviors.Purchase | activity | app | You bought something | Vous avez acheté quelque chose
    users.behaviors.Uninstall | activity | app | The app was removed from your device | L’application a été retirée de votre appareil
    users.behaviors.app.FirstSession | activity | app | Your first visit to the app or website | Votre première visite de l’application ou du site
    users.behaviors.app.NewsFeedImpression | activity | news_feed | You saw the news in the app | Vous avez vu les actualités dans l’application
    users.behaviors.app.SessionEnd | activity | app | A visit to the app or website ended | Une visite de l’application ou du site s’est terminée
    users.behaviors.app.SessionStart | activity | app | A visit to the app or website began | Une visite de l’application ou du site a commencé
    users.behaviors.liveactivity.PushToStartTokenChange | devices | live_activity | The key for starting live displays on your device changed | La clé pour lancer des affichages en direct sur votre appareil a changé
    users.behaviors.liveactivity.UpdateTokenChange | devices | live_activity | The key for a live display on your device changed | La clé d’un affichage en direct sur votre appareil a changé
    users.behaviors.pushnotification.TokenStateChange | devices | push | How notifications reach your device changed | La façon dont les notifications parviennent à votre appareil a changé
    users.behaviors.subscription.GlobalStateChange | choices | none | Your choice about messages changed | Votre choix concernant les messages a changé
    users.behaviors.subscriptiongroup.StateChange | choices | none | Your choice about one list of messages changed | Votre choix concernant une liste de messages a changé
    users.campaigns.Abort | technical | none | A campaign was stopped for you | Une campagne a été arrêtée pour vous
    users.campaigns.Conversion | decisions | none | You did what a campaign hoped for | Vous avez fait ce qu’une campagne espérait
    users.campaigns.EnrollInControl | decisions | none | You were put in a comparison group without the message | Vous avez été dans un groupe de comparaison, sans le message
    users.canvas.Abort | technical | none | A series of messages was stopped for you | Une série de messages a été arrêtée pour vous
    users.canvas.Conversion | decisions | none | You did what a series of messages hoped for | Vous avez fait ce qu’une série de messages espérait
    users.canvas.Entry | decisions | none | A series of messages began for you | Une série de messages a commencé pour vous
    users.canvas.costep.Send | decisions | none | A tried-out version in a series was chosen for you | Une version à l’essai dans une série a été choisie pour vous
    users.canvas.exit.MatchedAudience | decisions | none | A series of messages ended because you came to belong to another group | Une série de messages a pris fin parce que vous releviez désormais d’un autre groupe
    users.canvas.exit.PerformedEvent | decisions | none | A series of messages ended because of something you did | Une série de messages a pris fin en raison de ce que vous avez fait
    users.canvas.experimentstep.Conversion | decisions | none | You did what a trial in a series of messages hoped for | Vous avez fait ce qu’un essai dans une série de messages espérait
    users.canvas.experimentstep.SplitEntry | decisions | none | You were put in a test group of a series of messages | Un groupe d’essai d’une série de messages vous a été attribué
    users.canvasstep.Progression | decisions | none | You moved on in a series of messages | Vous avez avancé dans une série de messages
    users.messages.banner.Abort | messages | banner | A banner was not shown | Une bannière n’a pas été affichée
    users.messages.banner.Click | reactions | banner | You clicked on a banner | Vous avez cliqué sur une bannière
    users.messages.banner.Dismiss | reactions | banner | You closed a banner | Vous avez fermé une bannière
    users.messages.banner.Impression | reactions | banner | A banner was shown to you | Une bannière vous a été affichée
    users.messages.contentcard.Abort | messages | content_card | A content card was not sent | Une carte de contenu n’a pas été envoyée
    users.messages.contentcard.Click | reactions | content_card | You clicked on a content card | Vous avez cliqué sur une carte de contenu
    users.messages.contentcard.Dismiss | reactions | content_card | You closed a content card | Vous avez fermé une carte de contenu
    users.messages.contentcard.Impression | reactions | content_card | A content card was shown to you | Une carte de contenu vous a été affichée
    users.messages.contentcard.Send | messages | content_card | We sent you a content card | Nous vous avons envoyé une carte de contenu
    users.messages.email.Abort | messages | email | An email was not sent | Un e-mail n’a pas été envoyé
    users.messages.email.Bounce | messages | email | An email came back for good | Un e-mail est revenu définitivement
    users.messages.email.Click | reactions | email | You clicked a link in an email | Vous avez cliqué sur un lien dans un e-mail
    users.messages.email.Deferral | messages | email | An email was delayed | Un e-mail a été retardé
    users.messages.email.Delivery | messages | email | An email reached your mailbox | Un e-mail est arrivé dans votre boîte aux lettres
    users.messages.email.MarkAsSpam | reactions | email | An email was marked as unwanted | Un e-mail a été signalé comme indésirable
    users.messages.email.Open | reactions | email | An email was opened | Un e-mail a été ouvert
    users.messages.email.Retry | messages | email | Sending an email was tried again | L’envoi d’un e-mail a été retenté
    users.messages.email.Send | messages | email | We sent you an email | Nous vous avons envoyé un e-mail
    users.messages.email.SoftBounce | messages | email | An email came back for a while | Un e-mail est revenu provisoirement
    users.messages.email.Unsubscribe | choices | email | You signed off from emails | Vous avez refusé de recevoir d’autres e-mails
    users.messages.featureflag.Impression | decisions | feature_flag | A function of the app was switched on or off for you | Une fonction de l’application a été activée ou désactivée pour vous
    users.messages.inappmessage.Abort | messages | in_app | A message in the app was not shown | Un message dans l’application n’a pas été affiché
    users.messages.inappmessage.Click | reactions | in_app | You clicked on a message in the app | Vous avez cliqué sur un message dans l’application
    users.messages.inappmessage.Impression | reactions | in_app | A message in the app was shown to you | Un message dans l’application vous a été affiché
    users.messages.line.Abort | messages | line | A LINE message was not sent | Un message LINE n’a pas été envoyé
    users.messages.line.Click | reactions | line | You clicked a link in a LINE message | Vous avez cliqué sur un lien dans un message LINE
    users.messages.line.InboundReceive | reactions | line | You wrote to us in LINE | Vous nous avez écrit dans LINE
    users.messages.line.Retry | messages | line | Sending a LINE message was tried again | L’envoi d’un message LINE a été retenté
    users.messages.line.Send | messages | line | We sent you a LINE message | Nous vous avons envoyé un message LINE
    users.messages.liveactivity.Outcome | messages | live_activity | What became of a live display on your device | Ce qu’est devenu un affichage en direct sur votre appareil
    users.messages.liveactivity.Send | messages | live_activity | We sent a live display to your device | Nous avons envoyé un affichage en direct à votre appareil
    users.messages.newsfeedcard.Abort | messages | news_feed | A card of the news in the app was not shown | Une carte des actualités de l’application n’a pas été affichée
    users.messages.newsfeedcard.Click | reactions | news_feed | You clicked on a card of the news in the app | Vous avez cliqué sur une carte des actualités de l’application
    users.messages.newsfeedcard.Impression | reactions | news_feed | A card of the news in the app was shown to you | Une carte des actualités de l’application vous a été affichée
    users.messages.pushnotification.Abort | messages | push | A notification was not sent | Une notification n’a pas été envoyée
    users.messages.pushnotification.Bounce | messages | push | A notification did not reach your device | Une notification n’est pas parvenue à votre appareil
    users.messages.pushnotification.IosForeground | reactions | push | A notification came while you had the app open | Une notification est arrivée alors que l’application était ouverte
    users.messages.pushnotification.Open | reactions | push | You opened a notification | Vous avez ouvert une notification
    users.messages.pushnotification.Retry | messages | push | Sending a notification was tried again | L’envoi d’une notification a été retenté
    users.messages.pushnotification.Send | messages | push | We sent you a notification | Nous vous avons envoyé une notification
    users.messages.rcs.Abort | messages | rcs | An RCS chat message was not sent | Un message RCS n’a pas été envoyé
    users.messages.rcs.Click | reactions | rcs | You touched something in an RCS chat message | Vous avez touché un élément d’un message RCS
    users.messages.rcs.Delivery | messages | rcs | An RCS chat message reached your phone | Un message RCS est parvenu à votre téléphone
    users.messages.rcs.InboundReceive | reactions | rcs | You wrote to us by RCS chat | Vous nous avez écrit par messagerie RCS
    users.messages.rcs.Read | reactions | rcs | An RCS chat message was read | Un message RCS a été lu
    users.messages.rcs.Rejection | messages | rcs | An RCS chat message was refused on its way | Un message RCS a été refusé en chemin
    users.messages.rcs.Send | messages | rcs | We sent you an RCS chat message | Nous vous avons envoyé un message RCS
    users.messages.sms.Abort | messages | sms | A text message was not sent | Un SMS n’a pas été envoyé
    users.messages.sms.CarrierSend | messages | sms | A text message was handed to the mobile network | Un SMS a été remis au réseau mobile
    users.messages.sms.Delivery | messages | sms | A text message reached your phone | Un SMS est parvenu à votre téléphone
    users.messages.sms.DeliveryFailure | messages | sms | A text message did not reach your phone | Un SMS n’est pas parvenu à votre téléphone
    users.messages.sms.InboundReceive | reactions | sms | You sent us a text message | Vous nous avez envoyé un SMS
    users.messages.sms.Rejection | messages | sms | A text message was refused on its way | Un SMS a été refusé en chemin
    users.messages.sms.Retry | messages | sms | Sending a text message was tried again | L’envoi d’un SMS a été retenté
    users.messages.sms.Send | messages | sms | We sent you a text message | Nous vous avons envoyé un SMS
    users.messages.sms.ShortLinkClick | reactions | sms | You followed a short link in a text message | Vous avez suivi un lien court dans un SMS
    users.messages.webhook.Abort | messages | webhook | Another computer system was not told | Un autre système informatique n’a pas été informé
    users.messages.webhook.Failure | messages | webhook | Telling another computer system failed | L’envoi d’une information à un autre système informatique a échoué
    users.messages.webhook.Retry | messages | webhook | Telling another computer system was tried again | L’envoi d’une information à un autre système informatique a été retenté
    users.messages.webhook.Send | messages | webhook | Another computer system was told something about you | Un autre système informatique a reçu une information à votre sujet
    users.messages.whatsapp.Abort | messages | whatsapp | A WhatsApp message was not sent | Un message WhatsApp n’a pas été envoyé
    users.messages.whatsapp.Click | reactions | whatsapp | You clicked a link in a WhatsApp message | Vous avez cliqué sur un lien dans un message WhatsApp
    users.messages.whatsapp.Delivery | messages | whatsapp | A WhatsApp message reached your phone | Un message WhatsApp est parvenu à votre téléphone
    users.messages.whatsapp.Failure | messages | whatsapp | A WhatsApp message did not reach your phone | Un message WhatsApp n’est pas parvenu à votre téléphone
    users.messages.whatsapp.InboundReceive | reactions | whatsapp | You wrote to us by WhatsApp | Vous nous avez écrit par WhatsApp
    users.messages.whatsapp.Read | reactions | whatsapp | A WhatsApp message was read | Un message WhatsApp a été lu
    users.messages.whatsapp.Retry | messages | whatsapp | Sending a WhatsApp message was tried again | L’envoi d’un message WhatsApp a été retenté
    users.messages.whatsapp.Send | messages | whatsapp | We sent you a WhatsApp message | Nous vous avons envoyé un message WhatsApp
    users.profile.Update | profile | none | Your profile was changed | Votre profil a été modifié

    """#
}
