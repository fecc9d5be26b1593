/* lint_ddl.c - definitions that keep writers waiting, and unique keys that are not unique. SPDX-License-Identifier: Apache-2.0
 * By words alone: what the server would really do depends on the table, and `weir migrate` asks it for the gentlest way first. */
#include <stdio.h>

#include "base/str.h"
#include "router/migrate/words.h"
#include "tools/lint.h"

static const weir__lex_options reading = {.flavour = WEIR__MARIADB};

/* ---- what blocks ---- */

/* Parts of ALTER TABLE by their first words, outside of parentheses. second NULL: any. */
static const struct {
    const char *first, *second, *why;
} blocking[] = {
    {"MODIFY", NULL, "MODIFY copies the table where the type changes"},
    {"CHANGE", NULL, "CHANGE copies the table where the type changes"},
    {"CONVERT", "TO", "CONVERT TO copies the table"},
    {"DROP", "PRIMARY", "DROP PRIMARY KEY copies the table"},
    {"ENGINE", NULL, "ENGINE copies the table"},
    {"ROW_FORMAT", NULL, "ROW_FORMAT rebuilds the table"},
    {"ORDER", "BY", "ORDER BY copies the table"},
    {"FORCE", NULL, "FORCE rebuilds the table"},
    {"ADD", "FULLTEXT", "a FULLTEXT index keeps writers out while it is made"},
    {"ADD", "SPATIAL", "a SPATIAL index keeps writers out while it is made"},
    {"ADD", "FOREIGN", "a foreign key copies the table, unless foreign_key_checks is off"},
    {"ADD", "CONSTRAINT", "a constraint may copy the table"},
    {"ADD", "CHECK", "CHECK copies the table"},
    {"COALESCE", "PARTITION", "moving partitions copies their rows"},
    {"REORGANIZE", "PARTITION", "moving partitions copies their rows"},
    {"PARTITION", "BY", "partitioning copies the table"},
    {"REMOVE", "PARTITIONING", "taking partitions away copies the table"},
    {"OPTIMIZE", "PARTITION", "it copies the partition"},
    {"REBUILD", "PARTITION", "it copies the partition"},
};

static bool says_blocking(weir__words w)
{
    static const char *const words[] = {"COPY", "SHARED", "EXCLUSIVE"};
    if (!weir__words_take(&w, "ALGORITHM") && !weir__words_take(&w, "LOCK"))
        return false;
    weir__words_take(&w, "=");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (weir__words_at(&w, words[i]))
            return true;
    return false;
}

static void tell_blocking(lint_statement *s, uint32_t at, const char *why)
{
    lint_tell(s, LINT_RULE_blocking_ddl, LINT_WARNING, at, "%s: writers may wait for as long as that takes", why);
}

/* True: this part surely has its reason. */
static bool look_at_part(lint_statement *s, const weir__words *w)
{
    for (size_t i = 0; i < sizeof blocking / sizeof *blocking; i++) {
        weir__words ahead = *w;
        if (!weir__words_take(&ahead, blocking[i].first))
            continue;
        if (!blocking[i].second || weir__words_at(&ahead, blocking[i].second)) {
            tell_blocking(s, w->token.start, blocking[i].why);
            return true;
        }
    }
    return false;
}

static void look_at_alter(lint_statement *s, weir__words w)
{
    bool begins = true, told = false;
    for (; !weir__words_end(&w) && !told;) {
        if (begins)
            told = look_at_part(s, &w);
        if (!told && says_blocking(w)) {
            tell_blocking(s, w.token.start, "it says so itself");
            told = true;
        }
        if (weir__words_at(&w, "(")) {
            weir__words_group(&w);
            continue;
        }
        begins = weir__words_at(&w, ",");
        weir__words_step(&w);
    }
}

/* ---- unique keys ---- */

/* At the parenthesis of a key's columns: is the shard key, whole, one of them? */
static bool holds(weir__words w, const char *shard_by)
{
    unsigned depth = 0;
    while (!weir__words_end(&w)) {
        weir_str schema, name;
        if (weir__words_take(&w, "(")) {
            depth++;
            if (depth == 1 && weir__words_name(&w, &schema, &name) && weir__str_is_nocase(name, shard_by) &&
                !weir__words_at(&w, "("))
                return true;
        } else if (depth == 1 && weir__words_take(&w, ",")) {
            if (weir__words_name(&w, &schema, &name) && weir__str_is_nocase(name, shard_by) && !weir__words_at(&w, "("))
                return true;
        } else if (weir__words_take(&w, ")")) {
            if (--depth == 0)
                return false;
        } else {
            weir__words_step(&w);
        }
    }
    return false;
}

static void tell_unique(lint_statement *s, const weir__table_config *rule, uint32_t at)
{
    lint_tell(
        s, LINT_RULE_unique_key, LINT_WARNING, at,
        "this key of %s does not hold the shard key %s, so it is unique on each shard only; add %s to it, or write "
        "unique: per_shard in the rule when that is enough",
        rule->label, rule->shard_by, rule->shard_by);
}

/* From here on: keys by UNIQUE or PRIMARY. A column's own (`id INT PRIMARY KEY`) has no parenthesis behind it: column is its name. */
static void look_at_keys(lint_statement *s, const weir__table_config *rule, weir__words w)
{
    weir_str column = {NULL, 0};
    unsigned depth = 0;
    bool begins = false;
    while (!weir__words_end(&w)) {
        uint32_t at = w.token.start;
        bool unique = weir__words_at(&w, "UNIQUE"), primary = weir__words_at(&w, "PRIMARY");
        weir_str schema, name;
        if (unique || primary) {
            weir__words_step(&w);
            if (!weir__words_take(&w, "KEY"))
                weir__words_take(&w, "INDEX");
            weir__words ahead = w;
            if (!weir__words_at(&ahead, "("))
                weir__words_name(&ahead, &schema, &name);
            if (weir__words_take(&ahead, "USING"))
                weir__words_step(&ahead);
            bool listed = weir__words_at(&ahead, "(");
            if (listed ? !holds(ahead, rule->shard_by) : column.data && !weir__str_is_nocase(column, rule->shard_by))
                tell_unique(s, rule, at);
            if (listed) {
                weir__words_group(&ahead);
                w = ahead;
            }
            begins = false;
            continue;
        }
        if (begins) {
            weir__words ahead = w;
            column = weir__words_name(&ahead, &schema, &name) ? name : (weir_str){NULL, 0};
        }
        begins = depth == 1 && weir__words_at(&w, ",");
        if (weir__words_at(&w, "(")) {
            begins = depth++ == 0;
        } else if (weir__words_at(&w, ")")) {
            depth -= depth > 0;
        }
        weir__words_step(&w);
    }
}

static const weir__table_config *spread_rule(const lint_rules *rules, weir_str name)
{
    for (size_t i = 0; rules->config && i < rules->config->table_count; i++) {
        const weir__table_config *rule = &rules->config->tables[i];
        if (rule->shard_by && !rule->unique_per_shard && weir__str_is(name, rule->name))
            return rule;
    }
    return NULL;
}

static void take_if(weir__words *w)
{
    if (!weir__words_take(w, "IF"))
        return;
    weir__words_take(w, "NOT");
    weir__words_take(w, "EXISTS");
}

/* Behind CREATE [OR REPLACE] [ONLINE]. */
static void look_at_create(const lint_rules *rules, lint_statement *s, weir__words w)
{
    const weir__table_config *rule;
    weir_str schema, name;
    if (weir__words_take(&w, "TABLE")) {
        take_if(&w);
        rule = weir__words_name(&w, &schema, &name) ? spread_rule(rules, name) : NULL;
        if (rule)
            look_at_keys(s, rule, w);
        return;
    }
    bool slow = weir__words_at(&w, "FULLTEXT") || weir__words_at(&w, "SPATIAL");
    bool unique = weir__words_at(&w, "UNIQUE");
    uint32_t at = w.token.start;
    if (slow || unique)
        weir__words_step(&w);
    if (!weir__words_take(&w, "INDEX"))
        return;
    if (slow)
        tell_blocking(s, at, "such an index keeps writers out while it is made");
    while (!weir__words_end(&w) && !weir__words_take(&w, "ON"))
        weir__words_step(&w);
    rule = unique && weir__words_name(&w, &schema, &name) ? spread_rule(rules, name) : NULL;
    if (rule && !holds(w, rule->shard_by))
        tell_unique(s, rule, at);
    for (; !weir__words_end(&w); weir__words_step(&w))
        if (says_blocking(w))
            tell_blocking(s, w.token.start, "it says so itself");
}

void lint_ddl(const lint_rules *rules, lint_statement *s)
{
    weir_str schema, name;
    weir__words w;
    weir__words_begin(&w, s->sql, &reading);
    if (weir__words_take(&w, "CREATE")) {
        if (weir__words_take(&w, "OR"))
            weir__words_take(&w, "REPLACE");
        weir__words_take(&w, "ONLINE");
        look_at_create(rules, s, w);
    } else if (weir__words_take(&w, "ALTER")) {
        weir__words_take(&w, "ONLINE");
        weir__words_take(&w, "IGNORE");
        if (!weir__words_take(&w, "TABLE"))
            return;
        take_if(&w);
        if (!weir__words_name(&w, &schema, &name))
            return;
        const weir__table_config *rule = spread_rule(rules, name);
        look_at_alter(s, w);
        if (rule)
            look_at_keys(s, rule, w);
    } else if (weir__words_take(&w, "OPTIMIZE")) {
        tell_blocking(s, 0, "OPTIMIZE TABLE rebuilds the table");
    } else if (weir__words_take(&w, "LOCK")) {
        tell_blocking(s, 0, "LOCK TABLES keeps others out");
    }
}
