import ScrubCore
import ScrubNative

/// A text with two identifiers of its event: a byte for what is done, and the three with a zero between them.
///
/// Laws: whatever is done gives a record of the schema with the identifiers untouched; and done again, it changes
/// nothing more.
final class TextBench: FuzzBench {
  private static let treatments: [Treatment] = {
    let members = MemberTreating(
      default: .redact,
      paths: [
        ("tier", .keep), ("items[].sku", .keep), ("*.note", .scan(Scanning(.all))), ("phone", .mask(Masking(.last(2)))),
        ("deep.*.x", .drop), ("all", .scan(Scanning(.all))),
      ])
    let targets: [Generalising.Target] =
      TimeStep.allCases.map { .time($0) } + [
        .network(bits: 24), .network(bits: 0), .host, .path(query: [Glob("utm_*")]), .family,
      ] + ["10", "0.25", "0.001"].compactMap { NumberBucket($0) }.map { .bucket($0) }
    return Finds.names.map { .scan(Scanning($0.find)) } + [
      .scan(Scanning(.all)), .scan(Scanning(.all, replacement: .hash)), .json(members), .mask(Masking(.domain)),
      .mask(Masking(.last(4))),
    ] + targets.map { .generalise(Generalising($0)) }
  }()

  private var converter = Converter(FuzzKeys())
  private let plans: [AvroPlan]

  init() throws {
    let program = AvroProgram(nodes: [.text], fields: [0, 0, 0])
    let kept = [FoundKind.externalUserID, .phone].map { kind in
      AvroPlan.Slot(treatment: .keep, value: .string, identifies: .always(kind), redaction: [], branch: [])
    }
    plans = Self.treatments.map { treatment in
      AvroPlan(
        program: program,
        slots: kept + [AvroPlan.Slot(treatment: treatment, value: .string, redaction: [0], branch: [])])
    }
  }

  func check(_ input: [UInt8]) throws {
    guard let choice = input.first else { return }
    let plan = plans[Int(choice) % plans.count]
    let parts = input.dropFirst().split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return }
    let record = parts.flatMap { encoded($0) }
    var pass = try AvroPass(plan, converter: &converter)
    guard let once = try run(&pass, record, records: 1, &converter) else { return }
    try require(once.records == 1, "no record is lost")
    try require(once.bytes.starts(with: parts[..<2].flatMap { encoded($0) }), "what is kept is untouched")
    try require(try run(&pass, once.bytes, records: 1, &converter) == nil, "what was done stays as it is")
  }

  private func encoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var sink = ByteSink()
    sink.appendVarint(text.count)
    sink.append(Array(text))
    return unsafe sink.withUnsafeBytes { unsafe Array($0) }
  }

  static var seeds: [[UInt8]] {
    let texts = [
      "mail person@example.test or +1 (202) 555-0143, from 192.0.2.7 and 2001:db8::1; card 4111 1111 1111 1111",
      "550 5.1.1 <customer-7@example.test> \\u0070erson%40example.test GB82 WEST 1234 5698 7654 32",
      "id 6fa459ea-ee8a-8ca4-894e-db77e160355e wamid.HBgLMTIwMjU1NTAxNDMVAgASGBQzQTdC Y3VzdG9tZXItNw== customer-7",
      #"{"tier":"a","items":[{"sku":1}],"b":{"note":"call 12025550143"},"all":["x@example.test",{"c":"{\"d\":1}"}]}"#,
      "2026-11-24T13:12:29.5+02:00", "1777676985123", "-12.345e+2", "https://ada@example.test:8/a/b?utm_x=1&q=2#f",
      "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/120.0.0.1 Safari/537.36", "::ffff:192.0.2.7",
    ]
    return treatments.indices.flatMap { number -> [[UInt8]] in
      texts.map { text in [UInt8(number)] + Array("customer-7\0+12025550143\0\(text)".utf8) }
    }
  }
}
