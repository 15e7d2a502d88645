internal import CDeflate
internal import CExpat
internal import CZlib
internal import CZstd

/// The libraries that are linked in, each with its version, as far as they tell one.
package func libraryVersions() -> [String] {
  let expat = unsafe XML_ExpatVersion().map { unsafe String(cString: $0) } ?? ""
  return [
    openSSLVersion(), "libdeflate \(LIBDEFLATE_VERSION_STRING)",
    "zlib \(unsafe zlibVersion().map { unsafe String(cString: $0) } ?? "")",
    "Zstandard \(unsafe ZSTD_versionString().map { unsafe String(cString: $0) } ?? "")",
    "Expat \(expat.drop { !$0.isNumber })",
  ]
}
