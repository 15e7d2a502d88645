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
  private let hashing: Hashing

  package init(_ prepared: PreparedPolicy, key: MasterKey, kind: ValueKind, format: Format?, domain: String?) {
    self.key = key
    self.kind = kind
    let policys =
      Hashing.of(kind, in: prepared.compiler)
      ?? Hashing(normaliser: kind.normaliser, format: .token(byteCount: 16), domain: kind.rawValue)
    hashing = Hashing(
      normaliser: policys.normaliser, format: format?.format ?? policys.format, domain: domain ?? policys.domain)
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
    var pseudonymiser = Pseudonymiser(key)
    let prepared = try pseudonymiser.prepare(hashing)
    var input = InputFile.standardInput()
    var result = Result()
    var text = ByteSink()
    try input.eachLine { bytes, line in
      result.lines += 1
      text.removeAll()
      let isWritten = try line.map { try pseudonymiser.isWritten(bytes, $0, prepared, to: &text) } ?? false
      if !isWritten { result.refused += 1 }
      try body(&text, isWritten)
    }
    return result
  }
}

extension Hashing {
  /// How the policy hashes the first field of a kind that it hashes, in the order of the catalog.
  static func of(_ kind: ValueKind, in compiler: PlanCompiler) -> Hashing? {
    for shape in compiler.catalog.shapes where shape.destination == .storage {
      let rules = compiler.resolver.rules(for: shape.event, in: shape.destination)
      for member in compiler.catalog.members(of: shape) {
        for field in member.fields where compiler.catalog.fields[field].kind == kind {
          let decision = compiler.resolver.decide(
            FieldFacts(compiler.catalog.fields[field], path: member.path), rules: rules)
          if case .hash(let hashing) = decision.treatment { return hashing }
        }
      }
    }
    return nil
  }
}

extension Pseudonymiser {
  /// Appends the pseudonym of `value[range]`, where it has one.
  mutating func isWritten(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, to text: inout ByteSink
  ) throws(NativeError) -> Bool {
    switch try append(value, range, prepared, to: &text) {
    case .written, .prehashed: true
    case .left, .unfit, .unconverted: false
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
