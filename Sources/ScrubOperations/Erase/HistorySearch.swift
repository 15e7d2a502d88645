internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
internal import ScrubPolicy

/// Looks behind the objects of stores: which earlier versions that a bucket keeps of them hold events of the people, and of
/// which that cannot be told. Changes nothing.
struct HistorySearch: Sendable {
  private let plan: ErasePlan
  private let scope: HistoryScope
  private let purpose: ErasePurpose
  private let closure: EraseClosure
  private let context: SearchContext
  private let digestKey: FileDigestKey
  private let ignored: [Glob]
  /// By what stands for the people: where it does.
  private let traces: [Identity: [Trace]]

  init(
    _ plan: ErasePlan, _ scope: HistoryScope, _ purpose: ErasePurpose, _ closure: EraseClosure, _ context: SearchContext,
    digestKey: FileDigestKey
  ) {
    self.plan = plan
    self.scope = scope
    self.purpose = purpose
    self.closure = closure
    self.context = context
    self.digestKey = digestKey
    ignored = scope.ignored.map { Glob($0) }
    traces = Dictionary(
      grouping: plan.requests.filter { $0.refused == nil }.flatMap { closure.traces[$0.id] ?? [] }, by: \.identity)
  }

  /// The archives that are in stores, by number.
  var archives: [Int] { plan.archives.indices.filter { ObjectAddress(plan.archives[$0]) != nil } }

  /// What stands behind an object.
  struct Found: Sendable {
    /// Versions that have to go.
    var doomed: [ObjectVersion] = []
    /// Why others may have to, and do not; each code once.
    var codes: [FailureCode] = []

    mutating func note(_ code: FailureCode) { if !codes.contains(code) { codes.append(code) } }
  }

  /// Looks behind an object of the plan.
  ///
  /// - Parameter isRewritten: whether it is what the plan made of it; else it is still what was read.
  /// - Throws: `Failure` where the store does not tell.
  func look(behind file: ErasePlan.File, isRewritten: Bool) throws(Failure) -> Found {
    var found = Found()
    guard let history = try ObjectHistory(of: plan.path(of: file)) else { return found }
    for version in try history.versions() where !version.isRemoval {
      if version.isLatest && !isRewritten { continue }
      if version.isSoftDeleted {
        found.note(.softDeleted)
        continue
      }
      do throws(Failure) { if try isDoomed(version, of: file, history) { found.doomed.append(version) } } catch {
        found.note(error.code)
      }
    }
    if try history.hasUnfinishedUploads() { found.note(.unfinishedUpload) }
    return found
  }

  /// Whether a version has to go.
  ///
  /// - Throws: `Failure` where it may have to, and does not.
  private func isDoomed(_ version: ObjectVersion, of file: ErasePlan.File, _ history: ObjectHistory) throws(Failure) -> Bool {
    let isRead = try isRead(version, of: file)
    if version.isLatest {
      // Somebody took away what was written over it.
      if isRead { throw Failure(.changed) }
      return false
    }
    if isRead { return true }
    guard try holds(history.path(of: version), file.path, version.size) else { return false }
    // What stays by a legal hold stands in the object too if it did in what was read; in older ones nobody looked.
    if plan.reasons.contains(where: { $0.kind == .hold }) { throw Failure(.earlierVersion) }
    return true
  }

  /// Whether a version is the one that was read. Those of a time when the bucket kept none have one id, and differ in marks.
  private func isRead(_ version: ObjectVersion, of file: ErasePlan.File) throws(Failure) -> Bool {
    if let id = file.identity.version { return version.id == id }
    guard version.id == "null" else { return false }
    return try ErasePlan.Identity.keyed(version.tag, digestKey) == file.identity.tag
  }

  /// Earlier versions of other objects of an archive that hold events of the people, or may, and uploads that were not
  /// ended: be it that the object was removed, or that it was replaced by somebody else.
  ///
  /// - Parameter looked: paths of the objects that are looked behind one by one.
  func gaps(behind archive: Int, but looked: [String]) async throws(Failure) -> [Receipt.Gap] {
    let given = scope.inputs.indices.contains(archive) ? scope.inputs[archive] : plan.archives[archive]
    let prefix = scope.prefixes.indices.contains(archive) ? scope.prefixes[archive] : ""
    guard let history = try ObjectHistory(of: given) else { return [] }
    // By bytes: letters that look alike make other keys.
    let passed = Set(looked.map { Array($0.utf8) })
    func isIgnored(_ name: String) -> Bool { ignored.contains { $0.matches(name) } }
    let versions = try history.earlierVersions(below: prefix, ignoring: isIgnored).filter { !passed.contains(Array($0.name.utf8)) }
    let parts = await shareOut(Array(versions.indices), jobs: context.options.jobs, context.interrupt) {
    } _: { (_: Void, number) -> FailureCode? in
      let (name, version) = versions[number]
      if version.isSoftDeleted { return .softDeleted }
      do throws(Failure) { return try holds(history.path(of: version), name, version.size) ? .earlierVersion : nil } catch {
        return error.code
      }
    }
    var found = parts.sorted { $0.0 < $1.0 }.compactMap { number, code in code.map { (versions[number].name, $0) } }
    for name in try history.unfinishedUploads(below: prefix, ignoring: isIgnored) where !passed.contains(Array(name.utf8)) {
      found.append((name, .unfinishedUpload))
    }
    var gaps: Set<[UInt8]> = []
    return found.compactMap { name, code in
      let path = Array(name.utf8)
      guard gaps.insert(path + [0] + Array(code.rawValue.utf8)).inserted else { return nil }
      return Receipt.Gap(archive: archive, path: pathText(path), code: code.rawValue)
    }
  }

  /// Whether a version holds events of the people.
  ///
  /// - Throws: `Failure` where nothing was found in it, and it may hold some: not all of it can be read, or it does not tell
  ///   whose its events are.
  private func holds(_ path: String, _ name: String, _ size: Int) throws(Failure) -> Bool {
    if size == 0 { return false }
    var finder = PersonFinder(context, closure.watch)
    let search = finder.search(ArchiveFile(path: path, relative: name, size: size), filter: nil)
    let (carriers, destination) = (finder.carriers, finder.destination)
    var isUnsure = false
    for sighting in search.findings.sightings {
      let carrier = carriers[sighting.carrier]
      if closure.covers(carrier, time: sighting.time, in: destination) { return true }
      for trace in carrier.values.lazy.flatMap({ traces[$0.identity] ?? [] }) {
        switch trace.verdict(in: carrier) {
        case .theirs: return true
        case .unsure: isUnsure = true
        case .others: break
        }
      }
    }
    if let failure = search.outcome.failure { throw failure }
    if search.outcome.withheldCount > 0 { throw Failure(.unreadable) }
    if let mark = search.mark, !scope.knows(mark) { isUnsure = true }
    // Who is searched for exactly is not looked for in what tells of nobody.
    if purpose == .request && search.findings.nameless > 0 { isUnsure = true }
    if isUnsure { throw Failure(.earlierVersion) }
    return false
  }
}

extension HistorySearch {
  /// What a run would find that only looks.
  struct Preview: Sendable {
    /// Earlier versions that would be removed.
    var versions = 0
    var gaps: [Receipt.Gap] = []
  }

  /// Looks behind everything before anything is rewritten.
  func preview() async -> Preview {
    let stores = archives
    let numbers = plan.files.indices.filter { stores.contains(plan.files[$0].archive) && plan.files[$0].isRewritten }
    let parts = await shareOut(numbers, jobs: context.options.jobs, context.interrupt) {
    } _: { (_: Void, number) -> Found in
      do throws(Failure) { return try look(behind: plan.files[number], isRewritten: false) } catch {
        return Found(codes: [error.code])
      }
    }
    var preview = Preview()
    for (number, found) in parts.sorted(by: { $0.0 < $1.0 }) {
      preview.versions += found.doomed.count
      preview.gaps += found.codes.map { Receipt.Gap(plan.files[number], $0) }
    }
    for archive in stores {
      let looked = numbers.map { plan.files[$0] }.filter { $0.archive == archive }.map(\.path)
      do throws(Failure) { preview.gaps += try await gaps(behind: archive, but: looked) } catch {
        preview.gaps.append(Receipt.Gap(ofArchive: plan.archives[archive], error.code))
      }
    }
    return preview
  }
}

extension Receipt.Gap {
  init(_ file: ErasePlan.File, _ code: FailureCode) {
    self.init(archive: file.archive, path: pathText(Array(file.path.utf8)), code: code.rawValue)
  }

  init(ofArchive path: String, _ code: FailureCode) {
    self.init(archive: nil, path: pathText(Array(path.utf8)), code: code.rawValue)
  }
}
