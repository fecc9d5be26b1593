/* mysql_prepared.c - statements with parameters: prepared, run and closed, rows as a stream.
 * SPDX-License-Identifier: Apache-2.0 Parameters travel as values, never as text of the statement.
 */
#include "base/utf8.h"
#include "drivers/mysql_impl.h"

static weir_status fail_now(weir__mysql_conn *c, weir_error *error)
{
    return weir__mysql_fail_run(c, mysql_stmt_errno(c->statement), mysql_stmt_sqlstate(c->statement),
                                mysql_stmt_error(c->statement), error);
}

static weir_status bind_one(weir__mysql_conn *c, MYSQL_BIND *bind, const weir_value *value, size_t number,
                            weir_error *error)
{
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = (void *)value->as.p;
    bind->buffer_length = value->size;
    switch (value->type) {
    case WEIR_T_NULL:
        bind->buffer_type = MYSQL_TYPE_NULL;
        return WEIR_OK;
    case WEIR_T_UINT:
    case WEIR_T_INT:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->is_unsigned = value->type == WEIR_T_UINT;
        bind->buffer = (void *)&value->as;
        return WEIR_OK;
    case WEIR_T_DOUBLE:
        bind->buffer_type = MYSQL_TYPE_DOUBLE;
        bind->buffer = (void *)&value->as;
        return WEIR_OK;
    case WEIR_T_DECIMAL:
        bind->buffer_type = MYSQL_TYPE_NEWDECIMAL;
        return WEIR_OK;
    case WEIR_T_BYTES:
        bind->buffer_type = MYSQL_TYPE_BLOB;
        return WEIR_OK;
    case WEIR_T_TEXT:
    case WEIR_T_JSON:
        if (!weir__utf8_valid(value->as.p, value->size))
            return weir__mysql_fail(c, error, WEIR_USAGE, WEIR_RETRY_NEVER,
                                    "parameter %zu is not UTF-8: give it with weir_bytes if it is meant as bytes",
                                    number);
        return WEIR_OK;
    case WEIR_T_DATE:
    case WEIR_T_DATETIME:
    case WEIR_T_TIME:
        return WEIR_OK;
    }
    return weir__mysql_fail(c, error, WEIR_USAGE, WEIR_RETRY_NEVER, "parameter %zu has no type that weir knows (%d)",
                            number, (int)value->type);
}

static weir_status bind_args(weir__mysql_conn *c, weir_args args, weir_error *error)
{
    unsigned long wanted = mysql_stmt_param_count(c->statement);
    if (wanted != args.count)
        return weir__mysql_fail(c, error, WEIR_USAGE, WEIR_RETRY_NEVER,
                                "the statement has %lu parameters (?), the call gives %zu values", wanted, args.count);
    MYSQL_BIND *binds = weir__array(&c->base.env->mem, args.count, sizeof *binds);
    if (!binds)
        return weir__fail_nomem(error);
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < args.count && status == WEIR_OK; i++)
        status = bind_one(c, &binds[i], &args.values[i], i + 1, error);
    if (status == WEIR_OK && mysql_stmt_bind_param(c->statement, binds) != 0)
        status = fail_now(c, error);
    /* The library copied the binds; the values themselves are read by execute. */
    weir__free(&c->base.env->mem, binds);
    return status;
}

static weir_status open_rows(weir__mysql_conn *c, weir__answer *answer, weir_error *error)
{
    c->result = mysql_stmt_result_metadata(c->statement);
    if (!c->result)
        return fail_now(c, error);
    weir_status status = weir__mysql_describe(c, true, error);
    if (status == WEIR_OK && mysql_stmt_bind_result(c->statement, c->binds) != 0)
        status = fail_now(c, error);
    if (status != WEIR_OK) {
        c->base.broken = true;
        return status;
    }
    c->base.in_rows = true;
    answer->columns = c->columns;
    answer->column_count = c->column_count;
    return WEIR_OK;
}

weir_status weir__mysql_prepared_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer,
                                     weir_error *error)
{
    c->statement = mysql_stmt_init(c->mysql);
    if (!c->statement)
        return weir__fail_nomem(error);
    /* Preparing changes nothing, whatever the statement. */
    c->may_write = false;
    weir_status status = WEIR_OK;
    if (mysql_stmt_prepare(c->statement, command->sql.data, command->sql.size) != 0)
        status = fail_now(c, error);
    if (status == WEIR_OK)
        status = bind_args(c, command->args, error);
    c->may_write = command->may_write;
    if (status == WEIR_OK && mysql_stmt_execute(c->statement) != 0)
        status = fail_now(c, error);
    if (status == WEIR_OK && mysql_stmt_field_count(c->statement) != 0)
        return open_rows(c, answer, error);
    if (status == WEIR_OK)
        weir__mysql_take_ok(c, answer, mysql_stmt_affected_rows(c->statement), mysql_stmt_insert_id(c->statement));
    return status;
}

/* A value longer than its slot: the slot grows and the value is read again. */
static weir_status read_long(weir__mysql_conn *c, uint32_t column, bool *grew, weir_error *error)
{
    weir__mysql_slot *slot = &c->slots[column];
    MYSQL_BIND *bind = &c->binds[column];
    if (bind->buffer_type == MYSQL_TYPE_LONGLONG || slot->size <= bind->buffer_length)
        return WEIR_OK;
    size_t room = slot->size < SIZE_MAX / 2 ? slot->size + slot->size / 2 : slot->size;
    char *large = weir__alloc(&c->base.env->mem, room);
    if (!large)
        return weir__fail_nomem(error);
    weir__free(&c->base.env->mem, slot->large);
    slot->large = large;
    slot->large_room = room;
    bind->buffer = large;
    bind->buffer_length = room;
    *grew = true;
    if (mysql_stmt_fetch_column(c->statement, bind, column, 0) != 0)
        return fail_now(c, error);
    return WEIR_OK;
}

static weir__cell cell_of(const MYSQL_BIND *bind, const weir__mysql_slot *slot)
{
    if (slot->is_null)
        return weir_null();
    if (bind->buffer_type == MYSQL_TYPE_LONGLONG)
        return bind->is_unsigned ? weir_uint((uint64_t)slot->in.i) : weir_int(slot->in.i);
    return weir_sized(WEIR_T_TEXT, bind->buffer, slot->size);
}

static weir_status after_rows(weir__mysql_conn *c, weir__answer *answer, weir_error *error)
{
    weir__mysql_take_result(c, answer, 0, 0);
    int more;
    while ((more = mysql_stmt_next_result(c->statement)) == 0) {
        if (mysql_stmt_field_count(c->statement) != 0) {
            c->base.broken = true;
            return weir__mysql_fail(c, error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                                    "the procedure gave a second set of rows; a statement has one: "
                                    "call one procedure for each");
        }
        weir__mysql_take_ok(c, answer, mysql_stmt_affected_rows(c->statement), mysql_stmt_insert_id(c->statement));
    }
    if (more > 0)
        return fail_now(c, error);
    c->base.in_rows = false;
    return WEIR_OK;
}

weir_status weir__mysql_prepared_fetch(weir__mysql_conn *c, weir__answer *answer, weir__cell *cells, bool *row,
                                       weir_error *error)
{
    int got = mysql_stmt_fetch(c->statement);
    *row = got == 0 || got == MYSQL_DATA_TRUNCATED;
    if (got == MYSQL_NO_DATA)
        return after_rows(c, answer, error);
    if (!*row)
        return fail_now(c, error);
    bool grew = false;
    for (uint32_t i = 0; i < c->column_count; i++) {
        weir_status status = c->slots[i].is_null ? WEIR_OK : read_long(c, i, &grew, error);
        if (status != WEIR_OK) {
            *row = false;
            c->base.broken = true;
            return status;
        }
        cells[i] = cell_of(&c->binds[i], &c->slots[i]);
    }
    if (grew && mysql_stmt_bind_result(c->statement, c->binds) != 0) {
        *row = false;
        return fail_now(c, error);
    }
    return WEIR_OK;
}
