internal import ScrubArchive
internal import ScrubCore
internal import ScrubLedger
internal import ScrubNative
internal import ScrubPolicy

/// What all workers of a run share, unchanged from start to end.
struct RunContext: Sendable {
  let compiler: PlanCompiler
  let key: MasterKey?
  let keyMark: String?
  /// For the digests of sources, and of what is withheld; nothing where there is no state.
  let digestKey: FileDigestKey?
  let options: ScrubOptions
  /// Scrubbed files without metadata, by relative path: from the manifest of the input tree.
  let marks: [String: ManifestFile]
  let interrupt: Interrupt
  /// Where what is read was scrubbed and is only proved, so that nothing is hashed and nothing written: the id of the
  /// key under which it was.
  var provedKeyID: String?

  var isProof: Bool { provedKeyID != nil }
  /// Where the originals of tokens go; nothing where the policy makes no such tokens, or nothing is written.
  var vault: (any VaultTaking)?
  /// Whether the times of the events that are written are noted.
  var notesTimes = false
}

/// What one worker makes once and uses for every file. Never leaves its task.
struct Worker: ~Copyable {
  let context: RunContext
  var converter: Converter
  var sink = ByteSink(capacity: 1 << 18)
  /// The header of a block being written.
  var head = ByteSink(capacity: 64)
  /// The schemas that were met.
  var avroSchemas: [AvroSchema] = []
  /// Their numbers by the digest of their text.
  var avroSchemaNumbers: [Digest256: Int] = [:]
  var avroPlans: [AvroPlanKey: Result<CompiledAvroPlan, PlanProblem>] = [:]
  var jsonPlans: [Destination: CompiledJSONPlan] = [:]
  /// By slot: whether its values are times of events.
  private var jsonTimes: [Destination: [Bool]] = [:]
  var destinationDigests: [Destination: String] = [:]
  var eventDigests: [EventKey: String] = [:]
  /// The marks of what becomes of identities.
  private var identityMarks: [EventRules: Set<String>] = [:]
  private var feed: VaultFeed?

  /// How many bytes of offers may wait for the end of a file: so many that the vault's pages are visited seldom, so few
  /// that memory stays small, however many values a file holds.
  static let largeOffer = 8 << 20

  /// A plan depends on the schema's text, for marks stand in its `doc`, and on what the path says.
  struct AvroPlanKey: Hashable {
    /// The number of the schema.
    let schema: Int
    let event: String
    let destination: Destination
  }

  init(_ context: RunContext) {
    self.context = context
    converter =
      if let keyID = context.provedKeyID { Converter(recognising: keyID) } else { Converter(context.key) }
    if let vault = context.vault, let key = context.key { feed = VaultFeed(vault, key) }
  }

  /// Has the vault hold what was offered, where it is more than may wait. What cannot be stored stays on offer, so
  /// that no later file with the same value goes without its row.
  mutating func storeOffers(beyond limit: Int) throws(Failure) {
    if converter.offeredSize <= limit { return }
    var feed = feed
    // Where nothing is written there is no feed, and offers are let go.
    try converter.handOver { (offers) throws(Failure) in try feed?.store(offers) }
    self.feed = feed
  }

  mutating func jsonPlan(_ destination: Destination) -> CompiledJSONPlan {
    if let known = jsonPlans[destination] { return known }
    let plan = context.compiler.compile(destination)
    jsonPlans[destination] = plan
    return plan
  }

  /// By slot of a destination, whether its values are times of events; nothing where those are not noted.
  mutating func timeSlots(_ destination: Destination) -> [Bool]? {
    guard context.notesTimes else { return nil }
    if let known = jsonTimes[destination] { return known }
    let compiler = context.compiler
    let slots = compiler.catalog.timeRanks(compiler.paths(destination), destination).map { $0 > 0 }
    jsonTimes[destination] = slots
    return slots
  }

  /// The same of an Avro plan.
  func timeSlots(_ plan: CompiledAvroPlan) -> [Bool]? {
    guard context.notesTimes else { return nil }
    var slots = plan.plan.slots.map { _ in false }
    for field in plan.fields where field.facts.name == "time" {
      for slot in field.slots { slots[slot] = true }
    }
    return slots
  }

  /// The number of the schema of that text.
  mutating func avroSchema(_ text: [UInt8]) throws(Failure) -> Int {
    let digest = Digest256.sha256(text)
    if let known = avroSchemaNumbers[digest] { return known }
    do throws(AvroSchema.Problem) { avroSchemas.append(try AvroSchema(text)) } catch { throw Failure(.schema, place: "the header") }
    avroSchemaNumbers[digest] = avroSchemas.count - 1
    return avroSchemas.count - 1
  }

  mutating func digest(of event: EventKey) -> String {
    if let known = eventDigests[event] { return known }
    let digest = context.compiler.digest(event: event.event, destination: event.destination)
    eventDigests[event] = digest
    return digest
  }

  mutating func digest(of destination: Destination) -> String {
    if let known = destinationDigests[destination] { return known }
    let digest = context.compiler.digest(of: destination)
    destinationDigests[destination] = digest
    return digest
  }

  /// The marks of what becomes of the identities of a file.
  ///
  /// - Parameters:
  ///   - event: the type of all its events; nothing where they may be of any.
  mutating func identities(event: String?, in destination: Destination) -> Set<String> {
    let compiler = context.compiler
    let rules = compiler.rules(of: event.map { [$0] } ?? compiler.catalog.eventTypes, in: destination)
    if let known = identityMarks[rules] { return known }
    let marks = compiler.marks(of: compiler.identityTreatments(under: rules).compactMap(\.asFoundByItsText))
    identityMarks[rules] = marks
    return marks
  }

  /// The keyed digest of bytes that were withheld.
  func keyedDigest(_ bytes: borrowing RawSpan) throws(Failure) -> String? {
    guard let key = context.digestKey else { return nil }
    do throws(NativeError) {
      let digest = try KeyedFileDigest(key)
      try unsafe bytes.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe digest.update(bytes) }
      return try digest.finish().hex
    } catch {
      throw Failure(.native)
    }
  }
}
