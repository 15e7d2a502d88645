internal import ScrubPolicy

// MARK: - Who the person is to us

extension PersonWriter {
  var identifiers: Section {
    let rows = package.identifiers.map { identifier in
      let workspace: Markup =
        identifier.workspace.map { "<br><span class=\"soft\">\(say("in the area", "dans l’espace")) <span class=\"whole\">\($0)</span></span>" } ?? ""
      return """
        <tr><th scope="row">\(say.kind(identifier.kind))</th><td class="value" data-head="\(say("Value", "Valeur"))">\
        <span class="whole">\(identifier.value)</span>\(workspace)</td><td data-head="\(say("How we know", "Comment nous le savons"))">\
        \(reason(identifier))</td><td class="number" data-head="\(say("Events", "Événements"))">\
        \(say.number(identifier.events))</td></tr>
        """ as Markup
    }.joined()
    let title =
      tally.events > 0
      ? say("What we know you by", "Sous quoi nous vous connaissons") : say("What we looked for", "Ce que nous avons cherché")
    let lead =
      tally.events > 0
      ? say(
        "These numbers and addresses lead to you. We started with those of your request, and went on to others that our "
          + "records join to them.",
        "Ces numéros et adresses mènent à vous. Nous avons commencé par ceux de votre demande, puis continué avec d’autres, "
          + "que nos enregistrements y rattachent.")
      : say("We looked for what your request names.", "Nous avons cherché ce que votre demande indique.")
    return Section(
      "identifiers", title,
      """
      <p>\(lead)</p>
      <div class="scroll" role="region" tabindex="0" aria-labelledby="identifiers">
      <table class="stack"><caption>\(title)</caption><thead><tr><th scope="col">\(say("What", "Quoi"))</th>\
      <th scope="col">\(say("Value", "Valeur"))</th><th scope="col">\(say("How we know", "Comment nous le savons"))</th>\
      <th scope="col" class="number">\(say("Events", "Événements"))</th></tr></thead><tbody>\(rows)</tbody></table>
      </div>
      """)
  }

  private func reason(_ identifier: LinkedIdentifier) -> Markup {
    let other = identifier.linkedTo.flatMap { package.identifiers.indices.contains($0) ? package.identifiers[$0] : nil }
    let to: Markup =
      other.map { "\(say.kindInText($0.kind)) <span class=\"whole\">\($0.value)</span>" }
      ?? "\(say("another one of yours", "un autre des vôtres"))"
    let link: Markup =
      switch identifier.link {
      case "request": "\(say("Stands in the request.", "Figure dans la demande."))"
      case "same-event": "\(say("Stands in the same event as:", "Figure dans le même événement que\u{202f}:")) \(to)."
      case "merge": "\(say("Our system joined it with:", "Notre système l’a réuni avec\u{202f}:")) \(to)."
      case "included":
        "\(say("A member of our staff decided that it is yours.", "Une personne de notre équipe a décidé qu’il est à vous."))"
      default: "\(say("Our records join it to:", "Nos enregistrements le rattachent à\u{202f}:")) \(to)."
      }
    guard identifier.isShared else { return link }
    let shared = say(
      "Several people have it, so we did not search by it.", "Plusieurs personnes l’ont\u{202f}; nous n’avons donc pas cherché par lui.")
    return "\(link) \(shared)"
  }
}

// MARK: - What we know of the person

extension PersonWriter {
  /// What was told last; nothing where no event tells any of it.
  var details: Section? {
    let items = AccessTally.detailFields.compactMap { field in
      tally.details[field].map { "<dt>\(FieldWords.of(field, in: say.language).name)</dt><dd>\(cut($0))</dd>" as Markup }
    }
    if items.isEmpty { return nil }
    let lead = say("As our records had it last:", "Tel que nos enregistrements l’indiquaient en dernier\u{202f}:")
    return Section(
      "details", say("Your details", "Vos coordonnées"), "<p>\(lead)</p><dl class=\"pairs\">\(items.joined())</dl>")
  }

  /// The devices from which something came.
  var devices: Section? {
    if tally.devices.isEmpty { return nil }
    let title = say("Devices we saw", "Appareils que nous avons vus")
    let rows = tally.devices.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { device, events in
      "<tr><th scope=\"row\">\(cut(device))</th><td class=\"number\">\(say.number(events))</td></tr>" as Markup
    }.joined()
    return Section(
      "devices", title,
      """
      <table class="counts"><caption>\(title)</caption><thead><tr><th scope="col">\(say("Device", "Appareil"))</th>\
      <th scope="col" class="number">\(say("Events", "Événements"))</th></tr></thead><tbody>\(rows)</tbody></table>
      """)
  }

  private func cut(_ text: String) -> String { text.count > 200 ? text.prefix(199) + "…" : text }
}

// MARK: - What the controller says

extension PersonWriter {
  /// What the law has the controller tell beside the data, from the controller's own texts.
  var usage: Section {
    let topics: [ControllerTexts.Topic] = [
      .name, .purposes, .categories, .recipients, .retention, .source, .automatedDecisions, .transfers,
    ]
    let blocks = controller.map { texts in
      let items = topics.map { topic -> Markup in
        let text = texts.texts[topic]?.text(in: say.language)
        // The page itself tells the categories of what was found.
        if topic == .categories && text == nil { return "" }
        return "<h3>\(say.title(topic))</h3>\(told(text))\(topic == .recipients ? recipients : "")"
      }.joined()
      return area(texts) + items
    }
    return Section("usage", say("How your data is used", "Comment vos données sont utilisées"), isNewPage: true, blocks.joined())
  }

  /// Contacts, rights, authority.
  var asking: Section {
    let blocks = controller.map { texts in
      let contacts = ControllerTexts.Contact.allCases.map { way in
        "<dt>\(say.title(way))</dt><dd>\(told(texts.contact[way]?.text(in: say.language)))</dd>" as Markup
      }.joined()
      let topics = [ControllerTexts.Topic.rights, .complaintAuthority].map { topic in
        "<h3>\(say.title(topic))</h3>\(told(texts.texts[topic]?.text(in: say.language)))" as Markup
      }.joined()
      return area(texts) + "<dl class=\"pairs\">\(contacts)</dl>\(topics)"
    }
    let lead = say(
      "If something is unclear, wrong or missing, write to us and name the request \(package.request.id).",
      "Si quelque chose n’est pas clair, est faux ou manque, écrivez-nous en indiquant la demande \(package.request.id).")
    return Section("asking", say("How to ask further", "Comment en demander davantage"), "<p>\(lead)</p>\(blocks.joined())")
  }

  /// Which workspace the texts are for, where there are several.
  private func area(_ texts: ControllerTexts) -> Markup {
    guard controller.count > 1 else { return "" }
    let all = say("All areas", "Tous les espaces")
    return "<p class=\"area\">\(texts.workspace.map { say("Area ", "Espace ") + $0 } ?? all)</p>"
  }

  private func told(_ text: String?) -> Markup {
    guard let text else { return "<p><strong class=\"missing\">\(PackageText.missing)</strong></p>" }
    return text.split(whereSeparator: \.isNewline).filter { $0.contains { !$0.isWhitespace } }
      .map { "<p>\(String($0))</p>" as Markup }.joined()
  }

  /// Those that the book of disclosures knows.
  private var recipients: Markup {
    if package.recipients.isEmpty { return "" }
    let items = package.recipients.map { recipient in
      let days =
        recipient.firstDay == recipient.lastDay
        ? say("on \(say.day(recipient.firstDay))", "le \(say.day(recipient.firstDay))")
        : say(
          "from \(say.day(recipient.firstDay)) to \(say.day(recipient.lastDay))",
          "du \(say.day(recipient.firstDay)) au \(say.day(recipient.lastDay))")
      return "<li>\(recipient.audience), \(days)</li>" as Markup
    }.joined()
    let lead = say(
      "Our own book of what we passed on names these, who were sent records among which yours may be:",
      "Notre registre de ce que nous avons transmis nomme les destinataires suivants\u{202f}; des enregistrements "
        + "parmi lesquels les vôtres peuvent figurer leur ont été envoyés\u{202f}:")
    return "<p>\(lead)</p><ul>\(items)</ul>"
  }
}

// MARK: - What is not shown

extension PersonWriter {
  var leftOut: Section? {
    let items = [maskedOthers, maskedCredentials, hidden, held].compactMap { $0 }
    if items.isEmpty && tally.events == 0 { return nil }
    let nothing = say(
      "Nothing was left out of the events that were found.", "Rien n’a été omis dans les événements trouvés.")
    return Section(
      "left-out", say("What was left out, and why", "Ce qui a été omis, et pourquoi"),
      items.isEmpty ? "<p>\(nothing)</p>" : "<ul>\(items.map { "<li>\($0)</li>" as Markup }.joined())</ul>")
  }

  private var maskedOthers: Markup? {
    let others = package.masked.others.filter { $0.value > 0 }.sorted { $0.key < $1.key }
    if others.isEmpty { return nil }
    let counts = others.map { say.pair(say.kindInText($0.key), $0.value) }.joined(separator: ", ")
    let text = say(
      "Other people’s identifiers that stand in texts about you are made unreadable, because they are theirs (\(counts)).",
      "Les identifiants d’autres personnes qui figurent dans des textes vous concernant sont rendus illisibles, car ils "
        + "sont à elles (\(counts)).")
    return "\(text)"
  }

  private var maskedCredentials: Markup? {
    if package.masked.credentials == 0 { return nil }
    let number = say.count(package.masked.credentials, ("place", "places"), ("endroit", "endroits"))
    let text = say(
      "Passwords and keys of our systems are made unreadable in \(number), because whoever has them could misuse them.",
      "Des mots de passe et des clés de nos systèmes sont rendus illisibles en \(number), car quiconque les possède "
        + "pourrait en abuser.")
    return "\(text)"
  }

  private var hidden: Markup? {
    if package.hidden.isEmpty { return nil }
    let lead = say("These details are not shown:", "Ces renseignements ne sont pas montrés\u{202f}:")
    return "\(lead)\(hiddenFields)"
  }

  private var held: Markup? {
    if package.scope.heldBackEvents == 0 { return nil }
    let events = say.events(package.scope.heldBackEvents)
    let text = say(
      "\(events) could be about you or about others, and are held back until a person has looked at them.",
      "\(events) pourraient vous concerner ou concerner d’autres personnes, et sont retenus jusqu’à ce qu’une personne "
        + "les ait examinés.")
    return "\(text)"
  }

  private var hiddenFields: Markup {
    let items = package.hidden.map { hidden in
      let values = say.count(hidden.values, ("value", "values"), ("valeur", "valeurs"))
      return "<li>\(FieldWords.of(hidden.field, in: say.language).name) (\(values))\(say(":", "\u{202f}:")) \(hidden.because)</li>" as Markup
    }
    return "<ul>\(items.joined())</ul>"
  }
}

// MARK: - The files and the search

extension PersonWriter {
  var otherFiles: Section {
    let files = [
      (
        "events",
        say(
          "The events as tables, a file for each kind, for a spreadsheet program.",
          "Les événements en tableaux, un fichier pour chaque sorte, pour un tableur.")
      ),
      (
        "events.ndjson",
        say(
          "All events in full, for programs: so that you can take your data elsewhere.",
          "Tous les événements en entier, pour des programmes\u{202f}: vous pouvez ainsi emporter vos données ailleurs.")
      ),
      ("profile.json", say("What we know you by, for programs.", "Sous quoi nous vous connaissons, pour des programmes.")),
      (
        "glossary.json",
        say("What each detail means, for programs.", "Ce que signifie chaque renseignement, pour des programmes.")
      ),
      (
        "manifest.json",
        say(
          "A list of all files with their check sums, and what was searched.",
          "La liste de tous les fichiers avec leurs sommes de contrôle, et ce qui a été parcouru.")
      ),
    ]
    // Without events there are no tables of them.
    let shown = files.filter { $0.0 != "events" || tally.events > 0 }
    let items = shown.map { "<dt><code>\($0.0)</code></dt><dd>\($0.1)</dd>" as Markup }.joined()
    return Section(
      "files", say("The other files", "Les autres fichiers"),
      "<p>\(say("Beside this page there are:", "À côté de cette page se trouvent\u{202f}:"))</p><dl class=\"pairs\">\(items)</dl>")
  }

  var search: Section {
    let scope = package.scope
    let request = package.request
    var pairs: [(String, String)] = [
      (
        say("Searched", "Parcouru"),
        scope.archives.isEmpty
          ? say("nothing", "rien")
          : scope.archives.map { "\($0.name)\(say(": ", "\u{202f}: "))\(say.files($0.files)), \(say.events($0.events))" }.joined(separator: "; ")
      )
    ]
    if scope.passes > 0 {
      pairs.append((say("Gone through", "Nombre de parcours"), say.count(scope.passes, ("time", "times"), ("fois", "fois"))))
    }
    if !scope.workspaces.isEmpty {
      pairs.append((say("Only in the areas", "Seulement dans les espaces"), scope.workspaces.joined(separator: ", ")))
    }
    if let received = request.received { pairs.append((say("Request received", "Demande reçue"), say.day(received))) }
    if let due = request.due { pairs.append((say("Answer due by", "Réponse due au plus tard le"), say.day(due))) }
    pairs.append((say("Identity", "Identité"), identity))
    if tally.copied + tally.repeats > 0 { pairs.append((say("Copies", "Copies"), copies)) }
    pairs.append((say("Times", "Heures"), say("in universal time (UTC)", "en temps universel (UTC)")))
    let items = pairs.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as Markup }.joined()
    return Section("search", say("How we searched", "Comment nous avons cherché"), "<dl class=\"pairs\">\(items)</dl>\(gapTable)")
  }

  private var identity: String {
    guard let verified = package.request.verified else {
      return say(PackageDocuments.unverified, "contrôle de l’identité non consigné (\(PackageDocuments.unverified))")
    }
    return say(
      "checked on \(say.day(verified.on)) by \(verified.by): \(verified.method)",
      "contrôlée le \(say.day(verified.on)) par \(verified.by)\u{202f}: \(verified.method)")
  }

  private var copies: String {
    var parts: [String] = []
    if tally.copied > 0 {
      parts.append(
        say.count(
          tally.copied,
          ("event also found in another place and told once", "events also found in another place and told once"),
          (
            "événement trouvé aussi à un autre endroit et présenté une seule fois",
            "événements trouvés aussi à un autre endroit et présentés une seule fois"
          )))
    }
    if tally.repeats > 0 {
      parts.append(
        say.count(
          tally.repeats, ("exact repetition left out", "exact repetitions left out"),
          ("répétition exacte omise", "répétitions exactes omises")))
    }
    return parts.joined(separator: "; ")
  }

  /// The files that could not be read or searched, by name.
  private var gapTable: Markup {
    let scope = package.scope
    let gaps = (scope.unreadable + scope.unsupported).prefix(PersonPage.eventLimit).map { gap in
      let what =
        gap.places.map { say.count($0, ("place", "places"), ("endroit", "endroits")) } ?? say("the whole file", "tout le fichier")
      return "<li><code>\(gap.file)</code>: \(what) (\(gap.code))</li>" as Markup
    }
    let keys = scope.notSearchable.sorted { $0.key < $1.key }.map { key, files in
      "<li>\(say("Disguised with the key", "Masqués avec la clé")) <code>\(key)</code>: \(say.files(files))</li>" as Markup
    }
    if gaps.isEmpty && keys.isEmpty { return "" }
    return "<h3>\(say("Not read or not searched", "Non lus ou non parcourus"))</h3><ul class=\"hex-wrap\">\((gaps + keys).joined())</ul>"
  }
}
