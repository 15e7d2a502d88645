internal import CLinux
internal import Glibc

/// Hands everything written to the file system of `path` to its device (`syncfs`).
package func syncAll(_ path: String) -> Bool {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return false }
  defer { close(descriptor) }
  return scrub_syncfs(descriptor) == 0
}

/// Opens a file without a name in a folder, which is gone when it is closed.
///
/// - Returns: its descriptor; negative where the folder's file system makes none.
package func openUnnamed(in folder: String) -> Int32 { unsafe scrub_unnamed_file(folder) }

/// Copies the extended attributes of an open file, access lists among them, to another.
///
/// - Returns: whether all could be copied.
package func copyAttributes(from source: Int32, to target: Int32) -> Bool {
  scrub_copy_attributes(source, target) == 0
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

/// Ends the process with what was printed written, and nothing else done.
///
/// `exit` has libraries clean up while threads that have done their work still end, and the memory that OpenSSL keeps for
/// each thread is then freed by both (`OPENSSL_cleanup` takes no lock). Nothing here waits for such handlers: whatever has
/// to be on a disk was synced before.
///
/// - Parameter status: what the caller sees, 0 to 255.
package func endProcess(_ status: Int32) -> Never {
  _ = fflush(nil)
  _exit(status)
}

/// Ends the process where OpenSSL gives what nobody can go on without: it has no memory, or the system forbids it.
package func endWithout(_ what: String) -> Never {
  let message = Array("currents-scrub: OpenSSL gives no \(what) [native.failed]\n".utf8)
  unsafe _ = message.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
  endProcess(1)
}

/// Memory of zeros from the system, which takes room only where it is used; nothing where there is none left.
///
/// It is given in large pages where it can be: a table that is looked into everywhere at once would else miss the
/// address cache with every look.
package func zeroedMemory(byteCount: Int) -> UnsafeMutableRawPointer? {
  let memory = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  guard unsafe memory != MAP_FAILED else { return nil }
  unsafe _ = madvise(memory, byteCount, MADV_HUGEPAGE)
  return unsafe memory
}

/// Gives back what `zeroedMemory` gave.
package func releaseMemory(_ memory: UnsafeMutableRawPointer, byteCount: Int) { unsafe _ = munmap(memory, byteCount) }

/// Lets the allocator keep what is freed, up to some megabytes a thread: every file has buffers of a quarter of one,
/// and memory that went back to the system is handed out again page by page, zeroed. Single pieces of more than
/// 4 MiB, as a huge block needs, still go back.
package func keepFreedMemory() {
  scrub_keep_freed(4 << 20, 16 << 20, 1 << 20)
}
