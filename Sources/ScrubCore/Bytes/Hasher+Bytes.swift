extension Hasher {
  /// Takes a list of bytes in at once, where the list itself would hand them over one by one.
  package mutating func combine(text: [UInt8]) {
    unsafe text.withUnsafeBytes { unsafe combine(bytes: $0) }
  }
}
