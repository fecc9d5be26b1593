/* config.c - from the text of weir.yaml to the configuration, or to all its mistakes. SPDX-License-Identifier: Apache-2.0
 * The parts are read in the order of root_keys, each needing those before it; mistakes come out in the order of the file. */
#include "schema/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/str.h"
#include "schema/config_read.h"

static void read_version(weir__reader *reader, weir__yaml *node, void *unused)
{
    (void)unused;
    if (weir__is_scalar(reader, node, "1") && !weir__str_is(node->text, "1"))
        weir__wrong(reader, node, "must be 1: this weir knows no other version");
}

static void read_defaults(weir__reader *reader, weir__yaml *node, void *unused)
{
    (void)unused;
    weir__keys_read(reader, node, weir__settings_keys, &reader->defaults);
}

static void read_log(weir__reader *reader, weir__yaml *node, void *unused)
{
    static const weir__word levels[] = {{"error", WEIR_LOG_ERROR},
                                        {"warning", WEIR_LOG_WARNING},
                                        {"info", WEIR_LOG_INFO},
                                        {"debug", WEIR_LOG_DEBUG},
                                        {NULL, 0}};
    static const weir__key keys[] = {
        WEIR__KEY("slow", TIME, offsetof(weir__log_config, slow_ms)),
        WEIR__KEY("level", WORD, offsetof(weir__log_config, level), .words = levels),
        WEIR__KEY("values", FLAG, offsetof(weir__log_config, values), .flags = WEIR__KEY_NOT_YET),
        WEIR__KEYS_END,
    };
    (void)unused;
    weir__keys_read(reader, node, keys, &reader->config->log);
}

static const weir__key root_keys[] = {
    WEIR__KEY("version", BY, 0, .read = read_version),
    WEIR__KEY("defaults", BY, 0, .read = read_defaults),
    WEIR__KEY("groups", BY, 0, .read = weir__read_groups),
    WEIR__KEY("databases", BY, 0, .flags = WEIR__KEY_REQUIRED, .read = weir__read_databases),
    WEIR__KEY("caches", BY, 0, .flags = WEIR__KEY_NOT_YET, .read = weir__read_caches),
    WEIR__KEY("documents", BY, 0, .flags = WEIR__KEY_NOT_YET, .read = weir__read_documents),
    WEIR__KEY("tables", BY, 0, .read = weir__read_tables),
    WEIR__KEY("log", BY, 0, .read = read_log),
    WEIR__KEYS_END,
};

static void read_all(weir__reader *reader, weir_str yaml)
{
    reader->root = weir__yaml_read(reader, yaml);
    if (reader->root && weir__yaml_is_empty(reader->root))
        weir__wrong_at(reader, 1, 1, "empty: it needs databases: with one primary");
    else if (reader->root)
        weir__keys_read(reader, reader->root, root_keys, reader->config);
}

/* The first mistake, and how many more there are. */
static weir_status fail_first(const weir__mistakes *mistakes, weir_error *error)
{
    const weir__mistake *first = &mistakes->list[0];
    size_t others = mistakes->count - 1 + mistakes->more;
    char more[64] = "";
    if (others)
        snprintf(more, sizeof more, " (%zu more: weir check lists them)", others);
    return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s:%u:%u: %s%s%s%s", mistakes->source,
                      (unsigned)first->line, (unsigned)first->column, first->path, *first->path ? ": " : "",
                      first->text, more);
}

static weir_status out_of_arena(const weir__arena *arena, weir_error *error)
{
    if (arena->failed == WEIR_LIMIT)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "weir.yaml needs more than %d MiB of memory",
                          WEIR__MAX_CONFIG_MEMORY >> 20);
    return weir__fail_nomem(error);
}

weir_status weir__config_parse(const weir__env *env, const char *source, weir_str yaml, weir__config **out,
                               weir__mistakes *mistakes, weir_error *error)
{
    weir__mistakes unasked = {.count = 0};
    weir__mistakes *list = mistakes ? mistakes : &unasked;
    weir__reader reader = {.mistakes = list};
    weir__config *config = NULL;
    weir_status status = WEIR_NOMEM;

    *out = NULL;
    *list = (weir__mistakes){.count = 0};
    weir__arena_init(&list->arena, &env->mem, WEIR__MAX_CONFIG_MEMORY);
    weir__arena_init(&reader.scratch, &env->mem, WEIR__MAX_CONFIG_MEMORY);
    source = source ? source : "weir.yaml";
    list->source = weir__arena_text(&list->arena, source, strlen(source));
    config = weir__new(&env->mem, sizeof *config);
    if (!config || !list->source) {
        weir__fail_nomem(error);
        goto out;
    }
    weir__arena_init(&config->arena, &env->mem, WEIR__MAX_CONFIG_MEMORY);
    reader.config = config;
    reader.arena = &config->arena;
    config->source = weir__arena_text(&config->arena, source, strlen(source));
    config->log = (weir__log_config){.slow_ms = 200, .level = WEIR_LOG_WARNING};
    weir__settings_init(&reader.defaults);

    read_all(&reader, yaml);

    if (reader.scratch.failed)
        status = out_of_arena(&reader.scratch, error);
    else if (config->arena.failed)
        status = out_of_arena(&config->arena, error);
    else if (list->arena.failed)
        status = out_of_arena(&list->arena, error);
    else
        status = list->count ? fail_first(list, error) : WEIR_OK;
out:
    weir__arena_deinit(&reader.scratch);
    if (!mistakes)
        weir__mistakes_deinit(&unasked);
    if (status == WEIR_OK)
        *out = config;
    else
        weir__config_free(env, config);
    return status;
}

/* The whole of an open file, one byte past the limit at most: that much tells that it is too large. */
static weir_status read_file(const weir__env *env, int fd, char **text, size_t *size)
{
    size_t room = 0;
    *text = NULL;
    *size = 0;
    for (;;) {
        if (*size == room) {
            size_t more = room ? room * 2 : 16384;
            char *larger = weir__resize(&env->mem, *text, more);
            if (!larger)
                return WEIR_NOMEM;
            *text = larger;
            room = more;
        }
        ssize_t got = read(fd, *text + *size, room - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return WEIR_CONFIG;
        *size += (size_t)got;
        if (got == 0 || *size > WEIR__MAX_CONFIG_BYTES)
            return WEIR_OK;
    }
}

weir_status weir__config_read(const weir__env *env, const char *file, weir__config **config, weir__mistakes *mistakes,
                              weir_error *error)
{
    char *text = NULL;
    size_t size = 0;
    if (!file)
        file = getenv("WEIR_CONFIG");
    if (!file || !*file)
        file = "weir.yaml";
    *config = NULL;
    if (mistakes) {
        *mistakes = (weir__mistakes){.count = 0};
        weir__arena_init(&mistakes->arena, &env->mem, WEIR__MAX_CONFIG_MEMORY);
    }
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    weir_status status = fd < 0 ? WEIR_CONFIG : read_file(env, fd, &text, &size);
    int reason = errno;
    if (fd >= 0)
        close(fd);
    if (status == WEIR_CONFIG)
        weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s cannot be read: %s", file, strerror(reason));
    else if (status == WEIR_NOMEM)
        weir__fail_nomem(error);
    else
        status = weir__config_parse(env, file, (weir_str){text, size}, config, mistakes, error);
    weir__free(&env->mem, text);
    return status;
}

void weir__config_free(const weir__env *env, weir__config *config)
{
    if (!config)
        return;
    weir__arena_deinit(&config->arena);
    weir__free(&env->mem, config);
}

const weir__database_config *weir__config_database(const weir__config *config, const char *name)
{
    for (size_t i = 0; i < config->database_count; i++)
        if (strcmp(config->databases[i].name, name) == 0)
            return &config->databases[i];
    return NULL;
}
