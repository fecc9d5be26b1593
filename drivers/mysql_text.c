/* mysql_text.c - statements without parameters: the text protocol, rows as a stream.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "drivers/mysql_impl.h"

static weir_status fail_now(weir__mysql_conn *c, weir_error *error)
{
    return weir__mysql_fail_run(c, mysql_errno(c->mysql), mysql_sqlstate(c->mysql), mysql_error(c->mysql), error);
}

void weir__mysql_take_result(weir__mysql_conn *c, weir__answer *answer, uint64_t affected, uint64_t insert_id)
{
    answer->result.affected = affected == UINT64_MAX ? 0 : affected;
    answer->result.insert_id = insert_id;
    answer->result.warnings = mysql_warning_count(c->mysql);
    answer->result.shards = 1;
    c->base.in_transaction = (c->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

/* The server names in an OK packet what the statement changed of the settings it was asked to watch (mysql_dial.c): asking by a statement
 * would change what ROW_COUNT(), FOUND_ROWS() and SHOW WARNINGS answer. */
static void take_settings(weir__mysql_conn *c)
{
    const char *text, *value;
    size_t size, value_size;
    int end = mysql_session_track_get_first(c->mysql, SESSION_TRACK_SYSTEM_VARIABLES, &text, &size);
    for (; end == 0; end = mysql_session_track_get_next(c->mysql, SESSION_TRACK_SYSTEM_VARIABLES, &text, &size)) {
        if (mysql_session_track_get_next(c->mysql, SESSION_TRACK_SYSTEM_VARIABLES, &value, &value_size) != 0)
            return;
        if (weir__str_is((weir_str){text, size}, "last_gtid")) {
            snprintf(c->base.last_gtid, sizeof c->base.last_gtid, "%.*s", (int)value_size, value);
            c->base.gtid_told = value_size > 0;
        } else if (weir__str_is((weir_str){text, size}, "sql_mode")) {
            snprintf(c->base.sql_mode, sizeof c->base.sql_mode, "%.*s", (int)value_size, value);
            c->base.sql_mode_read = false;
        }
    }
}

void weir__mysql_take_ok(weir__mysql_conn *c, weir__answer *answer, uint64_t affected, uint64_t insert_id)
{
    weir__mysql_take_result(c, answer, affected, insert_id);
    take_settings(c);
}

void weir__mysql_answer_free(weir__mysql_conn *c)
{
    if (c->result)
        mysql_free_result(c->result);
    if (c->statement && !c->statement->base.listed)
        weir__mysql_statement_close(c, c->statement);
    c->result = NULL;
    c->statement = NULL;
    c->column_count = 0;
    c->base.in_rows = false;
}

weir_status weir__mysql_text_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer,
                                 weir_error *error)
{
    if (mysql_real_query(c->mysql, command->sql.data, command->sql.size) != 0)
        return fail_now(c, error);
    if (mysql_field_count(c->mysql) == 0) {
        weir__mysql_take_ok(c, answer, mysql_affected_rows(c->mysql), mysql_insert_id(c->mysql));
        return WEIR_OK;
    }
    c->result = mysql_use_result(c->mysql);
    if (!c->result)
        return fail_now(c, error);
    weir_status status = weir__mysql_describe(c, error);
    if (status != WEIR_OK) {
        c->base.broken = true;
        return status;
    }
    c->base.in_rows = true;
    answer->columns = c->columns;
    answer->column_count = c->column_count;
    return WEIR_OK;
}

/* A CALL ends with a status of its own behind its rows; a second set of rows has no place in the
 * API. */
static weir_status after_rows(weir__mysql_conn *c, weir__answer *answer, weir_error *error)
{
    weir__mysql_take_result(c, answer, 0, 0);
    while (mysql_more_results(c->mysql)) {
        if (mysql_next_result(c->mysql) > 0)
            return fail_now(c, error);
        if (mysql_field_count(c->mysql) != 0) {
            c->base.broken = true;
            return weir__mysql_fail(c, error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                                    "the procedure gave a second set of rows; a statement has one: "
                                    "call one procedure for each");
        }
        weir__mysql_take_ok(c, answer, mysql_affected_rows(c->mysql), mysql_insert_id(c->mysql));
    }
    c->base.in_rows = false;
    return WEIR_OK;
}

weir_status weir__mysql_text_fetch(weir__mysql_conn *c, weir__answer *answer, weir__cell *cells, bool *row,
                                   weir_error *error)
{
    MYSQL_ROW texts = mysql_fetch_row(c->result);
    *row = texts != NULL;
    if (!texts) {
        if (mysql_errno(c->mysql) != 0)
            return fail_now(c, error);
        return after_rows(c, answer, error);
    }
    const unsigned long *sizes = mysql_fetch_lengths(c->result);
    for (uint32_t i = 0; cells && i < c->column_count; i++)
        cells[i] = weir_sized(WEIR_T_TEXT, texts[i], sizes[i]);
    return WEIR_OK;
}
