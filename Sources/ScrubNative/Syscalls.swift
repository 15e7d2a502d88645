internal import CLinux
internal import Glibc

/// Hands everything written to the file system of `path` to its device (`syncfs`).
package func syncAll(_ path: String) -> Bool {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return false }
  defer { close(descriptor) }
  return scrub_syncfs(descriptor) == 0
}

/// Forbids core dumps and reading of the process's memory by others, and resets the handlers by which a crash
/// would print memory.
package func hardenProcess() {
  var none = rlimit(rlim_cur: 0, rlim_max: 0)
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
  _ = scrub_forbid_dumps()
  for crash in [SIGILL, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGTRAP] { signal(crash, SIG_DFL) }
  // A full disk or a closed pipe is an error to be reported, not a reason to die.
  for refusal in [SIGPIPE, SIGXFSZ] { signal(refusal, SIG_IGN) }
}

/// Bytes of a large page, and what memory for them is aligned to.
package let largePageSize = 2 << 20

/// Asks for large pages under memory that is read at random places, so that finding where a page is does not cost as
/// much as reading it. A wish: the system may have none.
package func preferLargePages(_ memory: UnsafeMutableRawBufferPointer) {
  unsafe _ = madvise(memory.baseAddress, memory.count, MADV_HUGEPAGE)
}
