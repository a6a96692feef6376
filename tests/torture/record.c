/* What a process does to the files below $TORTURE_ROOT, as a log to replay: LD_PRELOAD.
 *
 * A record in $TORTURE_LOG: one byte of kind, three 64-bit numbers (offset, length of data, length of
 * second path), the length of the first path, both paths, the data. Kinds: c create, t truncate,
 * w write, r rename, u unlink, m mkdir, d rmdir, s sync. A file is told by the path that it has
 * when it is written; data are those that were written. Memory mapped for writing is not seen:
 * a replay of all records must give what is there in the end, or the recording is not whole.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int log_fd = -1;
static char root[PATH_MAX];
static size_t root_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TORTURE_LOG"), *folder = getenv("TORTURE_ROOT");
    if (!path || !folder || !realpath(folder, root)) return;
    root_length = strlen(root);
    log_fd = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int below(const char *path) {
    return log_fd >= 0 && !strncmp(path, root, root_length)
        && (path[root_length] == '/' || path[root_length] == 0);
}

static int path_of(int fd, char *out) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    if (n < 0) return 0;
    out[n] = 0;
    return below(out);
}

static int path_at(int folder, const char *name, char *out) {
    char joined[2 * PATH_MAX];
    if (name[0] == '/') snprintf(joined, sizeof joined, "%s", name);
    else if (folder == AT_FDCWD) {
        if (!getcwd(joined, PATH_MAX)) return 0;
        size_t n = strlen(joined);
        snprintf(joined + n, sizeof joined - n, "/%s", name);
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t n = readlink(link, joined, PATH_MAX - 1);
        if (n < 0) return 0;
        snprintf(joined + n, sizeof joined - n, "/%s", name);
    }
    if (strlen(joined) >= PATH_MAX) return 0;
    strcpy(out, joined);
    return below(out);
}

static void put(char kind, const char *path, const char *second, int64_t offset,
                const struct iovec *pieces, int count, int64_t length) {
    int saved = errno;
    int64_t head[4] = {offset, length, second ? (int64_t)strlen(second) : 0, (int64_t)strlen(path)};
    struct iovec out[1024];
    int n = 0;
    out[n++] = (struct iovec){&kind, 1};
    out[n++] = (struct iovec){head, sizeof head};
    out[n++] = (struct iovec){(void *)path, head[3]};
    if (second) out[n++] = (struct iovec){(void *)second, head[2]};
    int64_t left = length;
    for (int i = 0; i < count && left > 0; i++) {
        size_t part = pieces[i].iov_len < (size_t)left ? pieces[i].iov_len : (size_t)left;
        out[n++] = (struct iovec){pieces[i].iov_base, part};
        left -= part;
    }
    pthread_mutex_lock(&lock);
    for (int i = 0; i < n; i++) {
        const char *from = out[i].iov_base;
        size_t rest = out[i].iov_len;
        while (rest) {
            ssize_t done = REAL(write)(log_fd, from, rest);
            if (done <= 0) abort();
            from += done;
            rest -= done;
        }
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
}

static int64_t place_of(int fd) {
    int flags = fcntl(fd, F_GETFL);
    struct stat about;
    if (flags >= 0 && flags & O_APPEND) return fstat(fd, &about) ? -1 : about.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

static void wrote(int fd, int64_t at, const struct iovec *pieces, int count, ssize_t done) {
    char path[PATH_MAX];
    if (done > 0 && log_fd >= 0 && fd != log_fd && path_of(fd, path))
        put('w', path, 0, at, pieces, count, done);
}

ssize_t write(int fd, const void *data, size_t length) {
    int64_t at = log_fd >= 0 ? place_of(fd) : 0;
    ssize_t done = REAL(write)(fd, data, length);
    struct iovec piece = {(void *)data, length};
    wrote(fd, at, &piece, 1, done);
    return done;
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    int64_t at = log_fd >= 0 ? place_of(fd) : 0;
    ssize_t done = REAL(writev)(fd, pieces, count);
    wrote(fd, at, pieces, count, done);
    return done;
}

#define PWRITE(name, type)                                                        \
    ssize_t name(int fd, const void *data, size_t length, type at) {              \
        ssize_t done = REAL(name)(fd, data, length, at);                          \
        struct iovec piece = {(void *)data, length};                              \
        wrote(fd, at, &piece, 1, done);                                           \
        return done;                                                              \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define PWRITEV(name, type)                                                       \
    ssize_t name(int fd, const struct iovec *pieces, int count, type at) {        \
        ssize_t done = REAL(name)(fd, pieces, count, at);                         \
        wrote(fd, at, pieces, count, done);                                       \
        return done;                                                              \
    }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

/* Copies inside the kernel: what came is read back. */
static void copied(int fd, int64_t at, ssize_t done) {
    char path[PATH_MAX];
    if (done <= 0 || !path_of(fd, path)) return;
    int back = REAL(open)(path, O_RDONLY | O_CLOEXEC);
    char *data = malloc(done);
    if (back < 0 || !data || pread(back, data, done, at) != done) abort();
    struct iovec piece = {data, done};
    put('w', path, 0, at, &piece, 1, done);
    free(data);
    close(back);
}

#define SENDFILE(name, type)                                                      \
    ssize_t name(int out, int in, type *from, size_t length) {                    \
        int64_t at = log_fd >= 0 ? place_of(out) : 0;                             \
        ssize_t done = REAL(name)(out, in, from, length);                         \
        copied(out, at, done);                                                    \
        return done;                                                              \
    }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
    int64_t at = to ? *to : log_fd >= 0 ? place_of(out) : 0;
    ssize_t done = REAL(copy_file_range)(in, from, out, to, length, flags);
    copied(out, at, done);
    return done;
}

static int opened(int fd, int flags, int was_there) {
    char path[PATH_MAX];
    if (fd >= 0 && log_fd >= 0 && path_of(fd, path)) {
        if (!was_there) put('c', path, 0, 0, 0, 0, 0);
        else if (flags & O_TRUNC) put('t', path, 0, 0, 0, 0, 0);
    }
    return fd;
}

#define MODE                                                                      \
    mode_t mode = 0;                                                              \
    if (flags & (O_CREAT | O_TMPFILE)) {                                          \
        va_list more;                                                             \
        va_start(more, flags);                                                    \
        mode = va_arg(more, mode_t);                                              \
        va_end(more);                                                             \
    }
#define OPEN(name)                                                                \
    int name(const char *path, int flags, ...) {                                  \
        MODE int there = !(flags & O_CREAT) || !access(path, F_OK);               \
        return opened(REAL(name)(path, flags, mode), flags, there);               \
    }
#define OPENAT(name)                                                              \
    int name(int folder, const char *path, int flags, ...) {                      \
        MODE int there = !(flags & O_CREAT) || !faccessat(folder, path, F_OK, 0); \
        return opened(REAL(name)(folder, path, flags, mode), flags, there);       \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

#define TRUNCATE(name, type)                                                      \
    int name(int fd, type length) {                                               \
        int done = REAL(name)(fd, length);                                        \
        char path[PATH_MAX];                                                      \
        if (!done && log_fd >= 0 && path_of(fd, path)) put('t', path, 0, length, 0, 0, 0); \
        return done;                                                              \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                                                                \
    int name(int fd) {                                                            \
        int done = REAL(name)(fd);                                                \
        char path[PATH_MAX];                                                      \
        if (!done && log_fd >= 0 && path_of(fd, path)) put('s', path, 0, 0, 0, 0, 0); \
        return done;                                                              \
    }
SYNC(fsync)
SYNC(fdatasync)

static int renamed(int done, int from, const char *old, int to, const char *new) {
    char path[PATH_MAX], second[PATH_MAX];
    if (!done && path_at(from, old, path) + path_at(to, new, second) == 2)
        put('r', path, second, 0, 0, 0, 0);
    return done;
}

int rename(const char *old, const char *new) {
    return renamed(REAL(rename)(old, new), AT_FDCWD, old, AT_FDCWD, new);
}

int renameat(int from, const char *old, int to, const char *new) {
    return renamed(REAL(renameat)(from, old, to, new), from, old, to, new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    return renamed(REAL(renameat2)(from, old, to, new, flags), from, old, to, new);
}

static int told(int done, char kind, int folder, const char *name) {
    char path[PATH_MAX];
    if (!done && path_at(folder, name, path)) put(kind, path, 0, 0, 0, 0, 0);
    return done;
}

int unlink(const char *path) { return told(REAL(unlink)(path), 'u', AT_FDCWD, path); }
int rmdir(const char *path) { return told(REAL(rmdir)(path), 'd', AT_FDCWD, path); }
int unlinkat(int folder, const char *path, int flags) {
    return told(REAL(unlinkat)(folder, path, flags), flags & AT_REMOVEDIR ? 'd' : 'u', folder, path);
}
int mkdir(const char *path, mode_t mode) { return told(REAL(mkdir)(path, mode), 'm', AT_FDCWD, path); }
int mkdirat(int folder, const char *path, mode_t mode) {
    return told(REAL(mkdirat)(folder, path, mode), 'm', folder, path);
}
