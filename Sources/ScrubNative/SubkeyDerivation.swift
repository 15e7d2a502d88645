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
  // The parameters hold pointers, so they are made and used inside the scope of what they point to.
  var name = Array("SHA256\0".utf8CString)
  var salt = salt
  var info = info
  let subkey = unsafe SecretBytes(count: count) { output in
    unsafe key.withBytes { key in
      unsafe name.withUnsafeMutableBufferPointer { name in
        unsafe salt.withUnsafeMutableBytes { salt in
          unsafe info.withUnsafeMutableBytes { info in
            var parameters = unsafe [
              OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name.baseAddress, 0),
              OSSL_PARAM_construct_octet_string(
                OSSL_KDF_PARAM_KEY, UnsafeMutableRawPointer(mutating: key.baseAddress), key.count),
              OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.baseAddress, info.count),
            ]
            if salt.count > 0 {
              unsafe parameters.append(
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.baseAddress, salt.count))
            }
            unsafe parameters.append(OSSL_PARAM_construct_end())
            result = unsafe EVP_KDF_derive(
              context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), output.count, &parameters)
          }
        }
      }
    }
  }
  guard result == 1 else { throw NativeError(.derive, code: Int(result)) }
  return subkey
}
