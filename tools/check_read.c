/* check_read.c - what a server says of itself and of the shard's schema, read into memory. SPDX-License-Identifier: Apache-2.0
 * Rows come sorted by table (by bytes: `A` and `a` are two), so finding a row's table starts at the last one: O(rows). */
#include <ctype.h>

#include "tools/check_live.h"

/* Columns of the statements below, by their place. */
enum { TABLE_NAME, TABLE_TYPE, TABLE_ENGINE };
enum {
    COL_TABLE,
    COL_NAME,
    COL_DATA_TYPE,
    COL_TYPE,
    COL_NULLABLE,
    COL_DEFAULT,
    COL_CHARSET,
    COL_COLLATION,
    COL_EXTRA,
    COL_GENERATION
};
enum { KEY_TABLE, KEY_NAME, KEY_NON_UNIQUE, KEY_COLUMN, KEY_SUB_PART, KEY_TYPE };
enum { FK_NAME, FK_SCHEMA, FK_TABLE, FK_COLUMN, FK_TO_SCHEMA, FK_TO_TABLE, FK_TO_COLUMN, FK_ON_UPDATE, FK_ON_DELETE };
enum { TRIGGER_NAME, TRIGGER_TABLE, TRIGGER_TIMING, TRIGGER_EVENT, TRIGGER_BODY };

static const char variables_sql[] =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('div_precision_increment', 'explicit_defaults_for_timestamp', "
    "'group_concat_max_len', 'innodb_flush_log_at_trx_commit', 'innodb_read_only', 'log_bin', "
    "'lower_case_table_names', "
    "'max_allowed_packet', 'max_connections', 'max_sort_length', 'max_user_connections', 'read_only', 'sql_mode', "
    "'sync_binlog', 'version') OR Variable_name LIKE 'rpl_semi_sync_%'";
static const char status_sql[] = "SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Rpl_semi_sync_%_status' "
                                 "OR Variable_name LIKE 'Rpl_semi_sync_%_clients'";
static const char collation_sql[] =
    "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()";
static const char tables_sql[] = "SELECT TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES "
                                 "WHERE TABLE_SCHEMA = DATABASE() ORDER BY CAST(TABLE_NAME AS BINARY)";
static const char columns_sql[] =
    "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, CHARACTER_SET_NAME, "
    "COLLATION_NAME, EXTRA, GENERATION_EXPRESSION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() "
    "ORDER BY CAST(TABLE_NAME AS BINARY), ORDINAL_POSITION";
static const char keys_sql[] = "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, INDEX_TYPE "
                               "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() "
                               "ORDER BY CAST(TABLE_NAME AS BINARY), INDEX_NAME, SEQ_IN_INDEX";
static const char foreign_keys_sql[] =
    "SELECT k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, "
    "k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.UPDATE_RULE, r.DELETE_RULE "
    "FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r "
    "ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = "
    "k.TABLE_NAME "
    "WHERE k.REFERENCED_TABLE_NAME IS NOT NULL AND (k.TABLE_SCHEMA = DATABASE() OR k.REFERENCED_TABLE_SCHEMA = "
    "DATABASE()) "
    "ORDER BY k.TABLE_SCHEMA, CAST(k.TABLE_NAME AS BINARY), k.CONSTRAINT_NAME, k.ORDINAL_POSITION";
static const char triggers_sql[] =
    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT "
    "FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE() ORDER BY TRIGGER_NAME";

/* Where rows go: the ends of the lists that grow. */
typedef struct reading {
    check *c;
    check_server *at;
    check_table *table, **next_table;
    check_column **next_column;
    check_key *key, **next_key;
    check_part **next_part;
    check_foreign_key *foreign_key, **next_foreign_key;
    check_pair **next_pair;
    check_trigger **next_trigger;
    check_variable **next_variable;
} reading;

check_table *check_find_table(const check_server *at, const char *name)
{
    bool any_case = !check_is(at, "lower_case_table_names", "0");
    for (check_table *t = at->tables; t; t = t->next)
        if (any_case ? strcasecmp(t->name, name) == 0 : strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

check_column *check_find_column(const check_table *table, const char *name)
{
    for (check_column *column = table->columns; column; column = column->next)
        if (strcasecmp(column->name, name) == 0)
            return column;
    return NULL;
}

static void *take(reading *r, size_t size)
{
    return weir__arena_take(&r->c->arena, size);
}

static const char *keep(reading *r, weir_str text)
{
    return check_text(r->c, text);
}

/* Goes to the table that a row names; *changed: it is another than that of the row before. */
static bool turn_to(reading *r, weir_str name, bool *changed)
{
    *changed = !r->table || !weir__str_is(name, r->table->name);
    if (!*changed)
        return true;
    check_table *t = r->table ? r->table->next : NULL;
    while (t && !weir__str_is(name, t->name))
        t = t->next;
    for (t = t ? t : r->at->tables; t && !weir__str_is(name, t->name);)
        t = t->next;
    if (t)
        r->table = t; /* else it was made after the tables were listed: left out */
    return t != NULL;
}

static void variable_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    check_variable *variable = count >= 2 ? take(r, sizeof *variable) : NULL;
    (void)names;
    if (!variable)
        return;
    *variable = (check_variable){keep(r, cells[0]), keep(r, cells[1]), NULL};
    *r->next_variable = variable;
    r->next_variable = &variable->next;
}

static void collation_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    (void)names;
    (void)count;
    r->at->collation = keep(r, cells[0]);
}

static void table_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    check_table *table = take(r, sizeof *table);
    (void)names;
    (void)count;
    if (!table)
        return;
    bool view = !weir__str_is(cells[TABLE_TYPE], "BASE TABLE") && !weir__str_is(cells[TABLE_TYPE], "SYSTEM VERSIONED");
    table->name = keep(r, cells[TABLE_NAME]);
    table->engine = view ? "" : keep(r, cells[TABLE_ENGINE]);
    table->rule = check_rule_of(r->c, r->at, table->name);
    *r->next_table = table;
    r->next_table = &table->next;
}

/* "int(11) unsigned" is "int unsigned" in MySQL 8: the width says nothing, but with zerofill. */
static const char *plain_type(reading *r, weir_str type)
{
    const char *text = keep(r, type), *open = strchr(text, '('), *close = open ? strchr(open, ')') : NULL;
    if (!close || strstr(text, "zerofill") || open - text < 3 || strncmp(open - 3, "int", 3) != 0)
        return text;
    return check_printf(r->c, "%.*s%s", (int)(open - text), text, close + 1);
}

static void column_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    bool changed;
    (void)names;
    (void)count;
    if (!turn_to(r, cells[COL_TABLE], &changed))
        return;
    if (changed)
        r->next_column = &r->table->columns;
    check_column *column = take(r, sizeof *column);
    if (!column)
        return;
    const char *extra = keep(r, cells[COL_EXTRA]);
    column->name = keep(r, cells[COL_NAME]);
    column->data_type = keep(r, cells[COL_DATA_TYPE]);
    column->type = plain_type(r, cells[COL_TYPE]);
    column->charset = keep(r, cells[COL_CHARSET]);
    column->collation = keep(r, cells[COL_COLLATION]);
    column->auto_increment = strstr(extra, "auto_increment") != NULL;
    column->alike = check_printf(r->c, "%s%s%s%s%s%s", column->type, *column->charset ? " CHARACTER SET " : "",
                                 column->charset, *column->collation ? " COLLATE " : "", column->collation,
                                 weir__str_is(cells[COL_NULLABLE], "YES") ? "" : " NOT NULL");
    weir_str preset = cells[COL_DEFAULT], made = cells[COL_GENERATION];
    bool generated = made.data && made.size;
    column->definition =
        check_printf(r->c, "%s%s%.*s%s%s%.*s%s%s", column->alike, generated ? " AS (" : "", WEIR__STR(made),
                     generated ? ")" : "", !generated && preset.data ? " DEFAULT " : "",
                     generated ? 0 : (int)preset.size, preset.data ? preset.data : "", *extra ? " " : "", extra);
    *r->next_column = column;
    r->next_column = &column->next;
}

static const char *key_head(reading *r, const weir_str *cells, bool unique)
{
    if (weir__str_is(cells[KEY_NAME], "PRIMARY"))
        return "PRIMARY KEY";
    bool ordinary = weir__str_is(cells[KEY_TYPE], "BTREE") || weir__str_is(cells[KEY_TYPE], "HASH");
    return check_printf(r->c, "%.*s%sKEY `%.*s`", ordinary ? 0 : (int)cells[KEY_TYPE].size,
                        ordinary ? "" : cells[KEY_TYPE].data,
                        !ordinary ? " "
                        : unique  ? "UNIQUE "
                                  : "",
                        WEIR__STR(cells[KEY_NAME]));
}

static void key_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    bool changed;
    (void)names;
    (void)count;
    if (!turn_to(r, cells[KEY_TABLE], &changed))
        return;
    if (changed) {
        r->next_key = &r->table->keys;
        r->key = NULL;
    }
    bool first = !r->key || !weir__str_is(cells[KEY_NAME], r->key->name);
    check_part *part = take(r, sizeof *part);
    check_key *key = first ? take(r, sizeof *key) : r->key;
    if (!part || !key)
        return;
    *part = (check_part){keep(r, cells[KEY_COLUMN]), cells[KEY_SUB_PART].data == NULL, NULL};
    const char *size = part->whole ? "" : check_printf(r->c, "(%.*s)", WEIR__STR(cells[KEY_SUB_PART]));
    const char *shown = check_printf(r->c, "`%s`%s", *part->column ? part->column : "(expression)", size);
    if (first) {
        key->name = keep(r, cells[KEY_NAME]);
        key->unique = weir__str_is(cells[KEY_NON_UNIQUE], "0");
        key->definition = check_printf(r->c, "%s (%s)", key_head(r, cells, key->unique), shown);
        *r->next_key = r->key = key;
        r->next_key = &key->next;
        r->next_part = &key->parts;
    } else {
        key->definition = check_printf(r->c, "%.*s, %s)", (int)strlen(key->definition) - 1, key->definition, shown);
    }
    *r->next_part = part;
    r->next_part = &part->next;
}

static bool changes(weir_str rule)
{
    return weir__str_is(rule, "CASCADE") || weir__str_is(rule, "SET NULL") || weir__str_is(rule, "SET DEFAULT");
}

static void foreign_key_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    check_foreign_key *key = r->foreign_key;
    check_pair *pair = take(r, sizeof *pair);
    (void)names;
    (void)count;
    if (!key || !weir__str_is(cells[FK_NAME], key->name) || !weir__str_is(cells[FK_TABLE], key->table) ||
        !weir__str_is(cells[FK_SCHEMA], key->schema)) {
        key = take(r, sizeof *key);
        if (!key)
            return;
        key->name = keep(r, cells[FK_NAME]);
        key->schema = keep(r, cells[FK_SCHEMA]);
        key->table = keep(r, cells[FK_TABLE]);
        key->to_schema = keep(r, cells[FK_TO_SCHEMA]);
        key->to_table = keep(r, cells[FK_TO_TABLE]);
        key->changes_rows = changes(cells[FK_ON_UPDATE]) || changes(cells[FK_ON_DELETE]);
        *r->next_foreign_key = r->foreign_key = key;
        r->next_foreign_key = &key->next;
        r->next_pair = &key->pairs;
    }
    if (!pair)
        return;
    *pair = (check_pair){keep(r, cells[FK_COLUMN]), keep(r, cells[FK_TO_COLUMN]), NULL};
    *r->next_pair = pair;
    r->next_pair = &pair->next;
}

static void trigger_row(void *context, const weir_column *names, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    check_trigger *trigger = take(r, sizeof *trigger);
    (void)names;
    (void)count;
    if (!trigger)
        return;
    *trigger =
        (check_trigger){keep(r, cells[TRIGGER_NAME]),  keep(r, cells[TRIGGER_TABLE]), keep(r, cells[TRIGGER_TIMING]),
                        keep(r, cells[TRIGGER_EVENT]), keep(r, cells[TRIGGER_BODY]),  NULL};
    *r->next_trigger = trigger;
    r->next_trigger = &trigger->next;
}

bool check_read_variables(check *c, check_server *at, weir__conn *conn)
{
    reading r = {.c = c, .at = at, .next_variable = &at->variables};
    at->mariadb = conn->mariadb;
    return check_ask(c, at, conn, variables_sql, variable_row, &r) &&
           check_ask(c, at, conn, status_sql, variable_row, &r);
}

bool check_read_schema(check *c, check_server *at, weir__conn *conn)
{
    reading r = {.c = c,
                 .at = at,
                 .next_table = &at->tables,
                 .next_foreign_key = &at->foreign_keys,
                 .next_trigger = &at->triggers};
    if (!check_ask(c, at, conn, collation_sql, collation_row, &r) ||
        !check_ask(c, at, conn, tables_sql, table_row, &r) || !check_ask(c, at, conn, columns_sql, column_row, &r))
        return false;
    r.table = NULL;
    return check_ask(c, at, conn, keys_sql, key_row, &r) &&
           check_ask(c, at, conn, foreign_keys_sql, foreign_key_row, &r) &&
           check_ask(c, at, conn, triggers_sql, trigger_row, &r);
}
