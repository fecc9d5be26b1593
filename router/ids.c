/* ids.c - taking ids. SPDX-License-Identifier: Apache-2.0 */
#include "router/ids.h"

#include "base/str.h"
#include "router/ids_impl.h"

weir_status weir__ids_new(const weir__env *env, const weir__ids_store *store, weir__ids_maker **out, weir_error *error)
{
    weir__ids_maker *ids = weir__new(&env->mem, sizeof *ids);
    *out = ids;
    if (!ids)
        return weir__fail_nomem(error);
    ids->env = env;
    ids->store = *store;
    atomic_init(&ids->references, 1);
    pthread_mutex_init(&ids->lock, NULL);
    weir__cond_init(&ids->answered);
    return WEIR_OK;
}

static void join(weir__ids_maker *ids)
{
    pthread_mutex_lock(&ids->lock);
    for (weir__ids_home *home = ids->homes; home; home = home->following)
        weir__helper_join(&home->helper);
    pthread_mutex_unlock(&ids->lock);
}

static void free_home(const weir__mem *mem, weir__ids_home *home)
{
    for (weir__ids_sequence *s = home->sequences, *next; s; s = next) {
        next = s->following;
        weir__free(mem, s);
    }
    pthread_cond_destroy(&home->wake);
    weir__free(mem, home);
}

void weir__ids_unref(weir__ids_maker *ids)
{
    if (atomic_fetch_sub_explicit(&ids->references, 1, memory_order_acq_rel) != 1)
        return;
    const weir__mem *mem = &ids->env->mem;
    weir__ids_store store = ids->store;
    join(ids);
    for (weir__ids_home *home = ids->homes, *next; home; home = next) {
        next = home->following;
        free_home(mem, home);
    }
    pthread_cond_destroy(&ids->answered);
    pthread_mutex_destroy(&ids->lock);
    weir__free(mem, ids);
    if (store.released)
        store.released(store.context);
}

bool weir__ids_close(weir__ids_maker *ids, weir__deadline deadline)
{
    if (!ids)
        return true;
    pthread_mutex_lock(&ids->lock);
    ids->closed = true;
    for (weir__ids_home *home = ids->homes; home; home = home->following)
        pthread_cond_signal(&home->wake);
    pthread_cond_broadcast(&ids->answered);
    while (ids->threads > 0 && weir__now(&ids->env->clock) < deadline)
        weir__cond_wait_until(&ids->answered, &ids->lock, deadline);
    bool ended = ids->threads == 0;
    pthread_mutex_unlock(&ids->lock);
    join(ids);
    weir__ids_unref(ids);
    return ended;
}

/* ---- the lock is held ---- */

static weir__ids_home *find_home(weir__ids_maker *ids, const char *database)
{
    for (weir__ids_home *home = ids->homes; home; home = home->following)
        if (strcmp(home->database, database) == 0)
            return home;
    size_t size = strlen(database) + 1;
    weir__ids_home *home = weir__new(&ids->env->mem, sizeof *home + size);
    if (!home)
        return NULL;
    home->ids = ids;
    home->database = memcpy((char *)(home + 1), database, size);
    weir__cond_init(&home->wake);
    home->following = ids->homes;
    ids->homes = home;
    return home;
}

static weir__ids_sequence *find_sequence(weir__ids_home *home, const weir__table_config *rule)
{
    for (weir__ids_sequence *s = home->sequences; s; s = s->following)
        if (strcmp(s->table, rule->name) == 0 && strcmp(s->column, rule->ids.column) == 0) {
            s->block = rule->ids.block; /* a reload may have changed it */
            return s;
        }
    size_t table = strlen(rule->name) + 1, column = strlen(rule->ids.column) + 1;
    weir__ids_sequence *s = weir__new(&home->ids->env->mem, sizeof *s + table + column);
    if (!s)
        return NULL;
    s->table = memcpy((char *)(s + 1), rule->name, table);
    s->column = memcpy((char *)(s + 1) + table, rule->ids.column, column);
    s->block = rule->ids.block;
    s->following = home->sequences;
    home->sequences = s;
    return s;
}

uint64_t weir__ids_now_ms(const weir__ids_home *home)
{
    uint64_t now = weir__now(&home->ids->env->clock), since = home->lease.asked_ns;
    return home->lease.server_ms + (now > since ? (now - since) / 1000000u : 0);
}

/* As many as there are now; fewer than count: the thread must do something first. */
static size_t take_flakes(weir__ids_home *home, uint64_t *list, size_t count)
{
    size_t taken = 0;
    if (!home->lease.held || weir__now(&home->ids->env->clock) >= home->stop_ns)
        return 0;
    uint64_t now_ms = weir__ids_now_ms(home);
    while (taken < count && weir__snowflake_next(&home->flake, now_ms, &list[taken]))
        taken++;
    return taken;
}

static size_t take_numbers(weir__ids_sequence *s, uint64_t *list, size_t count)
{
    size_t taken = 0;
    while (taken < count) {
        if (s->next == s->end) {
            s->next = s->spare_next;
            s->end = s->spare_end;
            s->spare_next = s->spare_end = 0;
        }
        if (s->next == s->end)
            break;
        list[taken++] = s->next++;
    }
    return taken;
}

static size_t take_some(weir__ids_home *home, weir__ids_sequence *s, uint64_t *list, size_t count)
{
    home->taken_ns = weir__now(&home->ids->env->clock);
    if (!s)
        return take_flakes(home, list, count);
    size_t taken = take_numbers(s, list, count);
    if (s->spare_next == s->spare_end && s->end - s->next <= s->block / 2 && !s->wanted) {
        s->wanted = true; /* in advance; or now, then the caller waits */
        weir__ids_wake(home);
    }
    return taken;
}

static weir_status too_late(const weir__table_config *rule, weir_error *error)
{
    return weir__fail(error, WEIR_TIMEOUT, WEIR_RETRY_CALL,
                      "the deadline passed before there was an id for %s; nothing was changed", rule->label);
}

static weir_status take(weir__ids_home *home, weir__ids_sequence *s, const weir__table_config *rule,
                        weir__deadline deadline, uint64_t *list, size_t count, weir_error *error)
{
    weir__ids_maker *ids = home->ids;
    const weir__ids_answer *answer = s ? &s->answer : &home->answer;
    uint64_t seen = answer->count;
    for (size_t taken = 0;;) {
        taken += take_some(home, s, list + taken, count - taken);
        if (taken == count)
            return WEIR_OK;
        if (answer->count != seen && answer->error.status != WEIR_OK) {
            *error = answer->error;
            return error->status;
        }
        seen = answer->count;
        if (ids->closed)
            return weir__fail(error, WEIR_USAGE, WEIR_RETRY_NEVER, "the client was closed");
        if (weir__now(&ids->env->clock) >= deadline)
            return too_late(rule, error);
        if (s)
            s->wanted = true;
        else
            home->flake_wanted = true;
        if (!weir__ids_wake(home))
            return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_CALL,
                              "no thread can be made to fetch ids with: see ulimit -u");
        weir__cond_wait_until(&ids->answered, &ids->lock, deadline);
    }
}

weir_status weir__ids_take(weir__ids_maker *ids, const weir__table_config *rule, weir__deadline deadline,
                           uint64_t *list, size_t count, weir_error *error)
{
    weir__ids_sequence *s = NULL;
    pthread_mutex_lock(&ids->lock);
    weir__ids_home *home = find_home(ids, rule->database->name);
    if (home && rule->ids.kind == WEIR__IDS_SEQUENCE)
        s = find_sequence(home, rule);
    weir_status status = WEIR_NOMEM;
    if (home && (s || rule->ids.kind != WEIR__IDS_SEQUENCE))
        status = take(home, s, rule, deadline, list, count, error);
    else
        weir__fail_nomem(error);
    pthread_mutex_unlock(&ids->lock);
    return status;
}

const char *weir__ids_refuses(const weir__table_config *rule, const weir__column *column)
{
    int64_t least;
    uint64_t greatest;
    if (weir__column_class(column) != WEIR__CLASS_INTEGER)
        return "is no integer";
    weir__integer_bounds(&column->type, &least, &greatest);
    if (rule->ids.kind == WEIR__IDS_SNOWFLAKE && greatest < INT64_MAX)
        return "is too narrow for a snowflake: BIGINT";
    return column->generated ? "is made from other columns" : NULL;
}
