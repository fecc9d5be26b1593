/* ids_store.c - worker numbers: taken, renewed, given back. SPDX-License-Identifier: Apache-2.0
 * Each change of a row names the token that was seen: of two that want a number one finds no row to change and looks for another. */
#include "router/ids_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "router/ids_impl.h"
#include "router/ids_statements.h"

enum {
    KEEP_OFF_MS = 10000,     /* after the end of a lease that was not given back, before the number is free */
    BEHIND_DEAD_MS = 20000,  /* a stretch begins so far behind what a holder that died is known to have used */
    BEHIND_OTHER_MS = 60000, /* the same when another server was primary: its row may have been newer */
    MAX_SQL = 4096,
    DUPLICATE_KEY = 1062,
};

/* What the table says of one number; zeros: it has no row. */
typedef struct worker {
    bool exists, free, given_back;
    uint64_t token, used_ms, server_id;
} worker;

typedef struct reading {
    worker *workers; /* WEIR__SNOWFLAKE_WORKERS */
    uint64_t now_ms;
    uint32_t rows;
} reading;

static void now_row(void *context, const weir_str *cells, uint32_t count)
{
    (void)count;
    *(uint64_t *)context = weir__ids_number(cells[0]);
}

static void worker_row(void *context, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    uint64_t id = weir__ids_number(cells[0]);
    (void)count;
    if (id >= WEIR__SNOWFLAKE_WORKERS)
        return;
    bool given_back = cells[2].size == 0;
    r->rows++;
    r->workers[id] = (worker){
        .exists = true,
        .given_back = given_back,
        .free = given_back || weir__ids_number(cells[3]) + KEEP_OFF_MS < r->now_ms,
        .token = weir__ids_number(cells[1]),
        .used_ms = weir__ids_number(cells[4]),
        .server_id = weir__ids_number(cells[5]),
    };
}

/* Leases elsewhere while there are none here: the shards of weir.yaml stand in another order than when those were made. */
static weir_status refuse_if_moved(const weir__ids_place *place, weir_error *error)
{
    weir_status status = WEIR_OK;
    for (size_t i = 1; i < place->database->shard_count && status == WEIR_OK; i++) {
        const weir__shard *shard = &place->database->shards[i];
        weir__line *line = NULL;
        uint64_t rows = 0;
        status = weir__line_call_primary(&place->client->env, shard, &line, error);
        if (status == WEIR_OK)
            status = weir__ids_ask(line->conn, shard, "SELECT COUNT(*) FROM weir_worker", now_row, &rows, error);
        weir__line_drop(&place->client->env, &line);
        if (status == WEIR_OK && rows > 0)
            status =
                weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                           "worker numbers of database '%s' are leased on shard %s, and by the order of weir.yaml they "
                           "would be on %s: put that shard first, or move the rows of weir_worker and weir_id",
                           place->database->config->name, shard->config->name, place->database->shards[0].config->name);
    }
    return status;
}

static weir_status read_workers(const weir__ids_place *place, reading *r, weir_error *error)
{
    weir__conn *conn = (*place->line)->conn;
    const weir__shard *shard = &place->database->shards[0];
    r->rows = 0;
    memset(r->workers, 0, WEIR__SNOWFLAKE_WORKERS * sizeof *r->workers);
    weir_status status = weir__ids_ask(conn, shard, "SELECT " WEIR__IDS_NOW_MS, now_row, &r->now_ms, error);
    if (status == WEIR_OK && r->now_ms <= WEIR__SNOWFLAKE_EPOCH_MS)
        status =
            weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                       "shard %s: the clock of its server is before 2024: ids are made of it", shard->config->name);
    if (status == WEIR_OK)
        status = weir__ids_ask(conn, shard, "SELECT id, token, holder, until_ms, used_ms, server_id FROM weir_worker",
                               worker_row, r, error);
    return status;
}

/* The first number from `from` on, around, that is free; WEIR__SNOWFLAKE_WORKERS: none. */
static uint32_t choose(const reading *r, uint32_t from)
{
    for (uint32_t i = 0; i < WEIR__SNOWFLAKE_WORKERS; i++) {
        uint32_t id = (from + i) % WEIR__SNOWFLAKE_WORKERS;
        if (!r->workers[id].exists || r->workers[id].free)
            return id;
    }
    return WEIR__SNOWFLAKE_WORKERS;
}

/* Behind all that was made with the number, as far as its row tells. */
static uint64_t first_ms(const reading *r, const worker *w, uint64_t server_id)
{
    uint64_t from = w->used_ms + 1;
    if (!w->exists)
        return r->now_ms;
    if (!w->given_back)
        from += BEHIND_DEAD_MS;
    if (w->server_id != server_id)
        from += BEHIND_OTHER_MS;
    return from > r->now_ms ? from : r->now_ms;
}

/* For those who look at the table. */
static void put_holder(weir__buf *sql)
{
    char text[128] = "?";
    gethostname(text, sizeof text - 32);
    text[sizeof text - 32] = '\0';
    size_t size = strlen(text);
    snprintf(text + size, sizeof text - size, " %ld", (long)getpid());
    weir__ids_put_bytes(sql, text);
}

static void put_change(weir__buf *sql, const worker *w, const weir__lease *lease, uint64_t server_id)
{
    if (w->exists)
        weir__buf_adds(sql, "UPDATE weir_worker SET holder = ");
    else
        weir__buf_addf(sql, "INSERT INTO weir_worker SET id = %" PRIu32 ", holder = ", lease->worker);
    put_holder(sql);
    weir__buf_addf(sql,
                   ", token = %" PRIu64 ", until_ms = " WEIR__IDS_NOW_MS " + %" PRIu64 ", used_ms = %" PRIu64
                   ", server_id = %" PRIu64,
                   lease->token, lease->end_ms - lease->from_ms, lease->end_ms, server_id);
    if (w->exists)
        weir__buf_addf(sql, " WHERE id = %" PRIu32 " AND token = %" PRIu64, lease->worker, w->token);
}

/* One number; lease->held tells whether it is ours. */
static weir_status claim(const weir__ids_place *place, const reading *r, uint32_t stretch_ms, weir__lease *lease,
                         weir_error *error)
{
    const worker *w = &r->workers[lease->worker];
    weir__conn *conn = (*place->line)->conn;
    weir_result result = {.affected = 0};
    weir__buf sql;
    lease->token = w->token + 1;
    lease->server_ms = r->now_ms;
    lease->from_ms = first_ms(r, w, conn->server_id);
    lease->end_ms = lease->from_ms + stretch_ms;
    weir__buf_init(&sql, &place->client->env.mem, MAX_SQL);
    put_change(&sql, w, lease, conn->server_id);
    weir_status status = sql.failed ? weir__fail_nomem(error)
                                    : weir__ids_run(conn, &place->database->shards[0], sql.data, &result, error);
    weir__buf_deinit(&sql);
    if (status != WEIR_OK && error->server_errno == DUPLICATE_KEY)
        status = WEIR_OK; /* somebody has made the row meanwhile */
    lease->held = status == WEIR_OK && result.affected == 1;
    return status;
}

static weir_status acquire_there(const weir__ids_place *place, uint32_t stretch_ms, weir__lease *lease,
                                 weir_error *error)
{
    const weir__env *env = &place->client->env;
    worker *workers = weir__array(&env->mem, WEIR__SNOWFLAKE_WORKERS, sizeof *workers);
    reading r = {.workers = workers};
    weir_status status = workers ? WEIR_OK : weir__fail_nomem(error);
    lease->held = false;
    while (status == WEIR_OK && !lease->held) {
        lease->asked_ns = weir__now(&env->clock);
        status = read_workers(place, &r, error);
        if (status == WEIR_OK && r.rows == 0)
            status = refuse_if_moved(place, error);
        if (status != WEIR_OK)
            break;
        uint64_t any = (env->seed ^ lease->asked_ns ^ (uint64_t)getpid() << 32) * UINT64_C(0x9E3779B97F4A7C15);
        lease->worker = choose(&r, (uint32_t)(any >> 40));
        if (lease->worker == WEIR__SNOWFLAKE_WORKERS)
            status = weir__fail(
                error, WEIR_LIMIT, WEIR_RETRY_CALL,
                "all %d worker numbers of database '%s' are held by other processes (weir_worker on shard %s)",
                WEIR__SNOWFLAKE_WORKERS, place->database->config->name, place->database->shards[0].config->name);
        else
            status = claim(place, &r, stretch_ms, lease, error);
    }
    weir__free(&env->mem, workers);
    return status;
}

static weir_status acquire(void *context, void **opened, const char *database, uint32_t stretch_ms, weir__lease *lease,
                           weir_error *error)
{
    weir__line *line = *opened;
    weir__ids_place place;
    weir_status status;
    do {
        status = weir__ids_place_begin(context, database, &line, &place, error);
        if (status != WEIR_OK)
            break;
        status = acquire_there(&place, stretch_ms, lease, error);
        weir__ids_place_end(&place);
    } while (weir__ids_line_was_old(&line, status));
    *opened = line;
    return status;
}

static weir_status renew_there(const weir__ids_place *place, weir__lease *lease, weir_error *error)
{
    const weir__shard *shard = &place->database->shards[0];
    weir__conn *conn = (*place->line)->conn;
    weir_result result;
    uint64_t asked_ns = weir__now(&place->client->env.clock), now_ms = 0;
    char sql[1024];
    snprintf(sql, sizeof sql,
             "UPDATE weir_worker SET until_ms = " WEIR__IDS_NOW_MS " + %d, used_ms = %" PRIu64 ", server_id = %" PRIu64
             " WHERE id = %" PRIu32 " AND token = %" PRIu64 " AND holder <> ''",
             WEIR__IDS_STRETCH_MS, lease->end_ms, conn->server_id, lease->worker, lease->token);
    weir_status status = weir__ids_run(conn, shard, sql, &result, error);
    if (status == WEIR_OK && result.affected != 1)
        lease->held = false;
    if (status == WEIR_OK && lease->held)
        status = weir__ids_ask(conn, shard, "SELECT " WEIR__IDS_NOW_MS, now_row, &now_ms, error);
    if (status == WEIR_OK && lease->held) {
        lease->asked_ns = asked_ns;
        lease->server_ms = now_ms;
    }
    return status;
}

static weir_status renew(void *context, void **opened, const char *database, weir__lease *lease, weir_error *error)
{
    weir__line *line = *opened;
    weir__ids_place place;
    weir_status status;
    do {
        status = weir__ids_place_begin(context, database, &line, &place, error);
        if (status != WEIR_OK)
            break;
        status = renew_there(&place, lease, error);
        weir__ids_place_end(&place);
    } while (weir__ids_line_was_old(&line, status));
    *opened = line;
    return status;
}

/* Over the line that there is: at the end of a client nothing new is dialled, and a lease that is not given back ends by itself. */
static void give_back(void *context, void **opened, const char *database, const weir__lease *lease, uint64_t used_ms)
{
    weir__line *line = *opened;
    weir_error error;
    char sql[512];
    (void)context;
    (void)database;
    if (!line || line->conn->broken)
        return;
    snprintf(sql, sizeof sql,
             "UPDATE weir_worker SET holder = '', until_ms = 0, used_ms = %" PRIu64 " WHERE id = %" PRIu32
             " AND token = %" PRIu64,
             used_ms, lease->worker, lease->token);
    weir__command command = {.sql = weir__view(sql)};
    weir__answer answer;
    line->conn->deadline = weir__deadline_in(&line->conn->env->clock, line->conn->endpoint->connect_ms);
    weir_status status = line->conn->driver->run(line->conn, &command, &answer, &error);
    if (status != WEIR_OK)
        weir__line_drop(line->conn->env, &line);
    *opened = line;
}

static weir_status block(void *context, void **opened, const char *database, const char *table, const char *column,
                         uint32_t count, uint64_t *first, weir_error *error)
{
    weir__line *line = *opened;
    weir__ids_place place;
    weir_status status;
    do {
        status = weir__ids_place_begin(context, database, &line, &place, error);
        if (status != WEIR_OK)
            break;
        status = weir__ids_block(&place, table, column, count, first, error);
        weir__ids_place_end(&place);
    } while (weir__ids_line_was_old(&line, status));
    *opened = line;
    return status;
}

static void hang_up(void *context, void *opened)
{
    const weir_client *client = context;
    weir__line *line = opened;
    weir__line_drop(&client->env, &line);
}

static void released(void *context)
{
    weir__client_unref(context);
}

weir_status weir__ids_for(weir_client *client, weir_error *error)
{
    weir__ids_store store = {client, acquire, renew, give_back, block, hang_up, released};
    weir_status status = weir__ids_new(&client->env, &store, &client->ids, error);
    if (status == WEIR_OK)
        weir__client_ref(client);
    return status;
}
