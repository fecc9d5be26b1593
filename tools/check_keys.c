/* check_keys.c - what a sharded table's rule asks of its columns and keys. SPDX-License-Identifier: Apache-2.0
 * Asked of the first table of the rule: that the others are alike is check_tables.c's. */
#include "router/ids.h"
#include "schema/table.h"
#include "tools/check_live.h"

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcasecmp(word, *words) == 0)
            return true;
    return false;
}

static const char *const texts[] = {"char", "varchar", "enum", NULL};

/* The column as the rest of weir sees it. */
static weir__column described(check *c, const check_column *key)
{
    weir__column column = {.name = key->name, .charset = key->charset, .collation = key->collation};
    weir__column_type_parse(&c->arena, weir__view(key->type), &column.type);
    return column;
}

static bool check_type(check *c, const check_server *at, const check_table *table, const check_column *key)
{
    weir__column column = described(c, key);
    weir__key_type bare = weir__type_key_type(column.type.type);
    bool text = bare == WEIR__KEY_TYPE_TEXT || bare == WEIR__KEY_TYPE_ENUM;
    if (text || !weir__column_refuses_key(&column))
        return true; /* check_text_key says more of text */
    check_tell(
        c, CHECK_ERROR, at, table->name,
        "the shard key %s is %s, which %s" CHECK_SHOULD
        "an integer without ZEROFILL, CHAR, VARCHAR, BINARY, VARBINARY, DATE, DATETIME, DECIMAL, UUID or ENUM" CHECK_FIX
        "another column in shard_by:, or ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` ..;",
        key->name, key->type, weir__column_refuses_key(&column), at->shard->schema, table->name, key->name);
    return false;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static void check_text_key(check *c, const check_server *at, const check_table *table, const check_column *key)
{
    static const char *const charsets[] = {"utf8mb4", "ascii", "binary", NULL};
    const weir__table_config *rule = table->rule;
    const char *schema = at->shard->schema;
    if (!is_one_of(key->charset, charsets)) {
        check_tell(c, CHECK_ERROR, at, table->name,
                   "the shard key %s has the character set %s" CHECK_SHOULD
                   "utf8mb4, ascii or binary: a key's bytes say its shard" CHECK_FIX
                   "ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` %s CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ..;",
                   key->name, key->charset, schema, table->name, key->name, key->type);
        return;
    }
    if (strcasecmp(key->data_type, "enum") == 0)
        return; /* the server itself keeps labels apart */
    bool exact = weir__collation_is_exact(key->collation);
    if (!rule->fold_lower && !exact)
        check_tell(
            c, CHECK_ERROR, at, table->name,
            "the shard key %s has the collation %s: keys that are equal to the server, as 'a' and '%s', can live on "
            "different shards" CHECK_SHOULD
            "a collation of bytes without padding (%s_nopad_bin, MySQL: utf8mb4_0900_bin), or fold: lower" CHECK_FIX
            "%s: {.., fold: lower}, or ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` %s COLLATE %s ..;",
            key->name, key->collation, has(key->collation, "_bin") ? "a " : "A", key->charset, rule->label, schema,
            table->name, key->name, key->type,
            at->mariadb ? check_printf(c, "%s_nopad_bin", key->charset) : "utf8mb4_0900_bin");
    else if (rule->fold_lower && !weir__collation_folds(key->collation))
        check_tell(
            c, CHECK_ERROR, at, table->name,
            "the shard key %s has the collation %s, which is not known to call equal only what fold: lower does" //
            CHECK_SHOULD "_bin, general_ci, unicode_ci, unicode_520_ci, uca1400_ai_ci or 0900_ai_ci" CHECK_FIX
            "ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` %s COLLATE %s_general_ci ..;",
            key->name, key->collation, schema, table->name, key->name, key->type, key->charset);
}

static void check_auto_increment(check *c, const check_server *at, const check_table *table)
{
    const weir__table_config *rule = table->rule;
    for (const check_column *column = table->columns; column; column = column->next) {
        bool covered = rule->ids.kind != WEIR__IDS_NONE && strcasecmp(rule->ids.column, column->name) == 0;
        weir__column as_weir = described(c, column);
        const char *refused = covered ? weir__ids_refuses(rule, &as_weir) : NULL;
        if (refused)
            check_tell(c, CHECK_ERROR, at, table->name,
                       "column %s of ids: is %s, which %s" CHECK_SHOULD "BIGINT" CHECK_FIX
                       "ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` BIGINT NOT NULL;",
                       column->name, column->type, refused, at->shard->schema, table->name, column->name);
        if (column->auto_increment && !covered)
            check_tell(c, CHECK_ERROR, at, table->name,
                       "column %s is AUTO_INCREMENT: each shard would give the same numbers" CHECK_SHOULD
                       "ids: in the rule, or no AUTO_INCREMENT" CHECK_FIX
                       "%s: {.., ids: {column: %s, kind: snowflake}}",
                       column->name, rule->label, column->name);
    }
}

/* Rows with an equal key must be on one shard for the server to see both: the shard key, whole, is part of it. */
static bool has_shard_key(const check_key *key, const char *shard_by)
{
    for (const check_part *part = key->parts; part; part = part->next)
        if (part->whole && strcasecmp(part->column, shard_by) == 0)
            return true;
    return false;
}

static void check_unique_keys(check *c, const check_server *at, const check_table *table)
{
    const weir__table_config *rule = table->rule;
    for (const check_key *key = table->keys; key; key = key->next)
        if (key->unique && !rule->unique_per_shard && !has_shard_key(key, rule->shard_by))
            check_tell(c, CHECK_ERROR, at, table->name,
                       "%s does not hold the shard key %s: it is unique on each shard only" CHECK_SHOULD
                       "%s in the key, or unique: per_shard" CHECK_FIX
                       "%s: {.., unique: per_shard} when that is enough, else add `%s` to the key",
                       key->definition, rule->shard_by, rule->shard_by, rule->label, rule->shard_by);
}

void check_key_rules(check *c, const check_server *at, const check_table *table)
{
    const weir__table_config *rule = table->rule;
    const check_column *key = check_find_column(table, rule->shard_by);
    if (!key)
        check_tell(c, CHECK_ERROR, at, table->name,
                   "it has no column %s" CHECK_SHOULD "the shard key, as the rule %s names it" CHECK_FIX
                   "%s: {.., shard_by: <one of its columns>}",
                   rule->shard_by, rule->label, rule->label);
    else if (check_type(c, at, table, key) && is_one_of(key->data_type, texts))
        check_text_key(c, at, table, key);
    check_auto_increment(c, at, table);
    check_unique_keys(c, at, table);
}
