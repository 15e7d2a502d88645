internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// What is known of the ages of one file, and of the file.
struct AgedFile: Sendable {
  /// Its number in the listing.
  let file: Int
  /// Before it was read.
  let identity: FileIdentity?
  let outcome: FileOutcome
  var findings: AgeFindings
}

/// Looks for events that are too old: one pass over the archives.
struct AgeSearch: Sendable {
  private let context: SearchContext
  private let types: RetentionTypes

  init(_ context: SearchContext, _ terms: RetentionTerms) {
    self.context = context
    types = RetentionTypes(terms, context.catalog)
  }

  /// - Returns: in the order of the listing; files that were not come to before an interruption are missing.
  func run(_ listing: SearchListing, _ progress: Progress) async throws(ScrubRefusal) -> [AgedFile] {
    progress.expect(listing.files.map(\.file))
    let files = listing.files.map(\.file)
    // The largest first, so that no worker is left with one at the end.
    let board = SearchBoard(files.indices.sorted { (files[$0].size, $1) > (files[$1].size, $0) })
    let blankKey = try ScrubRefusal.ofKey { () throws(KeyRefusal) in try MasterKey.newBytes() }
    let (context, types) = (context, types)
    return await withTaskGroup(of: [AgedFile].self) { group in
      for _ in 0..<max(1, min(context.options.jobs, files.count)) {
        group.addTask {
          var finder = AgeFinder(context, types, blankKey: blankKey)
          var found: [AgedFile] = []
          while !context.interrupt.isSet, let index = board.take() {
            let identity = FileIdentity(path: files[index].path)
            let (outcome, findings) = finder.search(files[index])
            found.append(AgedFile(file: index, identity: identity, outcome: outcome, findings: findings))
            progress.finished(outcome, events: findings.events)
          }
          return found
        }
      }
      var all: [AgedFile] = []
      for await part in group { all += part }
      return all.sorted { $0.file < $1.file }
    }
  }
}
