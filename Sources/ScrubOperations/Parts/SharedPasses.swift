internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// The passes over archives of a run that many machines share, for the one that plans and ends it.
///
/// That one does what it would do alone, from the start, but takes each pass from what the parts left. Where a pass is asked
/// for that they did not do, it is announced as their next round, and the run ends there: until they have done it, and the
/// run is begun again. Never leaves its task.
final class SharedPasses {
  private let shard: PeopleShard
  private let asked: Asked
  private let sealed: SealedParts
  private let stateKey: SecretBytes
  /// The plan, once it is known or written.
  private var plan: PartsPlan?
  /// Whether there was none before.
  private let isNew: Bool
  /// Of erasures that were cut off.
  private var left = Recovery.Left()
  private var files: [SearchedFile] = []
  /// How many rounds were taken, and what the next one stands behind.
  private var rounds = 0
  private var id = ""

  /// What is to be done before the run can go on.
  private(set) var due: PartDone?

  /// What the run is, whoever ends it.
  struct Asked {
    let command: String
    let requests: [AccessRequest]
    let search: SearchOptions
    let catalog: Catalog
    let made: [ScrubbedWith]
  }

  /// - Throws: `ScrubRefusal` where the place is an input, or holds what somebody else planned.
  init(
    _ shard: PeopleShard, _ asked: Asked, meetingIn place: String, stateFolder: String, _ interrupt: Interrupt
  ) throws(ScrubRefusal) {
    self.shard = shard
    self.asked = asked
    try StoreAddresses.checkInputs(asked.search.inputs + [place])
    for input in asked.search.inputs where isInside(realPath(place), realPath(input)) {
      throw .usage("--parts is the input \(input), or lies inside it")
    }
    let isPlanned = try ScrubRefusal.ofOutput { () throws(Failure) in
      let folder = try PartsFolder(place)
      let isPlanned = try folder.isPlanned
      if case .merge = shard, !isPlanned {
        try folder.removeLeft()
        throw Failure(.noParts, path: place)
      }
      return isPlanned
    }
    isNew = !isPlanned
    if isPlanned {
      guard let known = StateKey.existing(in: stateFolder) else { throw .ofOutput(Failure(.partStateKey, path: stateFolder)) }
      stateKey = known
    } else {
      stateKey = try StateFolder(stateFolder).key()
    }
    do throws(Failure) {
      sealed = try SealedParts(try PartsFolder(place), stateKey)
      if isPlanned {
        if case .merge = shard { try PartsHold.wait(for: place, interrupt) }
        try take(try sealed.folder.plan().plan)
      }
    } catch {
      throw .ofOutput(error)
    }
  }

  private var folder: PartsFolder { sealed.folder }

  // MARK: the plan

  /// Goes on with a plan.
  private func take(_ plan: PartsPlan) throws(Failure) {
    guard let people = plan.people else { throw Failure(.otherParts, path: folder.place) }
    guard try PartsPlan.check(of: stateKey) == people.stateKey else { throw Failure(.partStateKey, path: folder.place) }
    guard plan.parts == shard.parts, try plan.asked == text() else { throw Failure(.otherParts, path: folder.place) }
    if let text = people.left {
      guard let opened: LeftText = BytesText(base64: text).flatMap({ sealed.open($0.bytes, boundTo: plan.nonce) }) else {
        throw Failure(.partDamaged, path: folder.place, place: PartsFolder.plan)
      }
      left = opened.left
    }
    // The erasure was begun, and nothing says how far it came: everything is planned anew.
    if plan.closed != nil { return }
    self.plan = plan
    (rounds, id) = (0, plan.nonce)
  }

  /// Stands for what is asked, and tells nothing of it.
  private func text() throws(Failure) -> String {
    struct Person: Encodable {
      let kind: String
      let format: String
      let value: BytesText
    }
    struct Request: Encodable {
      let id: String
      let people: [Person]
      let workspaces: [String]
      let included: [String]
      let excluded: [String]
    }
    struct Text: Encodable {
      let command: String
      let requests: [Request]
      let inputs: [String]
      let ignored: [String]
      let eventType: String?
      let destination: Destination?
      let maxBlock: Int
      let catalog: String
      let keys: [String]
    }
    let search = asked.search
    let requests = asked.requests.map { request in
      Request(
        id: request.id,
        people: request.subjects.map {
          Person(kind: $0.identifier.kind.rawValue, format: $0.format.rawValue, value: BytesText($0.identifier.value))
        }, workspaces: request.workspaces, included: request.includedProfiles, excluded: request.excludedProfiles)
    }
    return try sealed.digest(
      of: Text(
        command: asked.command, requests: requests, inputs: search.inputs.map(realPath), ignored: search.ignored.map(\.pattern),
        eventType: search.eventType, destination: search.destination, maxBlock: search.maxBlock,
        catalog: try asked.catalog.digest(), keys: try asked.made.keyNames()), behind: "asked")
  }

  /// What erasures left that were cut off, found when this was planned or now. Where some were finished now, archives are
  /// other than the parts read them, and everything is planned anew.
  func known(_ found: Recovery.Left) -> Recovery.Left {
    left.answers += found.answers
    left.finished.formUnion(found.finished)
    for (request, profiles) in found.learned { left.learn(profiles, of: request) }
    left.unfinished.merge(found.unfinished) { $0.union($1) }
    if !found.answers.isEmpty { plan = nil }
    return left
  }

  /// The files of all archives: as they were listed when the run was planned.
  ///
  /// - Parameter list: lists them.
  func listing(_ list: () throws(ScrubRefusal) -> SearchListing) throws(ScrubRefusal) -> SearchListing {
    if plan == nil {
      let listing = try list()
      do throws(Failure) { try write(listing) } catch { throw .ofOutput(error) }
    }
    guard let plan, let people = plan.people else { throw .ofOutput(Failure(.noParts, path: folder.place)) }
    var listing = SearchListing()
    listing.archives = people.archives
    listing.prefixes = people.prefixes
    listing.ignored = plan.ignored
    listing.failures = plan.failures
    let items: [PartsPlan.Item]
    do throws(Failure) { items = try folder.items(in: Self.listing, digest: plan.lists.first ?? "") } catch { throw .ofOutput(error) }
    for item in items {
      listing.files.append(SearchedFile(file: item.file, archive: item.archive ?? 0))
      listing.marks[item.relative] = item.mark
    }
    files = listing.files
    return listing
  }

  private static let listing = "listing"

  private func write(_ listing: SearchListing) throws(Failure) {
    let hold = try PartsHold.take(folder.place, alone: true)
    if isNew {
      try PartsFolder.checkNone(in: folder.place)
      try folder.remove()
    }
    var plain = Listing()
    plain.files = listing.files.map(\.file)
    plain.ignored = listing.ignored
    plain.failures = listing.failures
    var plan = try PartsPlan(plain, parts: shard.parts, asked: try text())
    plan.people = PartsPlan.People(
      command: asked.command, stateKey: try PartsPlan.check(of: stateKey), catalog: try asked.catalog.digest(),
      keys: try asked.made.keyNames(), eventType: asked.search.eventType, destination: asked.search.destination,
      maxBlock: asked.search.maxBlock, archives: listing.archives, prefixes: listing.prefixes,
      left: left.isEmpty ? nil : BytesText(try sealed.seal(LeftText(left), boundTo: plan.nonce)).base64)
    let items = listing.files.enumerated().map { number, one in
      var item = one.item(number)
      item.mark = listing.marks[item.relative]
      return item
    }
    plan.lists = [try folder.write(items, as: Self.listing)]
    try folder.write(plan)
    _ = consume hold
    self.plan = plan
    (rounds, id) = (0, plan.nonce)
  }

  /// Has nobody go by what the parts read: files change from here on.
  func close() throws(ScrubRefusal) {
    do throws(Failure) {
      let (plan, id) = try folder.plan()
      try folder.close(plan, id: id)
    } catch {
      throw .ofOutput(error)
    }
  }

  /// Removes everything that the parts left.
  func clear() throws(ScrubRefusal) {
    do throws(Failure) {
      let hold = try PartsHold.take(folder.place, alone: true)
      try folder.remove()
      _ = consume hold
    } catch {
      throw .ofOutput(error)
    }
  }

  // MARK: passes

  /// What workers found in a pass of a search.
  func found(_ pass: SearchPass) throws(ScrubRefusal) -> [SearchPass.Found] {
    do throws(Failure) {
      if let all = try take(try RoundQuery(pass), over: pass.files) {
        var found: [SearchPass.Found] = []
        for one in all.flatMap(\.searches) {
          guard let search = one.found else { throw Failure(.partDamaged, path: folder.place) }
          found.append(search)
        }
        try check(found.flatMap(\.searches).map(\.file), against: pass.files)
        return found
      }
    } catch {
      throw .ofOutput(error)
    }
    throw isDue
  }

  /// What was found in a sweep.
  func found(_ sweep: ResidualSweep) throws(ScrubRefusal) -> [ResidualSweep.Found] {
    do throws(Failure) {
      let all = Array(files.indices)
      if let found = try take(try RoundQuery(sweep, over: all), over: all)?.flatMap(\.sweeps).map(\.found) {
        try check(found.flatMap(\.outcomes).map(\.file), against: all)
        return found
      }
    } catch {
      throw .ofOutput(error)
    }
    throw isDue
  }

  /// Each file is told of once.
  private func check(_ found: [Int], against files: [Int]) throws(Failure) {
    guard found.sorted() == files else { throw Failure(.partDamaged, path: folder.place, place: "files") }
  }

  /// Ends the run until then; what is told is `due`.
  private var isDue: ScrubRefusal {
    .output(
      code: "parts.next-round", path: folder.place, message: "the parts have another round to do",
      hint: "run each of them, then this again", exit: 75)
  }

  /// What the parts found in their next round; nothing where it is yet to be done.
  private func take(_ query: RoundQuery, over numbers: [Int]) throws(Failure) -> [RoundFound]? {
    if numbers.isEmpty { return [] }
    let number = rounds + 1
    let id = try sealed.digest(of: query, behind: self.id)
    let known: Round? = try sealed.read(Round.name(of: number), boundTo: self.id)
    guard let round = known, round.id == id else {
      try announce(query, id, number, numbers)
      note(number, numbers, already: false)
      return nil
    }
    if case .plan = shard {
      note(number, numbers, already: true)
      return nil
    }
    var found: [RoundFound] = []
    var missing: [Int] = []
    for part in 1...shard.parts where round.files.indices.contains(part - 1) && round.files[part - 1] > 0 {
      if let one: RoundFound = try sealed.read(Round.found(by: part, in: number), boundTo: id) {
        found.append(one)
      } else {
        missing.append(part)
      }
    }
    if !missing.isEmpty { throw folder.missing(missing, of: shard.parts) }
    (rounds, self.id) = (number, id)
    return found
  }

  private func announce(_ query: RoundQuery, _ id: String, _ number: Int, _ numbers: [Int]) throws(Failure) {
    var lists: [String] = []
    var counts: [Int] = []
    for (part, dealt) in Shard.deal(numbers.map { files[$0].file }, into: shard.parts).enumerated() {
      let items = dealt.map { files[numbers[$0]].item(numbers[$0]) }
      counts.append(items.count)
      lists.append(try folder.write(items, as: Round.list(of: part + 1, in: number)))
    }
    try sealed.write(Round(id: id, query: query, files: counts, lists: lists), as: Round.name(of: number), boundTo: self.id)
  }

  /// Notes that the parts are to do a round.
  private func note(_ number: Int, _ numbers: [Int], already: Bool) {
    var done = PartDone(asked.command, shard, round: number)
    done.files = numbers.count
    done.bytes = numbers.reduce(0) { $0 + files[$1].file.size }
    done.already = already
    if case .merge = shard { done.exit = 75 }
    due = done
  }
}

extension SearchedFile {
  /// As another machine finds it.
  fileprivate func item(_ number: Int) -> PartsPlan.Item {
    PartsPlan.Item(number: number, path: file.anywhere, relative: file.relative, size: file.size, archive: archive)
  }
}

extension [ScrubbedWith] {
  /// What tells whether two machines open the same sealed tokens: the keys in their order, each with its check value and
  /// the audience.
  func keyNames() throws(Failure) -> [String] {
    var names: [String] = []
    for made in self {
      for key in made.keys {
        do throws(NativeError) { names.append("\(key.keyID):\(try key.checkValue()) \(made.checked.policy.audience ?? "")") } catch {
          throw Failure(.native)
        }
      }
    }
    return names
  }
}

/// What erasures left that were cut off, in JSON.
private struct LeftText: Codable {
  let answers: [EraseResult.Answer]
  let learned: [String: [CarrierText]]
  let unfinished: [String: Set<String>]
  let finished: Set<String>

  init(_ left: Recovery.Left) {
    answers = left.answers
    finished = left.finished
    unfinished = left.unfinished
    learned = left.learned.mapValues { $0.map { CarrierText($0) } }
  }

  var left: Recovery.Left {
    Recovery.Left(answers: answers, learned: learned.mapValues { $0.compactMap(\.carrier) }, unfinished: unfinished, finished: finished)
  }
}

extension Recovery.Left {
  fileprivate var isEmpty: Bool { answers.isEmpty && learned.isEmpty }
}
