internal import COpenSSL

/// Key bytes in memory of their own, wiped when the last owner lets go; in locked pages between guard pages, which are
/// neither swapped nor dumped, as far as the system's limits let.
///
/// A class because the bytes must exist once however many holders there are; immutable after `init`.
@safe package final class SecretBytes: Sendable {
  package let count: Int
  private let address: UInt

  /// Memory for `count` bytes that `fill` writes and nobody changes later.
  package init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    let memory = unsafe UnsafeMutableRawBufferPointer(start: Self.allocate(max(count, 1)), count: count)
    self.count = count
    address = UInt(bitPattern: memory.baseAddress)
    try unsafe fill(memory)
  }

  /// Bytes of locked memory: enough for the largest keyring, and all keys beside it.
  private static let lockedSize = 1 << 18
  private static let hasLocked: Bool = CRYPTO_secure_malloc_init(lockedSize, 32) > 0

  private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    if hasLocked, let memory = unsafe scrub_secure_allocate(count) { return unsafe memory }
    return UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
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
    if unsafe CRYPTO_secure_allocated(memory) == 1 { return unsafe scrub_secure_free(memory, count) }
    unsafe OPENSSL_cleanse(memory, count)
    unsafe memory.deallocate()
  }
}
