/* explain_schema.c - see explain_schema.h. SPDX-License-Identifier: Apache-2.0 */
#include "tools/explain_schema.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "schema/config.h"

enum { MAX_PATH = 4096 };

static weir_status find(void *context, const weir__table_config *rule, const weir__shard_config *shard, weir_str name,
                        const weir__table **table, weir_error *error)
{
    const explain_schema *s = context;
    const weir__database_config *database = rule ? rule->database : shard->database;
    const weir__schema_file *file = s->files[database - s->routing.config->databases];
    *table = NULL;
    if (!file)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "database %s of weir.yaml names no schema_file: its tables are not known without --live",
                          database->name);
    *table = rule ? weir__schema_file_find_rule(file, rule) : weir__schema_file_find(file, name);
    return WEIR_OK;
}

/* As weir.yaml names it: from the folder of that file on. */
static weir_status read_file(explain_schema *s, const weir__database_config *database, weir__schema_file **file,
                             weir_error *error)
{
    char path[MAX_PATH];
    const char *source = s->routing.config->source, *slash = strrchr(source, '/');
    int folder = slash && database->schema_file[0] != '/' ? (int)(slash + 1 - source) : 0;
    snprintf(path, sizeof path, "%.*s%s", folder, source, database->schema_file);
    return weir__schema_file_read(s->routing.env, path, database->shards[0].schema, NULL, NULL, file, error);
}

weir_status explain_schema_open(explain_schema *s, const weir__env *env, const weir__config *config,
                                const char *database, weir_error *error)
{
    const weir__database_config *named = database ? weir__config_database(config, database) : NULL;
    size_t files = 0;
    for (size_t i = 0; i < config->database_count; i++) {
        files += config->databases[i].schema_file != NULL;
        if (!database && config->databases[i].schema_file)
            named = files == 1 ? &config->databases[i] : NULL;
    }
    *s = (explain_schema){.routing = {.env = env, .config = config, .database = named, .find = find, .context = s}};
    if (database && !named)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir.yaml has no database '%s'", database);
    if (files == 0)
        return WEIR_OK;
    if (!named)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "weir.yaml has several databases with a schema_file: name one by --database");
    s->files = weir__array(&env->mem, config->database_count, sizeof(weir__schema_file *));
    if (!s->files)
        return weir__fail_nomem(error);
    for (size_t i = 0; i < config->database_count; i++) {
        const weir__database_config *one = &config->databases[i];
        weir_status status = one->schema_file ? read_file(s, one, &s->files[i], error) : WEIR_OK;
        if (status != WEIR_OK)
            return status;
        s->count += s->files[i] != NULL;
    }
    return WEIR_OK;
}

void explain_schema_close(explain_schema *s)
{
    for (size_t i = 0; s->files && i < s->routing.config->database_count; i++)
        weir__schema_file_free(s->files[i]);
    if (s->files)
        weir__free(&s->routing.env->mem, s->files);
    s->files = NULL;
}
