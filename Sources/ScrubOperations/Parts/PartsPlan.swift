internal import Foundation
internal import ScrubArchive
internal import ScrubNative
internal import ScrubPolicy

/// What a run in parts is to do, written once, before any part begins: all that parts must agree on, and all that a report
/// tells which no file decides. For the program alone, and gone when the parts are merged.
struct PartsPlan: Codable, Sendable {
  static let schema = "currents-scrub/parts-plan/1"

  var schema = PartsPlan.schema
  var version = programVersion
  var parts = 0
  /// SHA-256, hex, over what the parts are asked to do: policy, key, options.
  var asked = ""
  /// Of this plan alone: what parts of another left is nothing to it, be it planned for the same.
  var nonce: String
  /// Where it is being merged, or its erasure carried out: its id before. No part goes by it from then on.
  var closed: String?
  /// Of the list of each part: SHA-256, hex.
  var lists: [String] = []
  var files = 0
  /// Of all files, when they were listed.
  var bytes = 0
  var ignored = 0
  var empty: [String] = []
  var failures: [Failure] = []
  var scrub: Scrub?
  var inspect: Inspect?
  var people: People?

  struct Scrub: Codable, Sendable {
    let head: Report
    /// Stands for the key of the state folder.
    let stateKey: String
    /// `id:check value` of the key.
    let keyMark: String?
    /// The check value of the key whose tokens go into the vault, by its id.
    let vault: [String: String]?
    let disclosing: Disclosing?
    /// Of the empty files, those of which an earlier run made something.
    let emptied: [String]
    /// Stands for the lists of people who stay out; nothing where everybody may be in the output.
    let excluded: String?
  }

  struct Inspect: Codable, Sendable {
    let inputs: [String]
    /// SHA-256, hex, over the catalog.
    let catalog: String
  }

  /// A run that looks for people. Who they are stands nowhere here.
  struct People: Codable, Sendable {
    /// `export` or `erase`.
    let command: String
    /// Stands for the key of the state folder, which seals what the rest leaves.
    let stateKey: String
    /// SHA-256, hex, over the catalog.
    let catalog: String
    /// The keys of sealed tokens, which every part opens.
    let keys: [String]
    let eventType: String?
    let destination: Destination?
    let maxBlock: Int
    /// As `SearchListing` has them.
    let archives: [String]
    let prefixes: [String]
    /// What erasures left that were cut off and are finished now: base64, sealed.
    let left: String?
  }

  /// A file of a part.
  struct Item: Codable, Sendable {
    /// Its place among all files of the run.
    let number: Int
    let path: String
    let relative: String
    let size: Int
    /// Where people are looked for: the number of its archive.
    var archive: Int?
    /// The same: how it was scrubbed, where the manifest of its tree tells it.
    var mark: ScrubMark?
    /// Where people stay out: `Exclusion.Found`, base64, sealed.
    var found: String?

    var file: ArchiveFile { ArchiveFile(path: path, relative: relative, size: size) }
  }

  init(_ listing: Listing, parts: Int, asked: String) throws(Failure) {
    self.parts = parts
    self.asked = asked
    do throws(NativeError) {
      let random = try SecretBytes.random(count: 16)
      nonce = unsafe random.withBytes { unsafe Digest256.hex($0) }
    } catch {
      throw Failure(.native)
    }
    files = listing.files.count
    bytes = listing.files.reduce(0) { $0 + $1.size }
    ignored = listing.ignored
    empty = listing.empty.sorted()
    failures = listing.failures
  }

  /// What was listed, without the files.
  var listing: Listing {
    var listing = Listing()
    listing.ignored = ignored
    listing.empty = empty
    listing.failures = failures
    return listing
  }

  /// Stands for what is asked of all parts.
  static func asked(_ facts: some Encodable) throws(Failure) -> String {
    do { return Digest256.sha256(try DocumentEncoder.line(of: facts)).hex } catch { throw Failure(.native) }
  }

  /// Stands for a state key, and tells nothing of it.
  static func check(of stateKey: SecretBytes) throws(Failure) -> String {
    do throws(NativeError) {
      let check = try deriveSubkey(
        from: stateKey, salt: Array("state".utf8), info: Array("currents-scrub/v1/parts".utf8), count: 16)
      return unsafe check.withBytes { unsafe Array($0) }.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    } catch {
      throw Failure(.native)
    }
  }
}

extension ArchiveFile {
  /// The file as another machine finds it, whatever folder it works in.
  var anywhere: String { ObjectAddress(path) == nil ? realPath(path) : path }
}

extension Catalog {
  /// SHA-256, hex, over everything in it.
  func digest() throws(Failure) -> String {
    let fields = fields.map { "\($0.name) \($0.fieldClass) \($0.isPersonal) \($0.kind) \($0.isLinking) \($0.marks.rawValue)" }
    let shapes = shapes.flatMap { shape in
      ["\(shape.event) \(shape.destination) \(shape.displayName) \(shape.ownName)"]
        + members(of: shape).map { "\($0.path) \($0.type) \($0.isRequired) \($0.isEventName) \($0.marks.rawValue) \($0.fields)" }
    }
    return try PartsPlan.asked(fields + shapes)
  }
}

extension PartsFolder {
  /// The plan that is there already for the same, with which an attempt goes on; files that came since wait for the next run.
  ///
  /// - Throws: `Failure`, `parts.other-plan` where something else is planned.
  func planned(_ parts: Int, asked: String) throws(Failure) -> PartsPlan? {
    guard try isPlanned else { return nil }
    let plan = try self.plan().plan
    guard plan.parts == parts, plan.asked == asked else { throw Failure(.otherParts, path: place) }
    if plan.closed != nil { throw Failure(.partsUnderWay, path: place) }
    return plan
  }

  /// Writes the lists of the parts, then the plan, from where on they may begin.
  ///
  /// - Parameter found: by file, where people stay out: what was found in it, sealed.
  func write(_ plan: consuming PartsPlan, _ files: [ArchiveFile], _ found: [String]? = nil) throws(Failure) {
    let dealt = Shard.deal(files, into: plan.parts)
    plan.lists = []
    for (part, numbers) in dealt.enumerated() {
      let items = numbers.map { number in
        PartsPlan.Item(
          number: number, path: files[number].anywhere, relative: files[number].relative, size: files[number].size,
          found: found?[number])
      }
      plan.lists.append(try write(items, as: Self.list(of: part + 1)))
    }
    try write(plan)
  }

  /// Writes a list of files.
  ///
  /// - Returns: SHA-256 of its text, hex.
  func write(_ items: [PartsPlan.Item], as name: String) throws(Failure) -> String {
    var list = try stage(name)
    for item in items { try list.writeLine(item) }
    return try put(&list, as: name)
  }

  /// - Parameter id: of the plan that must be in force until then; nothing for a new one.
  func write(_ plan: PartsPlan, under id: String? = nil) throws(Failure) {
    var text = try stage(Self.plan)
    try text.writeLine(plan)
    _ = try put(&text, as: Self.plan, under: id)
  }

  /// Has no part go by the plan any more, nor write anything from then on that it did not see before.
  ///
  /// - Throws: `Failure`, `parts.no-plan` where another merge was faster.
  func close(_ plan: consuming PartsPlan, id: String) throws(Failure) {
    if plan.closed != nil { return }
    plan.closed = id
    try write(plan, under: id)
  }

  /// The plan, for one of its parts.
  ///
  /// - Throws: `Failure`, `parts.no-plan` where there is none, or it is being merged.
  func planInForce() throws(Failure) -> (plan: PartsPlan, id: String) {
    let known = try plan()
    if known.plan.closed != nil { throw Failure(.noParts, path: place) }
    return known
  }

  /// The plan, with its id: SHA-256, hex, of its text before it was closed.
  ///
  /// - Throws: `Failure`, `parts.no-plan` where there is none.
  func plan() throws(Failure) -> (plan: PartsPlan, id: String) {
    guard let bytes = try read(Self.plan) else { throw Failure(.noParts, path: place) }
    guard let plan = try? JSONDecoder().decode(PartsPlan.self, from: Data(bytes)), plan.schema == PartsPlan.schema,
      plan.version == programVersion
    else { throw Failure(.otherParts, path: place) }
    if let closed = plan.closed { return (plan, closed) }
    return (plan, Digest256.sha256(bytes).hex)
  }

  /// The files of a part.
  ///
  /// - Parameter number: from 1.
  func items(of number: Int, _ plan: PartsPlan) throws(Failure) -> [PartsPlan.Item] {
    guard plan.lists.indices.contains(number - 1) else { throw Failure(.partDamaged, path: place, place: Self.list(of: number)) }
    return try items(in: Self.list(of: number), digest: plan.lists[number - 1])
  }

  /// The files of a list.
  ///
  /// - Parameter digest: SHA-256 of its text, hex.
  func items(in name: String, digest: String) throws(Failure) -> [PartsPlan.Item] {
    guard let bytes = try read(name), Digest256.sha256(bytes).hex == digest else {
      throw Failure(.partDamaged, path: place, place: name)
    }
    return try Self.lines(bytes, place: name)
  }
}
