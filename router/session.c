/* session.c - sessions: their connection, their waiting, their cancelling. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "router/commit.h"
#include "router/exec/together.h"
#include "router/rw_split.h"
#include "router/savepoint.h"
#include "router/seen.h"

static weir_status find_database(weir_session *s, const weir__topology *t, weir__database **out, weir_error *error)
{
    const weir__config *config = t->config;
    const weir__database_config *database = NULL;
    if (s->database_name)
        database = weir__config_database(config, s->database_name);
    else if (config->database_count == 1)
        database = &config->databases[0];
    *out = weir__topology_database(t, database);
    if (!database && s->database_name)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir.yaml has no database '%s'", s->database_name);
    if (!database)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "weir.yaml has %zu databases: name one in weir_session_options.database",
                          config->database_count);
    return WEIR_OK;
}

/* ---- seats ---- */

static void free_seats(weir_session *s)
{
    weir__seat *seat = s->seats;
    s->seats = s->seat = NULL;
    while (seat) {
        weir__seat *next = seat->next;
        weir__free(&s->client->env.mem, seat);
        seat = next;
    }
}

weir__seat *weir__session_seat(weir_session *s, weir__shard *shard)
{
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->shard == shard)
            return seat;
    weir__seat *seat = weir__new(&s->client->env.mem, sizeof *seat);
    if (!seat)
        return NULL;
    seat->shard = shard;
    seat->next = s->seats;
    s->seats = seat;
    return seat;
}

weir__seat *weir__session_kept(const weir_session *s)
{
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->conn)
            return seat;
    return NULL;
}

/* Goes over to the newest topology; no seat has a connection. */
static weir_status renew(weir_session *s, weir_error *error)
{
    unsigned epoch;
    weir__database *database;
    weir__topology *t = weir__client_topology(s->client, &epoch);
    if (!t)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed before this call");
    weir_status status = find_database(s, t, &database, error);
    if (status != WEIR_OK) {
        weir__topology_unref(t);
        return status;
    }
    free_seats(s);
    weir__topology_unref(s->topology);
    s->topology = t;
    s->epoch = epoch;
    s->database = database;
    return WEIR_OK;
}

weir_status weir__session_renew(weir_session *s, weir_error *error)
{
    if (s->epoch == atomic_load_explicit(&s->client->epoch, memory_order_relaxed) || weir__session_kept(s))
        return WEIR_OK;
    return renew(s, error);
}

static weir_status check_options(const weir_session_options *o, weir_error *error)
{
    if (!o)
        return WEIR_OK;
    if (o->size != sizeof *o)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "weir_session_open: options.size is %zu: begin with WEIR_SESSION_OPTIONS_INIT", o->size);
    if ((unsigned)o->reads > WEIR_READS_STRONG)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "reads %d is none of weir_reads", (int)o->reads);
    return WEIR_OK;
}

weir_status weir_session_open(weir_client *client, const weir_session_options *options, weir_session **session,
                              weir_error *error)
{
    weir_error local;
    error = error ? error : &local;
    if (session)
        *session = NULL;
    if (!client || !session)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "weir_session_open: %s is NULL",
                          client ? "session" : "client");
    weir_status status = weir__client_usable(client, error);
    if (status == WEIR_OK)
        status = check_options(options, error);
    if (status != WEIR_OK)
        return status;
    weir_session *s = weir__new(&client->env.mem, sizeof *s);
    if (!s)
        return weir__fail_nomem(error);
    s->client = weir__client_ref(client);
    pthread_mutex_init(&s->lock, NULL);
    weir__waiter_init(&s->waiter);
    weir__past_init(&s->past, &client->env.mem);
    atomic_fetch_add(&client->counters.sessions, 1);
    s->waiter.takes_changed = true;
    s->scatter_wake = -1;
    s->timeout_ms = options ? options->timeout_ms : 0;
    s->reads = options ? options->reads : WEIR_READS_CONFIGURED;
    s->max_lag_ms = options ? options->max_lag_ms : 0;
    if (options && options->database) {
        s->database_name = weir__strdup(&client->env.mem, options->database);
        status = s->database_name ? WEIR_OK : weir__fail_nomem(error);
    }
    if (status == WEIR_OK)
        status = renew(s, error);
    if (status == WEIR_OK && options)
        status = weir__seen_after(s, options->after_token, error);
    if (status == WEIR_OK)
        *session = s;
    else
        weir_session_close(s);
    return status;
}

void weir_session_close(weir_session *s)
{
    if (!s || weir__client_forked(s->client))
        return;
    weir_client *client = s->client;
    if (s->rows)
        weir__rows_orphan(s->rows);
    const weir__seat *kept = weir__session_kept(s);
    s->past.insert_is = s->past.messages_are = WEIR__LOST; /* nobody will ask any more */
    if (s->txn == WEIR__TXN_OPEN && kept && !kept->carries_state) {
        weir_error ignored;
        if (weir_rollback(s, &ignored) != WEIR_OK)
            weir__session_drop_connections(s);
    }
    weir__session_drop_connections(s);
    weir__session_set_begin(s, NULL, (weir_str){NULL, 0}, false);
    weir__savepoint_forget(s);
    free_seats(s);
    weir__seen_free(s);
    weir__topology_unref(s->topology);
    weir__settings_free(&client->env.mem, s->settings);
    weir__past_deinit(&s->past);
    if (s->scatter_wake >= 0)
        close(s->scatter_wake);
    pthread_mutex_destroy(&s->lock);
    atomic_fetch_sub(&client->counters.sessions, 1);
    weir__free(&client->env.mem, s->database_name);
    weir__free(&client->env.mem, s);
    weir__client_unref(client);
}

void weir__session_wake(weir_session *s, int wake_fd)
{
    atomic_store(&s->woken, true);
    eventfd_write(wake_fd, 1);
}

void weir_cancel(weir_session *s)
{
    if (!s || weir__client_forked(s->client)) /* wake_fd is the parent's too */
        return;
    pthread_mutex_lock(&s->lock);
    int running = WEIR__CALL_RUNNING;
    if (atomic_compare_exchange_strong(&s->call, &running, WEIR__CALL_CANCELLED)) {
        weir__waiter_wake(&s->waiter);
        const weir__conn *conn = atomic_load(&s->reached);
        if (conn)
            weir__session_wake(s, conn->wake_fd);
    }
    pthread_mutex_unlock(&s->lock);
}

weir_status weir__session_ready(weir_session *s, const char *call, weir_error *error)
{
    if (!s)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "%s: session is NULL", call);
    weir_status status = weir__client_usable(s->client, error);
    if (status != WEIR_OK)
        return status;
    if (s->rows)
        return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER,
                          "%s: the rows of the statement before are still open: weir_finish them "
                          "first, or ask for them buffered",
                          call);
    if (s->lost_state)
        return weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_NEVER,
                          "the connection broke that carried this session's state (SET, user "
                          "variables, locks, temporary tables): "
                          "open a new session and set it again");
    return WEIR_OK;
}

void weir__session_running(weir_session *s)
{
    if (s->inner)
        return; /* the call goes on, it may have been cancelled */
    atomic_store_explicit(&s->reached, NULL, memory_order_relaxed);
    atomic_store_explicit(&s->waiter.woken, false, memory_order_relaxed);
    atomic_store_explicit(&s->call, WEIR__CALL_RUNNING, memory_order_release);
}

bool weir__session_cancelled(weir_session *s)
{
    /* a moment later would have been too late as well */
    return atomic_load_explicit(&s->call, memory_order_relaxed) == WEIR__CALL_CANCELLED;
}

/* Whoever is about to wake something for this session has done so. */
static void wait_for_cancel(weir_session *s)
{
    pthread_mutex_lock(&s->lock);
    pthread_mutex_unlock(&s->lock);
}

void weir__session_reach(weir_session *s, weir__conn *conn)
{
    atomic_store(&s->reached, conn);
    if (atomic_load(&s->call) == WEIR__CALL_CANCELLED)
        weir__session_wake(s, conn->wake_fd);
}

/* The connection is about to leave the session: nobody wakes it from here any more. */
static void unreach(weir_session *s, const weir__conn *conn)
{
    if (atomic_load_explicit(&s->reached, memory_order_relaxed) != conn ||
        atomic_load_explicit(&s->call, memory_order_relaxed) == WEIR__CALL_IDLE)
        return;
    atomic_store(&s->reached, NULL);
    if (atomic_load(&s->call) == WEIR__CALL_CANCELLED)
        wait_for_cancel(s);
}

bool weir__session_set_begin(weir_session *s, const char *level, weir_str sql, bool read_only)
{
    const weir__mem *mem = &s->client->env.mem;
    weir__free(mem, s->begin.sql);
    s->begin.level = level;
    s->begin.sql = sql.data ? weir__strndup(mem, sql.data, sql.size) : NULL;
    s->begin.read_only = read_only;
    return !sql.data || s->begin.sql;
}

void weir__seat_xid(const weir_session *s, const weir__seat *seat, char out[WEIR__XID_TEXT])
{
    char bqual[WEIR__BQUAL_SIZE];
    const weir__shard_config *shard = seat->shard->config;
    weir__bqual_print(weir__shard_hash(shard->database->name, shard->name), bqual);
    snprintf(out, WEIR__XID_TEXT, "'%s','%s',%d", s->gtrid, bqual, WEIR__XID_FORMAT);
}

static void name_transaction(weir_session *s)
{
    uint8_t random[WEIR__XID_RANDOM];
    const weir__shard_config *shard = s->first->shard->config;
    weir__gtrid gtrid = {weir__shard_hash(shard->database->name, shard->name), (uint32_t)s->first->conn->server_id};
    weir__env_random(&s->client->env, random, sizeof random);
    weir__gtrid_print(&gtrid, random, s->gtrid);
}

static weir_status start_branch(const weir_session *s, weir__seat *seat, weir__deadline deadline, weir_error *error)
{
    char xid[WEIR__XID_TEXT], sql[WEIR__XID_TEXT + 16];
    weir__seat_xid(s, seat, xid);
    snprintf(sql, sizeof sql, "XA START %s", xid);
    seat->branch = true;
    return weir__seat_command(seat, sql, false, deadline, error);
}

void weir__session_take_part(weir_session *s, weir__seat *seat)
{
    if (!s->first)
        s->first = seat;
    else if (s->first != seat && !s->gtrid[0])
        name_transaction(s);
}

weir_status weir__seat_begin(const weir_session *s, weir__seat *seat, weir__deadline deadline, weir_error *error)
{
    bool branch = s->first != seat && !s->begin.read_only && s->database->settings->transactions == WEIR__ATOMIC;
    weir_status status = WEIR_OK;
    seat->open = true;
    seat->branch = seat->wrote = seat->locks = false;
    if (s->begin.level)
        status = weir__seat_command(seat, s->begin.level, false, deadline, error);
    if (status == WEIR_OK && branch)
        status = start_branch(s, seat, deadline, error);
    else if (status == WEIR_OK)
        status = weir__seat_command(seat, s->begin.sql, false, deadline, error);
    if (status == WEIR_OK)
        status = weir__savepoint_catch_up(s, seat, deadline, error);
    /* An isolation level waits for the next transaction: this connection must not give it to a stranger's. */
    if (status != WEIR_OK)
        seat->conn->broken = true;
    return status;
}

unsigned weir__session_level(const weir_session *s)
{
    unsigned level = 0;
    for (const weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->conn && seat->conn->held.level + 1 > level)
            level = seat->conn->held.level + 1;
    return level;
}

static weir_status take_connection(weir_session *s, weir__seat *seat, weir__server *server, weir__deadline deadline,
                                   weir_error *error)
{
    weir__conn *conn = seat->conn;
    weir_status status = WEIR_OK;
    s->seat = seat;
    if (!conn) {
        s->waiter.level = weir__session_level(s);
        status = weir__pool_take(server->pool, &s->waiter, deadline, &conn, error);
        seat->server = server;
        seat->conn = conn;
        if (!conn)
            return status;
        conn->gtid_told = false; /* to whoever had it before */
        if (seat->shard->monitor)
            atomic_fetch_add_explicit(&server->outstanding, 1, memory_order_relaxed);
    }
    weir__session_reach(s, conn);
    return status;
}

weir_status weir__session_connect(weir_session *s, weir__seat *seat, weir__server *server, weir__deadline deadline,
                                  weir_error *error)
{
    bool there = seat->conn != NULL;
    for (bool first = true;; first = false) {
        weir_status status = take_connection(s, seat, server, deadline, error);
        if (status != WEIR_OK || there || weir__settings_equal(seat->conn->settings, s->settings))
            return status;
        seat->conn->deadline = deadline;
        status = weir__settings_apply(seat->conn, s->settings, error);
        if (status != WEIR_UNREACHABLE || !first || error->server_errno != 0)
            return status;
        weir__session_leave(s); /* one that the pool did not know to be broken */
    }
}

weir__conn *weir__session_detach(weir_session *s, weir__seat *seat)
{
    weir__past_left(s, seat);
    weir__conn *conn = seat->conn;
    if (!conn)
        return NULL;
    unreach(s, conn);
    seat->conn = NULL;
    if (seat->shard->monitor)
        atomic_fetch_sub_explicit(&seat->server->outstanding, 1, memory_order_relaxed);
    return conn;
}

/* A scatter is no pool's: it gives back what it took. */
static bool leave_scatter(weir_session *s)
{
    weir__seat *seat = s->seat;
    if (!seat || !seat->conn || seat->server)
        return false;
    weir__conn *conn = seat->conn;
    unreach(s, conn);
    s->seat = NULL; /* it goes with the scatter */
    conn->driver->close(conn);
    return true;
}

void weir__session_leave(weir_session *s)
{
    if (leave_scatter(s))
        return;
    weir__conn *conn = s->seat ? weir__session_detach(s, s->seat) : NULL;
    eventfd_t drained;
    if (!conn)
        return;
    if (weir__session_cancelled(s))
        eventfd_read(conn->wake_fd, &drained);
    weir__pool_give(s->seat->server->pool, conn);
}

void weir__session_drop_connections(weir_session *s)
{
    for (weir__seat *seat = s->seats; seat; seat = seat->next) {
        weir__conn *conn = weir__session_detach(s, seat);
        seat->carries_state = false;
        if (conn && conn->broken)
            weir__pool_give(seat->server->pool, conn);
        else if (conn)
            weir__pool_discard(seat->server->pool, conn);
    }
}

weir_status weir__session_ended(weir_error *error)
{
    return weir__fail(error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING,
                      "an earlier statement ended the transaction (a COMMIT in a procedure, a lost answer): what it "
                      "did before is not undone; "
                      "roll back, and read the data before repeating it");
}

/* Two transactions that wait for each other on two shards: neither server sees a deadlock, only the deadline ends it. */
static bool may_be_deadlock(const weir_session *s, const weir__seat *seat)
{
    if (s->txn != WEIR__TXN_OPEN || s->commits || !s->may_lock)
        return false;
    if (s->by_call && weir__now(&s->client->env.clock) >= s->txn_deadline)
        return false;
    for (const weir__seat *other = s->seats; other; other = other->next)
        if (other != seat && other->conn && other->open && (other->wrote || other->locks))
            return true;
    return false;
}

weir_status weir__seat_judge(weir_session *s, weir__seat *seat, weir_status status, weir_error *error)
{
    enum { QUERY_INTERRUPTED = 1317 };
    const weir__conn *conn = seat->conn;
    if (status == WEIR_TIMEOUT && may_be_deadlock(s, seat)) {
        char shard[sizeof error->shard]; /* of a scatter the error alone knows it */
        snprintf(shard, sizeof shard, "%s", error->shard[0] ? error->shard : seat->shard->config->name);
        weir__fail(error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION,
                   "the deadline passed on shard %s, with locks held on another one: perhaps a deadlock between "
                   "shards, which no server sees; the transaction is rolled back",
                   shard);
        memcpy(error->shard, shard, sizeof shard);
        return WEIR_CONFLICT;
    }
    if (status == WEIR_OK || error->server_errno == 0 || conn->broken)
        return status;
    bool was_open = s->txn == WEIR__TXN_OPEN;
    /* An interrupted COMMIT says nothing of what became of it. */
    if (was_open && s->commits && (status == WEIR_TIMEOUT || error->server_errno == QUERY_INTERRUPTED)) {
        error->retry = WEIR_RETRY_AFTER_LOOKING;
        return error->status = WEIR_UNKNOWN;
    }
    if (was_open && seat->track.may_write && !seat->read_only &&
        weir__split_again(s, seat, seat->server, status, error)) {
        error->retry = WEIR_RETRY_TRANSACTION; /* the primary was made read-only */
        return error->status = WEIR_CONFLICT;
    }
    if (was_open && s->atomic && !conn->in_transaction) {
        error->retry = WEIR_RETRY_TRANSACTION;
        return error->status = status == WEIR_TIMEOUT ? status : WEIR_CONFLICT;
    }
    if (!was_open && !s->atomic && error->retry == WEIR_RETRY_CALL)
        error->retry = WEIR_RETRY_AFTER_LOOKING; /* a procedure's first half stays */
    return status;
}

void weir__seat_rollback(const weir_session *s, weir__seat *seat, weir__deadline deadline)
{
    weir_error ignored;
    char xid[WEIR__XID_TEXT], sql[WEIR__XID_TEXT + 16];
    seat->track.may_write = seat->track.changed = false;
    if (!seat->conn || seat->conn->broken)
        return;
    seat->open = false;
    if (!seat->branch) {
        if (weir__seat_command(seat, "ROLLBACK", false, deadline, &ignored) != WEIR_OK)
            seat->conn->broken = true;
        return;
    }
    weir__seat_xid(s, seat, xid);
    snprintf(sql, sizeof sql, "XA END %s", xid);
    weir_status ended =
        weir__seat_command(seat, sql, false, deadline, &ignored); /* refused where it has ended, or deadlocked */
    (void)ended;
    snprintf(sql, sizeof sql, "XA ROLLBACK %s", xid);
    if (weir__seat_command(seat, sql, false, deadline, &ignored) != WEIR_OK)
        seat->conn->broken = true;
}

static bool is_in_transaction(const weir_session *s, const weir__seat *seat)
{
    (void)s;
    return seat->conn && (seat->open || seat->conn->in_transaction);
}

static weir_status roll_back(weir_session *s, weir__seat *seat, void *context, weir_error *error)
{
    const weir__deadline *deadline = context;
    (void)error; /* it is hung up where that cannot be said */
    weir__seat_rollback(s, seat, *deadline);
    return WEIR_OK;
}

void weir__session_undo(weir_session *s)
{
    weir__deadline deadline = weir__deadline_in(&s->client->env.clock, s->database->settings->timeouts.query_ms);
    const weir__together what = {is_in_transaction, roll_back, &deadline};
    weir_error never;
    weir_status done = weir__together_run(s, &what, &never);
    (void)done;
}

void weir__session_abort(weir_session *s)
{
    s->txn = WEIR__TXN_ABORTED;
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        seat->track.may_write = seat->track.changed = false;
    weir__session_undo(s);
}

/* What the end of a statement on seat says of the session's transaction. */
static void follow_transaction(weir_session *s, weir__conn *conn, weir_status status)
{
    bool was_open = s->txn == WEIR__TXN_OPEN;
    /* A statement that the server itself ended for its time is undone alone: nobody should commit the rest. */
    if (was_open && status == WEIR_UNKNOWN) {
        s->txn = s->commits ? WEIR__TXN_NONE : WEIR__TXN_ENDED;
        conn->broken = true; /* whatever it still is, it goes no further */
    } else if (was_open && (status == WEIR_CONFLICT || status == WEIR_TIMEOUT || conn->broken))
        weir__session_abort(s);
    else if (was_open && !conn->in_transaction && (!s->may_end || weir__commit_is_wide(s))) {
        weir__session_abort(s); /* its other shards */
        s->txn = WEIR__TXN_ENDED;
    } else if (s->txn == WEIR__TXN_OPEN || s->txn == WEIR__TXN_NONE)
        s->txn = conn->in_transaction ? WEIR__TXN_OPEN : WEIR__TXN_NONE;
}

/* Gives the seat's connection back unless something keeps it. */
static void release(weir_session *s, weir__seat *seat)
{
    weir__split_over(s, seat, s->outcome);
    weir__conn *conn = seat->conn;
    if (!conn)
        return;
    if (conn->broken) {
        s->lost_state |= seat->carries_state;
        seat->carries_state = false;
    }
    if (seat->carries_state || (conn->in_transaction && !conn->broken))
        return;
    weir__past_leave(s, seat);
    weir__pool_give(seat->server->pool, weir__session_detach(s, seat));
}

void weir__session_end_transaction(weir_session *s)
{
    for (weir__seat *seat = s->seats; seat; seat = seat->next) {
        release(s, seat);
        seat->open = false;
    }
    weir__savepoint_forget(s);
    s->by_call = false;
    s->first = NULL;
    s->gtrid[0] = '\0';
    weir__session_set_begin(s, NULL, (weir_str){NULL, 0}, false);
}

/* What a scatter did to connections that the session holds. */
static void follow_scatter(weir_session *s)
{
    bool lost = false;
    for (const weir__seat *seat = s->seats; seat; seat = seat->next)
        lost |= seat->conn && (seat->conn->broken || (seat->open && !seat->conn->in_transaction));
    if (!lost)
        return;
    if (s->txn == WEIR__TXN_OPEN)
        weir__session_abort(s);
    weir__session_end_transaction(s);
}

/* A waking that came too late must not end what comes next. */
static void drain_wakings(const weir_session *s)
{
    eventfd_t drained;
    for (const weir__seat *seat = s->seats; seat; seat = seat->next)
        if (seat->conn && !seat->conn->broken)
            eventfd_read(seat->conn->wake_fd, &drained);
}

void weir__session_idle(weir_session *s)
{
    if (atomic_exchange(&s->call, WEIR__CALL_IDLE) == WEIR__CALL_CANCELLED)
        wait_for_cancel(s);
}

void weir__session_over(weir_session *s, weir_status status)
{
    bool was_cancelled =
        (s->inner ? atomic_load(&s->call) : atomic_exchange(&s->call, WEIR__CALL_IDLE)) == WEIR__CALL_CANCELLED;
    if (was_cancelled)
        wait_for_cancel(s);
    if (leave_scatter(s)) {
        follow_scatter(s);
        return;
    }
    weir__seat *seat = s->seat;
    weir__conn *conn = seat ? seat->conn : NULL;
    if (!conn)
        return;
    if (was_cancelled)
        drain_wakings(s);
    s->outcome = status;
    follow_transaction(s, conn, status);
    if (s->txn == WEIR__TXN_OPEN)
        release(s, seat);
    else
        weir__session_end_transaction(s);
}

void weir__session_no_cancel(weir_session *s)
{
    int running = WEIR__CALL_RUNNING;
    if (!atomic_compare_exchange_strong(&s->call, &running, WEIR__CALL_IDLE))
        wait_for_cancel(s);
}

weir_status weir__seat_command(weir__seat *seat, const char *sql, bool may_write, weir__deadline deadline,
                               weir_error *error)
{
    weir__command command = {.sql = {sql, strlen(sql)}, .may_write = may_write};
    weir__answer answer;
    seat->conn->deadline = deadline;
    return seat->conn->driver->run(seat->conn, &command, &answer, error);
}

weir__deadline weir__session_deadline(const weir_session *s, uint32_t timeout_ms)
{
    return weir__session_deadline_from(s, weir__now(&s->client->env.clock), timeout_ms);
}

weir__deadline weir__session_deadline_from(const weir_session *s, uint64_t now_ns, uint32_t timeout_ms)
{
    uint32_t ms = timeout_ms ? timeout_ms : s->timeout_ms ? s->timeout_ms : s->database->settings->timeouts.query_ms;
    weir__deadline deadline = now_ns + ms * UINT64_C(1000000);
    return s->txn == WEIR__TXN_OPEN && s->by_call ? weir__deadline_min(deadline, s->txn_deadline) : deadline;
}

uint64_t weir__session_scope(const weir_session *s)
{
    return (uint64_t)s->epoch << 32 | (uint64_t)(s->database - s->topology->databases);
}
