/// Asks about every identity that leads anywhere, once however often it comes: for people who are known by something else
/// than their identities. One worker's, for all of its files.
package final class IdentityCollector {
  private let ask: ([Identity]) -> [Bool]
  /// Spellings that were met, each by a hash of its bytes that nobody can foresee.
  private var met: Set<Int> = []
  /// Those of them that stand for somebody.
  private var wanted: Set<Int> = []
  private var pending: [(spelling: Int, identity: Identity)] = []
  private var isWanted = false
  private var reader = IdentityReader()

  /// What stands for somebody, of all files.
  package private(set) var found: Set<Identity> = []

  /// So many are asked about at a time.
  private static let count = 4096
  /// So many spellings are remembered: those of more people are asked about again, and memory stays bounded.
  private static let limit = 1 << 20

  /// - Parameter ask: tells of each of some identities whether it stands for somebody who is looked for.
  package init(asking ask: @escaping ([Identity]) -> [Bool]) { self.ask = ask }

  func note(_ bytes: borrowing RawSpan, _ range: Range<Int>, _ kind: IdentityKind) {
    guard kind.leads, kind != .agentRequest else { return }
    var hasher = Hasher()
    hasher.combine(kind)
    unsafe bytes.extracting(range).withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    let spelling = hasher.finalize()
    if met.count >= Self.limit + wanted.count { met = wanted }
    guard met.insert(spelling).inserted else {
      if !wanted.isEmpty && wanted.contains(spelling) { isWanted = true }
      return
    }
    guard let identity = reader.read(bytes, range, kind) else { return }
    pending.append((spelling, identity))
    if pending.count >= Self.count { resolve() }
  }

  /// Whether the file that ends here holds somebody who is looked for.
  package func finishFile() -> Bool {
    resolve()
    defer { isWanted = false }
    return isWanted
  }

  private func resolve() {
    if pending.isEmpty { return }
    for (one, isKnown) in zip(pending, ask(pending.map(\.identity))) where isKnown {
      wanted.insert(one.spelling)
      found.insert(one.identity)
      isWanted = true
    }
    pending.removeAll(keepingCapacity: true)
  }
}
