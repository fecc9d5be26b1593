/* weir.h - the whole promise of libweir. SPDX-License-Identifier: Apache-2.0
 *
 * Rules that hold everywhere:
 * Threads    A client may be used from any thread. A session, its rows and its transaction belong
 * to one thread at a time; weir_cancel alone may be called from another. More in docs/threads.md.
 * Errors     On failure *out is NULL and the error record (may be NULL) is filled in whole; on
 * success it is untouched. Text       UTF-8. Views (weir_str) are borrowed and need not end in NUL.
 * Times      Milliseconds, counted from the call; 0 means "as weir.yaml says". No call waits past
 * its deadline. Fork       A child that touches its parent's client gets WEIR_USAGE; the parent
 * goes on undisturbed.
 */
#ifndef WEIR_H
#define WEIR_H
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __cplusplus
#include <initializer_list>
extern "C" {
#endif
#define WEIR_API __attribute__((visibility("default")))
#define WEIR_MUST_USE __attribute__((warn_unused_result))

/* ---- status: failures only; `weir sql` prints the same names without WEIR_ ---- */

#define WEIR_STATUS_MAP(X)                                                                                             \
    X(USAGE, 1, "called in a way the documentation forbids")                                                           \
    X(NOMEM, 2, "out of memory")                                                                                       \
    X(CONFIG, 3, "weir.yaml is wrong, or the servers contradict it")                                                   \
    X(SYNTAX, 4, "not SQL that weir or the server knows")                                                              \
    X(UNSUPPORTED, 5, "no exact answer is possible")                                                                   \
    X(LIMIT, 6, "a bound on memory, rows or shards was met")                                                           \
    X(TIMEOUT, 7, "the deadline passed")                                                                               \
    X(CANCELLED, 8, "weir_cancel was called")                                                                          \
    X(BUSY, 9, "no connection became free in time")                                                                    \
    X(UNREACHABLE, 10, "the server does not answer")                                                                   \
    X(STALE, 11, "no server is fresh enough")                                                                          \
    X(CONFLICT, 12, "rolled back: deadlock or lost primary")                                                           \
    X(UNKNOWN, 13, "sent, but the answer was lost: it may have happened")                                              \
    X(TYPE, 14, "value does not fit the type asked for")                                                               \
    X(SERVER, 15, "the server refused: see server_errno")                                                              \
    X(ROLLBACK, 16, "the callback asked for a rollback")                                                               \
    X(COMMITTED_PENDING, 17, "decided: committed, not yet everywhere")                                                 \
    X(LOST_WRITES, 18, "a failover lost this session's writes")                                                        \
    X(SPLIT_BRAIN, 19, "two writable primaries")                                                                       \
    X(CACHE_UNAVAILABLE, 20, "strict cache: the mark was not acknowledged")

typedef enum weir_status {
    WEIR_OK = 0,
#define X(name, number, text) WEIR_##name = number,
    WEIR_STATUS_MAP(X)
#undef X
} weir_status;

/* What may be run again without doing a thing twice. */
typedef enum weir_retry {
    WEIR_RETRY_NEVER,         /* the same call would fail again, or is not known to be safe */
    WEIR_RETRY_CALL,          /* nothing has happened: the same call may be repeated */
    WEIR_RETRY_TRANSACTION,   /* the transaction was rolled back: run it again from its beginning */
    WEIR_RETRY_AFTER_LOOKING, /* it may have happened: read the data first */
} weir_retry;

/* The caller's storage; always written in whole on failure; owns no memory. */
typedef struct weir_error {
    weir_status status;
    weir_retry retry;
    uint64_t fingerprint; /* of the statement: finds it in logs; 0 where there is none */
    int32_t server_errno; /* 0 unless the server spoke */
    uint32_t sql_offset;  /* byte of the statement that the text speaks of */
    char sqlstate[8];
    char shard[64];
    char endpoint[112];
    char text[304]; /* what happened, and what to do */
} weir_error;
static_assert(sizeof(weir_error) == 512, "part of the ABI");

/* ---- values: plain, 24 bytes, built by inline functions; pointers are borrowed until the call
 * returns ---- */

typedef struct weir_str {
    const char *data; /* NULL means SQL NULL */
    size_t size;      /* bytes */
} weir_str;

typedef struct weir_time {
    int32_t year, month, day;
    int32_t hour; /* of a TIME up to 838 */
    int32_t minute, second, microsecond;
    bool negative; /* only of a TIME */
} weir_time;

typedef enum weir_type {
    WEIR_T_NULL,
    WEIR_T_INT,
    WEIR_T_UINT,
    WEIR_T_DOUBLE,
    WEIR_T_DECIMAL,
    WEIR_T_TEXT,
    WEIR_T_BYTES,
    WEIR_T_JSON,
    WEIR_T_DATE,
    WEIR_T_DATETIME,
    WEIR_T_TIME,
} weir_type;

typedef struct weir_value {
    weir_type type;
    uint32_t reserved;
    union {
        int64_t i;
        uint64_t u;
        double d;
        const void *p;
    } as;
    size_t size; /* of what p points to, in bytes */
} weir_value;
static_assert(sizeof(weir_value) == 24, "part of the ABI");

typedef struct weir_args {
    const weir_value *values;
    size_t count;
} weir_args;

static inline weir_value weir_null(void)
{
    weir_value v = {WEIR_T_NULL, 0, {0}, 0};
    return v;
}
static inline weir_value weir_int(int64_t x)
{
    weir_value v = {WEIR_T_INT, 0, {0}, 0};
    v.as.i = x;
    return v;
}
static inline weir_value weir_uint(uint64_t x)
{
    weir_value v = {WEIR_T_UINT, 0, {0}, 0};
    v.as.u = x;
    return v;
}
static inline weir_value weir_double(double x)
{
    weir_value v = {WEIR_T_DOUBLE, 0, {0}, 0};
    v.as.d = x;
    return v;
}
/* A value of any type by its printed form; p == NULL gives SQL NULL. */
static inline weir_value weir_sized(weir_type type, const void *p, size_t size)
{
    weir_value v = weir_null();
    if (p) {
        v.type = type;
        v.as.p = p;
        v.size = size;
    }
    return v;
}
static inline weir_value weir_text(const char *s)
{
    return weir_sized(WEIR_T_TEXT, s, s ? strlen(s) : 0);
}
static inline weir_value weir_bytes(const void *p, size_t size)
{
    return weir_sized(WEIR_T_BYTES, p, size);
}
static inline weir_value weir_decimal(const char *s)
{
    return weir_sized(WEIR_T_DECIMAL, s, s ? strlen(s) : 0);
}
static inline weir_value weir_json(const char *s)
{
    return weir_sized(WEIR_T_JSON, s, s ? strlen(s) : 0);
}
static inline weir_args weir_no_args(void)
{
    weir_args a = {NULL, 0};
    return a;
}
/* WEIR_ARGS(weir_int(1), weir_text("x")): the values live until the end of the enclosing block (C)
 * or full expression (C++). */
#ifdef __cplusplus
extern "C++" inline weir_args weir_args_of(std::initializer_list<weir_value> v)
{
    return weir_args{v.begin(), v.size()};
}
#define WEIR_ARGS(...) weir_args_of({__VA_ARGS__})
#else
#define WEIR_ARGS(...)                                                                                                 \
    ((weir_args){(const weir_value[]){__VA_ARGS__}, sizeof((const weir_value[]){__VA_ARGS__}) / sizeof(weir_value)})
#endif

/* ---- handles and options: zero means "as weir.yaml says"; .size lets an old program meet a new
 * library ---- */

typedef struct weir_client weir_client;
typedef struct weir_session weir_session;
typedef struct weir_rows weir_rows;

typedef enum weir_reads {
    WEIR_READS_CONFIGURED,
    WEIR_READS_EVENTUAL, /* any replica in service */
    WEIR_READS_BOUNDED,  /* a replica at most max_lag behind */
    WEIR_READS_SESSION,  /* at least as new as this session's own writes and reads */
    WEIR_READS_STRONG,   /* the primary */
} weir_reads;

typedef enum weir_isolation {
    WEIR_ISOLATION_CONFIGURED,
    WEIR_READ_COMMITTED,
    WEIR_REPEATABLE_READ,
    WEIR_SERIALIZABLE,
} weir_isolation;

typedef enum weir_log_level {
    WEIR_LOG_ERROR,
    WEIR_LOG_WARNING,
    WEIR_LOG_INFO,
    WEIR_LOG_DEBUG,
} weir_log_level;

typedef struct weir_client_options {
    size_t size;
    const char *yaml;                                        /* the text of weir.yaml, instead of a file */
    void (*log)(void *context, int level, const char *line); /* from any thread; must not call weir; weir_log_level */
    void *log_context;
} weir_client_options;

typedef struct weir_session_options {
    size_t size;
    const char *database;    /* for table names without one; NULL: the only one */
    const char *after_token; /* see what that session had written */
    weir_reads reads;
    uint32_t max_lag_ms;
    uint32_t timeout_ms; /* of each statement, from the call to its last row */
} weir_session_options;

typedef struct weir_query_options {
    size_t size;
    weir_reads reads;
    uint32_t max_lag_ms;
    uint32_t timeout_ms; /* from the call to the last row */
    uint32_t max_shards;
    uint64_t max_bytes; /* kept in memory for buffering and merging; above it WEIR_LIMIT */
    bool buffered;      /* read all rows before the call returns: no connection is held while they are
                      used */
    bool allow_partial; /* a read of several shards may do without those that do not answer: weir_missing_count tells */
    /* Page by page: of SELECT .. ORDER BY .. LIMIT n the first n rows for "", the next n for what weir_page_token gave then, at the
     * same cost whichever page it is (docs/pages.md); NULL: no pages. */
    const char *page;
} weir_query_options;

typedef struct weir_transaction_options {
    size_t size;
    weir_isolation isolation;
    uint32_t timeout_ms;   /* of the whole transaction */
    uint32_t max_attempts; /* of weir_transaction; 0: 3 */
    bool read_only;
} weir_transaction_options;

typedef struct weir_result {
    uint64_t affected;  /* rows changed, as the server counts them */
    uint64_t insert_id; /* the first AUTO_INCREMENT value given, 0 if none */
    uint32_t warnings;
    uint32_t shards; /* that took part */
} weir_result;

typedef struct weir_column {
    weir_str name;
    weir_str table; /* its alias in the statement; empty for expressions */
    weir_type type;
    uint32_t decimals; /* digits after the point; 31 or more: not fixed */
    bool nullable;
    bool is_unsigned;
    bool binary; /* bytes, not text */
} weir_column;

#define WEIR_CLIENT_OPTIONS_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(weir_client_options), NULL, NULL, NULL                                                                  \
    }
#define WEIR_SESSION_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(weir_session_options), NULL, NULL, WEIR_READS_CONFIGURED, 0, 0                                          \
    }
#define WEIR_QUERY_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(weir_query_options), WEIR_READS_CONFIGURED, 0, 0, 0, 0, false, false, NULL                              \
    }
#define WEIR_TRANSACTION_OPTIONS_INIT                                                                                  \
    {                                                                                                                  \
        sizeof(weir_transaction_options), WEIR_ISOLATION_CONFIGURED, 0, 0, false                                       \
    }

/* ---- client and session ---- */

/** Reads and checks weir.yaml and makes a client. Connects to nothing yet.
 *  file: path; NULL means $WEIR_CONFIG, else ./weir.yaml. options: NULL for the defaults;
 * options->yaml instead of a file. Returns: OK; CONFIG with every mistake counted and the first one
 * told (all go to the log); NOMEM; USAGE. Owns: caller ends *client with weir_close. Threads: any.
 */
WEIR_API
WEIR_MUST_USE weir_status weir_open(const char *file, const weir_client_options *options, weir_client **client,
                                    weir_error *error);

/** Closes the client's connections and frees it. NULL is fine. Close its sessions first: one left
 * open keeps the memory until it is closed, and its calls get USAGE. Waits at most about the
 * connect timeout for connections being made and statements being killed. In a forked child it only
 * forgets: the parent's connections stay. Threads: any, but not while another thread is inside a
 * call on this client. */
WEIR_API
void weir_close(weir_client *client);

/** Reads the same file (or text) again. Sessions go over to it at their next statement outside a
 * transaction; connections whose settings are unchanged stay. Returns: OK; CONFIG and then nothing
 * has changed. Threads: any. */
WEIR_API
WEIR_MUST_USE weir_status weir_reload(weir_client *client, weir_error *error);

/** Makes a session: one a request, cheap, no I/O.
 *  Returns: OK; USAGE (no such database, or several and none named); NOMEM; UNSUPPORTED.
 *  Owns: caller ends *session with weir_session_close. Threads: any; then one thread at a time. */
WEIR_API
WEIR_MUST_USE weir_status weir_session_open(weir_client *client, const weir_session_options *options,
                                            weir_session **session, weir_error *error);

/** Rolls back what is open, gives the connection back and frees the session. NULL is fine. Rows
 * still open end with USAGE and must still be finished by the caller. */
WEIR_API
void weir_session_close(weir_session *session);

/** The running call of this session ends with CANCELLED as soon as the server's answer can be given
 * up; the statement is killed on the server. Without a running call nothing happens. Threads: any.
 */
WEIR_API
void weir_cancel(weir_session *session);

/** Prints what later sessions must see to see what this one wrote
 * (weir_session_options.after_token). Like snprintf: writes at most size bytes with the NUL and
 * returns the length without it. */
WEIR_API
size_t weir_token(const weir_session *session, char *buffer, size_t size);

/* ---- queries: ? marks parameters; one statement a call ---- */

/** Runs one statement and gives its rows as a stream; a statement without rows gives none, with its
 * result. args: one value for each ?; WEIR_ARGS(..) or weir_no_args(). Returns: OK, or any status
 * but the transaction's own. Failures of later rows come from weir_finish. Owns: caller ends *rows
 * with weir_finish, before the session's next statement. Threads: the session's. */
WEIR_API
WEIR_MUST_USE weir_status weir_query(weir_session *session, const char *sql, weir_args args, weir_rows **rows,
                                     weir_error *error);

/** The same with options and a counted text. options may be NULL. */
WEIR_API
WEIR_MUST_USE weir_status weir_query_with(weir_session *session, const weir_query_options *options, weir_str sql,
                                          weir_args args, weir_rows **rows, weir_error *error);

/** Runs one statement and drops its rows, if it has any. result may be NULL. */
WEIR_API
WEIR_MUST_USE weir_status weir_execute(weir_session *session, const char *sql, weir_args args, weir_result *result,
                                       weir_error *error);

/* ---- rows: a stream. weir_next is false at the end and on failure; weir_finish, which nobody can
 * leave out, tells which. ---- */

/** Goes to the next row. Views of the row before become invalid. */
WEIR_API
bool weir_next(weir_rows *rows);

/** Ends the stream and frees it; before the last row it drops the rest. NULL gives WEIR_OK.
 *  Returns: OK only if all that weir_next delivered was whole and nothing failed. */
WEIR_API
WEIR_MUST_USE weir_status weir_finish(weir_rows *rows, weir_error *error);

/** What the statement changed. For a statement with rows (RETURNING, CALL) complete after the last
 * row. */
WEIR_API
weir_result weir_rows_result(const weir_rows *rows);

/** With allow_partial: how many shards did not answer, so that rows are missing; 0: the answer is whole. Known from the start: a shard
 * gives all of its rows or none (one that breaks amid its rows fails the statement). Not within a transaction. */
WEIR_API
uint32_t weir_missing_count(const weir_rows *rows);
/** Which shard, and why; NULL: there are not so many. Lives until weir_finish. */
WEIR_API
const weir_error *weir_missing_at(const weir_rows *rows, uint32_t number);

/** Of a statement with options.page, after its last row: prints what the next page's options.page must be. Like snprintf: writes at most
 * size bytes with the NUL and returns the length without it; 0: the page was not full, there is no next one. */
WEIR_API
size_t weir_page_token(const weir_rows *rows, char *buffer, size_t size);

WEIR_API
uint32_t weir_column_count(const weir_rows *rows);
/** Views live until weir_finish. A column that is not there has empty views. */
WEIR_API
weir_column weir_column_at(const weir_rows *rows, uint32_t column);
/** The column with this name, letters of any case; -1: no such column, or two of them. */
WEIR_API
int32_t weir_column_find(const weir_rows *rows, const char *name);

/* Getters neither copy nor allocate; views live until the next weir_next. NULL reads as 0 or {NULL,
 * 0}. A value that the type cannot hold exactly ends the stream with WEIR_TYPE: no getter rounds or
 * cuts. */
WEIR_API
bool weir_is_null(const weir_rows *rows, uint32_t column);
WEIR_API
int64_t weir_get_int(weir_rows *rows, uint32_t column);
WEIR_API
uint64_t weir_get_uint(weir_rows *rows, uint32_t column);
WEIR_API
double weir_get_double(weir_rows *rows, uint32_t column);
WEIR_API
weir_str weir_get_text(weir_rows *rows, uint32_t column); /* any type, as the server prints it */
WEIR_API
weir_time weir_get_time(weir_rows *rows, uint32_t column);

/* ---- transactions ---- */

/* Runs inside a transaction and may run again after a rollback, so it changes nothing but the
 * database. WEIR_OK commits, anything else rolls back and is returned (a CONFLICT is tried again).
 */
typedef weir_status (*weir_work)(weir_session *session, void *context, weir_error *error);

/** Begins, calls work, commits; after CONFLICT all of it again, up to max_attempts times, with a
 * short random pause. Returns: OK: committed. ROLLBACK: work asked for it, nothing happened.
 * UNKNOWN: the answer to COMMIT was lost. COMMITTED_PENDING. Otherwise what failed, and nothing
 * happened. */
WEIR_API
WEIR_MUST_USE weir_status weir_transaction(weir_session *session, const weir_transaction_options *options,
                                           weir_work work, void *context, weir_error *error);
WEIR_API
WEIR_MUST_USE weir_status weir_begin(weir_session *session, const weir_transaction_options *options, weir_error *error);
/** Returns: OK; CONFLICT: it was rolled back; UNKNOWN: sent, but the answer was lost: look before
 * you repeat. */
WEIR_API
WEIR_MUST_USE weir_status weir_commit(weir_session *session, weir_error *error);
WEIR_API
WEIR_MUST_USE weir_status weir_rollback(weir_session *session, weir_error *error);

/* ---- migrations: docs/migrations.md; the command is `weir migrate` ---- */

typedef struct weir_migrate_options {
    size_t size;
    const char *directory; /* of the files, which are in <directory>/<database>; NULL: "migrations" */
    const char *database;  /* NULL: the only one */
    uint64_t to;           /* the last version to run; 0: all */
    uint32_t wait_ms;      /* for another process that migrates; 0: ten minutes */
    uint32_t parallel;     /* shards at once behind the first one; 0: 4 */
    bool allow_blocking;   /* also what copies a table or keeps writers out */
    void (*told)(void *context,
                 const char *line); /* what happens, a line each; from any thread, one at a time; NULL: the log */
    bool (*stopped)(void *context); /* true: end before the next statement; asked often, from any thread; NULL: never */
    void *context;
} weir_migrate_options;

#define WEIR_MIGRATE_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(weir_migrate_options), NULL, NULL, 0, 0, 0, false, NULL, NULL, NULL                                     \
    }

/** Runs what is pending on every shard of the database, each statement once, however many processes call this at once: one
 *  works, the others wait and find it done. For services that migrate on start. statements: how many this call ran; may be NULL.
 *  It takes as long as the statements take; only waiting for another process has a bound.
 *  Returns: OK: every shard has all of it. CONFIG: files or shards are not as they must be, nothing was run. BUSY: another process
 *  is still at work. CANCELLED: stopped. Else what the first shard failed with; calling again goes on there.
 *  Threads: any, but not a session's callbacks. */
WEIR_API
WEIR_MUST_USE weir_status weir_migrate_up(weir_client *client, const weir_migrate_options *options,
                                          uint64_t *statements, weir_error *error);
/** How many versions have not run in whole on every shard: 0 when the schema is what the files say. Reads only.
 *  Returns: OK; CONFIG, UNREACHABLE, .. */
WEIR_API
WEIR_MUST_USE weir_status weir_migrate_pending(weir_client *client, const weir_migrate_options *options,
                                               uint64_t *versions, weir_error *error);

/* ---- statistics ---- */

/** Calls each for every counter: a name in the manner of Prometheus and labels like
 * endpoint="127.0.0.1:3306". The strings live during the call. Threads: any. */
WEIR_API
void weir_statistics(weir_client *client,
                     void (*each)(void *context, const char *name, const char *labels, double value), void *context);
/** "UNSUPPORTED"; "OK" for WEIR_OK; "?" for what is no status. */
WEIR_API
const char *weir_status_name(weir_status status);
/** "0.1.0" */
WEIR_API
const char *weir_version(void);
#ifdef __cplusplus
}
#endif
#endif
