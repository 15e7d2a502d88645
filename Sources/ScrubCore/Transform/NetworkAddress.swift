/// An address of the Internet Protocol in its text form (RFC 4291 section 2.2, RFC 5952).
struct NetworkAddress {
  /// The sixteen bytes of IPv6; of IPv4 the last four.
  private var high: UInt64 = 0
  private var low: UInt64 = 0
  let isVersion4: Bool
  /// Whether an IPv6 address holds one of IPv4 and writes it with dots.
  private var isMapped = false

  /// - Returns: nothing for any other text.
  init?(_ text: borrowing RawSpan, _ range: Range<Int>) {
    guard range.count <= 45 else { return nil }
    if let address = Self.version4(text, range) {
      isVersion4 = true
      low = UInt64(address)
      return
    }
    isVersion4 = false
    guard parseVersion6(text, range) else { return nil }
  }

  /// Four numbers up to 255 in decimal digits, without leading zeros.
  static func version4(_ text: borrowing RawSpan, _ range: Range<Int>) -> UInt32? {
    guard (7...15).contains(range.count) else { return nil }
    var address: UInt32 = 0
    var index = range.lowerBound
    for octet in 0..<4 {
      if octet > 0 {
        guard index < range.upperBound, text[index] == UInt8(ascii: ".") else { return nil }
        index += 1
      }
      let first = index
      var number: UInt32 = 0
      while index < range.upperBound && index - first < 3 && text[index] &- 0x30 < 10 {
        number = number * 10 + UInt32(text[index] &- 0x30)
        index += 1
      }
      guard index > first, number < 256, index == first + 1 || text[first] != 0x30 else { return nil }
      address = address << 8 | number
    }
    return index == range.upperBound ? address : nil
  }

  private mutating func parseVersion6(_ text: borrowing RawSpan, _ range: Range<Int>) -> Bool {
    var groups: (UInt64, UInt64) = (0, 0)
    var count = 0
    /// Groups in front of `::`, or -1 without one.
    var gap = -1
    func add(_ group: UInt64) {
      groups.0 = groups.0 << 16 | groups.1 >> 48
      groups.1 = groups.1 << 16 | group
      count += 1
    }
    var index = range.lowerBound
    if startsGap(text, index, range) {
      gap = 0
      index += 2
    }
    while index < range.upperBound {
      let first = index
      var number: UInt64 = 0
      while index < range.upperBound && index - first < 5, let digit = hexDigit(text[index]) {
        number = number << 4 | UInt64(digit)
        index += 1
      }
      if index > first && index < range.upperBound && text[index] == UInt8(ascii: ".") {
        guard let address = Self.version4(text, first..<range.upperBound), count <= 6 else { return false }
        add(UInt64(address >> 16))
        add(UInt64(address & 0xffff))
        isMapped = true
        index = range.upperBound
        break
      }
      guard index > first, index - first <= 4, count < 8 else { return false }
      add(number)
      guard index < range.upperBound else { break }
      guard text[index] == UInt8(ascii: ":") else { return false }
      if startsGap(text, index, range) {
        guard gap < 0 else { return false }
        gap = count
        index += 2
      } else {
        index += 1
        guard index < range.upperBound else { return false }
      }
    }
    guard gap >= 0 ? count < 8 : count == 8 else { return false }
    // The groups behind the gap are at the end; those in front of it move to the front.
    let behind = gap < 0 ? 0 : count - gap
    (high, low) = gap < 0 ? groups : Self.spread(groups, behind: behind, zeros: 8 - count)
    return true
  }

  private static func spread(_ groups: (UInt64, UInt64), behind: Int, zeros: Int) -> (UInt64, UInt64) {
    var result: (UInt64, UInt64) = (0, 0)
    for place in 0..<8 {
      // `place` counts groups from the end.
      let source = place < behind ? place : place - zeros
      guard place < behind || place >= behind + zeros, source < 8 else { continue }
      let group = (source < 4 ? groups.1 >> UInt64(16 * source) : groups.0 >> UInt64(16 * (source - 4))) & 0xffff
      if place < 4 { result.1 |= group << UInt64(16 * place) } else { result.0 |= group << UInt64(16 * (place - 4)) }
    }
    return result
  }

  private func startsGap(_ text: borrowing RawSpan, _ index: Int, _ range: Range<Int>) -> Bool {
    index + 1 < range.upperBound && text[index] == UInt8(ascii: ":") && text[index + 1] == UInt8(ascii: ":")
  }

  private func hexDigit(_ byte: UInt8) -> UInt8? {
    if byte &- 0x30 < 10 { return byte - 0x30 }
    return (byte | 0x20) &- 0x61 < 6 ? (byte | 0x20) - 0x61 + 10 : nil
  }

  // MARK: networks

  /// Appends the first address of the network that an address lies in.
  ///
  /// - Parameter bits: of the network's prefix in IPv4, 0 to 32; in IPv6 twice as many, but all of a mapped IPv4 address's
  ///   own.
  /// - Returns: false for a text that is no address.
  static func append(_ text: borrowing RawSpan, _ range: Range<Int>, bits: Int, to output: inout ByteSink) -> Bool {
    guard var address = NetworkAddress(text, range) else { return false }
    let isOfVersion4 = address.isVersion4 || (address.isMapped && address.high == 0)
    // The addresses of 6to4 (RFC 3056) hold one of IPv4 behind 2002.
    let isOf6to4 = !address.isVersion4 && address.high >> 48 == 0x2002
    address.keep(isOfVersion4 ? 96 + bits : isOf6to4 ? 16 + bits : 2 * bits)
    address.append(to: &output)
    return true
  }

  /// Sets all bits behind the first `bits` to zero.
  private mutating func keep(_ bits: Int) {
    high &= bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))
    low &= bits >= 128 ? .max : bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
  }

  private func append(to output: inout ByteSink) {
    if isVersion4 { return appendVersion4(to: &output) }
    let groups = (0..<8).map { (place: Int) -> UInt64 in
      let half = place < 4 ? high : low
      return half >> UInt64(16 * (3 - place % 4)) & 0xffff
    }
    let gap = Self.longestGap(isMapped ? Array(groups[..<6]) : groups)
    var place = 0
    let end = isMapped ? 6 : 8
    while place < end {
      if place == gap.lowerBound && gap.count > 1 {
        output.append(UInt8(ascii: ":"))
        output.append(UInt8(ascii: ":"))
        place = gap.upperBound
        continue
      }
      if place > 0 && (place != gap.upperBound || gap.count < 2) { output.append(UInt8(ascii: ":")) }
      output.append(Array(String(groups[place], radix: 16).utf8))
      place += 1
    }
    guard isMapped else { return }
    if gap.upperBound != 6 || gap.count < 2 { output.append(UInt8(ascii: ":")) }
    appendVersion4(to: &output)
  }

  private func appendVersion4(to output: inout ByteSink) {
    for octet in 0..<4 {
      if octet > 0 { output.append(UInt8(ascii: ".")) }
      output.appendDecimal(low >> UInt64(8 * (3 - octet)) & 0xff, width: 1)
    }
  }

  /// The first of the longest runs of zeros.
  private static func longestGap(_ groups: [UInt64]) -> Range<Int> {
    var best = 0..<0
    var start = 0
    for place in 0...groups.count where place == groups.count || groups[place] != 0 {
      if place - start > best.count { best = start..<place }
      start = place + 1
    }
    return best
  }
}
