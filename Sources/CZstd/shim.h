#include <zstd.h>
#include <zstd_errors.h>

// The two answers that are no size are macros: -1 where the frame does not say, -2 where there is no frame.
static inline long long scrub_zstd_content_size(const void *stored, size_t count) {
  unsigned long long size = ZSTD_getFrameContentSize(stored, count);
  if (size == ZSTD_CONTENTSIZE_ERROR) return -2;
  return size > 0x7fffffffffffffffULL ? -1 : (long long)size;
}
