// Calls of Linux and of the processor that the Glibc module of Swift does not show.
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
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

// Mixes all bits of a word into all of another.
static inline uint64_t scrub_mixed(uint64_t word) {
  const unsigned __int128 product = (unsigned __int128)word * 0x9e3779b97f4a7c15u;
  return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

// What a window of five bytes is known by: letters of either case are the same.
static inline uint64_t scrub_window(uint64_t word) { return scrub_mixed((word | 0x2020202020202020u) & 0xffffffffffu); }

static inline uint64_t scrub_filter_mask(uint64_t window) { return (uint64_t)1 << (window & 63) | (uint64_t)1 << (window >> 6 & 63); }

// In the lowest bit: whether a window may be in a filter, which has two bits for each in the block that its upper bits name.
static inline uint64_t scrub_may_hold(const uint64_t *blocks, int shift, uint64_t window) {
  const uint64_t block = blocks[window >> shift];
  return block >> (window & 63) & block >> (window >> 6 & 63);
}

// By bit, which of sixteen bytes are percent signs, or backslashes in front of a u. The byte behind them is read too.
static inline unsigned scrub_signs(const unsigned char *bytes) {
#if defined(__SSE2__)
  const __m128i step = _mm_loadu_si128((const __m128i *)bytes), next = _mm_loadu_si128((const __m128i *)(bytes + 1));
  const __m128i escapes = _mm_and_si128(_mm_cmpeq_epi8(step, _mm_set1_epi8('\\')), _mm_cmpeq_epi8(next, _mm_set1_epi8('u')));
  return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(step, _mm_set1_epi8('%')), escapes));
#else
#if defined(__ARM_NEON)
  const uint8x16_t step = vld1q_u8(bytes);
  if (!vmaxvq_u8(vorrq_u8(vceqq_u8(step, vdupq_n_u8('%')), vceqq_u8(step, vdupq_n_u8('\\'))))) return 0;
#endif
  unsigned signs = 0;
  for (int index = 0; index < 16; index++) {
    if (bytes[index] == '%' || (bytes[index] == '\\' && bytes[index + 1] == 'u')) signs |= 1u << index;
  }
  return signs;
#endif
}

// A step of sixteen bytes in which something may stand.
struct scrub_strike {
  size_t place;
  // By bit: windows that may be in the filter, at every fourth byte, and signs.
  unsigned windows, signs;
};

// The first such step from start on. Twenty bytes are read for a step; where fewer are left before the end, that is the
// answer.
static inline struct scrub_strike scrub_first_strike(
    const unsigned char *bytes, size_t start, size_t end, const uint64_t *blocks, int shift) {
  struct scrub_strike strike = {start, 0, 0};
  for (; end - strike.place >= 20; strike.place += 16) {
    uint64_t words[4], found = 0;
    for (int window = 0; window < 4; window++) {
      memcpy(&words[window], bytes + strike.place + 4 * window, 8);
      found |= scrub_may_hold(blocks, shift, scrub_window(words[window]));
    }
    strike.signs = scrub_signs(bytes + strike.place);
    if (!(found & 1) && !strike.signs) continue;
    for (int window = 0; window < 4; window++) {
      strike.windows |= (unsigned)(scrub_may_hold(blocks, shift, scrub_window(words[window])) & 1) << window;
    }
    break;
  }
  return strike;
}
