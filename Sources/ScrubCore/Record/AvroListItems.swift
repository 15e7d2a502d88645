/// The texts and numbers of an array of such: what stands in a list where one value was meant.
struct AvroListItems {
  /// What an item is.
  fileprivate enum Kind { case text, number, null }

  /// How the items of an array are read.
  struct Form {
    /// By branch of their union; of the only kind where the items are no union.
    fileprivate let kinds: [Kind]
    fileprivate let isUnion: Bool

    /// Nothing for what is no array of texts and whole numbers.
    init?(_ node: AvroProgram.Node, in nodes: [AvroProgram.Node]) {
      guard case .array(let item) = node else { return nil }
      let branches: [Int]
      if case .union(let several) = nodes[item] { (branches, isUnion) = (several, true) } else { (branches, isUnion) = ([item], false) }
      var kinds: [Kind] = []
      for branch in branches {
        switch nodes[branch] {
        case .text: kinds.append(.text)
        case .int, .long: kinds.append(.number)
        case .null where isUnion: kinds.append(.null)
        default: return nil
        }
      }
      self.kinds = kinds
    }
  }

  /// An item: its bytes, and whether they spell a whole number as Avro does.
  struct Item {
    let range: Range<Int>
    let isNumber: Bool
  }

  private let form: Form
  private var position: Int
  private var left = 0
  private var count = 0
  /// Whether there are more items than are read.
  var isCut: Bool { count > JSONListItems.limit }

  /// - Parameter start: where an array begins that was scanned already.
  init(_ form: Form, from start: Int) {
    self.form = form
    position = start
  }

  /// The next item that is not null.
  mutating func next(_ block: borrowing RawSpan) -> Item? {
    // It was scanned before, so that nothing can be wrong with it.
    do throws(RecordError) {
      while true {
        if left == 0 {
          let count = try block.readVarint(&position)
          if count == 0 { return nil }
          // A negative count is followed by the size in bytes.
          if count < 0 { _ = try block.readVarint(&position) }
          left = Int(count.magnitude)
        }
        left &-= 1
        let branch = form.isUnion ? try block.readVarint(&position) : 0
        guard form.kinds.indices.contains(branch) else { return nil }
        if form.kinds[branch] == .null { continue }
        count += 1
        if isCut { return nil }
        var start = position
        let length = try block.readVarint(&position)
        let isNumber = form.kinds[branch] == .number
        if !isNumber {
          start = position
          position = start &+ length
        }
        return Item(range: start..<position, isNumber: isNumber)
      }
    } catch { return nil }
  }
}
