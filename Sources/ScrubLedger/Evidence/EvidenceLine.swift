internal import Foundation
internal import ScrubNative

/// A line of the evidence log: a JSON object whose last member, `hmac`, is the MAC of the line before and of the object
/// without that member. Bytes, not characters: what reads alike is not the same line.
struct EvidenceLine {
  /// The object without its MAC.
  let body: [UInt8]
  let mac: String

  private static let mark = Array(",\"hmac\":\"".utf8)
  private static let end = Array("\"}".utf8)

  /// What is written to the log, newline and all.
  var bytes: [UInt8] { body.dropLast() + Self.mark + mac.utf8 + Self.end + [0x0a] }

  init(_ entry: EvidenceEntry, after head: EvidenceHead, key: KeyedDigest) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    body = Array(try encoder.encode(entry))
    mac = try Self.mac(of: body, after: head, key: key)
  }

  /// Takes a line, without its newline, apart; nothing where it does not have the form.
  init?(_ line: ArraySlice<UInt8>) {
    let tail = Self.mark.count + 64 + Self.end.count
    guard line.count > tail, line.first == UInt8(ascii: "{"), line.suffix(Self.end.count).elementsEqual(Self.end),
      line.suffix(tail).starts(with: Self.mark)
    else { return nil }
    body = line.dropLast(tail) + [UInt8(ascii: "}")]
    mac = String(decoding: line.dropLast(Self.end.count).suffix(64), as: UTF8.self)
  }

  var entry: EvidenceEntry? { try? JSONDecoder().decode(EvidenceEntry.self, from: Data(body)) }

  /// Whether the line was made under a key, behind a line.
  func stands(after head: EvidenceHead, _ key: KeyedDigest) throws(LedgerProblem) -> Bool {
    do throws(NativeError) { return try Self.mac(of: body, after: head, key: key) == mac } catch { throw LedgerProblem(.evidenceUnreadable) }
  }

  /// HMAC-SHA256 of the MAC before as 64 hex digits, and the line.
  static func mac(of body: [UInt8], after head: EvidenceHead, key: KeyedDigest) throws(NativeError) -> String {
    let bytes = head.mac.utf8 + body
    let span = unsafe bytes.span.bytes
    return try unsafe span.withUnsafeBytes { (bytes) throws(NativeError) in try unsafe key.digest(bytes) }.hex
  }
}
