/* migrate.h - what the files of `weir migrate` share. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TOOLS_MIGRATE_H
#define WEIR_TOOLS_MIGRATE_H

#include <stdio.h>

#include "router/migrate/migrate.h"
#include "tools/servers.h"

/* Exit codes beside those of command.h; docs/migrations.md lists them. */
enum {
    EXIT_MISTAKES = 3, /* files or shards are not as they must be: nothing was run */
    EXIT_BUSY = 4,     /* another runner is at work */
    EXIT_STOPPED = 5,  /* between two statements: the same command goes on */
    EXIT_PENDING = 6,  /* plan: there is something to run */
};

enum { MIGRATE_MAX_SHARDS = 1024 };

/* The command line. */
typedef struct migrate_command {
    const char *name; /* "up" */
    const char *config, *database, *new_name;
    const char *shards[MIGRATE_MAX_SHARDS];
    bool json;
    weir__migrate_options options;
} migrate_command;

/* migrate_print.c - what happens, as it happens: bars on a terminal, lines elsewhere, JSON a line an event. */
typedef struct migrate_printer migrate_printer;
migrate_printer *migrate_printer_new(const weir__mem *mem, bool json, bool bars);
void migrate_printer_free(migrate_printer *printer); /* NULL is fine; leaves the bars as they are */
void migrate_print_event(void *printer, const weir__migrate_event *event);

/* migrate_report.c - tables of what stands where; exit codes. */
int migrate_print_status(weir__migrate *migrate, const migrate_command *command);
int migrate_print_plan(weir__migrate *migrate, const migrate_command *command);
int migrate_verify(weir__migrate *migrate, const migrate_command *command, uint32_t mistakes);
/* After a run: every shard, and how to go on. */
void migrate_print_end(weir__migrate *migrate, const migrate_command *command, weir_status status,
                       const weir_error *error);

/* migrate_new.c - two empty files with the next number. */
int migrate_new(const migrate_command *command);

/* Adds "key":"text". */
void migrate_json_text(weir__buf *to, const char *key, const char *text);

#endif
