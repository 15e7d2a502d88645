internal import CDeflate

/// Raw deflate (RFC 1951) of whole blocks in memory, as Avro stores them, by libdeflate.
@safe package struct BlockDeflate: ~Copyable {
  private let compressor: OpaquePointer
  private let expander: OpaquePointer

  /// - Parameter level: 0 (store) to 12 (smallest); Avro writers use 6.
  package init(level: Int32 = 6) throws(NativeError) {
    guard let compressor = unsafe libdeflate_alloc_compressor(level) else { throw NativeError(.prepare) }
    guard let expander = unsafe libdeflate_alloc_decompressor() else {
      unsafe libdeflate_free_compressor(compressor)
      throw NativeError(.prepare)
    }
    unsafe self.compressor = compressor
    unsafe self.expander = expander
  }

  /// Bytes that may follow a stream: some writers (fastavro among them) leave a part of a zlib trailer there.
  private static let trailerLimit = 4

  /// Expands a whole stream into the output; more than a trailer behind its end counts as damage.
  package func expand(
    _ stored: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer
  ) -> BlockExpansion {
    var used = 0
    var count = 0
    let result = unsafe libdeflate_deflate_decompress_ex(
      expander, stored.baseAddress, stored.count, plain.baseAddress, plain.count, &used, &count)
    switch result {
    case LIBDEFLATE_SUCCESS: return stored.count - used <= Self.trailerLimit ? .done(count) : .damaged
    case LIBDEFLATE_INSUFFICIENT_SPACE: return .needsRoom
    default: return .damaged
    }
  }

  /// The room that `shrink` needs for `count` bytes.
  package func bound(_ count: Int) -> Int { unsafe libdeflate_deflate_compress_bound(compressor, count) }

  /// Compresses into an output of at least `bound` bytes and returns how many were written.
  package func shrink(
    _ plain: UnsafeRawBufferPointer, into stored: UnsafeMutableRawBufferPointer
  ) throws(NativeError) -> Int {
    let count = unsafe libdeflate_deflate_compress(
      compressor, plain.baseAddress, plain.count, stored.baseAddress, stored.count)
    guard count > 0 else { throw NativeError(.compress) }
    return count
  }

  deinit {
    unsafe libdeflate_free_compressor(compressor)
    unsafe libdeflate_free_decompressor(expander)
  }
}
