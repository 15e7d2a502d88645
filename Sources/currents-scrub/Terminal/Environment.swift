internal import Foundation
internal import Glibc
internal import ScrubOperations

/// What the surroundings of the process say.
enum Environment {
  static subscript(name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Where state is kept unless the caller says otherwise (XDG Base Directory Specification).
  static func stateFolder(_ told: String?) -> String {
    if let told { return told }
    if let base = Self["XDG_STATE_HOME"], base.hasPrefix("/") { return base + "/currents-scrub" }
    return (Self["HOME"] ?? ".") + "/.local/state/currents-scrub"
  }

  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Whether colour is wanted on a descriptor (https://no-color.org).
  static func isColoured(_ descriptor: Int32) -> Bool {
    (Self["NO_COLOR"] ?? "").isEmpty && isTerminal(descriptor) && Self["TERM"] != "dumb"
  }

  /// Cores that this process may use.
  static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// How many workers read and write there: those of a store wait more than they work.
  static func workers(over places: [String]) -> Int {
    places.contains(where: StoreAddresses.isAddress) ? max(cores, 8) : cores
  }

  /// Today, as `2026-11-24` (UTC).
  static var today: String { String(runName("", at: .now).time.prefix(10)) }

  /// The name of a run that starts now: `2026-11-23T191500Z-scrub`, and the time of day for people.
  static func runName(_ command: String, at date: Date) -> (name: String, time: String) {
    var clock = Int(date.timeIntervalSince1970)
    var parts = unsafe tm()
    unsafe gmtime_r(&clock, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    let time = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map(two)
    return ("\(day)T\(time.joined())Z-\(command)", "\(day)T\(time.joined(separator: ":"))Z")
  }
}
