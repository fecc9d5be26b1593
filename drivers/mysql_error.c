/* mysql_error.c - what a failure means to the caller. SPDX-License-Identifier: Apache-2.0
 *
 * Two questions decide: did the server itself answer (then it is known what happened), and if not,
 * may the statement have taken effect (then the status is UNKNOWN, whatever ended the wait)? */
#include <errmsg.h>

#include "base/error.h"
#include "drivers/mysql_impl.h"

/* Errors of servers, by number: MariaDB's and MySQL's share these. */
enum {
    CHECKREAD = 1020, /* MariaDB: the row changed since this transaction's snapshot */
    CON_COUNT_ERROR = 1040,
    DBACCESS_DENIED = 1044,
    ACCESS_DENIED = 1045,
    BAD_DB = 1049,
    SERVER_SHUTDOWN = 1053,
    PARSE_ERROR = 1064,
    HOST_IS_BLOCKED = 1129,
    SYNTAX_ERROR = 1149,
    NET_PACKET_TOO_LARGE = 1153,
    NET_READ_ERROR = 1158,
    NET_WRITE_INTERRUPTED = 1161,
    NEW_ABORTING_CONNECTION = 1184,
    TOO_MANY_USER_CONNECTIONS = 1203,
    LOCK_WAIT_TIMEOUT = 1205,
    LOCK_DEADLOCK = 1213,
    USER_LIMIT_REACHED = 1226,
    CONNECTION_KILLED = 1927,
    STATEMENT_TIMEOUT = 1969, /* MariaDB: max_statement_time */
    MAX_PREPARED_STMT_COUNT_REACHED = 1461,
    QUERY_TIMEOUT = 3024, /* MySQL: max_execution_time */
    SECURE_TRANSPORT_REQUIRED = 3159,
    CLIENT_INTERACTION_TIMEOUT = 4031, /* MySQL: hung up for being idle */
};

static bool from_client(unsigned errnum)
{
    return errnum >= CR_MIN_ERROR && errnum < 3000;
}

static void place(const weir__mysql_conn *c, weir_error *error)
{
    weir__error_field(error->endpoint, sizeof error->endpoint, c->base.endpoint->text);
    weir__error_field(error->shard, sizeof error->shard, c->base.endpoint->shard);
}

weir_status weir__mysql_fail(const weir__mysql_conn *c, weir_error *error, weir_status status, weir_retry retry,
                             const char *format, ...)
{
    va_list args;
    va_start(args, format);
    weir__error_fill(error, status, retry, format, args);
    va_end(args);
    place(c, error);
    return status;
}

static weir_status server_spoke(weir__mysql_conn *c, unsigned errnum, const char *sqlstate, weir_error *error,
                                weir_status status)
{
    error->server_errno = (int32_t)errnum;
    weir__error_field(error->sqlstate, sizeof error->sqlstate, sqlstate);
    place(c, error);
    return status;
}

/* A watch that shut the socket knows why. */
static void ask_watch(weir__mysql_conn *c)
{
    if (c->wait_end == WEIR__WAIT_READY)
        c->wait_end = weir__watch_ended(&c->watch);
}

weir_status weir__mysql_fail_dial(weir__mysql_conn *c, unsigned errnum, const char *sqlstate, const char *text,
                                  weir_error *error)
{
    const weir__endpoint *e = c->base.endpoint;
    ask_watch(c);
    if (errnum == CR_OUT_OF_MEMORY)
        return weir__fail_nomem(error);
    /* Where the library waited by itself, only the clock says why it gave up. */
    if (c->wait_end == WEIR__WAIT_TIMED_OUT ||
        (from_client(errnum) && weir__deadline_left(&c->base.env->clock, c->base.deadline) == 0))
        return weir__mysql_fail(c, error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
                                "%s does not answer within %u ms (timeouts.connect): is the server "
                                "up, and is it the right address?",
                                e->text, e->connect_ms);
    if (errnum == CR_SSL_CONNECTION_ERROR)
        return weir__mysql_fail_tls(c, text, error);
    if (from_client(errnum))
        return weir__mysql_fail(c, error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "%s: %s", e->text, text);
    switch (errnum) {
    case CON_COUNT_ERROR:
    case TOO_MANY_USER_CONNECTIONS:
    case USER_LIMIT_REACHED:
        weir__fail(error, WEIR_BUSY, WEIR_RETRY_CALL,
                   "%s takes no more connections (%s): raise its limit or lower pool.max", e->text, text);
        return server_spoke(c, errnum, sqlstate, error, WEIR_BUSY);
    case ACCESS_DENIED:
        weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                   "%s refused the login (%s): see user: and password: in weir.yaml%s", e->text, text,
                   e->line == WEIR__LINE_PLAIN ? "; where server or user require TLS, set tls:"
                   : e->cert                   ? ""
                                               : "; a user made with REQUIRE X509 needs tls: cert and key");
        return server_spoke(c, errnum, sqlstate, error, WEIR_CONFIG);
    case DBACCESS_DENIED:
    case BAD_DB:
        weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s: %s: see schema: of shard %s in weir.yaml", e->text, text,
                   e->shard);
        return server_spoke(c, errnum, sqlstate, error, WEIR_CONFIG);
    case SECURE_TRANSPORT_REQUIRED:
        weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                   "the server takes TLS lines only: set tls: {mode: verify} in weir.yaml (%s)", text);
        return server_spoke(c, errnum, sqlstate, error, WEIR_CONFIG);
    case SERVER_SHUTDOWN:
    case HOST_IS_BLOCKED:
    case CONNECTION_KILLED:
        weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "%s: %s", e->text, text);
        return server_spoke(c, errnum, sqlstate, error, WEIR_UNREACHABLE);
    default:
        weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER, "%s refused the connection: %s", e->text, text);
        return server_spoke(c, errnum, sqlstate, error, WEIR_CONFIG);
    }
}

/* The line broke, the deadline passed or somebody woke the wait: the server has not answered. */
static weir_status no_answer(weir__mysql_conn *c, unsigned errnum, const char *text, weir_error *error)
{
    static const struct {
        weir_status status;
        const char *what;
    } ends[] = {
        [WEIR__WAIT_READY] = {WEIR_UNREACHABLE, "the connection broke"},
        [WEIR__WAIT_TIMED_OUT] = {WEIR_TIMEOUT, "the deadline passed"},
        [WEIR__WAIT_WOKEN] = {WEIR_CANCELLED, "the call was cancelled"},
        [WEIR__WAIT_FAILED] = {WEIR_UNREACHABLE, "the connection broke"},
    };
    ask_watch(c);
    weir_status status = ends[c->wait_end].status;
    const char *what = ends[c->wait_end].what, *detail = status == WEIR_UNREACHABLE ? text : "";
    const char *open = *detail ? " (" : "", *shut = *detail ? ")" : "";
    c->base.broken = true;
    if (c->may_write && !weir__mysql_library_unsent(errnum))
        return weir__mysql_fail(
            c, error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING,
            "%s%s%s%s before the answer came: it may have happened; read the data before repeating it", what, open,
            detail, shut);
    if (c->base.in_transaction)
        return weir__mysql_fail(c, error, status == WEIR_UNREACHABLE ? WEIR_CONFLICT : status, WEIR_RETRY_TRANSACTION,
                                "%s%s%s%s: the transaction is rolled back; run it again from its beginning", what, open,
                                detail, shut);
    return weir__mysql_fail(c, error, status, WEIR_RETRY_CALL, "%s%s%s%s; nothing was changed", what, open, detail,
                            shut);
}

weir_status weir__mysql_fail_run(weir__mysql_conn *c, unsigned errnum, const char *sqlstate, const char *text,
                                 weir_error *error)
{
    weir_status status = WEIR_SERVER;
    weir_retry retry = WEIR_RETRY_NEVER;
    weir_retry again = c->base.in_transaction ? WEIR_RETRY_TRANSACTION : WEIR_RETRY_CALL;
    if (errnum == CR_OUT_OF_MEMORY) {
        c->base.broken = true; /* rows may be left on the line */
        return weir__fail_nomem(error);
    }
    if (from_client(errnum) || errnum == 0)
        return no_answer(c, errnum, text, error);
    switch (errnum) {
    case PARSE_ERROR:
    case SYNTAX_ERROR:
        status = WEIR_SYNTAX;
        break;
    case CHECKREAD:
    case LOCK_DEADLOCK:
    case LOCK_WAIT_TIMEOUT:
        status = WEIR_CONFLICT;
        retry = again;
        break;
    case STATEMENT_TIMEOUT:
    case QUERY_TIMEOUT:
        status = WEIR_TIMEOUT;
        retry = again;
        break;
    case MAX_PREPARED_STMT_COUNT_REACHED:
        weir__fail(error, WEIR_BUSY, again, "%s: lower pool.prepared of its clients, or raise the limit", text);
        return server_spoke(c, errnum, sqlstate, error, WEIR_BUSY);
    case NET_PACKET_TOO_LARGE:
        c->base.broken = true;
        status = WEIR_LIMIT;
        break;
    case SERVER_SHUTDOWN:
    case CONNECTION_KILLED:
    case CLIENT_INTERACTION_TIMEOUT:
    case NEW_ABORTING_CONNECTION:
        status = no_answer(c, errnum, text, error);
        return server_spoke(c, errnum, sqlstate, error, status);
    default:
        if (errnum >= NET_READ_ERROR && errnum <= NET_WRITE_INTERRUPTED)
            return no_answer(c, errnum, text, error);
        break;
    }
    weir__fail(error, status, retry, "%s", text);
    return server_spoke(c, errnum, sqlstate, error, status);
}
