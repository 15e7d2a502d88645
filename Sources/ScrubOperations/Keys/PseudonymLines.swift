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

  private let key: MasterKey
  private let hashing: Hashing

  package init(_ prepared: PreparedPolicy, key: MasterKey, kind: ValueKind, format: Format?, domain: String?) {
    self.key = key
    let policys = Self.hashing(of: kind, in: prepared.compiler)
    hashing = Hashing(
      normaliser: policys.normaliser, format: format?.format ?? policys.format, domain: domain ?? policys.domain)
  }

  /// Whether a text may be a pseudonym domain.
  package static func isDomain(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5f }
  }

  /// How the policy hashes the first field of a kind, in the order of the catalog; how it would by default else.
  private static func hashing(of kind: ValueKind, in compiler: PlanCompiler) -> Hashing {
    for shape in compiler.catalog.shapes where shape.destination == .storage {
      let rules = compiler.resolver.rules(for: shape.event, in: shape.destination)
      for member in shape.members {
        for field in member.fields where compiler.catalog.fields[field].kind == kind {
          let decision = compiler.resolver.decide(
            FieldFacts(compiler.catalog.fields[field], path: member.path), rules: rules)
          if case .hash(let hashing) = decision.treatment { return hashing }
        }
      }
    }
    return Hashing(normaliser: kind.normaliser, format: .token(byteCount: 16), domain: kind.rawValue)
  }

  /// Reads to the end of standard input.
  package func run() throws -> Result {
    var pseudonymiser = Pseudonymiser(key)
    let prepared = try pseudonymiser.prepare(hashing)
    var input = InputFile.standardInput()
    var output = try StagedFile.standardOutput()
    var result = Result()
    var text = ByteSink()
    let chunks = LineChunks(limit: 1 << 20)
    reading: while true {
      switch try chunks.next(&input) {
      case .end: break reading
      case .tooLong:
        result.lines += 1
        result.refused += 1
        try output.write([0x0a])
      case .lines(let count):
        text.removeAll()
        try input.withWindow { bytes in
          var start = 0
          while start < count {
            let feed = min(bytes.firstIndex(of: 0x0a, from: start), count)
            let end = feed > start && bytes.byte(at: feed - 1) == 0x0d ? feed - 1 : feed
            result.lines += 1
            switch try pseudonymiser.append(bytes, start..<end, prepared, to: &text) {
            case .written, .prehashed: break
            case .left, .unfit: result.refused += 1
            }
            text.append(0x0a)
            start = feed + 1
          }
        }
        try output.write(text.bytes)
        input.consume(count)
      }
    }
    _ = try output.finish()
    return result
  }
}
