/* plan_cache.c - stripes by thread before one shared table. SPDX-License-Identifier: Apache-2.0
 * A table is set-associative: a key has WAYS places, the one used longest ago makes room. */
#include "router/plan/plan_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#define XXH_INLINE_ALL /* short texts: half the time of a call */
#include <xxhash.h>

enum {
    STRIPES = 16,       /* threads beyond share, by the hash of their number */
    STRIPE_SETS = 128,  /* 512 entries a stripe */
    SHARED_SETS = 1024, /* 4096 plans a client */
    WAYS = 4,
    SEEN = 256,          /* hashes of texts seen once, a stripe */
    LONGEST_KEPT = 4096, /* bytes of a text or fingerprint */
};

typedef enum key_kind { BY_TEXT, BY_FINGERPRINT } key_kind;

typedef struct key {
    uint64_t hash; /* of bytes and context */
    key_kind kind;
    weir__plan_context context;
    weir_str bytes;
} key;

struct weir__plan_entry {
    _Atomic uint32_t references; /* the table's own is one */
    const weir__env *env;
    weir__plan *plan; /* counted */
    key key;          /* bytes lie behind slots and runs */
    uint32_t parameters, slot_count, run_count;
    weir__slot slots[]; /* the runs lie behind them */
};

/* What a text has of its own. */
typedef struct own {
    const weir__slot *slots;
    const weir__run *runs;
    uint32_t parameters, slot_count, run_count;
} own;

typedef struct set {
    weir__plan_entry *ways[WAYS];
    uint64_t used[WAYS]; /* when, by the table's clock */
} set;

typedef struct table {
    _Alignas(64) pthread_mutex_t lock;
    set *sets;
    size_t set_count; /* a power of two */
    uint64_t clock;
    weir__plan_cache_counts counts;
    uint64_t seen[SEEN];
} table;

struct weir__plan_cache {
    const weir__env *env;
    table stripes[STRIPES];
    table shared;
};

/* ---- entries ---- */

static void entry_unref(weir__plan_entry *entry)
{
    if (!entry || atomic_fetch_sub_explicit(&entry->references, 1, memory_order_acq_rel) != 1)
        return;
    weir__plan_unref(entry->plan);
    weir__free(&entry->env->mem, entry);
}

static_assert(_Alignof(weir__run) <= _Alignof(weir__slot), "runs may follow slots");

static const weir__run *entry_runs(const weir__plan_entry *entry)
{
    return (const weir__run *)(const void *)&entry->slots[entry->slot_count];
}

static weir__plan_entry *entry_new(const weir__env *env, const key *k, weir__plan *plan, const own *o)
{
    size_t slots = o->slot_count * sizeof *o->slots, runs = o->run_count * sizeof *o->runs;
    weir__plan_entry *entry = weir__alloc(&env->mem, sizeof *entry + slots + runs + k->bytes.size);
    if (!entry)
        return NULL;
    char *rest = (char *)entry->slots;
    atomic_init(&entry->references, 1);
    entry->env = env;
    entry->plan = weir__plan_ref(plan);
    entry->key = *k;
    entry->key.bytes.data = rest + slots + runs;
    entry->parameters = o->parameters;
    entry->slot_count = o->slot_count;
    entry->run_count = o->run_count;
    if (slots)
        memcpy(rest, o->slots, slots);
    if (runs)
        memcpy(rest + slots, o->runs, runs);
    memcpy(rest + slots + runs, k->bytes.data, k->bytes.size);
    return entry;
}

/* ---- keys ---- */

static bool same_context(const weir__plan_context *a, const weir__plan_context *b)
{
    return a->scope == b->scope && a->tables == b->tables && a->reading.sql_mode == b->reading.sql_mode &&
           a->reading.flavour == b->reading.flavour && a->reading.version == b->reading.version;
}

static bool same_key(const key *a, const key *b)
{
    return a->hash == b->hash && a->kind == b->kind && a->bytes.size == b->bytes.size &&
           same_context(&a->context, &b->context) && memcmp(a->bytes.data, b->bytes.data, a->bytes.size) == 0;
}

/* hash: XXH3 of the bytes. The context goes into it too, so that servers that read differently do not crowd one set. */
static key make_key(key_kind kind, weir_str bytes, uint64_t hash, const weir__plan_context *context)
{
    uint64_t place = context->scope * 31 + context->tables * 17 + context->reading.sql_mode * 7 + (uint64_t)kind;
    key k = {hash + place * UINT64_C(0x9E3779B97F4A7C15), kind, *context, bytes};
    return k;
}

/* ---- tables ---- */

static bool table_init(table *t, const weir__env *env, size_t sets)
{
    pthread_mutex_init(&t->lock, NULL);
    t->sets = weir__array(&env->mem, sets, sizeof *t->sets);
    t->set_count = sets;
    return t->sets != NULL;
}

static void table_clear(table *t)
{
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; t->sets && i < t->set_count; i++)
        for (int w = 0; w < WAYS; w++) {
            entry_unref(t->sets[i].ways[w]);
            t->sets[i].ways[w] = NULL;
        }
    memset(t->seen, 0, sizeof t->seen);
    pthread_mutex_unlock(&t->lock);
}

static void table_deinit(table *t, const weir__env *env)
{
    table_clear(t);
    weir__free(&env->mem, t->sets);
    pthread_mutex_destroy(&t->lock);
}

/* A counted entry, or NULL. The lock is held. */
static weir__plan_entry *find(table *t, const key *k)
{
    set *s = &t->sets[k->hash & (t->set_count - 1)];
    for (int w = 0; w < WAYS; w++) {
        weir__plan_entry *entry = s->ways[w];
        if (entry && same_key(&entry->key, k)) {
            s->used[w] = ++t->clock;
            atomic_fetch_add_explicit(&entry->references, 1, memory_order_relaxed);
            return entry;
        }
    }
    return NULL;
}

/* The table takes the entry over. The lock is held; what has to go is returned, to be let go of without it. */
static weir__plan_entry *put(table *t, weir__plan_entry *entry)
{
    set *s = &t->sets[entry->key.hash & (t->set_count - 1)];
    int place = 0;
    for (int w = 0; w < WAYS; w++) {
        if (s->ways[w] && same_key(&s->ways[w]->key, &entry->key))
            return entry; /* another thread was faster */
        if (!s->ways[w])
            s->used[w] = 0;
        if (s->used[w] < s->used[place])
            place = w;
    }
    weir__plan_entry *old = s->ways[place];
    s->ways[place] = entry;
    s->used[place] = ++t->clock;
    return old;
}

static void add(table *t, const weir__env *env, const key *k, weir__plan *plan, const own *o)
{
    weir__plan_entry *entry = entry_new(env, k, plan, o);
    if (!entry)
        return; /* a plan that is not kept is no failure */
    pthread_mutex_lock(&t->lock);
    weir__plan_entry *old = put(t, entry);
    pthread_mutex_unlock(&t->lock);
    entry_unref(old);
}

/* ---- the cache ---- */

weir_status weir__plan_cache_new(const weir__env *env, weir__plan_cache **out, weir_error *error)
{
    weir__plan_cache *cache = weir__new(&env->mem, sizeof *cache);
    *out = NULL;
    if (!cache)
        return weir__fail_nomem(error);
    cache->env = env;
    bool whole = table_init(&cache->shared, env, SHARED_SETS);
    for (int i = 0; i < STRIPES; i++)
        whole = table_init(&cache->stripes[i], env, STRIPE_SETS) && whole;
    if (whole) {
        *out = cache;
        return WEIR_OK;
    }
    weir__plan_cache_free(cache);
    return weir__fail_nomem(error);
}

void weir__plan_cache_free(weir__plan_cache *cache)
{
    if (!cache)
        return;
    for (int i = 0; i < STRIPES; i++)
        table_deinit(&cache->stripes[i], cache->env);
    table_deinit(&cache->shared, cache->env);
    weir__free(&cache->env->mem, cache);
}

void weir__plan_cache_clear(weir__plan_cache *cache)
{
    for (int i = 0; i < STRIPES; i++)
        table_clear(&cache->stripes[i]);
    table_clear(&cache->shared);
}

/* The thread's own; its address is as good a number as any and costs nothing. */
static table *stripe_of_thread(weir__plan_cache *cache)
{
    uint64_t thread = (uint64_t)(uintptr_t)pthread_self();
    return &cache->stripes[(thread * UINT64_C(0x9E3779B97F4A7C15)) >> 60];
}
static_assert(STRIPES == 16, "four bits choose a stripe");

/* Was this text here before? Remembers it. The lock is held. */
static bool seen_before(table *t, uint64_t hash)
{
    uint64_t *place = &t->seen[(hash >> 32) % SEEN];
    bool seen = *place == hash;
    *place = hash;
    return seen;
}

static void found(weir__lookup *lookup, weir__plan_entry *entry)
{
    lookup->entry = entry;
    lookup->plan = entry->plan;
}

static void has(weir__lookup *lookup, const own *o)
{
    lookup->slots = o->slots;
    lookup->slot_count = o->slot_count;
    lookup->runs = o->runs;
    lookup->run_count = o->run_count;
    lookup->parameters = o->parameters;
    lookup->mapped = lookup->plan->places != NULL;
}

/* A plan that is for this text alone. */
static void is_own(weir__lookup *lookup, weir__plan *plan, table *stripe)
{
    lookup->plan = plan;
    lookup->parameters = plan->parameters;
    pthread_mutex_lock(&stripe->lock);
    stripe->counts.uncached++;
    pthread_mutex_unlock(&stripe->lock);
}

/* Not known here: the client's, or a new one, which the others get to know. */
static weir_status fetch_shared(weir__plan_cache *cache, table *stripe, const key *k, const own *o,
                                weir__lookup *lookup, weir_error *error)
{
    static const own none = {0};
    pthread_mutex_lock(&cache->shared.lock);
    weir__plan_entry *shared = find(&cache->shared, k);
    if (shared)
        cache->shared.counts.shared++;
    pthread_mutex_unlock(&cache->shared.lock);
    weir__plan *plan = NULL;
    if (shared) {
        plan = weir__plan_ref(shared->plan);
        entry_unref(shared);
    } else {
        weir_status status = weir__plan_build(lookup->sql, &lookup->reading, cache->env, &plan, error);
        if (status != WEIR_OK)
            return status;
        if (!weir__places_make(plan, o->slots, o->slot_count, o->runs, o->run_count)) {
            is_own(lookup, plan, stripe);
            return WEIR_OK;
        }
        add(&cache->shared, cache->env, k, plan, &none);
        pthread_mutex_lock(&stripe->lock);
        stripe->counts.built++;
        pthread_mutex_unlock(&stripe->lock);
    }
    add(stripe, cache->env, k, plan, &none);
    lookup->plan = plan; /* counted by itself, this once */
    has(lookup, o);
    return WEIR_OK;
}

/* Too long to be kept, or not one whole statement. */
static weir_status take_uncached(weir__plan_cache *cache, table *stripe, weir__lookup *lookup, weir_error *error)
{
    weir__plan *plan = NULL;
    weir_status status = weir__plan_build(lookup->sql, &lookup->reading, cache->env, &plan, error);
    if (status == WEIR_OK)
        is_own(lookup, plan, stripe);
    return status;
}

weir_status weir__plan_take(weir__plan_cache *cache, weir_str sql, const weir__plan_context *context,
                            weir__lookup *lookup, weir_error *error)
{
    table *stripe = stripe_of_thread(cache);
    memset(lookup, 0, offsetof(weir__lookup, slot_room));
    lookup->sql = sql;
    lookup->reading = context->reading;
    if (sql.size > LONGEST_KEPT)
        return take_uncached(cache, stripe, lookup, error);

    lookup->hash = XXH3_64bits(sql.data, sql.size);
    key by_text = make_key(BY_TEXT, sql, lookup->hash, context);
    pthread_mutex_lock(&stripe->lock);
    weir__plan_entry *entry = find(stripe, &by_text);
    stripe->counts.by_text += entry != NULL;
    bool again = !entry && seen_before(stripe, by_text.hash);
    pthread_mutex_unlock(&stripe->lock);
    if (entry) {
        found(lookup, entry);
        own o = {entry->slots, entry_runs(entry), entry->parameters, entry->slot_count, entry->run_count};
        has(lookup, &o);
        return WEIR_OK;
    }

    const weir__fingerprint_room room = {lookup->text,       sizeof lookup->text, lookup->slot_room,
                                         WEIR__LOOKUP_SLOTS, lookup->run_room,    WEIR__LOOKUP_RUNS};
    weir__fingerprint print;
    weir__fingerprint_of(sql, &context->reading, WEIR__FINGERPRINT_PLAN, &room, &print);
    if (print.cut || print.bad || print.more || print.conditional)
        return take_uncached(cache, stripe, lookup, error);
    const own o = {lookup->slot_room, lookup->run_room, print.parameters, print.slots, print.runs};
    weir_str bytes = {lookup->text, print.size};
    key by_print = make_key(BY_FINGERPRINT, bytes, print.hash, context);
    pthread_mutex_lock(&stripe->lock);
    entry = find(stripe, &by_print);
    stripe->counts.by_fingerprint += entry != NULL;
    pthread_mutex_unlock(&stripe->lock);
    weir_status status = WEIR_OK;
    if (entry) {
        found(lookup, entry);
        has(lookup, &o);
    } else {
        status = fetch_shared(cache, stripe, &by_print, &o, lookup, error);
    }
    if (status == WEIR_OK && again && lookup->slots)
        add(stripe, cache->env, &by_text, (weir__plan *)(uintptr_t)lookup->plan, &o);
    return status;
}

void weir__plan_give(weir__lookup *lookup)
{
    if (lookup->entry)
        entry_unref(lookup->entry);
    else
        weir__plan_unref((weir__plan *)(uintptr_t)lookup->plan);
    lookup->entry = NULL;
    lookup->plan = NULL;
}

weir__plan_cache_counts weir__plan_cache_count(weir__plan_cache *cache)
{
    weir__plan_cache_counts sum = {0};
    for (int i = 0; i <= STRIPES; i++) {
        table *t = i < STRIPES ? &cache->stripes[i] : &cache->shared;
        pthread_mutex_lock(&t->lock);
        sum.by_text += t->counts.by_text;
        sum.by_fingerprint += t->counts.by_fingerprint;
        sum.shared += t->counts.shared;
        sum.built += t->counts.built;
        sum.uncached += t->counts.uncached;
        pthread_mutex_unlock(&t->lock);
    }
    return sum;
}
