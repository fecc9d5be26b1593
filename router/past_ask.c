/* past_ask.c - questions about the statement before, on the connection that ran it. SPDX-License-Identifier: Apache-2.0
 * A question uses no table: the server's messages stay as they are. */
#include "base/str.h"
#include "router/past.h"
#include "router/session_impl.h"

enum { ASK_MS = 1000 };

weir__deadline weir__past_deadline(const weir_session *s, const weir__conn *conn)
{
    uint32_t ms = conn->endpoint->statement_ms;
    return weir__deadline_in(&s->client->env.clock, ms && ms < ASK_MS ? ms : ASK_MS);
}

static bool read_number(const weir__cell *cell, uint64_t *number)
{
    *number = 0;
    if (cell->type == WEIR_T_INT || cell->type == WEIR_T_UINT) {
        *number = cell->as.u;
        return true;
    }
    const char *text = cell->type == WEIR_T_TEXT ? cell->as.p : "";
    for (size_t i = 0; i < cell->size && cell->type == WEIR_T_TEXT; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(*number, UINT64_C(10), number) ||
            __builtin_add_overflow(*number, (uint64_t)(text[i] - '0'), number))
            return false;
    }
    return cell->type == WEIR_T_TEXT && cell->size > 0;
}

bool weir__past_ask_number(weir_session *s, weir__seat *seat, const char *sql, uint64_t *number)
{
    weir__conn *conn = seat->conn;
    weir__command command = {.sql = weir__view(sql)};
    weir__answer answer;
    weir__cell cell;
    weir_error ignored;
    bool row = false;
    if (!conn || conn->broken)
        return false;
    bool gtid_told = conn->gtid_told; /* by the statement before: the session's floor takes it later */
    conn->deadline = weir__past_deadline(s, conn);
    bool told = conn->driver->run(conn, &command, &answer, &ignored) == WEIR_OK &&
                conn->driver->fetch(conn, &answer, &cell, &row, &ignored) == WEIR_OK && row &&
                read_number(&cell, number);
    if (!conn->broken)
        conn->driver->end(conn);
    conn->gtid_told = gtid_told;
    return told;
}

static weir__message *keep_message(weir__past *p, const weir__cell *cells)
{
    weir__message *m = weir__arena_take(&p->arena, sizeof *m);
    if (!m || !read_number(&cells[1], &m->code))
        return NULL;
    m->level = (weir_str){weir__arena_text(&p->arena, cells[0].as.p, cells[0].size), cells[0].size};
    m->text = (weir_str){weir__arena_text(&p->arena, cells[2].as.p, cells[2].size), cells[2].size};
    return p->arena.failed ? NULL : m;
}

/* SHOW WARNINGS into the past's list; *count and *errors of them. */
static bool read_list(weir__past *p, weir__conn *conn, uint64_t *count, uint64_t *errors)
{
    static const char sql[] = "SHOW WARNINGS";
    weir__command command = {.sql = {sql, sizeof sql - 1}};
    weir__answer answer;
    weir__cell cells[3];
    weir_error ignored;
    weir__message **end = &p->messages;
    bool row = true;
    bool told = conn->driver->run(conn, &command, &answer, &ignored) == WEIR_OK && answer.column_count == 3;
    while (told && conn->driver->fetch(conn, &answer, cells, &row, &ignored) == WEIR_OK && row) {
        weir__message *m = keep_message(p, cells);
        told = m != NULL;
        if (!told)
            break;
        *end = m;
        end = &m->next;
        ++*count;
        *errors += weir__str_is(m->level, "Error");
    }
    if (!conn->broken)
        conn->driver->end(conn);
    return told && !row && !conn->broken;
}

/* The server lists at most max_error_count of them, but counts all. */
bool weir__past_ask_list(weir_session *s, weir__seat *seat)
{
    weir__past *p = &s->past;
    weir__conn *conn = seat->conn;
    uint64_t count = 0, errors = 0, told = p->warnings;
    if (!conn || conn->broken)
        return false;
    weir__arena_reset(&p->arena);
    p->messages = NULL;
    bool gtid_told = conn->gtid_told;
    conn->deadline = weir__past_deadline(s, conn);
    bool read = read_list(p, conn, &count, &errors);
    conn->gtid_told = gtid_told;
    if (!read)
        return false;
    p->warnings = count;
    p->errors = errors;
    bool all = told ? told == count : count == 1 && errors == 1;
    if (!all && !(weir__past_ask_number(s, seat, "SELECT @@warning_count", &p->warnings) &&
                  weir__past_ask_number(s, seat, "SELECT @@error_count", &p->errors)))
        return false;
    /* A statement of weir's own has run there since: the id row of weir_transaction, a decision. */
    if (told ? p->warnings != told : p->warnings == 0)
        return false;
    p->messages_are = WEIR__KNOWN;
    return true;
}
