/// Where an event stands in a file.
package struct EventPlace: Hashable, Comparable, Sendable {
  /// Of its block, line or item, from the start of the file, or of what it expands to.
  package let offset: Int
  /// Of an Avro file, from 0; -1 elsewhere.
  package let block: Int
  /// In its block, or among the lines or items; from 0.
  package let record: Int
  /// In a batch, from 0; -1 outside.
  package let part: Int

  package init(offset: Int, block: Int, record: Int, part: Int) {
    (self.offset, self.block, self.record, self.part) = (offset, block, record, part)
  }

  package static func < (left: EventPlace, right: EventPlace) -> Bool {
    (left.offset, left.record, left.part) < (right.offset, right.record, right.part)
  }
}

/// The identities that an event carries.
package struct Carrier: Hashable, Sendable {
  package struct Value: Hashable, Sendable {
    package let identity: Identity
    /// Whether it is the profile into which the event's own went.
    package let isMerge: Bool

    package init(identity: Identity, isMerge: Bool) {
      self.identity = identity
      self.isMerge = isMerge
    }
  }

  /// More are not read: an event of so many is of no one person, and looking for each among the others would cost their square.
  static let limit = 256

  /// In the order of the event, behind what stands around the events of a batch.
  package var values: [Value] = []
  /// The workspace (`app_group_id`); empty where the event tells none.
  package var workspace: [UInt8] = []

  package init() {}

  package func hash(into hasher: inout Hasher) {
    hasher.combine(values)
    hasher.combine(text: workspace)
  }
}

/// An event that carries an identity that was looked for.
package struct Sighting: Sendable {
  package let place: EventPlace
  /// The number of what it carries: in `SightingBook.carriers`, or where these were taken over.
  package internal(set) var carrier: Int
  /// Seconds since 1970-01-01, of whatever century; `Int.min` where the event tells no time.
  package let time: Int
  /// A hash of the event's own id: events with one id have the same. 0 where it was not told.
  package let idHash: UInt64

  package init(place: EventPlace, carrier: Int, time: Int, idHash: UInt64) {
    self.place = place
    self.carrier = carrier
    self.time = time
    self.idHash = idHash
  }

  /// The time of which dates can be made; `Int.min` where there is none, or where a clock was never set.
  package var date: Int { EventClock.isPlausible(time) ? time : .min }
}

/// What one worker saw: sightings by file, what they carry once each.
package struct SightingBook: Sendable {
  package private(set) var carriers: [Carrier] = []
  /// How the identities were spelled: of several spellings the first in byte order.
  package private(set) var spellings: [Identity: [UInt8]] = [:]
  /// The sealed tokens of the carriers, with what they hold: nothing for what identifies nobody. So are the digests that
  /// were looked for, with what they were made of.
  package private(set) var tokens: [Identity: Identity?] = [:]
  private var numbers: [Carrier: Int] = [:]

  package init() {}

  /// What a worker of another machine saw.
  package init(carriers: [Carrier], spellings: [Identity: [UInt8]], tokens: [Identity: Identity?]) {
    self.carriers = carriers
    self.spellings = spellings
    self.tokens = tokens
    for (number, carrier) in carriers.enumerated() { numbers[carrier] = number }
  }

  mutating func number(of carrier: Carrier) -> Int {
    if let known = numbers[carrier] { return known }
    numbers[carrier] = carriers.count
    carriers.append(carrier)
    return carriers.count - 1
  }

  mutating func note(_ spelling: [UInt8], of identity: Identity) {
    if let known = spellings[identity], !spelling.lexicographicallyPrecedes(known) { return }
    spellings[identity] = spelling
  }

  package mutating func note(token: Identity, of identity: Identity?) { tokens.updateValue(identity, forKey: token) }
}
