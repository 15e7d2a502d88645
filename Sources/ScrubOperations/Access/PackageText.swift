internal import ScrubPolicy

/// How a package speaks to the person: each sentence in both languages, side by side; numbers and days as people of the
/// language write them.
struct PackageText: Sendable {
  let language: PackageLanguage

  init(_ language: PackageLanguage) { self.language = language }

  func callAsFunction(_ english: String, _ french: String) -> String { language == .en ? english : french }

  /// What stands where the controller has said nothing; the same in every language, so that it can be searched for.
  static let missing = "TO BE COMPLETED BY CONTROLLER"

  // MARK: numbers

  /// `400,048`, or `400 048` with narrow blanks that do not break.
  func number(_ number: Int) -> String {
    let text = PageText.grouped(number)
    return language == .en ? text : String(text.map { $0 == "," ? "\u{202f}" : $0 })
  }

  /// `1 event`, `400,048 events`: a number with a word of the package's language.
  func counted(_ number: Int, _ one: String, _ many: String) -> String {
    let isOne = language == .en ? number == 1 : number < 2
    return "\(self.number(number))\u{a0}\(isOne ? one : many)"
  }

  func count(_ number: Int, _ english: (one: String, many: String), _ french: (one: String, many: String)) -> String {
    language == .en ? counted(number, english.one, english.many) : counted(number, french.one, french.many)
  }

  func events(_ number: Int) -> String { count(number, ("event", "events"), ("événement", "événements")) }

  func files(_ number: Int) -> String { count(number, ("file", "files"), ("fichier", "fichiers")) }

  // MARK: time

  private var months: [String] {
    language == .en
      ? [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
      ]
      : [
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
      ]
  }

  /// `23 November 2026`.
  func day(_ day: Day) -> String {
    let (year, month, number) = day.parts
    let first = language == .fr && number == 1 ? "1er" : "\(number)"
    return "\(first)\u{a0}\(months[month - 1]) \(year)"
  }

  /// The day in words, of `2026-11-23`; any other text as it is.
  func day(_ text: String) -> String { Day(text).map { day($0) } ?? text }

  /// `November 2026`.
  func month(_ day: Day) -> String { "\(months[day.parts.month - 1]) \(day.parts.year)" }

  /// `23 November 2026, 14:05 UTC`.
  func moment(_ seconds: Int) -> String {
    let (hour, minute, _) = Moment.clock(seconds)
    let clock = self("\(Moment.two(hour)):\(Moment.two(minute))", "\(hour)\u{a0}h\u{a0}\(Moment.two(minute))")
    return "\(day(Day(seconds: seconds))), \(clock)\u{a0}UTC"
  }

  // MARK: words

  func name(_ category: AccessCategory) -> String {
    switch category {
    case .messages: self("Messages we sent you", "Messages que nous vous avons envoyés")
    case .reactions: self("What you did with them", "Ce que vous en avez fait")
    case .activity: self("Your visits and purchases", "Vos visites et vos achats")
    case .devices: self("Your devices", "Vos appareils")
    case .choices: self("Your choices about messages", "Vos choix concernant les messages")
    case .profile: self("Your profile", "Votre profil")
    case .decisions: self("Automatic choices and trials", "Choix automatiques et essais")
    case .technical: self("Technical records", "Enregistrements techniques")
    }
  }

  func meaning(_ category: AccessCategory) -> String {
    switch category {
    case .messages:
      self(
        "Messages that were meant for you, and what became of them on their way.",
        "Les messages qui vous étaient destinés, et ce qu’ils sont devenus en chemin.")
    case .reactions:
      self(
        "Messages that you saw, opened, clicked or answered.",
        "Les messages que vous avez vus, ouverts, sur lesquels vous avez cliqué ou auxquels vous avez répondu.")
    case .activity:
      self("What you did in our apps and on our websites.", "Ce que vous avez fait dans nos applications et sur nos sites.")
    case .devices:
      self(
        "How your devices can be reached with notifications and live displays.",
        "La façon dont vos appareils peuvent recevoir des notifications et des affichages en direct.")
    case .choices:
      self("What you agreed to be sent, and what you refused.", "Ce que vous avez accepté de recevoir et ce que vous avez refusé.")
    case .profile:
      self("Changes to what we keep about you as a person.", "Les changements de ce que nous gardons sur votre personne.")
    case .decisions:
      self(
        "What our systems chose for you by themselves: series of messages, test groups, comparison groups, and the "
          + "work of automatic assistants.",
        "Ce que nos systèmes ont choisi pour vous d’eux-mêmes\u{202f}: séries de messages, groupes d’essai, groupes "
          + "de comparaison, et le travail d’assistants automatiques.")
    case .technical:
      self(
        "Records of the running of our systems that carry one of your identifiers.",
        "Des enregistrements du fonctionnement de nos systèmes qui portent l’un de vos identifiants.")
    }
  }

  func name(_ channel: AccessChannel) -> String {
    switch channel {
    case .email: self("Email", "E-mail")
    case .sms: self("Text message (SMS)", "SMS")
    case .push: self("Notification", "Notification")
    case .whatsapp: "WhatsApp"
    case .line: "LINE"
    case .rcs: self("RCS chat", "Messagerie RCS")
    case .webhook: self("Passed to another system", "Transmis à un autre système")
    case .banner: self("Banner", "Bannière")
    case .app: self("App or website", "Application ou site")
    case .none: self("No particular way", "Aucun moyen particulier")
    case .inApp: self("Message in the app", "Message dans l’application")
    case .contentCard: self("Content card", "Carte de contenu")
    case .newsFeed: self("News in the app", "Actualités de l’application")
    case .liveActivity: self("Live display", "Affichage en direct")
    case .featureFlag: self("Function of the app", "Fonction de l’application")
    }
  }

  /// What an identifier of that kind is called.
  func kind(_ kind: String) -> String {
    switch kind {
    case "external_user_id": self("Customer number", "Numéro de client")
    case "braze_id": self("Number in our messaging system", "Numéro dans notre système de messagerie")
    case "email": self("Email address", "Adresse e-mail")
    case "phone": self("Phone number", "Numéro de téléphone")
    case "ip": self("Network address", "Adresse réseau")
    case "device_id": self("Number of a device", "Numéro d’un appareil")
    case "ad_id": self("Advertising number of a device", "Numéro publicitaire d’un appareil")
    case "line_id": self("LINE number", "Numéro LINE")
    case "whatsapp_id": self("WhatsApp number with us", "Numéro WhatsApp chez nous")
    case "whatsapp_message_id": self("Number of a WhatsApp message", "Numéro d’un message WhatsApp")
    case "push_token": self("Key for notifications", "Clé pour les notifications")
    default: kind
    }
  }

  /// The same within a sentence.
  func kindInText(_ kind: String) -> String {
    let name = self.kind(kind)
    let isName = name.hasPrefix("WhatsApp") || name.hasPrefix("LINE")
    return isName ? name : name.prefix(1).lowercased() + name.dropFirst()
  }

  /// `Email address: 3`.
  func pair(_ name: String, _ number: Int) -> String { name + self(": ", "\u{202f}: ") + self.number(number) }

  func title(_ topic: ControllerTexts.Topic) -> String {
    switch topic {
    case .name: self("Who is responsible", "Qui est responsable")
    case .purposes: self("What the data is used for", "À quoi servent les données")
    case .categories: self("What sorts of data there are", "Quelles sortes de données existent")
    case .recipients: self("Who receives the data", "Qui reçoit les données")
    case .retention: self("How long it is kept", "Combien de temps elles sont gardées")
    case .source: self("Where it comes from", "D’où elles viennent")
    case .transfers: self("Whether it goes to other countries", "Si elles partent dans d’autres pays")
    case .rights: self("Your rights", "Vos droits")
    case .automatedDecisions: self("Whether computers decide about you", "Si des ordinateurs décident à votre sujet")
    case .complaintAuthority: self("Where you can complain", "Où déposer une plainte")
    }
  }

  func title(_ contact: ControllerTexts.Contact) -> String {
    switch contact {
    case .postal: self("By post", "Par courrier")
    case .email: self("By email", "Par e-mail")
    case .dpo: self("Data protection officer", "Délégué à la protection des données")
    }
  }
}

extension ControllerTexts.Text {
  func text(in language: PackageLanguage) -> String? {
    switch language {
    case .en: en
    case .fr: fr
    }
  }
}
