/* soak_work.c - what a worker does: mixed statements, and remembering what it was told of them. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/wait.h"
#include "tests/soak/soak.h"

enum { STATEMENTS_A_SESSION = 200, START_INCREMENT = 4 };

static unsigned chance(soak_worker *w, unsigned of)
{
    return (unsigned)rand_r(&w->seed) % of;
}

void soak_wrong(const soak_worker *w, const char *what, const weir_error *error)
{
    test_fail(__FILE__, __LINE__, "worker %u: %s: %s: %s (server_errno %d, retry %d)", w->number, what,
              weir_status_name(error->status), error->text, (int)error->server_errno, (int)error->retry);
}

/* Failures that killed, paused and restarted servers, cancels and short deadlines may bring. */
static bool may_fail_so(const weir_error *e)
{
    enum { INTERRUPTED = 1317, SHUTDOWN = 1053, KILLED = 1927 };
    switch (e->status) {
    case WEIR_TIMEOUT:
    case WEIR_CANCELLED:
    case WEIR_BUSY:
    case WEIR_UNREACHABLE:
    case WEIR_CONFLICT:
    case WEIR_UNKNOWN:
        return true;
    case WEIR_SERVER:
        return e->server_errno == INTERRUPTED || e->server_errno == SHUTDOWN || e->server_errno == KILLED;
    default:
        return false;
    }
}

/* The end of a statement as the statistics see it. */
static weir_status tally(soak_worker *w, weir_status status, const weir_error *error, const char *what)
{
    if (status == WEIR_OK)
        return status;
    w->by_status[status]++;
    if (!may_fail_so(error))
        soak_wrong(w, what, error);
    if (status == WEIR_UNREACHABLE) /* as any program would, before it tries again */
        weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, 10));
    return status;
}

/* Does this failure come before a statement is counted? */
static bool was_refused(const weir_error *error)
{
    return error->status == WEIR_CONFLICT && strstr(error->text, "open a new session") != NULL;
}

/* One statement with its rows; most: rows read before it is broken off; *count: rows read. */
static weir_status run(soak_worker *w, const char *sql, weir_args args, uint32_t timeout_ms, uint64_t most,
                       uint64_t *count, weir_error *error)
{
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    weir_rows *rows = NULL;
    uint64_t got = 0;
    options.timeout_ms = timeout_ms;
    weir_status status = weir_query_with(w->session, &options, (weir_str){sql, strlen(sql)}, args, &rows, error);
    bool refused = status != WEIR_OK && was_refused(error);
    w->refused += refused;
    w->statements += !refused;
    if (status == WEIR_OK) {
        while (got < most && weir_next(rows))
            got++;
        status = weir_finish(rows, error);
    }
    w->failures += status != WEIR_OK && !refused;
    if (count)
        *count = got;
    return tally(w, status, error, sql);
}

static void new_session(soak_worker *w)
{
    weir_error error;
    weir_session *old;
    pthread_mutex_lock(&w->lock);
    old = w->session;
    w->session = NULL;
    pthread_mutex_unlock(&w->lock);
    weir_session_close(old);
    weir_session *session = NULL;
    if (weir_session_open(w->client, NULL, &session, &error) != WEIR_OK)
        soak_wrong(w, "weir_session_open", &error);
    pthread_mutex_lock(&w->lock);
    w->session = session;
    pthread_mutex_unlock(&w->lock);
    w->increment = START_INCREMENT;
}

/* ---- operations; each leaves the session without an open transaction ---- */

static void read_known_row(soak_worker *w)
{
    weir_error error;
    weir_rows *rows = NULL;
    int64_t id = 1 + (int64_t)chance(w, SOAK_KNOWN_ROWS);
    weir_status status =
        weir_query(w->session, "SELECT v FROM soak_known WHERE id = ?", WEIR_ARGS(weir_int(id)), &rows, &error);
    w->statements++;
    if (status == WEIR_OK) {
        bool there = weir_next(rows);
        int64_t v = there ? weir_get_int(rows, 0) : -1;
        status = weir_finish(rows, &error);
        if (status == WEIR_OK && v != id * 7)
            test_fail(__FILE__, __LINE__, "worker %u: row %d reads %d", w->number, (int)id, (int)v);
    }
    w->failures += status != WEIR_OK;
    tally(w, status, &error, "reading a row");
}

static void read_many_rows(soak_worker *w)
{
    weir_error error;
    uint64_t count, most = chance(w, 3) ? UINT64_MAX : chance(w, SOAK_KNOWN_ROWS);
    weir_status status =
        run(w, "SELECT id, v, REPEAT('x', 200) FROM soak_known", weir_no_args(), 0, most, &count, &error);
    if (status == WEIR_OK && most == UINT64_MAX && count != SOAK_KNOWN_ROWS)
        test_fail(__FILE__, __LINE__, "worker %u: a stream ends well after %d rows", w->number, (int)count);
}

static void read_late(soak_worker *w)
{
    weir_error error;
    run(w, "SELECT SLEEP(0.2), ?", WEIR_ARGS(weir_int(1)), 1 + chance(w, 60), UINT64_MAX, NULL, &error);
}

static int64_t next_id(soak_worker *w)
{
    return (int64_t)w->number * SOAK_IDS + w->writes;
}

/* What the status of a write says; NOT_DONE is a promise too. */
static void remember(soak_worker *w, const char *sql, weir_status status, unsigned count, const weir_error *error)
{
    if (status != WEIR_OK && status != WEIR_UNKNOWN)
        fprintf(w->refusals, "%" PRId64 " %u %s: %s: %s (server_errno %d)\n", next_id(w), count, sql,
                weir_status_name(status), status == WEIR_ROLLBACK ? "" : error->text,
                status == WEIR_ROLLBACK ? 0 : (int)error->server_errno);
    for (unsigned i = 0; i < count; i++)
        w->told[w->writes++] = status == WEIR_OK ? SOAK_DONE : status == WEIR_UNKNOWN ? SOAK_MAYBE : SOAK_NOT_DONE;
}

static void write_one(soak_worker *w)
{
    /* Zero times, because a SLEEP that a KILL interrupts gives 1, and the row may be written all the same. */
    static const char *const texts[] = {"INSERT INTO soak_log (id) VALUES (?)",
                                        "INSERT INTO soak_log (id) SELECT ? + 0 * SLEEP(0.02)",
                                        "INSERT INTO soak_log (id) VALUES (?) RETURNING seq"};
    weir_error error;
    uint32_t timeout_ms = chance(w, 4) ? 0 : 1 + chance(w, 40);
    const char *sql = texts[chance(w, 3)];
    weir_status status = run(w, sql, WEIR_ARGS(weir_int(next_id(w))), timeout_ms, UINT64_MAX, NULL, &error);
    remember(w, sql, status, 1, &error);
}

typedef struct pair {
    soak_worker *w;
    int64_t first;
} pair;

static weir_status insert_pair(weir_session *session, void *context, weir_error *error)
{
    const pair *p = context;
    weir_status status = WEIR_OK;
    (void)session;
    for (int64_t i = 0; i < 2 && status == WEIR_OK; i++)
        status = run(p->w, "INSERT INTO soak_log (id) VALUES (?)", WEIR_ARGS(weir_int(p->first + i)), 0, UINT64_MAX,
                     NULL, error);
    if (status == WEIR_OK && chance(p->w, 8) == 0)
        status = WEIR_ROLLBACK;
    return status;
}

static void write_pair_by_callback(soak_worker *w)
{
    weir_error error;
    pair p = {w, next_id(w)};
    weir_status status = weir_transaction(w->session, NULL, insert_pair, &p, &error);
    w->refused += status == WEIR_CONFLICT && was_refused(&error);
    if (status != WEIR_OK && status != WEIR_ROLLBACK)
        tally(w, status, &error, "weir_transaction");
    remember(w, "weir_transaction", status, 2, &error);
}

/* The same by hand, its ends by call or as text. */
static void write_pair_by_hand(soak_worker *w)
{
    weir_error error, ignored;
    bool text = chance(w, 2);
    pair p = {w, next_id(w)};
    weir_status status =
        text ? run(w, "BEGIN", weir_no_args(), 0, 0, NULL, &error) : weir_begin(w->session, NULL, &error);
    if (status != WEIR_OK) {
        if (!text)
            tally(w, status, &error, "weir_begin");
        /* Was it begun all the same? A session's next use begins clean. */
        new_session(w);
        remember(w, "BEGIN", WEIR_ROLLBACK, 2, &error);
        return;
    }
    status = insert_pair(w->session, &p, &error);
    if (status == WEIR_OK)
        status = text ? run(w, "COMMIT", weir_no_args(), 0, 0, NULL, &error) : weir_commit(w->session, &error);
    else if (text ? run(w, "ROLLBACK", weir_no_args(), 0, 0, NULL, &ignored) != WEIR_OK
                  : weir_rollback(w->session, &ignored) != WEIR_OK)
        new_session(w);
    if (status != WEIR_OK && status != WEIR_ROLLBACK && !text)
        tally(w, status, &error, "a transaction by hand");
    remember(w, text ? "COMMIT" : "weir_commit", status, 2, &error);
}

static void keep_state(soak_worker *w)
{
    weir_error error;
    weir_rows *rows = NULL;
    int64_t value = (int64_t)chance(w, 1000000);
    if (run(w, "SET @soak = ?", WEIR_ARGS(weir_int(value)), 0, 0, NULL, &error) == WEIR_OK) {
        weir_status status = weir_query(w->session, "SELECT @soak", weir_no_args(), &rows, &error);
        bool refused = status != WEIR_OK && was_refused(&error);
        w->refused += refused;
        w->statements += !refused;
        if (status == WEIR_OK) {
            int64_t got = weir_next(rows) ? weir_get_int(rows, 0) : -1;
            status = weir_finish(rows, &error);
            if (status == WEIR_OK && got != value)
                test_fail(__FILE__, __LINE__, "worker %u: @soak is %d, not %d", w->number, (int)got, (int)value);
        }
        w->failures += status != WEIR_OK && !refused;
        tally(w, status, &error, "reading @soak");
    }
    new_session(w);
}

/* Known SETs hold on whichever connection, and survive it. */
static void change_a_setting(soak_worker *w)
{
    weir_error error;
    weir_rows *rows = NULL;
    if (chance(w, 3) == 0) {
        char sql[80];
        int wanted = (int)chance(w, 10);
        snprintf(sql, sizeof sql, "SET div_precision_increment = %d", wanted);
        weir_status status = run(w, sql, weir_no_args(), 0, 0, NULL, &error);
        if (status == WEIR_OK)
            w->increment = wanted;
    }
    weir_status status = weir_query(w->session, "SELECT @@div_precision_increment", weir_no_args(), &rows, &error);
    w->statements++;
    if (status == WEIR_OK) {
        int64_t got = weir_next(rows) ? weir_get_int(rows, 0) : -1;
        status = weir_finish(rows, &error);
        if (status == WEIR_OK && got != w->increment)
            test_fail(__FILE__, __LINE__, "worker %u: div_precision_increment is %d, not %d", w->number, (int)got,
                      w->increment);
    }
    w->failures += status != WEIR_OK;
    tally(w, status, &error, "asking for a setting");
}

static void think(soak_worker *w)
{
    weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, 1 + chance(w, 20)));
}

static const struct {
    void (*run)(soak_worker *w);
    unsigned weight;
} operations[] = {
    {read_known_row, 30},        {read_many_rows, 6},     {read_late, 2},  {write_one, 14},       {think, 6},
    {write_pair_by_callback, 5}, {write_pair_by_hand, 5}, {keep_state, 2}, {change_a_setting, 6},
};

static void work_once(soak_worker *w)
{
    unsigned sum = 0, at;
    size_t i = 0;
    for (size_t j = 0; j < sizeof operations / sizeof *operations; j++)
        sum += operations[j].weight;
    at = chance(w, sum);
    while (at >= operations[i].weight)
        at -= operations[i++].weight;
    w->began_ms = test_ms();
    operations[i].run(w);
    w->began_ms = 0;
    w->operations++;
}

void *soak_work(void *context)
{
    soak_worker *w = context;
    new_session(w);
    while (!*w->leave && !test_failed() && w->writes + 2 < SOAK_MOST_WRITES) {
        work_once(w);
        if (chance(w, STATEMENTS_A_SESSION) == 0)
            new_session(w);
    }
    pthread_mutex_lock(&w->lock);
    weir_session *session = w->session;
    w->session = NULL;
    pthread_mutex_unlock(&w->lock);
    weir_session_close(session);
    return NULL;
}
