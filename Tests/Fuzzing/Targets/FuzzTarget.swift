/// The ways by which a stranger's bytes come in. Each has a bench that takes any input and checks laws beside not
/// crashing.
package enum FuzzTarget: String, CaseIterable, Sendable {
  case avroBlock = "avro-block"
  case avroHeader = "avro-header"
  case jsonLine = "json-line"
  case document, policy, stream, glossary, text

  package func bench() throws -> any FuzzBench {
    switch self {
    case .avroBlock: try AvroBlockBench()
    case .avroHeader: try AvroHeaderBench()
    case .jsonLine: try JSONLineBench()
    case .document: try DocumentBench()
    case .policy: PolicyBench()
    case .stream: try StreamBench()
    case .glossary: GlossaryBench()
    case .text: try TextBench()
    }
  }

  /// Inputs to start from, made when they are asked for.
  package func seeds() throws -> [[UInt8]] {
    switch self {
    case .avroBlock: AvroBlockBench.seeds
    case .avroHeader: try AvroHeaderBench.seeds()
    case .jsonLine: try JSONLineBench.seeds()
    case .document: DocumentBench.seeds
    case .policy: PolicyBench.seeds
    case .stream: try StreamBench.seeds()
    case .glossary: GlossaryBench.seeds
    case .text: TextBench.seeds
    }
  }
}

/// Holds what a target needs for one input after the other.
package protocol FuzzBench: AnyObject {
  /// - Throws: `BrokenLaw`, or what should never be thrown.
  func check(_ input: [UInt8]) throws
}

/// What an input proved untrue.
package struct BrokenLaw: Error, CustomStringConvertible {
  package let description: String
}

func require(_ holds: Bool, _ law: String) throws(BrokenLaw) {
  if !holds { throw BrokenLaw(description: law) }
}
