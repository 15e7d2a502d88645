package import ScrubArchive
package import ScrubCore
package import ScrubPolicy

/// A field of one event type in one destination, and what the policy does with it: what counts are kept for.
package struct FieldKey: Hashable, Sendable {
  package let event: String
  package let destination: Destination
  package let facts: FieldFacts
  package let decision: Decision

  /// Few keys share an event and a path, and differ in the rest.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(event)
    hasher.combine(facts.path)
  }
}

/// Events of one type in one destination.
package struct EventKey: Hashable, Codable, Sendable {
  package let event: String
  package let destination: Destination
}

/// A place that was not written.
package struct WithheldPlace: Hashable, Codable, Sendable {
  package var line: Int?
  package var block: Int?
  /// From the start of the file, or of what it expands to.
  package var offset = 0
  package var bytes = 0
  package var events = 0
  package var code = ""
  package var digest: String?
  /// Whether it goes to the end of the file, so that nobody knows how many events were in it: `events` are those that are known of.
  package var isRest = false
}

/// How a file or object stands, as every machine sees it: on each a file has another device and inode.
package struct FileState: Hashable, Codable, Sendable {
  private let size: Int
  /// Nanoseconds since 1970-01-01; 0 where a mark of the store's tells more.
  private let modified: Int
  private let tag: String

  init(_ identity: FileIdentity) {
    size = identity.size
    modified = identity.tag.isEmpty ? identity.modified : 0
    tag = identity.tag
  }
}

/// What became of a file.
package struct FileOutcome: Sendable {
  package enum Status: Hashable, Codable, Sendable {
    /// Written; whether any byte differs from the source.
    case written(changed: Bool)
    case alreadyScrubbed
    /// Compressed, and nothing in it.
    case empty
    /// Nothing of it may be written: an event type that nobody knows.
    case withheld
    case unsupported
    /// Damaged, changed while it was read, or not to be read, or without a name in the output; nothing of it was written.
    case unreadable
    case refused
    /// Not written though it could be read: no space, or the policy fails on what is in it.
    case failed
  }

  package let file: ArchiveFile
  package var status = Status.failed
  /// How it stood when it was read, where its events were looked at only.
  package var state: FileState?
  package var failure: Failure?
  package var events: [EventKey: EventCounts] = [:]
  /// Of the workspaces that are asked for those that its events have.
  package var workspaces: Set<[UInt8]> = []
  package var fields: [FieldKey: SlotCounts] = [:]
  /// Of what was written, where it is made for an audience.
  package var times: [EventKey: TimeRange] = [:]
  package var withheld: [WithheldPlace] = []
  /// All withheld places, listed or not.
  package var withheldCount = 0
  /// Whether the file could not be read to its end.
  package var breaksOff = false
  package var plans: [EventKey: String] = [:]
  /// The plan digest of the file as a whole.
  package var plan = ""
  /// `id:check value` of the keys of an earlier run, whose pseudonyms the source has.
  package var formerKeys: [String] = []
  /// The marks of what becomes of identities, and became of them in an earlier run.
  package var identities: Set<String> = []
  package var sourceDigest: String?
  package var bytesIn = 0
  package var bytesOut = 0
  /// SHA-256 of what was written.
  package var digest = ""

  package init(_ file: ArchiveFile) { self.file = file }

  package static let listedPlaces = 1000

  /// Whether another place would be listed, and not only counted.
  package var listsPlaces: Bool { withheld.count < Self.listedPlaces }

  /// Notes a withheld place; beyond a thousand of them only the number is kept, and where the file breaks off.
  package mutating func withhold(_ place: WithheldPlace) {
    withheldCount += 1
    if place.isRest { breaksOff = true }
    if listsPlaces || place.isRest { withheld.append(place) }
  }

  /// Adds what became of the values of a field: where addresses and numbers are treated in two ways, of each by its own.
  mutating func add(
    _ facts: FieldFacts, _ decision: Decision, of event: EventKey, _ counts: SlotCounts, numbers: SlotCounts
  ) {
    for (decision, counts) in zip(decision.parts, [counts, numbers]) where !counts.isZero {
      fields[
        FieldKey(event: event.event, destination: event.destination, facts: facts, decision: decision), default: SlotCounts()] += counts
    }
  }

  package var eventCounts: EventCounts { events.values.reduce(into: EventCounts()) { $0 += $1 } }
}
