import Foundation
import ScrubNative
import ScrubOperations
import ScrubPolicy
import Testing

struct CheckPageTests {
  // MARK: - What the page says

  @Test(arguments: ["gdpr", "gdpr-strict"])
  func everythingOfTheReportIsOnThePage(name: String) throws {
    let report = PolicyCheck(try CheckedPolicy(PolicyText.find(name, allowBuiltIn: true))).report()
    let page = try Page(report)
    let totals = report.totals
    #expect(
      page.text.contains(
        "<h1>\(grouped(totals.fields)) fields in \(grouped(totals.eventTypes)) event types are covered; "
          + "nothing marked or personal leaves in clear.</h1>"))
    #expect(page.text.contains("<dd class=\"figure\">\(grouped(totals.sensitive))</dd>"))
    #expect(page.text.contains("\(report.policy.name): \(report.policy.title)"))
    #expect(page.text.contains(report.policy.sha256))

    let events = Set(report.fields.map(\.event))
    #expect(events.count == totals.eventTypes && page.count("<details class=\"event\">") == totals.eventTypes)
    for event in events { #expect(page.text.contains("<summary><h3>\(event)</h3>"), "\(event)") }
    // Every field of every destination is one word in the matrix, and every rule says how many it decided.
    #expect(page.count("<b class=\"dot-") == report.fields.count)
    #expect(report.rules.reduce(0) { $0 + $1.decides } == report.fields.count)
    let rows = Set(report.fields.map { [$0.event] + $0.names })
    #expect(page.text.contains("role=\"status\">\(grouped(rows.count)) rows in \(totals.eventTypes) event types<"))
    for (index, rule) in report.rules.enumerated() {
      #expect(page.text.contains("id=\"rule-\(index + 1)\"><code>\(rule.name)</code>"), "\(rule.name)")
      let links = page.count("<a href=\"#rule-\(index + 1)\">\(rule.name)</a>")
      #expect((links > 0) == (rule.decides > 0), "\(rule.name)")
    }
    #expect(!page.text.contains("id=\"findings\"") && !page.text.contains("id=\"kept\""))
  }

  @Test func oneDestinationHasOneColumn() throws {
    let checked = try CheckedPolicy(PolicyText.find("gdpr", allowBuiltIn: true))
    let page = try Page(PolicyCheck(checked, destination: .segment).report())
    #expect(page.text.contains("<th scope=\"col\">segment</th><th scope=\"col\">Decided by</th>"))
    #expect(!page.text.contains("<th scope=\"col\">storage</th>"))
    #expect(page.text.contains("<dt>segment</dt>\n<dd data-prefix=\"properties.\">"))
  }

  // MARK: - Findings, and text that would be markup

  private static let hostile = """
    policy: hostile
    version: 1
    title: 'For <script>alert(1)</script> & "friends"'
    key: { env: CURRENTS_SCRUB_KEY, id: k1 }
    rules:
      - events: ["users.messages.email.Bounce"]
        destinations: [storage]
        action: drop_event
      - kinds: [email]
        destinations: [segment]
        action: keep
        because: '"><img src=x onerror=alert(1)> they send the mail'
      - kinds: [phone]
        action: keep
    """

  @Test func findingsComeFirstAndNothingIsMarkup() throws {
    let report = try check(Self.hostile)
    #expect(!report.isCovered)
    let page = try Page(report)
    #expect(page.text.contains("<h1>The policy is refused for 1 finding; "))
    let finding = try #require(report.findings.first { $0.refuses })
    #expect(page.text.contains("<code>\(finding.id)</code>"))
    #expect(page.text.contains(":\(finding.line):\(finding.column)"))
    #expect(page.text.contains("choose redact or hash"))
    let first = try #require(page.text.range(of: "id=\"findings\""))
    let second = try #require(page.text.range(of: "id=\"policy\""))
    #expect(first.lowerBound < second.lowerBound)

    #expect(page.count("<script") == 1 && page.count("<img") == 0)
    #expect(page.text.contains("For &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;friends&quot;"))
    #expect(page.text.contains("&quot;&gt;&lt;img src=x onerror=alert(1)&gt; they send the mail"))
    #expect(page.text.contains("no reason is given"))
  }

  @Test func whatIsKeptForAReasonIsSaid() throws {
    let lines = Self.hostile.split(separator: "\n", omittingEmptySubsequences: false)
    let report = try check(lines.dropLast(2).joined(separator: "\n"))
    let page = try Page(report)
    let kept = report.totals.sensitiveKept
    #expect(report.isCovered && kept > 1)
    #expect(page.text.contains("\(kept) marked or personal ones leave in clear, each for a stated reason.</h1>"))
    #expect(page.text.contains("id=\"kept\"") && !page.text.contains("id=\"findings\""))
  }

  @Test func destinationsThatDifferAreMarked() throws {
    let report = try check(Self.hostile)
    let page = try Page(report)
    let rows = Dictionary(grouping: report.fields) { [$0.event] + $0.names }
    let differing = rows.values.count { Set($0.map(\.action)).count > 1 }
    #expect(differing > 0 && page.count("<em>differs</em>") == differing)
    #expect(page.count("differs\"><th scope=\"row\">") == differing)
    #expect(page.count("</b> in clear") == report.totals.sensitiveKept)
    // A dropped event is told with the rule that drops it.
    let dropped = report.fields.filter { $0.action == .dropEvent }
    #expect(Set(dropped.map(\.event)) == ["users.messages.email.Bounce"] && Set(dropped.map(\.rule)).count == 1)
    #expect(dropped.allSatisfy { $0.rule == report.rules[0].name && $0.destination == "storage" })
    #expect(page.count(">event dropped</b>") == dropped.count)
  }

  // MARK: - Archives

  @Test func archivesAreHeldAgainstTheMatrix() throws {
    var report = PolicyCheck(try CheckedPolicy(PolicyText.find("gdpr", allowBuiltIn: true))).report()
    let known = try #require(report.fields.first { $0.action == .hash && !$0.sources.isEmpty })
    var kept = known
    kept.action = .keep
    kept.detail = nil
    var unknown = known
    unknown.path = "new_field"
    var archive = CheckReport.Archive()
    archive.inputs = ["in"]
    (archive.files, archive.events, archive.unread) = (3, 1200, 1)
    for (outcome, fields) in [("scrub", [known]), ("withhold", [kept, unknown])] {
      var shape = CheckReport.Shape()
      (shape.event, shape.destination, shape.container) = (known.event, known.destination, "avro")
      (shape.events, shape.outcome, shape.fields) = (600, outcome, fields)
      shape.reason = outcome == "withhold" ? "the schema is <strange>" : nil
      archive.shapes.append(shape)
    }
    report.archive = archive
    let page = try Page(report)
    #expect(page.text.contains("are covered; 1 marked or personal one leaves in clear, because the policy says so.</h1>"))
    #expect(page.text.contains("Of 1 file that could not be read nothing is proved."))
    #expect(!page.text.contains("every field of them stands in the matrix"))
    #expect(page.text.contains("the schema is &lt;strange&gt;"))
    #expect(page.text.contains("2 fields of the archive stand not as in the matrix"))
    #expect(page.text.contains("says hash, \(known.detail ?? ""), \(known.rule)"))
    #expect(page.text.contains("has no such row"))

    archive.unread = 0
    archive.shapes.removeLast()
    report.archive = archive
    #expect(try Page(report).text.contains("every field of them stands in the matrix"))
  }

  // MARK: - The file

  @Test func thePolicyOfThePageNamesItsScript() throws {
    let report = PolicyCheck(try CheckedPolicy(PolicyText.find("gdpr", allowBuiltIn: true))).report()
    let page = try Page(report)
    let start = try #require(page.bytes.range(of: Data("<script>".utf8)))
    let end = try #require(page.bytes.range(of: Data("</script>".utf8)))
    let script = Array(page.bytes[start.upperBound..<end.lowerBound])
    let hash = Data(Digest256.sha256(script).bytes).base64EncodedString()
    #expect(page.text.contains("default-src 'none';\nstyle-src 'unsafe-inline'; script-src 'sha256-\(hash)'"))
    #expect(try Page(report).bytes == page.bytes)
    #expect(page.bytes.count < 2_000_000)
  }
}

/// A page that was written, without the places where lines may break.
private struct Page {
  let bytes: Data
  let text: String

  init(_ report: CheckReport) throws {
    let path = FileManager.default.temporaryDirectory.path + "/scrub-check-\(UUID().uuidString).html"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try CheckPage.write(report, to: path)
    bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "<wbr>", with: "")
  }

  func count(_ part: String) -> Int { text.components(separatedBy: part).count - 1 }
}

private func check(_ yaml: String) throws -> CheckReport {
  let path = FileManager.default.temporaryDirectory.path + "/scrub-check-\(UUID().uuidString).yml"
  defer { try? FileManager.default.removeItem(atPath: path) }
  try Data(yaml.utf8).write(to: URL(fileURLWithPath: path))
  return PolicyCheck(try CheckedPolicy(PolicyText.find(path, allowBuiltIn: false))).report()
}

/// `400,048`.
private func grouped(_ number: Int) -> String {
  number.formatted(.number.grouping(.automatic).locale(Locale(identifier: "en_US")))
}
