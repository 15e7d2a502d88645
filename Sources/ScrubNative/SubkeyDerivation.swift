internal import COpenSSL

/// HKDF-SHA256 (RFC 5869) by OpenSSL: extract with `salt`, expand with `info` to `count` bytes.
///
/// - Parameter count: 1 to 8,160 bytes (255 hash lengths).
/// - Throws: `NativeError` when OpenSSL refuses.
package func deriveSubkey(
  from key: SecretBytes, salt: [UInt8], info: [UInt8], count: Int
) throws(NativeError) -> SecretBytes {
  guard let algorithm = unsafe EVP_KDF_fetch(nil, "HKDF", nil) else { throw NativeError(.derive) }
  defer { unsafe EVP_KDF_free(algorithm) }
  guard let context = unsafe EVP_KDF_CTX_new(algorithm) else { throw NativeError(.derive) }
  defer { unsafe EVP_KDF_CTX_free(context) }

  var result: Int32 = 0
  let subkey = unsafe SecretBytes(count: count) { output in
    unsafe key.withBytes { key in
      unsafe salt.withUnsafeBytes { salt in
        unsafe info.withUnsafeBytes { info in
          result = unsafe scrub_hkdf_derive(
            context, key.baseAddress, key.count, salt.baseAddress, salt.count, info.baseAddress, info.count,
            output.baseAddress?.assumingMemoryBound(to: UInt8.self), output.count)
        }
      }
    }
  }
  guard result == 1 else { throw NativeError(.derive, code: Int(result)) }
  return subkey
}
