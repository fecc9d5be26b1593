/* config_settings.c - what may be set in defaults, a database and a shard: keys, defaults, contradictions. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "schema/config_read.h"

#define AT(member) offsetof(weir__settings, member)
enum { NOT_YET = WEIR__KEY_NOT_YET, DAY = 24 * 60 * 60 * 1000, MOST_SECRET_NAME = 4000 };

static const weir__word tls_modes[] = {
    {"none", WEIR__TLS_NONE}, {"required", WEIR__TLS_REQUIRED}, {"verify", WEIR__TLS_VERIFY}, {NULL, 0}};
static const weir__word consistencies[] = {{"eventual", WEIR_READS_EVENTUAL},
                                           {"bounded", WEIR_READS_BOUNDED},
                                           {"session", WEIR_READS_SESSION},
                                           {"strong", WEIR_READS_STRONG},
                                           {NULL, 0}};
static const weir__word balances[] = {
    {"latency", WEIR__BALANCE_LATENCY}, {"least", WEIR__BALANCE_LEAST}, {"round_robin", WEIR__BALANCE_ROUND_ROBIN},
    {"random", WEIR__BALANCE_RANDOM},   {"hash", WEIR__BALANCE_HASH},   {NULL, 0}};
static const weir__word without_replica[] = {{"primary", false}, {"refuse", true}, {NULL, 0}};
static const weir__word atomicities[] = {
    {"one_shard", WEIR__ONE_SHARD}, {"best_effort", WEIR__BEST_EFFORT}, {"atomic", WEIR__ATOMIC}, {NULL, 0}};
static const weir__word scatters[] = {
    {"allow", WEIR__SCATTER_ALLOW}, {"warn", WEIR__SCATTER_WARN}, {"deny", WEIR__SCATTER_DENY}, {NULL, 0}};

static void read_collation(weir__reader *reader, weir__yaml *node, void *member)
{
    const char *collation = NULL;
    if (!weir__read_text(reader, node, "_", 64, &collation))
        return;
    if (strncmp(collation, "utf8mb4_", 8) == 0)
        *(const char **)member = collation;
    else
        weir__wrong(reader, node, "must be a collation of utf8mb4, such as utf8mb4_unicode_ci: weir's texts are UTF-8");
}

static void read_sql_mode(weir__reader *reader, weir__yaml *node, void *member)
{
    const char *mode = NULL;
    if (weir__read_text(reader, node, "_,", 1024, &mode))
        *(const char **)member = strcmp(mode, "server") == 0 ? NULL : mode;
}

const weir__key weir__tls_keys[] = {
    WEIR__KEY("mode", WORD, offsetof(weir__tls_config, mode), .words = tls_modes),
    WEIR__KEY("ca", TEXT, offsetof(weir__tls_config, ca)),
    WEIR__KEY("cert", TEXT, offsetof(weir__tls_config, cert)),
    WEIR__KEY("key", TEXT, offsetof(weir__tls_config, key)),
    WEIR__KEYS_END,
};

static void read_tls(weir__reader *reader, weir__yaml *node, void *member)
{
    weir__keys_read(reader, node, weir__tls_keys, member);
}

static const weir__key connection_keys[] = {
    WEIR__KEY("collation", BY, AT(connection.collation), .read = read_collation),
    WEIR__KEY("time_zone", TEXT, AT(connection.time_zone), .signs = "_/+:-", .most = 64),
    WEIR__KEY("sql_mode", BY, AT(connection.sql_mode), .read = read_sql_mode),
    WEIR__KEYS_END,
};

static const weir__key pool_keys[] = {
    WEIR__KEY("min", COUNT, AT(pool.min), .most = WEIR__MAX_POOL),
    WEIR__KEY("max", COUNT, AT(pool.max), .least = 1, .most = WEIR__MAX_POOL),
    WEIR__KEY("wait", TIME, AT(pool.wait_ms), .most = DAY),
    WEIR__KEY("idle", TIME, AT(pool.idle_ms)),
    WEIR__KEY("lifetime", TIME, AT(pool.lifetime_ms)),
    WEIR__KEY("warn_held", TIME, AT(pool.warn_held_ms)),
    WEIR__KEY("prepared", COUNT, AT(pool.prepared), .most = 16382),
    WEIR__KEYS_END,
};

static const weir__key timeouts_keys[] = {
    WEIR__KEY("connect", TIME, AT(timeouts.connect_ms), .least = 1, .most = DAY),
    WEIR__KEY("query", TIME, AT(timeouts.query_ms), .least = 1, .most = DAY),
    WEIR__KEY("transaction", TIME, AT(timeouts.transaction_ms), .least = 1, .most = DAY),
    WEIR__KEY("failover", TIME, AT(timeouts.failover_ms), .most = DAY),
    WEIR__KEYS_END,
};

static const weir__key reads_keys[] = {
    WEIR__KEY("consistency", WORD, AT(reads.consistency), .words = consistencies),
    WEIR__KEY("max_lag", TIME, AT(reads.max_lag_ms), .least = 1, .most = DAY),
    WEIR__KEY("wait", TIME, AT(reads.wait_ms), .most = DAY),
    WEIR__KEY("balance", WORD, AT(reads.balance), .words = balances),
    WEIR__KEY("primary_share", WEIGHT, AT(reads.primary_share)),
    WEIR__KEY("no_replica", CHOICE, AT(reads.refuse_without_replica), .words = without_replica),
    WEIR__KEYS_END,
};

static const weir__key health_keys[] = {
    WEIR__KEY("every", TIME, AT(health.every_ms), .least = 10, .most = DAY),
    WEIR__KEY("out_after", COUNT, AT(health.out_after), .least = 1, .most = 1000),
    WEIR__KEY("back_after", COUNT, AT(health.back_after), .least = 1, .most = 1000),
    WEIR__KEY("heartbeat", TEXT, AT(health.heartbeat), .signs = "_$", .most = 64),
    WEIR__KEYS_END,
};

static const weir__key limits_keys[] = {
    WEIR__KEY("scatter", WORD, AT(limits.scatter), .words = scatters),
    WEIR__KEY("shards", COUNT, AT(limits.shards), .least = 1),
    WEIR__KEY("rows", AMOUNT, AT(limits.rows), .flags = NOT_YET, .least = 1),
    WEIR__KEY("bytes", SIZE, AT(limits.bytes), .least = 1024),
    WEIR__KEY("statement", SIZE, AT(limits.statement), .least = 1024, .most = WEIR__MAX_STATEMENT_BYTES),
    WEIR__KEYS_END,
};

const weir__key weir__settings_keys[] = {
    WEIR__KEY("user", TEXT, AT(user), .most = 128),
    WEIR__KEY("password", BY, AT(password), .read = weir__read_password),
    WEIR__KEY("tls", BY, AT(tls), .read = read_tls),
    WEIR__KEY("connection", PART, 0, .keys = connection_keys),
    WEIR__KEY("pool", PART, 0, .keys = pool_keys),
    WEIR__KEY("timeouts", PART, 0, .keys = timeouts_keys),
    WEIR__KEY("reads", PART, 0, .keys = reads_keys),
    WEIR__KEY("health", PART, 0, .keys = health_keys),
    WEIR__KEY("transactions", WORD, AT(transactions), .words = atomicities),
    WEIR__KEY("limits", PART, 0, .keys = limits_keys),
    WEIR__KEYS_END,
};

void weir__settings_init(weir__settings *settings)
{
    *settings = (weir__settings){
        .tls = {.mode = WEIR__TLS_NONE},
        .connection = {.collation = "utf8mb4_unicode_ci", .time_zone = "+00:00"},
        .pool = {.min = 0,
                 .max = 32,
                 .wait_ms = 250,
                 .idle_ms = 5 * 60000,
                 .lifetime_ms = 30 * 60000,
                 .warn_held_ms = 30000,
                 .prepared = 256},
        .timeouts = {.connect_ms = 500, .query_ms = 5000, .transaction_ms = 30000, .failover_ms = 10000},
        .reads = {.consistency = WEIR_READS_SESSION,
                  .max_lag_ms = 2000,
                  .wait_ms = 20,
                  .balance = WEIR__BALANCE_LATENCY},
        .health = {.every_ms = 200, .out_after = 3, .back_after = 5, .heartbeat = "weir_heartbeat"},
        .transactions = WEIR__ATOMIC,
        .limits =
            {.scatter = WEIR__SCATTER_ALLOW, .shards = 64, .rows = 1000000, .bytes = 64u << 20, .statement = 16u << 20},
    };
}

void weir__read_password(weir__reader *reader, weir__yaml *node, void *secret)
{
    static const weir__key keys[] = {WEIR__KEY("env", TEXT, 0), WEIR__KEY("file", TEXT, sizeof(char *)),
                                     WEIR__KEYS_END};
    struct {
        const char *env, *file;
    } found = {NULL, NULL};
    static_assert(sizeof found == 2 * sizeof(char *), "the offsets of keys");
    if (node->bad)
        return;
    if (node->kind == WEIR__YAML_SCALAR && !weir__yaml_is_empty(node)) { /* the value stays out of the message */
        weir__wrong(reader, node, "a password is never in this file: write {env: NAME} or {file: /path}");
        return;
    }
    if (node->kind != WEIR__YAML_MAP || node->count == 0) {
        weir__wrong(reader, node, "must be {env: NAME} or {file: /path}");
        return;
    }
    weir__keys_read(reader, node, keys, &found);
    if (found.env && found.file)
        weir__wrong(reader, node, "must be either env or file, not both");
    else if (found.env && strchr(found.env, '='))
        weir__wrong(reader, node->first, "is no name of an environment variable");
    else if (found.env || found.file)
        *(weir__secret *)secret =
            (weir__secret){found.env ? WEIR__SECRET_ENV : WEIR__SECRET_FILE, found.env ? found.env : found.file};
}

/* part.leaf at a place, told as wrong or not. */
static weir__yaml *said_at(const weir__yaml *place, const char *part, const char *leaf)
{
    weir__yaml *node = weir__yaml_get(place, part);
    for (node = node && node->kind == WEIR__YAML_MAP ? node->first : NULL; node; node = node->next)
        if (weir__str_is(node->name, leaf))
            return node;
    return NULL;
}

/* Where part.a or part.b was said last, which is where the two came together; NULL when that was told as wrong already. */
static weir__yaml *to_blame(weir__yaml *const *places, size_t count, const char *part, const char *a, const char *b)
{
    for (size_t i = 0; i < count; i++) {
        weir__yaml *node = said_at(places[i], part, a);
        if (!node)
            node = said_at(places[i], part, b);
        if (node)
            return node->bad ? NULL : node;
    }
    return NULL;
}

void weir__tls_check(weir__reader *reader, const weir__tls_config *tls, weir__yaml *const *places, size_t count)
{
    if (!tls->cert != !tls->key) {
        const char *given = tls->cert ? "cert" : "key";
        weir__yaml *node = to_blame(places, count, "tls", given, given);
        if (node)
            weir__wrong(reader, node,
                        tls->cert ? "needs key beside it: the certificate's private key"
                                  : "needs cert beside it: the key's certificate");
    }
}

void weir__settings_check(weir__reader *reader, const weir__settings *settings, weir__yaml *const *places, size_t count)
{
    if (settings->pool.min > settings->pool.max) {
        weir__yaml *node = to_blame(places, count, "pool", "min", "max");
        if (node)
            weir__wrong(reader, node, "min is %u and max %u: min must not be above max", (unsigned)settings->pool.min,
                        (unsigned)settings->pool.max);
    }
    weir__tls_check(reader, &settings->tls, places, count);
}
