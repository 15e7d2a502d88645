internal import ScrubArchive
internal import ScrubCore
internal import ScrubNative
package import ScrubPolicy

/// Turns lines of standard input into pseudonyms, as a policy makes them of values of one kind.
package struct PseudonymLines {
  package enum Format: String, CaseIterable, Sendable {
    case token, hex, uuid, email, phone

    var format: PseudonymFormat {
      switch self {
      case .token: .token(byteCount: 16)
      case .hex: .hex
      case .uuid: .uuid
      case .email: .email
      case .phone: .phone
      }
    }
  }

  package struct Result: Sendable {
    package var lines = 0
    /// Values without a pseudonym; their lines are empty.
    package var refused = 0
  }

  /// What `pseudonym --json` prints.
  package struct Listing: Document, Sendable {
    package let schema = "currents-scrub/pseudonyms/1"
    package let kind: String
    /// `id:check value`.
    package let key: String
    @OrNull package var audience: String?
    package let lines: Int
    package let refused: Int
    /// In the order of the lines; null for a value without one.
    package let pseudonyms: [String?]
  }

  private let key: MasterKey
  private let kind: ValueKind
  private let treatment: Treatment
  /// The domains in which the policy has pseudonyms of values of the kind, each once; the first is taken unless one is named.
  package let domains: [String]

  /// - Parameters:
  ///   - format: in place of that of the policy.
  ///   - domain: in place of that of the policy.
  /// - Returns: nothing where the policy gives values of the kind no pseudonym, and no domain is named either.
  /// - Throws: `ScrubRefusal.usage` where a format is asked of tokens, which have one.
  package init?(
    _ prepared: PreparedPolicy, key: MasterKey, kind: ValueKind, format: Format?, domain: String?
  ) throws(ScrubRefusal) {
    self.key = key
    self.kind = kind
    let all = Treatment.pseudonyms(of: kind, in: prepared.compiler)
    domains = all.reduce(into: []) { domains, one in
      if let domain = one.domain, !domains.contains(domain) { domains.append(domain) }
    }
    switch all.first {
    case .tokenise(let tokenising):
      if format != nil { throw .usage("the policy tokenises values of the kind \(kind.rawValue), and a token has no other format") }
      treatment = .tokenise(
        Tokenising(store: tokenising.store, normaliser: tokenising.normaliser, domain: domain ?? tokenising.domain))
    case .hash(let hashing):
      treatment = .hash(
        Hashing(
          normaliser: hashing.normaliser, format: format?.format ?? hashing.format, domain: domain ?? hashing.domain))
    default:
      guard let domain else { return nil }
      treatment = .hash(
        Hashing(normaliser: kind.normaliser, format: format?.format ?? .token(byteCount: 16), domain: domain))
    }
  }

  /// Whether a text may be a pseudonym domain.
  package static func isDomain(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5f }
  }

  /// Reads to the end of standard input, and writes a line for each line.
  package func run() throws -> Result {
    var output = try StagedFile.standardOutput()
    let result = try eachPseudonym { text, _ in
      text.append(0x0a)
      try output.write(text.bytes)
    }
    _ = try output.finish()
    return result
  }

  /// Reads to the end of standard input, and keeps the pseudonyms.
  package func listing() throws -> Listing {
    var pseudonyms: [String?] = []
    let result = try eachPseudonym { text, isWritten in
      let pseudonym = unsafe text.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
      pseudonyms.append(isWritten ? pseudonym : nil)
    }
    return Listing(
      kind: kind.rawValue, key: try key.mark().text, audience: key.audience, lines: result.lines, refused: result.refused,
      pseudonyms: pseudonyms)
  }

  private func eachPseudonym(_ body: (inout ByteSink, Bool) throws -> Void) throws -> Result {
    var converter = Converter(key)
    guard let prepared = try converter.prepare(treatment) else { return Result() }
    var input = InputFile.standardInput()
    var result = Result()
    var text = ByteSink()
    try input.eachLine { bytes, line in
      result.lines += 1
      text.removeAll()
      let isWritten = try line.map { try converter.isWritten(bytes, $0, prepared, to: &text) } ?? false
      if !isWritten { result.refused += 1 }
      try body(&text, isWritten)
    }
    return result
  }
}

extension Treatment {
  /// The pseudonyms that the policy makes of values of a kind: those of fields of the kind that it hashes or tokenises, in
  /// the order of the catalog; where there are none that of members of JSON texts, or of what is found in texts.
  static func pseudonyms(of kind: ValueKind, in compiler: PlanCompiler) -> [Treatment] {
    var all: [Treatment] = []
    var ofParts: Treatment?
    for shape in Destination.allCases.flatMap({ destination in compiler.catalog.shapes.filter { $0.destination == destination } }) {
      let rules = compiler.resolver.rules(for: shape.event, in: shape.destination)
      for member in compiler.catalog.members(of: shape) {
        for field in member.fields {
          let treatment = compiler.resolver.decide(
            FieldFacts(compiler.catalog.fields[field], path: member.path), rules: rules
          ).treatment
          if treatment.isPseudonym && compiler.catalog.fields[field].kind == kind && !all.contains(treatment) { all.append(treatment) }
          if ofParts == nil && kind.isIdentifier { ofParts = treatment.pseudonymOfParts(of: kind) }
        }
      }
    }
    return all.isEmpty ? [ofParts].compactMap(\.self) : all
  }

  /// The domain of a pseudonym.
  fileprivate var domain: String? {
    switch self {
    case .hash(let hashing): hashing.domain
    case .tokenise(let tokenising): tokenising.domain
    default: nil
    }
  }

  private func pseudonymOfParts(of kind: ValueKind) -> Treatment? {
    switch self {
    case .json(let members):
      return members.treatments.lazy.compactMap { member in
        switch member {
        case .hash(let hashing): hashing.domain == kind.rawValue ? member : nil
        case .tokenise(let tokenising): tokenising.domain == kind.rawValue ? member : nil
        default: member.pseudonymOfParts(of: kind)
        }
      }.first
    case .scan(let scanning):
      guard scanning.replacement == .hash else { return nil }
      return .hash(Hashing(normaliser: kind.normaliser, format: .token(byteCount: 16), domain: kind.rawValue))
    default: return nil
    }
  }
}

extension Converter {
  /// Appends the pseudonym of `value[range]`, where it has one. What belongs into a vault is not kept.
  mutating func isWritten(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, to text: inout ByteSink
  ) throws(NativeError) -> Bool {
    let outcome = try append(value, range, prepared, to: &text)
    handOver { _ in }
    return switch outcome {
    case .written, .prehashed: true
    case .left, .made, .unfit, .unconverted: false
    }
  }
}

extension InputFile {
  /// Calls `body` for each line to the end, without what ends it; for one that is too long without its place.
  mutating func eachLine(_ body: (borrowing RawSpan, Range<Int>?) throws -> Void) throws {
    let chunks = LineChunks(limit: 1 << 20)
    while true {
      switch try chunks.next(&self) {
      case .end: return
      case .tooLong: try withWindow { bytes in try body(bytes, nil) }
      case .lines(let count):
        try withWindow { bytes in
          var start = 0
          while start < count {
            let feed = min(bytes.firstIndex(of: 0x0a, from: start), count)
            let end = feed > start && bytes.byte(at: feed - 1) == 0x0d ? feed - 1 : feed
            try body(bytes, start..<end)
            start = feed + 1
          }
        }
        consume(count)
      }
    }
  }
}
