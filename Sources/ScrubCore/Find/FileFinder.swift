package import ScrubNative

/// Finds people in the events of files: the whole of one worker's memory for a search. Never leaves its task.
package struct FileFinder: ~Copyable {
  private var finder: EventFinder
  private var avro: [AvroFinderBox] = []
  private var json: [JSONFinderBox] = []

  package init(_ watch: WatchList) { finder = EventFinder(watch) }

  /// Has sealed tokens found by what they hold, too.
  package mutating func openTokens(with keys: [any SubkeySource]) throws(NativeError) {
    try finder.openTokens(with: keys)
  }

  /// Has every identity told to somebody.
  package mutating func collect(for collector: IdentityCollector) { finder.collect(for: collector) }

  /// - Returns: a number for `runBlock`.
  package mutating func add(_ plan: AvroFindPlan) -> Int {
    avro.append(AvroFinderBox(plan))
    return avro.count - 1
  }

  /// - Returns: a number for `runLines` and `runItem`.
  package mutating func add(_ plan: JSONFindPlan) -> Int {
    json.append(JSONFinderBox(plan))
    return json.count - 1
  }

  /// - Parameter filter: to be filled with the identities of the file.
  package mutating func startFile(filter: IdentityFilter?) { finder.startFile(filter: filter) }

  package mutating func startJSON(_ plan: Int, isDocument: Bool) { json[plan].finder.startFile(isDocument: isDocument) }

  /// Looks through one block of records.
  ///
  /// - Parameters:
  ///   - number: of the block in its file, from 0.
  ///   - offset: of the block in its file.
  /// - Throws: `RecordError` when the block is damaged.
  package mutating func runBlock(
    _ block: borrowing RawSpan, recordCount: Int, number: Int, offset: Int, plan: Int
  ) throws(RecordError) {
    try avro[plan].finder.run(block, recordCount: recordCount, number: number, offset: offset, &finder)
  }

  /// Looks through whole lines, and returns those that could not be read.
  package mutating func runLines(_ bytes: borrowing RawSpan, offset: Int, plan: Int) -> [Withheld] {
    json[plan].finder.run(bytes, offset: offset, &finder)
    return json[plan].finder.damaged
  }

  /// Looks through one item of a document, and returns what is wrong with it.
  package mutating func runItem(_ bytes: borrowing RawSpan, offset: Int, plan: Int) -> RecordError.Code? {
    json[plan].finder.runItem(bytes, offset: offset, &finder)
  }

  /// Counts a line or item that was too long to be handed in, and returns its number, from 1.
  package mutating func passOver(plan: Int) -> Int {
    json[plan].finder.passOver()
    return json[plan].finder.lineCount
  }

  package mutating func finishFile() -> FileFindings { finder.finishFile() }

  /// What the events carry that were noted so far.
  package var carriers: [Carrier] { finder.book.carriers }

  package consuming func finish() -> SightingBook { finder.book }
}

/// A class, because a finder cannot be copied and a list of them is needed.
private final class AvroFinderBox {
  var finder: AvroFinder
  init(_ plan: AvroFindPlan) { finder = AvroFinder(plan) }
}

private final class JSONFinderBox {
  var finder: JSONFinder
  init(_ plan: JSONFindPlan) { finder = JSONFinder(plan) }
}
