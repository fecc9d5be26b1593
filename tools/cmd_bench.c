/* cmd_bench.c - `weir bench`: finds the part and runs it. SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

int bench_in_playground(const char *part, const char *shards, int argc, char **argv)
{
    enum { WORDS = 8, MOST = 32, PATH_BYTES = 4096 };
    char program[PATH_BYTES];
    const char *command[MOST + 1] = {"weir", "playground", "run", "--shards", shards, "--", program, "bench"};
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    for (int i = 0; i < argc && WORDS + i < MOST; i++)
        command[WORDS + i] = argv[i];
    if (size > 0) {
        program[size] = '\0';
        execv(program, (char *const *)(uintptr_t)command); /* POSIX: it changes none of them */
    }
    fprintf(stderr, "weir bench %s: cannot start a playground\n", part);
    return EXIT_FAILED;
}

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
