internal import ScrubArchive

/// What one command of a run in parts does: lay down what the parts are, or do one of them.
package enum Shard: Hashable, Sendable {
  case plan(parts: Int)
  /// - Parameter number: from 1.
  case part(_ number: Int, of: Int)

  /// The most parts that a run has.
  package static let limit = 100_000

  /// Reads `plan/N` or `K/N`.
  package init?(_ text: String) {
    let words = text.split(separator: "/", omittingEmptySubsequences: false)
    guard words.count == 2, let parts = Int(words[1]), (1...Self.limit).contains(parts) else { return nil }
    if words[0] == "plan" {
      self = .plan(parts: parts)
    } else if let number = Int(words[0]), (1...parts).contains(number) {
      self = .part(number, of: parts)
    } else {
      return nil
    }
  }

  var parts: Int {
    switch self {
    case .plan(let parts), .part(_, let parts): parts
    }
  }

  /// Deals files out, so that all parts have about as much to read. The same files give the same parts, in whatever order
  /// they were listed.
  ///
  /// - Returns: by part, the numbers of its files in their order.
  static func deal(_ files: [ArchiveFile], into parts: Int) -> [[Int]] {
    let order = files.indices.sorted { left, right in
      let (left, right) = (files[left], files[right])
      return left.size != right.size
        ? left.size > right.size : left.relative.utf8.lexicographicallyPrecedes(right.relative.utf8)
    }
    var dealt = [[Int]](repeating: [], count: parts)
    var least = LeastLoaded(count: parts)
    for number in order { dealt[least.add(files[number].size + fileCost)].append(number) }
    return dealt.map { $0.sorted() }
  }

  /// How many bytes might be read while a file is opened, and its output put in place.
  private static let fileCost = 64 << 10
}

/// The same of a run that looks for people: it goes in rounds, and is ended by the command that planned it.
package enum PeopleShard: Hashable, Sendable {
  case plan(parts: Int)
  /// - Parameter number: from 1.
  case part(_ number: Int, of: Int)
  case merge(parts: Int)

  /// Reads `plan/N`, `K/N` or `merge/N`.
  package init?(_ text: String) {
    let isMerge = text.hasPrefix("merge/")
    switch Shard(isMerge ? "plan/" + text.dropFirst("merge/".count) : text) {
    case .plan(let parts): self = isMerge ? .merge(parts: parts) : .plan(parts: parts)
    case .part(let number, let parts): self = .part(number, of: parts)
    case nil: return nil
    }
  }

  var parts: Int {
    switch self {
    case .plan(let parts), .part(_, let parts), .merge(let parts): parts
    }
  }
}

/// What a command came to that plans or ends a run of many machines.
package enum Shared<Result: Sendable>: Sendable {
  /// The parts have something to do.
  case round(PartDone)
  case result(Result)
}

/// Who has least to do: a heap of parts by what was added to each, then by number.
private struct LeastLoaded {
  private var loads: [Int]
  private var heap: [Int]

  init(count: Int) {
    loads = Array(repeating: 0, count: count)
    heap = Array(0..<count)
  }

  /// Gives a load to the part that has least, and returns which it is.
  mutating func add(_ load: Int) -> Int {
    let part = heap[0]
    loads[part] += load
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count && isLess(heap[child], heap[least]) { least = child }
      if least == place { return part }
      heap.swapAt(place, least)
      place = least
    }
  }

  private func isLess(_ left: Int, _ right: Int) -> Bool { (loads[left], left) < (loads[right], right) }
}
