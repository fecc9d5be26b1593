/* load.h - what the files of `weir load` share. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TOOLS_LOAD_H
#define WEIR_TOOLS_LOAD_H

#include <stdbool.h>
#include <weir/load.h>

typedef struct load_command {
    weir_load_options options;
    const char **columns;
    const char *config;
    bool json, bar; /* bar: progress is one line of a terminal, written over */
    uint64_t begun_ns, told_ns;
    uint32_t told_rejects;
} load_command;

/* How progress and rejected rows are told, by the options and where the output goes. */
void load_print_begin(load_command *command);
void load_print_end(load_command *command, weir_status status, const weir_load_result *result, const weir_error *error);

#endif
