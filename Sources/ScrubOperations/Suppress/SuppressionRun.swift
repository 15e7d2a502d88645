internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// Keeps people erased who were: whoever comes back with a restored backup or a late file goes again, without a request.
///
/// The list of erased people tells nobody, so every identity of the files is looked up in it, once. Who is found goes by
/// exactly the identities that were found: Braze ids whenever the event was, all others up to the end of the day on which
/// the person asked, so that somebody who signs up again keeps what is new.
package struct SuppressionRun: Sendable {
  private let catalog: Catalog
  private let options: EraseOptions
  private let interrupt: Interrupt
  package let progress: Progress

  /// - Parameter options: as of an erasure; rules that keep, holds and the guard against too many events apply here too.
  package init(_ catalog: Catalog, _ options: EraseOptions, interrupt: Interrupt, progress: Progress) {
    self.catalog = catalog
    self.options = options
    self.interrupt = interrupt
    self.progress = progress
  }

  /// Looks for erased people, and erases again whom it finds.
  ///
  /// - Returns: by request what came back; those of whom nothing did are not named.
  package func run() async throws(ScrubRefusal) -> EraseResult {
    var result = EraseResult()
    result.dryRun = !options.writes
    guard let list = try Suppression.list(in: options.stateFolder) else { return result }
    guard let stateKey = StateKey.existing(in: options.stateFolder) else { throw .key(KeyRefusal(code: .noState)) }
    let listing = try SearchLister.list(options.search, settledFor: options.settle)
    let pseudonyms = try KnownPseudonyms(options.made)
    let context = SearchContext(catalog, options.search, interrupt)
    let found = try await SuppressionSearch(context, list, stateKey, made: options.made).run(listing, progress)
    let scope = SearchScope(listing, found.searches, pseudonyms)
    let people = found.people
    if !people.isEmpty && !interrupt.isSet {
      var narrowed = options
      narrowed.search.only = chosen(found.files, listing)
      // A share of the few files that hold anything of them says nothing.
      narrowed.maxShare = 1
      let run = EraseRun(catalog, narrowed, people, for: .suppression, interrupt: interrupt, progress: progress)
      result = try await run.run()
      // Whom a hold keeps did not come back.
      result.requests.removeAll {
        $0.counts.matched == $0.counts.held && $0.counts.heldBack == 0 && $0.state != .refused
      }
    }
    result.take(scope, listing)
    if interrupt.isSet { result.exit = 130 }
    return result
  }

  // MARK: who came back

  /// By input, the files that are read again.
  private func chosen(_ files: [Int], _ listing: SearchListing) -> [[String]?] {
    var chosen = options.search.inputs.map { _ in [String]() }
    for number in files.sorted() {
      let file = listing.files[number]
      chosen[file.archive].append(pathBelow(options.search.inputs[file.archive], of: file.file.path))
    }
    return chosen
  }
}

extension EraseResult {
  /// Tells what was read to find out about everybody, where only some of it had to be read again.
  fileprivate mutating func take(_ scope: SearchScope, _ listing: SearchListing) {
    files = scope.files
    events = scope.events
    unreadable = scope.unreadable.map { ExportResult.Gap(file: $0.file, code: $0.code, places: $0.places) }
    unsupported = scope.unsupported.map { ExportResult.Gap(file: $0.file, code: $0.code, places: $0.places) }
    notSearchable = scope.notSearchable
    ignored = listing.ignored
    let isWhole = unreadable.isEmpty && unsupported.isEmpty && notSearchable.isEmpty
    if exit == 0 && !isWhole { exit = 2 }
  }
}
