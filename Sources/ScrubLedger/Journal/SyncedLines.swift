internal import Foundation
internal import Glibc

/// A file of lines, each on the disk before anything else is done.
struct SyncedLines: ~Copyable {
  private let descriptor: Int32
  private var size: Int
  private let code: LedgerProblem.Code

  /// - Parameters:
  ///   - size: of the whole lines.
  ///   - code: what is told when it cannot be written.
  init(_ descriptor: Int32, size: Int, failing code: LedgerProblem.Code) {
    self.descriptor = descriptor
    self.size = size
    self.code = code
  }

  deinit { close(descriptor) }

  /// The whole lines of a file, and the bytes that they take up; nothing where it cannot be read.
  static func whole(_ path: String) -> (lines: [[UInt8]], size: Int)? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let end = data.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
    return (data[..<end].split(separator: 0x0a).map { Array($0) }, end)
  }

  /// Adds a line behind the whole ones: what a power failure left of another goes.
  mutating func append(_ line: [UInt8]) throws(LedgerProblem) {
    guard ftruncate(descriptor, size) == 0 else { throw LedgerProblem(code) }
    let bytes = line + [0x0a]
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
        return unsafe pwrite(descriptor, rest.baseAddress, rest.count, size + written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw LedgerProblem(code) }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw LedgerProblem(code) }
    size += bytes.count
  }
}
