package import ScrubPolicy

/// Where an event was found.
package struct EventSource: Hashable, Sendable {
  /// Relative to the archive; with several archives, behind the archive's name.
  package let file: String
  /// Of an Avro file, from 0.
  package let block: Int?
  /// In its block, or in the file where there are none; from 0. Of a batch, that of the batch.
  package let record: Int
  /// In the batch, from 0; nothing outside batches.
  package let part: Int?
  package let destination: Destination

  package init(file: String, block: Int?, record: Int, part: Int?, destination: Destination) {
    self.file = file
    self.block = block
    self.record = record
    self.part = part
    self.destination = destination
  }
}

/// An event of a person, as a package shows it: other people's identifiers and credentials are masked already.
package struct AccessEvent: Sendable {
  /// A value of the event under the canonical name of its field, or under its path where nobody knows it.
  package struct Value: Hashable, Sendable {
    package let field: String
    /// Texts without quotes, everything else as JSON spells it.
    package let text: String

    package init(field: String, text: String) {
      self.field = field
      self.text = text
    }
  }

  /// The same event somewhere else.
  package struct Copy: Hashable, Sendable {
    package let source: EventSource
    /// Canonical names of the fields that hold here what the event does not, in byte order.
    package let differs: [String]
    /// All of it as plain JSON in one line, where anything differs.
    package let json: [UInt8]?

    package init(source: EventSource, differs: [String], json: [UInt8]?) {
      self.source = source
      self.differs = differs
      self.json = json
    }
  }

  /// As the catalog spells it; what the event calls itself where the catalog does not know it.
  package var eventType: String
  package var source: EventSource
  /// Seconds since 1970-01-01, UTC; nothing where the event tells no time.
  package var time: Int?
  /// The kinds of the identifiers by which it was found, as the policy language spells them, sorted.
  package var matchedBy: [String]
  /// In the order of the event; null and absent members are left out. Behind them, what only copies hold.
  package var values: [Value]
  /// The whole event as plain JSON in one line.
  package var json: [UInt8]
  /// In the order of their sources.
  package var copies: [Copy] = []
  /// How many more times the very same event stood in the same archive.
  package var repeats = 0

  package init(
    eventType: String, source: EventSource, time: Int?, matchedBy: [String], values: [Value], json: [UInt8]
  ) {
    self.eventType = eventType
    self.source = source
    self.time = time
    self.matchedBy = matchedBy
    self.values = values
    self.json = json
  }
}
