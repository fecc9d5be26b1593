/* playground_files.c - the playground's small things with files.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/playground.h"

void pg_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("weir playground: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

bool pg_path(char out[PATH_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(out, PATH_MAX, format, args);
    va_end(args);
    if (size >= 0 && size < PATH_MAX)
        return true;
    pg_say("the path %.60s.. is too long", out);
    return false;
}

bool pg_write_file(const char *path, mode_t mode, const char *text)
{
    char draft[PATH_MAX];
    if (!pg_path(draft, "%s.new", path))
        return false;
    unlink(draft);
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    size_t size = strlen(text);
    bool written = fd >= 0 && write(fd, text, size) == (ssize_t)size;
    if (fd >= 0 && close(fd) != 0)
        written = false;
    if (written && rename(draft, path) == 0)
        return true;
    pg_say("cannot write %s: %s", path, strerror(errno));
    unlink(draft);
    return false;
}

char *pg_read_file(playground *pg, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    weir__buf text;
    weir__buf_init(&text, &pg->env.mem, PG_MAX_FILE);
    char piece[4096];
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0)
        weir__buf_add(&text, piece, (size_t)got);
    close(fd);
    if (got < 0) {
        weir__buf_deinit(&text);
        return NULL;
    }
    return weir__buf_detach(&text, NULL);
}

/* nftw has no context: these two say what the walk below copies from and to. */
static const char *copy_from, *copy_to;

static bool copy_file(const char *from, const char *to, const struct stat *status)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status->st_mode & 0777);
    bool copied = in >= 0 && out >= 0;
    for (off_t left = status->st_size; copied && left > 0;) {
        ssize_t done = copy_file_range(in, NULL, out, NULL, (size_t)left, 0);
        copied = done > 0;
        left -= done;
    }
    if (!copied)
        pg_say("cannot copy %s to %s: %s", from, to, strerror(errno));
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return copied;
}

static int copy_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)where;
    char to[PATH_MAX];
    if (!pg_path(to, "%s%s", copy_to, path + strlen(copy_from)))
        return -1;
    if (kind == FTW_D) {
        if (mkdir(to, 0700) == 0)
            return 0;
        pg_say("cannot make %s: %s", to, strerror(errno));
        return -1;
    }
    return kind == FTW_F && !copy_file(path, to, status) ? -1 : 0;
}

bool pg_copy_tree(const char *from, const char *to)
{
    copy_from = from;
    copy_to = to;
    return nftw(from, copy_entry, 16, FTW_PHYS) == 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

bool pg_remove_tree(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0 && errno == ENOENT)
        return true;
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0)
        return true;
    pg_say("cannot remove %s: %s", path, strerror(errno));
    return false;
}

bool pg_number(const char *text, long most, long *number)
{
    long value = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (*text - '0');
        if (value > most)
            return false;
    }
    *number = value;
    return true;
}

bool pg_random_text(char *out, size_t size)
{
    unsigned char bytes[64];
    size_t count = (size - 1) / 2;
    if (count > sizeof bytes || getrandom(bytes, count, 0) != (ssize_t)count) {
        pg_say("the system gives no random bytes: %s", strerror(errno));
        return false;
    }
    for (size_t i = 0; i < count; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

bool pg_find_program(char out[PATH_MAX], const char *name)
{
    char path[PATH_MAX];
    const char *given = getenv("PATH");
    /* Servers live in sbin, which is not in everybody's PATH. */
    int size = snprintf(path, sizeof path, "%s:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin", given ? given : "");
    if (size < 0 || (size_t)size >= sizeof path)
        return false;
    char *rest = path;
    for (char *folder; (folder = strsep(&rest, ":"));) {
        if (*folder == '\0')
            continue;
        size = snprintf(out, PATH_MAX, "%s/%s", folder, name);
        if (size > 0 && size < PATH_MAX && access(out, X_OK) == 0)
            return true;
    }
    return false;
}
