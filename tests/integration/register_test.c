/* register_test.c - a register read through replicas that lag: never stale, never backward. SPDX-License-Identifier: Apache-2.0
 *
 * Registers hold numbers that only grow. Workers, in several processes, write them one at a time and read them; each session knows the
 * least value that it may see of each: what it wrote and what it read. Tokens go from hand to hand through shared memory, with that
 * knowledge beside them. Meanwhile the replicas' SQL threads are stopped and started. WEIR_REGISTER_SECONDS says how long. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/cluster.h"

enum { REGISTERS = 4, PROCESSES = 2, THREADS = 3, TOKEN = 512, SESSION = 40 /* statements of one */ };

/* What a session knows: the least that it may see. */
typedef struct known {
    char token[TOKEN];
    int64_t least[REGISTERS];
} known;

typedef struct shared {
    pthread_mutex_t registers[REGISTERS]; /* who writes it */
    int64_t written[REGISTERS];
    pthread_mutex_t hand; /* of what is handed over */
    known handed;
    _Atomic uint64_t reads, writes, stale, taken, failed;
    _Atomic bool stop;
    char first[400];
} shared;

static void share_mutex(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(mutex, &attr);
    pthread_mutexattr_destroy(&attr);
}

typedef struct worker {
    shared *with;
    weir_client *client;
    weir_reads level;
    uint64_t random;
} worker;

static uint64_t next(worker *w, uint64_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (w->random >> 33) % below;
}

static void failed(shared *with, const char *what, const weir_error *error)
{
    if (with->failed++ == 0)
        snprintf(with->first, sizeof with->first, "%s: %s", what, error->text);
}

static void write_one(worker *w, weir_session *s, known *k, uint64_t r)
{
    weir_error error;
    pthread_mutex_lock(&w->with->registers[r]);
    int64_t value = w->with->written[r] + 1;
    weir_status status = weir_execute(s, "UPDATE register SET v = ? WHERE id = ?",
                                      WEIR_ARGS(weir_int(value), weir_int((int64_t)r)), NULL, &error);
    if (status == WEIR_OK)
        w->with->written[r] = k->least[r] = value;
    else
        failed(w->with, "write", &error);
    pthread_mutex_unlock(&w->with->registers[r]);
    w->with->writes++;
}

static void read_one(worker *w, weir_session *s, known *k, uint64_t r)
{
    weir_error error;
    weir_rows *rows = NULL;
    int64_t value = -1;
    weir_status status =
        weir_query(s, "SELECT v FROM register WHERE id = ?", WEIR_ARGS(weir_int((int64_t)r)), &rows, &error);
    if (status == WEIR_OK) {
        value = weir_next(rows) ? weir_get_int(rows, 0) : -1;
        status = weir_finish(rows, &error);
    }
    w->with->reads++;
    if (status != WEIR_OK) {
        failed(w->with, "read", &error);
        return;
    }
    if (value < k->least[r] && w->with->stale++ == 0 && w->level == WEIR_READS_SESSION)
        snprintf(w->with->first, sizeof w->with->first, "register %d: %" PRId64 " after %" PRId64, (int)r, value,
                 k->least[r]);
    if (value > k->least[r])
        k->least[r] = value;
}

/* One session: begins anew, or where another one ended. */
static void one_session(worker *w)
{
    shared *with = w->with;
    known k = {.token = ""};
    weir_session *s = NULL;
    weir_error error;
    weir_session_options o = WEIR_SESSION_OPTIONS_INIT;
    o.reads = w->level;
    if (next(w, 4) != 0) {
        pthread_mutex_lock(&with->hand);
        k = with->handed;
        pthread_mutex_unlock(&with->hand);
        with->taken += k.token[0] != '\0';
    }
    o.after_token = k.token;
    if (weir_session_open(w->client, &o, &s, &error) != WEIR_OK) {
        failed(with, "session", &error);
        return;
    }
    for (int i = 0; i < SESSION && !with->stop; i++) {
        uint64_t r = next(w, REGISTERS);
        if (next(w, 5) == 0)
            write_one(w, s, &k, r);
        else
            read_one(w, s, &k, r);
        if (next(w, 8) != 0)
            continue;
        if (weir_token(s, k.token, sizeof k.token) >= sizeof k.token)
            failed(with, "token", &error);
        pthread_mutex_lock(&with->hand);
        with->handed = k;
        pthread_mutex_unlock(&with->hand);
    }
    weir_session_close(s);
}

static void *work(void *context)
{
    worker *w = context;
    while (!w->with->stop)
        one_session(w);
    return NULL;
}

/* A process of its own: its own client, pools and probes. */
static int process(shared *with, weir_reads level, const char *yaml, uint64_t seed)
{
    live l;
    pthread_t threads[THREADS];
    worker workers[THREADS];
    live_open_config(&l, yaml);
    for (uint64_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){with, l.client, level, seed * 1000 + i};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    live_close(&l);
    return 0;
}

static uint64_t run_seconds(void)
{
    const char *text = getenv("WEIR_REGISTER_SECONDS");
    return text ? strtoull(text, NULL, 10) : 8;
}

/* One replica stands still for a while, then the other, then both. */
static void make_lag(uint64_t until_ms)
{
    static const char *const replicas[] = {"shop-r1", "shop-r2"};
    for (unsigned n = 1; test_ms() < until_ms; n++) {
        for (int i = 0; i < 2; i++)
            if ((n % 3 + 1) & (1u << i))
                root_run(replicas[i], "STOP SLAVE SQL_THREAD");
        sleep_ms(20 + n * 37 % 200);
        root_run(replicas[0], "START SLAVE SQL_THREAD");
        root_run(replicas[1], "START SLAVE SQL_THREAD");
        sleep_ms(20 + n * 53 % 200);
    }
}

static void run(shared *with, weir_reads level, uint64_t seconds)
{
    /* Children are made before any thread of this process. */
    const char *yaml = live_yaml("  health: {every: 50ms, out_after: 100}\n  reads: {wait: 5ms, max_lag: 30s}\n");
    pid_t children[PROCESSES];
    for (uint64_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(process(with, level, yaml, i + 1) || test_failed());
    }
    make_lag(test_ms() + seconds * 1000);
    with->stop = true;
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        waitpid(children[i], &status, 0);
        EXPECT_INT(status, 0);
    }
}

static shared *begin(void)
{
    live l;
    shared *with = mmap(NULL, sizeof *with, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    share_mutex(&with->hand);
    for (int i = 0; i < REGISTERS; i++)
        share_mutex(&with->registers[i]);
    cluster_setup();
    live_open(&l, NULL);
    live_run(&l, "DROP TABLE IF EXISTS register", weir_no_args());
    live_run(&l, "CREATE TABLE register (id INT PRIMARY KEY, v BIGINT NOT NULL)", weir_no_args());
    live_run(&l, "INSERT INTO register VALUES (0, 0), (1, 0), (2, 0), (3, 0)", weir_no_args());
    char position[200];
    snprintf(position, sizeof position, "SELECT MASTER_GTID_WAIT('%s', 60)",
             root_one("shop", "SELECT @@gtid_binlog_pos"));
    root_run("shop-r1", position);
    root_run("shop-r2", position);
    live_close(&l);
    return with;
}

static void end(shared *with)
{
    root_run("shop", "DROP TABLE register");
    munmap(with, sizeof *with);
}

TEST(register, session_reads_are_never_stale_and_never_go_back)
{
    shared *with = begin();
    run(with, WEIR_READS_SESSION, run_seconds());
    printf("register: %" PRIu64 " reads, %" PRIu64 " writes, %" PRIu64 " sessions by token\n", (uint64_t)with->reads,
           (uint64_t)with->writes, (uint64_t)with->taken);
    EXPECT_THAT(with->stale == 0, "%" PRIu64 " of %" PRIu64 " reads were stale, the first: %s", (uint64_t)with->stale,
                (uint64_t)with->reads, with->first);
    EXPECT_THAT(with->failed == 0, "%" PRIu64 " calls failed, the first: %s", (uint64_t)with->failed, with->first);
    EXPECT(with->reads > 200 && with->writes > 50 && with->taken > 10);
    end(with);
}

/* The same under the same lag: the test can see what it looks for. */
TEST(register, eventual_reads_are_found_stale)
{
    shared *with = begin();
    run(with, WEIR_READS_EVENTUAL, run_seconds() / 2 + 1);
    EXPECT_THAT(with->stale > 0, "none of %" PRIu64 " reads was stale", (uint64_t)with->reads);
    EXPECT_THAT(with->failed == 0, "%" PRIu64 " calls failed, the first: %s", (uint64_t)with->failed, with->first);
    end(with);
}
