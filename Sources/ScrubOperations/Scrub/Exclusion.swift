internal import Foundation
internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// People whose events stay out of an output: objections, opt-outs, restrictions, and who was erased but for what is kept.
///
/// They are found as an access request finds them, and so that in doubt an event stays out: one that a value leads to
/// which other people carry too, or that may be one of several profiles. Who was erased is found as one is who came back,
/// by the list of suppressed people. Of each file that holds their events a copy
/// without them is made in the state folder, and scrubbed in its place; the source stays as it is.
struct Exclusion {
  private let context: SearchContext
  private let requests: [AccessRequest]
  /// How what is read may have been made; nothing where nobody asks about erased people.
  private let made: [ScrubbedWith]?
  private let stateFolder: String
  private let digestKey: FileDigestKey
  /// Of the copies, which go with this run.
  private let folder: String

  /// A file of which a copy is scrubbed.
  struct Copied: Sendable {
    let file: ArchiveFile
    /// As it was read.
    let status: FileIdentity
    /// How the copy stands.
    let state: FileState?
    /// The keyed digest of the source.
    let digest: String?
    /// Events that are not in the copy.
    let dropped: [EventKey: Int]
  }

  /// What was found in a file.
  struct Found: Codable, Sendable {
    /// How it stood when it was looked through; nothing where it could not be.
    var state: FileState?
    /// Where the events stand that stay out.
    var places: [PlaceText] = []
  }

  /// - Parameters:
  ///   - lists: files of `KIND=VALUE` lines, each a person.
  ///   - made: how what is read may have been made, where events of erased people stay out; nothing for none.
  ///   - digestKey: of the state folder.
  init(
    _ lists: [String], erased made: [ScrubbedWith]?, _ context: SearchContext, stateFolder: String, digestKey: FileDigestKey
  ) throws(ScrubRefusal) {
    self.context = context
    self.made = made
    self.stateFolder = stateFolder
    self.digestKey = digestKey
    var requests: [AccessRequest] = []
    for list in lists {
      for identifier in try Identifier.list(list) {
        var request = AccessRequest(id: "excluded-\(requests.count + 1)")
        request.subjects = [Subject(identifier)]
        requests.append(request)
      }
    }
    self.requests = requests
    folder = "\(stateFolder)/excluding-\(getpid())"
  }

  /// Looks for the people.
  ///
  /// - Returns: by file; nothing where nobody was looked for.
  func search(_ files: [ArchiveFile]) async throws(ScrubRefusal) -> [Found]? {
    var searched = SearchListing()
    searched.archives = [""]
    searched.files = files.map { SearchedFile(file: $0, archive: 0) }
    let pseudonyms = try KnownPseudonyms(made ?? [])
    let suppressed = try await suppressed(in: searched)
    let erased = suppressed?.people ?? []
    if requests.isEmpty && suppressed == nil { return nil }
    var found = files.map { _ in Found() }
    for (number, search) in suppressed?.searches ?? [] { found[number].state = search.outcome.state }
    if requests.isEmpty && erased.isEmpty { return found }
    var search = PeopleSearch(context, progress: Progress(), pseudonyms: pseudonyms, .none)
    let people = try await search.run(
      searched, requests.map { PersonSearch(held: $0) } + erased.map { PersonSearch(exact: $0) })
    for (number, search) in people.searches { found[number].state = search.outcome.state }
    for (number, events) in people.places { found[number].places = events.map { PlaceText($0.place) } }
    return found
  }

  /// Makes the copies of files in which somebody was found.
  ///
  /// - Parameter found: by file.
  /// - Returns: by relative path; in place of a copy what is wrong with a file of which none can be made.
  func copies(of files: [ArchiveFile], _ found: [Found]) async throws(Failure) -> [String: Result<Copied, Failure>] {
    Self.clear(beside: folder)
    let numbers = files.indices.filter { !found[$0].places.isEmpty }
    if numbers.isEmpty { return [:] }
    do { try StateKey.makeFolders(folder, mode: 0o700) } catch { throw Failure(.unwritable, path: folder) }
    let parts = await shareOut(numbers, jobs: context.options.jobs, context.interrupt) {
    } _: { (_: Void, number) in
      Result { () throws(Failure) in try copy(files[number], found[number], number) }
    }
    var copies: [String: Result<Copied, Failure>] = [:]
    for (number, part) in parts {
      let path = files[number].relative
      if case .failure(let failure) = part, !failure.code.tellsDamage { throw Failure(failure.code, path: path) }
      copies[path] = part
    }
    return copies
  }

  /// Who was erased, of those who stand in files; nothing where nobody asks, or nobody was.
  private func suppressed(
    in searched: SearchListing
  ) async throws(ScrubRefusal) -> SuppressionSearch.Found? {
    guard let made, let list = try Suppression.list(in: stateFolder), let key = StateKey.existing(in: stateFolder) else {
      return nil
    }
    return try await SuppressionSearch(context, list, key, made: made, findsKept: true).run(searched, Progress())
  }

  /// Removes the copies.
  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  private func copy(_ file: ArchiveFile, _ found: Found, _ number: Int) throws(Failure) -> Copied {
    let searched = SearchedFile(file: file, archive: 0)
    let wanted = found.places.map(\.place).sorted().map {
      PeopleFound.WantedEvent(place: $0, time: .min, workspace: [], idHash: 0, owners: [])
    }
    var collector = EventCollector(context, searched)
    guard let status = FileIdentity(path: file.path) else { throw Failure(.changed) }
    var dropped: [EventKey: Int] = [:]
    let collected = try collector.collect(wanted, of: searched, in: found.state, digestKey: digestKey)
    for event in collected { dropped[EventKey(event: event.eventType, destination: event.source.destination), default: 0] += 1 }
    let places = zip(wanted, collected).map { wanted, event in
      ErasePlan.Place(
        offset: wanted.place.offset, record: wanted.place.record, part: wanted.place.part < 0 ? nil : wanted.place.part,
        action: .delete, type: event.eventType, requests: [], reason: nil)
    }
    var input = try InputFile.open(path: file.path, digestKey: nil)
    guard input.identity == status else { throw Failure(.changed) }
    _ = try FileFormat.sniff(&input, limit: context.options.maxBlock)
    let path = "\(folder)/\(number)"
    let splicer = Splicer(input, to: try StagedFile.create(temporary: path, compression: input.compression))
    var eraser = try EventEraser(context, places, splicer, nil, redacting: nil, digestKey: digestKey)
    var outcome = FileOutcome(file)
    _ = try context.reader.read(file, &outcome, for: &eraser)
    _ = try eraser.finish()
    let size = try splicer.finish().size
    try splicer.keep(mode: status.mode)
    guard FileIdentity(path: file.path) == status else { throw Failure(.changed) }
    return Copied(
      file: ArchiveFile(path: path, relative: file.relative, size: size, place: file.place), status: status,
      state: FileIdentity(path: path).map { FileState($0) }, digest: collector.digest, dropped: dropped)
  }

  /// Removes copies that runs left which were killed.
  private static func clear(beside folder: String) {
    let parent = GivenFile.folder(of: folder)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix("excluding-") {
      guard let process = Int32(name.dropFirst("excluding-".count)), process == getpid() || kill(process, 0) != 0 else { continue }
      try? FileManager.default.removeItem(atPath: parent + name)
    }
  }
}

extension FileOutcome {
  /// Tells of the source what was scrubbed of a copy.
  mutating func take(_ copied: Exclusion.Copied) {
    bytesIn = copied.status.size
    sourceDigest = copied.digest
    for (key, count) in copied.dropped {
      var counts = EventCounts()
      counts.read = count
      counts.dropped = count
      events[key, default: EventCounts()] += counts
    }
  }
}
