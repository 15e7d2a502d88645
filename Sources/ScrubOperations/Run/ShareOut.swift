internal import Synchronization

/// Has workers take numbers from a list, each once and in its order, until there is none or somebody interrupts.
///
/// - Parameters:
///   - jobs: workers; never more than numbers.
///   - make: makes what a worker keeps for all its numbers.
/// - Returns: what came of each number that was taken, in no order.
func shareOut<Worker, Result: Sendable>(
  _ numbers: [Int], jobs: Int, _ interrupt: Interrupt, worker make: @escaping @Sendable () -> Worker,
  _ work: @escaping @Sendable (Worker, Int) async -> Result
) async -> [(Int, Result)] {
  let counter = Counter()
  return await withTaskGroup(of: [(Int, Result)].self) { group in
    for _ in 0..<max(1, min(jobs, numbers.count)) {
      group.addTask {
        let worker = make()
        var results: [(Int, Result)] = []
        while !interrupt.isSet {
          let place = counter.next.add(1, ordering: .relaxed).oldValue
          guard place < numbers.count else { break }
          results.append((numbers[place], await work(worker, numbers[place])))
        }
        return results
      }
    }
    var all: [(Int, Result)] = []
    for await part in group { all += part }
    return all
  }
}

private final class Counter: Sendable {
  let next = Atomic<Int>(0)
}
