import Testing

@testable import ScrubOperations

/// Days as requests count them.
@Suite struct DayTests {
  @Test(arguments: [
    ("2026-01-31", Law.gdpr, "2026-02-28"), ("2028-01-31", .gdpr, "2028-02-29"), ("2026-12-31", .uk, "2027-01-31"),
    ("2026-03-31", .gdpr, "2026-04-30"), ("2026-01-01", .ccpa, "2026-02-15"), ("2026-02-20", .lgpd, "2026-03-07"),
  ])
  func lastDayForAnAnswer(_ received: String, _ law: Law, _ due: String) throws {
    #expect(law.due(try #require(Day(received))).description == due)
  }

  @Test func extensionsAndPauses() throws {
    let day = try #require(Day("2026-11-30"))
    #expect(Law.gdpr.due(day, isExtended: true).description == "2027-02-28")
    #expect(Law.uk.due(day, pausedDays: 3).description == "2027-01-02")
    #expect(Law.ccpa.due(day, isExtended: true).description == "2027-02-28")
  }

  @Test(arguments: ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "2026-01-01x", "", "2026/01/01"])
  func noDays(_ text: String) { #expect(Day(text) == nil) }

  @Test func timesAreCutOff() {
    #expect(Day("2026-01-02T23:59:59Z")?.description == "2026-01-02")
    #expect(Day(seconds: -1).description == "1969-12-31")
  }

  @Test(arguments: [
    ("2026-01-01", "2026-12-31"), ("2026-03-01", "2026-03-31"), ("2028-02-01", "2028-02-29"), ("2026-06-01", "2026-06-30"),
    ("2026-03-09", "2026-03-15"), ("1969-12-29", "1970-01-04"), ("2026-03-10", "2026-03-10"), ("2026-03-15", "2026-03-15"),
  ])
  func whatAFirstDayMayStandFor(_ first: String, _ last: String) throws {
    #expect(try #require(Day(first)).lastMeant.description == last)
  }
}
