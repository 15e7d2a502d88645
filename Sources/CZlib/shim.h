#include <zlib.h>

// The initialisers are macros.
static inline int scrub_inflate_start(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
static inline int scrub_deflate_start(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}
