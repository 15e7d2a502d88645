/// The texts of an array of texts: what stands in a list where one value was meant.
struct AvroListItems {
  /// How the texts of an array are told from null.
  struct Form {
    /// The branch of the texts in a union; -1 where the items are no union.
    fileprivate let textBranch: Int

    /// Nothing for what is no array of texts.
    init?(_ node: AvroProgram.Node, in nodes: [AvroProgram.Node]) {
      func isText(_ node: Int) -> Bool { if case .text = nodes[node] { true } else { false } }
      func isNull(_ node: Int) -> Bool { if case .null = nodes[node] { true } else { false } }
      guard case .array(let item) = node else { return nil }
      if isText(item) {
        textBranch = -1
      } else if case .union(let branches) = nodes[item], let text = branches.firstIndex(where: isText),
        branches.indices.allSatisfy({ $0 == text || isNull(branches[$0]) })
      {
        textBranch = text
      } else {
        return nil
      }
    }
  }

  private let form: Form
  private var position: Int
  private var left = 0
  private var count = 0
  /// Whether there are more texts than are read.
  var isCut: Bool { count > JSONListItems.limit }

  /// - Parameter start: where an array begins that was scanned already.
  init(_ form: Form, from start: Int) {
    self.form = form
    position = start
  }

  /// The bytes of the next text.
  mutating func next(_ block: borrowing RawSpan) -> Range<Int>? {
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
        if form.textBranch >= 0, try block.readVarint(&position) != form.textBranch { continue }
        count += 1
        if isCut { return nil }
        let length = try block.readVarint(&position)
        let start = position
        position = start &+ length
        return start..<position
      }
    } catch { return nil }
  }
}
