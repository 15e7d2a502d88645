// Calls of Linux that the Glibc module of Swift does not show.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static inline int scrub_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
static inline int scrub_syncfs(int descriptor) { return syncfs(descriptor); }
