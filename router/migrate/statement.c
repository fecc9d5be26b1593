/* statement.c - see statement.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/migrate/statement.h"

#include <stdio.h>
#define XXH_STATIC_LINKING_ONLY /* for its state on the stack */
#include <xxhash.h>

#include "base/str.h"
#include "router/migrate/definition.h"
#include "router/plan/plan.h"
#include "router/sql/charset.h"

const char *weir__step_kind_name(weir__step_kind kind)
{
    static const char *const names[] = {"data", "definition", "setting", "repeatable"};
    return names[kind];
}

void weir__migrate_checksum(weir_str text, char out[33])
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    const char *at = text.data, *end = at + text.size;
    while (at < end) {
        const char *cr = memchr(at, '\r', (size_t)(end - at)), *to = cr ? cr : end;
        XXH3_128bits_update(&state, at, (size_t)(to - at));
        if (cr && (cr + 1 == end || cr[1] != '\n'))
            XXH3_128bits_update(&state, cr, 1);
        at = cr ? cr + 1 : end;
    }
    XXH128_hash_t hash = XXH3_128bits_digest(&state);
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)hash.high64, (unsigned long long)hash.low64);
}

/* What is being read. */
typedef struct reading {
    weir__step *step;
    bool repeatable;
    const weir__lex_options *options;
    const weir__config *config;
    const weir__database_config *database;
    char *why;
    size_t room;
} reading;

WEIR__PRINTF(2, 3)
static bool refuse(const reading *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->why, r->room, format, args);
    va_end(args);
    return false;
}

/* It runs again when its end is not known; that must have been declared. */
static bool only_repeatable(const reading *r, const char *reason)
{
    r->step->kind = WEIR__STEP_REPEATABLE;
    return r->repeatable ||
           refuse(r, "%s; if it does no harm to run it twice, say so in a line before it: -- weir: repeatable", reason);
}

/* Of the words of a statement: is one of them there? */
static bool has_word(weir_str sql, const weir__lex_options *options, const char *word)
{
    weir__words w;
    for (weir__words_begin(&w, sql, options); !weir__words_end(&w); weir__words_step(&w))
        if (weir__words_at(&w, word))
            return true;
    return false;
}

static bool has_text(weir_str sql, const char *text)
{
    size_t size = strlen(text);
    for (size_t i = 0; i + size <= sql.size; i++)
        if (strncasecmp(sql.data + i, text, size) == 0)
            return true;
    return false;
}

static bool read_set(const reading *r, const weir__sql_effects *effects)
{
    static const char *const forbidden[] = {"GLOBAL", "PERSIST",    "PERSIST_ONLY",   "PASSWORD",
                                            "ROLE",   "autocommit", "completion_type"};
    static const char *const reading_modes[] = {"ANSI",      "NO_BACKSLASH_ESCAPES", "ORACLE", "MSSQL", "DB2", "MAXDB",
                                                "POSTGRESQL"};
    weir_str sql = r->step->sql;
    r->step->kind = WEIR__STEP_SETTING;
    if (effects->user_variable)
        return refuse(
            r, "@variables are gone when the migration is resumed on another connection: write the value itself");
    if (has_word(sql, r->options, "STATEMENT"))
        return refuse(r, "write the SET as a statement of its own before the one it is for");
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        if (has_word(sql, r->options, forbidden[i]))
            return refuse(r, "SET with %s is more than a setting of this migration", forbidden[i]);
    if (has_word(sql, r->options, "TRANSACTION"))
        return refuse(r, "weir makes the transactions of a migration");
    if (weir__sql_sets_charset(sql, r->options))
        return refuse(r, "files of migrations are UTF-8, and so is the connection that runs them");
    for (size_t i = 0; has_word(sql, r->options, "sql_mode") && i < sizeof reading_modes / sizeof *reading_modes; i++)
        if (has_text(sql, reading_modes[i]))
            return refuse(r,
                          "%s would change how the rest of the file is read: set it in weir.yaml (connection.sql_mode)",
                          reading_modes[i]);
    return true;
}

/* Rows written by their values would be on every shard. */
static bool admit_written(const reading *r, const weir__plan *plan, const weir__plan_table *table)
{
    char name[300];
    snprintf(name, sizeof name, "%.*s", WEIR__STR(table->name));
    const weir__table_config *rule = weir__config_table(r->config, r->database->name, name);
    bool rows = plan->insert && plan->insert->source == WEIR__NONE;
    if (rows && rule && rule->database == r->database && r->database->shard_count > 1 &&
        (rule->kind == WEIR__TABLE_SHARDED || rule->kind == WEIR__TABLE_COLOCATED))
        return refuse(r,
                      "%s is sharded, and a migration runs on every shard: the rows would be on each of them; insert "
                      "them through weir",
                      name);
    if (r->step->object_count == WEIR__MAX_OBJECTS)
        return refuse(r, "it writes more than %d tables", WEIR__MAX_OBJECTS);
    weir_str written = {r->step->sql.data + table->start, table->end - table->start}; /* it outlives the plan */
    if (written.size > 2 && (written.data[0] == '`' || written.data[0] == '"'))
        written = (weir_str){written.data + 1, written.size - 2};
    if (!weir__str_equal(written, table->name))
        return refuse(r, "the name of a table that it writes holds a quote, which weir does not read here");
    r->step->objects[r->step->object_count++] = (weir__object){WEIR__OBJECT_TABLE, written};
    return true;
}

static bool is_everywhere(const reading *r, weir_str name)
{
    char text[300];
    snprintf(text, sizeof text, "%.*s", WEIR__STR(name));
    const weir__table_config *rule = weir__config_table(r->config, r->database->name, text);
    return rule && rule->database == r->database && rule->kind == WEIR__TABLE_BROADCAST && r->database->shard_count > 1;
}

static bool admit_tables(const reading *r, const weir__plan *plan)
{
    if (!plan->understood)
        return only_repeatable(r, "weir cannot tell which tables it writes");
    for (uint32_t i = 0; i < plan->table_count; i++) {
        const weir__plan_table *table = &plan->tables[i];
        if (table->source != WEIR__SOURCE_BASE)
            continue;
        if (table->schema.size && !weir__str_is_nocase(table->schema, "information_schema"))
            return refuse(r,
                          "it names the schema %.*s: a migration runs on every shard, in the shard's own schema; leave "
                          "the name out",
                          WEIR__STR(table->schema));
        if (table->written && !admit_written(r, plan, table))
            return false;
    }
    for (uint32_t i = 0; i < plan->call_count; i++)
        r->step->unknown_writes |= plan->calls[i].unknown || plan->calls[i].changes;
    return true;
}

/* Rows that are everywhere are the same on every shard. */
static bool admit_values(const reading *r, const weir__plan *plan)
{
    const weir__plan_table *table = NULL;
    for (uint32_t i = 0; i < plan->table_count && !table; i++)
        if (plan->tables[i].written && is_everywhere(r, plan->tables[i].name))
            table = &plan->tables[i];
    if (!table)
        return true;
    for (uint32_t i = 0; i < plan->call_count; i++)
        if (plan->calls[i].varies || plan->calls[i].unknown)
            return refuse(r,
                          "%.*s is on every shard with the same rows, and %.*s() may give another value on each: write "
                          "the value itself",
                          WEIR__STR(table->name), WEIR__STR(plan->calls[i].name));
    return !plan->effects.system_variable ||
           refuse(r,
                  "%.*s is on every shard with the same rows, and @@variables may be others on each: write the value "
                  "itself",
                  WEIR__STR(table->name));
}

static bool read_data(const reading *r, const weir__sql_effects *effects, const weir__env *env)
{
    weir__plan *plan = NULL;
    weir_error error;
    r->step->kind = WEIR__STEP_DATA;
    if (effects->user_variable)
        return refuse(
            r, "@variables are gone when the migration is resumed on another connection: write the expression itself");
    if (effects->changes_session)
        return refuse(r, "it changes the session or takes locks, which are gone when the migration is resumed");
    if (effects->reads_session)
        return refuse(
            r,
            "it reads what the statement before it left in the session, which is gone when the migration is resumed");
    if (effects->into)
        return refuse(r, "SELECT .. INTO has no place in a migration");
    if (r->repeatable) {
        r->step->kind = WEIR__STEP_REPEATABLE;
        return true;
    }
    if (weir__plan_build(r->step->sql, r->options, env, &plan, &error) != WEIR_OK)
        return refuse(r, "%s", error.text);
    bool ok = admit_tables(r, plan) && admit_values(r, plan);
    weir__plan_unref(plan);
    return ok;
}

/* The rule's only shard of a table that lives on one; NULL: it may be anywhere. */
static const weir__shard_config *shard_of(const reading *r, weir_str name)
{
    char text[300];
    snprintf(text, sizeof text, "%.*s", WEIR__STR(name));
    const weir__table_config *rule = weir__config_table(r->config, r->database->name, text);
    if (!rule)
        return r->database->shard_count > 1 ? NULL : r->database->other_tables;
    return rule->kind == WEIR__TABLE_SINGLE && rule->database == r->database ? rule->single : NULL;
}

/* All tables on one shard: only there. */
static bool find_shard(const reading *r)
{
    weir__step *s = r->step;
    for (uint32_t i = 0; i < s->object_count; i++) {
        const weir__shard_config *only =
            s->objects[i].kind == WEIR__OBJECT_TABLE ? shard_of(r, s->objects[i].name) : NULL;
        if (r->database->shard_count < 2)
            return true;
        if (i > 0 && only != s->only)
            return refuse(r, "its tables are not on the same shards: make a statement of each");
        s->only = only;
    }
    return true;
}

static bool read_definition(const reading *r, weir__words *w, weir_str first, const weir__sql_effects *effects)
{
    const char *undecided = NULL;
    r->step->kind = WEIR__STEP_DEFINITION;
    if (effects->user_variable && !effects->body)
        return refuse(r, "@variables are gone when the migration is resumed on another connection");
    if (!weir__definition_read(r->step, w, first, &undecided, r->why, r->room))
        return false;
    r->step->keeps_engine = r->step->online != WEIR__ONLINE_NO && !r->step->renames && r->step->object_count == 1 &&
                            !has_word(r->step->sql, r->options, "ENGINE");
    if (r->repeatable) {
        r->step->kind = WEIR__STEP_REPEATABLE;
        return true;
    }
    return undecided ? only_repeatable(r, undecided) : true;
}

static bool is_one_of(weir_str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (weir__str_is_nocase(word, words[i]))
            return true;
    return false;
}

#define IS_ONE_OF(word, ...)                                                                                           \
    is_one_of(word, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool read_by_verb(const reading *r, weir__words *w, weir_str first, const weir__sql_effects *effects,
                         const weir__env *env)
{
    if (IS_ONE_OF(first, "BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "XA"))
        return refuse(
            r,
            "weir commits each data statement together with its row in the ledger: leave transactions out of the file");
    if (IS_ONE_OF(first, "LOCK", "UNLOCK", "HANDLER", "PREPARE", "EXECUTE", "DEALLOCATE", "USE"))
        return refuse(r, "what it sets up is gone when the migration is resumed on another connection");
    if (IS_ONE_OF(first, "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "HELP", "KILL", "SHUTDOWN", "BINLOG", "CHANGE", "RESET",
                  "STOP", "PURGE"))
        return refuse(r, "it has no place in a migration");
    if (IS_ONE_OF(first, "SET"))
        return read_set(r, effects);
    if (IS_ONE_OF(first, "CREATE", "ALTER", "DROP", "RENAME"))
        return read_definition(r, w, first, effects);
    if (IS_ONE_OF(first, "ANALYZE", "CHECK")) {
        r->step->kind = WEIR__STEP_REPEATABLE;
        return true;
    }
    if (effects->verb == WEIR__VERB_SELECT || effects->verb == WEIR__VERB_INSERT ||
        effects->verb == WEIR__VERB_REPLACE || effects->verb == WEIR__VERB_UPDATE || effects->verb == WEIR__VERB_DELETE)
        return read_data(r, effects, env);
    if (IS_ONE_OF(first, "TRUNCATE"))
        return only_repeatable(r, "TRUNCATE run twice would also drop the rows that were written in between");
    return only_repeatable(r, "after a crash nobody could tell whether it has run");
}

bool weir__step_read(weir__step *step, bool repeatable, const weir__lex_options *options, const weir__env *env,
                     const weir__config *config, const weir__database_config *database, char *why, size_t room)
{
    const reading r = {step, repeatable, options, config, database, why, room};
    weir__sql_effects effects = weir__sql_effects_of(step->sql, options);
    weir__words w;
    if (effects.illegal || effects.unclosed)
        return refuse(&r, effects.unclosed ? "a string, name or comment has no end" : "a byte of it is no SQL");
    if (effects.more_than_one)
        return refuse(&r, "it holds more than one statement: the server's sql_mode reads its strings otherwise than "
                          "the file was cut");
    weir__words_begin(&w, step->sql, options);
    if (weir__words_end(&w))
        return refuse(&r, "the server would read nothing but comments in it");
    weir_str first = weir__words_text(&w);
    weir__words_step(&w);
    return read_by_verb(&r, &w, first, &effects, env) && find_shard(&r);
}
