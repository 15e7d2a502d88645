import Foundation
import ScrubArchive
import ScrubCore

/// A JSON document: a byte for its form and the limit of its items, and the text.
///
/// Law: what stands between items, and the items, are the text up to where it is damaged.
final class DocumentBench: FuzzBench {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  func check(_ input: [UInt8]) throws {
    guard let choice = input.first else { return }
    let text = Array(input.dropFirst())
    if !text.isEmpty { _ = unsafe JSONForm.of(text.span.bytes, from: 0, isWhole: choice & 2 == 0) }
    let path = scratch.path + "/document"
    try Data(text).write(to: URL(filePath: path))
    var file = try InputFile.open(path: path, digestKey: nil)
    var items = JSONItems(isArray: choice & 1 == 0, limit: choice & 4 == 0 ? 1 << 20 : 64)
    var position = 0
    while true {
      switch try items.next(&file) {
      case .item(let lead, let count):
        try require(count > 0 && count <= items.limit, "an item is within the limit")
        try take(lead + count, text, &position, &file)
      case .tooLong(let lead):
        try take(lead, text, &position, &file)
        var count = 0
        try items.passOver(&file) { count += $0.byteCount }
        try require(count > items.limit, "an item within the limit is not passed over")
        position += count
      case .end(let tail):
        try take(tail, text, &position, &file)
        return try require(position == text.count, "a document ends where the file does")
      case .damaged: return
      }
    }
  }

  private func take(_ count: Int, _ text: [UInt8], _ position: inout Int, _ file: inout InputFile) throws {
    let start = position
    let isSame = file.withWindow { bytes in
      bytes.byteCount >= count && (0..<count).allSatisfy { bytes.byte(at: $0) == text[start + $0] }
    }
    try require(isSame, "what is read is the text")
    file.consume(count)
    position += count
  }

  static var seeds: [[UInt8]] {
    let texts = [
      "[]", "[ {\"a\": [1, \"]\"]} ,\n {}\n]\n", "{\n \"a\": 1\n}\n{}", "{\"events\":[{\"a\":\"\\\"\"}]}", "[1, null, \"x\"]",
      "[{\"a\":\"" + String(repeating: "x", count: 100) + "\"},{}]",
    ]
    return texts.flatMap { text in (0..<8 as Range<UInt8>).map { [$0] + Array(text.utf8) } }
  }
}
