/* fiber_test.c - taking turns, waiting together, and stacks that are not left behind. SPDX-License-Identifier: Apache-2.0 */
#include "base/fiber.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/support/test.h"

enum { FIBERS = 4, FOR_EVER_MS = 60000 };

typedef struct worker {
    int pipe[2];
    char name;
    weir__deadline deadline;
    weir__wait_end end;
    int wake_fd;
} worker;

static char story[256]; /* what happened, in order */

static void tell(char c)
{
    size_t size = strlen(story);
    if (size + 1 < sizeof story) {
        story[size] = c;
        story[size + 1] = '\0';
    }
}

/* a: it begins to wait, A: it got its byte */
static void wait_for_byte(void *context)
{
    worker *w = context;
    char byte;
    tell(w->name);
    w->end = weir__wait_ready(&test_env()->clock, w->pipe[0], POLLIN, w->wake_fd, w->deadline);
    if (w->end == WEIR__WAIT_READY && read(w->pipe[0], &byte, 1) == 1)
        tell((char)(w->name - 'a' + 'A'));
}

/* Its byte wakes the one before it. */
static void wake_another(void *context)
{
    worker *w = context;
    wait_for_byte(w);
    if (w->name > 'a')
        EXPECT(write((w - 1)->pipe[1], "x", 1) == 1);
}

static weir__fibers *open_set(weir__stacks **stacks, worker *workers)
{
    story[0] = '\0';
    *stacks = weir__stacks_new(&test_env()->mem, 2);
    for (int i = 0; i < FIBERS; i++) {
        workers[i] = (worker){.name = (char)('a' + i), .wake_fd = -1};
        workers[i].deadline = weir__deadline_in(&test_env()->clock, FOR_EVER_MS);
        EXPECT(pipe2(workers[i].pipe, O_CLOEXEC) == 0);
    }
    return weir__fibers_new(&test_env()->mem, &test_env()->clock, *stacks);
}

static void close_set(weir__fibers *set, weir__stacks *stacks, worker *workers)
{
    weir__fibers_free(set);
    EXPECT(weir__stacks_kept(stacks) <= 2);
    weir__stacks_free(stacks);
    for (int i = 0; i < FIBERS; i++) {
        close(workers[i].pipe[0]);
        close(workers[i].pipe[1]);
    }
}

/* All four begin to wait before any has its byte; then each lets the one before it go. */
TEST(fiber, waits_overlap)
{
    weir__stacks *stacks;
    worker workers[FIBERS];
    weir__fibers *set = open_set(&stacks, workers);
    for (int i = 0; i < FIBERS; i++)
        EXPECT(weir__fiber_add(set, wake_another, &workers[i]) != NULL);
    EXPECT(write(workers[FIBERS - 1].pipe[1], "x", 1) == 1);
    EXPECT(!weir__fiber_inside());
    weir__fibers_run(set, NULL, NULL);
    EXPECT_TEXT(story, "abcdDCBA");
    close_set(set, stacks, workers);
}

TEST(fiber, each_has_its_deadline_and_its_waking)
{
    weir__stacks *stacks;
    worker workers[FIBERS];
    weir__fibers *set = open_set(&stacks, workers);
    workers[0].deadline = weir__now(&test_env()->clock);
    workers[1].wake_fd = workers[3].pipe[0];
    EXPECT(write(workers[3].pipe[1], "x", 1) == 1);
    EXPECT(write(workers[2].pipe[1], "x", 1) == 1);
    for (int i = 0; i < 3; i++)
        EXPECT(weir__fiber_add(set, wait_for_byte, &workers[i]) != NULL);
    weir__fibers_run(set, NULL, NULL);
    EXPECT_INT(workers[0].end, WEIR__WAIT_TIMED_OUT);
    EXPECT_INT(workers[1].end, WEIR__WAIT_WOKEN);
    EXPECT_INT(workers[2].end, WEIR__WAIT_READY);
    close_set(set, stacks, workers);
}

static void count_up(void *context)
{
    volatile double x = 2; /* what a function must find as it left it */
    for (int *count = context; *count < 3; ++*count) {
        weir__fiber_pause();
        x *= 2;
    }
    EXPECT(x == 16);
}

TEST(fiber, pauses)
{
    weir__stacks *stacks = weir__stacks_new(&test_env()->mem, 2);
    weir__fibers *set = weir__fibers_new(&test_env()->mem, &test_env()->clock, stacks);
    int counts[2] = {0};
    weir__fiber *a = weir__fiber_add(set, count_up, &counts[0]), *b = weir__fiber_add(set, count_up, &counts[1]);
    weir__fibers_run(set, NULL, NULL);
    EXPECT(weir__fiber_paused(a) && weir__fiber_paused(b));
    weir__fibers_run_one(set, a);
    weir__fibers_run_one(set, a);
    EXPECT_INT(counts[0], 2);
    EXPECT_INT(counts[1], 0);
    weir__fibers_run_one(set, a);
    EXPECT(weir__fiber_done(a) && !weir__fiber_done(b));
    while (!weir__fiber_done(b))
        weir__fibers_run_one(set, b);
    EXPECT_INT(counts[1], 3);
    weir__fibers_free(set);
    weir__stacks_free(stacks);
}

static bool has_two(void *context)
{
    return strlen(context) >= 2;
}

TEST(fiber, enough)
{
    weir__stacks *stacks;
    worker workers[FIBERS];
    weir__fibers *set = open_set(&stacks, workers);
    for (int i = 0; i < FIBERS; i++)
        EXPECT(weir__fiber_add(set, wait_for_byte, &workers[i]) != NULL);
    EXPECT(weir__fibers_run(set, has_two, story));
    EXPECT_TEXT(story, "ab");
    for (int i = 0; i < FIBERS; i++)
        EXPECT(write(workers[i].pipe[1], "x", 1) == 1);
    weir__fibers_run(set, NULL, NULL);
    EXPECT_TEXT(story, "abcdABCD");
    close_set(set, stacks, workers);
}

/* A fiber may go on on another thread than it began on. */
static void *run_there(void *set)
{
    weir__fibers_run(set, NULL, NULL);
    return NULL;
}

TEST(fiber, moves_between_threads)
{
    weir__stacks *stacks;
    worker workers[FIBERS];
    weir__fibers *set = open_set(&stacks, workers);
    pthread_t thread;
    EXPECT(weir__fiber_add(set, wait_for_byte, &workers[0]) != NULL);
    EXPECT(weir__fiber_add(set, wait_for_byte, &workers[1]) != NULL);
    EXPECT(weir__fibers_run(set, has_two, story));
    EXPECT(write(workers[0].pipe[1], "x", 1) == 1 && write(workers[1].pipe[1], "x", 1) == 1);
    EXPECT(pthread_create(&thread, NULL, run_there, set) == 0);
    pthread_join(thread, NULL);
    EXPECT_TEXT(story, "abAB");
    close_set(set, stacks, workers);
}

static void use_stack(void *context)
{
    volatile char room[40 * 1024];
    for (size_t i = 0; i < sizeof room; i += 64)
        room[i] = (char)i;
    *(int *)context = (room[64] == 64) + (int)floor(1.5);
}

TEST(fiber, stack_is_large_enough)
{
    weir__stacks *stacks = weir__stacks_new(&test_env()->mem, 0);
    weir__fibers *set = weir__fibers_new(&test_env()->mem, &test_env()->clock, stacks);
    int result = 0;
    EXPECT(weir__fiber_add(set, use_stack, &result) != NULL);
    weir__fibers_run(set, NULL, NULL);
    EXPECT_INT(result, 2);
    weir__fibers_free(set);
    weir__stacks_free(stacks);
}

static void nothing(void *context)
{
    (void)context;
}

TORTURE(fiber, memory)
{
    weir__stacks *stacks = weir__stacks_new(&test_env()->mem, 2);
    weir__fibers *set = stacks ? weir__fibers_new(&test_env()->mem, &test_env()->clock, stacks) : NULL;
    bool whole = set != NULL;
    for (int i = 0; i < 10 && whole; i++)
        whole = weir__fiber_add(set, nothing, NULL) != NULL;
    if (set)
        weir__fibers_run(set, NULL, NULL);
    weir__fibers_free(set);
    weir__stacks_free(stacks);
    return whole ? WEIR_OK : WEIR_NOMEM;
}
