/* migrate_new.c - `weir migrate new NAME`: the next number's two files. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/migrate.h"

enum { MAX_PATH = 4096 };

static const char template[] = "-- %s: %s\n"
                               "-- Statements end with ; and run once on every shard, one after the other. "
                               "docs/migrations.md says which weir refuses, and\n"
                               "-- how one says that it may safely run twice.\n";

static bool make_folder(const char *path)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return true;
    fprintf(stderr, "weir migrate new: the folder %s cannot be made: %s\n", path, strerror(errno));
    return false;
}

static bool write_file(const char *path, const char *name, const char *direction)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool ok = file && fprintf(file, template, name, direction) > 0;
    if (file)
        ok = fclose(file) == 0 && ok;
    else if (fd >= 0)
        close(fd);
    if (ok)
        printf("%s\n", path);
    else
        fprintf(stderr, "weir migrate new: %s cannot be written: %s\n", path, strerror(errno));
    return ok;
}

static void tell_mistake(void *context, const char *path, const char *text)
{
    (void)context;
    fprintf(stderr, "weir migrate new: %s: %s\n", path, text);
}

/* The digits of the last file are kept: 0007 is followed by 0008. */
static bool next_number(const migrate_command *command, const weir__env *env, char *out, size_t room)
{
    weir__migrations m;
    weir_error error;
    uint32_t mistakes;
    int digits = 4;
    uint64_t last = 0;
    weir_status status = weir__migrations_read(&m, env, command->options.directory, command->database, tell_mistake,
                                               NULL, &mistakes, &error);
    if (status == WEIR_OK && m.count) {
        last = m.list[m.count - 1].version;
        digits = (int)strspn(m.list[m.count - 1].name, "0123456789");
    }
    weir__migrations_deinit(&m);
    if (status != WEIR_OK || mistakes) {
        if (status != WEIR_OK)
            fprintf(stderr, "weir migrate new: %s\n", error.text);
        return false;
    }
    snprintf(out, room, "%0*" PRIu64, digits, last + 1);
    return true;
}

int migrate_new(const migrate_command *command)
{
    weir__env env;
    char folder[MAX_PATH], path[MAX_PATH + 512], number[32], name[300];
    weir__env_init(&env);
    size_t size = strlen(command->new_name);
    if (size == 0 || size > 100 ||
        strspn(command->new_name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != size)
        return usage_error("migrate new",
                           "a name is letters, digits, _ and -, at most 100 of them: add_index_on_email");
    if (snprintf(folder, sizeof folder, "%s/%s", command->options.directory, command->database) >= MAX_PATH)
        return usage_error("migrate new", "the folder's name is too long");
    if (!make_folder(command->options.directory) || !make_folder(folder) ||
        !next_number(command, &env, number, sizeof number))
        return EXIT_FAILED;
    snprintf(name, sizeof name, "%s_%s", number, command->new_name);
    snprintf(path, sizeof path, "%s/%s.up.sql", folder, name);
    if (!write_file(path, name, "what it changes"))
        return EXIT_FAILED;
    snprintf(path, sizeof path, "%s/%s.down.sql", folder, name);
    return write_file(path, name, "how that is undone; remove this file if it cannot be") ? EXIT_DONE : EXIT_FAILED;
}
