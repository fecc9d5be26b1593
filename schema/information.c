/* information.c - the queries, and from their rows to tables. SPDX-License-Identifier: Apache-2.0 */
#include "schema/information.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"

enum {
    MAX_NAME_BYTES = 64 * 4, /* 64 characters */
    MAX_QUOTED = 2 * MAX_NAME_BYTES + 16,
    MAX_SQL_BYTES = 4 * MAX_QUOTED + 1024,
};

/* Columns of the queries below, by their place. */
enum { TABLE_NAME, TABLE_TYPE, TABLE_ENGINE, TABLE_LOWER };
enum {
    COL_TABLE,
    COL_NAME,
    COL_TYPE,
    COL_NULLABLE,
    COL_DEFAULT,
    COL_CHARSET,
    COL_COLLATION,
    COL_EXTRA,
    COL_GENERATION,
    COL_CHARACTERS,
    COL_OCTETS
};
enum { KEY_TABLE, KEY_NAME, KEY_NON_UNIQUE, KEY_COLUMN, KEY_SUB_PART, KEY_TYPE };
enum { FK_TABLE, FK_NAME, FK_COLUMN, FK_TO_SCHEMA, FK_TO_TABLE, FK_TO_COLUMN, FK_ON_UPDATE, FK_ON_DELETE };
enum { TRIGGER_TABLE, TRIGGER_NAME, TRIGGER_TIMING, TRIGGER_EVENT, TRIGGER_BODY };

/* %s: the schema, then the table, as SQL texts. Equality with constants lets MariaDB open that one table only. */
static const char tables_sql[] = "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, @@lower_case_table_names "
                                 "FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s";
static const char latest_sql[] = "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, 2 FROM information_schema.TABLES "
                                 "WHERE TABLE_SCHEMA = %s AND LOCATE(%s, TABLE_NAME) = 1";
static const char columns_sql[] =
    "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, CHARACTER_SET_NAME, COLLATION_NAME, "
    "EXTRA, "
    "GENERATION_EXPRESSION, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH FROM information_schema.COLUMNS "
    "WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION";
static const char keys_sql[] = "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, INDEX_TYPE "
                               "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s "
                               "ORDER BY INDEX_NAME, SEQ_IN_INDEX";
static const char foreign_keys_sql[] =
    "SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, "
    "k.REFERENCED_COLUMN_NAME, r.UPDATE_RULE, r.DELETE_RULE FROM information_schema.KEY_COLUMN_USAGE k "
    "JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND "
    "r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME WHERE k.TABLE_SCHEMA = %1$s AND "
    "k.TABLE_NAME = %2$s AND r.CONSTRAINT_SCHEMA = %1$s AND r.TABLE_NAME = %2$s "
    "AND k.REFERENCED_TABLE_NAME IS NOT NULL ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION";
static const char triggers_sql[] =
    "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT "
    "FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = %s AND EVENT_OBJECT_TABLE = %s ORDER BY TRIGGER_NAME";

weir_status weir__information_ask(weir__conn *conn, const char *sql, weir__information_row *each, void *context,
                                  weir_error *error)
{
    weir__command command = {.sql = weir__view(sql)};
    weir__answer answer;
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status != WEIR_OK || answer.column_count == 0)
        return status;
    weir__cell *cells = weir__array(&conn->env->mem, answer.column_count, sizeof *cells);
    weir_str *texts = weir__array(&conn->env->mem, answer.column_count, sizeof *texts);
    bool row = cells && texts;
    status = row ? WEIR_OK : weir__fail_nomem(error);
    while (row && (status = conn->driver->fetch(conn, &answer, cells, &row, error)) == WEIR_OK && row) {
        for (uint32_t i = 0; i < answer.column_count; i++)
            texts[i] = (weir_str){cells[i].type == WEIR_T_NULL ? NULL : cells[i].as.p, cells[i].size};
        if (each)
            each(context, texts, answer.column_count);
    }
    conn->driver->end(conn);
    weir__free(&conn->env->mem, cells);
    weir__free(&conn->env->mem, texts);
    return status;
}

/* What is being read. */
typedef struct reading {
    const weir__mem *mem;
    bool mariadb;
    const char *wanted, *before, *behind; /* before: the latest is wanted */
    weir__table_builder *builder;
    bool nomem;
} reading;

/* NULL is nothing. */
static bool is(weir_str cell, const char *text)
{
    return cell.data && weir__str_is(cell, text);
}

/* Is name of the form before<digits>behind? */
static bool is_dated(weir_str name, const char *before, const char *behind)
{
    size_t a = strlen(before), b = strlen(behind);
    if (!name.data || name.size <= a + b || strncasecmp(name.data, before, a) != 0 ||
        strncasecmp(name.data + name.size - b, behind, b) != 0)
        return false;
    for (size_t i = a; i < name.size - b; i++)
        if (name.data[i] < '0' || name.data[i] > '9')
            return false;
    return true;
}

/* Is this row's table the one to read, better than the one so far? Bytes decide where the server keeps A and a apart. */
static bool is_better(const reading *r, const weir_str *cells)
{
    weir_str name = cells[TABLE_NAME];
    const char *so_far = r->builder ? weir__table_builder_name(r->builder) : NULL;
    if (r->before)
        return is_dated(name, r->before, r->behind) &&
               (!so_far || name.size > strlen(so_far) ||
                (name.size == strlen(so_far) && memcmp(name.data, so_far, name.size) > 0));
    bool exact = is(name, r->wanted);
    return exact || (!so_far && !is(cells[TABLE_LOWER], "0") && weir__str_is_nocase(name, r->wanted));
}

static void table_row(void *context, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    (void)count;
    if (!cells[TABLE_NAME].data || !is_better(r, cells))
        return;
    weir_error ignored;
    if (r->builder)
        weir__table_end(r->builder, NULL, &ignored);
    r->builder = weir__table_begin(r->mem, cells[TABLE_NAME]);
    r->nomem |= !r->builder;
    bool base = is(cells[TABLE_TYPE], "BASE TABLE") || is(cells[TABLE_TYPE], "SYSTEM VERSIONED");
    if (r->builder)
        weir__table_set_kind(r->builder, !base, cells[TABLE_ENGINE]);
}

static bool is_here(const reading *r, weir_str table)
{
    return is(table, weir__table_builder_name(r->builder));
}

static bool has(weir_str text, const char *part)
{
    return text.size && memmem(text.data, text.size, part, strlen(part));
}

static bool has_nocase(const char *text, const char *part)
{
    return strcasestr(text, part) != NULL;
}

/* 'it''s' without its quotes; both '' and \' are printed. */
static const char *unquote(reading *r, weir_str text)
{
    char *plain = weir__arena_take(weir__table_arena(r->builder), text.size + 1);
    size_t size = 0;
    for (size_t i = 1; plain && i + 1 < text.size; i++) {
        char c = text.data[i];
        if ((c == '\'' || c == '\\') && i + 2 < text.size)
            c = text.data[++i];
        plain[size++] = c;
    }
    return plain ? plain : "";
}

static bool is_number(weir_str text)
{
    size_t i = text.size && (*text.data == '-' || *text.data == '+');
    for (; i < text.size; i++)
        if (!strchr("0123456789.eE+-", text.data[i]))
            return false;
    return text.size > 0;
}

/* MariaDB prints SQL ('x', NULL, current_timestamp()); MySQL the value, and DEFAULT_GENERATED in EXTRA where it is SQL. */
static void take_default(reading *r, const weir_str *cells, weir__column *column)
{
    weir_str text = cells[COL_DEFAULT];
    bool value = r->mariadb ? text.size > 1 && *text.data == '\'' : !has(cells[COL_EXTRA], "DEFAULT_GENERATED");
    column->preset = "";
    if (column->generated || !text.data) {
        column->preset_kind = !column->generated && column->nullable ? WEIR__DEFAULT_NULL : WEIR__DEFAULT_NONE;
    } else if (r->mariadb && is(text, "NULL")) {
        column->preset_kind = WEIR__DEFAULT_NULL;
    } else if (value || is_number(text)) {
        column->preset_kind = WEIR__DEFAULT_VALUE;
        column->preset = r->mariadb && value ? unquote(r, text) : weir__table_text(r->builder, text);
    } else {
        column->preset_kind = WEIR__DEFAULT_EXPRESSION;
        column->preset = weir__table_text(r->builder, text);
    }
}

static uint64_t number(weir_str text)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.size && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    return n;
}

static void column_row(void *context, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    (void)count;
    if (!is_here(r, cells[COL_TABLE]))
        return;
    weir__table_builder *b = r->builder;
    const char *extra = weir__table_text(b, cells[COL_EXTRA]);
    weir__column column = {
        .name = weir__table_text(b, cells[COL_NAME]),
        .type_text = weir__table_text(b, cells[COL_TYPE]),
        .charset = weir__table_text(b, cells[COL_CHARSET]),
        .collation = weir__table_text(b, cells[COL_COLLATION]),
        .characters = number(cells[COL_CHARACTERS]),
        .octets = number(cells[COL_OCTETS]),
        .nullable = is(cells[COL_NULLABLE], "YES"),
        .auto_increment = has_nocase(extra, "auto_increment"),
        .invisible = has_nocase(extra, "INVISIBLE"),
        .generated = cells[COL_GENERATION].size > 0 || has_nocase(extra, "VIRTUAL GENERATED") ||
                     has_nocase(extra, "STORED GENERATED"),
        .on_update = has_nocase(extra, "on update"),
        .expression = weir__table_text(b, cells[COL_GENERATION]),
    };
    take_default(r, cells, &column);
    weir__table_add_column(b, &column);
}

static void key_row(void *context, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    (void)count;
    if (is_here(r, cells[KEY_TABLE]))
        weir__table_add_key_part(r->builder, cells[KEY_NAME], cells[KEY_TYPE], is(cells[KEY_NON_UNIQUE], "0"),
                                 cells[KEY_COLUMN], (uint32_t)number(cells[KEY_SUB_PART]));
}

static void foreign_key_row(void *context, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    (void)count;
    if (is_here(r, cells[FK_TABLE]))
        weir__table_add_reference(r->builder, cells[FK_NAME], cells[FK_TO_SCHEMA], cells[FK_TO_TABLE],
                                  cells[FK_ON_UPDATE], cells[FK_ON_DELETE], cells[FK_COLUMN], cells[FK_TO_COLUMN]);
}

static void trigger_row(void *context, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    (void)count;
    if (is_here(r, cells[TRIGGER_TABLE]))
        weir__table_add_trigger(r->builder, cells[TRIGGER_NAME], cells[TRIGGER_TIMING], cells[TRIGGER_EVENT],
                                cells[TRIGGER_BODY]);
}

/* A name as SQL that means the same under every sql_mode; names are utf8mb3 on the servers. */
static void put_name(char *to, size_t room, const char *name)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t size = (size_t)snprintf(to, room, "_utf8mb3 X'");
    for (; *name && size + 4 < room; name++) {
        to[size++] = digits[(unsigned char)*name >> 4];
        to[size++] = digits[(unsigned char)*name & 15];
    }
    to[size++] = '\'';
    to[size] = '\0';
}

static weir_status ask(weir__conn *conn, const char *format, const char *schema, const char *table,
                       weir__information_row *each, reading *r, weir_error *error)
{
    char names[2][MAX_QUOTED], sql[MAX_SQL_BYTES];
    put_name(names[0], sizeof names[0], schema);
    put_name(names[1], sizeof names[1], table);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(sql, sizeof sql, format, names[0], names[1]);
#pragma GCC diagnostic pop
    weir_status status = weir__information_ask(conn, sql, each, r, error);
    return status == WEIR_OK && r->nomem ? weir__fail_nomem(error) : status;
}

/* r->builder is the table that was found, or NULL. */
static weir_status read_rest(weir__conn *conn, const char *schema, reading *r, weir__table **out, weir_error *error)
{
    static const struct {
        const char *sql;
        weir__information_row *each;
    } queries[] = {
        {columns_sql, column_row},
        {keys_sql, key_row},
        {foreign_keys_sql, foreign_key_row},
        {triggers_sql, trigger_row},
    };
    weir_status status = WEIR_OK;
    *out = NULL;
    for (size_t i = 0; r->builder && status == WEIR_OK && i < sizeof queries / sizeof *queries; i++)
        status = ask(conn, queries[i].sql, schema, weir__table_builder_name(r->builder), queries[i].each, r, error);
    if (!r->builder)
        return status;
    if (status != WEIR_OK) {
        weir__table_end(r->builder, NULL, error);
        return status;
    }
    status = weir__table_end(r->builder, out, error);
    if (status == WEIR_OK && (*out)->column_count == 0) { /* dropped between two queries */
        weir__table_unref(*out);
        *out = NULL;
    }
    return status;
}

static weir_status read_table(weir__conn *conn, const char *sql, const char *schema, const char *name, reading *r,
                              weir__table **out, weir_error *error)
{
    *out = NULL;
    if (strlen(schema) > MAX_NAME_BYTES || strlen(name) > MAX_NAME_BYTES)
        return WEIR_OK; /* no server has names so long */
    r->mem = &conn->env->mem;
    r->mariadb = conn->mariadb;
    weir_status status = ask(conn, sql, schema, name, table_row, r, error);
    if (status == WEIR_OK)
        return read_rest(conn, schema, r, out, error);
    if (r->builder)
        weir__table_end(r->builder, NULL, error);
    return status;
}

weir_status weir__information_table(weir__conn *conn, const char *schema, const char *table, weir__table **out,
                                    weir_error *error)
{
    reading r = {.wanted = table};
    return read_table(conn, tables_sql, schema, table, &r, out, error);
}

weir_status weir__information_latest(weir__conn *conn, const char *schema, const char *before, const char *behind,
                                     weir__table **out, weir_error *error)
{
    reading r = {.before = before, .behind = behind};
    return read_table(conn, latest_sql, schema, before, &r, out, error);
}
