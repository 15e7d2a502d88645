internal import COpenSSL

/// Key bytes in memory of their own, wiped when the last owner lets go.
///
/// A class because the bytes must exist once however many holders there are; immutable after `init`.
@safe package final class SecretBytes: Sendable {
  package let count: Int
  private let address: UInt

  /// Memory for `count` bytes that `fill` writes and nobody changes later.
  package init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    self.count = count
    address = UInt(bitPattern: memory.baseAddress)
    try unsafe fill(memory)
  }

  /// `count` random bytes from OpenSSL's private generator.
  ///
  /// - Throws: `NativeError` when the generator has no entropy.
  package static func random(count: Int) throws(NativeError) -> SecretBytes {
    var result: Int32 = 0
    let bytes = unsafe SecretBytes(count: count) { memory in
      unsafe result = RAND_priv_bytes(memory.baseAddress, Int32(count))
    }
    guard result == 1 else { throw NativeError(.random) }
    return bytes
  }

  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // The memory lives as long as `self`, and is written only by `init`.
    try unsafe body(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count))
  }

  deinit {
    guard let memory = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return }
    unsafe OPENSSL_cleanse(memory, count)
    unsafe memory.deallocate()
  }
}
