/// A compression around a whole file.
package enum StreamCompression: String, CaseIterable, Codable, Sendable {
  case gzip, zstd

  /// - Parameter windowLimit: bytes of earlier output that a zstd stream may ask to be kept.
  package func expander(windowLimit: Int) throws(NativeError) -> any StreamExpander {
    switch self {
    case .gzip: try GzipExpander()
    case .zstd: try ZstdExpander(windowLimit: windowLimit)
    }
  }

  package func shrinker() throws(NativeError) -> any StreamShrinker {
    switch self {
    case .gzip: try GzipShrinker()
    case .zstd: try ZstdShrinker()
    }
  }
}

/// Expands a stream of members (gzip) or frames (zstd), one after the other, checking their checksums.
/// Not thread-safe: each file being read has its own.
package protocol StreamExpander: AnyObject {
  /// Whether zeros may stand behind a member, as tapes and copies by blocks leave them.
  var allowsPadding: Bool { get }

  /// Expands as much as input and output allow, or less. However the input is cut, the same bytes come out, up to the
  /// same damage.
  func expand(_ stored: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer) -> StreamStep
}

/// What one call of an expander came to.
package struct StreamStep: Sendable {
  package var read = 0
  package var written = 0
  /// The member is complete; what follows is another member, or padding.
  package var memberEnded = false
  /// The damage behind what was written, `.window` where the stream asks for a larger window than it may.
  package var problem: NativeError?

  package init() {}
}

/// Writes one member or frame, the same for the same bytes.
/// Not thread-safe: each file being written has its own.
package protocol StreamShrinker: AnyObject {
  /// Compresses the bytes, handing out pieces as they come; `last` ends the stream.
  ///
  /// - Returns: false when the library failed.
  func shrink(
    _ plain: UnsafeRawBufferPointer, last: Bool, through room: UnsafeMutableRawBufferPointer,
    emit: (UnsafeRawBufferPointer) -> Void
  ) -> Bool
}
