internal import CZstd

/// Zstandard (RFC 8878) of whole blocks in memory, as Avro stores them.
///
/// A block is expanded in one piece, so that the output serves as the window: whatever window a frame asks for, no
/// memory is set aside for it.
@safe package struct BlockZstandard: ~Copyable {
  private let compressor: OpaquePointer
  private let expander: OpaquePointer

  package init() throws(NativeError) {
    guard let compressor = unsafe makeZstdCompressor() else { throw NativeError(.prepare) }
    guard let expander = unsafe ZSTD_createDCtx() else {
      unsafe ZSTD_freeCCtx(compressor)
      throw NativeError(.prepare)
    }
    unsafe self.compressor = compressor
    unsafe self.expander = expander
  }

  /// The number of plain bytes that the first frame says it holds; nothing where it does not say.
  package func plainSize(_ stored: UnsafeRawBufferPointer) -> Int? {
    let size = unsafe Int(scrub_zstd_content_size(stored.baseAddress, stored.count))
    return size >= 0 ? size : nil
  }

  /// Expands all frames of a block into the output.
  package func expand(
    _ stored: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer
  ) -> BlockExpansion {
    guard unsafe holdsFrames(stored) else { return .damaged }
    let count = unsafe ZSTD_decompressDCtx(
      expander, plain.baseAddress, plain.count, stored.baseAddress, stored.count)
    if ZSTD_isError(count) == 0 { return stored.count > 0 ? .done(count) : .damaged }
    return ZSTD_getErrorCode(count) == ZSTD_error_dstSize_tooSmall ? .needsRoom : .damaged
  }

  private func holdsFrames(_ stored: UnsafeRawBufferPointer) -> Bool {
    var rest = unsafe stored
    while let first = unsafe rest.first {
      let size = unsafe ZSTD_findFrameCompressedSize(rest.baseAddress, rest.count)
      guard startsZstdFrame(first), ZSTD_isError(size) == 0, size > 0 else { return false }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(size))
    }
    return true
  }

  /// The room that `shrink` needs for `count` bytes.
  package func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

  /// Compresses into an output of at least `bound` bytes and returns how many were written.
  package func shrink(
    _ plain: UnsafeRawBufferPointer, into stored: UnsafeMutableRawBufferPointer
  ) throws(NativeError) -> Int {
    let count = unsafe ZSTD_compress2(
      compressor, stored.baseAddress, stored.count, plain.baseAddress, plain.count)
    guard ZSTD_isError(count) == 0 else { throw NativeError(.compress, code: zstdCode(count)) }
    return count
  }

  deinit {
    unsafe ZSTD_freeCCtx(compressor)
    unsafe ZSTD_freeDCtx(expander)
  }
}

/// Whether a frame of RFC 8878 may start so, or one that is to be skipped. The library also reads what was written before
/// there was a standard, with decoders of that time.
func startsZstdFrame(_ first: UInt8) -> Bool { first == 0x28 || first & 0xf0 == 0x50 }

/// A compressor of the level that zstd itself takes when none is asked for, with a checksum behind each frame.
func makeZstdCompressor() -> OpaquePointer? {
  guard let compressor = unsafe ZSTD_createCCtx() else { return nil }
  for (parameter, value) in [(ZSTD_c_compressionLevel, 3), (ZSTD_c_checksumFlag, 1)] as [(ZSTD_cParameter, Int32)] {
    guard unsafe ZSTD_isError(ZSTD_CCtx_setParameter(compressor, parameter, value)) == 0 else {
      unsafe ZSTD_freeCCtx(compressor)
      return nil
    }
  }
  return unsafe compressor
}

/// The library's number of what a call came to.
func zstdCode(_ result: Int) -> Int { Int(ZSTD_getErrorCode(result).rawValue) }
