// Calls of Linux and of the processor that the Glibc module of Swift does not show.
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/xattr.h>
#include <unistd.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

static inline int scrub_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
static inline void scrub_prefetch(const void *address) { __builtin_prefetch(address); }
static inline void scrub_keep_freed(int largest_kept, int kept, int taken_ahead) {
  mallopt(M_MMAP_THRESHOLD, largest_kept);
  mallopt(M_TRIM_THRESHOLD, kept);
  mallopt(M_TOP_PAD, taken_ahead);
}
// unistd.h shows it with _GNU_SOURCE only, which headers of the compiler are not read with.
extern int syncfs(int descriptor);
static inline int scrub_syncfs(int descriptor) { return syncfs(descriptor); }


// A file without a name in a folder, which is gone when it is closed. Returns its descriptor, or -1.
//
// Where the file system knows none, one that loses its name at once.
static inline int scrub_unnamed_file(const char *folder) {
  int descriptor = open(folder, __O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return descriptor;
  char path[4096];
  if (snprintf(path, sizeof path, "%s/.currents-scrub-XXXXXX", folder) >= (int)sizeof path) return -1;
  descriptor = mkstemp(path);
  if (descriptor >= 0 && (unlink(path) != 0 || fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0)) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

// libcurl is loaded, not linked, and Swift cannot call functions that take any number of arguments.
static inline int scrub_curl_set_long(void *function, void *handle, int option, long value) {
  return ((int (*)(void *, int, ...))function)(handle, option, value);
}
static inline int scrub_curl_set_size(void *function, void *handle, int option, long long value) {
  return ((int (*)(void *, int, ...))function)(handle, option, value);
}
static inline int scrub_curl_set_pointer(void *function, void *handle, int option, const void *value) {
  return ((int (*)(void *, int, ...))function)(handle, option, value);
}
static inline int scrub_curl_get_long(void *function, void *handle, int info, long *value) {
  return ((int (*)(void *, int, ...))function)(handle, info, value);
}
typedef size_t (*scrub_curl_sink)(char *, size_t, size_t, void *);
static inline int scrub_curl_set_sink(void *function, void *handle, int option, scrub_curl_sink value) {
  return ((int (*)(void *, int, ...))function)(handle, option, value);
}

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

// The place of the first quote, backslash or control character (below 0x20) of bytes[start..<count], or count.
//
// With its second bit turned a quote (0x22) stands right behind the control characters, and these among themselves.
static inline size_t scrub_string_stop(const unsigned char *bytes, size_t start, size_t count) {
#if defined(__SSE2__)
  const __m128i turn = _mm_set1_epi8(2), last = _mm_set1_epi8(0x20), backslash = _mm_set1_epi8('\\');
  for (; count - start >= 16; start += 16) {
    const __m128i step = _mm_loadu_si128((const __m128i *)(bytes + start)), turned = _mm_xor_si128(step, turn);
    const int stops = _mm_movemask_epi8(
        _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(turned, last), turned), _mm_cmpeq_epi8(step, backslash)));
    if (stops) return start + (size_t)__builtin_ctz((unsigned)stops);
  }
#elif defined(__ARM_NEON)
  const uint8x16_t turn = vdupq_n_u8(2), last = vdupq_n_u8(0x20), backslash = vdupq_n_u8('\\');
  for (; count - start >= 16; start += 16) {
    const uint8x16_t step = vld1q_u8(bytes + start);
    const uint8x16_t found = vorrq_u8(vcleq_u8(veorq_u8(step, turn), last), vceqq_u8(step, backslash));
    // Four bits for each byte.
    const uint64_t stops = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(found), 4)), 0);
    if (stops) return start + (size_t)__builtin_ctzll(stops) / 4;
  }
#endif
  while (start < count && bytes[start] >= 0x20 && bytes[start] != '"' && bytes[start] != '\\') start++;
  return start;
}
