/* catalog.c - finding, keeping and forgetting tables. SPDX-License-Identifier: Apache-2.0 */
#include "schema/catalog.h"

#include <stdio.h>

#include "base/str.h"
#include "base/thread.h"
#include "schema/catalog_impl.h"

enum {
    PASSING_MS = 2000,  /* what a replica said while the primary was not there is asked for again after that */
    BELIEVED_MS = 1000, /* weir__catalog_doubt */
    MAX_NAME_BYTES = 1024,
};

weir_status weir__catalog_new(const weir__env *env, const weir__catalog_asker *asker, weir__catalog **out,
                              weir_error *error)
{
    weir__catalog *c = weir__new(&env->mem, sizeof *c);
    *out = c;
    if (!c)
        return weir__fail_nomem(error);
    c->env = env;
    c->asker = *asker;
    atomic_init(&c->references, 1);
    pthread_mutex_init(&c->lock, NULL);
    weir__cond_init(&c->answered);
    return WEIR_OK;
}

void weir__catalog_unref(weir__catalog *c)
{
    if (atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    const weir__mem *mem = &c->env->mem;
    weir__catalog_asker asker = c->asker;
    pthread_mutex_lock(&c->lock);
    weir__catalog_join(c);
    pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < WEIR__CATALOG_BUCKETS; i++)
        for (weir__catalog_entry *e = c->buckets[i], *next; e; e = next) {
            next = e->next;
            weir__table_unref(e->table);
            weir__free(mem, e);
        }
    for (weir__catalog_source *s = c->sources, *next; s; s = next) {
        next = s->next;
        pthread_cond_destroy(&s->wake);
        weir__free(mem, s);
    }
    pthread_cond_destroy(&c->answered);
    pthread_mutex_destroy(&c->lock);
    weir__free(mem, c);
    if (asker.released)
        asker.released(asker.context);
}

bool weir__catalog_close(weir__catalog *c, weir__deadline deadline)
{
    if (!c)
        return true;
    pthread_mutex_lock(&c->lock);
    c->closed = true;
    for (weir__catalog_source *s = c->sources; s; s = s->next)
        pthread_cond_signal(&s->wake);
    pthread_cond_broadcast(&c->answered);
    while (c->threads > 0 && weir__now(&c->env->clock) < deadline)
        weir__cond_wait_until(&c->answered, &c->lock, deadline);
    bool ended = c->threads == 0;
    weir__catalog_join(c);
    pthread_mutex_unlock(&c->lock);
    weir__catalog_unref(c);
    return ended;
}

uint64_t weir__catalog_changes(const weir__catalog *c)
{
    return atomic_load_explicit(&((weir__catalog *)(uintptr_t)c)->changes, memory_order_acquire);
}

/* ---- entries; the lock is held ---- */

static uint32_t add_to_hash(uint32_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h * 16777619u;
}

static uint32_t hash_of(const weir__table_name *name)
{
    return add_to_hash(add_to_hash(add_to_hash(2166136261u, name->database), name->shard), name->table);
}

static bool same_name(const weir__table_name *a, const weir__table_name *b)
{
    return strcmp(a->table, b->table) == 0 && strcmp(a->database, b->database) == 0 &&
           strcmp(a->shard, b->shard) == 0 && a->dated == b->dated && strcmp(a->suffix, b->suffix) == 0;
}

/* Copies text to *at and goes on behind it. */
static const char *put(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

static weir__catalog_entry *find_entry(weir__catalog *c, const weir__table_name *name)
{
    uint32_t hash = hash_of(name);
    weir__catalog_entry **bucket = &c->buckets[hash % WEIR__CATALOG_BUCKETS];
    for (weir__catalog_entry *e = *bucket; e; e = e->next)
        if (e->hash == hash && same_name(&e->name, name))
            return e;
    size_t text = strlen(name->database) + strlen(name->shard) + strlen(name->table) + strlen(name->suffix) + 4;
    weir__catalog_entry *e = weir__new(&c->env->mem, sizeof *e + text);
    if (!e)
        return NULL;
    char *at = (char *)(e + 1);
    e->name = (weir__table_name){put(&at, name->database), put(&at, name->shard), put(&at, name->table),
                                 put(&at, name->suffix), name->dated};
    e->hash = hash;
    e->next = *bucket;
    *bucket = e;
    return e;
}

static void forget_if_empty(weir__catalog *c, weir__catalog_entry *entry)
{
    if (entry->table || entry->asking || entry->waiters > 0)
        return;
    weir__catalog_entry **at = &c->buckets[entry->hash % WEIR__CATALOG_BUCKETS];
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    weir__free(&c->env->mem, entry);
}

static void count_change(weir__catalog *c)
{
    atomic_fetch_add_explicit(&c->changes, 1, memory_order_release);
}

/* The table as it is now; one that did not change stays the object that it was. */
static void replace(weir__catalog *c, weir__catalog_entry *entry, weir__table *table)
{
    if (entry->table && table && weir__table_equal(entry->table, table)) {
        weir__table_unref(table);
        return;
    }
    if (entry->table)
        count_change(c);
    entry->doubted_ns = 0; /* rightly */
    weir__table_unref(entry->table);
    entry->table = table;
    if (table)
        table->version = ++c->versions;
}

void weir__catalog_answer(weir__catalog *c, weir__catalog_entry *entry, weir__table *table, bool kept, bool passing,
                          const weir_error *error)
{
    bool ok = error->status == WEIR_OK;
    entry->asking = false;
    entry->answers++;
    entry->error = *error;
    if (ok) {
        replace(c, entry, table);
        entry->known = kept && table;
    }
    entry->again_ns = !ok || passing ? weir__deadline_in(&c->env->clock, PASSING_MS) : 0;
    pthread_cond_broadcast(&c->answered);
    forget_if_empty(c, entry);
}

/* ---- finding ---- */

static weir_status too_late(const weir__table_name *name, weir_error *error)
{
    return weir__fail(
        error, WEIR_TIMEOUT, WEIR_RETRY_CALL,
        "the deadline passed before a server had said what the table %s.%s%s looks like; nothing was changed",
        name->database, name->table, name->dated ? "*" : "");
}

static void no_thread(weir__catalog *c, weir__catalog_entry *entry)
{
    weir_error error;
    weir__fail(&error, WEIR_LIMIT, WEIR_RETRY_CALL, "no thread can be made to ask for tables with: see ulimit -u");
    weir__catalog_answer(c, entry, NULL, false, false, &error);
}

/* Until the entry is known, or what was asked after this call began failed. The entry stays: its waiters are counted. */
static weir_status wait_for(weir__catalog *c, weir__catalog_entry *entry, weir__deadline deadline, weir_error *error)
{
    uint64_t seen = entry->answers;
    while (!entry->known) {
        if (entry->answers != seen) {
            if (entry->error.status != WEIR_OK) {
                *error = entry->error;
                return error->status;
            }
            if (!entry->table)
                return WEIR_OK;    /* there is none */
            seen = entry->answers; /* dropped since: ask again */
        }
        if (c->closed)
            return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed");
        if (weir__now(&c->env->clock) >= deadline)
            return too_late(&entry->name, error);
        if (!entry->asking && !weir__catalog_queue(c, entry))
            no_thread(c, entry);
        else
            weir__cond_wait_until(&c->answered, &c->lock, deadline);
    }
    return WEIR_OK;
}

weir_status weir__catalog_find(weir__catalog *c, const weir__table_name *name, weir__deadline deadline,
                               weir__table **table, weir_error *error)
{
    weir_status status = WEIR_OK;
    *table = NULL;
    pthread_mutex_lock(&c->lock);
    weir__catalog_entry *entry = c->closed ? NULL : find_entry(c, name);
    if (!entry) {
        bool closed = c->closed;
        pthread_mutex_unlock(&c->lock);
        return closed ? weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed")
                      : weir__fail_nomem(error);
    }
    entry->waiters++;
    if (entry->known && entry->again_ns && !entry->asking && weir__now(&c->env->clock) >= entry->again_ns)
        weir__catalog_queue(c, entry); /* the old answer serves meanwhile */
    if (!entry->known)
        status = wait_for(c, entry, deadline, error);
    if (status == WEIR_OK && entry->known)
        *table = weir__table_ref(entry->table);
    entry->waiters--;
    forget_if_empty(c, entry);
    pthread_mutex_unlock(&c->lock);
    return status;
}

/* The name by which the tables of a rule are asked for: the first number stands for all, the latest date too. */
static void name_of_rule(const weir__table_config *rule, char text[MAX_NAME_BYTES], weir__table_name *name)
{
    const weir__physical *p = &rule->physical;
    *name = (weir__table_name){rule->database->name, rule->single ? rule->single->name : "", text, "", false};
    switch (p->kind) {
    case WEIR__PHYSICAL_SAME:
        snprintf(text, MAX_NAME_BYTES, "%s", rule->name);
        return;
    case WEIR__PHYSICAL_NUMBER:
        snprintf(text, MAX_NAME_BYTES, "%s%0*u%s", p->prefix, (int)p->digits, p->first, p->suffix);
        return;
    case WEIR__PHYSICAL_TIME:
        snprintf(text, MAX_NAME_BYTES, "%s", p->prefix);
        name->suffix = p->suffix;
        name->dated = true;
        return;
    }
}

weir_status weir__catalog_find_rule(weir__catalog *c, const weir__table_config *rule, weir__deadline deadline,
                                    weir__table **table, weir_error *error)
{
    char text[MAX_NAME_BYTES];
    weir__table_name name;
    *table = NULL;
    if (!rule->database)
        return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "%s is a collection of documents: it has no columns", rule->label);
    name_of_rule(rule, text, &name);
    return weir__catalog_find(c, &name, deadline, table, error);
}

/* ---- forgetting ---- */

static void drop(weir__catalog *c, weir__catalog_entry *entry)
{
    entry->drops++;
    entry->known = false;
    count_change(c);
}

static bool names(const weir__catalog_entry *entry, weir_str table)
{
    const weir__table_name *n = &entry->name;
    size_t before = strlen(n->table), behind = strlen(n->suffix);
    if (!n->dated)
        return weir__str_is_nocase(table, n->table);
    return table.size > before + behind && strncasecmp(table.data, n->table, before) == 0 &&
           strncasecmp(table.data + table.size - behind, n->suffix, behind) == 0;
}

static bool is_of(const weir__catalog_entry *entry, const char *database, weir_str table)
{
    return (!database || strcmp(entry->name.database, database) == 0) && (!table.data || names(entry, table));
}

void weir__catalog_drop(weir__catalog *c, const char *database, const char *table)
{
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < WEIR__CATALOG_BUCKETS; i++)
        for (weir__catalog_entry *e = c->buckets[i]; e; e = e->next)
            if (is_of(e, database, weir__view(table)))
                drop(c, e);
    pthread_mutex_unlock(&c->lock);
}

void weir__catalog_doubt(weir__catalog *c, const char *database, weir_str table)
{
    pthread_mutex_lock(&c->lock);
    uint64_t now = weir__now(&c->env->clock), believed = BELIEVED_MS * UINT64_C(1000000);
    for (size_t i = 0; i < WEIR__CATALOG_BUCKETS; i++)
        for (weir__catalog_entry *e = c->buckets[i]; e; e = e->next)
            if (is_of(e, database, table) && (e->doubted_ns == 0 || now > e->doubted_ns + believed)) {
                e->doubted_ns = now;
                drop(c, e);
            }
    pthread_mutex_unlock(&c->lock);
}

void weir__catalog_drop_rule(weir__catalog *c, const weir__table_config *rule)
{
    char text[MAX_NAME_BYTES];
    weir__table_name name;
    if (!rule->database)
        return;
    name_of_rule(rule, text, &name);
    pthread_mutex_lock(&c->lock);
    weir__catalog_entry *entry = find_entry(c, &name);
    if (entry)
        drop(c, entry);
    if (entry)
        forget_if_empty(c, entry);
    pthread_mutex_unlock(&c->lock);
}

static bool same_shard(const weir__shard_config *a, const weir__shard_config *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->schema, b->schema) == 0 &&
           strcmp(a->primary.address.text, b->primary.address.text) == 0;
}

/* Do the shards that the name speaks of stand where they stood? */
static bool is_same_place(const weir__table_name *name, const weir__config *before, const weir__config *after)
{
    const weir__database_config *a = weir__config_database(before, name->database);
    const weir__database_config *b = weir__config_database(after, name->database);
    size_t same = 0;
    if (!a || !b)
        return false;
    for (size_t i = 0; i < a->shard_count; i++)
        for (size_t k = 0; k < b->shard_count; k++) {
            bool asked = !*name->shard || strcmp(name->shard, a->shards[i].name) == 0;
            same += asked && same_shard(&a->shards[i], &b->shards[k]);
        }
    return *name->shard ? same == 1 : same == a->shard_count && same == b->shard_count;
}

void weir__catalog_keep(weir__catalog *c, const weir__config *before, const weir__config *after)
{
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < WEIR__CATALOG_BUCKETS; i++)
        for (weir__catalog_entry *e = c->buckets[i]; e; e = e->next)
            if (!is_same_place(&e->name, before, after))
                drop(c, e);
    pthread_mutex_unlock(&c->lock);
}
