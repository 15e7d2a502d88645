package import ScrubNative

/// What became of a text that was to be converted.
package enum ConversionOutcome: Sendable {
  case written, prehashed
  /// Empty or already redacted by Braze: stays.
  case left
  /// Cannot be converted: not UTF-8, no phone number, nothing left after normalising.
  case unfit
}

/// Makes other texts of texts for one worker: every treatment that is neither keeping nor removing.
package struct Converter: ~Copyable {
  private var pseudonymiser: Pseudonymiser
  private var sealer: Sealer

  /// - Parameter source: nothing where the policy has no key, and so no pseudonyms.
  package init(_ source: (any SubkeySource)?) {
    pseudonymiser = Pseudonymiser(source)
    sealer = Sealer(source)
  }

  /// One that makes no pseudonyms: what looks like one under the key id stays, and everything else is unfit. So a
  /// pass over what was scrubbed changes nothing, or shows where a clear value is.
  package init(recognising keyID: String) {
    pseudonymiser = Pseudonymiser(recognising: keyID)
    sealer = Sealer(recognising: keyID)
  }

  /// A treatment with all that is known before a value is seen: what the record loop uses.
  package enum Prepared: Sendable {
    case hash(Pseudonymiser.Prepared)
    case seal(Tokenising)
    case mask(Masking)
  }

  /// - Returns: nothing for a treatment that converts no texts.
  package mutating func prepare(_ treatment: Treatment) throws(NativeError) -> Prepared? {
    switch treatment {
    case .keep, .keepScalar, .redact, .drop: return nil
    case .hash(let hashing): return .hash(try pseudonymiser.prepare(hashing))
    case .tokenise(let tokenising):
      switch tokenising.store {
      case .vault: return .hash(try pseudonymiser.prepare(tokenising))
      case .sealed:
        try sealer.prepare()
        return .seal(tokenising)
      }
    case .mask(let masking): return .mask(masking)
    }
  }

  /// Finds where the result for a value is remembered, and asks for that memory: done for several values, then
  /// `append` for each.
  @inline(__always)
  mutating func find(_ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared) -> PseudonymCache.Place {
    switch prepared {
    case .hash(let hashing): pseudonymiser.find(value, range, hashing)
    case .seal, .mask: .none
    }
  }

  /// Appends what becomes of `value[range]` to `output`; appends nothing unless it was written.
  mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, at place: PseudonymCache.Place,
    to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    switch prepared {
    case .hash(let hashing): try pseudonymiser.append(value, range, hashing, at: place, to: &output)
    case .seal(let tokenising): try sealer.append(value, range, tokenising, to: &output)
    case .mask(let masking): masking.append(value, range, to: &output)
    }
  }

  package mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    switch prepared {
    case .hash(let hashing): try pseudonymiser.append(value, range, hashing, to: &output)
    case .seal(let tokenising): try sealer.append(value, range, tokenising, to: &output)
    case .mask(let masking): masking.append(value, range, to: &output)
    }
  }

  /// Appends what becomes of what a sink holds.
  mutating func append(
    _ value: borrowing ByteSink, _ prepared: Prepared, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    try append(value.bytes, 0..<value.count, prepared, to: &output)
  }
}
