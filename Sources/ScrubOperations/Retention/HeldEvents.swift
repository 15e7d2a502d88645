internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// Which events legal holds keep, where it is not about a person that somebody asked for: whose an event is that a hold
/// names is found out as an erasure finds it out, and whoever is in doubt is held.
struct HeldEvents: Sendable {
  /// Holds on everybody's events.
  private let general: [LegalHolds.Hold]
  private let named: [LegalHolds.Hold]
  /// By path and place of an event: the holds on its people, by their numbers in `named`.
  private var personal: [String: [EventPlace: [Int]]] = [:]
  /// By hold: all that is known of its people.
  private var own: [Set<Identity>] = []

  /// Looks for the people of the holds in all files of the archives, be they read otherwise or not: what links an event to
  /// a person may stand anywhere.
  ///
  /// - Parameters:
  ///   - pseudonyms: under which their events may stand.
  ///   - stateFolder: which knows people whose links are gone.
  init(
    _ holds: LegalHolds, _ catalog: Catalog, _ search: SearchOptions, pseudonyms: KnownPseudonyms, stateFolder: String,
    interrupt: Interrupt, _ progress: Progress
  ) async throws(ScrubRefusal) {
    let holds = try holds.known(under: pseudonyms)
    general = holds.holds.filter(\.subjects.isEmpty)
    named = holds.holds.filter { !$0.subjects.isEmpty }
    if named.isEmpty { return }
    var everything = search
    everything.only = []
    everything.failures = []
    let context = SearchContext(catalog, everything, interrupt)
    let listing = try SearchLister.list(everything)
    var requests: [PersonSearch] = []
    for (number, hold) in named.enumerated() {
      var request = AccessRequest(id: Self.name(number))
      request.subjects = hold.subjects
      requests.append(PersonSearch(held: request))
    }
    for (number, identities) in try await Self.known(named, context, listing, stateFolder, progress) {
      requests[number].seeds += identities
    }
    var people = PeopleSearch(context, progress: progress, pseudonyms: pseudonyms, .none)
    let found = try await people.run(listing, requests)
    own = found.people.map(\.own)
    for (number, events) in found.places {
      let path = listing.files[number].file.path
      for event in events { personal[path, default: [:]][event.place] = event.owners.map(\.person) }
    }
  }

  private static func name(_ hold: Int) -> String { "hold-\(hold + 1)" }

  /// The hold that keeps an event, if one does.
  func hold(on event: DueEvent, inFile path: String) -> LegalHolds.Hold? {
    let mine = (personal[path]?[event.place] ?? []).map { named[$0] }
    return (mine + general).first { $0.holds(time: event.time, workspace: event.workspace) }
  }

  /// Which of some places of a file they keep: those at which nobody asked so far whose the events are, and when they were.
  /// A place is kept with its whole line or item, for that is what is changed there, and where its event cannot be read.
  func kept(
    among places: [EventPlace], of file: SearchedFile, _ context: SearchContext, blankKey: SecretBytes
  ) -> Set<EventPlace> {
    struct Piece: Hashable {
      let offset: Int
      let record: Int

      init(_ place: EventPlace) { (offset, record) = (place.offset, place.record) }
    }
    if general.isEmpty && personal[file.file.path] == nil { return [] }
    var finder = AgeFinder(
      context, RetentionTypes(RetentionTerms(allOf: "*", now: time(nil)), context.catalog), blankKey: blankKey)
    var free: Set<Piece> = []
    var held: Set<Piece> = []
    for event in finder.search(file.file).findings.due {
      let isHeld = hold(on: event, inFile: file.file.path) != nil
      if isHeld { held.insert(Piece(event.place)) } else { free.insert(Piece(event.place)) }
    }
    return Set(places.filter { held.contains(Piece($0)) || !free.contains(Piece($0)) })
  }

  // MARK: people whose links are gone

  /// By hold: identities of its people that the state folder knows to be theirs.
  private static func known(
    _ holds: [LegalHolds.Hold], _ context: SearchContext, _ listing: SearchListing, _ stateFolder: String,
    _ progress: Progress
  ) async throws(ScrubRefusal) -> [Int: [Identity]] {
    guard let list = try Suppression.list(in: stateFolder), let stateKey = StateKey.existing(in: stateFolder) else { return [:] }
    let suppression = try Suppression(stateKey)
    var holdsOf: [String: Set<Int>] = [:]
    for (number, hold) in holds.enumerated() {
      for subject in hold.subjects.compactMap(\.identity) {
        for hit in try Suppression.find([try suppression.fingerprint(subject)], in: list) {
          holdsOf[hit.entry, default: []].insert(number)
        }
      }
    }
    if holdsOf.isEmpty { return [:] }
    let found = try await SuppressionSearch(context, list, stateKey, made: []).run(listing, progress)
    var known: [Int: [Identity]] = [:]
    for identity in found.identities {
      for hit in try Suppression.find([try suppression.fingerprint(identity)], in: list) where hit.use.isOfPerson {
        for number in holdsOf[hit.entry] ?? [] { known[number, default: []].append(identity) }
      }
    }
    return known
  }

  /// Has the state folder know them from now on: what links their events may be what goes.
  ///
  /// - Parameter run: that takes events out.
  func remember(in stateFolder: String, _ stateKey: SecretBytes, run: String) throws(ScrubRefusal) {
    let suppression = try Suppression(stateKey)
    let list = try Suppression.list(in: stateFolder)
    var entries: [SuppressionList.Entry] = []
    for (number, identities) in own.enumerated() {
      let entry = try suppression.entry(held: identities, run: run, hold: Self.name(number))
      if entry.marks.isEmpty { continue }
      let fingerprints = entry.marks.map(\.fingerprint)
      var known: [SuppressionList.Hit] = []
      if let list { known = try Suppression.find(fingerprints, in: list).filter(\.use.isOfPerson) }
      // One entry that has all of them is enough.
      let isKnown = Dictionary(grouping: known, by: \.entry).values.contains {
        Set($0.map(\.fingerprint)).isSuperset(of: fingerprints)
      }
      if !isKnown { entries.append(entry) }
    }
    do throws(LedgerProblem) { try SuppressionList.add(entries, in: stateFolder) } catch {
      throw .ledger(error, path: stateFolder + "/" + SuppressionList.name)
    }
  }
}
