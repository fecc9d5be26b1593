/* known_set.c - runs a SET that is known: the session keeps what it says, not the connection. SPDX-License-Identifier: Apache-2.0
 * docs/session-state.md. */
#include "router/query.h"

void weir__set_forget(weir__statement *q)
{
    weir__settings_free(&q->session->client->env.mem, q->set);
    q->set = NULL;
    q->assigned = 0;
}

void weir__set_look(weir__statement *q)
{
    weir__set_forget(q);
    if (q->args.count == 0)
        q->assigned = weir__set_is_known(&q->session->client->env.mem, q->sql, &q->reading, &q->set);
}

/* Before a known SET runs: the connection must know what to set back, and there must be room for the new values. What cannot be so is
 * taken for a SET that nobody can undo. Within a transaction nothing is asked: it would change what ROW_COUNT() and the like say. */
static weir_status prepare_set(weir__statement *q, weir__settings **of_session, weir__settings **of_connection)
{
    const weir__mem *mem = &q->session->client->env.mem;
    weir__conn *conn = q->seat->conn;
    weir_status status = WEIR_OK;
    if (!weir__settings_known(conn, q->set)) {
        conn->deadline = q->deadline;
        status = q->kept ? WEIR_UNSUPPORTED : weir__settings_ask(conn, q->set, q->error);
        if (status != WEIR_OK && !conn->broken) {
            weir__set_forget(q);
            return WEIR_OK;
        }
    }
    if (status == WEIR_OK && !(weir__settings_put_all(mem, of_session, q->session->settings) &&
                               weir__settings_put_all(mem, of_session, q->set) &&
                               weir__settings_put_all(mem, of_connection, conn->settings) &&
                               weir__settings_put_all(mem, of_connection, q->set)))
        status = weir__fail_nomem(q->error);
    return status;
}

static void swap_settings(weir__settings **a, weir__settings **b)
{
    weir__settings *was = *a;
    *a = *b;
    *b = was;
}

/* After it: the session has it, and whichever connection it uses next. */
static void settle_set(weir__statement *q, weir_status status, weir__settings **of_session,
                       weir__settings **of_connection)
{
    weir_session *s = q->session;
    if (status != WEIR_OK) {
        q->seat->carries_state |= q->assigned > 1 && !q->seat->conn->broken; /* a part of it may have been done */
        return;
    }
    swap_settings(&s->settings, of_session);
    swap_settings(&q->seat->conn->settings, of_connection);
    s->dialect = 0;
}

weir_status weir__set_run(weir__statement *q, const weir__command *command)
{
    const weir__mem *mem = &q->session->client->env.mem;
    weir__conn *conn = q->seat->conn;
    weir__settings *of_session = NULL, *of_connection = NULL;
    weir_status status = prepare_set(q, &of_session, &of_connection);
    q->seat->carries_state |= !q->set;
    conn->deadline = q->deadline;
    if (status == WEIR_OK)
        status = conn->driver->run(conn, command, weir__rows_answer(q->rows), q->error);
    if (q->set)
        settle_set(q, status, &of_session, &of_connection);
    weir__settings_free(mem, of_session);
    weir__settings_free(mem, of_connection);
    return status;
}
