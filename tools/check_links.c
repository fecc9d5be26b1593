/* check_links.c - foreign keys and triggers: what writes or checks rows behind weir's back. SPDX-License-Identifier: Apache-2.0
 * Asked of each primary: a shard may have one that the others have not. */
#include <ctype.h>

#include "tools/check_live.h"

static const weir__table_config *rule_at(const check_server *at, const char *schema, const char *table)
{
    const check_table *found = strcasecmp(schema, at->shard->schema) == 0 ? check_find_table(at, table) : NULL;
    return found ? found->rule : NULL;
}

static const weir__table_config *root(const weir__table_config *rule)
{
    return rule->with ? rule->with : rule;
}

/* Is the row that a foreign key points to always on the same shard? */
static bool stays_on_shard(const check_foreign_key *key, const weir__table_config *from, const weir__table_config *to)
{
    if (from && to && to->kind == WEIR__TABLE_BROADCAST)
        return true;
    if (!from || !to || !check_is_sharded(from) || !check_is_sharded(to) || root(from) != root(to))
        return false;
    for (const check_pair *pair = key->pairs; pair; pair = pair->next)
        if (strcasecmp(pair->from, from->shard_by) == 0 && strcasecmp(pair->to, to->shard_by) == 0)
            return true;
    return false;
}

static void check_foreign(check *c, const check_server *at, const check_foreign_key *key)
{
    const weir__table_config *from = rule_at(at, key->schema, key->table),
                             *to = rule_at(at, key->to_schema, key->to_table);
    if ((check_is_sharded(from) || check_is_sharded(to)) && !stays_on_shard(key, from, to))
        check_tell(
            c, CHECK_ERROR, at, key->table,
            "the foreign key %s to %s does not follow the shard key: the row it asks for can be on another shard" //
            CHECK_SHOULD "shard key to shard key of tables that live together, or to a broadcast table" CHECK_FIX
            "ALTER TABLE `%s`.`%s` DROP FOREIGN KEY `%s`; or with: and shard_by: so that the rows live together",
            key->name, key->to_table, key->schema, key->table, key->name);
    if (from && from->cache.in && key->changes_rows)
        check_tell(c, CHECK_WARNING, at, key->table,
                   "its rows are cached, and the foreign key %s changes them when %s is written" CHECK_SHOULD
                   "no CASCADE or SET NULL on a cached table" CHECK_FIX
                   "leave out cache: of the rule %s, or make the foreign key ON UPDATE RESTRICT ON DELETE RESTRICT",
                   key->name, key->to_table, from->label);
}

/* Does the word stand in the text, as a name of its own? */
static bool mentions(const char *text, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = text; (at = strcasestr(at, word)); at++) {
        bool begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        bool ends = !(isalnum((unsigned char)at[size]) || at[size] == '_');
        if (begins && ends)
            return true;
    }
    return false;
}

static void check_trigger_on(check *c, const check_server *at, const check_trigger *trigger)
{
    const weir__table_config *rule = rule_at(at, at->shard->schema, trigger->table);
    bool key_at_risk = check_is_sharded(rule) && strcasecmp(trigger->timing, "BEFORE") == 0 &&
                       strcasecmp(trigger->event, "DELETE") != 0;
    if (key_at_risk)
        check_tell(c, CHECK_WARNING, at, trigger->table,
                   "the trigger %s, BEFORE %s, may change the shard key %s: the row would be on the wrong shard" //
                   CHECK_SHOULD "no BEFORE trigger that sets NEW.%s" CHECK_FIX "read SHOW CREATE TRIGGER `%s`.`%s`;",
                   trigger->name, trigger->event, rule->shard_by, rule->shard_by, at->shard->schema, trigger->name);
    for (const check_table *table = at->tables; table; table = table->next)
        if (table->rule && table->rule->cache.in && (table->rule == rule || mentions(trigger->body, table->name)))
            check_tell(c, CHECK_WARNING, at, table->name,
                       "its rows are cached, and the trigger %s on %s may change them" CHECK_SHOULD
                       "no trigger that writes to a cached table" CHECK_FIX
                       "leave out cache: of the rule %s, or read SHOW CREATE TRIGGER `%s`.`%s`;",
                       trigger->name, trigger->table, table->rule->label, at->shard->schema, trigger->name);
}

void check_links(check *c, const check_server *at)
{
    for (const check_foreign_key *key = at->foreign_keys; key; key = key->next)
        check_foreign(c, at, key);
    for (const check_trigger *trigger = at->triggers; trigger; trigger = trigger->next)
        check_trigger_on(c, at, trigger);
}
