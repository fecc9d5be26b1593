/* check_keys.c - what a sharded table's rule asks of its columns and keys. SPDX-License-Identifier: Apache-2.0
 * Asked of the first table of the rule: that the others are alike is check_tables.c's. */
#include "tools/check_live.h"

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcasecmp(word, *words) == 0)
            return true;
    return false;
}

static const char *const texts[] = {"char", "varchar", "enum", NULL};

/* Types that every server prints alike in every session, for the slot is made of what is printed. */
static bool check_type(check *c, const check_server *at, const check_table *table, const check_column *key)
{
    static const char *const types[] = {"tinyint", "smallint", "mediumint", "int",    "bigint",
                                        "char",    "varchar",  "enum",      "binary", "varbinary",
                                        "date",    "datetime", "decimal",   "uuid",   NULL};
    bool zerofill = strstr(key->type, "zerofill") != NULL;
    if (is_one_of(key->data_type, types) && !zerofill)
        return true;
    check_tell(
        c, CHECK_ERROR, at, table->name,
        "the shard key %s is %s, which %s" CHECK_SHOULD
        "an integer without ZEROFILL, CHAR, VARCHAR, BINARY, VARBINARY, DATE, DATETIME, DECIMAL, UUID or ENUM" CHECK_FIX
        "another column in shard_by:, or ALTER TABLE `%s`.`%s` MODIFY COLUMN `%s` ..;",
        key->name, key->type,
        zerofill ? "is printed with zeros that its value has not" : "is not printed alike in every session",
        at->shard->schema, table->name, key->name);
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
    bool exact =
        strcmp(key->collation, "binary") == 0 || has(key->collation, "nopad_bin") || has(key->collation, "0900_bin");
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
    else if (rule->fold_lower && !check_collation_folds(key->collation))
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
