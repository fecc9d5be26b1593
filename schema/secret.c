/* secret.c - passwords: read where they are kept, when they are needed. SPDX-License-Identifier: Apache-2.0
 * The value is in no configuration, message or log. Threads: any, while nobody changes the process's environment. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "schema/config.h"

/* Fills room bytes at most; the size, or -1 with errno. */
static ssize_t read_whole(const char *file, char *text, size_t room)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    size_t size = 0;
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && size < room) {
        got = read(fd, text + size, room - size);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            size += (size_t)got;
    }
    int reason = errno;
    if (fd >= 0)
        close(fd);
    errno = reason;
    return got < 0 ? -1 : (ssize_t)size;
}

static weir_status from_file(const weir__env *env, const char *file, char **value, weir_error *error)
{
    size_t room = WEIR__MAX_SECRET_BYTES + 1;
    char *text = weir__alloc(&env->mem, room + 1);
    weir_status status = WEIR_OK;
    if (!text)
        return weir__fail_nomem(error);
    ssize_t size = read_whole(file, text, room);
    if (size < 0)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "the password file %s cannot be read: %s", file,
                            strerror(errno));
    else if ((size_t)size == room)
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "the password file %s is larger than %d bytes", file,
                            WEIR__MAX_SECRET_BYTES);
    else if (memchr(text, '\0', (size_t)size))
        status = weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "the password file %s holds a NUL byte", file);
    if (status != WEIR_OK) {
        explicit_bzero(text, room + 1);
        weir__free(&env->mem, text);
        return status;
    }
    if (size > 0 && text[size - 1] == '\n') {
        size--;
        if (size > 0 && text[size - 1] == '\r')
            size--;
    }
    explicit_bzero(text + size, room + 1 - (size_t)size);
    *value = text;
    return WEIR_OK;
}

weir_status weir__secret_value(const weir__env *env, const weir__secret *secret, char **value, weir_error *error)
{
    const char *text = "";
    *value = NULL;
    switch (secret->from) {
    case WEIR__SECRET_FILE:
        return from_file(env, secret->name, value, error);
    case WEIR__SECRET_ENV:
        text = getenv(secret->name);
        break;
    case WEIR__SECRET_NONE:
        break;
    }
    if (!text)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "the environment variable %s, which holds a password, is not set", secret->name);
    *value = weir__strdup(&env->mem, text);
    return *value ? WEIR_OK : weir__fail_nomem(error);
}

void weir__secret_wipe(const weir__env *env, char *value)
{
    if (value)
        explicit_bzero(value, strlen(value));
    weir__free(&env->mem, value);
}
