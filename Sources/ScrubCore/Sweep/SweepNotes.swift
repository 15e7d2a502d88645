/// A value that was found in an event.
package struct SweepFind: Sendable {
  /// Its number.
  package let value: Int
  /// The path of the text or number that holds it, without names that may be values themselves.
  package let path: String
  /// In a batch, from 0; -1 outside.
  package let part: Int
  package let standing: Standing
  /// The workspace of its event, where some of the people are looked for in some workspaces only; empty where none is told.
  package fileprivate(set) var workspace: [UInt8] = []

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
  fileprivate let value: Int
  fileprivate let part: Int
}

/// What was found in one event: the same for events in Avro and in JSON.
struct SweepNotes: ~Copyable {
  private(set) var finds: [SweepFind] = []
  /// In order; behind `finish` without overlaps.
  private(set) var edits: [SweepEdit] = []
  private let values: SweepValues
  /// By event, behind what stands around them all: where its workspace stands.
  private var workspaces: [Range<Int>] = []
  private var text: TextSweep
  private var standing = SweepFind.Standing.text
  /// Values of the text at hand.
  private var noted: Set<Int> = []

  /// Whether texts have the escapes of JSON.
  private let isJSON: Bool

  init(_ book: SweepBook, isJSON: Bool) {
    self.isJSON = isJSON
    values = book.values
    text = TextSweep(book)
  }

  mutating func removeAll() {
    finds.removeAll(keepingCapacity: true)
    edits.removeAll(keepingCapacity: true)
    workspaces.removeAll(keepingCapacity: true)
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
      if standing == .text {
        let replacement = number == nil ? place.replacement : .null
        edits.append(SweepEdit(range: place.range, replacement: replacement, value: place.value, part: part))
      }
    }
  }

  // MARK: workspaces

  /// Notes where an event tells its workspace.
  ///
  /// - Parameter part: of the event in its batch; -1 around them.
  mutating func note(workspace range: Range<Int>, part: Int) {
    if !values.isLimited { return }
    while workspaces.count < part + 2 { workspaces.append(0..<0) }
    workspaces[part + 1] = range
  }

  /// Ends an event or a batch: what was found gets the workspace of its event, and what is nobody's there is left as it is.
  mutating func finish(_ bytes: borrowing RawSpan) {
    if values.isLimited {
      for index in finds.indices { finds[index].workspace = workspace(bytes, part: finds[index].part) }
    }
    var kept = 0
    for index in edits.indices {
      let edit = edits[index]
      if kept > 0 && edit.range.lowerBound < edits[kept - 1].range.upperBound { continue }
      if values.isLimited, values.owners(of: edit.value, in: workspace(bytes, part: edit.part)).isEmpty { continue }
      edits[kept] = edit
      kept += 1
    }
    edits.removeLast(edits.count - kept)
  }

  /// An event of a batch that tells no workspace is of that around it; what stands around them, of that of the first event.
  private func workspace(_ bytes: borrowing RawSpan, part: Int) -> [UInt8] {
    let own = workspaces.indices.contains(part + 1) ? workspaces[part + 1] : 0..<0
    let other = part < 0 ? workspaces.first { !$0.isEmpty } : workspaces.first
    let told = own.isEmpty ? other ?? own : own
    return isJSON ? bytes.plainText(ofString: told) : bytes.array(trim(bytes, told))
  }
}
