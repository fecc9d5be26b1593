/* cmd_bench.c - `weir bench`: finds the part and runs it. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tools/bench.h"

static const struct {
    const char *name, *summary;
    weir_command *run;
} benches[] = {
#define X(name, summary) {#name, summary, bench_##name},
    BENCHES(X)
#undef X
};

enum { COUNT = sizeof benches / sizeof *benches };

int weir_cmd_bench(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        printf("usage: weir bench WHAT [options]\n\n");
        for (size_t i = 0; i < COUNT; i++)
            printf("  %-12s %s\n", benches[i].name, benches[i].summary);
        printf("\nweir bench WHAT --help says more\n");
        return EXIT_DONE;
    }
    if (argc < 2)
        return usage_error("bench", "say what to measure");
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(argv[1], benches[i].name) == 0)
            return benches[i].run(argc - 1, argv + 1);
    return usage_error("bench", "there is no benchmark '%s'", argv[1]);
}
