// libcrypto only. OSSL_PARAM keeps pointers to names and values, which Swift's temporary strings would not outlive:
// the inline functions build and use such lists in one place.
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

static inline int scrub_hmac_start(EVP_MAC_CTX *context, const unsigned char *key, size_t key_size) {
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
    OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_init(context, key, key_size, parameters);
}

// The nonce is twelve zeros.
static inline int scrub_gmac_start(EVP_MAC_CTX *context, const unsigned char *key, size_t key_size) {
  unsigned char nonce[12] = {0};
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, (char *)"AES-256-GCM", 0),
    OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, nonce, sizeof nonce),
    OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_init(context, key, key_size, parameters);
}

static inline int scrub_hkdf_derive(
  EVP_KDF_CTX *context, const void *key, size_t key_size, const void *salt, size_t salt_size, const void *info,
  size_t info_size, unsigned char *output, size_t output_size) {
  OSSL_PARAM parameters[5];
  int count = 0;
  parameters[count++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0);
  parameters[count++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_size);
  parameters[count++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_size);
  if (salt_size > 0) {
    parameters[count++] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_size);
  }
  parameters[count] = OSSL_PARAM_construct_end();
  return EVP_KDF_derive(context, output, output_size, parameters);
}

static inline int scrub_cipher_tag(EVP_CIPHER_CTX *context, unsigned char *tag, size_t size) {
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, size),
    OSSL_PARAM_construct_end(),
  };
  return EVP_CIPHER_CTX_get_params(context, parameters);
}

static inline int scrub_cipher_expect_tag(EVP_CIPHER_CTX *context, const unsigned char *tag, size_t size) {
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, (void *)tag, size),
    OSSL_PARAM_construct_end(),
  };
  return EVP_CIPHER_CTX_set_params(context, parameters);
}

// A key behind a passphrase is none: nobody is asked for it.
static inline int scrub_no_passphrase(char *buffer, int size, int is_writing, void *data) { return -1; }

static inline EVP_PKEY *scrub_private_key(const void *pem, int size) {
  BIO *text = BIO_new_mem_buf(pem, size);
  if (!text) return NULL;
  EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, scrub_no_passphrase, NULL);
  BIO_free(text);
  return key;
}

static inline void *scrub_secure_allocate(size_t size) { return OPENSSL_secure_malloc(size); }
static inline void scrub_secure_free(void *memory, size_t size) { OPENSSL_secure_clear_free(memory, size); }
