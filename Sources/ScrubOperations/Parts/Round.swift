internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// One pass over archives that the parts of a run share: what is looked for. The same always has the same text.
struct RoundQuery: Codable, Sendable {
  /// SHA-256, hex, over the numbers of the files.
  let files: String
  var search: Search?
  var sweep: Sweep?

  /// As `SearchPass` has it.
  struct Search: Codable, Sendable {
    let identities: [IdentityText]
    let digests: [Digest]
    /// Nothing for none.
    let tokens: [IdentityText]?
    let filtersBefore: Int
  }

  struct Digest: Codable, Sendable {
    let kind: UInt8
    let format: String
    let hex: BytesText
  }

  /// As `ResidualSweep` has it.
  struct Sweep: Codable, Sendable {
    let values: SweepValues
    let skipped: [Places]
  }

  struct Places: Codable, Sendable {
    let file: Int
    let places: [PlaceText]
  }

  init(_ pass: SearchPass) throws(Failure) {
    files = try PartsPlan.asked(pass.files)
    func sorted(_ identities: Set<Identity>) -> [IdentityText] {
      identities.sorted {
        $0.kind == $1.kind ? $0.text.lexicographicallyPrecedes($1.text) : $0.kind.rawValue < $1.kind.rawValue
      }
      .map { IdentityText($0) }
    }
    let digests = pass.digests.sorted {
      let (left, right) = (($0.kind.rawValue, $0.format.rawValue), ($1.kind.rawValue, $1.format.rawValue))
      return left == right ? $0.digest.lexicographicallyPrecedes($1.digest) : left < right
    }
    search = Search(
      identities: sorted(pass.identities),
      digests: digests.map { Digest(kind: $0.kind.rawValue, format: $0.format.rawValue, hex: BytesText($0.digest)) },
      tokens: pass.tokens.isEmpty ? nil : sorted(pass.tokens), filtersBefore: pass.filtersBefore)
  }

  init(_ residue: ResidualSweep, over files: [Int]) throws(Failure) {
    self.files = try PartsPlan.asked(files)
    sweep = Sweep(
      values: residue.values,
      skipped: residue.skipped.sorted { $0.key < $1.key }.map { Places(file: $0, places: $1.sorted().map { PlaceText($0) }) })
  }
}

extension RoundQuery.Search {
  /// - Parameter files: those of the part.
  func pass(over files: [Int]) -> SearchPass {
    let digests = self.digests.compactMap { digest -> PersonSearch.DigestSeed? in
      guard let kind = IdentityKind(rawValue: digest.kind), let format = Subject.Format(rawValue: digest.format) else { return nil }
      return PersonSearch.DigestSeed(kind: kind, format: format, digest: digest.hex.bytes)
    }
    return SearchPass(
      files: files, identities: Set(identities.compactMap(\.identity)), digests: Set(digests),
      tokens: Set((tokens ?? []).compactMap(\.identity)), filtersBefore: filtersBefore)
  }
}

/// A round of a run in parts, as it is announced.
struct Round: Codable, Sendable {
  /// Stands for the query and for every round before.
  let id: String
  let query: RoundQuery
  /// By part: how many files it reads, and the digest of their list.
  let files: [Int]
  let lists: [String]

  static func name(of number: Int) -> String { "\(number).round" }
  static func list(of part: Int, in number: Int) -> String { "\(part).\(number).files" }
  static func found(by part: Int, in number: Int) -> String { "\(part).\(number).found" }
}

/// What a part found in a round.
struct RoundFound: Codable, Sendable {
  var searches: [Searched] = []
  var sweeps: [Swept] = []
  var files = 0
  var events = 0
  var bytes = 0
  /// What the part came to by itself.
  var exit = 0

  /// As `SearchPass.Found` has it.
  struct Searched: Codable, Sendable {
    let files: [File]
    let carriers: [Carried]
    let spellings: [Spelled]
    let tokens: [Token]
  }

  struct File: Codable, Sendable {
    let outcome: PartLine.File
    let state: FileState?
    let sightings: [Sighted]
    let events: Int
    let nameless: Int
    let keyIDs: Set<String>
    let filter: BytesText?
    let mark: ScrubMark?
    let destination: Destination
  }

  struct Sighted: Codable, Sendable {
    let place: PlaceText
    let carrier: Int
    let time: Int
    let idHash: UInt64
  }

  struct Carried: Codable, Sendable {
    let workspace: BytesText
    let values: [IdentityText]
  }

  struct Spelled: Codable, Sendable {
    let identity: IdentityText
    let spelling: BytesText
  }

  struct Token: Codable, Sendable {
    let token: IdentityText
    /// Nothing for what identifies nobody.
    let identity: IdentityText?
  }

  /// As `ResidualSweep.Found` has it.
  struct Swept: Codable, Sendable {
    let counts: [Count]
    let carried: [Standing]
    let places: [Place]
    let files: [SweptFile]
  }

  struct SweptFile: Codable, Sendable {
    let outcome: PartLine.File
    let state: FileState?
  }

  struct Count: Codable, Sendable {
    let archive: Int
    let eventType: String
    let destination: Destination
    let path: String
    let stays: Bool
    let value: Int
    let workspace: BytesText
    let count: Int
  }

  struct Standing: Codable, Sendable {
    let value: Int
    let workspaces: [BytesText]
  }

  struct Place: Codable, Sendable {
    let file: Int
    let place: PlaceText
    let value: Int
    let workspace: BytesText
  }
}

/// Where an event stands, in JSON.
struct PlaceText: Codable, Sendable {
  let place: EventPlace

  init(_ place: EventPlace) { self.place = place }

  init(from decoder: any Decoder) throws {
    var numbers = try decoder.unkeyedContainer()
    func next() throws -> Int { try numbers.decode(Int.self) }
    place = EventPlace(offset: try next(), block: try next(), record: try next(), part: try next())
  }

  func encode(to encoder: any Encoder) throws {
    var numbers = encoder.unkeyedContainer()
    for number in [place.offset, place.block, place.record, place.part] { try numbers.encode(number) }
  }
}

// MARK: searches

extension RoundFound.Searched {
  init(_ found: SearchPass.Found) {
    files = found.searches.map { RoundFound.File($0.search, number: $0.file) }
    carriers = found.book.carriers.map { carrier in
      RoundFound.Carried(
        workspace: BytesText(carrier.workspace), values: carrier.values.map { IdentityText($0.identity, isMerge: $0.isMerge) })
    }
    spellings = found.book.spellings.map { RoundFound.Spelled(identity: IdentityText($0), spelling: BytesText($1)) }
    tokens = found.book.tokens.map { RoundFound.Token(token: IdentityText($0), identity: $1.map { IdentityText($0) }) }
  }

  /// Nothing for what no search finds.
  var found: SearchPass.Found? {
    var carriers: [Carrier] = []
    for text in self.carriers {
      var carrier = Carrier()
      carrier.workspace = text.workspace.bytes
      for value in text.values {
        guard let identity = value.identity else { return nil }
        carrier.values.append(Carrier.Value(identity: identity, isMerge: value.isMerge ?? false))
      }
      carriers.append(carrier)
    }
    var spellings: [Identity: [UInt8]] = [:]
    for one in self.spellings {
      if let identity = one.identity.identity { spellings[identity] = one.spelling.bytes }
    }
    var tokens: [Identity: Identity?] = [:]
    for one in self.tokens {
      if let token = one.token.identity { tokens.updateValue(one.identity?.identity, forKey: token) }
    }
    var found = SearchPass.Found(book: SightingBook(carriers: carriers, spellings: spellings, tokens: tokens))
    for file in files {
      guard file.sightings.allSatisfy({ carriers.indices.contains($0.carrier) }) else { return nil }
      found.searches.append((file.outcome.number, file.search))
    }
    return found
  }
}

extension RoundFound.File {
  fileprivate init(_ search: FileSearch, number: Int) {
    outcome = PartLine.File(search.outcome, number: number)
    state = search.outcome.state
    sightings = search.findings.sightings.map {
      RoundFound.Sighted(place: PlaceText($0.place), carrier: $0.carrier, time: $0.time, idHash: $0.idHash)
    }
    events = search.findings.events
    nameless = search.findings.nameless
    keyIDs = search.findings.keyIDs
    filter = search.findings.filter.map { BytesText($0.bytes) }
    mark = search.mark
    destination = search.destination
  }

  fileprivate var search: FileSearch {
    var outcome = self.outcome.outcome
    outcome.state = state
    let findings = FileFindings(
      sightings: sightings.map { Sighting(place: $0.place.place, carrier: $0.carrier, time: $0.time, idHash: $0.idHash) }, events: events,
      nameless: nameless, keyIDs: keyIDs, filter: filter.flatMap { IdentityFilter(bytes: $0.bytes) })
    return FileSearch(outcome: outcome, findings: findings, mark: mark, destination: destination)
  }
}

// MARK: sweeps

extension RoundFound.Swept {
  init(_ found: ResidualSweep.Found) {
    counts = found.tally.counts.map { place, count in
      RoundFound.Count(
        archive: place.field.archive, eventType: place.field.eventType, destination: place.field.destination,
        path: place.field.path, stays: place.field.stays, value: place.value, workspace: BytesText(place.workspace), count: count)
    }
    carried = found.tally.carried.map { RoundFound.Standing(value: $0, workspaces: $1.map { BytesText($0) }) }
    places = found.tally.places.flatMap { file, found in
      found.map {
        RoundFound.Place(file: file, place: PlaceText($0.place), value: $0.value, workspace: BytesText($0.workspace))
      }
    }
    files = found.outcomes.map {
      RoundFound.SweptFile(outcome: PartLine.File($0.outcome, number: $0.file), state: $0.outcome.state)
    }
  }

  var found: ResidualSweep.Found {
    var counts: [SweepTally.Place: Int] = [:]
    for one in self.counts {
      let field = SweepTally.Field(
        archive: one.archive, eventType: one.eventType, destination: one.destination, path: one.path, stays: one.stays)
      counts[SweepTally.Place(field: field, value: one.value, workspace: one.workspace.bytes)] = one.count
    }
    var carried: [Int: Set<[UInt8]>] = [:]
    for one in self.carried { carried[one.value, default: []].formUnion(one.workspaces.map(\.bytes)) }
    var places: [Int: [(place: EventPlace, value: Int, workspace: [UInt8])]] = [:]
    for one in self.places { places[one.file, default: []].append((one.place.place, one.value, one.workspace.bytes)) }
    var found = ResidualSweep.Found(tally: SweepTally(counts: counts, carried: carried, places: places))
    for file in files {
      var outcome = file.outcome.outcome
      outcome.state = file.state
      found.outcomes.append((file.outcome.number, outcome))
    }
    return found
  }
}
