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

/// Asks the processor for memory, in lines of 64 bytes, without waiting for it.
package func prefetch(_ memory: UnsafeRawBufferPointer) {
  guard let start = unsafe memory.baseAddress else { return }
  for offset in stride(from: 0, to: memory.count, by: 64) { unsafe scrub_prefetch(start + offset) }
}

/// Bytes of a large page, and what memory for them is aligned to.
package let largePageSize = 2 << 20

/// Asks for large pages under memory that is read at random places, so that finding where a page is does not cost as
/// much as reading it. A wish: the system may have none.
package func preferLargePages(_ memory: UnsafeMutableRawBufferPointer) {
  unsafe _ = madvise(memory.baseAddress, memory.count, MADV_HUGEPAGE)
}

/// Lets the allocator keep what is freed, up to some megabytes a thread: every file has buffers of a quarter of one,
/// and memory that went back to the system is handed out again page by page, zeroed. Single pieces of more than
/// 4 MiB, as a huge block needs, still go back.
package func keepFreedMemory() {
  scrub_keep_freed(4 << 20, 16 << 20, 1 << 20)
}
