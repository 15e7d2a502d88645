internal import ScrubNative

/// What a search notes of one file, whatever its format.
package struct FileFindings: Sendable {
  package internal(set) var sightings: [Sighting] = []
  package internal(set) var events = 0
  /// Events in which no member stands that would tell an identity.
  package internal(set) var nameless = 0
  /// The ids of the keys of tokens among the first identities, as their forms tell them; not of sealed ones that opened.
  package internal(set) var keyIDs: Set<String> = []
  /// Nothing where memory is short.
  package internal(set) var filter: IdentityFilter?

  package init(
    sightings: [Sighting] = [], events: Int = 0, nameless: Int = 0, keyIDs: Set<String> = [], filter: IdentityFilter? = nil
  ) {
    self.sightings = sightings
    self.events = events
    self.nameless = nameless
    self.keyIDs = keyIDs
    self.filter = filter
  }

  /// Whether events that were not noted may hold one of some identities, by their hashes.
  package func mayHold(_ hashes: [UInt64]) -> Bool {
    guard let filter else { return events > 0 }
    return hashes.contains { filter.mayHold($0) }
  }

  /// Gives the carriers of the sightings other numbers.
  package mutating func renumber(_ numbers: [Int]) {
    for index in sightings.indices { sightings[index].carrier = numbers[sightings[index].carrier] }
  }

  /// Takes over the filter of an earlier pass.
  package mutating func keepFilter(of earlier: FileFindings?) { filter = earlier?.filter }
}

/// What is the same for events in Avro and in JSON: values are hashed, looked up, and noted of those that are found.
struct EventFinder: ~Copyable {
  let watch: WatchList
  var findings = FileFindings()
  var book = SightingBook()
  private var reader = IdentityReader()
  private var filter = IdentityFilter(byteCount: 0)
  private var filters = false
  /// For the filter, which takes many at once; the last ones are those of the event that is looked at.
  private var hashes: [UInt64] = []
  private var eventStart = 0
  private static let batch = 1024
  /// Identities of the file whose form is still looked at: what was scrubbed has tokens from its first events on.
  private var formsLeft = 0
  private static let formCount = 64
  private var opener = TokenOpener()
  private var collector: IdentityCollector?
  /// Identities whose digests were looked for.
  private var byDigest: Set<Identity> = []

  init(_ watch: WatchList) { self.watch = watch }

  /// Has sealed tokens found by what they hold.
  mutating func openTokens(with keys: [any SubkeySource]) throws(NativeError) { opener = try TokenOpener(keys) }

  /// Has every identity told to somebody.
  mutating func collect(for collector: IdentityCollector) { self.collector = collector }

  mutating func startFile(filter: IdentityFilter?) {
    findings = FileFindings()
    formsLeft = Self.formCount
    hashes.removeAll(keepingCapacity: true)
    eventStart = 0
    filters = filter != nil
    self.filter = filter ?? IdentityFilter(byteCount: 0)
  }

  mutating func finishFile() -> FileFindings {
    filter.insert(hashes)
    findings.filter = filters ? filter : nil
    return findings
  }

  /// Whether a value, or what is sealed in it, may be one that is looked for.
  @inline(__always)
  mutating func look(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ role: IdentityRole) -> Bool {
    if let value = opener.open(bytes, range) {
      return unsafe look(value.span.bytes, 0..<value.count, kind: role.kind(value.span.bytes, 0..<value.count))
    }
    if formsLeft > 0 { noteForm(bytes, range) }
    return look(bytes, range, kind: role.kind(bytes, range))
  }

  /// Notes whose token a value is, if it has the form of one.
  @inline(never)
  private mutating func noteForm(_ bytes: borrowing RawSpan, _ range: Range<Int>) {
    formsLeft -= 1
    guard let dash = range.prefix(17).first(where: { bytes[$0] == UInt8(ascii: "-") }), dash > range.lowerBound else { return }
    let keyID = bytes.array(range.lowerBound..<dash)
    guard keyID.allSatisfy({ $0 &- 0x61 < 26 || $0 &- 0x30 < 10 }) else { return }
    if PseudonymFormat.token(byteCount: 16).recognises(bytes, range, keyID: keyID) || SealedToken.recognises(bytes, range, keyID: keyID) {
      findings.keyIDs.insert(String(decoding: keyID, as: UTF8.self))
    }
  }

  @inline(__always)
  private mutating func look(_ bytes: borrowing RawSpan, _ range: Range<Int>, kind: IdentityKind) -> Bool {
    let hash = identityHash(bytes, range, kind)
    if hash == 0 { return false }
    if filters && kind.leads { hashes.append(hash) }
    if let collector { collector.note(bytes, range, kind) }
    // What is looked for by itself may be looked for by a digest too, for somebody else.
    let isWatched = watch.mayHold(hash)
    return watch.hasDigests && holdsDigest(bytes, range, kind) || isWatched
  }

  /// Whether a digest of a value is looked for; it stands for the value from then on, which is looked for itself.
  private mutating func holdsDigest(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ kind: IdentityKind) -> Bool {
    guard watch.seeksDigests(of: kind), let identity = reader.read(bytes, range, kind) else { return false }
    let digests = watch.digests(of: identity, spelled: bytes.array(trim(bytes, range)))
    for digest in digests {
      if let token = Identity(kind, digest) { book.note(token: token, of: identity) }
    }
    if digests.isEmpty { return false }
    byDigest.insert(identity)
    return true
  }

  mutating func add(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ role: IdentityRole, to carrier: inout Carrier) {
    guard let identity = reader.read(bytes, range, role.kind(bytes, range)) else { return }
    let value = Carrier.Value(identity: identity, isMerge: role == .mergedInto)
    if carrier.values.contains(value) { return }
    if let sealed = opener.open(bytes, range) {
      let kind = unsafe role.kind(sealed.span.bytes, 0..<sealed.count)
      let plain = unsafe reader.read(sealed.span.bytes, 0..<sealed.count, kind)
      book.note(token: identity, of: plain)
      if let plain { unsafe noteSpelling(sealed.span.bytes, 0..<sealed.count, of: plain) }
    } else {
      noteSpelling(bytes, range, of: identity)
    }
    carrier.values.append(value)
  }

  private mutating func noteSpelling(_ bytes: borrowing RawSpan, _ range: Range<Int>, of identity: Identity) {
    let spelling = bytes.array(trim(bytes, range))
    if spelling != identity.text { book.note(spelling, of: identity) }
  }

  /// Behind the last value of an event, or of several that stand together.
  ///
  /// - Parameter isNoted: whether all that they carry is noted. A later pass need not find them again, so what only they carry
  ///   is none of what the file is read again for.
  @inline(__always)
  mutating func endEvent(isNoted: Bool) {
    if !filters { return }
    if isNoted { hashes.removeSubrange(eventStart...) }
    eventStart = hashes.count
    if eventStart < Self.batch { return }
    filter.insert(hashes)
    hashes.removeAll(keepingCapacity: true)
    eventStart = 0
  }

  /// Notes an event, if it really carries what is looked for.
  ///
  /// - Returns: whether it does.
  mutating func note(_ carrier: Carrier, at place: EventPlace, time: Int, idHash: UInt64) -> Bool {
    let isWanted = carrier.values.contains { value in
      guard let plain = book.tokens[value.identity] ?? value.identity else { return false }
      return watch.identities.contains(value.identity) || watch.identities.contains(plain) || byDigest.contains(plain)
    }
    if isWanted {
      findings.sightings.append(Sighting(place: place, carrier: book.number(of: carrier), time: time, idHash: idHash))
    }
    return isWanted
  }
}
