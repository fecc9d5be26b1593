/* report.h - counts by category, refusals by reason, wrong answers with how to see them again. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_DIFFERENTIAL_REPORT_H
#define WEIR_TESTS_DIFFERENTIAL_REPORT_H

#include "tests/differential/generate.h"
#include "tests/differential/outcome.h"

enum { MAX_REASONS = 200, MAX_CATEGORIES = 64, REASON_ROOM = 160, MAX_SHOWN = 20 };

typedef struct reason {
    char text[REASON_ROOM];
    uint64_t count;
    char sample[400]; /* a statement that was refused for it */
} reason;

typedef struct report {
    uint32_t shards;
    uint64_t seed, equal[MAX_CATEGORIES], refused[MAX_CATEGORIES], wrong[MAX_CATEGORIES];
    uint64_t failed[MAX_CATEGORIES],
        empty[MAX_CATEGORIES];       /* of the equal ones: failed alike; gave no row, changed none */
    uint64_t selects_equal, selects; /* statements that read */
    reason reasons[MAX_REASONS];
    uint32_t reason_count;
    uint64_t shown;
    bool quiet;
} report;

void report_equal(report *r, const category *c, const outcome *got, const statement *s);
/* text: weir's own; what is particular in it (names, numbers) is left out of the reason. */
void report_refused(report *r, const category *c, const char *text, const statement *s);
/* Tells it on stderr, the first MAX_SHOWN of them. */
void report_wrong(report *r, const category *c, uint64_t number, const scenario *made, uint32_t at,
                  const char *difference);
uint64_t report_statements(const report *r);
uint64_t report_wrong_count(const report *r);
/* Prints all; false: something was wrong, a category stayed below its floor, or too few SELECTs of all were answered. */
bool report_print(const report *r, bool json);
/* A statement and its values on one line. */
void print_statement(char *out, size_t size, const statement *s);

#endif
