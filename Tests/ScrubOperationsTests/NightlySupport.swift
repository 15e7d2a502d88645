@testable import ScrubOperations

/// Nights that never were.
enum NightlySample {
  static let names = ["quiet", "busy", "failing", "overdue", "check", "hostile", "empty"]

  static func summary(_ name: String) -> NightlySummary {
    switch name {
    case "quiet": quiet
    case "busy": busy
    case "failing": failing
    case "overdue": overdue
    case "check": check
    case "hostile": hostile
    default: NightlySummary()
    }
  }

  private static func night(_ state: NightlySummary.State, _ exit: Int, seconds: Double) -> NightlySummary {
    var summary = NightlySummary()
    summary.version = "0.1.0"
    summary.run = "2026-11-23T020000Z-nightly"
    summary.started = "2026-11-23T02:00:00Z"
    summary.seconds = seconds
    summary.config = "nightly.yml"
    (summary.state, summary.exit) = (state, exit)
    summary.page = "Reports/2026-11-23T020000Z-nightly/nightly.html"
    return summary
  }

  private static func archive(_ name: String, files: Int) -> NightlySummary.Archive {
    var archive = NightlySummary.Archive()
    (archive.name, archive.files) = (name, files)
    return archive
  }

  private static func request(
    _ id: String, _ kind: String, due: String, left: Int, _ state: String = "open", blocked: String? = nil
  ) -> NightlySummary.Request {
    NightlySummary.Request(
      request: id, kind: kind, received: "2026-10-20", due: due, daysLeft: left, state: state, blocked: blocked)
  }

  /// Nothing new, nothing due.
  static var quiet: NightlySummary {
    var summary = night(.complete, 0, seconds: 0.4)
    summary.archives = [archive("eu-main", files: 10_000), archive("us-main", files: 1_204)]
    summary.requests = [request("DSR-120", "access", due: "2026-12-20", left: 27)]
    summary.deadlines = NightlySummary.Deadlines(open: 1, overdue: 0, soon: 0, next: "2026-12-20")
    return summary
  }

  /// A good night with everything in it.
  static var busy: NightlySummary {
    var summary = night(.complete, 0, seconds: 74.2)
    var first = archive("eu-main", files: 10_118)
    (first.new, first.late, first.changed, first.young, first.vanished, first.redone) = (118, 2, 3, 1, 1, 40)
    (first.bytes, first.events, first.written, first.shared) = (227_400_000, 402_110, 158, 400_048)
    (first.pseudonyms, first.redacted, first.report) = (1_141_785, 212_904, "Reports/2026-11-23T020000Z-nightly/eu-main/report.html")
    first.drift.newMarks = ["phone_extension"]
    first.drift.unknownFields = ["users.messages.email.Open: loyalty_tier", "users.messages.email.Open: region_code"]
    summary.archives = [first, archive("us-main", files: 1_204)]
    summary.recovered = [NightlySummary.Recovered(request: "DSR-110", state: "COMPLETE")]
    var done = request("DSR-114", "erasure", due: "2026-12-02", left: 9, "done")
    (done.isNews, done.events, done.path) = (true, 412, "Reports/2026-11-23T020000Z-nightly/DSR-114")
    var planned = request("DSR-115", "erasure", due: "2026-11-28", left: 5, "planned", blocked: "not approved")
    (planned.isNews, planned.events) = (true, 88)
    summary.requests = [
      planned, done, request("DSR-118", "access", due: "2026-11-29", left: 6), request("DSR-120", "access", due: "2026-12-20", left: 27),
    ]
    summary.deadlines = NightlySummary.Deadlines(open: 3, overdue: 0, soon: 2, next: "2026-11-28")
    summary.harvest = NightlySummary.Harvest(mode: "report", people: 5, erased: 0, events: 0, isStopped: false)
    summary.resurrections = [NightlySummary.Resurrection(request: "DSR-090", events: 12, files: 2)]
    summary.retention = NightlySummary.Retention(
      isEnabled: true,
      rules: [
        .init(events: ["users.messages.*"], age: "400 days", mode: "delete", due: 1_204, gone: 1_204),
        .init(events: ["users.behaviors.*"], age: "18 months", mode: "blank", due: 0, gone: 0),
      ], files: 12, isStopped: false)
    summary.disclosures = [
      NightlySummary.Disclosure(
        audience: "agency_x", archive: "eu-main", policy: "gdpr", files: 158, events: 400_048, first: "2026-11-21T23:00:00Z",
        last: "2026-11-22T22:59:59Z")
    ]
    summary.expiredSegments = 2
    return summary
  }

  /// One archive fails; the other is done all the same.
  static var failing: NightlySummary {
    var summary = night(.failed, 1, seconds: 12)
    var good = archive("eu-main", files: 10_118)
    (good.new, good.events, good.written, good.shared, good.withheld) = (118, 400_048, 118, 399_990, 58)
    (good.unreadable, good.bytes, good.pseudonyms) = (2, 227_400_000, 1_141_785)
    var bad = archive("us-main", files: 0)
    (bad.exit, bad.code, bad.message) = (1, "file.unreadable", "the file or folder cannot be read")
    summary.archives = [good, bad]
    summary.problems = (1...12).map {
      NightlySummary.Problem(
        archive: "eu-main", path: "date=2026-11-22/part-\($0).avro", code: "avro.truncated-block", message: "the file ends inside a block")
    }
    summary.problems.append(
      NightlySummary.Problem(archive: nil, path: "/var/lib/metrics/scrub.prom", code: "file.unwritable", message: "the file cannot be written"))
    summary.harvest = NightlySummary.Harvest(mode: "erase", people: 80, erased: 0, events: 0, isStopped: true)
    summary.retention = NightlySummary.Retention(
      isEnabled: false, rules: [.init(events: ["users.messages.*"], age: "400 days", mode: "delete", due: 90_210, gone: 0)], files: 0,
      isStopped: true)
    return summary
  }

  static var overdue: NightlySummary {
    var summary = night(.overdue, 5, seconds: 0.5)
    summary.archives = [archive("eu-main", files: 10_000)]
    summary.requests = [
      request("DSR-101", "erasure", due: "2026-11-17", left: -6, "incomplete"),
      request("DSR-102", "access", due: "2026-11-22", left: -1, blocked: "identity not verified"),
      request("DSR-103", "access", due: "2026-11-23", left: 0), request("DSR-120", "access", due: "2026-12-20", left: 27),
    ]
    summary.deadlines = NightlySummary.Deadlines(open: 4, overdue: 2, soon: 1, next: "2026-11-23")
    return summary
  }

  static var check: NightlySummary {
    var summary = night(.complete, 0, seconds: 0.3)
    summary.isCheck = true
    summary.page = nil
    var archive = archive("eu-main", files: 10_118)
    archive.new = 118
    summary.archives = [archive]
    return summary
  }

  static let markup = "<script>alert(1)</script>\"'&\u{202e}\n"

  /// Everything that is text would be markup, or a line of its own.
  static var hostile: NightlySummary {
    var summary = busy
    (summary.run, summary.config, summary.version) = (markup, markup, markup)
    summary.page = markup
    summary.archives[0].name = markup
    summary.archives[0].message = markup
    summary.archives[0].code = markup
    summary.archives[0].report = markup
    summary.archives[0].drift.newMarks = [markup]
    summary.archives[0].drift.content = [markup]
    summary.recovered = [NightlySummary.Recovered(request: markup, state: markup)]
    summary.requests[0].request = markup
    summary.requests[0].kind = markup
    summary.requests[0].state = markup
    summary.requests[0].blocked = markup
    summary.requests[0].path = markup
    summary.requests[0].received = markup
    summary.requests[0].due = markup
    summary.resurrections[0].request = markup
    summary.retention?.rules[0].events = [markup]
    summary.retention?.rules[0].age = markup
    summary.disclosures = [
      NightlySummary.Disclosure(audience: markup, archive: markup, policy: markup, files: 1, events: 1, first: markup, last: markup)
    ]
    summary.deadlines.next = markup
    summary.problems = [NightlySummary.Problem(archive: markup, path: markup, code: markup, message: markup)]
    return summary
  }

  /// So many nights, the newest first, on 23 November 2026 and before.
  static func history(_ count: Int) -> [NightlySummary] {
    (0..<count).map { age in
      var summary = age == 3 ? failing : age % 7 == 5 ? quiet : age == 1 ? overdue : busy
      let day = Day(number: (Day("2026-11-23")?.number ?? 0) - age)
      summary.started = "\(day)T02:00:00Z"
      summary.run = "\(day)T020000Z-nightly"
      for index in summary.archives.indices {
        summary.archives[index].new = summary.archives[index].new * (50 + age * 37 % 60) / 100
        summary.archives[index].shared = summary.archives[index].shared * (50 + age * 37 % 60) / 100
        summary.archives[index].pseudonyms = summary.archives[index].pseudonyms * (50 + age * 37 % 60) / 100
      }
      return summary
    }
  }
}
