/* soak_test.c - servers killed, paused and restarted at random under mixed work; afterwards everything adds up. SPDX-License-Identifier: Apache-2.0
 *
 * WEIR_SOAK_SECONDS (60) and WEIR_SOAK_SEED (printed; else of the clock) choose the run. tests/soak/run starts it by itself.
 * What must hold at the end: each write that was acknowledged is there once, each that was called failed is not there, an unknown one
 * is there at most once; pairs of one transaction are there both or not at all; every statement is counted once; connections, dials
 * and kills add up; no thread is stuck; memory does not grow. */
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "base/wait.h"
#include "tests/soak/soak.h"
#include "tests/support/server.h"

/* STUCK_MS: longer than any deadline here by far, and than a server may be away. */
enum { STUCK_MS = 90000, MOST_GROWTH = 8 * 1024 * 1024 };

typedef struct soak {
    live l; /* its client is the workers'; its session the harm's and the end's */
    soak_worker workers[SOAK_WORKERS];
    _Atomic bool leave;
    unsigned seed;
    uint64_t until_ms;
    int kills, pauses, struck, cancels;
    size_t bytes_then; /* in use when a fifth of the time was over */
} soak;

static void pause_ms(uint32_t ms)
{
    weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, ms));
}

static long number_from(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtol(text, NULL, 10) : otherwise;
}

static size_t bytes_in_use(void)
{
    return mallinfo2().uordblks;
}

/* ---- harm ---- */

static void strike_a_connection(soak *s)
{
    server_root("DELIMITER //\nBEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END; SELECT "
                "CONCAT('KILL ', id) INTO @kill "
                "FROM information_schema.processlist WHERE user = 'app' ORDER BY RAND() LIMIT 1; EXECUTE IMMEDIATE "
                "@kill; END//\n");
    s->struck++;
}

static void harm_once(soak *s)
{
    switch ((unsigned)rand_r(&s->seed) % 10) {
    case 0:
        server_kill();
        pause_ms((uint32_t)rand_r(&s->seed) % 800);
        server_restart();
        s->kills++;
        break;
    case 1:
    case 2:
    case 3:
        server_pause();
        pause_ms(20 + (uint32_t)rand_r(&s->seed) % 1800);
        server_go_on();
        s->pauses++;
        break;
    default:
        strike_a_connection(s);
    }
}

static void *harm(void *context)
{
    soak *s = context;
    uint64_t began = test_ms(), whole = s->until_ms - began;
    while (!s->leave && !test_failed()) {
        harm_once(s);
        pause_ms(50 + (uint32_t)rand_r(&s->seed) % 900);
        if (!s->bytes_then && test_ms() - began > whole / 5)
            s->bytes_then = bytes_in_use();
    }
    return NULL;
}

static void *cancel(void *context)
{
    soak *s = context;
    unsigned seed = s->seed + 1;
    while (!s->leave) {
        soak_worker *w = &s->workers[(unsigned)rand_r(&seed) % SOAK_WORKERS];
        pthread_mutex_lock(&w->lock);
        weir_cancel(w->session);
        pthread_mutex_unlock(&w->lock);
        s->cancels++;
        pause_ms(1 + (uint32_t)rand_r(&seed) % 100);
    }
    return NULL;
}

/* Nobody may be at one operation for ever. */
static void watch(soak *s)
{
    while (!s->leave && !test_failed() && test_ms() < s->until_ms) {
        pause_ms(100);
        for (unsigned i = 0; i < SOAK_WORKERS; i++) {
            uint64_t began = s->workers[i].began_ms;
            if (began && test_ms() > began + STUCK_MS) {
                test_fail(__FILE__, __LINE__, "worker %u is stuck for %d s (seed %u)", i,
                          (int)((test_ms() - began) / 1000), s->seed);
                fflush(NULL);
                kill(getpid(), SIGABRT); /* with all threads where they are */
            }
        }
    }
    s->leave = true;
}

/* ---- afterwards ---- */

static bool until(soak *s, const char *name, double wanted)
{
    for (int i = 0; i < 3000 && live_counter(&s->l, name) != wanted; i++)
        pause_ms(10);
    return live_counter(&s->l, name) == wanted;
}

static double counter(soak *s, const char *name)
{
    return live_counter(&s->l, name);
}

/* How often each id of the worker is in the log. */
static void read_log(soak *s, const soak_worker *w, unsigned char *times)
{
    weir_rows *rows = NULL;
    weir_query_options options = WEIR_QUERY_OPTIONS_INIT;
    options.timeout_ms = 600000;
    int64_t first = (int64_t)w->number * SOAK_IDS;
    const char *sql = "SELECT id, COUNT(*) FROM soak_log WHERE id >= ? AND id < ? GROUP BY id";
    EXPECT_OK(weir_query_with(s->l.session, &options, weir__view(sql),
                              WEIR_ARGS(weir_int(first), weir_int(first + SOAK_IDS)), &rows, &s->l.error),
              s->l.error);
    while (weir_next(rows)) {
        int64_t at = weir_get_int(rows, 0) - first, count = weir_get_int(rows, 1);
        EXPECT_THAT(at >= 0 && at < w->writes, "id %d was never written", (int)(first + at));
        if (at >= 0 && at < w->writes)
            times[at] = count > 2 ? 2 : (unsigned char)count;
    }
    EXPECT_OK(weir_finish(rows, &s->l.error), s->l.error);
}

/* What was said of a write that was called failed. */
static void tell_refusal(const soak_worker *w, int64_t id)
{
    char line[1200];
    int64_t first;
    unsigned count;
    rewind(w->refusals);
    while (fgets(line, sizeof line, w->refusals))
        if (sscanf(line, "%" SCNd64 " %u", &first, &count) == 2 && id >= first && id < first + count)
            printf("soak: %s", line);
}

static void check_writes(soak *s)
{
    uint64_t done = 0, unknown = 0, unknown_there = 0, failed = 0;
    for (unsigned i = 0; i < SOAK_WORKERS; i++) {
        const soak_worker *w = &s->workers[i];
        unsigned char *times = calloc(w->writes + 1, 1);
        read_log(s, w, times);
        for (uint32_t j = 0; j < w->writes; j++) {
            int64_t id = (int64_t)w->number * SOAK_IDS + j;
            EXPECT_THAT(times[j] < 2, "write %" PRId64 " is there twice", id);
            EXPECT_THAT(w->told[j] != SOAK_DONE || times[j] == 1, "acknowledged write %" PRId64 " is lost", id);
            EXPECT_THAT(w->told[j] != SOAK_NOT_DONE || times[j] == 0,
                        "write %" PRId64 " was called failed, and is there", id);
            if (w->told[j] == SOAK_NOT_DONE && times[j])
                tell_refusal(w, id);
            done += w->told[j] == SOAK_DONE;
            failed += w->told[j] == SOAK_NOT_DONE;
            unknown += w->told[j] == SOAK_MAYBE;
            unknown_there += w->told[j] == SOAK_MAYBE && times[j];
        }
        free(times);
    }
    printf("soak: writes: %" PRIu64 " done, %" PRIu64 " failed, %" PRIu64 " unknown of which %" PRIu64 " are there\n",
           done, failed, unknown, unknown_there);
    EXPECT(done > 0);
}

static void check_counters(soak *s, double statements_before, double failures_before)
{
    uint64_t statements = 0, failures = 0, operations = 0, refused = 0;
    for (unsigned i = 0; i < SOAK_WORKERS; i++) {
        statements += s->workers[i].statements;
        failures += s->workers[i].failures;
        operations += s->workers[i].operations;
        refused += s->workers[i].refused;
    }
    EXPECT_INT(counter(s, "weir_statements_total") - statements_before, statements);
    EXPECT_INT(counter(s, "weir_failures_total") - failures_before, failures);
    EXPECT(until(s, "weir_kills_waiting", 0));
    EXPECT(until(s, "weir_pool_dialling", 0));
    EXPECT_INT(counter(s, "weir_pool_taken"), 0);
    EXPECT_INT(counter(s, "weir_pool_waiting"), 0);
    double ended = counter(s, "weir_pool_broken_total") + counter(s, "weir_pool_discarded_total");
    EXPECT_INT(counter(s, "weir_pool_granted_total"), counter(s, "weir_pool_gives_total") + ended);
    EXPECT_INT(counter(s, "weir_kills_total") + counter(s, "weir_kills_given_up_total"),
               counter(s, "weir_pool_broken_total"));
    EXPECT_INT(counter(s, "weir_kills_given_up_total"), 0);
    EXPECT_INT(counter(s, "weir_sessions"), 1);
    printf("soak: %" PRIu64 " operations, %" PRIu64 " statements, %" PRIu64 " failures, %" PRIu64
           " refused for lost state; %d kills, %d pauses, %d connections struck, %d cancels; %d dials, %d broken\n",
           operations, statements, failures, refused, s->kills, s->pauses, s->struck, s->cancels,
           (int)counter(s, "weir_pool_dials_total"), (int)counter(s, "weir_pool_broken_total"));
    for (int i = 1; i < 32; i++) {
        uint64_t n = 0;
        for (unsigned j = 0; j < SOAK_WORKERS; j++)
            n += s->workers[j].by_status[i];
        if (n)
            printf("soak:   %s %" PRIu64 "\n", weir_status_name((weir_status)i), n);
    }
}

/* Opened = there + gone: asked of a pool at rest, whose keeper might still be closing what is idle. */
static void check_connections(soak *s)
{
    for (int i = 0; i < 200; i++) {
        double opened = counter(s, "weir_pool_opened_total");
        double gone = counter(s, "weir_pool_broken_total") + counter(s, "weir_pool_discarded_total") +
                      counter(s, "weir_pool_closed_total");
        double there = counter(s, "weir_pool_idle") + counter(s, "weir_pool_taken");
        if (opened == there + gone && counter(s, "weir_pool_dialling") == 0 &&
            counter(s, "weir_pool_dials_total") == opened + counter(s, "weir_pool_dial_failures_total"))
            return;
        pause_ms(20);
    }
    test_fail(__FILE__, __LINE__, "connections opened, closed and there do not add up");
}

/* A KILL that was given up fails the soak: it says why. */
static void log_line(void *context, int level, const char *line)
{
    (void)context;
    (void)level;
    if (strstr(line, "could not be killed"))
        printf("soak: %s\n", line);
}

static void soak_open(soak *s)
{
    if (!test_env()->log.write)
        test_env()->log = (weir__log){log_line, NULL, WEIR_LOG_WARNING};
    live_open(&s->l, "  pool: {min: 1, max: 6, wait: 500ms, idle: 700ms, lifetime: 3s, warn_held: 300ms}\n"
                     "  timeouts: {connect: 1s, query: 2s, transaction: 3s}\n");
    live_run(&s->l,
             "CREATE OR REPLACE TABLE soak_log (seq BIGINT AUTO_INCREMENT PRIMARY KEY, id BIGINT NOT NULL, KEY (id))",
             weir_no_args());
    live_run(&s->l, "CREATE OR REPLACE TABLE soak_known (id INT PRIMARY KEY, v INT NOT NULL)", weir_no_args());
    live_run(&s->l, "INSERT INTO soak_known SELECT seq, seq * 7 FROM seq_1_to_1000", weir_no_args());
}

TEST(soak, servers_come_and_go_and_everything_adds_up)
{
    static soak s;
    pthread_t harmer, canceller;
    long seconds = number_from("WEIR_SOAK_SECONDS", 60);
    s.seed = (unsigned)number_from("WEIR_SOAK_SEED", (long)(weir__now(&weir__clock_system) / 1000 % 1000000));
    printf("soak: %ld s, WEIR_SOAK_SEED=%u\n", seconds, s.seed);
    fflush(stdout);
    soak_open(&s);
    double statements = counter(&s, "weir_statements_total"), failures = counter(&s, "weir_failures_total");
    s.until_ms = test_ms() + (uint64_t)seconds * 1000;
    for (unsigned i = 0; i < SOAK_WORKERS; i++) {
        soak_worker *w = &s.workers[i];
        *w = (soak_worker){.number = i + 1, .seed = s.seed * 100 + i, .client = s.l.client, .leave = &s.leave};
        w->told = calloc(SOAK_MOST_WRITES, 1);
        w->refusals = tmpfile();
        pthread_mutex_init(&w->lock, NULL);
        pthread_create(&w->thread, NULL, soak_work, w);
    }
    pthread_create(&harmer, NULL, harm, &s);
    pthread_create(&canceller, NULL, cancel, &s);
    watch(&s);
    pthread_join(harmer, NULL);
    pthread_join(canceller, NULL);
    for (unsigned i = 0; i < SOAK_WORKERS; i++)
        pthread_join(s.workers[i].thread, NULL);
    check_counters(&s, statements, failures);
    size_t bytes = bytes_in_use();
    printf("soak: %zu bytes in use after a fifth of the time, %zu at the end\n", s.bytes_then, bytes);
    EXPECT_THAT(!s.bytes_then || bytes < s.bytes_then + MOST_GROWTH, "memory grows");
    EXPECT(live_until(&s.l, "SELECT 1", "1"));
    check_writes(&s);
    check_connections(&s);
    live_run(&s.l, "DROP TABLE soak_log, soak_known", weir_no_args());
    live_close(&s.l);
    for (unsigned i = 0; i < SOAK_WORKERS; i++) {
        free(s.workers[i].told);
        fclose(s.workers[i].refusals);
        pthread_mutex_destroy(&s.workers[i].lock);
    }
}
