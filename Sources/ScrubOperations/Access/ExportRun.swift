internal import Glibc
internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// An export from start to end: people found, their events collected, a package made of them.
package struct ExportRun: Sendable {
  let catalog: Catalog
  let options: ExportOptions
  let requests: [AccessRequest]
  let interrupt: Interrupt
  package let progress: Progress

  package init(
    _ catalog: Catalog, _ options: ExportOptions, _ requests: [AccessRequest], interrupt: Interrupt, progress: Progress
  ) {
    self.catalog = catalog
    self.options = options
    self.requests = requests
    self.interrupt = interrupt
    self.progress = progress
  }

  /// Finds everybody, and makes what is asked for.
  package func run() async throws(ScrubRefusal) -> ExportResult { try await run(nil) }

  /// - Parameter shared: takes the passes over the archives from other machines; nothing has them made here.
  func run(_ shared: SharedPasses?) async throws(ScrubRefusal) -> ExportResult {
    if Set(requests.map(\.id)).count < requests.count { throw .usage("two requests have the same id") }
    try requests.check(ask: [.access, .portability], other: "erase")
    let folders = try ExportFolders(options, requests, catalog)
    let context = SearchContext(catalog, options.search, interrupt)
    let list = { () throws(ScrubRefusal) in try SearchLister.list(options.search) }
    let listing = if let shared { try shared.listing(list) } else { try list() }
    let pseudonyms = try KnownPseudonyms(options.made)
    let fingerprints = try Fingerprints(options.stateFolder, isDryRun: options.isDryRun)
    var search = PeopleSearch(context, progress: progress, pseudonyms: pseudonyms, fingerprints, shared: shared)
    var searches = requests.map { PersonSearch($0) }
    try Suppression.noteSharedBefore(in: &searches, options.stateFolder)
    let people = try await search.run(listing, searches)
    let scope = try SearchScope(people, pseudonyms)
    let recipients = options.isDryRun ? Recipients() : try Recipients(options.stateFolder)
    var packages = PackageMaker(context, options, people, scope, recipients, progress)
    var answers = try await packages.collect()
    if !options.isDryRun && !interrupt.isSet {
      for index in answers.indices where answers[index].state != .refused {
        answers[index].package = try folders.write(packages.package(of: index), packages.events(of: index))
      }
    }
    let result = result(answers, people, scope)
    if !options.isDryRun {
      try note(result, scope)
      if !interrupt.isSet { try book(result, scope) }
    }
    return result
  }

  private func result(_ answers: [ExportResult.Answer], _ people: PeopleFound, _ scope: SearchScope) -> ExportResult {
    var result = ExportResult()
    result.requests = answers
    result.files = scope.files
    result.events = scope.events
    result.passes = people.passes
    result.reread = people.reread
    result.unreadable = scope.unreadable.map { ExportResult.Gap(file: $0.file, code: $0.code, places: $0.places) }
    result.unsupported = scope.unsupported.map { ExportResult.Gap(file: $0.file, code: $0.code, places: $0.places) }
    result.notSearchable = scope.notSearchableForAny
    result.nameless = scope.nameless
    result.ignored = people.listing.ignored
    result.passedOver = people.listing.passedOver
    result.dryRun = options.isDryRun
    result.interrupted = interrupt.isSet
    let isRefused = answers.contains { $0.state == .refused }
    result.exit = interrupt.isSet ? 130 : isRefused ? 3 : scope.isComplete ? 0 : 2
    return result
  }

  /// A line in the evidence log for each request.
  private func note(_ result: ExportResult, _ scope: SearchScope) throws(ScrubRefusal) {
    var log = try StateFolder(options.stateFolder).evidence()
    let entries = result.requests.enumerated().map { number, answer in
      var entry = EvidenceEntry(command: "export")
      entry.request = answer.request
      entry.result = answer.code ?? (result.interrupted ? "interrupted" : scope.isComplete(for: number) ? "done" : "incomplete")
      entry.counts = [
        "events": answer.events, "files": result.files, "held_back": answer.heldBack.values.reduce(0, +),
      ]
      return entry
    }
    try log.append(entries, in: options.stateFolder)
  }
}

extension ExportRun {
  /// What became of each request, where it stands in the book.
  private func book(_ result: ExportResult, _ scope: SearchScope) throws(ScrubRefusal) {
    let outcomes = result.requests.enumerated().map { number, answer in
      let isRefused = answer.state == .refused
      let state: BookedRequest.State = isRefused ? .refused : scope.isComplete(for: number) ? .answered : .incomplete
      return RequestDesk.Outcome(
        request: answer.request, state: state, code: answer.code ?? state.rawValue, place: answer.package)
    }
    try RequestDesk(stateFolder: options.stateFolder).note(outcomes, by: "export", [.access, .portability])
  }
}

/// What was read and what was not, the same for all requests of a run.
struct SearchScope {
  private(set) var files = 0
  /// Of them, those of which nothing could be read.
  private(set) var unread = 0
  private(set) var events = 0
  private(set) var archives: [AccessScope.Archive] = []
  private(set) var unreadable: [AccessScope.Gap] = []
  private(set) var unsupported: [AccessScope.Gap] = []
  private(set) var notSearchable: [String: Int] = [:]
  private(set) var nameless = 0
  /// Files by the id of a key with which they were made and that is at hand.
  private var searchable: [String: Int] = [:]
  /// By person: keys under which the person is not looked for, though they are at hand.
  private var unreached: [Set<String>] = []

  init(_ people: PeopleFound, _ pseudonyms: KnownPseudonyms) throws(ScrubRefusal) {
    self.init(people.listing, people.searches, pseudonyms)
    if !searchable.isEmpty { unreached = try people.unreached(pseudonyms) }
  }

  init(_ listing: SearchListing, _ searches: [(file: Int, search: FileSearch)], _ pseudonyms: KnownPseudonyms) {
    var byArchive = listing.archives.map { _ in (files: 0, events: 0) }
    let gaps = ReadingGaps(listing, searches.map(\.search.outcome))
    (unreadable, unsupported, unread) = (gaps.unreadable, gaps.unsupported, gaps.unread)
    for (number, search) in searches {
      let file = listing.files[number]
      files += 1
      events += search.findings.events
      byArchive[file.archive].files += 1
      byArchive[file.archive].events += search.findings.events
      nameless += search.findings.nameless
      let mark = listing.mark(of: number, search)
      let unknown = mark.map(pseudonyms.unknownKeys) ?? search.findings.keyIDs.subtracting(pseudonyms.keys.map(\.keyID))
      for key in unknown { notSearchable[key, default: 0] += 1 }
      let used = mark.map { Set($0.keys.map(ScrubMark.id)) } ?? search.findings.keyIDs
      for key in used.subtracting(unknown) { searchable[key, default: 0] += 1 }
    }
    archives = zip(listing.archives, byArchive).map {
      AccessScope.Archive(name: $0, files: $1.files, events: $1.events)
    }
  }

  /// Whether everybody was looked for everywhere.
  var isComplete: Bool { isRead && notSearchableForAny.isEmpty }

  /// Whether somebody was.
  func isComplete(for person: Int) -> Bool { isRead && notSearchable(for: person).isEmpty }

  private var isRead: Bool { unreadable.isEmpty && unsupported.isEmpty && nameless == 0 }

  /// Files in which somebody could not be looked for, by the id of the key with which they were made.
  func notSearchable(for person: Int) -> [String: Int] {
    notSearchable(without: unreached.indices.contains(person) ? unreached[person] : [])
  }

  /// Files in which not everybody could be looked for.
  var notSearchableForAny: [String: Int] { notSearchable(without: unreached.reduce(into: []) { $0.formUnion($1) }) }

  private func notSearchable(without keys: Set<String>) -> [String: Int] {
    notSearchable.merging(searchable.filter { keys.contains($0.key) }, uniquingKeysWith: +)
  }

  /// What the package of somebody says of it.
  func scope(_ people: PeopleFound, for person: Int) -> AccessScope {
    var scope = AccessScope()
    scope.archives = archives
    scope.files = files
    scope.events = events
    scope.passes = people.passes
    scope.filesRead = files + people.reread
    scope.unreadable = unreadable
    scope.unsupported = unsupported
    scope.notSearchable = notSearchable(for: person)
    scope.nameless = nameless
    scope.ignoredFiles = people.listing.ignored
    return scope
  }
}
