/* playground_other.c - Redis and a MongoDB-compatible server.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/playground.h"

static bool make_folder(playground *pg, const pg_server *server, char folder[PATH_MAX])
{
    if (!pg_path(folder, "%s/%s", pg->dir, server->name))
        return false;
    if (mkdir(folder, 0700) == 0 || errno == EEXIST)
        return true;
    pg_say("cannot make %s: %s", folder, strerror(errno));
    return false;
}

/* redis-server, or redis-check-rdb under that name: they are one program, and only the latter's
 * package brings no service. */
static bool redis_program(playground *pg, char program[PATH_MAX])
{
    char other[PATH_MAX];
    if (pg_find_program(program, "redis-server"))
        return true;
    if (!pg_find_program(other, "redis-check-rdb")) {
        pg_say("there is neither redis-server nor redis-check-rdb in PATH or /usr/bin; install the "
               "package redis-tools");
        return false;
    }
    if (!pg_path(program, "%s/redis/redis-server", pg->dir))
        return false;
    if (symlink(other, program) == 0 || errno == EEXIST)
        return true;
    pg_say("cannot make %s: %s", program, strerror(errno));
    return false;
}

bool pg_redis_start(playground *pg, const pg_server *server)
{
    char folder[PATH_MAX], program[PATH_MAX], path[PATH_MAX], text[PATH_MAX + 512];
    pg_args args = {.count = 0};
    if (!make_folder(pg, server, folder) || !redis_program(pg, program) || !pg_path(path, "%s/redis.conf", folder))
        return false;
    /* A file because a command line can be read by everybody. Its own title would hide the folder
     * that pg_alive looks for. noeviction: weir's marks must not be evicted. */
    snprintf(text, sizeof text,
             "bind 127.0.0.1\nport %d\ndir \"%s\"\nrequirepass %s\nsave \"\"\nappendonly "
             "no\nmaxmemory-policy noeviction\n"
             "set-proc-title no\n",
             server->port, folder, pg->password);
    return pg_write_file(path, 0600, text) && pg_arg(&args, "%s", program) && pg_arg(&args, "%s", path) &&
           pg_spawn(pg, server, &args);
}

/* secantusd-py of $WEIR_SECANTUS (the program or its venv), or of the venv that `tools/setup mongo`
 * makes in build/. */
static bool find_secantus(char out[PATH_MAX])
{
    static const char *const below[] = {"", "/bin/secantusd-py", "/secantusd-py"};
    const char *given = getenv("WEIR_SECANTUS");
    struct stat status;
    for (size_t i = 0; given && i < sizeof below / sizeof below[0]; i++) {
        int size = snprintf(out, PATH_MAX, "%s%s", given, below[i]);
        if (size > 0 && size < PATH_MAX && stat(out, &status) == 0 && S_ISREG(status.st_mode) && access(out, X_OK) == 0)
            return true;
    }
    if (pg_find_program(out, "secantusd-py"))
        return true;
    /* The command of a source tree stands in build/<preset>/. */
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size <= 0)
        return false;
    self[size] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(self, '/');
        if (slash)
            *slash = '\0';
    }
    int length = snprintf(out, PATH_MAX, "%s/venv-mongo/bin/secantusd-py", self);
    return length > 0 && length < PATH_MAX && access(out, X_OK) == 0;
}

bool pg_mongo_program(char out[PATH_MAX], bool *is_mongod)
{
    *is_mongod = pg_find_program(out, "mongod");
    return *is_mongod || find_secantus(out);
}

bool pg_mongo_start(playground *pg, const pg_server *server)
{
    char folder[PATH_MAX], program[PATH_MAX], data[PATH_MAX];
    bool is_mongod;
    pg_args args = {.count = 0};
    if (!make_folder(pg, server, folder) || !pg_path(data, "%s/data", folder))
        return false;
    if (!pg_mongo_program(program, &is_mongod)) {
        pg_say("there is no mongod and no secantusd-py any more; make one with tools/setup mongo");
        return false;
    }
    if (mkdir(data, 0700) != 0 && errno != EEXIST) {
        pg_say("cannot make %s: %s", data, strerror(errno));
        return false;
    }
    bool told = pg_arg(&args, "%s", program) && pg_arg(&args, "--port") && pg_arg(&args, "%d", server->port);
    if (is_mongod)
        told = told && pg_arg(&args, "--bind_ip") && pg_arg(&args, "127.0.0.1") && pg_arg(&args, "--dbpath") &&
               pg_arg(&args, "%s", data);
    else
        told = told && pg_arg(&args, "--host") && pg_arg(&args, "127.0.0.1") && pg_arg(&args, "--cache-size") &&
               pg_arg(&args, "256M") && pg_arg(&args, "--storage-path") && pg_arg(&args, "%s", data);
    return told && pg_spawn(pg, server, &args);
}
