/* check_schema.c - see check_schema.h. SPDX-License-Identifier: Apache-2.0 */
#include "tools/check_schema.h"

#include <stdio.h>

#include "base/str.h"
#include "router/ids.h"
#include "schema/schema_file.h"

enum { MAX_LINES = 1024 * 1024, MAX_PATH = 4096 };

typedef struct reading {
    check_schema *c;
    const char *path;
} reading;

static void note(void *context, uint32_t line, uint32_t column, const char *text)
{
    const reading *r = context;
    weir__buf_addf(&r->c->lines, "%s:%u:%u: %s\n", r->path, (unsigned)line, (unsigned)column, text);
}

static void tell_type(check_schema *c, const weir__table_config *rule, const char *key, const weir__column *column,
                      const char *reason)
{
    weir__buf_addf(&c->lines, "tables.%s.%s: %s is %s, which %s\n", rule->label, key, column->name, column->type_text,
                   reason);
    c->errors++;
}

static const weir__column *find(check_schema *c, const weir__table_config *rule, const weir__table *table,
                                const char *key, const char *name)
{
    const weir__column *column = weir__table_column(table, weir__view(name));
    if (!column) {
        weir__buf_addf(&c->lines, "tables.%s.%s: table %s has no column %s in schema_file\n", rule->label, key,
                       table->name, name);
        c->errors++;
    }
    return column;
}

static void check_rule(check_schema *c, const weir__table_config *rule, const weir__table *table)
{
    const weir__column *key = rule->shard_by ? find(c, rule, table, "shard_by", rule->shard_by) : NULL;
    const char *reason = key ? weir__column_refuses_key(key) : NULL;
    if (reason)
        tell_type(c, rule, "shard_by", key, reason);
    const weir__column *id = rule->ids.kind ? find(c, rule, table, "ids", rule->ids.column) : NULL;
    reason = id ? weir__ids_refuses(rule, id) : NULL;
    if (reason)
        tell_type(c, rule, "ids", id, reason);
}

/* As weir.yaml names it: from the folder of that file on. */
static void make_path(char path[MAX_PATH], const weir__config *config, const char *file)
{
    const char *slash = strrchr(config->source, '/');
    int folder = slash && *file != '/' ? (int)(slash + 1 - config->source) : 0;
    snprintf(path, MAX_PATH, "%.*s%s", folder, config->source, file);
}

static void check_database(check_schema *c, const weir__env *env, const weir__config *config,
                           const weir__database_config *database)
{
    char path[MAX_PATH];
    weir__schema_file *file = NULL;
    weir_error error;
    make_path(path, config, database->schema_file);
    reading r = {c, path};
    if (weir__schema_file_read(env, path, database->shards[0].schema, note, &r, &file, &error) != WEIR_OK) {
        weir__buf_addf(&c->lines, "databases.%s.schema_file: %s\n", database->name, error.text);
        c->errors++;
        return;
    }
    for (size_t i = 0; i < config->table_count; i++) {
        const weir__table_config *rule = &config->tables[i];
        weir__table *table = rule->database == database ? weir__schema_file_find_rule(file, rule) : NULL;
        if (table)
            check_rule(c, rule, table);
        else if (rule->database == database)
            weir__buf_addf(&c->lines, "tables.%s: %s has no such table\n", rule->label, path);
        weir__table_unref(table);
    }
    weir__schema_file_free(file);
}

void check_schema_run(check_schema *c, const weir__env *env, const weir__config *config)
{
    c->errors = 0;
    weir__buf_init(&c->lines, &env->mem, MAX_LINES);
    for (size_t i = 0; i < config->database_count; i++)
        if (config->databases[i].schema_file)
            check_database(c, env, config, &config->databases[i]);
}

void check_schema_deinit(check_schema *c)
{
    weir__buf_deinit(&c->lines);
}
