/* test.h - what every test is written with. SPDX-License-Identifier: Apache-2.0
 *
 * TEST(suite, name) { EXPECT(..); }       one test; its environment (test_env) counts memory: what
 * is still held at the end of the body fails the test TORTURE(suite, name) { return status; } the
 * same body once for each allocation it makes, that one failing: it must end with a failure status
 * (or manage without) and leave nothing behind TORTURE_FAULT(suite, name, point)       the same
 * once for each pass of a fault point, that one failing
 *
 * By default a test is a Criterion test. With -DWEIR_PLAIN_TESTS the same source becomes a program
 * that runs its tests one after the other in one process: TSan cannot run under Criterion, and
 * valgrind is faster so. Use EXPECT.., never cr_assert. */
#ifndef WEIR_TESTS_TEST_H
#define WEIR_TESTS_TEST_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "weir.h"

/* The environment for the running test: counted allocator, fault points, log to stderr when
 * WEIR_TEST_LOG is set. */
weir__env *test_env(void);

void test_begin(const char *suite, const char *name);
bool test_end(void); /* checks what the body must have given back; false if anything failed */
void test_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool test_failed(void);
/* For a TEST that tortures but a part of itself: the nth allocation from now fails, 0: none. Returns: did the one asked for before? */
bool test_fail_allocation(int64_t nth);
void test_torture(const char *suite, const char *name, weir_status (*body)(void));
void test_torture_fault(const char *suite, const char *name, weir__fault_point point, weir_status (*body)(void));
/* A scratch folder of this test, removed at its end. */
const char *test_folder(void);
/* The text of a file of the source tree, or NULL (and the test fails). The caller frees with
 * weir__free(&test_env()->mem, ..). */
char *test_read_file(const char *path_below_the_source, size_t *size);

#ifdef WEIR_PLAIN_TESTS
void test_register(const char *suite, const char *name, void (*run)(void));
#define TEST__RUNNER(suite, name)                                                                                      \
    static void test_run_##suite##_##name(void);                                                                       \
    __attribute__((constructor)) static void test_add_##suite##_##name(void)                                           \
    {                                                                                                                  \
        test_register(#suite, #name, test_run_##suite##_##name);                                                       \
    }                                                                                                                  \
    static void test_run_##suite##_##name(void)
#define TEST__VERDICT (void)test_end()
#else
#include <criterion/criterion.h>
#define TEST__RUNNER(suite, name) Test(suite, name)
#define TEST__VERDICT cr_assert(test_end(), "see the lines above")
#endif

#define TEST(suite, name)                                                                                              \
    static void test_body_##suite##_##name(void);                                                                      \
    TEST__RUNNER(suite, name)                                                                                          \
    {                                                                                                                  \
        test_begin(#suite, #name);                                                                                     \
        test_body_##suite##_##name();                                                                                  \
        TEST__VERDICT;                                                                                                 \
    }                                                                                                                  \
    static void test_body_##suite##_##name(void)

#define TORTURE(suite, name)                                                                                           \
    static weir_status test_body_##suite##_##name(void);                                                               \
    TEST__RUNNER(suite, name)                                                                                          \
    {                                                                                                                  \
        test_torture(#suite, #name, test_body_##suite##_##name);                                                       \
        TEST__VERDICT;                                                                                                 \
    }                                                                                                                  \
    static weir_status test_body_##suite##_##name(void)

#define TORTURE_FAULT(suite, name, point)                                                                              \
    static weir_status test_body_##suite##_##name(void);                                                               \
    TEST__RUNNER(suite, name)                                                                                          \
    {                                                                                                                  \
        test_torture_fault(#suite, #name, WEIR__FAULT_##point, test_body_##suite##_##name);                            \
        TEST__VERDICT;                                                                                                 \
    }                                                                                                                  \
    static weir_status test_body_##suite##_##name(void)

#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            test_fail(__FILE__, __LINE__, "not so: %s", #condition);                                                   \
    } while (0)
/* With a text of its own, to name the row of a table. */
#define EXPECT_THAT(condition, ...)                                                                                    \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            test_fail(__FILE__, __LINE__, __VA_ARGS__);                                                                \
    } while (0)
#define EXPECT_INT(got, want)                                                                                          \
    do {                                                                                                               \
        int64_t got_ = (int64_t)(got), want_ = (int64_t)(want);                                                        \
        if (got_ != want_)                                                                                             \
            test_fail(__FILE__, __LINE__, "%s is %" PRId64 ", not %" PRId64, #got, got_, want_);                       \
    } while (0)
#define EXPECT_TEXT(got, want)                                                                                         \
    do {                                                                                                               \
        const char *got_ = (got), *want_ = (want);                                                                     \
        if (!got_ || !want_ || strcmp(got_, want_) != 0)                                                               \
            test_fail(__FILE__, __LINE__, "%s is\n    \"%s\", not\n    \"%s\"", #got, got_ ? got_ : "(null)",          \
                      want_ ? want_ : "(null)");                                                                       \
    } while (0)
#define EXPECT_HAS(got, part)                                                                                          \
    do {                                                                                                               \
        const char *got_ = (got), *part_ = (part);                                                                     \
        if (!got_ || !strstr(got_, part_))                                                                             \
            test_fail(__FILE__, __LINE__, "%s is\n    \"%s\", without\n    \"%s\"", #got, got_ ? got_ : "(null)",      \
                      part_);                                                                                          \
    } while (0)
/* A weir call: expression, the error record it filled, the status it should give. */
#define EXPECT_STATUS(call, error, want)                                                                               \
    do {                                                                                                               \
        weir_status got_ = (call);                                                                                     \
        if (got_ != (want))                                                                                            \
            test_fail(__FILE__, __LINE__, "%s gives %s, not %s: %s", #call, weir_status_name(got_),                    \
                      weir_status_name(want), got_ ? (error).text : "");                                               \
    } while (0)
#define EXPECT_OK(call, error) EXPECT_STATUS(call, error, WEIR_OK)

#endif
