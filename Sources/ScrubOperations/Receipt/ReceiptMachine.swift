internal import Glibc
internal import ScrubLedger
internal import ScrubNative

extension Receipt.Operator {
  /// The account that runs this program, and the name of the machine.
  package static func current() -> Receipt.Operator {
    var host = [CChar](repeating: 0, count: 256)
    let isNamed = unsafe gethostname(&host, host.count - 1) == 0
    let name = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return Receipt.Operator(account: EvidenceLog.user(), host: isNamed ? String(decoding: name, as: UTF8.self) : "unknown")
  }
}

extension Receipt.Tool {
  /// This program. The digest of its file is empty where the system does not show it.
  package static func current() -> Receipt.Tool {
    Receipt.Tool(version: programVersion, binary: runningBinary() ?? "", openssl: openSSLVersion())
  }

  private static func runningBinary() -> String? {
    let descriptor = unsafe open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return try? FileDigest.of(descriptor: descriptor).hex
  }
}
