/// What names may look like in additions, so that lists, paths and messages stay readable.
package enum CatalogName {
  /// `users.messages.email.Open`: words of letters, digits and underscores, with dots between.
  package static func isEventType(_ text: some StringProtocol) -> Bool {
    let words = text.split(separator: ".", omittingEmptySubsequences: false)
    return text.utf8.count <= 200 && words.count >= 2
      && words.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isWordByte) }
  }

  /// `events[].data.event_name`: brackets behind the arrays on the way.
  package static func isPath(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    return text.utf8.count <= 500 && isMember(parts.last ?? "")
      && parts.dropLast().allSatisfy { isMember($0.hasSuffix("[]") ? String($0.dropLast(2)) : $0) }
  }

  /// The name of one member, or of a canonical field.
  static func isMember(_ text: String) -> Bool {
    isText(text) && !text.isEmpty && !text.contains(".") && !text.hasSuffix("[]")
  }

  /// A text on one line, of a length for people.
  static func isText(_ text: String) -> Bool {
    text.utf8.count <= 200 && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte == 0x5f || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
