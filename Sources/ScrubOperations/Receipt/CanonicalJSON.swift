/// JSON in the one form that RFC 8785 (JSON Canonicalization Scheme) has for a document: no blanks, members sorted by
/// their UTF-16 units, as few escapes as there can be. What is signed or compared is written so.
///
/// Numbers are whole and within ±(2^53 - 1), since beyond others read them as the nearest `Double`: `WholeNumber` is for
/// those that may be larger.
package enum CanonicalJSON {
  /// The largest number that every reader takes for the same.
  package static let largestNumber = 1 << 53 - 1

  /// The document, without a newline.
  ///
  /// - Throws: `EncodingError` for a number that is not whole, or too large.
  package static func bytes(of value: some Encodable) throws -> [UInt8] { try DocumentEncoder.canonicalText(of: value) }
}

/// A number of 64 bits that is told exactly: as a number where every reader can take it, else as text.
package struct WholeNumber: Codable, Hashable, Sendable {
  package let value: Int

  package init(_ value: Int) { self.value = value }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Int.self) {
      self.value = value
    } else if let value = Int(try container.decode(String.self)) {
      self.value = value
    } else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no whole number")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.magnitude > CanonicalJSON.largestNumber.magnitude {
      try container.encode(String(value))
    } else {
      try container.encode(value)
    }
  }
}
