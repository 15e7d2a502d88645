package import ScrubNative

/// What became of a text that was to be converted.
package enum ConversionOutcome: Hashable, Sendable {
  case written, prehashed
  /// Empty or already redacted by Braze: stays.
  case left
  /// What would be made already, where nothing is made: stays.
  case made
  /// Cannot be converted: not UTF-8, no phone number, nothing left after normalising.
  case unfit
  /// No other text is made of such a value: it is kept, redacted or dropped.
  case unconverted(Treatment.Way)
}

/// Makes other values of values for one worker: every treatment that is neither keeping nor removing.
package struct Converter: ~Copyable {
  private var pseudonymiser: Pseudonymiser
  private var sealer: Sealer
  private var contact = NormalValue()
  /// Whether nothing is made, and only told what was made already.
  private let isRecogniser: Bool
  var scanner = TextScan()
  var json = JSONText()
  /// Whether the last value that may be an address or a number was treated as a number.
  package private(set) var tookNumber = false
  /// The identifiers of the event at hand, for searches of its texts.
  package var known = KnownValues()

  /// - Parameter source: nothing where the policy has no key, and so no pseudonyms.
  package init(_ source: (any SubkeySource)?) {
    pseudonymiser = Pseudonymiser(source)
    sealer = Sealer(source)
    isRecogniser = false
  }

  /// One that makes no pseudonyms: what looks like one under the key id stays, and everything else is unfit. So a
  /// pass over what was scrubbed changes nothing, or shows where a clear value is.
  package init(recognising keyID: String) {
    pseudonymiser = Pseudonymiser(recognising: keyID)
    sealer = Sealer(recognising: keyID)
    isRecogniser = true
  }

  /// Bytes of the tokens and originals that no vault holds yet.
  package var offeredSize: Int { pseudonymiser.offers.size }

  /// Lets `body` have a vault hold what was offered, and forgets it then; what could not be stored stays on offer, for
  /// its tokens are remembered.
  package mutating func handOver<Failure: Error>(
    _ body: (borrowing VaultOffers) throws(Failure) -> Void
  ) throws(Failure) {
    if pseudonymiser.offers.isEmpty { return }
    try body(pseudonymiser.offers)
    pseudonymiser.removeOffers()
  }

  /// A treatment with all that is known before a value is seen: what the record loop uses.
  package struct Prepared: Sendable {
    let form: Form
    /// Whether the identifiers of the event must be in `known`.
    let needsKnown: Bool
  }

  enum Form: Sendable {
    case hash(Pseudonymiser.Prepared)
    case seal(Tokenising)
    case mask(Masking)
    case generalise(Generalising)
    case scan(TextScan.Prepared)
    case json(JSONText.Prepared)
    case contact(Contact)
  }

  /// What is done with addresses, and what with numbers.
  struct Contact: Sendable {
    let email, phone: Part
    /// Of what may be either, for it was hashed already, and of what is neither: whether numbers are treated more strictly.
    let isNumberStricter: Bool

    struct Part: Sendable {
      let way: Treatment.Way
      /// One, where other texts are made.
      let conversion: [Prepared]
    }
  }

  /// - Returns: nothing for a treatment that converts no values.
  package mutating func prepare(_ treatment: Treatment) throws(NativeError) -> Prepared? {
    guard let form = try form(of: treatment) else { return nil }
    return Prepared(form: form, needsKnown: treatment.needsKnown)
  }

  private mutating func form(of treatment: Treatment) throws(NativeError) -> Form? {
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
    case .generalise(let generalising): return .generalise(generalising)
    case .scan(let scanning): return .scan(try TextScan.prepare(scanning, &pseudonymiser))
    case .json(let members):
      var conversions: [Prepared?] = []
      for treatment in members.treatments { conversions.append(try prepare(treatment)) }
      return .json(JSONText.Prepared(nodes: members.nodes, treatments: members.treatments, conversions: conversions))
    case .contact(let email, let phone):
      let (address, number) = (try part(email), try part(phone))
      return .contact(
        Contact(email: address, phone: number, isNumberStricter: phone.strictness > email.strictness))
    }
  }

  private mutating func part(_ treatment: Treatment) throws(NativeError) -> Contact.Part {
    Contact.Part(way: treatment.way, conversion: try prepare(treatment).map { [$0] } ?? [])
  }

  /// Finds where the pseudonym of a value is remembered, and asks for that memory: done for several values, then
  /// `append` for each.
  @inline(__always)
  mutating func find(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ hashing: Pseudonymiser.Prepared
  ) -> PseudonymCache.Place {
    pseudonymiser.find(value, range, hashing)
  }

  /// Appends the pseudonym of `value[range]` to `output`; appends nothing unless it was written.
  @inline(__always)
  mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ hashing: Pseudonymiser.Prepared, at place: PseudonymCache.Place,
    to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    try pseudonymiser.append(value, range, hashing, at: place, to: &output)
  }

  /// Appends what becomes of `value[range]` to `output`; appends nothing unless it was written.
  package mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ prepared: Prepared, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    switch prepared.form {
    case .hash(let hashing): try pseudonymiser.append(value, range, hashing, to: &output)
    case .seal(let tokenising): try sealer.append(value, range, tokenising, to: &output)
    case .mask(let masking): masking.append(value, range, to: &output)
    case .generalise(let generalising): generalising.append(value, range, to: &output)
    case .scan(let scan): try scanner.append(value, range, scan, known: &known, &pseudonymiser, to: &output)
    case .json(let members): try append(value, range, members, to: &output)
    case .contact(let contact): try append(value, range, contact, to: &output)
    }
  }

  /// What looks like neither is unfit, or goes where one of the two does.
  private mutating func append(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ contact: Contact, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    tookNumber = false
    if isLeftAlone(value, range) { return .left }
    let kind = self.contact.take(value, range, .channel, findsDigests: true)
    // What was made of an address or a number may look like neither, or like the other.
    if isRecogniser {
      if try isMade(value, range, contact.email, kind) { return .made }
      tookNumber = try isMade(value, range, contact.phone, kind)
      if tookNumber { return .made }
    }
    switch kind {
    case .plain: tookNumber = false
    case .phone: tookNumber = true
    case .digest, nil: tookNumber = contact.isNumberStricter
    }
    let part = tookNumber ? contact.phone : contact.email
    if kind == nil { return part.way == .drop || part.way == .redact ? .unconverted(part.way) : .unfit }
    guard let conversion = part.conversion.first else { return .unconverted(part.way) }
    return try append(value, range, conversion, to: &output)
  }

  /// Whether a value is what a conversion makes: a pseudonym or a mask, or a text without any contact.
  private mutating func isMade(
    _ value: borrowing RawSpan, _ range: Range<Int>, _ part: Contact.Part, _ kind: NormalValue.Kind?
  ) throws(NativeError) -> Bool {
    guard let conversion = part.conversion.first else { return false }
    switch conversion.form {
    case .hash, .seal, .mask: break
    case .generalise, .scan, .json, .contact: if kind != nil { return false }
    }
    var made = ByteSink()
    switch try append(value, range, conversion, to: &made) {
    case .left, .made: return true
    case .written: return value.equals(range, made.bytes)
    case .prehashed, .unfit, .unconverted: return false
    }
  }

  /// Appends what becomes of what a sink holds.
  mutating func append(
    _ value: borrowing ByteSink, _ prepared: Prepared, to output: inout ByteSink
  ) throws(NativeError) -> ConversionOutcome {
    try append(value.bytes, 0..<value.count, prepared, to: &output)
  }
}

extension Converter.Prepared {
  /// Whether the result may hold quotes or signs that JSON escapes, even where the value holds none that is escaped.
  var mayNeedEscapes: Bool { if case .json = form { true } else { false } }

  /// The pseudonym where the treatment is one of whole values: what the record loop meets most, and copies without
  /// counting references.
  var hashing: Pseudonymiser.Prepared? { if case .hash(let hashing) = form { hashing } else { nil } }

  /// The coarser value where the treatment is one of numbers too.
  var generalising: Generalising? { if case .generalise(let generalising) = form { generalising } else { nil } }
}
