internal import Glibc
internal import ScrubOperations

/// The one flag that signals set; a signal handler can reach nothing else.
private let interruption = Interrupt()

enum Signals {
  /// From here on an interrupt is a wish: workers see it between two blocks.
  static func watch() -> Interrupt {
    for wish in [SIGINT, SIGTERM, SIGHUP] { signal(wish) { _ in interruption.set() } }
    return interruption
  }
}
