/// A value that was found in an event.
package struct SweepFind: Sendable {
  /// Its number.
  package let value: Int
  /// The path of the text or number that holds it, without names that may be values themselves.
  package let path: String
  /// In a batch, from 0; -1 outside.
  package let part: Int
  package let standing: Standing

  /// As what a value stands where it was found.
  package enum Standing: Sendable {
    case text
    /// As an identity of the one whose event it is, and so is that one's too.
    case identity
    /// Within the id of somebody else's profile, which stays: without it nobody knows whose the event is.
    case withinID
  }
}

/// A place of an event that is to be redacted.
struct SweepEdit {
  let range: Range<Int>
  let replacement: TextSweep.Replacement
}

/// What was found in one event: the same for events in Avro and in JSON.
struct SweepNotes: ~Copyable {
  private(set) var finds: [SweepFind] = []
  /// In order, without overlaps.
  private(set) var edits: [SweepEdit] = []
  private var text: TextSweep
  private var standing = SweepFind.Standing.text
  /// Values of the text at hand.
  private var noted: Set<Int> = []

  init(_ book: SweepBook) { text = TextSweep(book) }

  mutating func removeAll() {
    finds.removeAll(keepingCapacity: true)
    edits.removeAll(keepingCapacity: true)
  }

  /// Looks at a text, or at the digits of a number; what is found is noted by `note`.
  ///
  /// - Parameter role: what the value tells of identities.
  /// - Returns: whether anything was found.
  mutating func look(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ role: IdentityRole?) -> Bool {
    text.find(bytes, range)
    if text.places.isEmpty { return false }
    standing = .text
    guard let role else { return true }
    let whole = trim(bytes, range)
    if text.places.contains(where: { $0.range == whole && !$0.isEncoded }) {
      standing = .identity
    } else if role.isOfProfile {
      standing = .withinID
    }
    return true
  }

  /// Notes what the last look found.
  ///
  /// - Parameter number: that of a number, of which only all of it counts.
  mutating func note(path: String, part: Int, number: Range<Int>? = nil) {
    noted.removeAll(keepingCapacity: true)
    for place in text.places {
      if let number, place.range != number { continue }
      if noted.insert(place.value).inserted {
        finds.append(SweepFind(value: place.value, path: path, part: part, standing: standing))
      }
      if standing == .text && place.range.lowerBound >= edits.last?.range.upperBound ?? 0 {
        edits.append(SweepEdit(range: place.range, replacement: number == nil ? place.replacement : .null))
      }
    }
  }
}
