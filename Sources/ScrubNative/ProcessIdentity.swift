internal import Glibc

/// A process of this machine, told from all others that there ever were.
///
/// A number alone is given again to another process; with the boot, the namespace of the numbers and the time at which it
/// began, it is one process's own.
package struct ProcessIdentity: Codable, Hashable, Sendable {
  package var boot: String
  package var namespace: String
  package var number: Int32
  /// Ticks of the clock since the boot.
  package var start: String

  /// This process; nothing where the system does not tell.
  package static let current: ProcessIdentity? = {
    guard let boot = firstLine(of: "/proc/sys/kernel/random/boot_id"), let namespace = target(of: "/proc/self/ns/pid"),
      let start = start(of: getpid())
    else { return nil }
    return ProcessIdentity(boot: boot, namespace: namespace, number: getpid(), start: start)
  }()

  /// Whether the process is surely no more: one of another machine never is.
  package var isGone: Bool {
    guard let current = Self.current, boot == current.boot, namespace == current.namespace else { return false }
    return Self.start(of: number) != start
  }

  /// The 22nd field of `/proc/PID/stat`; the second is a name in brackets, which may hold blanks.
  private static func start(of number: Int32) -> String? {
    guard let line = firstLine(of: "/proc/\(number)/stat"), let bracket = line.lastIndex(of: ")") else { return nil }
    let fields = line[bracket...].split(separator: " ")
    // A process that only waits to be noted has ended.
    guard fields.count > 20, fields[1] != "Z", fields[1] != "X" else { return nil }
    return String(fields[20])
  }

  private static func firstLine(of path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count].prefix { $0 != 0x0a }, as: UTF8.self) : nil
  }

  private static func target(of path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe bytes.withUnsafeMutableBytes { room in
      unsafe room.baseAddress.map { unsafe readlink(path, $0.assumingMemoryBound(to: CChar.self), room.count) } ?? 0
    }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
