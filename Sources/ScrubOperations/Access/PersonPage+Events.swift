internal import ScrubPolicy

extension PersonWriter {
  /// Longest value that is shown whole, in characters.
  private static let valueLimit = 1000
  /// Values of an event that are shown.
  private static let valuesLimit = 120

  /// The newest events, each to be folded open.
  func eventList(_ events: AccessEvents) -> Section {
    let shown = newest(events)
    var body: [Markup] = []
    let lead = say(
      "The newest come first. Each can be opened to see every detail that we have.",
      "Les plus récents viennent en premier. Chacun peut être ouvert pour voir chaque renseignement que nous avons.")
    body.append("<p>\(lead)</p>")
    if tally.events > shown.count {
      let limit = say(
        "These are the first \(say.number(shown.count)) of \(say.number(tally.events)); the files beside this page hold them all.",
        "Voici les \(say.number(shown.count)) premiers sur \(say.number(tally.events))\u{202f}; les fichiers à côté de cette page les contiennent tous.")
      body.append("<p><strong>\(limit)</strong></p>")
    }
    var month = ""
    for event in shown {
      if event.month != month { body.append("<h3>\(event.month)</h3>\n") }
      month = event.month
      body.append(event.markup)
    }
    return Section("events", say("Every event", "Chaque événement"), isNewPage: true, body.joined())
  }

  /// The last of those with a time, newest first, then those without, as many as the page takes.
  private func newest(_ events: AccessEvents) -> [(month: String, markup: Markup)] {
    let first = max(0, tally.timed - PersonPage.eventLimit)
    let withoutTime = PersonPage.eventLimit - (tally.timed - first)
    var timed: [(month: String, markup: Markup)] = []
    var others: [(month: String, markup: Markup)] = []
    var index = 0
    events.forEach { event in
      defer { index += 1 }
      if let time = event.time {
        if index >= first { timed.append((say.month(Day(seconds: time)), markup(event))) }
      } else if others.count < withoutTime {
        others.append((say("Without a date", "Sans date"), markup(event)))
      }
    }
    return timed.reversed() + others
  }

  private func markup(_ event: AccessEvent) -> Markup {
    let words = EventWords.of(event.eventType)
    let time = event.time.map { say.moment($0) } ?? say("no date", "sans date")
    let values = event.values.prefix(Self.valuesLimit).map(value).joined()
    let rest: Markup =
      event.values.count > Self.valuesLimit
      ? "<p class=\"soft\">\(say("More details are in the file ", "D’autres renseignements sont dans le fichier "))events.ndjson.</p>" : ""
    let channel: Markup = words.channel == .none ? "" : " <span class=\"soft\">· \(say.name(words.channel))</span>"
    return """
      <details class="event"><summary><span class="soft when">\(time)</span> <span>\(words.name(in: say.language))</span>\
      \(channel)</summary>
      <dl class="values">\(values)</dl>\(rest)
      \(origin(event))
      </details>

      """
  }

  private func value(_ value: AccessEvent.Value) -> Markup {
    let words = FieldWords.of(value.field, in: say.language)
    return """
      <dt>\(words.name)</dt><dd>\(shown(value))<span class="why">\(words.meaning) <code>\(value.field)</code></span></dd>
      """
  }

  private func shown(_ value: AccessEvent.Value) -> Markup {
    if let words = plain(value) { return "\(words)" }
    let start = value.text.prefix(Self.valueLimit)
    let lines = start.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { "\(String($0))" as Markup }.map(\.renderText).joined(separator: "<br>")
    let rest: Markup =
      start.endIndex < value.text.endIndex
      ? " <span class=\"soft\">… (\(say("in full in the file ", "en entier dans le fichier "))events.ndjson)</span>" : ""
    return Markup(stringLiteral: lines) + rest
  }

  /// Truths, times and days in words, and amounts as the language writes them.
  private func plain(_ value: AccessEvent.Value) -> String? {
    if value.text == "true" { return say("yes", "oui") }
    if value.text == "false" { return say("no", "non") }
    if value.text.isEmpty { return say("(empty)", "(vide)") }
    guard let field = catalog.index(ofField: value.field) else { return nil }
    if catalog.fields[field].kind == .date { return value.text.utf8.count == 10 ? say.day(value.text) : nil }
    if value.field == "price", Double(value.text) != nil { return say(value.text, value.text.replacing(".", with: ",")) }
    guard catalog.fields[field].kind == .time, let number = Int(value.text), (0...1 << 53).contains(number) else { return nil }
    // Seconds until the year 5138, thousandths of a second beyond.
    return say.moment(number < 100_000_000_000 ? number : number / 1000)
  }

  /// Where it stands in our records.
  private func origin(_ event: AccessEvent) -> Markup {
    let matched = event.matchedBy.map { say.kindInText($0) }.joined(separator: ", ")
    var sentences = [say("Found by: \(matched).", "Trouvé par\u{202f}: \(matched).")]
    if event.repeats > 0 {
      sentences.append(
        say(
          "The very same record stands \(say.counted(event.repeats, "more time", "more times")) in our records.",
          "Le même enregistrement figure encore \(say.number(event.repeats)) fois dans nos enregistrements."))
    }
    if !event.copies.isEmpty {
      sentences.append(
        say(
          "It also stands in \(say.counted(event.copies.count, "other place", "other places")).",
          "Il figure aussi à \(say.counted(event.copies.count, "autre endroit", "autres endroits"))."))
      if event.copies.contains(where: { !$0.differs.isEmpty }) {
        sentences.append(
          say(
            "What is said differently there is shown here, too.",
            "Ce qui y est dit autrement est montré ici aussi."))
      }
    }
    return "<p class=\"soft origin\">\(sentences.joined(separator: " ")) <code>\(event.source.file)</code></p>"
  }
}

extension Markup {
  static func + (left: Markup, right: Markup) -> Markup { Markup(stringLiteral: left.renderText + right.renderText) }
}
