/// Finds the words for the page of a receipt.
struct ReceiptWriter {
  let receipt: Receipt

  init(_ receipt: Receipt) { self.receipt = receipt }

  var total: Receipt.Counts { receipt.events.total }
  var erased: Int { total.deleted + total.blanked }
  /// `deleted`, `blanked`, or both.
  private var verb: String { total.blanked == 0 ? "deleted" : total.deleted == 0 ? "blanked" : "deleted or blanked" }

  func events(_ count: Int) -> String { PageText.count(count, "event", "events") }
  func files(_ count: Int) -> String { PageText.count(count, "file", "files") }

  // MARK: the claim

  var headline: String {
    switch receipt.state {
    case .complete:
      "Erased: \(events(erased)) of this person \(erased == 1 ? "was" : "were") \(verb), and none is left in what was searched"
    case .completeExcept:
      "Erased but for what is kept on purpose: \(events(erased)) \(verb), \(PageText.grouped(total.kept + total.held)) kept"
    case .nothingFound: "Nothing of this person was found in what was searched"
    case .incomplete:
      erased == 0 && !receipt.hasChanges
        ? "Not complete: nothing was erased yet"
        : "Not complete: \(events(erased)) \(erased == 1 ? "was" : "were") \(verb), but it is not sure that this is all"
    case .refused: "Refused: nothing was erased"
    }
  }

  var lead: String {
    let request = receipt.request
    let received = request.received.map { ", received on \(day($0))," } ?? ""
    let executed = receipt.executed.isEmpty ? "" : " on \(PageText.moment(receipt.executed))"
    let verb = receipt.state == .refused ? "was refused" : "was carried out"
    return "Request `\(request.id)`\(received) \(verb)\(executed) by \(receipt.operatedBy.account) on "
      + "\(receipt.operatedBy.host). \(signed)"
  }

  private var signed: String {
    receipt.signature.status == .signed
      ? "The document behind this page is signed: see “Check it yourself”."
      : "The document behind this page is not signed, for there was no signing key."
  }

  /// `2 February 2026` of `2026-02-02`; anything else as it is.
  func day(_ text: String) -> String { PackageText(.en).day(text) }

  var looks: [Finding] {
    var looks: [Finding] = []
    func look(_ isTrue: Bool, _ finding: String, _ section: String, _ remedy: String) {
      if isTrue { looks.append(Finding(finding: finding, remedy: remedy, section: section)) }
    }
    look(receipt.state == .refused && !receipt.reasons.isEmpty, "Nothing was changed", "reasons", "The reasons stand below.")
    let files = Set(receipt.gaps.map { "\($0.archive ?? -1)/\($0.path)" }).count
    look(
      files > 0, "\(self.files(files)) could not be read or rewritten as a whole", "gaps",
      "Mend them and run the erasure again; it finishes what is left.")
    look(
      total.left > 0 && receipt.state != .refused, "\(events(total.left)) of this person \(total.left == 1 ? "is" : "are") still there", "done",
      "They stand in files that could not be rewritten.")
    look(
      total.heldBack > 0, "\(events(total.heldBack)) may be this person's", "done",
      "Only a value that several people carry leads to them, or their workspace is not told; a person has to decide.")
    let unsearched = receipt.notSearchable.files.values.reduce(0, +)
    look(
      unsearched > 0, "\(self.files(unsearched)) could not be searched", "gaps",
      "The key, or the policy, with which they were scrubbed was not at hand, or they hold nothing by which the request names the person.")
    look(
      receipt.notSearchable.nameless > 0, "\(events(receipt.notSearchable.nameless)) tell nobody's identity", "gaps",
      "Nobody can say whose they are.")
    look(
      !receipt.leftOut.isEmpty, "\(PageText.count(receipt.leftOut.count, "known archive was", "known archives were")) not given",
      "gaps", "Run the erasure over them too.")
    look(
      left > 0, "\(PageText.count(left, "value", "values")) of this person \(left == 1 ? "stands" : "stand") elsewhere", "residual",
      "In texts of other events; `--sweep redact` redacts them.")
    let named = receipt.rewritten.count { $0.after.otherNames != nil }
    look(
      named > 0, "\(self.files(named)) of what was rewritten \(named == 1 ? "has" : "have") other names", "not-covered",
      "Under those (hard links) the events still stand.")
    look(
      receipt.identityCheck.status == .notRecorded, "The check of identity is not recorded", "asked",
      "Nobody noted who made sure that the request came from the person.")
    return looks
  }

  /// Values that the sweep found and left, for no reason that is told.
  private var left: Int { receipt.residual.places.reduce(0) { $0 + $1.count - $1.redacted - ($1.kept ?? 0) } }

  var facts: [ReportView.Fact] {
    let kept = total.kept + total.held
    let open = total.left + total.heldBack
    return [
      ReportView.Fact(
        label: "Found", figure: PageText.grouped(total.matched),
        remark: "of \(PageText.grouped(receipt.events.scanned)) events searched"),
      ReportView.Fact(
        label: "Erased", figure: PageText.grouped(erased),
        remark: "\(PageText.grouped(total.deleted)) deleted, \(PageText.grouped(total.blanked)) blanked"),
      ReportView.Fact(
        label: "Kept on purpose", figure: PageText.grouped(kept), remark: kept == 0 ? "nothing" : "with a basis"),
      ReportView.Fact(
        label: "Open", figure: PageText.grouped(open), remark: open == 0 ? "nothing" : "not done, or not decided"),
    ]
  }

  // MARK: what was done

  private static let ways: [(name: String, colour: String, meaning: String)] = [
    ("Deleted", "redacted", "the events are gone"),
    ("Blanked", "hashed", "rows stay, without anything personal"),
    ("Kept in part", "kept", "by a rule of the policy"),
    ("Held", "tokenised", "as they were, by a legal hold"),
    ("Still there", "act", "nothing was done to them"),
    ("Held back", "plain", "perhaps theirs; to be decided"),
  ]

  private static func numbers(_ counts: Receipt.Counts) -> [Int] {
    [counts.deleted, counts.blanked, counts.kept, counts.held, counts.left, counts.heldBack]
  }

  var counts: [Chart.Count] {
    zip(Self.ways, Self.numbers(total)).filter { $0.1 > 0 }
      .map { Chart.Count(name: $0.name, whole: $1, parts: [($0.colour, $1)], remark: $0.meaning) }
  }

  /// Event types, those with most events first; ways that none took are left out.
  var types: Markup {
    let used = Self.ways.indices.filter { Self.numbers(total)[$0] > 0 }
    let rows = receipt.events.types.sorted { ($1.value.matched, $0.key) < ($0.value.matched, $1.key) }.map { type, counts in
      Row(.code(type), used.map { .number(Self.numbers(counts)[$0]) })
    }
    let table = Self.table("Events by type", ["Event type"] + used.map { Self.ways[$0].name }, rows)
    return "<details><summary>By event type <span class=\"soft\">(\(PageText.count(rows.count, "type", "types")))</span></summary>\(table)</details>"
  }

  // MARK: tables

  typealias Cell = StackedTable.Cell
  typealias Row = StackedTable.Row

  static func table(_ caption: String, _ heads: [String], _ rows: [Row]) -> Markup {
    StackedTable.markup(caption, heads, rows, limit: ReceiptPage.rowLimit, rest: "all of them are in <code>receipt.json</code>")
  }
}
