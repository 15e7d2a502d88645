internal import Foundation
internal import ScrubNative

/// A line of the evidence log as text: a JSON object whose last member, `hmac`, is the MAC of the line before and of
/// the object without that member.
struct EvidenceLine {
  /// The object without its MAC.
  let body: String
  let mac: String

  private static let mark = ",\"hmac\":\""
  private static let end = "\"}"

  /// What is written to the log, newline and all.
  var text: String { body.dropLast() + Self.mark + mac + Self.end + "\n" }

  init(_ entry: EvidenceEntry, after head: EvidenceHead, key: KeyedDigest) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    body = String(decoding: try encoder.encode(entry), as: UTF8.self)
    mac = try Self.mac(of: body, after: head, key: key)
  }

  /// Takes a line, without its newline, apart; nothing where it does not have the form.
  init?(_ text: some StringProtocol) {
    let tail = Self.mark.count + 64 + Self.end.count
    guard text.utf8.count > tail, text.hasPrefix("{"), text.hasSuffix(Self.end) else { return nil }
    let digits = text.dropLast(Self.end.count).suffix(64)
    guard text.dropLast(64 + Self.end.count).hasSuffix(Self.mark), digits.utf8.count == 64 else { return nil }
    body = text.dropLast(tail) + "}"
    mac = String(digits)
  }

  var entry: EvidenceEntry? { try? JSONDecoder().decode(EvidenceEntry.self, from: Data(body.utf8)) }

  /// HMAC-SHA256 of the MAC before as 64 hex digits, and the line.
  static func mac(of body: String, after head: EvidenceHead, key: KeyedDigest) throws(NativeError) -> String {
    let bytes = Array((head.mac + body).utf8)
    let span = unsafe bytes.span.bytes
    return try unsafe span.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe key.digest(bytes) }.hex
  }
}
