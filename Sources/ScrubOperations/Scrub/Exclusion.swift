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
  private let digestKey: SecretBytes
  /// Of the copies, which go with this run.
  private let folder: String

  /// A file of which a copy is scrubbed.
  struct Copied: Sendable {
    let file: ArchiveFile
    /// As it was read.
    let status: FileIdentity
    /// The keyed digest of the source.
    let digest: String?
    /// Events that are not in the copy.
    let dropped: [EventKey: Int]
  }

  /// - Parameters:
  ///   - lists: files of `KIND=VALUE` lines, each a person.
  ///   - made: how what is read may have been made, where events of erased people stay out; nothing for none.
  ///   - digestKey: of the state folder.
  init(
    _ lists: [String], erased made: [ScrubbedWith]?, _ context: SearchContext, stateFolder: String, digestKey: SecretBytes
  ) throws(ScrubRefusal) {
    self.context = context
    self.made = made
    self.stateFolder = stateFolder
    self.digestKey = digestKey
    var requests: [AccessRequest] = []
    for list in lists {
      for identifier in try Identifier.read(list) {
        var request = AccessRequest(id: "excluded-\(requests.count + 1)")
        request.subjects = [Subject(identifier)]
        requests.append(request)
      }
    }
    self.requests = requests
    folder = "\(stateFolder)/excluding-\(getpid())"
  }

  /// Finds the people and makes the copies.
  ///
  /// - Returns: by relative path.
  func copies(of files: [ArchiveFile]) async throws(ScrubRefusal) -> [String: Copied] {
    Self.clear(beside: folder)
    var searched = SearchListing()
    searched.archives = [""]
    searched.files = files.map { SearchedFile(file: $0, archive: 0) }
    let pseudonyms = try KnownPseudonyms(made ?? [])
    let erased = try await erased(in: searched, pseudonyms)
    if requests.isEmpty && erased.isEmpty { return [:] }
    var search = PeopleSearch(context, progress: Progress(), pseudonyms: pseudonyms, .none)
    let people = try await search.run(
      searched, requests.map { PersonSearch(held: $0) } + erased.map { PersonSearch(exact: $0) })
    if people.places.isEmpty { return [:] }
    do { try StateKey.makeFolders(folder, mode: 0o700) } catch { throw .state(folder) }
    let parts = await shareOut(people.places.keys.sorted(), jobs: context.options.jobs, context.interrupt) {
    } _: { (_: Void, number) in
      Result { () throws(Failure) in try copy(people.listing.files[number], people.places[number] ?? [], number) }
    }
    var copies: [String: Copied] = [:]
    for (number, part) in parts {
      let file = people.listing.files[number].file
      do throws(Failure) { copies[file.relative] = try part.get() } catch {
        throw .file(Failure(error.code, path: file.relative))
      }
    }
    return copies
  }

  /// Who was erased, of those who stand in files.
  private func erased(
    in searched: SearchListing, _ pseudonyms: KnownPseudonyms
  ) async throws(ScrubRefusal) -> [ExactPerson] {
    guard made != nil, let list = try Suppression.list(in: stateFolder), let key = StateKey.existing(in: stateFolder) else {
      return []
    }
    return try await SuppressionSearch(context, list, key, keys: pseudonyms.keys).run(searched, Progress()).people
  }

  /// Removes the copies.
  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  private func copy(
    _ searched: SearchedFile, _ wanted: [PeopleFound.WantedEvent], _ number: Int
  ) throws(Failure) -> Copied {
    let file = searched.file
    var collector = EventCollector(context, searched)
    guard let status = FileIdentity(path: file.path) else { throw Failure(.changed) }
    var dropped: [EventKey: Int] = [:]
    let collected = try collector.collect(wanted, of: searched, digestKey: digestKey)
    for event in collected { dropped[EventKey(event: event.eventType, destination: event.source.destination), default: 0] += 1 }
    let places = zip(wanted.sorted { $0.place < $1.place }, collected).map { wanted, event in
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
      file: ArchiveFile(path: path, relative: file.relative, size: size), status: status, digest: collector.digest,
      dropped: dropped)
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
