// Calls of Linux and of the processor that the Glibc module of Swift does not show.
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static inline int scrub_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
static inline void scrub_prefetch(const void *address) { __builtin_prefetch(address); }
static inline void scrub_keep_freed(int largest_kept, int kept, int taken_ahead) {
  mallopt(M_MMAP_THRESHOLD, largest_kept);
  mallopt(M_TRIM_THRESHOLD, kept);
  mallopt(M_TOP_PAD, taken_ahead);
}
static inline int scrub_syncfs(int descriptor) { return syncfs(descriptor); }
