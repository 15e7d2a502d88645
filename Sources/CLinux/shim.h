// Calls of Linux and of the processor that the Glibc module of Swift does not show.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/xattr.h>
#include <unistd.h>

static inline int scrub_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
static inline void scrub_prefetch(const void *address) { __builtin_prefetch(address); }
static inline void scrub_keep_freed(int largest_kept, int kept, int taken_ahead) {
  mallopt(M_MMAP_THRESHOLD, largest_kept);
  mallopt(M_TRIM_THRESHOLD, kept);
  mallopt(M_TOP_PAD, taken_ahead);
}
static inline int scrub_syncfs(int descriptor) { return syncfs(descriptor); }

// Copies all extended attributes, access lists among them. Returns 0, or -1 where one cannot be copied. Those of the
// system's own security modules are set by the system where the caller may not.
static inline int scrub_copy_attributes(int from, int to) {
  char names[65536], value[65536];
  ssize_t size = flistxattr(from, names, sizeof names);
  if (size < 0) return errno == ENOTSUP ? 0 : -1;
  for (char *name = names; name < names + size; name += strlen(name) + 1) {
    ssize_t count = fgetxattr(from, name, value, sizeof value);
    if (count >= 0 && fsetxattr(to, name, value, (size_t)count, 0) == 0) continue;
    if (strncmp(name, "security.", 9) != 0) return -1;
  }
  return 0;
}
