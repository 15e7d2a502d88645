internal import Foundation

/// The files of an evidence log: one a month, `2026-11.ndjson`, in a folder of its own.
struct EvidenceSegments {
  let folder: String

  /// Names of the segments, oldest first.
  func names() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter(Self.isName).sorted()
  }

  static func name(of time: String) -> String { time.prefix(7) + ".ndjson" }

  private static func isName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard bytes.count == 14, name.hasSuffix(".ndjson"), bytes[4] == UInt8(ascii: "-") else { return false }
    return [0, 1, 2, 3, 5, 6].allSatisfy { bytes[$0] &- 0x30 < 10 }
  }

  /// The whole lines of a segment, and the bytes that they take up; what is behind the last newline was never whole.
  ///
  /// Lines are told apart by the byte alone: as characters, a return and a newline are one, which is no newline.
  func lines(of name: String) throws(LedgerProblem) -> (lines: [ArraySlice<UInt8>], size: Int, isTorn: Bool) {
    guard let data = FileManager.default.contents(atPath: folder + "/" + name) else {
      throw LedgerProblem(.evidenceUnreadable)
    }
    let bytes = Array(data)
    let end = bytes.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    var lines = bytes[..<end].split(separator: 0x0a, omittingEmptySubsequences: false)
    lines.removeLast()
    return (lines, end, end < bytes.count)
  }
}
