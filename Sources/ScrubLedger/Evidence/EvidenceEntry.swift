/// What a line of the evidence log says: who did what, when, and how much of it. Never a personal value.
package struct EvidenceEntry: Codable, Hashable, Sendable {
  /// From 1, over all segments.
  package internal(set) var sequence = 0
  /// UTC, to the second.
  package internal(set) var time = ""
  /// The name of the user who ran the command.
  package internal(set) var actor = ""
  package var command: String
  /// `done`, or the code of what stopped it.
  package var result = "done"
  /// The id of the request that the command carries out.
  package var request: String?
  /// Why it was done, in the words of the user.
  package var reason: String?
  package var counts: [String: Int] = [:]
  /// The plan digest of a scrub.
  package var plan: String?
  /// `id:check value` of every key.
  package var keys: [String] = []
  /// The last line of segments that are older than they are kept, and were removed behind this line: number and MAC.
  package internal(set) var expired: String?

  package init(command: String) { self.command = command }
}

/// The last line of a log: whoever keeps it elsewhere can later tell that the log was not cut before it.
package struct EvidenceHead: Hashable, Sendable {
  /// 0 before the first line.
  package let sequence: Int
  /// 64 hex digits.
  package let mac: String

  /// What stands before the first line.
  static let start = EvidenceHead(sequence: 0, mac: String(repeating: "0", count: 64))

  package var text: String { "\(sequence):\(mac)" }

  /// Reads what `text` writes.
  package init?(text: String) {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let sequence = Int(parts[0]), parts[1].count == 64, parts[1].allSatisfy(\.isHexDigit) else { return nil }
    self.init(sequence: sequence, mac: String(parts[1]))
  }

  init(sequence: Int, mac: String) {
    self.sequence = sequence
    self.mac = mac
  }
}
