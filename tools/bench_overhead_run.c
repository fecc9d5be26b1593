/* bench_overhead_run.c - threads that run slices, and what they measure. SPDX-License-Identifier: Apache-2.0
 * Each thread has its session and, up to OVERHEAD_RAW, its raw connection. Processor time is the thread's own, kernel included;
 * instructions are counted in user space alone. */
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "tools/bench_overhead.h"

typedef struct worker {
    overhead_team *team;
    pthread_t thread;
    int number, perf; /* perf -1: instructions cannot be counted */
    weir_session *session;
    uint64_t random;
    overhead_sample sample; /* of the last slice */
} worker;

struct overhead_team {
    const overhead_target *target;
    int threads, started;
    pthread_barrier_t begin, end;
    /* the slice */
    overhead_side side;
    int running; /* threads that take part; 0: all are to end */
    uint64_t until_ns;
    atomic_bool stop; /* one failed */
    worker workers[OVERHEAD_MOST_THREADS];
};

static uint64_t now_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int count_instructions(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static uint64_t instructions_of(int perf)
{
    uint64_t count = 0;
    return perf >= 0 && read(perf, &count, sizeof count) == (ssize_t)sizeof count ? count : 0;
}

static bool read_one(weir_rows *rows, size_t *size, weir_error *error)
{
    bool row = weir_next(rows);
    if (row)
        *size = weir_get_text(rows, 0).size;
    return weir_finish(rows, error) == WEIR_OK && row;
}

static bool run_one(worker *w, overhead_side side, int64_t id, size_t *size)
{
    raw_client *raw = w->number < OVERHEAD_RAW ? w->team->target->raw[w->number] : NULL;
    char *why = w->sample.why, sql[80];
    weir_rows *rows = NULL;
    weir_error error = {.text = "there is no such row"};
    weir_status status = WEIR_OK;
    switch (side) {
    case OVERHEAD_RAW_PREPARED:
        return raw_select_prepared(raw, id, size, why);
    case OVERHEAD_RAW_TEXT:
        return raw_select_text(raw, id, size, why);
    case OVERHEAD_WEIR_PARAMETERS:
        status =
            weir_query(w->session, "SELECT c FROM weir_bench WHERE id = ?", WEIR_ARGS(weir_int(id)), &rows, &error);
        break;
    case OVERHEAD_WEIR_LITERALS:
        snprintf(sql, sizeof sql, "SELECT c FROM weir_bench WHERE id = %lld", (long long)id);
        status = weir_query(w->session, sql, weir_no_args(), &rows, &error);
        break;
    case OVERHEAD_SIDES:
        break;
    }
    if (status == WEIR_OK && read_one(rows, size, &error))
        return true;
    snprintf(why, RAW_WHY, "%s", error.text);
    return false;
}

static void run_slice(worker *w)
{
    overhead_team *team = w->team;
    overhead_sample *s = &w->sample;
    memset(s, 0, sizeof *s);
    uint64_t begin_ns = now_of(CLOCK_MONOTONIC), at_ns = begin_ns;
    uint64_t cpu_ns = now_of(CLOCK_THREAD_CPUTIME_ID), instructions = instructions_of(w->perf);
    while (at_ns < team->until_ns && !atomic_load_explicit(&team->stop, memory_order_relaxed)) {
        size_t size = 0;
        w->random = w->random * 6364136223846793005u + 1442695040888963407u;
        if (!run_one(w, team->side, (int64_t)((w->random >> 33) % OVERHEAD_ROWS), &size) || size == 0) {
            atomic_store(&team->stop, true);
            if (!*s->why)
                snprintf(s->why, sizeof s->why, "an empty value");
            break;
        }
        uint64_t after_ns = now_of(CLOCK_MONOTONIC);
        latency_add(&s->latencies, after_ns - at_ns);
        at_ns = after_ns;
    }
    s->instructions = instructions_of(w->perf) - instructions;
    s->counted = w->perf >= 0;
    s->cpu_ns = now_of(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
    s->wall_ns = at_ns - begin_ns;
    s->operations = s->latencies.count;
}

static void *work(void *context)
{
    worker *w = context;
    w->perf = count_instructions();
    for (;;) {
        pthread_barrier_wait(&w->team->begin);
        if (w->team->running == 0)
            break;
        if (w->number < w->team->running)
            run_slice(w);
        pthread_barrier_wait(&w->team->end);
    }
    if (w->perf >= 0)
        close(w->perf);
    return NULL;
}

overhead_team *overhead_team_new(const overhead_target *target, int threads)
{
    overhead_team *team = weir__new(&weir__mem_system, sizeof *team);
    weir_error error = {.text = "no more threads can be had"};
    if (!team)
        return NULL;
    team->target = target;
    team->threads = threads;
    pthread_barrier_init(&team->begin, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&team->end, NULL, (unsigned)threads + 1);
    bool good = true;
    for (int i = 0; i < threads && good; i++) {
        worker *w = &team->workers[i];
        *w = (worker){.team = team, .number = i, .random = (uint64_t)i + 1};
        good = weir_session_open(target->client, NULL, &w->session, &error) == WEIR_OK;
    }
    for (; team->started < threads && good; team->started += good)
        good = pthread_create(&team->workers[team->started].thread, NULL, work, &team->workers[team->started]) == 0;
    if (good)
        return team;
    fprintf(stderr, "weir bench overhead: %s\n", error.text);
    if (team->started) /* they wait at a barrier that is never full: let the process end */
        return NULL;
    overhead_team_free(team);
    return NULL;
}

void overhead_team_free(overhead_team *team)
{
    if (!team)
        return;
    if (team->started) {
        team->running = 0;
        pthread_barrier_wait(&team->begin);
    }
    for (int i = 0; i < team->started; i++)
        pthread_join(team->workers[i].thread, NULL);
    for (int i = 0; i < team->threads; i++)
        weir_session_close(team->workers[i].session);
    pthread_barrier_destroy(&team->begin);
    pthread_barrier_destroy(&team->end);
    weir__free(&weir__mem_system, team);
}

double overhead_slice(overhead_team *team, overhead_side side, int threads, uint64_t ns, overhead_sample *sample)
{
    double rate = 0;
    team->side = side;
    team->running = threads;
    team->until_ns = now_of(CLOCK_MONOTONIC) + ns;
    atomic_store(&team->stop, false);
    pthread_barrier_wait(&team->begin);
    pthread_barrier_wait(&team->end);
    sample->counted = true;
    for (int i = 0; i < threads; i++) {
        const overhead_sample *s = &team->workers[i].sample;
        if (*s->why) {
            memcpy(sample->why, s->why, sizeof sample->why);
            return 0;
        }
        sample->operations += s->operations;
        sample->wall_ns += s->wall_ns;
        sample->cpu_ns += s->cpu_ns;
        sample->instructions += s->instructions;
        sample->counted = sample->counted && s->counted;
        latency_merge(&sample->latencies, &s->latencies);
        rate += s->wall_ns ? (double)s->operations * 1e9 / (double)s->wall_ns : 0;
    }
    return rate;
}
