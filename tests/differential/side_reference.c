/* side_reference.c - a statement on the unsharded server. SPDX-License-Identifier: Apache-2.0 */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/differential/sides.h"

enum { BINARY = 63, CELL_ROOM = 1 << 16, MAX_COLUMNS = 128 };

struct reference {
    MYSQL *mysql;
    char cells[MAX_COLUMNS][CELL_ROOM]; /* of a prepared statement's row */
};

reference *reference_open(const char *socket, const char *password, const char *sql_mode)
{
    static const char settings[] =
        "SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci, time_zone='+00:00', autocommit=1, max_statement_time=60";
    reference *ref = calloc(1, sizeof *ref);
    if (!ref)
        return NULL;
    char mode[300];
    snprintf(mode, sizeof mode, "SET sql_mode=%s%s%s", sql_mode ? "'" : "", sql_mode ? sql_mode : "@@sql_mode",
             sql_mode ? "'" : "");
    ref->mysql = mysql_init(NULL);
    mysql_options(ref->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(ref->mysql, NULL, "root", password, NULL, 0, socket, 0) || !reference_do(ref, settings) ||
        !reference_do(ref, mode)) {
        fprintf(stderr, "differential: %s: %s\n", socket, mysql_error(ref->mysql));
        reference_close(ref);
        return NULL;
    }
    return ref;
}

void reference_close(reference *ref)
{
    if (ref)
        mysql_close(ref->mysql);
    free(ref);
}

static weir_type type_of(const MYSQL_FIELD *f)
{
    switch (f->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
        return f->flags & UNSIGNED_FLAG ? WEIR_T_UINT : WEIR_T_INT;
    case MYSQL_TYPE_YEAR:
        return WEIR_T_UINT;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        return WEIR_T_DOUBLE;
    case MYSQL_TYPE_NEWDECIMAL:
        return WEIR_T_DECIMAL;
    case MYSQL_TYPE_DATE:
        return WEIR_T_DATE;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return WEIR_T_DATETIME;
    case MYSQL_TYPE_TIME:
        return WEIR_T_TIME;
    case MYSQL_TYPE_NULL:
        return WEIR_T_NULL;
    case MYSQL_TYPE_BIT:
        return WEIR_T_BYTES;
    default:
        return f->charsetnr == BINARY ? WEIR_T_BYTES : WEIR_T_TEXT;
    }
}

static void take_columns(MYSQL_RES *result, weir__arena *arena, outcome *out)
{
    const MYSQL_FIELD *f = mysql_fetch_fields(result);
    out->has_rows = true;
    out->column_count = mysql_num_fields(result);
    out->columns = weir__arena_array(arena, out->column_count, sizeof *out->columns);
    for (uint32_t i = 0; i < out->column_count; i++, f++) {
        weir_column *c = &out->columns[i];
        c->name = (weir_str){weir__arena_text(arena, f->name, f->name_length), f->name_length};
        c->table = (weir_str){weir__arena_text(arena, f->table ? f->table : "", f->table_length), f->table_length};
        c->type = type_of(f);
        c->decimals = f->decimals;
        c->nullable = !(f->flags & NOT_NULL_FLAG);
        c->is_unsigned = (f->flags & UNSIGNED_FLAG) != 0;
        c->binary = c->type == WEIR_T_BYTES;
    }
}

static void fail(outcome *out, unsigned number, const char *sqlstate, const char *text)
{
    out->status = WEIR_SERVER;
    out->number = (int32_t)number;
    snprintf(out->sqlstate, sizeof out->sqlstate, "%s", sqlstate);
    snprintf(out->text, sizeof out->text, "%s", text);
}

static void fail_text(reference *ref, outcome *out)
{
    fail(out, mysql_errno(ref->mysql), mysql_sqlstate(ref->mysql), mysql_error(ref->mysql));
}

void reference_ask(reference *ref, weir_str sql, weir__arena *arena, outcome *out)
{
    memset(out, 0, sizeof *out);
    MYSQL_RES *result = NULL;
    if (mysql_real_query(ref->mysql, sql.data, sql.size) != 0 ||
        (!(result = mysql_store_result(ref->mysql)) && mysql_field_count(ref->mysql) != 0)) {
        fail_text(ref, out);
        return;
    }
    if (result) {
        MYSQL_ROW texts;
        take_columns(result, arena, out);
        while ((texts = mysql_fetch_row(result))) {
            const unsigned long *sizes = mysql_fetch_lengths(result);
            weir_str *row = outcome_add_row(out, arena);
            for (uint32_t i = 0; row && i < out->column_count; i++)
                if (texts[i])
                    row[i] = (weir_str){weir__arena_text(arena, texts[i], sizes[i]), sizes[i]};
        }
        mysql_free_result(result);
    } else {
        out->result.affected = mysql_affected_rows(ref->mysql);
        out->result.insert_id = mysql_insert_id(ref->mysql);
    }
    out->result.warnings = mysql_warning_count(ref->mysql);
}

static void bind(MYSQL_BIND *b, const weir_value *v)
{
    b->buffer_type = MYSQL_TYPE_STRING;
    b->buffer = (void *)v->as.p;
    b->buffer_length = v->size;
    if (v->type == WEIR_T_NULL)
        b->buffer_type = MYSQL_TYPE_NULL;
    else if (v->type == WEIR_T_BYTES)
        b->buffer_type = MYSQL_TYPE_BLOB;
    else if (v->type == WEIR_T_DECIMAL)
        b->buffer_type = MYSQL_TYPE_NEWDECIMAL;
    else if (v->type == WEIR_T_INT || v->type == WEIR_T_UINT || v->type == WEIR_T_DOUBLE) {
        b->buffer_type = v->type == WEIR_T_DOUBLE ? MYSQL_TYPE_DOUBLE : MYSQL_TYPE_LONGLONG;
        b->is_unsigned = v->type == WEIR_T_UINT;
        b->buffer = (void *)&v->as;
    }
}

static bool fetch_prepared(reference *ref, MYSQL_STMT *stmt, weir__arena *arena, outcome *out)
{
    MYSQL_BIND binds[MAX_COLUMNS] = {{0}};
    unsigned long sizes[MAX_COLUMNS];
    my_bool nulls[MAX_COLUMNS];
    MYSQL_RES *result = mysql_stmt_result_metadata(stmt);
    if (!result)
        return false;
    take_columns(result, arena, out);
    for (uint32_t i = 0; i < out->column_count && i < MAX_COLUMNS; i++)
        binds[i] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
                                .buffer = ref->cells[i],
                                .buffer_length = CELL_ROOM,
                                .length = &sizes[i],
                                .is_null = &nulls[i]};
    /* Stored: fetched row by row, the library passes over the count of warnings. */
    bool fine = mysql_stmt_bind_result(stmt, binds) == 0 && mysql_stmt_store_result(stmt) == 0;
    int end = 0;
    while (fine && (end = mysql_stmt_fetch(stmt)) == 0) {
        weir_str *row = outcome_add_row(out, arena);
        for (uint32_t i = 0; row && i < out->column_count; i++)
            if (!nulls[i])
                row[i] = (weir_str){weir__arena_text(arena, ref->cells[i], sizes[i]), sizes[i]};
    }
    mysql_free_result(result);
    return fine && end == MYSQL_NO_DATA;
}

static void run_prepared(reference *ref, const statement *s, weir__arena *arena, outcome *out)
{
    MYSQL_BIND binds[MAX_ARGS] = {{0}};
    MYSQL_STMT *stmt = mysql_stmt_init(ref->mysql);
    for (size_t i = 0; i < s->arg_count; i++)
        bind(&binds[i], &s->args[i]);
    bool fine = mysql_stmt_prepare(stmt, s->sql.data, s->sql.size) == 0 &&
                (s->arg_count == 0 || mysql_stmt_bind_param(stmt, binds) == 0) && mysql_stmt_execute(stmt) == 0;
    if (fine && mysql_stmt_field_count(stmt) != 0)
        fine = fetch_prepared(ref, stmt, arena, out);
    else if (fine) {
        out->result.affected = mysql_stmt_affected_rows(stmt);
        out->result.insert_id = mysql_stmt_insert_id(stmt);
    }
    out->result.warnings = mysql_warning_count(ref->mysql);
    if (!fine)
        fail(out, mysql_stmt_errno(stmt), mysql_stmt_sqlstate(stmt), mysql_stmt_error(stmt));
    mysql_stmt_close(stmt);
}

void reference_run(reference *ref, const statement *s, weir__arena *arena, outcome *out)
{
    static const char *const plain[] = {
        [STEP_BEGIN] = "START TRANSACTION", [STEP_COMMIT] = "COMMIT", [STEP_ROLLBACK] = "ROLLBACK"};
    memset(out, 0, sizeof *out);
    if (s->kind != STEP_SQL)
        reference_ask(ref, (weir_str){plain[s->kind], strlen(plain[s->kind])}, arena, out);
    else if (s->arg_count)
        run_prepared(ref, s, arena, out);
    else
        reference_ask(ref, s->sql, arena, out);
}

bool reference_do(reference *ref, const char *sql)
{
    if (mysql_query(ref->mysql, sql) == 0)
        return true;
    fprintf(stderr, "differential: %s: %.2000s\n", mysql_error(ref->mysql), sql);
    return false;
}

int64_t reference_number(reference *ref, const char *sql)
{
    int64_t number = -1;
    if (!reference_do(ref, sql))
        return number;
    MYSQL_RES *result = mysql_store_result(ref->mysql);
    MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
    if (row && row[0])
        number = strtoll(row[0], NULL, 10);
    mysql_free_result(result);
    return number;
}

bool reference_parses(reference *ref, weir_str sql)
{
    MYSQL_STMT *stmt = mysql_stmt_init(ref->mysql);
    bool parses = mysql_stmt_prepare(stmt, sql.data, sql.size) == 0 || mysql_stmt_errno(stmt) != 1064;
    mysql_stmt_close(stmt);
    return parses;
}
