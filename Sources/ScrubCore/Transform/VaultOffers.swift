/// Tokens with their originals, on the way from a worker to the vault.
///
/// One run of bytes, so that a token costs no allocation. Holds originals in clear, as the blocks being read do, and
/// only until the vault holds them.
package struct VaultOffers: ~Copyable {
  private struct Item {
    let domain: Int
    let token, value: Range<Int>
  }

  private var bytes = ByteSink(capacity: 1024)
  private var items: [Item] = []
  /// The domains by number.
  package private(set) var domains: [String] = []

  package var isEmpty: Bool { items.isEmpty }

  /// Bytes of the offered tokens and originals.
  package var size: Int { bytes.count }

  /// The number of a domain, given on first use.
  mutating func number(of domain: String) -> Int {
    if let known = domains.firstIndex(of: domain) { return known }
    domains.append(domain)
    return domains.count - 1
  }

  mutating func add(
    token: borrowing ByteSink, from start: Int, domain: Int, _ value: borrowing RawSpan, _ range: Range<Int>
  ) {
    let place = bytes.count
    bytes.append(token.bytes, start..<token.count)
    let middle = bytes.count
    bytes.append(value, range)
    items.append(Item(domain: domain, token: place..<middle, value: middle..<bytes.count))
  }

  mutating func removeAll() {
    bytes.removeAll()
    items.removeAll(keepingCapacity: true)
  }

  /// Hands out each token once, in the order of their bytes, with its domain and the original that was offered first.
  ///
  /// The order is that of the vault's rows: its pages are each visited once.
  package func forEach<Failure: Error>(
    _ body: (_ token: [UInt8], _ domain: String, _ value: [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    var last: [UInt8] = []
    for index in order() {
      let item = items[index]
      let token = bytes.bytes.array(item.token)
      if token == last { continue }
      try body(token, domains[item.domain], bytes.bytes.array(item.value))
      last = token
    }
  }

  private func order() -> [Int] {
    unsafe bytes.withUnsafeBytes { bytes in
      items.indices.sorted { left, right in
        let (first, second) = unsafe (bytes[items[left].token], bytes[items[right].token])
        if unsafe first.lexicographicallyPrecedes(second) { return true }
        return unsafe left < right && first.elementsEqual(second)
      }
    }
  }
}
