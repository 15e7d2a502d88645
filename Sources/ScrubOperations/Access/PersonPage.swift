internal import ScrubPolicy

/// The page for the person: what there is about them, in plain words, on one page without network or script.
enum PersonPage {
  /// Events that the page shows; the files beside it have them all.
  static let eventLimit = 1000

  static func html(
    _ package: AccessPackage, _ events: AccessEvents, _ tally: AccessTally, _ controller: [ControllerTexts],
    _ catalog: Catalog
  ) throws -> String {
    let writer = PersonWriter(package, tally, controller, catalog)
    return try template.render(PersonView(writer, events))
  }

  private static let template = PageTemplate(
    pageTemplate, with: ["head": headTemplate, "days": InspectionPage.daysTemplate])
}

/// What the template shows, by the names of the properties.
struct PersonView {
  let lang: String
  let style = PageParts.style + PersonPage.style
  let kicker: String
  /// The id of the request, which stands under every printed page: letters, digits, dashes and underscores.
  let request: String
  let state: String
  let stateSign: String
  let stateWord: String
  let headline: String
  let opening: Markup
  let facts: [ReportView.Fact]
  let contents: Markup

  let hasEvents: Bool
  let whatTitle: String
  let bars: [Chart.Bars]
  let categories: Markup
  let channelsTitle: String
  let channels: [Chart.Bars]
  let daysCaption: String
  let daysText: String
  let strips: [DayStrip]
  let hasStrips: Bool
  /// The sections behind the pictures.
  let sections: Markup
  let footer: String
}

extension PersonView {
  init(_ writer: PersonWriter, _ events: AccessEvents) {
    let say = writer.say
    let package = writer.package
    lang = package.language.rawValue
    kicker = say("Answer to request ", "Réponse à la demande ") + package.request.id
    request = String(decoding: package.request.id.utf8.filter(Self.isOfID), as: UTF8.self)
    state = package.isComplete ? "complete" : "incomplete"
    stateSign = package.isComplete ? "✓" : "!"
    stateWord =
      package.isComplete
      ? say("Everything could be searched", "Tout a pu être parcouru")
      : say("Not everything could be searched", "Tout n’a pas pu être parcouru")
    headline = writer.headline
    opening = writer.opening
    facts = writer.facts

    hasEvents = events.count > 0
    whatTitle = say("What we hold", "Ce que nous détenons")
    bars = Chart.Bars.both(writer.categoryCounts, id: "what-bars", caption: whatTitle, number: say.number)
    categories = writer.categories
    channelsTitle = say("In which ways", "Par quels moyens")
    channels = Chart.Bars.both(writer.channelCounts, id: "channel-bars", caption: channelsTitle, number: say.number)
    daysCaption = say("When", "Quand")
    daysText = writer.daysText
    strips = writer.strips
    hasStrips = !strips.isEmpty

    let rest = writer.sections(events)
    sections = rest.map(\.markup).joined()
    var links = rest.map { (id: $0.id, title: $0.title) }
    if hasStrips { links.insert(("days", daysCaption), at: 0) }
    if hasEvents { links.insert(contentsOf: [("what", whatTitle), ("channels", channelsTitle)], at: 0) }
    let items = links.map { "<li><a href=\"#\($0.id)\">\($0.title)</a></li>" as Markup }.joined()
    contents = "<nav aria-label=\"\(say("Contents", "Sommaire"))\"><ul>\(items)</ul></nav>"
    footer = say(
      "This page was made by the program currents-scrub \(programVersion) from our records. It sends nothing anywhere.",
      "Cette page a été faite par le programme currents-scrub \(programVersion) à partir de nos enregistrements. Elle n’envoie rien nulle part.")
  }
}

extension PersonView {
  private static func isOfID(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }
}

extension [Markup] {
  func joined() -> Markup { Markup(stringLiteral: map(\.renderText).joined()) }
}

/// Finds the words for a package.
struct PersonWriter {
  let package: AccessPackage
  let tally: AccessTally
  let controller: [ControllerTexts]
  let catalog: Catalog
  let say: PackageText

  init(_ package: AccessPackage, _ tally: AccessTally, _ controller: [ControllerTexts], _ catalog: Catalog) {
    self.package = package
    self.tally = tally
    self.controller = controller.isEmpty ? [ControllerTexts()] : controller
    self.catalog = catalog
    say = PackageText(package.language)
  }

  typealias Section = PageSection

  /// The sections behind the pictures, in order.
  func sections(_ events: AccessEvents) -> [Section] {
    var sections = [identifiers, details, devices, usage, leftOut, asking, otherFiles, search].compactMap { $0 }
    if tally.events > 0 { sections.append(eventList(events)) }
    return sections
  }

  // MARK: the answer

  var headline: String {
    if tally.events > 0 { return say("Yes, we hold data about you", "Oui, nous détenons des données vous concernant") }
    // A search with gaps can deny nothing.
    return gaps.isEmpty
      ? say("We found no data about you", "Nous n’avons trouvé aucune donnée vous concernant")
      : say("We cannot yet say whether we hold data about you", "Nous ne pouvons pas encore dire si nous détenons des données vous concernant")
  }

  /// What was found in a sentence, for whom, and whether that is all.
  var opening: Markup {
    var lines: [Markup] = ["<p class=\"lead\">\(found)</p>"]
    if let on = onBehalf { lines.append("<p>\(on)</p>") }
    lines.append(completeness)
    return lines.joined()
  }

  private var found: String {
    guard tally.events > 0 else {
      if !gaps.isEmpty {
        return say(
          "We went through \(say.events(package.scope.events)). In those that could be searched for the identifiers of your request we found nothing about you.",
          "Nous avons parcouru \(say.events(package.scope.events)). Dans ceux où les identifiants de votre demande pouvaient être recherchés, nous n’avons rien trouvé vous concernant."
        )
      }
      return say(
        "We searched \(say.events(package.scope.events)) for the identifiers of your request, and none of them is about you.",
        "Nous avons parcouru \(say.events(package.scope.events)) à la recherche des identifiants de votre demande\u{202f}; aucun ne vous concerne.")
    }
    let number = say.events(tally.events)
    guard let first = package.scope.firstDay, let last = package.scope.lastDay else {
      return say("We found \(number) about you.", "Nous avons trouvé \(number) vous concernant.")
    }
    if first == last {
      return say("We found \(number) about you, of \(say.day(first)).", "Nous avons trouvé \(number) vous concernant, du \(say.day(first)).")
    }
    return say(
      "We found \(number) about you, from \(say.day(first)) to \(say.day(last)).",
      "Nous avons trouvé \(number) vous concernant, du \(say.day(first)) au \(say.day(last)).")
  }

  private var onBehalf: String? {
    switch package.request.relation {
    case .oneself: nil
    case .guardian:
      say(
        "The request was made by a guardian; “you” means the person that it is about.",
        "La demande a été faite par un représentant légal\u{202f}; «\u{a0}vous\u{a0}» désigne la personne concernée.")
    case .agent:
      say(
        "The request was made by somebody who acts for the person; “you” means that person.",
        "La demande a été faite par un mandataire\u{202f}; «\u{a0}vous\u{a0}» désigne la personne concernée.")
    case .heir:
      say(
        "The request was made by an heir; “you” means the person that it is about.",
        "La demande a été faite par un héritier\u{202f}; «\u{a0}vous\u{a0}» désigne la personne concernée.")
    }
  }

  private var completeness: Markup {
    let gaps = gaps
    let title =
      gaps.isEmpty
      ? say("All that was searched could be read.", "Tout ce qui a été parcouru a pu être lu.")
      : say("This answer is not complete, because:", "Cette réponse n’est pas complète, car\u{202f}:")
    let held = heldBack.map { "<p>\($0)</p>" as Markup } ?? ""
    let items: Markup = gaps.isEmpty ? "" : "<ul>\(gaps.map { "<li>\($0)</li>" as Markup }.joined())</ul>"
    return "<div class=\"looks \(gaps.isEmpty ? "all" : "part")\"><p class=\"claim\">\(title)</p>\(items)\(held)</div>"
  }

  /// What could not be read or searched, a sentence each.
  private var gaps: [String] {
    let scope = package.scope
    var gaps: [String] = []
    if !scope.unreadable.isEmpty {
      gaps.append(
        say(
          "\(say.counted(scope.unreadable.count, "file", "files")) could not be read, or not as a whole.",
          "\(say.counted(scope.unreadable.count, "fichier n’a pas pu être lu, ou pas en entier", "fichiers n’ont pas pu être lus, ou pas en entier"))."))
    }
    if !scope.unsupported.isEmpty {
      gaps.append(
        say(
          "\(say.counted(scope.unsupported.count, "file has", "files have")) a form that the search does not understand.",
          "\(say.counted(scope.unsupported.count, "fichier a une forme", "fichiers ont une forme")) que la recherche ne comprend pas."))
    }
    if !scope.notSearchable.isEmpty {
      let files = scope.notSearchable.values.reduce(0, +)
      gaps.append(
        say(
          "\(say.counted(files, "file holds", "files hold")) disguised data that could not be searched, because the key to it, or the rules by which it was disguised, were not at hand, or because nothing is left in it by which you could be looked for.",
          "\(say.counted(files, "fichier contient", "fichiers contiennent")) des données masquées qui n’ont pas pu être parcourues, faute de la clé ou des règles de masquage, ou de toute donnée permettant de vous y chercher."
        ))
    }
    if scope.nameless > 0 {
      gaps.append(
        say(
          "\(say.counted(scope.nameless, "event does", "events do")) not say whom they are about, so nobody can tell whether they are about you.",
          "\(say.counted(scope.nameless, "événement ne dit pas", "événements ne disent pas")) qui est concerné\u{202f}; personne ne peut donc dire s’il s’agit de vous."
        ))
    }
    return gaps
  }

  private var heldBack: String? {
    let number = package.scope.heldBackEvents
    guard number > 0 else { return nil }
    let kinds = package.scope.heldBack.keys.sorted().map { say.kindInText($0) }.joined(separator: ", ")
    return say(
      "\(say.counted(number, "more event", "more events")) could be about you, but only a value that several people share leads "
        + "to them, or they do not tell their area (\(kinds)). They are held back until a person has looked at them.",
      "\(say.counted(number, "autre événement pourrait", "autres événements pourraient")) vous concerner, mais seule une "
        + "valeur partagée par plusieurs personnes y mène, ou ils n’indiquent pas leur espace (\(kinds)). "
        + "Ils sont retenus jusqu’à ce qu’une personne les ait examinés.")
  }

  var facts: [ReportView.Fact] {
    guard tally.events > 0 else { return [] }
    let ways = AccessChannel.allCases.filter { $0 != .none && tally.events(by: $0) > 0 }.count
    let own = package.identifiers.filter { !$0.isShared }.count
    return [
      ReportView.Fact(
        label: say("Events", "Événements"), figure: say.number(tally.events),
        remark: say(
          "of \(say.counted(tally.types.count, "kind", "kinds"))",
          "de \(say.counted(tally.types.count, "sorte", "sortes"))")),
      ReportView.Fact(
        label: say("Days", "Jours"), figure: say.number(tally.days.count),
        remark: say("on which something happened", "où il s’est passé quelque chose")),
      ReportView.Fact(
        label: say("Ways", "Moyens"), figure: say.number(ways),
        remark: say("in which we were in touch", "par lesquels nous étions en contact")),
      ReportView.Fact(
        label: say("Identifiers", "Identifiants"), figure: say.number(own),
        remark: say("by which we know you", "sous lesquels nous vous connaissons")),
    ]
  }

  // MARK: what, how, when

  private var heldCategories: [(category: AccessCategory, events: Int)] {
    AccessCategory.allCases.map { ($0, tally.events(in: $0)) }.filter { $0.1 > 0 }
  }

  var categoryCounts: [Chart.Count] {
    heldCategories.sorted { $0.events > $1.events }
      .map { Chart.Count(name: say.name($0.category), whole: $0.events, parts: [("accent", $0.events)], remark: nil) }
  }

  var channelCounts: [Chart.Count] {
    AccessChannel.allCases.filter { $0 != .none }.map { (say.name($0), tally.events(by: $0)) }.filter { $0.1 > 0 }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
      .map { Chart.Count(name: $0.0, whole: $0.1, parts: [("hashed", $0.1)], remark: nil) }
  }

  /// Each category with what happened in it, most often first.
  var categories: Markup {
    heldCategories.map { category, events in
      let types = tally.types.filter { EventWords.of($0.key).category == category }
        .reduce(into: [String: Int]()) { $0[EventWords.of($1.key).name(in: say.language), default: 0] += $1.value.events }
        .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      let rows = types.map { name, events in
        "<tr><th scope=\"row\">\(name)</th><td class=\"number\">\(say.number(events))</td></tr>" as Markup
      }.joined()
      return """
        <details><summary><h3>\(say.name(category))</h3> <span class="soft">\(say.events(events))</span></summary>
        <p>\(say.meaning(category))</p>
        <table class="counts"><caption>\(say.name(category))</caption><thead><tr><th scope="col">\
        \(say("What happened", "Ce qui s’est passé"))</th><th scope="col" class="number">\
        \(say("How often", "Combien de fois"))</th></tr></thead><tbody>\(rows)</tbody></table>
        </details>

        """ as Markup
    }.joined()
  }

  private var sortedDays: [(number: Int, events: Int)] {
    tally.days.sorted { $0.key < $1.key }.map { (number: $0.key, events: $0.value) }
  }

  var daysText: String {
    let days = sortedDays
    guard let busiest = days.max(by: { $0.events < $1.events }) else { return "" }
    let most = say.day(Day(number: busiest.number))
    let without = tally.events - tally.timed
    let rest =
      without == 0
      ? ""
      : say(
        " \(say.counted(without, "event does", "events do")) not tell when.",
        " \(say.counted(without, "événement ne dit pas", "événements ne disent pas")) quand.")
    return say(
      "Something happened on \(say.counted(days.count, "day", "days")), most on \(most): \(say.events(busiest.events)).",
      "Il s’est passé quelque chose au cours de \(say.counted(days.count, "jour", "jours")), le plus souvent le \(most)\u{202f}: \(say.events(busiest.events))."
    ) + rest
  }

  var strips: [DayStrip] {
    let days = sortedDays
    guard let first = days.first, let last = days.last else { return [] }
    let from = say.day(Day(number: first.number))
    let to = say.day(Day(number: last.number))
    return Chart.Format.allCases.map {
      DayStrip(days, format: $0, summary: daysText, first: from, last: days.count > 1 ? to : "")
    }
  }
}
