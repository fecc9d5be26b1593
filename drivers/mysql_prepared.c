/* mysql_prepared.c - statements with parameters: prepared, run, rows as a stream. SPDX-License-Identifier: Apache-2.0
 * Parameters travel as values, never as text of the statement.
 *
 *    run: kept already? --yes--> bind, execute --columns as they were--> rows
 *           |no                               '--changed, or the server has forgotten it--> closed; prepared anew, once
 *           '--> prepare, take a place, execute, keep it if it got one; else it is closed behind its rows
 *
 * What must hold (HAZARDS 20, 39): the answer is that of a statement prepared now. A statement is kept only where the session has set
 * nothing that a text's meaning hangs on (command->keep), and one that gives rows only if it may run twice. What is told of the columns is
 * what the server has just sent, or equal to it. Values of another type than before get a statement of their own: the first ones'
 * types had a say in what the server made of it. */
#include <inttypes.h>

#include "base/limits.h"
#include "base/str.h"
#include "base/utf8.h"
#include "drivers/mysql_impl.h"

enum {
    UNKNOWN_STATEMENT = 1243,    /* the server has forgotten it: nothing was run */
    TOO_MANY_STATEMENTS = 1461,  /* max_prepared_stmt_count, of all clients together */
    MUST_PREPARE_ANEW = 1615,    /* its tables changed while the server tried to do so itself: nothing was run */
    OTHER_COLUMN_COUNT = 2057,   /* CR_NEW_STMT_METADATA: it has run, its rows are on the line */
    SMALLEST_PACKET = 16 * 1024, /* that a lifted statement surely fits: its text has at most 4 KiB, its values 64 */
    MOST_TRIES = 3,              /* definitions that change between preparing and running, each time */
};

static weir_status fail_now(weir__mysql_conn *c, weir_error *error)
{
    MYSQL_STMT *handle = c->statement->handle;
    return weir__mysql_fail_run(c, mysql_stmt_errno(handle), mysql_stmt_sqlstate(handle), mysql_stmt_error(handle),
                                error);
}

/* ---- a statement's life ---- */

/* Could one be kept of this command? */
static bool is_findable(const weir__mysql_conn *c, const weir__command *command)
{
    return command->keep && c->statements.budget && command->sql.size <= WEIR__MAX_KEPT_TEXT;
}

static weir__mysql_statement *statement_new(weir__mysql_conn *c, const weir__command *command, uint64_t hash)
{
    weir_str text = is_findable(c, command) ? command->sql : (weir_str){NULL, 0};
    weir__mysql_statement *st = weir__new(&c->base.env->mem, sizeof *st + text.size);
    if (!st)
        return NULL;
    char *copy = (char *)(st + 1);
    if (text.size)
        memcpy(copy, text.data, text.size);
    st->base = (weir__kept){.hash = hash, .text = {copy, text.size}, .bytes = sizeof *st + text.size};
    st->handle = mysql_stmt_init(c->mysql);
    if (st->handle)
        return st;
    weir__free(&c->base.env->mem, st);
    return NULL;
}

bool weir__mysql_statement_close(weir__mysql_conn *c, weir__mysql_statement *st)
{
    const weir__mem *mem = &c->base.env->mem;
    if (!st)
        return true;
    if (st->base.listed)
        weir__statements_remove(&c->statements, &st->base);
    else if (st->base.placed)
        weir__statements_unplace(&c->statements);
    bool closed = !st->handle || mysql_stmt_close(st->handle) == 0;
    weir__columns_unref(st->head.shared);
    weir__free(mem, st->param_types);
    weir__free(mem, st);
    return closed;
}

void weir__mysql_prepared_free(weir__mysql_conn *c)
{
    if (c->statement && !c->statement->base.listed)
        weir__mysql_statement_close(c, c->statement);
    c->statement = NULL;
    for (weir__kept *st; (st = weir__statements_evict(&c->statements, false));)
        weir__mysql_statement_close(c, (weir__mysql_statement *)st);
    weir__statements_deinit(&c->statements);
}

static weir_status close_one(weir__mysql_conn *c, weir__kept *st, weir_error *error)
{
    if (weir__mysql_statement_close(c, (weir__mysql_statement *)st))
        return WEIR_OK;
    return weir__mysql_fail_run(c, mysql_errno(c->mysql), mysql_sqlstate(c->mysql), mysql_error(c->mysql), error);
}

/* Before anything of this call is on the line: what is too much, and what other connections have more need of. */
static weir_status tidy(weir__mysql_conn *c, weir_error *error)
{
    weir_status status = WEIR_OK;
    while (status == WEIR_OK && weir__statements_full(&c->statements))
        status = close_one(c, weir__statements_evict(&c->statements, false), error);
    if (status == WEIR_OK && weir__statements_owes(&c->statements))
        status = close_one(c, weir__statements_evict(&c->statements, true), error);
    return status;
}

/* The server takes no more statements, whoever has them: this connection gives up its own. */
static weir_status give_up_all(weir__mysql_conn *c, bool *some, weir_error *error)
{
    weir_status status = WEIR_OK;
    *some = false;
    for (weir__kept *st; status == WEIR_OK && (st = weir__statements_evict(&c->statements, true)); *some = true)
        status = close_one(c, st, error);
    return status;
}

static weir_status prepare_text(weir__mysql_conn *c, weir_str text, weir_error *error)
{
    MYSQL_STMT *handle = c->statement->handle;
    bool some = false;
    if (mysql_stmt_prepare(handle, text.data, text.size) == 0)
        return WEIR_OK;
    if (mysql_stmt_errno(handle) == TOO_MANY_STATEMENTS) {
        weir_status status = give_up_all(c, &some, error);
        if (status != WEIR_OK)
            return status;
        if (some && mysql_stmt_prepare(handle, text.data, text.size) == 0)
            return WEIR_OK;
    }
    return fail_now(c, error);
}

static bool may_be_kept(const weir__mysql_conn *c, const weir__command *command)
{
    if (!is_findable(c, command))
        return false;
    bool gives_rows = mysql_stmt_field_count(c->statement->handle) != 0;
    if (gives_rows && !weir__mysql_names_are_fresh && memchr(command->sql.data, '*', command->sql.size))
        return false;
    return command->again || !gives_rows;
}

/* The server has just prepared c->statement. */
static weir_status describe_params(weir__mysql_conn *c, weir_error *error)
{
    weir__mysql_statement *st = c->statement;
    st->param_count = (uint32_t)mysql_stmt_param_count(st->handle);
    st->param_types = weir__array(&c->base.env->mem, 2 * (st->param_count + 1), sizeof *st->param_types);
    if (!st->param_types)
        return weir__fail_nomem(error);
    st->told_types = st->param_types + st->param_count + 1;
    st->base.bytes += 2 * (st->param_count + 1);
    if (c->statements.budget)
        atomic_fetch_add_explicit(&c->statements.budget->made, 1, memory_order_relaxed);
    return WEIR_OK;
}

/* Makes the statement c->statement, on the server too. */
static weir_status prepare(weir__mysql_conn *c, const weir__command *command, uint64_t hash, weir_error *error)
{
    weir__kept *evicted = NULL;
    c->statement = statement_new(c, command, hash);
    if (!c->statement)
        return weir__fail_nomem(error);
    weir_status status = prepare_text(c, command->sql, error);
    if (status != WEIR_OK)
        return status;
    status = describe_params(c, error);
    if (status == WEIR_OK && may_be_kept(c, command))
        c->statement->base.placed = weir__statements_place(&c->statements, hash, &evicted);
    return evicted ? close_one(c, evicted, error) : status;
}

/* It has run, the line is in order: the next call finds it. Rows of which nothing was told before they came are CALL's. */
static void keep(weir__mysql_conn *c, const weir__command *command)
{
    weir__mysql_statement *st = c->statement;
    bool gives_rows = mysql_stmt_field_count(st->handle) != 0;
    if (!st->base.placed || st->base.listed || c->base.broken || (gives_rows && !(st->head.bytes && command->again)))
        return;
    st->base.bytes += st->head.bytes;
    if (st->base.bytes <= WEIR__MAX_KEPT_BYTES / 2)
        weir__statements_add(&c->statements, &st->base);
}

/* ---- values ---- */

/* False: values of another type than those it ran with. */
static bool takes(weir__mysql_statement *st, weir_args args)
{
    for (size_t i = 0; i < args.count && i < st->param_count; i++) {
        uint8_t type = (uint8_t)(args.values[i].type + 1);
        if (args.values[i].type == WEIR_T_NULL)
            continue;
        if (st->param_types[i] == 0)
            st->param_types[i] = type;
        else if (st->param_types[i] != type)
            return false;
    }
    return true;
}

static weir_status check_one(weir__mysql_conn *c, const weir_value *value, size_t number, weir_error *error)
{
    if ((unsigned)value->type > WEIR_T_TIME)
        return weir__mysql_fail(c, error, WEIR_USAGE, WEIR_RETRY_NEVER,
                                "parameter %zu has no type that weir knows (%d)", number, (int)value->type);
    if ((value->type == WEIR_T_TEXT || value->type == WEIR_T_JSON) && !weir__utf8_valid(value->as.p, value->size))
        return weir__mysql_fail(c, error, WEIR_USAGE, WEIR_RETRY_NEVER,
                                "parameter %zu is not UTF-8: give it with weir_bytes if it is meant as bytes", number);
    return WEIR_OK;
}

/* Looks at the values; *types: the server is to be told their types, which are not those of the time before. */
static weir_status check_args(weir__mysql_conn *c, weir_args args, bool *types, weir_error *error)
{
    weir__mysql_statement *st = c->statement;
    weir_status status = WEIR_OK;
    *types = false;
    if (st->param_count != args.count)
        return weir__mysql_fail(c, error, WEIR_USAGE, WEIR_RETRY_NEVER,
                                "the statement has %" PRIu32 " parameters (?), the call gives %zu values",
                                st->param_count, args.count);
    for (size_t i = 0; i < args.count && status == WEIR_OK; i++) {
        status = check_one(c, &args.values[i], i + 1, error);
        *types |= st->told_types[i] != args.values[i].type + 1;
    }
    return status;
}

static void note_types(weir__mysql_statement *st, weir_args args)
{
    for (size_t i = 0; i < args.count; i++)
        st->told_types[i] = (uint8_t)(args.values[i].type + 1);
}

/* ---- running ---- */

/* Where the values of the statement's rows land. */
static weir_status bind_rows(weir__mysql_conn *c, weir_error *error)
{
    weir__mysql_statement *st = c->statement;
    for (uint32_t i = 0; i < st->head.count; i++) {
        MYSQL_BIND *bind = &c->binds[i];
        weir__mysql_slot *slot = &c->slots[i];
        memset(bind, 0, sizeof *bind);
        bind->length = &slot->size;
        bind->is_null = (void *)&slot->is_null;
        bind->error = (void *)&slot->cut;
        if (st->head.shapes[i].integer) {
            bind->buffer_type = MYSQL_TYPE_LONGLONG;
            bind->is_unsigned = st->head.columns[i].type == WEIR_T_UINT;
            bind->buffer = &slot->in;
            bind->buffer_length = sizeof slot->in.i;
            continue;
        }
        bind->buffer_type = MYSQL_TYPE_STRING;
        bind->buffer = slot->large ? slot->large : slot->in.small;
        bind->buffer_length = slot->large ? slot->large_room : sizeof slot->in.small;
    }
    if (mysql_stmt_bind_result(st->handle, c->binds) != 0)
        return fail_now(c, error);
    st->bound = c->slot_generation;
    return WEIR_OK;
}

static weir_status open_rows(weir__mysql_conn *c, weir__answer *answer, weir_error *error)
{
    weir__mysql_statement *st = c->statement;
    weir_status status = WEIR_OK;
    if (!(st->head.bytes || weir__mysql_head_make(c, &st->head)) || !weir__mysql_slots(c, st->head.count))
        status = weir__fail_nomem(error);
    else if (st->bound != c->slot_generation)
        status = bind_rows(c, error);
    if (status != WEIR_OK) {
        c->base.broken = true;
        return status;
    }
    c->column_count = st->head.count;
    c->base.in_rows = true;
    answer->columns = st->head.columns;
    answer->shared = st->head.shared;
    answer->column_count = c->column_count;
    return WEIR_OK;
}

/* Must it be prepared anew, and may it be run again then? */
static bool outlived(const weir__mysql_conn *c, const weir__command *command, unsigned errnum)
{
    if (errnum == OTHER_COLUMN_COUNT)
        return command->again;
    return c->statement->base.listed && (errnum == MUST_PREPARE_ANEW || errnum == UNKNOWN_STATEMENT);
}

static weir_status execute(weir__mysql_conn *c, const weir__command *command, weir__answer *answer, bool *anew,
                           weir_error *error)
{
    weir__mysql_statement *st = c->statement;
    bool types;
    weir_status status = check_args(c, command->args, &types, error);
    *anew = false;
    if (status != WEIR_OK)
        return status;
    c->may_write = command->may_write;
    status = weir__mysql_library_send(c, command->args, types, error);
    if (status != WEIR_OK)
        return status;
    if (types)
        note_types(st, command->args);
    if (!weir__mysql_library_receive(c)) {
        memset(st->told_types, 0, st->param_count); /* who knows whether it had read them */
        *anew = outlived(c, command, mysql_stmt_errno(st->handle));
        return *anew ? WEIR_OK : fail_now(c, error);
    }
    if (mysql_stmt_field_count(st->handle) != 0) {
        *anew = st->head.bytes && !weir__mysql_head_same(c, &st->head);
        return *anew ? WEIR_OK : open_rows(c, answer, error);
    }
    weir__mysql_take_ok(c, answer, mysql_stmt_affected_rows(st->handle), mysql_stmt_insert_id(st->handle));
    return WEIR_OK;
}

/* Prepares and runs it; again where its tables change in between. */
static weir_status run_anew(weir__mysql_conn *c, const weir__command *command, weir__answer *answer, uint64_t hash,
                            weir_error *error)
{
    bool anew = true;
    weir_status status = WEIR_OK;
    for (int tries = 0; status == WEIR_OK && anew && tries < MOST_TRIES; tries++) {
        weir__mysql_statement *old = c->statement;
        c->statement = NULL;
        c->may_write = false; /* preparing changes nothing, whatever the statement */
        status = old ? close_one(c, &old->base, error) : WEIR_OK;
        if (status == WEIR_OK)
            status = prepare(c, command, hash, error);
        if (status == WEIR_OK) {
            takes(c->statement, command->args);
            status = execute(c, command, answer, &anew, error);
        }
    }
    if (status != WEIR_OK || !anew)
        return status;
    c->base.broken = true; /* rows are on the line */
    return weir__mysql_fail(c, error, WEIR_CONFLICT, c->base.in_transaction ? WEIR_RETRY_TRANSACTION : WEIR_RETRY_CALL,
                            "the definitions of the statement's tables change all the time");
}

weir_status weir__mysql_prepared_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer,
                                     weir_error *error)
{
    uint64_t hash = 0;
    bool anew = true;
    c->may_write = false;
    weir_status status = tidy(c, error);
    if (status != WEIR_OK)
        return status;
    if (is_findable(c, command)) {
        hash = command->hash ? command->hash : weir__statement_hash(command->sql);
        c->statement = (weir__mysql_statement *)weir__statements_find(&c->statements, command->sql, hash);
    }
    if (c->statement && takes(c->statement, command->args))
        status = execute(c, command, answer, &anew, error);
    if (status == WEIR_OK && anew)
        status = run_anew(c, command, answer, hash, error);
    if (c->statement)
        keep(c, command);
    return status;
}

/* ---- literals as parameters ---- */

/* The server refused to prepare c->statement: remembered, so that it is not asked again. */
static weir_status refuse(weir__mysql_conn *c, weir_error *error)
{
    weir__mysql_statement *st = c->statement;
    bool closed = mysql_stmt_close(st->handle) == 0;
    c->statement = NULL;
    st->handle = NULL;
    st->base.placed = false;
    weir__statements_unplace(&c->statements);
    weir__statements_add(&c->statements, &st->base);
    return closed ? WEIR_OK : weir__mysql_fail_run(c, mysql_errno(c->mysql), mysql_sqlstate(c->mysql), "", error);
}

/* It has come before: prepared if there is a place for it, for without one its text is quicker. */
static weir_status prepare_lifted(weir__mysql_conn *c, const weir__command *lifted, uint64_t hash, weir_error *error)
{
    weir__kept *evicted = NULL;
    bool placed = weir__statements_place(&c->statements, hash, &evicted);
    weir_status status = evicted ? close_one(c, evicted, error) : WEIR_OK;
    if (status == WEIR_OK && placed && !(c->statement = statement_new(c, lifted, hash)))
        status = weir__fail_nomem(error);
    if (placed && !c->statement)
        weir__statements_unplace(&c->statements);
    if (status != WEIR_OK || !placed)
        return status;
    MYSQL_STMT *handle = c->statement->handle;
    c->statement->base.placed = true;
    if (mysql_stmt_prepare(handle, lifted->sql.data, lifted->sql.size) == 0)
        return describe_params(c, error);
    status = fail_now(c, error);
    return c->base.broken || error->server_errno == 0 ? status : refuse(c, error);
}

/* With values of the caller's own it is prepared in any case, and literals that are always the same may as well stay. */
static bool is_kept_as_written(weir__mysql_conn *c, const weir__command *command)
{
    return command->args.count &&
           weir__statements_find(&c->statements, command->sql, weir__statement_hash(command->sql));
}

weir_status weir__mysql_lifted_run(weir__mysql_conn *c, const weir__command *command, weir__answer *answer, bool *done,
                                   weir_error *error)
{
    weir__command lifted = *command;
    lifted.sql = command->lifted;
    lifted.args = command->lifted_args;
    lifted.hash = 0;
    *done = false;
    if (!is_findable(c, &lifted) || c->base.largest_packet < SMALLEST_PACKET || is_kept_as_written(c, command))
        return WEIR_OK;
    uint64_t hash = lifted.hash = weir__statement_hash(lifted.sql);
    weir__mysql_statement *known = (weir__mysql_statement *)weir__statements_find(&c->statements, lifted.sql, hash);
    if (known ? !known->handle : !weir__statements_seen(&c->statements, hash))
        return WEIR_OK;
    if (known) {
        *done = true;
        return weir__mysql_prepared_run(c, &lifted, answer, error);
    }
    c->may_write = false;
    weir_status status = tidy(c, error);
    if (status == WEIR_OK)
        status = prepare_lifted(c, &lifted, hash, error);
    *done = status != WEIR_OK || c->statement;
    if (status != WEIR_OK || !c->statement)
        return status;
    bool anew = false;
    takes(c->statement, lifted.args);
    status = execute(c, &lifted, answer, &anew, error);
    if (status == WEIR_OK && anew)
        status = run_anew(c, &lifted, answer, hash, error);
    if (c->statement)
        keep(c, &lifted);
    return status;
}

void weir__mysql_lifted_see(weir__mysql_conn *c, const weir__command *command)
{
    weir__statements_see(&c->statements, weir__statement_hash(command->lifted));
}

/* A value longer than its slot: the slot grows and the value is read again. */
static weir_status read_long(weir__mysql_conn *c, uint32_t column, bool *grew, weir_error *error)
{
    weir__mysql_slot *slot = &c->slots[column];
    MYSQL_STMT *handle = c->statement->handle;
    size_t had = slot->large ? slot->large_room : sizeof slot->in.small;
    if (c->statement->head.shapes[column].integer || slot->size <= had)
        return WEIR_OK;
    size_t room = slot->size < SIZE_MAX / 2 ? slot->size + slot->size / 2 : slot->size;
    char *large = weir__alloc(&c->base.env->mem, room);
    if (!large)
        return weir__fail_nomem(error);
    weir__free(&c->base.env->mem, slot->large);
    slot->large = large;
    slot->large_room = room;
    c->slot_generation++; /* other statements' rows would go to the old place */
    *grew = true;
    MYSQL_BIND bind = {.buffer_type = MYSQL_TYPE_STRING,
                       .buffer = large,
                       .buffer_length = room,
                       .length = &slot->size,
                       .is_null = (void *)&slot->is_null,
                       .error = (void *)&slot->cut};
    if (mysql_stmt_fetch_column(handle, &bind, column, 0) != 0)
        return fail_now(c, error);
    return WEIR_OK;
}

static weir__cell cell_of(const weir__mysql_head *head, uint32_t i, const weir__mysql_slot *slot)
{
    if (slot->is_null)
        return weir_null();
    if (head->shapes[i].integer)
        return head->columns[i].type == WEIR_T_UINT ? weir_uint((uint64_t)slot->in.i) : weir_int(slot->in.i);
    return weir_sized(WEIR_T_TEXT, slot->large ? slot->large : slot->in.small, slot->size);
}

static weir_status after_rows(weir__mysql_conn *c, weir__answer *answer, weir_error *error)
{
    weir__mysql_take_result(c, answer, 0, 0);
    answer->result.warnings = weir__mysql_library_row_warnings(c->mysql);
    int more = -1;
    MYSQL_STMT *handle = c->statement->handle;
    while ((c->mysql->server_status & SERVER_MORE_RESULTS_EXIST) && (more = mysql_stmt_next_result(handle)) == 0) {
        if (mysql_stmt_field_count(handle) != 0) {
            c->base.broken = true;
            return weir__mysql_fail(c, error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                                    "the procedure gave a second set of rows; a statement has one: "
                                    "call one procedure for each");
        }
        weir__mysql_take_ok(c, answer, mysql_stmt_affected_rows(handle), mysql_stmt_insert_id(handle));
    }
    if (more > 0)
        return fail_now(c, error);
    c->base.in_rows = false;
    return WEIR_OK;
}

weir_status weir__mysql_prepared_fetch(weir__mysql_conn *c, weir__answer *answer, weir__cell *cells, bool *row,
                                       weir_error *error)
{
    int got = mysql_stmt_fetch(c->statement->handle);
    *row = got == 0 || got == MYSQL_DATA_TRUNCATED;
    if (got == MYSQL_NO_DATA)
        return after_rows(c, answer, error);
    if (!*row)
        return fail_now(c, error);
    if (!cells)
        return WEIR_OK;
    bool grew = false;
    for (uint32_t i = 0; i < c->column_count; i++) {
        weir_status status = c->slots[i].is_null ? WEIR_OK : read_long(c, i, &grew, error);
        if (status != WEIR_OK) {
            *row = false;
            c->base.broken = true;
            return status;
        }
        cells[i] = cell_of(&c->statement->head, i, &c->slots[i]);
    }
    if (!grew)
        return WEIR_OK;
    weir_status status = bind_rows(c, error);
    if (status != WEIR_OK) {
        *row = false;
        c->base.broken = true;
    }
    return status;
}
