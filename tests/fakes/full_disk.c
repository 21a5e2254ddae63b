/* A disk without room, for one folder: preloaded into a program (LD_PRELOAD), it lets every write that would make a
   file below $FULL_DISK larger fail with ENOSPC, and says that no byte is free there, while "$FULL_DISK.full" exists.
   What is already written can be written over, as on a real disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

static int below(const char *path) {
    const char *folder = getenv("FULL_DISK");
    char flag[4096];
    if (!folder || strncmp(path, folder, strlen(folder))) return 0;
    snprintf(flag, sizeof flag, "%s.full", folder);
    return access(flag, F_OK) == 0;
}

static int full(int fd, off_t end) {
    char link[64], path[4096];
    struct stat status;
    int kept = errno, answer = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0) {
        path[length] = 0;
        answer = below(path) && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && end > status.st_size;
    }
    errno = answer ? ENOSPC : kept;
    return answer;
}

static off_t next(int fd) {
    struct stat status;
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_APPEND) && fstat(fd, &status) == 0) return status.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return full(fd, next(fd) + count) ? -1 : REAL(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return full(fd, at + count) ? -1 : REAL(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    return full(fd, at + count) ? -1 : REAL(pwrite64)(fd, bytes, count, at);
}

int ftruncate(int fd, off_t length) {
    return full(fd, length) ? -1 : REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    return full(fd, length) ? -1 : REAL(ftruncate64)(fd, length);
}

int posix_fallocate(int fd, off_t at, off_t length) {
    return full(fd, at + length) ? ENOSPC : REAL(posix_fallocate)(fd, at, length);
}

int statvfs(const char *path, struct statvfs *status) {
    int answer = REAL(statvfs)(path, status);
    if (!answer && below(path)) status->f_bfree = status->f_bavail = 0;
    return answer;
}

int statvfs64(const char *path, struct statvfs64 *status) {
    int answer = REAL(statvfs64)(path, status);
    if (!answer && below(path)) status->f_bfree = status->f_bavail = 0;
    return answer;
}
