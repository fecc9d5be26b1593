/* catalog_threads.c - the threads that ask. SPDX-License-Identifier: Apache-2.0
 * A thread lives as long as its line: it asks for what is queued, then waits for more, then hangs up and ends. */
#include "base/thread.h"
#include "schema/catalog_impl.h"

#include <string.h>

enum {
    LINE_IDLE_MS = 5000, /* a line that nothing goes over is a connection that others may want */
};

static weir__catalog_entry *pop(weir__catalog_source *source)
{
    weir__catalog_entry *entry = source->first;
    if (entry) {
        source->first = entry->next_queued;
        if (!source->first)
            source->last = &source->first;
        entry->next_queued = NULL;
    }
    return entry;
}

/* The catalog is closed: nobody is asked. */
static weir_status refuse(weir_error *error)
{
    return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed");
}

/* Asks for one entry; the lock is held before and after. A table that was dropped meanwhile is asked for again while somebody waits. */
static void ask(weir__catalog_source *source, weir__catalog_entry *entry, void **line)
{
    weir__catalog *c = source->catalog;
    for (;;) {
        weir__table *table = NULL;
        bool passing = false, closed = c->closed;
        weir_error error = {.status = WEIR_OK};
        uint64_t drops = entry->drops;
        pthread_mutex_unlock(&c->lock);
        weir_status status =
            closed ? refuse(&error) : c->asker.ask(c->asker.context, line, &entry->name, &table, &passing, &error);
        pthread_mutex_lock(&c->lock);
        error.status = status;
        bool dropped = status == WEIR_OK && entry->drops != drops;
        if (!dropped || entry->waiters == 0) {
            weir__catalog_answer(c, entry, table, !dropped, passing, &error);
            return;
        }
        weir__table_unref(table);
    }
}

/* The source's thread has asked for all. True: more came while it waited. The lock is held. */
static bool more_comes(weir__catalog_source *source)
{
    weir__catalog *c = source->catalog;
    weir__deadline end = weir__deadline_in(&c->env->clock, LINE_IDLE_MS);
    while (!source->first && !c->closed && weir__now(&c->env->clock) < end)
        weir__cond_wait_until(&source->wake, &c->lock, end);
    return source->first != NULL;
}

static void *work(void *context)
{
    weir__catalog_source *source = context;
    weir__catalog *c = source->catalog;
    void *line = NULL;
    pthread_mutex_lock(&c->lock);
    do {
        for (weir__catalog_entry *entry; (entry = pop(source)) != NULL;)
            ask(source, entry, &line);
        if (line && !more_comes(source)) {
            void *idle = line;
            line = NULL;
            pthread_mutex_unlock(&c->lock);
            c->asker.hang_up(c->asker.context, idle);
            pthread_mutex_lock(&c->lock);
        }
    } while (source->first);
    weir__helper_leave(&source->helper);
    c->threads--;
    pthread_cond_broadcast(&c->answered);
    pthread_mutex_unlock(&c->lock);
    weir__catalog_unref(c);
    return NULL;
}

void weir__catalog_join(weir__catalog *c)
{
    for (weir__catalog_source *s = c->sources; s; s = s->next)
        weir__helper_join(&s->helper);
}

static weir__catalog_source *find_source(weir__catalog *c, const weir__table_name *name)
{
    for (weir__catalog_source *s = c->sources; s; s = s->next)
        if (strcmp(s->database, name->database) == 0 && strcmp(s->shard, name->shard) == 0)
            return s;
    size_t database = strlen(name->database) + 1, shard = strlen(name->shard) + 1;
    weir__catalog_source *s = weir__new(&c->env->mem, sizeof *s + database + shard);
    if (!s)
        return NULL;
    s->database = memcpy((char *)(s + 1), name->database, database);
    s->shard = memcpy((char *)(s + 1) + database, name->shard, shard);
    s->catalog = c;
    s->last = &s->first;
    weir__cond_init(&s->wake);
    s->next = c->sources;
    c->sources = s;
    return s;
}

static bool start(weir__catalog_source *source)
{
    weir__catalog *c = source->catalog;
    if (source->helper.running)
        return true;
    if (weir__fault(c->env, thread_create))
        return false;
    atomic_fetch_add(&c->references, 1);
    if (weir__helper_start(&source->helper, work, source))
        c->threads++;
    else
        atomic_fetch_sub(&c->references, 1); /* never the last: the caller has one */
    return source->helper.running;
}

bool weir__catalog_queue(weir__catalog *c, weir__catalog_entry *entry)
{
    weir__catalog_source *source = find_source(c, &entry->name);
    if (!source || !start(source))
        return false;
    entry->asking = true;
    *source->last = entry;
    source->last = &entry->next_queued;
    pthread_cond_signal(&source->wake);
    return true;
}
