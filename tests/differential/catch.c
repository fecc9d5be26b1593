/* catch.c - switches on each seeded bug and expects it found. SPDX-License-Identifier: Apache-2.0
 * The bugs are the fault points of base/fault.h whose names begin with wrong_: a new one there is looked for here without more. */
#include "tests/differential/catch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

static const char *const points[] = {
#define X(name) #name,
    WEIR__FAULT_MAP(X)
#undef X
};

/* Over three shards first: most of them need several. */
static bool catches(const run_options *o, const char *name)
{
    static const struct {
        uint32_t shards;
        const char *category;
    } rounds[] = {{3, NULL}, {3, "conditions"}, {1, NULL}};
    char armed[128];
    bool found = false;
    snprintf(armed, sizeof armed, "%s=fail", name);
    setenv("WEIR_FAULTS", armed, 1);
    for (size_t i = 0; i < sizeof rounds / sizeof *rounds && !found; i++) {
        report *r = calloc(1, sizeof *r);
        run_options mine = *o;
        mine.shards = rounds[i].shards;
        mine.category = rounds[i].category;
        mine.stop_at_wrong = true;
        mine.shrink = false;
        if (r)
            r->quiet = !o->verbose;
        bool ran = r && run_all(&mine, r);
        found = ran && report_wrong_count(r) > 0;
        if (found)
            printf("%-28s found by statement %" PRIu64 " over %u shards\n", name, report_statements(r),
                   rounds[i].shards);
        free(r);
        if (!ran)
            break;
    }
    unsetenv("WEIR_FAULTS");
    if (!found)
        printf("%-28s NOT FOUND\n", name);
    fflush(stdout);
    return found;
}

bool catch_all(const run_options *o, const char *only)
{
    bool good = true;
    uint32_t looked = 0;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        if (strncmp(points[i], "wrong_", 6) != 0 || (only && strcmp(points[i], only) != 0))
            continue;
        looked++;
        good = catches(o, points[i]) && good;
    }
    printf("%u seeded bugs, %s\n", looked, good ? "each was found" : "not all found");
    return good && looked > 0;
}
