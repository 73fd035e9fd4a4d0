/* Fails the Nth call of one kind on files below one folder: preloaded, and armed by the process that it is loaded into.
 *
 *     cc -shared -fPIC -O1 -o faults.so faults.c -ldl
 *     LD_PRELOAD=./faults.so python ...       fault_arm("/folder", "write", 3, ENOSPC, 0)
 *
 * Kinds: write, sync, rename, open, lock, truncate, remove. With `stays`, every later call of the kind fails as well.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX], wanted[16];
static int remaining, number, stays, armed, hits;

void fault_arm(const char *path, const char *kind, int nth, int error, int for_good) {
    snprintf(folder, sizeof folder, "%s", path);
    snprintf(wanted, sizeof wanted, "%s", kind);
    remaining = nth, number = error, stays = for_good, hits = 0, armed = 1;
}

int fault_disarm(void) { armed = 0; return hits; }

static int fails(const char *kind, const char *path) {
    if (!armed || strcmp(kind, wanted) || strncmp(path, folder, strlen(folder))) return 0;
    remaining--;
    if (remaining > 0 || (remaining < 0 && !stays)) return 0;
    hits++;
    errno = number;
    return 1;
}

static int fails_at(const char *kind, int base, const char *path) {
    char whole[PATH_MAX * 2], where[64];
    if (!armed || strcmp(kind, wanted)) return 0;
    if (path[0] == '/') return fails(kind, path);
    if (base == AT_FDCWD) {
        if (!getcwd(whole, PATH_MAX)) return 0;
    } else {
        snprintf(where, sizeof where, "/proc/self/fd/%d", base);
        ssize_t length = readlink(where, whole, PATH_MAX);
        if (length < 0) return 0;
        whole[length] = 0;
    }
    strncat(whole, "/", 2);
    strncat(whole, path, PATH_MAX - 1);
    return fails(kind, whole);
}

static int fails_on(const char *kind, int file) {
    char where[64], path[PATH_MAX];
    if (!armed || strcmp(kind, wanted)) return 0;
    snprintf(where, sizeof where, "/proc/self/fd/%d", file);
    ssize_t length = readlink(where, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(kind, path);
}

#define REAL(result, name, ...) static result (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)
#define ON_FILE(result, name, kind, parameters, arguments, ...) \
    result name parameters { REAL(result, #name, __VA_ARGS__); return fails_on(kind, file) ? -1 : real arguments; }

ON_FILE(ssize_t, write, "write", (int file, const void *bytes, size_t size), (file, bytes, size), int, const void *, size_t)
ON_FILE(ssize_t, writev, "write", (int file, const struct iovec *bytes, int count), (file, bytes, count), int, const struct iovec *, int)
ON_FILE(ssize_t, pwrite, "write", (int file, const void *bytes, size_t size, off_t at), (file, bytes, size, at), int, const void *, size_t, off_t)
ON_FILE(ssize_t, pwrite64, "write", (int file, const void *bytes, size_t size, off64_t at), (file, bytes, size, at), int, const void *, size_t, off64_t)
ON_FILE(int, fsync, "sync", (int file), (file), int)
ON_FILE(int, fdatasync, "sync", (int file), (file), int)
ON_FILE(int, ftruncate, "truncate", (int file, off_t size), (file, size), int, off_t)
ON_FILE(int, ftruncate64, "truncate", (int file, off64_t size), (file, size), int, off64_t)
ON_FILE(int, flock, "lock", (int file, int what), (file, what), int, int)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; va_end(rest); \
        REAL(int, #name, const char *, int, ...); \
        return fails_at("open", AT_FDCWD, path) ? -1 : real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int base, const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; va_end(rest); \
        REAL(int, #name, int, const char *, int, ...); \
        return fails_at("open", base, path) ? -1 : real(base, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

#define FCNTL(name) \
    int name(int file, int command, ...) { \
        va_list rest; va_start(rest, command); void *argument = va_arg(rest, void *); va_end(rest); \
        REAL(int, #name, int, int, ...); \
        struct flock *lock = argument; \
        if ((command == F_SETLK || command == F_SETLKW) && lock->l_type != F_UNLCK && fails_on("lock", file)) return -1; \
        return real(file, command, argument); \
    }
FCNTL(fcntl)
FCNTL(fcntl64)

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return fails_at("rename", AT_FDCWD, to) ? -1 : real(from, to);
}

int renameat(int from_base, const char *from, int to_base, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return fails_at("rename", to_base, to) ? -1 : real(from_base, from, to_base, to);
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    return fails_at("remove", AT_FDCWD, path) ? -1 : real(path);
}
