// libcrypto only. The inline function stands in for a macro that Swift cannot see.
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

static inline void scrub_clear_errors(void) { ERR_clear_error(); }
