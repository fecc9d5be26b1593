/* check_own.c - are weir's own tables on a primary as `weir setup` makes them? SPDX-License-Identifier: Apache-2.0
 * Their columns are read from the text that weir setup sends: there is no second list of them. */
#include <ctype.h>

#include "schema/own_tables.h"
#include "tools/check_live.h"

/* The next piece between commas that stand outside of parentheses; false: none is left. */
static bool next_item(const char **rest, weir_str *item)
{
    const char *from = *rest + strspn(*rest, " "), *to = from;
    for (int depth = 0; *to && (depth || *to != ','); to++)
        depth += (*to == '(') - (*to == ')');
    *item = weir__slice(from, to);
    *rest = *to ? to + 1 : to;
    return item->size > 0;
}

static bool begins_with(weir_str text, const char *word)
{
    return text.size > strlen(word) && memcmp(text.data, word, strlen(word)) == 0;
}

/* "VARBINARY(64) NOT NULL PRIMARY KEY" is "varbinary(64)". */
static const char *type_of(check *c, const char *from, const char *to)
{
    static const char *const ends[] = {" NOT ", " NULL", " PRIMARY ", " DEFAULT "};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = memmem(from, (size_t)(to - from), ends[i], strlen(ends[i]));
        to = end ? end : to;
    }
    const char *type = check_text(c, weir__slice(from, to));
    char *lower = weir__arena_text(&c->arena, type, strlen(type));
    for (char *sign = lower; sign && *sign; sign++)
        *sign = (char)tolower((unsigned char)*sign);
    return lower ? lower : "";
}

static void check_column_of(check *c, const check_server *at, const check_table *table, weir_str item)
{
    const char *end = item.data + item.size, *space = memchr(item.data, ' ', item.size);
    if (!space || begins_with(item, "KEY ") || begins_with(item, "PRIMARY KEY "))
        return;
    const char *name = check_text(c, weir__slice(item.data, space)), *type = type_of(c, space + 1, end);
    const check_column *column = check_find_column(table, name);
    if (!column)
        check_tell(c, CHECK_ERROR, at, table->name,
                   "weir's own table has no column %s" CHECK_SHOULD "%.*s" CHECK_FIX
                   "ALTER TABLE `%s`.`%s` ADD COLUMN %.*s; or drop the table and run weir setup",
                   name, WEIR__STR(item), at->shard->schema, table->name, WEIR__STR(item));
    else if (strcasecmp(column->type, type) != 0)
        check_tell(c, CHECK_ERROR, at, table->name,
                   "column %s of weir's own table is %s" CHECK_SHOULD "%s" CHECK_FIX
                   "ALTER TABLE `%s`.`%s` MODIFY COLUMN %.*s; or drop the table and run weir setup",
                   name, column->type, type, at->shard->schema, table->name, WEIR__STR(item));
}

void check_own_tables(check *c, const check_server *at)
{
    for (size_t i = 0; i < weir__own_table_count; i++) {
        const weir__own_table *own = &weir__own_tables[i];
        const char *name = strcmp(own->name, "weir_heartbeat") == 0 ? at->shard->settings.health.heartbeat : own->name;
        const check_table *table = check_find_table(at, name);
        if (!table) {
            check_tell(c, CHECK_ERROR, at, name,
                       "weir's own table is not there, or the user %s may not see it" CHECK_SHOULD "there: %s" CHECK_FIX
                       "weir setup; or weir setup --print-sql, for an administrator",
                       at->shard->settings.user, own->purpose);
            continue;
        }
        if (strcasecmp(table->engine, "InnoDB") != 0)
            check_tell(c, CHECK_ERROR, at, name,
                       "weir's own table has the engine %s" CHECK_SHOULD
                       "InnoDB: it is written in transactions" CHECK_FIX "ALTER TABLE `%s`.`%s` ENGINE = InnoDB;",
                       *table->engine ? table->engine : "of a view", at->shard->schema, name);
        const char *rest = own->columns;
        for (weir_str item; next_item(&rest, &item);)
            check_column_of(c, at, table, item);
    }
}
