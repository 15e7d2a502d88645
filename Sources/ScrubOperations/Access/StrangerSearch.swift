internal import ScrubCore
internal import ScrubNative

/// Tells which words of people's texts are identifiers of somebody, or digests that stand in their place: one more pass over the files that may hold them.
///
/// What the passes before noted of each file is asked first. Memory is needed for the words, and for the events of those
/// whose identifiers they are.
struct StrangerSearch {
  private let context: SearchContext
  private let people: PeopleFound
  private let progress: Progress

  init(_ context: SearchContext, _ people: PeopleFound, _ progress: Progress) {
    self.context = context
    self.people = people
    self.progress = progress
  }

  /// By word: whom it stands for.
  func identities(of words: Set<[UInt8]>) async throws(ScrubRefusal) -> [[UInt8]: Identity] {
    var wordsOf: [Identity: [[UInt8]]] = [:]
    for word in words {
      for kind in IdentityKind.formless + (Subject.Format.isDigest(word) ? IdentityKind.hashed : []) {
        if let identity = Identity(kind, word) { wordsOf[identity, default: []].append(word) }
      }
    }
    var known = people.carried(among: wordsOf.keys)
    known.formUnion(try await read(Set(wordsOf.keys).subtracting(known)))
    var identities: [[UInt8]: Identity] = [:]
    for kind in IdentityKind.formless + IdentityKind.hashed {
      for identity in known where identity.kind == kind {
        let plain = people.aliases.plain(identity)
        for word in wordsOf[identity] ?? [] where identities[word] == nil { identities[word] = plain }
      }
    }
    return identities
  }

  /// Those of some identities that stand in the archives.
  private func read(_ identities: Set<Identity>) async throws(ScrubRefusal) -> Set<Identity> {
    let hashes = identities.map { WatchList.hash($0) }
    let files = people.searches.filter { $0.search.findings.mayHold(hashes) }.map(\.file)
    if files.isEmpty || identities.isEmpty { return [] }
    let pass = SearchPass(files: files, identities: identities, digests: [], filtersBefore: 0)
    let listing = people.listing.files
    let found = try await pass.read(files.map { ($0, listing[$0].file) }, context, made: [], progress)
    return identities.intersection(found.flatMap(\.book.carriers).flatMap(\.values).map(\.identity))
  }
}
