package import ScrubNative

/// The text of a keyring with its keys taken out, so that what reads it, and copies texts about, never sees one.
///
/// Every word too long for an id, a day or a check value is replaced by its number, written with as many digits as the
/// word has letters: a word that long in `text` was put there, whatever stood in the file, and places stay.
package struct HiddenKeys {
  /// The text without keys.
  package private(set) var text: [UInt8] = []
  private var places: [Range<Int>] = []
  private let whole: SecretBytes

  /// The longest word that stays; keys have 44 letters at least.
  private static let shown = 20

  package init(in whole: SecretBytes) {
    self.whole = whole
    unsafe whole.withBytes { bytes in
      var start = 0
      for index in 0...bytes.count {
        if unsafe index < bytes.count && Self.isPartOfKey(bytes[index]) { continue }
        unsafe append(bytes, start..<index)
        if index < bytes.count { unsafe text.append(bytes[index]) }
        start = index + 1
      }
    }
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer, _ word: Range<Int>) {
    guard word.count > Self.shown else {
      for index in word { unsafe text.append(bytes[index]) }
      return
    }
    let number = Array(String(places.count).utf8)
    text += Array(repeating: 0x30, count: word.count - number.count) + number
    places.append(word)
  }

  /// Letters of base64 and hex, and the colon of their prefixes.
  private static func isPartOfKey(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5a, 0x61...0x7a, 0x2f...0x3a, 0x2b, 0x3d: true
    default: false
    }
  }

  /// The text of the key that a word stands for; nothing for a word that stands for itself.
  package func key(for word: String) -> SecretBytes? {
    guard word.utf8.count > Self.shown, word.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(word),
      places.indices.contains(number)
    else { return nil }
    return unsafe whole.withBytes { bytes in
      unsafe SecretBytes(count: places[number].count) { memory in
        unsafe memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[places[number]]))
      }
    }
  }
}
