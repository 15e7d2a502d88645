import Foundation
import ScrubArchive
import Testing

@testable import ScrubOperations

struct NightlyTests {
  // MARK: - Text

  @Test func aQuietNightIsTwoLines() {
    #expect(
      NightlyText(NightlySample.quiet).text() == """
        nightly: complete. 2 archives, nothing new; 1 request open, next due 2026-12-20
        nothing to do. Page: Reports/2026-11-23T020000Z-nightly/nightly.html

        """)
  }

  @Test func aBusyNightIsToldInOrder() {
    #expect(
      NightlyText(NightlySample.busy).text() == """
        nightly: complete. 2 archives, 118 new files, 3 changed, 40 redone, 400,048 events shared, 1 request carried out, 12 events of erased people came back and were removed, 1,204 events expired, 3 new names in the data; 3 requests open, next due 2026-11-28

        request  kind     due         left    state                             where
        DSR-115  erasure  2026-11-28  5 days  planned, not approved, 88 events
        DSR-114  erasure  2026-12-02  -       done, 412 events                  Reports/2026-11-23T020000Z-nightly/DSR-114
        DSR-118  access   2026-11-29  6 days  open

        archive   files  new  changed  redone   events   shared  pseudonyms  withheld
        eu-main  10,118  118        3      40  402,110  400,048   1,141,785         0  2 late, 1 too young, 1 gone

        recovered  the erasure of DSR-110 that was cut off: COMPLETE
        came back  12 events of DSR-090 in 2 files, and went again
        drift      eu-main, newly marked: phone_extension
        drift      eu-main, unknown fields: users.messages.email.Open: loyalty_tier and users.messages.email.Open: region_code
        harvest    5 people deleted at Braze and still here
        retention  users.messages.* older than 400 days: 1,204 events deleted
        disclosed  to agency_x: 158 files, 400,048 events, 2026-11-21 to 2026-11-22 (eu-main, gdpr)
        evidence   2 segments of the log older than kept, and gone

        next: see to DSR-115: not approved; answer DSR-118; decide on 3 new names in the data; and 3 more. Page: Reports/2026-11-23T020000Z-nightly/nightly.html

        """)
  }

  @Test func aFailingArchiveStandsBesideAGoodOne() {
    #expect(
      NightlyText(NightlySample.failing).text() == """
        nightly: failed. 1 of 2 archives not done, 13 problems, stopped at 2 limits; 2 archives, 118 new files, 399,990 events shared; no request open

        problem                       archive  where                                    code
        the file ends inside a block  eu-main  date=2026-11-22/part-1.avro and 11 more  avro.truncated-block
        the file cannot be written    -        /var/lib/metrics/scrub.prom              file.unwritable

        archive   files  new  changed  redone   events   shared  pseudonyms  withheld
        eu-main  10,118  118        0       0  400,048  399,990   1,141,785        58  2 unreadable
        us-main       0    0        0       0        0        0           0         0  the file or folder cannot be read [file.unreadable]

        harvest    80 people deleted at Braze and still here: more than a night may erase
        retention  users.messages.* older than 400 days: 90,210 events would be deleted, more than a night may take

        next: see to us-main: check the permissions, then run again; restore the file from its source (date=2026-11-22/part-1.avro and 11 more); look at the harvest, then raise max_people; and 2 more. Page: Reports/2026-11-23T020000Z-nightly/nightly.html

        """)
  }

  @Test func whatIsOverdueComesFirst() {
    #expect(
      NightlyText(NightlySample.overdue).text() == """
        nightly: overdue. 2 requests overdue; 1 archive, nothing new; 4 requests open, next due 2026-11-23

        request  kind     due         left         state                        where
        DSR-101  erasure  2026-11-17  6 days over  incomplete
        DSR-102  access   2026-11-22  1 day over   open, identity not verified
        DSR-103  access   2026-11-23  today        open

        next: answer DSR-101 and DSR-102; answer DSR-103. Page: Reports/2026-11-23T020000Z-nightly/nightly.html

        """)
  }

  @Test func aCheckSaysThatNothingWasWritten() {
    #expect(
      NightlyText(NightlySample.check).text() == """
        nightly check: complete. 1 archive, 118 new files; no request open; nothing was written

        archive   files  new  changed  redone  events  shared  pseudonyms  withheld
        eu-main  10,118  118        0       0       0       0           0         0

        next: run currents-scrub nightly nightly.yml.

        """)
  }

  @Test func theWordOfTheStateCanBePainted() {
    #expect(NightlyText(NightlySample.quiet).text { "*\($0)*" }.hasPrefix("nightly: *complete*. 2 archives"))
  }

  /// What comes from outside neither starts a line nor turns one around.
  @Test func namesStayInTheirLine() {
    let text = NightlyText(NightlySample.hostile).text()
    #expect(!text.contains("\u{202e}") && !text.contains("&\n") && text.contains("⟨U+000A⟩"))
  }

  @Test func manyProblemsOfOneKindAreOneLine() {
    let lines = NightlyText(NightlySample.failing).text().split(separator: "\n")
    #expect(lines.count { $0.contains("avro.truncated-block") } == 1)
    #expect(lines.contains { $0.contains("part-1.avro and 11 more") })
  }

  // MARK: - Pages

  @Test(arguments: NightlySample.names)
  func thePageSaysWhatTheSummarySays(name: String) throws {
    let summary = NightlySample.summary(name)
    let page = try NightlyPage.html(summary)
    #expect(try page == NightlyPage.html(summary))
    #expect(page.components(separatedBy: "<script").count == 2 && !page.contains("\u{202e}"))
    for archive in summary.archives { #expect(page.contains("\(Markup(lines: ["\(archive.name)"]).renderText)")) }
    for look in NightlyWords(summary).looks { #expect(page.contains("href=\"#\(look.section)\"") && page.contains("id=\"\(look.section)\"")) }
  }

  @Test func thePageOfAHistoryShowsEveryRun() throws {
    let history = NightlyHistory(NightlySample.history(100))
    let page = try NightlyHistoryPage.html(history)
    #expect(try page == NightlyHistoryPage.html(history))
    #expect(page.components(separatedBy: "<tr><th scope=\"row\"").count == 101)
    #expect(page.contains("The last 90 runs"))
    #expect(try NightlyHistoryPage.html(NightlyHistory([])).contains("<h1>No run is remembered yet.</h1>"))
  }

  // MARK: - History

  @Test func summariesAreReadAsTheyWereWritten() throws {
    let documents = try NightlySample.names.map { Data(try NightlySample.summary($0).json().utf8) }
    let history = NightlyHistory(reading: documents + [Data("{}".utf8), Data("{\"schema\": \"currents-scrub/nightly/2\"}".utf8), Data()])
    #expect(history.unreadable == 3)
    #expect(try history.json() == NightlyHistory(NightlySample.names.map { NightlySample.summary($0) }, unreadable: 3).json())
  }

  @Test func aHistoryIsARowARun() {
    #expect(
      NightlyHistory(NightlySample.history(4)).text() == """
        started               ended     new  changed  redone   events   shared  pseudonyms  drift  open  overdue  problems        took
        2026-11-23T02:00:00Z  complete   59        3      40  402,110  200,024     570,892      3     3        0         0  1 min 14 s
        2026-11-22T02:00:00Z  overdue     0        0       0        0        0           0      0     4        2         0      0.50 s
        2026-11-21T02:00:00Z  complete   75        3      40  402,110  256,030     730,742      3     3        0         0  1 min 14 s
        2026-11-20T02:00:00Z  failed    119        0       0  400,048  403,989   1,153,202      0     0        0        13        12 s
        4 runs since 2026-11-20: 2 complete, 1 failed and 1 overdue; the last one was complete.

        """)
    #expect(NightlyHistory([]).text() == "no run is remembered yet.\n")
    let long = NightlyHistory(NightlySample.history(40)).text()
    #expect(long.split(separator: "\n").count == 1 + 31 + 2 && long.contains("\nand 9 earlier runs\n"))
  }

  @Test func numbersThatCannotBeDoNotTrap() throws {
    var summary = NightlySample.overdue
    summary.archives[0].new = .max
    summary.archives[0].files = .min
    summary.archives.append(summary.archives[0])
    summary.requests[0].daysLeft = .min
    summary.deadlines = NightlySummary.Deadlines(open: .max, overdue: .min, soon: .max)
    summary.seconds = 1e300
    _ = NightlyText(summary).text()
    _ = try NightlyPage.html(summary)
    _ = NightlyHistory([summary]).text()
    _ = try NightlyHistoryPage.html(NightlyHistory([summary, summary]))
    _ = NightlyMetrics.text(summary, lastSuccess: .infinity)
  }

  // MARK: - Metrics

  @Test func metricsTellOfTheLastSuccess() {
    let ended = "1795399200.4"
    #expect(NightlyMetrics.text(NightlySample.quiet, lastSuccess: 1).contains("\ncurrents_scrub_nightly_last_success_timestamp_seconds \(ended)\n"))
    #expect(NightlyMetrics.text(NightlySample.failing, lastSuccess: 1).contains("\ncurrents_scrub_nightly_last_success_timestamp_seconds 1\n"))
    #expect(!NightlyMetrics.text(NightlySample.failing, lastSuccess: nil).contains("last_success"))
    // A request that is overdue is told by a metric of its own.
    #expect(NightlyMetrics.text(NightlySample.overdue, lastSuccess: nil).contains("last_success_timestamp_seconds 179539920"))
  }

  @Test func labelsAreEscaped() {
    let text = NightlyMetrics.text(NightlySample.hostile, lastSuccess: nil)
    #expect(text.contains(#"currents_scrub_nightly_events_shared{archive="<script>alert(1)</script>\"'&\#u{202e}\n"} 400048"#))
  }

  @Test func everyoneMayReadMetricsAndNothingElseIsLeft() throws {
    try AccessSample.inFolder { base in
      let path = base + "/scrub.prom"
      for summary in [NightlySample.quiet, NightlySample.busy] { try NightlyMetrics.write(summary, lastSuccess: nil, to: path) }
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o644)
      #expect(try FileManager.default.contentsOfDirectory(atPath: base) == ["scrub.prom"])
      #expect(try String(contentsOfFile: path, encoding: .utf8) == NightlyMetrics.text(NightlySample.busy, lastSuccess: nil))
      #expect(throws: Failure.self) { try NightlyMetrics.write(NightlySample.quiet, lastSuccess: nil, to: base + "/none/x.prom") }
    }
  }

  /// Pages and metrics for the tests in Python.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["NIGHTLY_SAMPLES"] != nil))
  func NightlySamplesForReaders() throws {
    let base = try #require(ProcessInfo.processInfo.environment["NIGHTLY_SAMPLES"])
    for name in NightlySample.names {
      let summary = NightlySample.summary(name)
      try StateKey.makeFolders("\(base)/\(name)", mode: 0o700)
      try NightlyFolder.write(summary, in: "\(base)/\(name)")
      try NightlyMetrics.write(summary, lastSuccess: 1_795_000_000, to: "\(base)/\(name)/nightly.prom")
    }
    for count in [0, 1, 7, 400] {
      let history = NightlyHistory(NightlySample.history(count))
      try GivenFile.write(NightlyHistoryPage.html(history), to: "\(base)/history-\(count).html")
      try GivenFile.write(history.json(), to: "\(base)/history-\(count).json")
    }
  }
}
