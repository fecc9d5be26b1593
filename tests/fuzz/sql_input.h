/* sql_input.h - bytes to a statement and the server it is for. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FUZZ_SQL_INPUT_H
#define WEIR_FUZZ_SQL_INPUT_H

#include <stdlib.h>

#include "router/sql/lexer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

/* The first byte says which server and sql_mode; a letter or a blank, with which a statement begins, means MariaDB without modes. */
static inline weir_str sql_input(const uint8_t *data, size_t size, weir__lex_options *options)
{
    uint8_t first = size ? data[0] : 0;
    *options = (weir__lex_options){.flavour = WEIR__MARIADB, .version = 101106};
    if (size == 0 || first >= ' ')
        return (weir_str){(const char *)data, size};
    options->sql_mode = first & 7u; /* ANSI_QUOTES, NO_BACKSLASH_ESCAPES, PIPES_AS_CONCAT */
    if (first & 8)
        options->sql_mode |= WEIR__IGNORE_SPACE | WEIR__HIGH_NOT_PRECEDENCE;
    if (first & 16) {
        options->flavour = WEIR__MYSQL;
        options->version = 80036;
    }
    return (weir_str){(const char *)data + 1, size - 1};
}

#endif
