/// The scalars of an array, and of arrays in it: what stands in a list where one value was meant.
struct JSONListItems {
  /// More are not read: a list of so many is of no one person, and joining them all would cost their square.
  static let limit = 64
  private let grammar: JSONGrammar
  private let readsWrappers: Bool
  private var item: JSONSpan
  private var position: Int
  private let end: Int
  /// Whether an object was passed over.
  private(set) var holdsObject = false
  private(set) var count = 0
  /// Whether there are more scalars than are read.
  var isCut: Bool { count > Self.limit }

  /// - Parameter list: an array that was scanned by the same grammar.
  init(of list: JSONSpan, _ grammar: JSONGrammar, readsWrappers: Bool) {
    self.grammar = grammar
    self.readsWrappers = readsWrappers
    item = list
    position = Int(list.start)
    end = Int(list.end)
  }

  /// The next scalar, in the slot and group of the list.
  mutating func next(_ bytes: borrowing RawSpan) -> JSONSpan? {
    while position < end {
      switch bytes[position] {
      case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), 0x20, 0x09, 0x0a, 0x0d: position &+= 1
      case UInt8(ascii: "{"):
        if let value = wrapped(bytes) { return value }
      case let first:
        let start = position
        var isEscaped = false
        // It was scanned before, so that nothing can be wrong with it.
        guard let shape = try? grammar.value(bytes, &position, first: first, isEscaped: &isEscaped, depth: 0) else { return nil }
        return scalar(start..<position, shape, isEscaped)
      }
    }
    return nil
  }

  private mutating func wrapped(_ bytes: borrowing RawSpan) -> JSONSpan? {
    if readsWrappers, let wrapper = JSONWrapper(bytes, at: position, grammar, depth: 0), wrapper.shape.isScalar {
      position = wrapper.end
      return scalar(wrapper.value, wrapper.shape, wrapper.isEscaped)
    }
    holdsObject = true
    if (try? grammar.otherValue(bytes, &position, first: bytes[position], depth: 0)) == nil { position = end }
    return nil
  }

  private mutating func scalar(_ value: Range<Int>, _ shape: JSONSpan.Shape, _ isEscaped: Bool) -> JSONSpan? {
    count += 1
    if isCut {
      position = end
      return nil
    }
    item.shape = shape
    item.isEscaped = isEscaped
    item.start = Int32(truncatingIfNeeded: value.lowerBound)
    item.end = Int32(truncatingIfNeeded: value.upperBound)
    return item
  }
}
