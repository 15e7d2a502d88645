/* The least that the job can cost: every byte read, hashed (SHA-256, for the manifest) and written, and N HMACs.

       floor IN OUT N JOBS

   Copies every file of IN to OUT and makes N HMAC-SHA256 of 29-byte values, shared out to the files by size, in
   JOBS processes. One EVP_MAC context a process, started again with a NULL key: OpenSSL's fast path.
   Build: cc -O2 floor.c -lcrypto */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { max_jobs = 64, chunk_size = 1 << 20 };

struct file { char *path; long long size; int job; };

static struct file *files;
static size_t file_count, file_capacity;
static long long total_size;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int collect(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)walk;
  if (kind != FTW_F) return 0;
  if (file_count == file_capacity) {
    file_capacity = file_capacity ? 2 * file_capacity : 256;
    files = realloc(files, file_capacity * sizeof *files);
    if (!files) fail("realloc");
  }
  files[file_count++] = (struct file){strdup(path), status->st_size, 0};
  total_size += status->st_size;
  return 0;
}

static int by_size_falling(const void *left, const void *right) {
  long long a = ((const struct file *)left)->size, b = ((const struct file *)right)->size;
  return (a < b) - (a > b);
}

/* Largest file first, to the job that has least. */
static void share_out(int jobs) {
  long long load[max_jobs] = {0};
  qsort(files, file_count, sizeof *files, by_size_falling);
  for (size_t i = 0; i < file_count; i++) {
    int lightest = 0;
    for (int job = 1; job < jobs; job++)
      if (load[job] < load[lightest]) lightest = job;
    files[i].job = lightest;
    load[lightest] += files[i].size;
  }
}

static int create(const char *root, const char *relative) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s%s", root, relative) >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    fail(relative);
  }
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    if (mkdir(path, 0777) && errno != EEXIST) fail(path);
    *slash = '/';
  }
  int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (descriptor < 0) fail(path);
  return descriptor;
}

static void make_hmacs(EVP_MAC_CTX *hmac, long long count) {
  char value[30];
  unsigned char digest[32];
  size_t length;
  for (long long i = 0; i < count; i++) {
    memcpy(value, "person.0000000000@example.com", 30);
    for (long long rest = i, place = 16; rest; rest /= 10) value[place--] = '0' + rest % 10;
    if (!EVP_MAC_init(hmac, NULL, 0, NULL) || !EVP_MAC_update(hmac, (unsigned char *)value, 29) ||
        !EVP_MAC_final(hmac, digest, &length, sizeof digest))
      exit(1);
  }
}

static void copy(const struct file *file, const char *out, const char *relative, EVP_MD_CTX *sha) {
  static unsigned char chunk[chunk_size];
  unsigned char digest[32];
  int source = open(file->path, O_RDONLY), target = create(out, relative);
  if (source < 0) fail(file->path);
  if (!EVP_DigestInit_ex(sha, EVP_sha256(), NULL)) exit(1);
  for (ssize_t got; (got = read(source, chunk, sizeof chunk)) != 0;) {
    if (got < 0) fail(file->path);
    if (!EVP_DigestUpdate(sha, chunk, got)) exit(1);
    for (ssize_t done = 0, wrote; done < got; done += wrote)
      if ((wrote = write(target, chunk + done, got - done)) < 0) fail(relative);
  }
  if (!EVP_DigestFinal_ex(sha, digest, NULL)) exit(1);
  close(source);
  if (close(target)) fail(relative);
}

static void work(int job, const char *in, const char *out, long long hmac_count) {
  static unsigned char key[32] = "a key of thirty-two bytes, fixed";
  OSSL_PARAM digest[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0), OSSL_PARAM_END};
  EVP_MAC_CTX *hmac = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
  EVP_MD_CTX *sha = EVP_MD_CTX_new();
  if (!hmac || !sha || !EVP_MAC_init(hmac, key, sizeof key, digest)) exit(1);
  for (size_t i = 0; i < file_count; i++) {
    if (files[i].job != job) continue;
    copy(&files[i], out, files[i].path + strlen(in), sha);
    make_hmacs(hmac, (long long)((double)hmac_count * files[i].size / (total_size ? total_size : 1) + 0.5));
  }
}

int main(int count, char **arguments) {
  if (count != 5) {
    fputs("usage: floor IN OUT N JOBS\n", stderr);
    return 64;
  }
  const char *in = arguments[1], *out = arguments[2];
  long long hmac_count = atoll(arguments[3]);
  int jobs = atoi(arguments[4]), failed = 0, status;
  if (jobs < 1 || jobs > max_jobs || hmac_count < 0) return 64;
  if (nftw(in, collect, 32, FTW_PHYS)) fail(in);
  share_out(jobs);

  for (int job = 0; job < jobs; job++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      work(job, in, out, hmac_count);
      _exit(0);
    }
  }
  while (wait(&status) > 0) failed |= status != 0;
  return failed;
}
