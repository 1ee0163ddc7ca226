/* Loaded into a run before the C library: lets one call on the files of its store fail, as a disk
 * that is broken or full does, and notes every such call.
 *
 * strace can make calls fail too, but counts each thread's for itself: "the run's fourth write"
 * cannot be said to it, and its filter takes no file whose name is not known beforehand. Both ways
 * the call is not made and the program is given an error number.
 *
 * FAULTS_STORE  the folder whose files count
 * FAULTS_LOG    what is written to: a line for each call, "pid call result mark path"
 * FAULTS_CALL   sync (fsync, fdatasync), pwrite or write (writev too): the calls that are counted
 * FAULTS_AT     which of them fails, from 1; 0 is none
 * FAULTS_ERRNO  what it fails with; negative: after half of the bytes were written. A disk that is
 *               full writes what still fits, and says so when the rest is tried.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *store, *counted;
static long at, number;
static int log_file = -1;
static long calls;
/* What remains of a write that was cut short is refused, whoever tries it. */
static int cut_short = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("FAULTS_LOG");
    store = getenv("FAULTS_STORE");
    counted = getenv("FAULTS_CALL");
    at = getenv("FAULTS_AT") ? atol(getenv("FAULTS_AT")) : 0;
    number = getenv("FAULTS_ERRNO") ? atol(getenv("FAULTS_ERRNO")) : EIO;
    if (name && store && counted)
        log_file = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
}

/* The path of `fd` below the store, or null if it is not there. */
static const char *below_store(int fd, char path[PATH_MAX])
{
    char link[64];
    ssize_t length;
    size_t prefix;
    if (log_file < 0 || fd == log_file)
        return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return NULL;
    path[length] = 0;
    prefix = strlen(store);
    if (strncmp(path, store, prefix) != 0 || (path[prefix] != '/' && path[prefix] != 0))
        return NULL;
    return path[prefix] ? path + prefix + 1 : ".";
}

/* What happens to a call: 0 nothing, otherwise the number that it fails with. */
static int failing(const char *call, int fd, const char *path)
{
    if (!path || strcmp(call, counted) != 0)
        return 0;
    if (cut_short == fd) {
        cut_short = -1;
        return (int)-number;
    }
    return __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) == at ? (int)number : 0;
}

static void note(const char *call, const char *path, const char *result, const void *bytes, size_t size)
{
    char line[PATH_MAX + 128];
    const char *mark = "-";
    int length, before = errno;
    if (!path)
        return;
    if (bytes && memmem(bytes, size, "run.ended", 9))
        mark = "ended";
    else if (bytes && memmem(bytes, size, "run.started", 11))
        mark = "started";
    length = snprintf(line, sizeof line, "%d %s %s %s %s\n", getpid(), call, result, mark, path);
    if (syscall(SYS_write, log_file, line, (size_t)length) != length)
        abort();
    errno = before;
}

#define DONE(result) ((result) < 0 ? "failed" : "done")

static int sync_file(int fd, long which)
{
    char buffer[PATH_MAX];
    const char *path = below_store(fd, buffer);
    int result, cause = failing("sync", fd, path);
    if (cause) {
        note("sync", path, "hit", NULL, 0);
        errno = cause;
        return -1;
    }
    result = (int)syscall(which, fd);
    note("sync", path, DONE(result), NULL, 0);
    return result;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

/* `call` on bytes: at an offset, or at the end if it is negative. */
static ssize_t put(const char *call, int fd, const void *bytes, size_t size, off64_t offset)
{
    char buffer[PATH_MAX];
    const char *path = below_store(fd, buffer);
    int cause = failing(call, fd, path);
    ssize_t result;
    if (cause > 0) {
        note(call, path, "hit", NULL, 0);
        errno = cause;
        return -1;
    }
    if (cause < 0) {
        cut_short = fd;
        size /= 2;
    }
    result = offset < 0 ? syscall(SYS_write, fd, bytes, size)
                        : syscall(SYS_pwrite64, fd, bytes, size, offset);
    note(call, path, cause ? "hit" : DONE(result), bytes, size);
    return result;
}

ssize_t write(int fd, const void *bytes, size_t size) { return put("write", fd, bytes, size, -1); }

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    return put("pwrite", fd, bytes, size, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return put("pwrite", fd, bytes, size, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    char buffer[PATH_MAX];
    const char *path = below_store(fd, buffer);
    int cause = failing("write", fd, path);
    ssize_t result;
    if (cause) {
        note("write", path, "hit", NULL, 0);
        errno = cause < 0 ? -cause : cause;
        return -1;
    }
    result = syscall(SYS_writev, fd, parts, count);
    note("write", path, DONE(result), NULL, 0);
    return result;
}
