/* warn.c - definitions that are allowed and that people regret. SPDX-License-Identifier: Apache-2.0
 * Told in the survey, before anything runs: a column that must be said and has no default, a unique key that is unique per shard only, a
 * column that takes less than before. What is not understood is not warned of; the server decides what is right. */
#include <stdio.h>

#include "base/str.h"
#include "router/migrate/impl.h"
#include "router/migrate/words.h"
#include "schema/ddl.h"

/* One statement that is looked at. */
typedef struct looking {
    weir__migrate *m;
    const weir__migrate_shard *shard;
    weir__link *link;
    const weir__migration *migration;
    bool down;
    const weir__step *step;
    weir_str table;
    weir__table *now; /* as the shard has it; NULL: not asked yet, or not there */
    bool asked;
} looking;

WEIR__PRINTF(2, 3)
static void warn(const looking *l, const char *format, ...)
{
    char text[500];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *path = l->down ? l->migration->down : l->migration->up;
    weir__migrate_tell(l->m, WEIR__MIGRATE_WARNING, "", "%s:%u: %s", path, l->step->line, text);
}

/* ---- unique keys ---- */

/* The key's columns are in parentheses at hand. */
static void look_at_unique(const looking *l, weir__words ahead)
{
    char name[300];
    snprintf(name, sizeof name, "%.*s", WEIR__STR(l->table));
    const weir__table_config *rule = weir__config_table(l->m->config, l->m->database->name, name);
    if (!rule || !rule->shard_by || rule->unique_per_shard || l->m->database->shard_count < 2)
        return;
    while (!weir__words_end(&ahead) && !weir__words_at(&ahead, "("))
        weir__words_step(&ahead);
    weir__words behind = ahead;
    weir__words_group(&behind);
    while (!weir__words_end(&ahead) && ahead.token.start < behind.token.start) {
        weir_str schema, column;
        if (!weir__words_name(&ahead, &schema, &column))
            weir__words_step(&ahead);
        else if (weir__str_is_nocase(column, rule->shard_by))
            return;
    }
    warn(l,
         "a unique key of %s without its shard key %s is unique on each shard only; weir.yaml can say so: unique: "
         "per_shard",
         name, rule->shard_by);
}

/* ---- columns ---- */

/* The words up to the comma or end of this part. */
static bool part_has(weir__words ahead, const char *word, const char *next)
{
    while (!weir__words_end(&ahead) && !weir__words_at(&ahead, ",")) {
        if (weir__words_at(&ahead, "(")) {
            weir__words_group(&ahead);
            continue;
        }
        bool first = weir__words_take(&ahead, word);
        if (first && (!next || weir__words_at(&ahead, next)))
            return true;
        if (!first)
            weir__words_step(&ahead);
    }
    return false;
}

/* The definition from the words at hand to the end of the part, as a table of that one column. NULL: not understood. */
static weir__table *read_column(const looking *l, weir_str name, weir__words at)
{
    weir__table *table = NULL;
    weir__ddl_lexer lexer;
    weir__ddl_refusal refusal;
    weir_error ignored;
    weir__buf sql;
    const char *from = l->step->sql.data + at.token.start;
    while (!weir__words_end(&at) && !weir__words_at(&at, ",") && !weir__words_at(&at, "FIRST") &&
           !weir__words_at(&at, "AFTER")) {
        if (weir__words_at(&at, "("))
            weir__words_group(&at);
        else
            weir__words_step(&at);
    }
    weir__buf_init(&sql, &l->m->env->mem, l->step->sql.size + 1024);
    weir__buf_adds(&sql, "x (");
    weir__link_put_name(&sql, name);
    weir__buf_addc(&sql, ' ');
    weir__buf_add(&sql, from,
                  (size_t)(l->step->sql.data + (weir__words_end(&at) ? l->step->sql.size : at.token.start) - from));
    weir__buf_addc(&sql, ')');
    if (!sql.failed) {
        weir__ddl_begin(&lexer, (weir_str){sql.data, sql.size});
        if (weir__ddl_table(&l->m->env->mem, &lexer, "", &table, &refusal, &ignored) != WEIR_OK)
            table = NULL;
    }
    weir__buf_deinit(&sql);
    return table;
}

static bool is_integer(const weir__column *c)
{
    return c->type.type >= WEIR__TYPE_TINYINT && c->type.type <= WEIR__TYPE_BIGINT;
}

/* Why not every value of the old column fits the new one; NULL: it does, or nobody can tell. */
static const char *narrows(const weir__column *old, const weir__column *new)
{
    if (is_integer(old) && is_integer(new)) {
        int64_t least_old, least_new;
        uint64_t greatest_old, greatest_new;
        weir__integer_bounds(&old->type, &least_old, &greatest_old);
        weir__integer_bounds(&new->type, &least_new, &greatest_new);
        if (least_new > least_old || greatest_new < greatest_old)
            return "its range is smaller";
    }
    if (old->type.type != new->type.type && old->type.type != WEIR__TYPE_OTHER &&new->type.type !=
                                                WEIR__TYPE_OTHER &&weir__type_class_of(old->type.type) !=
                                                weir__type_class_of(new->type.type))
        return "its type is of another kind";
    if (old->type.type == new->type.type && old->type.length > new->type.length && !is_integer(old))
        return "it is shorter";
    if (old->type.type == new->type.type &&
        (old->type.scale > new->type.scale ||
         old->type.precision - old->type.scale > new->type.precision - new->type.scale))
        return "it has fewer digits";
    if (old->type.type == new->type.type && old->type.label_count > new->type.label_count)
        return "it has fewer labels";
    return old->nullable && !new->nullable ? "it takes no NULL" : NULL;
}

static const weir__table *current_table(looking *l)
{
    char name[300];
    weir_error ignored;
    snprintf(name, sizeof name, "%.*s", WEIR__STR(l->table));
    if (!l->asked && l->link->conn && !l->link->conn->broken) {
        l->link->conn->deadline = weir__deadline_in(&l->m->env->clock, l->shard->config->settings.timeouts.query_ms);
        if (weir__information_table(l->link->conn, l->shard->config->schema, name, &l->now, &ignored) != WEIR_OK)
            l->now = NULL;
    }
    l->asked = true;
    return l->now;
}

/* MODIFY name definition, CHANGE old new definition: at the name. */
static void look_at_change(looking *l, weir__words at, bool renames)
{
    weir_str schema, name, renamed;
    if (weir__words_take(&at, "IF"))
        weir__words_take(&at, "EXISTS");
    if (!weir__words_name(&at, &schema, &name) || (renames && !weir__words_name(&at, &schema, &renamed)))
        return;
    const weir__table *table = current_table(l);
    const weir__column *old = table ? weir__table_column(table, name) : NULL;
    weir__table *one = old ? read_column(l, name, at) : NULL;
    const char *why = one && one->column_count == 1 ? narrows(old, &one->columns[0]) : NULL;
    if (why)
        warn(l, "column %.*s becomes narrower than %s: %s; rows that do not fit make the statement fail",
             WEIR__STR(name), old->type_text, why);
    weir__table_unref(one);
}

/* ADD [COLUMN] name definition: at the name. */
static void look_at_new_column(const looking *l, weir__words at)
{
    weir_str schema, name;
    if (weir__words_take(&at, "IF")) {
        weir__words_take(&at, "NOT");
        weir__words_take(&at, "EXISTS");
    }
    if (!weir__words_name(&at, &schema, &name) || !part_has(at, "NOT", "NULL") || part_has(at, "DEFAULT", NULL) ||
        part_has(at, "AUTO_INCREMENT", NULL) || part_has(at, "AS", NULL))
        return;
    warn(l,
         "column %.*s is NOT NULL and has no DEFAULT: rows that are there get a zero or an empty text, and services "
         "that do not know it yet "
         "cannot insert",
         WEIR__STR(name));
}

static void look_at_part(looking *l, weir__words at)
{
    if (weir__words_take(&at, "ADD")) {
        if (weir__words_take(&at, "CONSTRAINT") && !weir__words_at(&at, "UNIQUE") && !weir__words_at(&at, "PRIMARY"))
            weir__words_step(&at);
        if (weir__words_at(&at, "UNIQUE") || weir__words_at(&at, "PRIMARY"))
            look_at_unique(l, at);
        else if (weir__words_take(&at, "COLUMN") ||
                 !(weir__words_at(&at, "INDEX") || weir__words_at(&at, "KEY") || weir__words_at(&at, "FULLTEXT") ||
                   weir__words_at(&at, "SPATIAL") || weir__words_at(&at, "FOREIGN") || weir__words_at(&at, "CHECK") ||
                   weir__words_at(&at, "PARTITION") || weir__words_at(&at, "(")))
            look_at_new_column(l, at);
    } else if (weir__words_take(&at, "MODIFY")) {
        weir__words_take(&at, "COLUMN");
        look_at_change(l, at, false);
    } else if (weir__words_take(&at, "CHANGE")) {
        weir__words_take(&at, "COLUMN");
        look_at_change(l, at, true);
    }
}

static void look_at_alter(looking *l)
{
    weir__words at;
    weir__words_begin(&at, l->step->sql, &l->m->reading);
    while (!weir__words_end(&at) && at.token.start < l->step->clause_at)
        weir__words_step(&at);
    while (!weir__words_end(&at)) {
        look_at_part(l, at);
        while (!weir__words_end(&at) && !weir__words_at(&at, ",")) {
            if (weir__words_at(&at, "("))
                weir__words_group(&at);
            else
                weir__words_step(&at);
        }
        weir__words_take(&at, ",");
    }
}

/* CREATE UNIQUE INDEX .. ON table (columns); CREATE TABLE (.. UNIQUE KEY (columns) ..). */
static void look_at_create(const looking *l)
{
    weir__words at;
    for (weir__words_begin(&at, l->step->sql, &l->m->reading); !weir__words_end(&at); weir__words_step(&at))
        if (weir__words_at(&at, "UNIQUE"))
            look_at_unique(l, at);
}

void weir__migrate_warn(weir__migrate *m, weir__migrate_shard *shard)
{
    weir_error ignored;
    for (size_t i = 0; i < shard->job_count; i++) {
        const weir__job *job = &shard->jobs[i];
        const weir__script *script = weir__migrate_script(m, job->migration, job->down, &ignored);
        for (uint32_t k = job->done; script && k < script->count; k++) {
            const weir__step *step = &script->steps[k];
            looking l = {.m = m,
                         .shard = shard,
                         .link = &shard->link,
                         .migration = job->migration,
                         .down = job->down,
                         .step = step};
            if (step->kind != WEIR__STEP_DEFINITION || step->object_count == 0)
                continue;
            l.table = step->objects[0].name;
            if (step->online == WEIR__ONLINE_ALTER)
                look_at_alter(&l);
            else if (step->object_count == 1 && !step->renames && step->objects[0].kind == WEIR__OBJECT_TABLE)
                look_at_create(&l);
            weir__table_unref(l.now);
        }
    }
}
