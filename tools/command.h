/* command.h - what the subcommands of `weir` share. SPDX-License-Identifier: Apache-2.0
 * A subcommand is one file cmd_<name>.c with one function weir_cmd_<name> and one line in COMMANDS.
 */
#ifndef WEIR_TOOLS_COMMAND_H
#define WEIR_TOOLS_COMMAND_H

#include "base/env.h"

/* Exit codes of every subcommand: EXIT_DONE, EXIT_FAILED (it ran and something failed), EXIT_USAGE
 * (called wrongly). */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* argv[0] is the subcommand's name. */
typedef int weir_command(int argc, char **argv);

/* Sorted: name, what it does in one line. */
#define COMMANDS(X)                                                                                                    \
    X(bench, "measures weir itself, here")                                                                             \
    X(check, "names every mistake of weir.yaml; --live: and of its servers")                                           \
    X(explain, "says what weir makes of a statement")                                                                  \
    X(lint, "says what weir makes of the SQL in source files, and what is wrong with it")                              \
    X(load, "puts the rows of a file into a table, each on its shard, each once")                                      \
    X(migrate, "runs versioned schema changes on every shard, each statement once")                                    \
    X(playground, "starts and stops a throw-away cluster to try things on")                                            \
    X(resolve, "finishes transactions over several shards whose client is gone")                                       \
    X(schema, "prints what tables look like, and the SQL that makes servers alike")                                    \
    X(setup, "makes weir's own tables on every shard, or prints the SQL for it")                                       \
    X(sql, "runs SQL statements, as table, csv or jsonl")                                                              \
    X(status, "says which servers are up, who is the primary, and how far replicas are behind")                        \
    X(where, "tells a key's shard, and the SQL that proves it")

#define X(name, summary) weir_command weir_cmd_##name;
COMMANDS(X)
#undef X

/* Prints "weir <command>: <text>" to stderr and gives EXIT_USAGE. */
int usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
