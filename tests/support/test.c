/* test.c - the running test: its environment, its failures, its torture.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Threads: the counted allocator and test_fail may be used from any thread of a test. */
#include "tests/support/test.h"

#include <dirent.h>
#include <ftw.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/wait.h"

enum { MOST_PASSES = 20000 };

static struct {
    weir__env env;
#ifdef WEIR_FAULTS
    weir__faults faults;
#endif
    const char *suite, *name;
    _Atomic int failures;
    _Atomic int64_t live;    /* blocks not yet freed */
    _Atomic int64_t made;    /* allocations so far */
    _Atomic int64_t fail_at; /* the allocation to fail; 0: none */
    int files;               /* open when the test began */
    char folder[64];
} t;

/* Sockets and event descriptors of connections among them. */
static int open_files(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static void *counted_resize(void *context, void *old, size_t size)
{
    (void)context;
    if (size == 0) {
        if (old)
            atomic_fetch_sub(&t.live, 1);
        return weir__mem_system.resize(NULL, old, 0);
    }
    int64_t number = atomic_fetch_add(&t.made, 1) + 1;
    if (number == atomic_load(&t.fail_at))
        return NULL;
    void *block = weir__mem_system.resize(NULL, old, size);
    if (block && !old)
        atomic_fetch_add(&t.live, 1);
    return block;
}

static void log_line(void *context, int level, const char *line)
{
    (void)context;
    fprintf(stderr, "log %d: %s\n", level, line);
}

weir__env *test_env(void)
{
    return &t.env;
}

void test_begin(const char *suite, const char *name)
{
    t.suite = suite;
    t.name = name;
    t.failures = 0;
    t.live = 0;
    t.made = 0;
    t.fail_at = 0;
    t.folder[0] = '\0';
    t.files = open_files();
    weir__env_init(&t.env);
    t.env.mem = (weir__mem){counted_resize, NULL};
    if (getenv("WEIR_TEST_LOG"))
        t.env.log = (weir__log){log_line, NULL, WEIR_LOG_DEBUG};
#ifdef WEIR_FAULTS
    weir__faults_init(&t.faults);
    t.env.faults = &t.faults;
#endif
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

/* A dial thread that nobody waits for any more may still be leaving: it gets two seconds. */
static void expect_nothing_held(void)
{
    for (int i = 0; i < 200 && (atomic_load(&t.live) != 0 || open_files() != t.files); i++)
        weir__wait_ready(&weir__clock_system, -1, 0, -1, weir__deadline_in(&weir__clock_system, 10));
    int64_t live = atomic_load(&t.live);
    if (live != 0)
        test_fail(__FILE__, __LINE__, "%s.%s leaves %" PRId64 " blocks of memory", t.suite, t.name, live);
    if (open_files() != t.files)
        test_fail(__FILE__, __LINE__, "%s.%s leaves %d open files or connections", t.suite, t.name,
                  open_files() - t.files);
}

bool test_end(void)
{
    expect_nothing_held();
    if (t.folder[0])
        nftw(t.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return t.failures == 0;
}

bool test_failed(void)
{
    return t.failures != 0;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    char text[4096];
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "%s:%d: %s.%s: %s\n", file, line, t.suite, t.name, text);
    atomic_fetch_add(&t.failures, 1);
}

bool test_fail_allocation(int64_t nth)
{
    int64_t at = atomic_load(&t.fail_at), made = atomic_load(&t.made);
    atomic_store(&t.fail_at, nth > 0 ? made + nth : 0);
    return at != 0 && made >= at;
}

void test_torture(const char *suite, const char *name, weir_status (*body)(void))
{
    for (int64_t at = 1; at < MOST_PASSES; at++) {
        test_begin(suite, name);
        t.fail_at = at;
        weir_status status = body();
        bool was_failed = t.made >= at;
        if (status != WEIR_OK && !was_failed)
            test_fail(__FILE__, __LINE__, "fails by itself: %s", weir_status_name(status));
        expect_nothing_held();
        if (t.failures) {
            fprintf(stderr, "  at allocation %" PRId64 "\n", at);
            return;
        }
        if (!was_failed)
            return;
        if (t.folder[0])
            nftw(t.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
    test_fail(__FILE__, __LINE__, "more than %d allocations", MOST_PASSES);
}

void test_torture_fault(const char *suite, const char *name, weir__fault_point point, weir_status (*body)(void))
{
#ifdef WEIR_FAULTS
    for (int64_t at = 1; at < MOST_PASSES; at++) {
        test_begin(suite, name);
        weir__fault_arm(&t.faults, point, WEIR__FAULT_FAIL, at);
        weir_status status = body();
        bool was_failed = atomic_load(&t.faults.passed[point]) >= at;
        if (status != WEIR_OK && !was_failed)
            test_fail(__FILE__, __LINE__, "fails by itself: %s", weir_status_name(status));
        if (at == 1 && !was_failed)
            test_fail(__FILE__, __LINE__, "the fault point was never reached");
        expect_nothing_held();
        if (t.failures) {
            fprintf(stderr, "  at pass %" PRId64 " of the fault point\n", at);
            return;
        }
        if (!was_failed)
            return;
    }
    test_fail(__FILE__, __LINE__, "more than %d passes", MOST_PASSES);
#else
    (void)point;
    (void)body;
    test_begin(suite, name);
    test_fail(__FILE__, __LINE__, "built without fault points");
#endif
}

const char *test_folder(void)
{
    if (!t.folder[0]) {
        snprintf(t.folder, sizeof t.folder, "%s/weir-test-XXXXXX",
                 getenv("TMPDIR") && strlen(getenv("TMPDIR")) < 40 ? getenv("TMPDIR") : "/tmp");
        if (!mkdtemp(t.folder)) {
            test_fail(__FILE__, __LINE__, "no scratch folder can be made");
            t.folder[0] = '\0';
        }
    }
    return t.folder;
}

char *test_read_file(const char *path, size_t *size)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s/%s", WEIR_SOURCE_DIR, path);
    FILE *file = fopen(whole, "rb");
    if (!file) {
        test_fail(__FILE__, __LINE__, "cannot read %s", whole);
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *text = weir__alloc(&t.env.mem, (size_t)length + 1);
    size_t got = text ? fread(text, 1, (size_t)length, file) : 0;
    fclose(file);
    if (text)
        text[got] = '\0';
    if (size)
        *size = got;
    return text;
}

#ifdef WEIR_PLAIN_TESTS
enum { MOST_TESTS = 2000 };
static struct {
    const char *suite, *name;
    void (*run)(void);
} tests[MOST_TESTS];
static int test_count;

void test_register(const char *suite, const char *name, void (*run)(void))
{
    if (test_count == MOST_TESTS)
        abort();
    tests[test_count].suite = suite;
    tests[test_count].name = name;
    tests[test_count++].run = run;
}

/* Arguments: words that a test's "suite.name" must contain one of; none: all tests. */
int main(int argc, char **argv)
{
    int ran = 0, failed = 0;
    for (int i = 0; i < test_count; i++) {
        char whole[256];
        bool wanted = argc == 1;
        snprintf(whole, sizeof whole, "%s.%s", tests[i].suite, tests[i].name);
        for (int a = 1; a < argc; a++)
            wanted = wanted || strstr(whole, argv[a]);
        if (!wanted)
            continue;
        tests[i].run();
        ran++;
        failed += t.failures != 0;
    }
    printf("[====] Synthesis: Tested: %d | Passing: %d | Failing: %d\n", ran, ran - failed, failed);
    return ran == 0 || failed != 0;
}
#endif
