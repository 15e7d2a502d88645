internal import ScrubArchive
internal import ScrubCore
internal import ScrubPolicy

/// What audiences know people by: the tokens that stand for them in the outputs that were searched.
struct RecipientTokens {
  private let people: PeopleFound
  private let audiences: [Audience]
  /// What the events of the people carry.
  private let seen: Set<Identity>
  /// By person: what leads to them and to nobody else, and the push tokens of their events.
  private let own: [Set<Identity>]

  /// The outputs of a policy.
  private struct Audience {
    let name: String
    let pseudonyms: KnownPseudonyms
    /// By person: what their events in files carry of which marks tell that they were made so.
    var carried: [Int: Set<Identity>] = [:]
    /// By person: what stands for them inside the texts of these files.
    var inTexts: [Set<Identity>] = []
  }

  init(_ people: PeopleFound, _ made: [ScrubbedWith], _ context: SearchContext, _ progress: Progress) async throws(ScrubRefusal) {
    self.people = people
    let made = made.filter { $0.checked.policy.audience != nil }
    if made.isEmpty {
      (seen, own, audiences) = ([], [], [])
      return
    }
    seen = people.seen
    let carried = people.carried()
    own = people.people.enumerated().map { number, person in
      let pushTokens = (carried[number] ?? []).filter { $0.kind == .pushToken }
      return person.doubt == nil ? Set(person.leading).union(pushTokens) : []
    }
    var audiences: [Audience] = []
    for one in made {
      var audience = Audience(name: one.checked.policy.audience ?? "", pseudonyms: try KnownPseudonyms([one]))
      var files: Set<Int> = []
      for (file, search) in people.searches {
        guard let mark = people.listing.mark(of: file, search), !mark.keys.isEmpty else { continue }
        if audience.pseudonyms.unknownKeys(mark).isEmpty { files.insert(file) }
      }
      audience.carried = people.carried(in: files)
      let texts = try Self.texts(of: people, own, KnownPseudonyms([one], isOfTexts: true))
      audience.inTexts = await Self.found(texts, in: files, people, context, progress)
      audiences.append(audience)
    }
    self.audiences = audiences
  }

  /// By audience, in the order of their names: the tokens of a person, each with the kind of its value.
  func tokens(of number: Int) throws(ScrubRefusal) -> [(audience: String, tokens: [(kind: String, token: String)])] {
    var tokens: [String: Set<Identity>] = [:]
    for audience in audiences {
      var held = audience.inTexts[number]
      for identity in own[number] {
        held.formUnion(try people.people[number].pseudonyms(of: identity, audience.pseudonyms).filter(seen.contains))
      }
      for value in audience.carried[number] ?? [] where own[number].contains(people.aliases.plain(value)) {
        if try audience.pseudonyms.isToken(value) { held.insert(value) }
      }
      tokens[audience.name, default: []].formUnion(held)
    }
    return tokens.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { audience, identities in
      let rows = identities.map { (kind: $0.kind.name, token: String(decoding: $0.text, as: UTF8.self)) }
      return (audience, rows.sorted { ($0.kind, $0.token) < ($1.kind, $1.token) })
    }
  }

  /// What may stand inside texts, with the numbers of people.
  private static func texts(
    of people: PeopleFound, _ own: [Set<Identity>], _ pseudonyms: KnownPseudonyms
  ) throws(ScrubRefusal) -> [(identity: Identity, owner: Int)] {
    var texts: [(identity: Identity, owner: Int)] = []
    for (number, person) in people.people.enumerated() {
      for identity in own[number] {
        texts += try person.pseudonyms(of: identity, pseudonyms).map { (identity: $0, owner: number) }
      }
    }
    return texts
  }

  /// By person: those of some tokens that stand in events of the people.
  private static func found(
    _ texts: [(identity: Identity, owner: Int)], in files: Set<Int>, _ people: PeopleFound, _ context: SearchContext,
    _ progress: Progress
  ) async -> [Set<Identity>] {
    var found = people.people.map { _ in Set<Identity>() }
    if texts.isEmpty || files.isEmpty { return found }
    // Tokens all, whatever they stand for: they have one spelling.
    let values = SweepValues(texts.enumerated().map { (Identity(.pushToken, normalised: $1.identity.text), $0) })
    let places = people.places.filter { files.contains($0.key) }.mapValues { $0.map(\.place) }
    let sweep = ResidualSweep(context, values, people.listing, skipping: [:])
    for place in await sweep.count(in: places, progress).tally.counts.keys {
      for text in values.owners(of: place.value) { found[texts[text].owner].insert(texts[text].identity) }
    }
    return found
  }
}
