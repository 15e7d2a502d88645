/// Masks the addresses and numbers of other people in texts that are shown to one.
package struct OtherPeople: ~Copyable {
  private let own: Set<Identity>
  private let finder = TextFinder(finds: [.email, .phone])
  private var view = PlainView()
  private var reader = IdentityReader()
  private var found: [Found] = []

  /// - Parameter own: the identities of the one to whom texts are shown.
  package init(own: Set<Identity>) { self.own = own }

  /// Longer texts are masked whole.
  private static let sizeLimit = 4 << 20
  private static let roundLimit = 8

  /// Masks a text.
  ///
  /// - Returns: the text with `[email]` and `[phone]` in place of what is not theirs, and how many there were of each.
  package mutating func mask(_ text: String) -> (text: String, emails: Int, phones: Int) {
    var bytes = Array(text.utf8)
    var (emails, phones) = (0, 0)
    guard bytes.count <= Self.sizeLimit else { return ("[text]", 0, 0) }
    // What stood beside something that was masked may be told now: so until nothing is.
    for _ in 0..<Self.roundLimit {
      find(bytes)
      if found.isEmpty { return (String(decoding: bytes, as: UTF8.self), emails, phones) }
      var masked: [UInt8] = []
      var copied = 0
      for one in found {
        masked += bytes[copied..<one.range.lowerBound] + Array("[\(one.kind.rawValue)]".utf8)
        copied = one.range.upperBound
        if one.kind == .email { emails += 1 } else { phones += 1 }
      }
      bytes = masked + bytes[copied...]
    }
    return ("[text]", emails, phones)
  }

  /// Fills `found` with what is not theirs.
  private mutating func find(_ bytes: [UInt8]) {
    // Out of `self`, for the view of the text is in it too.
    var all: [Found] = []
    var others: [Found] = []
    let source = unsafe bytes.span.bytes
    if PlainView.isNeeded(source, 0..<bytes.count) {
      view.decode(source, 0..<bytes.count)
      finder.find(view.text.bytes, 0..<view.text.count, into: &all)
      for one in all where !isOwn(view.text.bytes.array(one.range), one.kind) {
        others.append(Found(range: view.source(one.range), kind: one.kind, known: -1))
      }
    } else {
      finder.find(source, 0..<bytes.count, into: &all)
      for one in all where !isOwn(Array(bytes[one.range]), one.kind) { others.append(one) }
    }
    found = others
  }

  private mutating func isOwn(_ value: [UInt8], _ kind: FoundKind) -> Bool {
    let identity = unsafe reader.read(value.span.bytes, 0..<value.count, kind == .email ? .email : .phone)
    return identity.map { own.contains($0) } ?? false
  }
}
