/* lease.c - see lease.h. SPDX-License-Identifier: Apache-2.0 */
#include "router/migrate/lease.h"

#include <inttypes.h>
#include <pthread.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/crc32.h"
#include "base/str.h"
#include "base/thread.h"

enum {
    MAX_NAME = 192,
    MAX_WHO = 128,
    MAX_LOCK_NAME = 64, /* characters that GET_LOCK takes */
    SHORT_SCHEMA = 40,  /* bytes of a schema's name that is told in the lock's; of longer ones a sum is */
    IDLE_LOOKS = 3,     /* seconds that a holder does nothing before it is ended */
};

struct weir__lease {
    const weir__env *env;
    weir__link link;
    char name[MAX_NAME], holder[MAX_NAME];
    char user[MAX_WHO], host[MAX_WHO];
    uint64_t token;
    uint32_t lease_ms;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool started, leaving, lost; /* under the lock */
    uint64_t renewed_ns;         /* likewise: when the last good renewal was sent */
};

static void put_lock_name(char out[MAX_LOCK_NAME + 1], const char *kind, const char *schema)
{
    if (strlen(schema) <= SHORT_SCHEMA)
        snprintf(out, MAX_LOCK_NAME + 1, "%.20s%.*s", kind, SHORT_SCHEMA, schema);
    else /* characters of several bytes are not cut: the server takes no broken ones */
        snprintf(out, MAX_LOCK_NAME + 1, "%.20s#%08x", kind, weir__crc32(schema, strlen(schema)));
}

/* Who holds a lock, and what is its connection doing? */
typedef struct holding {
    uint64_t connection; /* 0: nobody */
    bool idle;
    char doing[160];
} holding;

static void process_row(void *context, const weir_str *cells, uint32_t count)
{
    holding *h = context;
    (void)count;
    h->connection = weir__link_number(cells[0]);
    h->idle = cells[1].data && weir__str_is_nocase(cells[1], "Sleep");
    snprintf(h->doing, sizeof h->doing, "%.*s", (int)(cells[2].size < 100 ? cells[2].size : 100),
             cells[2].data ? cells[2].data : "");
}

static weir_status look(weir__link *link, const char *lock, holding *h, weir_error *error)
{
    char sql[512];
    *h = (holding){.connection = 0};
    snprintf(sql, sizeof sql,
             "SELECT id, command, info FROM information_schema.processlist WHERE id = IS_USED_LOCK('%s')", lock);
    return weir__link_ask(link, sql, process_row, h, error);
}

static weir_status end_connection(weir__link *link, uint64_t connection, weir_error *error)
{
    char sql[64];
    snprintf(sql, sizeof sql, "KILL %" PRIu64, connection);
    weir_status status = weir__link_ask(link, sql, NULL, NULL, error);
    return status != WEIR_OK && error->server_errno == 1094 ? WEIR_OK : status;
}

/* One second's wait for a lock. */
static weir_status try_lock(weir__link *link, const char *lock, unsigned seconds, bool *got, weir_error *error)
{
    char sql[160], text[16];
    bool found;
    snprintf(sql, sizeof sql, "SELECT GET_LOCK('%s', %u)", lock, seconds);
    weir_status status = weir__link_ask_text(link, sql, text, sizeof text, &found, error);
    *got = status == WEIR_OK && strcmp(text, "1") == 0;
    if (status == WEIR_OK && !*text)
        status =
            weir__fail(error, WEIR_SERVER, WEIR_RETRY_CALL, "shard %s: the server gives no lock", link->shard->name);
    return status;
}

static weir_status cancelled(weir_error *error)
{
    return weir__fail(error, WEIR_CANCELLED, WEIR_RETRY_CALL, "stopped while it waited; nothing was begun");
}

weir_status weir__lease_lock_shard(weir__link *link, const weir__lease_options *options, weir_error *error)
{
    char lock[MAX_LOCK_NAME + 1], text[400];
    holding h, before = {.connection = 0};
    bool got = false, told = false;
    weir_status status = WEIR_OK;
    unsigned idle = 0;
    put_lock_name(lock, "weir-migrate:", link->shard->schema);
    while (status == WEIR_OK && (status = try_lock(link, lock, 1, &got, error)) == WEIR_OK && !got) {
        if (options->stopped(options->context))
            return cancelled(error);
        status = look(link, lock, &h, error);
        if (status != WEIR_OK || !h.connection)
            continue;
        idle = h.idle && h.connection == before.connection ? idle + 1 : 0;
        before = h;
        if (!told && !h.idle) {
            snprintf(text, sizeof text,
                     "shard %s: a statement of an earlier runner still runs there, on connection %" PRIu64 ": %s",
                     link->shard->name, h.connection, h.doing);
            options->waiting(options->context, text);
            told = true;
        }
        if (idle >= IDLE_LOOKS) {
            status = end_connection(link, h.connection, error);
            idle = 0;
        }
    }
    return status;
}

/* ---- the row ---- */

typedef struct row {
    char holder[MAX_NAME];
    uint64_t token;
    bool overdue, found;
    int64_t seconds; /* until it is overdue */
} row;

static void lease_row(void *context, const weir_str *cells, uint32_t count)
{
    row *r = context;
    (void)count;
    snprintf(r->holder, sizeof r->holder, "%.*s", WEIR__STR(cells[0]));
    r->token = weir__link_number(cells[1]);
    r->overdue = weir__str_is(cells[2], "1");
    r->found = true;
}

static weir_status read_row(weir__lease *l, row *r, weir_error *error)
{
    weir__buf sql;
    *r = (row){.token = 0};
    weir__buf_init(&sql, &l->env->mem, 4096);
    weir__buf_adds(&sql, "SELECT holder, token, until < NOW(6) FROM weir_lease WHERE name = ");
    weir__link_put_value(&sql, weir__view(l->name));
    weir_status status = sql.failed ? weir__fail_nomem(error) : weir__link_ask(&l->link, sql.data, lease_row, r, error);
    weir__buf_deinit(&sql);
    return status;
}

static weir_status write_row(weir__lease *l, const char *format_set, weir_result *result, weir_error *error)
{
    weir__buf sql;
    weir__buf_init(&sql, &l->env->mem, 4096);
    weir__buf_addf(&sql, "UPDATE weir_lease SET %s WHERE name = ", format_set);
    weir__link_put_value(&sql, weir__view(l->name));
    weir__buf_addf(&sql, " AND token = %" PRIu64, l->token);
    weir_status status =
        sql.failed ? weir__fail_nomem(error) : weir__link_run(&l->link, (weir_str){sql.data, sql.size}, result, error);
    weir__buf_deinit(&sql);
    return status;
}

/* The lock is ours: the row gets our name and a greater token. */
static weir_status claim(weir__lease *l, weir_error *error)
{
    weir__buf sql;
    row r;
    weir__buf_init(&sql, &l->env->mem, 4096);
    weir__buf_adds(&sql, "INSERT INTO weir_lease (name, holder, token, until) VALUES (");
    weir__link_put_value(&sql, weir__view(l->name));
    weir__buf_adds(&sql, ", ");
    weir__link_put_value(&sql, weir__view(l->holder));
    weir__buf_addf(
        &sql,
        ", 1, NOW(6) + INTERVAL %u MICROSECOND) ON DUPLICATE KEY UPDATE holder = VALUES(holder), token = token + 1, "
        "until = VALUES(until)",
        l->lease_ms * 1000);
    l->renewed_ns = weir__now(&l->env->clock);
    weir_status status = sql.failed ? weir__fail_nomem(error) : weir__link_ask(&l->link, sql.data, NULL, NULL, error);
    weir__buf_deinit(&sql);
    if (status == WEIR_OK)
        status = read_row(l, &r, error);
    if (status == WEIR_OK)
        l->token = r.token;
    return status;
}

/* Somebody else has the lock: wait, or leave. */
static weir_status wait_for(weir__lease *l, const char *lock, const weir__lease_options *options, weir__deadline until,
                            bool *told, weir_error *error)
{
    holding h;
    row r;
    char text[400];
    weir_status status = look(&l->link, lock, &h, error);
    if (status == WEIR_OK)
        status = read_row(l, &r, error);
    if (status != WEIR_OK)
        return status;
    if (options->stopped(options->context))
        return cancelled(error);
    if (r.found && r.overdue && h.connection && h.idle) /* it hangs: the token keeps it from doing harm */
        return end_connection(&l->link, h.connection, error);
    if (weir__now(&l->env->clock) >= until)
        return weir__fail(error, WEIR_BUSY, WEIR_RETRY_CALL,
                          "another runner migrates database %s: %s; wait for it with --wait 10m",
                          l->link.shard->database->name, r.found ? r.holder : "it has just begun");
    if (!*told) {
        snprintf(text, sizeof text, "for another runner: %s", r.found ? r.holder : "it has just begun");
        options->waiting(options->context, text);
        *told = true;
    }
    return WEIR_OK;
}

static void *renew(void *context)
{
    weir__lease *l = context;
    weir_error error;
    char set[80];
    snprintf(set, sizeof set, "until = NOW(6) + INTERVAL %u MICROSECOND", l->lease_ms * 1000);
    pthread_mutex_lock(&l->lock);
    while (!l->leaving) {
        if (weir__cond_wait_until(&l->wake, &l->lock, weir__deadline_in(&l->env->clock, l->lease_ms / 3)) || l->leaving)
            continue;
        pthread_mutex_unlock(&l->lock);
        uint64_t sent_ns = weir__now(&l->env->clock);
        weir_result result = {.affected = 0};
        weir_status status = write_row(l, set, &result, &error);
        pthread_mutex_lock(&l->lock);
        if (status == WEIR_OK && result.affected == 1)
            l->renewed_ns = sent_ns;
        else
            l->lost = true;
        if (l->lost)
            break;
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Who migrates, for the ledger and for those who wait. */
static void note_who(weir__lease *l)
{
    char room[1024];
    struct passwd entry, *found = NULL;
    getpwuid_r(getuid(), &entry, room, sizeof room, &found);
    snprintf(l->user, sizeof l->user, "%s", found ? found->pw_name : "?");
    if (gethostname(l->host, sizeof l->host) != 0)
        snprintf(l->host, sizeof l->host, "?");
    l->host[sizeof l->host - 1] = '\0';
    snprintf(l->holder, sizeof l->holder, "process %ld on %s", (long)getpid(), l->host);
}

static weir_status acquire(weir__lease *l, const weir__lease_options *options, weir_error *error)
{
    char lock[MAX_LOCK_NAME + 1];
    bool got = false, told = false;
    put_lock_name(lock, "weir-migrate-lease:", l->link.shard->schema);
    weir__deadline until = weir__deadline_in(&l->env->clock, options->wait_ms);
    weir_status status = try_lock(&l->link, lock, 0, &got, error);
    while (status == WEIR_OK && !got) {
        status = wait_for(l, lock, options, until, &told, error);
        if (status == WEIR_OK)
            status = try_lock(&l->link, lock, 1, &got, error);
    }
    return status == WEIR_OK ? claim(l, error) : status;
}

static weir_status open_lease(weir__lease *l, const weir__shard_config *shard, weir_error *error)
{
    weir_status status = weir__link_open_primary(&l->link, l->env, shard, error);
    if (status != WEIR_UNREACHABLE)
        return status;
    const weir_error unreachable = *error;
    return weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
                      "the lease of database %s is on its first shard, %s, without which no shard is migrated: %.300s",
                      shard->database->name, shard->name, unreachable.text);
}

weir_status weir__lease_take(const weir__env *env, const weir__database_config *database,
                             const weir__lease_options *options, weir__lease **lease, weir_error *error)
{
    *lease = NULL;
    weir__lease *l = weir__new(&env->mem, sizeof *l);
    if (!l)
        return weir__fail_nomem(error);
    l->env = env;
    l->lease_ms = options->lease_ms;
    snprintf(l->name, sizeof l->name, "migrate:%s", database->name);
    note_who(l);
    pthread_mutex_init(&l->lock, NULL);
    weir__cond_init(&l->wake);
    weir_status status = open_lease(l, &database->shards[0], error);
    if (status == WEIR_OK)
        status = weir__ledger_prepare(&l->link, error);
    if (status == WEIR_OK)
        status = acquire(l, options, error);
    if (status == WEIR_OK && weir__thread_create(&l->thread, NULL, renew, l) != 0)
        status = weir__fail(error, WEIR_LIMIT, WEIR_RETRY_CALL, "no thread can be made to renew the lease");
    else if (status == WEIR_OK)
        l->started = true;
    if (status == WEIR_OK)
        *lease = l;
    else
        weir__lease_give(l);
    return status;
}

void weir__lease_give(weir__lease *lease)
{
    if (!lease)
        return;
    weir_error ignored;
    pthread_mutex_lock(&lease->lock);
    lease->leaving = true;
    pthread_cond_broadcast(&lease->wake);
    pthread_mutex_unlock(&lease->lock);
    if (lease->started)
        pthread_join(lease->thread, NULL);
    if (lease->started && !lease->lost)
        (void)write_row(lease, "until = NOW(6), holder = ''", NULL, &ignored);
    weir__link_close(&lease->link); /* the server frees the lock */
    pthread_mutex_destroy(&lease->lock);
    pthread_cond_destroy(&lease->wake);
    weir__free(&lease->env->mem, lease);
}

bool weir__lease_held(weir__lease *lease)
{
    pthread_mutex_lock(&lease->lock);
    bool held = !lease->lost && weir__now(&lease->env->clock) < lease->renewed_ns + lease->lease_ms * UINT64_C(1000000);
    pthread_mutex_unlock(&lease->lock);
    return held;
}

weir__fence weir__lease_fence(const weir__lease *lease)
{
    return (weir__fence){lease->name, lease->holder, lease->user, lease->host, lease->token};
}
