/// A failure inside a C library: what was being done, and the library's own number.
///
/// The library's texts are never fetched, for they may quote data.
package struct NativeError: Error, Hashable, Sendable {
  package enum Operation: String, Sendable {
    case random, derive, prepare, digest, seal, sign, compress, expand, window
  }

  package let operation: Operation
  package let code: Int

  package init(_ operation: Operation, code: Int = 0) {
    self.operation = operation
    self.code = code
  }
}
