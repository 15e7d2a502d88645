internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubPolicy

/// From what, to whom and by what a run discloses: known before any file is read.
struct Disclosing: Codable, Sendable {
  let audience: String
  let archive: String
  let output: String
  let policy: String
  let keys: [String]

  /// Nothing where the policy names no audience.
  init?(_ prepared: PreparedPolicy, _ options: ScrubOptions) {
    guard let audience = prepared.policy.audience else { return nil }
    let names = options.inputs.map { realPath($0).split(separator: "/").last.map(String.init) ?? "/" }
    self.audience = audience
    archive = options.archive ?? (names.isEmpty ? "-" : names.joined(separator: ", "))
    output = options.output.map(realPath) ?? "-"
    policy = prepared.policy.name
    keys = prepared.keyMark.map { [$0] } ?? []
  }
}

extension Disclosure {
  /// What a run made for an audience; nothing where nothing was written.
  ///
  /// - Parameter manifest: SHA-256, hex, of the output's manifest; of a stream, of the output itself.
  init?(_ outcomes: [FileOutcome], _ disclosing: Disclosing, run: String, manifest: String) {
    let written = outcomes.filter { if case .written = $0.status { true } else { false } }
    if written.isEmpty { return nil }
    self.init(
      run: run, time: EvidenceLog.now(), audience: disclosing.audience, archive: disclosing.archive, output: disclosing.output,
      policy: disclosing.policy)
    plans = Set(written.map(\.plan)).sorted()
    keys = disclosing.keys
    files = written.count
    self.manifest = manifest
    types = Self.types(written)
  }

  private static func types(_ written: [FileOutcome]) -> [String: Events] {
    var counts: [String: Int] = [:]
    var times: [String: TimeRange] = [:]
    // Where a part of a type tells no time, nobody knows the days of all of it.
    var undated: Set<String> = []
    for outcome in written {
      for (key, events) in outcome.events where events.written > 0 {
        counts[key.event, default: 0] += events.written
        let range = outcome.times[key] ?? TimeRange()
        if range.isEmpty { undated.insert(key.event) } else { times[key.event, default: TimeRange()] += range }
      }
    }
    return counts.reduce(into: [:]) { types, counted in
      let (type, count) = counted
      let range = undated.contains(type) ? nil : times[type]
      types[type] = Events(
        events: count, first: range.map { Day(seconds: $0.first).description },
        last: range.map { Day(seconds: $0.last).description })
    }
  }
}
