internal import Foundation
internal import ScrubArchive
internal import ScrubLedger
internal import ScrubNative
package import ScrubPolicy

/// What a proof of a receipt is asked to do.
package struct ReceiptCheckOptions: Sendable {
  /// The receipt; its signature and public key stand beside it.
  package var file = ""
  /// A public key that came another way.
  package var publicKey: String?
  /// Archives whose files are compared with it.
  package var archives: [String] = []
  /// The state folder whose evidence log must hold its head.
  package var stateFolder: String?
  /// Where fingerprints of people are made with, for those who are searched for.
  package var searchState = ""
  /// Whom to search for in the archives; nothing for nobody.
  package var request: AccessRequest?
  package var search = SearchOptions()
  package var made: [ScrubbedWith] = []

  package init() {}
}

/// What is wrong with a receipt, or with what it tells of.
package enum ReceiptCheckCode: String, CaseIterable, Sendable {
  case malformed = "receipt.malformed"
  case otherSchema = "receipt.other-schema"
  case notCanonical = "receipt.not-canonical"
  case sums = "receipt.wrong-sum"
  case state = "receipt.wrong-state"
  case root = "receipt.wrong-root"
  case noSignature = "receipt.no-signature"
  case noPublicKey = "receipt.no-public-key"
  case otherKey = "receipt.other-key"
  case wrongSignature = "receipt.wrong-signature"
  case unsigned = "receipt.unsigned"
  case fileMissing = "receipt.file-missing"
  case fileChanged = "receipt.file-changed"
  case archiveNotGiven = "receipt.archive-not-given"
  case otherRequest = "receipt.other-request"
  case personFound = "receipt.person-found"
  case personLeft = "receipt.person-left"
  case personUnsure = "receipt.person-unsure"
  case notSearched = "receipt.not-searched"
  case log = "receipt.log-differs"

  package var message: String {
    switch self {
    case .malformed: "this is no receipt"
    case .otherSchema: "this receipt has a form that this version does not know"
    case .notCanonical: "the bytes are not those that a receipt is written with"
    case .sums: "the numbers do not add up"
    case .state: "the state is not what the numbers say"
    case .root: "the root is not that of the results by file"
    case .noSignature: "the receipt says that it is signed, and there is no signature beside it"
    case .noPublicKey: "there is no public key, neither given nor beside the receipt"
    case .otherKey: "the receipt names another public key"
    case .wrongSignature: "the signature is not of this receipt and this key"
    case .unsigned: "a public key was given, and the receipt says that it is not signed"
    case .fileMissing: "the file is not there any more"
    case .fileChanged: "the file is not as the erasure left it"
    case .archiveNotGiven: "the archive was not given, so its files were not compared"
    case .otherRequest: "the receipt is of another request, so nobody was searched for"
    case .personFound: "more events of the person are there than the receipt keeps"
    case .personLeft: "events of the person are in a file that the receipt names as left"
    case .personUnsure: "it is not sure whom the identifiers mean, so nobody was searched for"
    case .notSearched: "not everything could be read or searched"
    case .log: "the evidence log does not hold the line that the receipt names"
    }
  }

  /// Whether it only means that something could not be checked.
  package var isGap: Bool {
    switch self {
    case .noPublicKey, .archiveNotGiven, .personLeft, .personUnsure, .notSearched: true
    default: false
    }
  }
}

/// What the proof of a receipt came to, as `verify receipt --json` prints it.
package struct ReceiptProof: Document, Sendable {
  package struct Finding: Encodable, Sendable {
    package let code: String
    package let message: String
    /// The file, archive or member that is meant.
    package let at: String?
  }

  package enum State: String, Encodable, Sendable { case proved, incomplete, failed, interrupted }

  package enum SignatureState: String, Encodable, Sendable {
    /// By the key that was given.
    case pinned = "valid"
    /// By the key beside the receipt, which proves nothing by itself.
    case beside = "valid-unpinned"
    case unsigned, wrong
    case unchecked = "not-checked"
  }

  package struct Files: Encodable, Sendable {
    package internal(set) var compared = 0
    package internal(set) var same = 0
    package internal(set) var changed = 0
    package internal(set) var missing = 0
  }

  package struct Search: Encodable, Sendable {
    package internal(set) var files = 0
    package internal(set) var events = 0
    package internal(set) var found = 0
    /// What the receipt keeps, holds or left.
    package internal(set) var expected = 0
  }

  package var schema = "currents-scrub/receipt-proof/1"
  package internal(set) var state = State.proved
  package internal(set) var receipt = ""
  package internal(set) var request = ""
  /// The state that the receipt tells.
  package internal(set) var told = ""
  package internal(set) var signature = SignatureState.unchecked
  package internal(set) var key: String?
  package internal(set) var files: Files?
  package internal(set) var search: Search?
  /// Whether the evidence log holds the receipt's head; nothing where no log was looked at.
  package internal(set) var log: Bool?
  package internal(set) var findings: [Finding] = []
  package internal(set) var exit = 0

  mutating func note(_ code: ReceiptCheckCode, at place: String? = nil) {
    findings.append(Finding(code: code.rawValue, message: code.message, at: place))
  }

  mutating func end(isInterrupted: Bool) {
    let codes = findings.compactMap { ReceiptCheckCode(rawValue: $0.code) }
    state = isInterrupted ? .interrupted : codes.contains { !$0.isGap } ? .failed : codes.isEmpty ? .proved : .incomplete
    exit = isInterrupted ? 130 : state == .failed ? 3 : state == .incomplete ? 2 : 0
  }
}

/// Checks a receipt: by itself, without network and without the state it came from; and, where they are given, against
/// the archives, the person and the evidence log.
package struct ReceiptCheck: Sendable {
  private let options: ReceiptCheckOptions
  private let catalog: Catalog
  private let interrupt: Interrupt
  private let progress: Progress

  package init(_ catalog: Catalog, _ options: ReceiptCheckOptions, interrupt: Interrupt, progress: Progress) {
    self.catalog = catalog
    self.options = options
    self.interrupt = interrupt
    self.progress = progress
  }

  package func run() async throws(ScrubRefusal) -> ReceiptProof {
    var proof = ReceiptProof()
    let bytes: [UInt8]
    do throws(Failure) { bytes = try GivenFile.read(options.file, limit: ReceiptFolder.limit) } catch { throw .file(error) }
    if let receipt = Self.read(bytes, &proof) {
      proof.receipt = receipt.receipt
      proof.request = receipt.request.id
      proof.told = receipt.state.rawValue
      Self.check(receipt, &proof)
      try checkSignature(of: receipt, bytes, &proof)
      try checkLog(receipt, &proof)
      try await checkArchives(receipt, &proof)
    }
    proof.end(isInterrupted: interrupt.isSet)
    return proof
  }

  // MARK: by itself

  private struct Schema: Decodable { let schema: String }

  /// The receipt that the bytes are, be they its canonical form or not.
  static func read(_ bytes: [UInt8], _ proof: inout ReceiptProof) -> Receipt? {
    let data = Data(bytes)
    guard let schema = try? JSONDecoder().decode(Schema.self, from: data) else {
      proof.note(.malformed)
      return nil
    }
    if schema.schema != Receipt.schema {
      proof.note(schema.schema.hasPrefix("currents-scrub/receipt/") ? .otherSchema : .malformed)
      return nil
    }
    guard let receipt = try? JSONDecoder().decode(Receipt.self, from: data) else {
      proof.note(.malformed)
      return nil
    }
    // What was read is written again: members that nobody knows, or that stand there twice, are not.
    if (try? CanonicalJSON.bytes(of: receipt)) != bytes { proof.note(.notCanonical) }
    return receipt
  }

  static func check(_ receipt: Receipt, _ proof: inout ReceiptProof) {
    for member in receipt.wrongSums { proof.note(.sums, at: member) }
    if !receipt.isStateTrue { proof.note(.state, at: receipt.state.rawValue) }
    if (try? receipt.root()) != receipt.merkleRoot { proof.note(.root) }
  }

  // MARK: the signature

  private func checkSignature(of receipt: Receipt, _ bytes: [UInt8], _ proof: inout ReceiptProof) throws(ScrubRefusal) {
    let folder = GivenFile.folder(of: options.file)
    let signature = try? GivenFile.read(options.file + ".sig", limit: 1 << 12)
    if receipt.signature.status == .unsigned {
      proof.signature = .unsigned
      if options.publicKey != nil || signature != nil { proof.note(.unsigned) }
      return
    }
    proof.key = receipt.signature.key
    guard let signature else { return proof.note(.noSignature) }
    let path = options.publicKey ?? folder + ReceiptFolder.publicKey
    guard let key = try publicKey(at: path) else { return proof.note(.noPublicKey, at: path) }
    if key.id != receipt.signature.key { proof.note(.otherKey, at: path) }
    guard key.verifies(signature, of: bytes) else {
      proof.signature = .wrong
      return proof.note(.wrongSignature)
    }
    proof.signature = options.publicKey == nil ? .beside : .pinned
  }

  /// The public key in a file; nothing where none was given and none is there.
  private func publicKey(at path: String) throws(ScrubRefusal) -> VerifyingKey? {
    let text: String
    do throws(Failure) { text = try GivenFile.readText(path) } catch {
      if options.publicKey == nil { return nil }
      throw .file(error)
    }
    if let key = VerifyingKey(pem: text) { return key }
    if options.publicKey == nil { return nil }
    throw .key(KeyRefusal(code: .notPublic))
  }

  // MARK: the evidence log

  private func checkLog(_ receipt: Receipt, _ proof: inout ReceiptProof) throws(ScrubRefusal) {
    guard let folder = options.stateFolder else { return }
    let log = try LogProof(of: folder, holding: receipt.evidenceHead)
    proof.log = log.findings.isEmpty
    for finding in log.findings { proof.note(.log, at: "\(finding.segment), line \(finding.line) [\(finding.code)]") }
  }

  // MARK: the archives

  private func checkArchives(_ receipt: Receipt, _ proof: inout ReceiptProof) async throws(ScrubRefusal) {
    if options.archives.isEmpty { return }
    let places = Self.places(of: receipt.archives, among: options.archives)
    for (archive, place) in zip(receipt.archives, places) where place == nil { proof.note(.archiveNotGiven, at: archive.path) }
    var files = ReceiptProof.Files()
    for file in receipt.rewritten where !interrupt.isSet {
      guard receipt.archives.indices.contains(file.archive), let place = places[file.archive] else { continue }
      files.compared += 1
      compare(file, at: Self.path(of: file.path, in: place), &files, &proof)
    }
    proof.files = files
    guard let request = options.request else { return }
    if try isAnother(request, receipt) { return proof.note(.otherRequest, at: receipt.request.id) }
    try await search(for: request, receipt, &proof)
  }

  /// Whether a request is not the one of a receipt: by its id, where both have one of their own, and by whom it names, as far
  /// as the state folder knows who was erased.
  private func isAnother(_ request: AccessRequest, _ receipt: Receipt) throws(ScrubRefusal) -> Bool {
    let ids: Set = [request.id, receipt.request.id]
    if ids.count == 2 && !ids.contains(AccessRequest.unnamed) { return true }
    guard let folder = options.stateFolder else { return false }
    return try Suppression.isOfOthers("\(receipt.receipt)/\(receipt.request.id)", request, folder)
  }

  /// Which of the given paths each archive of the receipt is: by its own path, else by its name, else because it is the
  /// only one.
  static func places(of archives: [Receipt.Archive], among given: [String]) -> [String?] {
    func name(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }
    return archives.map { archive in
      if let same = given.first(where: { realPath($0) == archive.path }) { return same }
      let named = given.filter { name(realPath($0)) == name(archive.path) }
      if named.count == 1 && archives.filter({ name($0.path) == name(archive.path) }).count == 1 { return named[0] }
      return archives.count == 1 && given.count == 1 ? given[0] : nil
    }
  }

  /// An archive may be one file.
  private static func path(of file: String, in archive: String) -> String {
    if let address = ObjectAddress(archive) {
      let isFile = !address.key.isEmpty && FileIdentity(path: archive) != nil
      return isFile ? archive : ScrubArchive.path(in: archive, file)
    }
    let kind = try? FileManager.default.attributesOfItem(atPath: archive)[.type] as? FileAttributeType
    return kind == .typeRegular ? archive : archive + "/" + file
  }

  private func compare(
    _ file: Receipt.RewrittenFile, at path: String, _ files: inout ReceiptProof.Files, _ proof: inout ReceiptProof
  ) {
    guard let digest = Self.digest(ofFile: path) else {
      files.missing += 1
      return proof.note(.fileMissing, at: file.path)
    }
    if digest == file.after.sha256 {
      files.same += 1
    } else {
      files.changed += 1
      proof.note(.fileChanged, at: file.path)
    }
  }

  /// SHA-256, hex; nothing where there is no such file or object. One that cannot be read has none.
  private static func digest(ofFile path: String) -> String? {
    if ObjectAddress(path) != nil { return FileIdentity(path: path) == nil ? nil : (try? sha256(ofFile: path)) ?? "" }
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    return (try? FileDigest.of(descriptor: handle.fileDescriptor).hex) ?? ""
  }

  // MARK: the person

  private func search(
    for request: AccessRequest, _ receipt: Receipt, _ proof: inout ReceiptProof
  ) async throws(ScrubRefusal) {
    var search = options.search
    search.inputs = options.archives
    let context = SearchContext(catalog, search, interrupt)
    let listing = try SearchLister.list(search)
    let pseudonyms = try KnownPseudonyms(options.made)
    let fingerprints = try Fingerprints(options.searchState, isDryRun: true)
    var people = PeopleSearch(context, progress: progress, pseudonyms: pseudonyms, fingerprints)
    let found = try await people.run(listing, [PersonSearch(request)])
    let scope = try SearchScope(found, pseudonyms)
    var result = ReceiptProof.Search()
    result.files = scope.files
    result.events = scope.events
    result.found = found.places.values.reduce(0) { $0 + $1.count }
    let total = receipt.events.total
    result.expected = total.kept &+ total.held &+ total.left
    proof.search = result
    if let doubt = found.people.first?.doubt { proof.note(.personUnsure, at: doubt.code) }
    if !scope.isComplete { proof.note(.notSearched) }
    if result.found > result.expected { note(found, receipt, &proof) }
  }

  /// Says where events of the person stand: what the receipt names as left does not speak against it.
  private func note(_ found: PeopleFound, _ receipt: Receipt, _ proof: inout ReceiptProof) {
    let places = Self.places(of: receipt.archives, among: options.archives)
    var others: [(file: String, isMore: Bool)] = []
    var rest = 0
    for (number, events) in found.places.sorted(by: { $0.key < $1.key }) {
      let file = found.listing.files[number]
      let archive = options.archives[file.archive]
      let path = pathText(Array(pathBelow(EraseRun.root(archive), of: realPath(file.file.path)).utf8))
      func isMeant(_ number: Int?, _ other: String) -> Bool {
        number.map { places.indices.contains($0) && places[$0] == archive && other == path } ?? false
      }
      if receipt.gaps.contains(where: { $0.places == nil && isMeant($0.archive, $0.path) }) {
        proof.note(.personLeft, at: file.file.relative)
        continue
      }
      let kept = receipt.rewritten.filter { isMeant($0.archive, $0.path) }
        .reduce(0) { $0 &+ $1.counts.kept &+ $1.counts.held &+ $1.counts.left }
      others.append((file.file.relative, events.count > kept))
      rest += events.count
    }
    let total = receipt.events.total
    if rest <= total.kept &+ total.held &+ (receipt.state == .refused ? total.left : 0) { return }
    for (file, isMore) in others where isMore { proof.note(.personFound, at: file) }
  }
}
