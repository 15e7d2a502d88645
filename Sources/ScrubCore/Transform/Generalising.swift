/// A coarser value of the same kind and type: everything that is known before a value is seen.
///
/// A value that is coarse already gives itself again, so what was generalised is left alone by a second pass.
package struct Generalising: Hashable, Sendable {
  package enum Target: Hashable, Sendable {
    /// The start of the hour, day, week, month or year.
    case time(TimeStep)
    /// The network of an address: as many bits of IPv4, twice as many of IPv6.
    case network(bits: Int)
    /// Scheme, host and port of a URL.
    case host
    /// A URL without its query and fragment, but for the query parameters that one of the patterns names.
    case path(query: [Glob])
    /// The lower end of a number's bucket.
    case bucket(NumberBucket)
    /// The family of a user agent.
    case family
  }

  package let target: Target

  package init(_ target: Target) { self.target = target }

  /// Whether numbers can be made coarser.
  package var fitsNumbers: Bool {
    switch target {
    case .time, .bucket: true
    case .network, .host, .path, .family: false
    }
  }

  // MARK: texts

  /// Appends the coarser text of `value[range]`; what is none of the kind is unfit.
  func append(_ value: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) -> ConversionOutcome {
    if isLeftAlone(value, range) { return .left }
    guard isUTF8(value, range) else { return .unfit }
    let before = output.count
    let trimmed = trim(value, range)
    let isWritten =
      switch target {
      case .time(let step): step.append(value, trimmed, to: &output)
      case .network(let bits): NetworkAddress.append(value, trimmed, bits: bits, to: &output)
      case .host: WebAddress.append(value, trimmed, query: nil, to: &output)
      case .path(let query): WebAddress.append(value, trimmed, query: query, to: &output)
      case .bucket(let bucket): bucket.append(value, trimmed, to: &output)
      case .family: UserAgent.append(value, trimmed, to: &output)
      }
    if isWritten { return .written }
    output.removeLast(output.count - before)
    return .unfit
  }

  // MARK: numbers

  /// Appends the coarser number as JSON spells it.
  func appendNumber(_ text: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) -> Bool {
    switch target {
    case .bucket(let bucket): return bucket.append(text, range, to: &output)
    case .time(let step):
      guard let whole = DecimalNumber(text, range)?.floor(decimals: 0), let start = step.start(of: whole, .guess) else {
        return false
      }
      if start < 0 { output.append(UInt8(ascii: "-")) }
      output.appendDecimal(UInt64(start.magnitude), width: 1)
      return true
    case .network, .host, .path, .family: return false
    }
  }

  /// The coarser whole number; nothing where the target is none of numbers or the result would not fit.
  func number(_ number: Int, unit: TimeUnit) -> Int? {
    switch target {
    case .time(let step): step.start(of: number, unit)
    case .bucket(let bucket): bucket.start(of: number)
    case .network, .host, .path, .family: nil
    }
  }

  /// The coarser number.
  ///
  /// - Parameter rounded: the number of the type at hand that is nearest to one.
  func number(_ number: Double, rounded: (Double) -> Double) -> Double? {
    switch target {
    case .time(let step):
      guard let whole = Int(exactly: number.rounded(.down)), let start = step.start(of: whole, .guess) else { return nil }
      return rounded(Double(start))
    case .bucket(let bucket): return bucket.start(of: number, rounded: rounded)
    case .network, .host, .path, .family: return nil
    }
  }
}

/// Buckets of one width that start at multiples of it. The width is a decimal number, so that texts are exact.
package struct NumberBucket: Hashable, Sendable {
  /// The width is `digits / 10^decimals`.
  package let digits: Int
  package let decimals: Int

  package static let digitsLimit = 1_000_000_000
  package static let decimalsLimit = 9

  /// Reads a positive decimal number such as `10` or `0.25`.
  package init?(_ text: String) {
    var (digits, decimals, hasPoint) = (0, 0, false)
    for byte in text.utf8 {
      if byte == UInt8(ascii: ".") && !hasPoint {
        hasPoint = true
      } else if byte &- 0x30 < 10 && digits <= Self.digitsLimit {
        digits = digits * 10 + Int(byte &- 0x30)
        if hasPoint { decimals += 1 }
      } else {
        return nil
      }
    }
    guard (1...Self.digitsLimit).contains(digits), decimals <= Self.decimalsLimit else { return nil }
    while decimals > 0 && digits % 10 == 0 {
      digits /= 10
      decimals -= 1
    }
    self.digits = digits
    self.decimals = decimals
  }

  /// The width as decimal text.
  package var text: String {
    guard decimals > 0 else { return String(digits) }
    let text = String(repeating: "0", count: max(0, decimals + 1 - String(digits).count)) + String(digits)
    return text.dropLast(decimals) + "." + text.suffix(decimals)
  }

  func start(of number: Int) -> Int? {
    guard decimals == 0 else { return nil }
    let start = floorDivide(number, digits).multipliedReportingOverflow(by: digits)
    return start.overflow ? nil : start.partialValue
  }

  /// - Parameter rounded: the number nearest to one in the type of the data.
  func start(of number: Double, rounded: (Double) -> Double) -> Double? {
    let scaled = number * Double(Self.power(decimals)) / Double(digits)
    guard scaled.magnitude < 9e15 else { return nil }
    // What is a start already, as well as the type can say it, stays one.
    let nearest = start(bucket: scaled.rounded())
    if rounded(nearest) == number { return number }
    return rounded(start(bucket: scaled.rounded(.down)))
  }

  private func start(bucket: Double) -> Double { bucket * Double(digits) / Double(Self.power(decimals)) }

  /// A number as JSON spells it, of up to 18 digits; the result has as many decimals as the width.
  func append(_ text: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) -> Bool {
    guard let number = DecimalNumber(text, range), let scaled = number.floor(decimals: decimals) else { return false }
    let start = floorDivide(scaled, digits).multipliedReportingOverflow(by: digits)
    // What is written can be read again.
    guard !start.overflow, start.partialValue.magnitude < DecimalNumber.limit else { return false }
    if start.partialValue < 0 { output.append(UInt8(ascii: "-")) }
    let magnitude = start.partialValue.magnitude
    let power = UInt(Self.power(decimals))
    output.appendDecimal(UInt64(magnitude / power), width: 1)
    if decimals > 0 {
      output.append(UInt8(ascii: "."))
      output.appendDecimal(UInt64(magnitude % power), width: decimals)
    }
    return true
  }

  fileprivate static func power(_ exponent: Int) -> Int {
    var power = 1
    for _ in 0..<exponent { power *= 10 }
    return power
  }
}

/// A decimal number of up to 18 digits, or of 19 that are no more than a whole number of 64 bits: `digits * 10^exponent`.
struct DecimalNumber {
  private var digits = 0
  private var exponent = 0

  /// The least number of more digits.
  static let limit: UInt = 1_000_000_000_000_000_000

  /// - Returns: nothing for what is no number of JSON (RFC 8259 section 6), or has more digits or a wider exponent.
  init?(_ text: borrowing RawSpan, _ range: Range<Int>) {
    var index = range.lowerBound
    let end = range.upperBound
    let isNegative = index < end && text[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    var (count, significant, hasPoint) = (0, 0, false)
    while index < end {
      let byte = text[index]
      if byte == UInt8(ascii: ".") && !hasPoint && count > 0 {
        hasPoint = true
      } else if byte &- 0x30 < 10 {
        count += 1
        if digits > 0 || byte != 0x30 { significant += 1 }
        let shifted = digits.multipliedReportingOverflow(by: 10)
        let sum = shifted.partialValue.addingReportingOverflow(Int(byte &- 0x30))
        guard significant <= 19, !shifted.overflow, !sum.overflow else { return nil }
        digits = sum.partialValue
        if hasPoint { exponent -= 1 }
      } else {
        break
      }
      index += 1
    }
    guard count > 0, !(hasPoint && text[index - 1] == UInt8(ascii: ".")) else { return nil }
    if index < end {
      guard text[index] | 0x20 == UInt8(ascii: "e"), let power = Self.power(text, (index + 1)..<end) else { return nil }
      exponent += power
    }
    if isNegative { digits = -digits }
  }

  private static func power(_ text: borrowing RawSpan, _ range: Range<Int>) -> Int? {
    guard let first = range.first else { return nil }
    let hasSign = text[first] == UInt8(ascii: "-") || text[first] == UInt8(ascii: "+")
    let digits = (first + (hasSign ? 1 : 0))..<range.upperBound
    guard (1...3).contains(digits.count) else { return nil }
    var power = 0
    for index in digits {
      guard text[index] &- 0x30 < 10 else { return nil }
      power = power * 10 + Int(text[index] &- 0x30)
    }
    return text[first] == UInt8(ascii: "-") ? -power : power
  }

  /// The number, where it is a whole one.
  var whole: Int? {
    guard let whole = floor(decimals: 0) else { return nil }
    return exponent >= 0 || digits == 0 || exponent > -19 && whole * NumberBucket.power(-exponent) == digits ? whole : nil
  }

  /// The largest whole number of `10^-decimals` that is no greater; nothing where it has more than 18 digits.
  func floor(decimals: Int) -> Int? {
    let shift = exponent + decimals
    if shift >= 0 {
      guard shift <= 18 else { return digits == 0 ? 0 : nil }
      let scaled = digits.multipliedReportingOverflow(by: NumberBucket.power(shift))
      return scaled.overflow ? nil : scaled.partialValue
    }
    if shift < -18 { return digits < 0 ? -1 : 0 }
    return floorDivide(digits, NumberBucket.power(-shift))
  }
}
