internal import Glibc
internal import ScrubArchive
internal import ScrubCore

/// Lists the archives that people are searched in.
enum SearchLister {
  /// - Throws: `ScrubRefusal.noInput` for an archive without a single file, unless its files are chosen.
  ///
  /// - Parameters:
  ///   - age: files that changed in so many seconds are listed as too young.
  ///   - looksBehind: whether an archive may have earlier versions of objects and nothing else.
  static func list(
    _ options: SearchOptions, settledFor age: Int = 0, looksBehind: Bool = false
  ) throws(ScrubRefusal) -> SearchListing {
    try StoreAddresses.checkInputs(options.inputs)
    var all = SearchListing()
    let ignored = options.ignored
    var names: Set<String> = []
    for (number, input) in options.inputs.enumerated() {
      let name = unique(input, among: &names)
      var prefix = ""
      if options.inputs.count > 1, try !StoreAddresses.isFile(input) { prefix = name }
      let only = options.only.chosen(of: number)
      var listing = ArchiveWalker.list(input, prefix: prefix, only: only) { name in ignored.contains { $0.matches(name) } }
      if looksBehind, listing.files.isEmpty, listing.failures.allSatisfy({ $0.code == .missing }), isBehind(input, prefix, ignored) {
        listing.failures = []
        all.holdsEarlier = true
      } else if only == nil {
        try listing.check(input)
        // An erasure says that nothing is left in it; of a folder that is not mounted nobody can. An output may be emptied.
        let isBare = listing.files.isEmpty && listing.empty.isEmpty && listing.failures.isEmpty
        if looksBehind && isBare && !OutputFolder.isOutput(input) { throw .noInput(input) }
      }
      all.archives.append(name)
      all.prefixes.append(prefix)
      for file in listing.files {
        if age > 0 && isYoung(file, age) {
          all.failures.append(Failure(.tooYoung, path: file.relative))
        } else {
          all.files.append(SearchedFile(file: file, archive: number))
        }
      }
      all.ignored += listing.ignored
      all.passedOver.merge(listing.passedOver) { $0 + $1 }
      all.empty += listing.empty.count
      all.failures += listing.failures
      for var failure in options.failures.indices.contains(number) ? options.failures[number] : [] {
        if !prefix.isEmpty && failure.path != input { failure.path = prefix + "/" + failure.path }
        all.failures.append(failure)
      }
      try addMarks(of: input, prefix: prefix, listing.files, to: &all)
    }
    return all
  }

  /// Whether the bucket keeps something behind an address of which nothing is left, or does not tell.
  private static func isBehind(_ input: String, _ prefix: String, _ ignored: [Glob]) -> Bool {
    do throws(Failure) {
      let history = try ObjectHistory(of: input)
      return try history?.earlierVersions(below: prefix) { name in ignored.contains { $0.matches(name) } }.isEmpty == false
    } catch {
      return error.code != .missing && error.code != .unreadable
    }
  }

  private static func isYoung(_ file: ArchiveFile, _ age: Int) -> Bool {
    let now = time(nil)
    return FileIdentity(path: file.path).map { $0.modified / 1_000_000_000 + age > now } ?? false
  }

  /// The last part of a path, with a number behind it where another archive has the same.
  private static func unique(_ input: String, among names: inout Set<String>) -> String {
    let last = input.split(separator: "/").last.map(String.init) ?? input
    var name = last
    var number = 2
    while !names.insert(name).inserted {
      name = "\(last)-\(number)"
      number += 1
    }
    return name
  }

  /// How files were scrubbed that have no metadata of their own.
  private static func addMarks(
    of input: String, prefix: String, _ files: [ArchiveFile], to listing: inout SearchListing
  ) throws(ScrubRefusal) {
    let marks: [String: ScrubbedTrees.Mark]
    do throws(Failure) { marks = try ScrubbedTrees(input, prefix: prefix, files).marks(mayBeHalfDone: true) } catch { throw .file(error) }
    for (path, mark) in marks { listing.marks[path] = ScrubMark(policy: mark.policy, keys: mark.file.keys, identities: mark.file.identities) }
  }
}

extension [[String]?] {
  /// The files that are chosen of an input; nothing for all.
  func chosen(of input: Int) -> [String]? { indices.contains(input) ? self[input] : nil }
}
