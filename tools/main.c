/* main.c - the `weir` command: finds the subcommand and runs it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/command.h"
#include "weir.h"

static const struct {
    const char *name, *summary;
    weir_command *run;
} commands[] = {
#define X(name, summary) {#name, summary, weir_cmd_##name},
    COMMANDS(X)
#undef X
        {NULL, NULL, NULL},
};

int usage_error(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "weir %s: ", command);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\nweir %s --help says more\n", command);
    va_end(args);
    return EXIT_USAGE;
}

static int help(FILE *to, int code)
{
    fprintf(to, "usage: weir COMMAND [options]\n\n");
    for (size_t i = 0; commands[i].name; i++)
        fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\nweir COMMAND --help says more; weir --version prints %s\n", weir_version());
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
        printf("weir %s\n", weir_version());
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return help(stdout, EXIT_DONE);
    for (size_t i = 0; commands[i].name; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "weir: there is no command '%s'\n\n", argv[1]);
    return help(stderr, EXIT_USAGE);
}
