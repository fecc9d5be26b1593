/* topology.c - from configuration to pools. SPDX-License-Identifier: Apache-2.0 */
#include "router/topology.h"

#include "router/health.h"

#include "base/str.h"
#include "router/sql/fingerprint.h"

enum { MAX_SERVER_BYTES = 64 * 1024 };

static weir_status read_password(const weir__env *env, const void *context, char **password, weir_error *error)
{
    return weir__secret_value(env, context, password, error);
}

/* What a connection was taken for, without values. It is but a beginning, and how the server reads it is not known here: behind a
 * backslash a string might end sooner than it seems. */
static void print_purpose(weir_str beginning, char *out, size_t room)
{
    const weir__lex_options reading = {.flavour = WEIR__MARIADB};
    const char *backslash = memchr(beginning.data, '\\', beginning.size);
    weir__fingerprint print;
    if (backslash)
        beginning.size = (size_t)(backslash - beginning.data);
    const weir__fingerprint_room rooms = {.text = out, .bytes = room - 1};
    weir__fingerprint_of(beginning, &reading, WEIR__FINGERPRINT_LOG, &rooms, &print);
    out[print.size] = '\0';
}

static const char *copy(weir__arena *arena, const char *text)
{
    return text ? weir__arena_text(arena, text, strlen(text)) : NULL;
}

weir_status weir__server_init(weir__server *server, const weir__env *env, const weir__shard_config *shard,
                              const weir__endpoint_config *at, weir_error *error)
{
    static const int lines[] = {
        [WEIR__TLS_NONE] = WEIR__LINE_PLAIN,
        [WEIR__TLS_REQUIRED] = WEIR__LINE_TLS,
        [WEIR__TLS_VERIFY] = WEIR__LINE_TLS_VERIFIED,
    };
    const weir__settings *s = &shard->settings;
    weir__arena *a = &server->arena;
    weir__endpoint *e = &server->endpoint;
    server->env = env;
    weir__arena_init(a, &env->mem, MAX_SERVER_BYTES);
    server->password = (weir__secret){s->password.from, copy(a, s->password.name)};
    e->text = copy(a, at->address.text);
    e->host = copy(a, at->address.host);
    e->socket = copy(a, at->address.socket);
    e->port = at->address.port;
    e->shard = copy(a, shard->name);
    e->user = copy(a, s->user);
    e->schema = copy(a, shard->schema ? shard->schema : "");
    e->line = lines[s->tls.mode];
    e->ca = copy(a, s->tls.ca);
    e->cert = copy(a, s->tls.cert);
    e->key = copy(a, s->tls.key);
    e->collation = copy(a, s->connection.collation);
    e->time_zone = copy(a, s->connection.time_zone);
    e->sql_mode = copy(a, s->connection.sql_mode);
    e->connect_ms = s->timeouts.connect_ms;
    e->statement_ms =
        s->timeouts.query_ms > s->timeouts.transaction_ms ? s->timeouts.query_ms : s->timeouts.transaction_ms;
    server->prepared.most = s->pool.prepared;
    e->prepared = &server->prepared;
    e->password = read_password;
    e->password_context = &server->password;
    server->options = (weir__pool_options){
        .print = print_purpose,
        .min = s->pool.min,
        .max = s->pool.max,
        .wait_ms = s->pool.wait_ms,
        .idle_ms = s->pool.idle_ms,
        .lifetime_ms = s->pool.lifetime_ms,
        .warn_held_ms = s->pool.warn_held_ms,
    };
    return a->failed ? weir__fail_nomem(error) : WEIR_OK;
}

void weir__server_deinit(weir__server *server)
{
    weir__arena_deinit(&server->arena);
}

/* ---- what all pools of one address share ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_address(const weir__endpoint *a, const weir__endpoint *b)
{
    return a->port == b->port && same_text(a->host, b->host) && same_text(a->socket, b->socket);
}

static weir__prepared_total *find_total(const weir__topology *t, const weir__endpoint *at)
{
    for (size_t i = 0; t && i < t->shard_count; i++)
        for (size_t j = 0; j < t->shards[i].server_count; j++)
            if (same_address(&t->shards[i].servers[j]->endpoint, at))
                return t->shards[i].servers[j]->prepared.total;
    return NULL;
}

static weir_status share_total(weir__server *server, const weir__topology *t, const weir__topology *before,
                               weir_error *error)
{
    weir__prepared_total *total = find_total(t, &server->endpoint);
    if (!total)
        total = find_total(before, &server->endpoint);
    if (!total)
        total = weir__new(&server->env->mem, sizeof *total);
    if (!total)
        return weir__fail_nomem(error);
    atomic_fetch_add_explicit(&total->references, 1, memory_order_relaxed);
    server->prepared.total = total;
    return WEIR_OK;
}

static void leave_total(weir__server *server)
{
    weir__prepared_total *total = server->prepared.total;
    if (total && atomic_fetch_sub_explicit(&total->references, 1, memory_order_acq_rel) == 1)
        weir__free(&server->env->mem, total);
}

static void server_free(void *context)
{
    weir__server *server = context;
    void (*released)(void *) = server->released;
    void *owner = server->context;
    leave_total(server);
    weir__server_deinit(server);
    weir__free(&server->env->mem, server);
    if (released)
        released(owner);
}

static bool same(const weir__server *a, const weir__server *b)
{
    const weir__endpoint *x = &a->endpoint, *y = &b->endpoint;
    return same_text(x->text, y->text) && same_text(x->shard, y->shard) && same_text(x->user, y->user) &&
           same_text(x->schema, y->schema) && x->line == y->line && same_text(x->ca, y->ca) &&
           same_text(x->cert, y->cert) && same_text(x->key, y->key) && same_text(x->collation, y->collation) &&
           same_text(x->time_zone, y->time_zone) && same_text(x->sql_mode, y->sql_mode) &&
           x->connect_ms == y->connect_ms && x->statement_ms == y->statement_ms &&
           a->prepared.most == b->prepared.most && a->password.from == b->password.from &&
           same_text(a->password.name, b->password.name) && memcmp(&a->options, &b->options, sizeof a->options) == 0;
}

static weir__server *find_same(const weir__topology *before, const weir__server *server)
{
    for (size_t i = 0; before && i < before->shard_count; i++)
        for (size_t j = 0; j < before->shards[i].server_count; j++)
            if (same(before->shards[i].servers[j], server))
                return before->shards[i].servers[j];
    return NULL;
}

/* What the opening of a topology goes by. */
typedef struct opening {
    const weir__topology *before;
    weir__reaper *reaper;
    weir__keeper *keeper;
    void (*released)(void *);
    void (*retained)(void *);
    void *context;
} opening;

static weir_status open_server(weir__topology *t, const weir__shard_config *config, const weir__endpoint_config *at,
                               const opening *o, weir__server **out, weir_error *error)
{
    weir__server *server = weir__new(&t->env->mem, sizeof *server);
    *out = NULL;
    if (!server)
        return weir__fail_nomem(error);
    if (weir__server_init(server, t->env, config, at, error) != WEIR_OK) {
        server_free(server);
        return WEIR_NOMEM;
    }
    weir__server *kept = find_same(o->before, server);
    if (kept) {
        weir__pool_ref(kept->pool);
        server_free(server);
        *out = kept;
        return WEIR_OK;
    }
    weir_status status = share_total(server, t, o->before, error);
    if (status == WEIR_OK)
        status = weir__pool_new(t->env, &weir__mysql_driver, &server->endpoint, &server->options, o->reaper, o->keeper,
                                server_free, server, &server->pool, error);
    if (status != WEIR_OK) {
        server_free(server);
        return status;
    }
    server->released = o->released;
    server->context = o->context;
    o->retained(o->context);
    *out = server;
    return WEIR_OK;
}

static weir_status open_shard(weir__topology *t, weir__shard *shard, const opening *o, weir_error *error)
{
    const weir__shard_config *config = shard->config;
    shard->servers = weir__array(&t->env->mem, 1 + config->replica_count, sizeof *shard->servers);
    weir_status status = shard->servers ? WEIR_OK : weir__fail_nomem(error);
    for (size_t i = 0; i <= config->replica_count && status == WEIR_OK; i++) {
        const weir__endpoint_config *at = i ? &config->replicas[i - 1] : &config->primary;
        status = open_server(t, config, at, o, &shard->servers[i], error);
        if (status == WEIR_OK)
            shard->server_count++;
    }
    return status;
}

static weir_status open_database(weir__topology *t, weir__database *database, const opening *o, weir_error *error)
{
    const weir__database_config *config = database->config;
    weir_status status = WEIR_OK;
    database->shards = &t->shards[t->shard_count];
    database->settings = config->shard_count == 1 ? &config->shards[0].settings : &config->settings;
    for (size_t i = 0; i < config->shard_count && status == WEIR_OK; i++) {
        weir__shard *shard = &t->shards[t->shard_count++];
        shard->config = &config->shards[i];
        database->shard_count++;
        status = open_shard(t, shard, o, error);
    }
    return status;
}

weir_status weir__topology_new(const weir__env *env, weir__config *config, const weir__topology *before,
                               weir__reaper *reaper, weir__keeper *keeper, void (*released)(void *context),
                               void (*retained)(void *context), void *context, weir__topology **out, weir_error *error)
{
    const opening o = {before, reaper, keeper, released, retained, context};
    size_t count = 0;
    *out = NULL;
    weir__topology *t = weir__new(&env->mem, sizeof *t);
    if (!t) {
        weir__config_free(env, config);
        return weir__fail_nomem(error);
    }
    t->env = env;
    t->config = config;
    atomic_init(&t->references, 1);
    for (size_t d = 0; d < config->database_count; d++)
        count += config->databases[d].shard_count;
    t->databases = weir__array(&env->mem, config->database_count, sizeof *t->databases);
    t->shards = weir__array(&env->mem, count, sizeof *t->shards);
    weir_status status = t->databases && t->shards ? WEIR_OK : weir__fail_nomem(error);
    for (size_t d = 0; d < config->database_count && status == WEIR_OK; d++) {
        t->databases[d].config = &config->databases[d];
        status = open_database(t, &t->databases[d], &o, error);
    }
    if (status == WEIR_OK)
        *out = t;
    else
        weir__topology_unref(t);
    return status;
}

weir__topology *weir__topology_ref(weir__topology *t)
{
    atomic_fetch_add_explicit(&t->references, 1, memory_order_relaxed);
    return t;
}

void weir__topology_unref(weir__topology *t)
{
    if (!t || atomic_fetch_sub_explicit(&t->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < t->shard_count; i++) {
        for (size_t j = 0; j < t->shards[i].server_count; j++)
            weir__pool_unref(t->shards[i].servers[j]->pool);
        weir__monitor_unref(t->shards[i].monitor);
        weir__free(&t->env->mem, t->shards[i].servers);
    }
    weir__config_free(t->env, t->config);
    weir__free(&t->env->mem, t->databases);
    weir__free(&t->env->mem, t->shards);
    weir__free(&t->env->mem, t);
}

weir__database *weir__topology_database(const weir__topology *t, const weir__database_config *config)
{
    return config ? &t->databases[config - t->config->databases] : NULL;
}

weir__shard *weir__topology_shard(const weir__topology *t, const weir__shard_config *config)
{
    return config ? &t->databases[config->database - t->config->databases].shards[config - config->database->shards]
                  : NULL;
}
