internal import ScrubCore

/// What people write that the state folder keeps for years.
package enum KeptText {
  /// Why a text may not be kept; nothing for one that may.
  ///
  /// It is kept as long as the log, so it must name nobody: what can be told by its form is refused.
  ///
  /// - Parameter what: what the text is: `reason`, `outcome`.
  package static func fault(in text: String, _ what: String) -> String? {
    let bytes = Array(text.utf8)
    if !text.contains(where: { !$0.isWhitespace }) { return "the \(what) says nothing" }
    if bytes.count > 400 || bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
      return "the \(what) is at most 400 bytes on one line"
    }
    let kinds = unsafe ContentLook.kinds(bytes.span.bytes, 0..<bytes.count, wanted: .all)
    return kinds.isEmpty ? nil : "the \(what) holds what looks personal, and the log keeps it: write the number of a request"
  }
}
