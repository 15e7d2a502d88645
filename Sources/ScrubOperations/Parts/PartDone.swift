/// What one command of a run in parts came to.
package struct PartDone: Document, Sendable {
  package var schema = "currents-scrub/part/1"
  /// `scrub`, `inspect`, `export` or `erase`.
  package let command: String
  /// From 1; nothing where all parts were planned.
  package let part: Int?
  package let parts: Int
  /// Of a run that looks for people, which goes in rounds: from 1.
  package let round: Int?
  package var files = 0
  /// Stored bytes of the files.
  package var bytes = 0
  package var events = 0
  /// Whether an earlier attempt had done it all.
  package var already = false
  /// The exit status.
  package var exit = 0

  init(_ command: String, _ shard: Shard) {
    self.command = command
    parts = shard.parts
    round = nil
    if case .part(let number, _) = shard { part = number } else { part = nil }
  }

  init(_ command: String, _ shard: PeopleShard, round: Int) {
    self.command = command
    parts = shard.parts
    self.round = round
    if case .part(let number, _) = shard { part = number } else { part = nil }
  }

  enum CodingKeys: String, CodingKey { case schema, command, part, parts, round, files, bytes, events, already, exit }

  package func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(schema, forKey: .schema)
    try members.encode(command, forKey: .command)
    try members.encode(part, forKey: .part)
    try members.encode(parts, forKey: .parts)
    try members.encodeIfPresent(round, forKey: .round)
    try members.encode(files, forKey: .files)
    try members.encode(bytes, forKey: .bytes)
    try members.encode(events, forKey: .events)
    try members.encode(already, forKey: .already)
    try members.encode(exit, forKey: .exit)
  }

  /// What a plan comes to.
  mutating func take(_ plan: PartsPlan) {
    files = plan.files
    bytes = plan.bytes
  }

  /// What a part came to.
  mutating func take(_ end: PartLine.End, files: Int) {
    self.files = files
    bytes = end.bytes
    events = end.events
    exit = end.exit
  }
}
