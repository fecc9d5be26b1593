/* dialect.h - how a server reads text, in one word. SPDX-License-Identifier: Apache-2.0
 * A statement must be understood before a connection for it is chosen; so each database remembers the dialect of its servers
 * (weir__database.dialect), and the connection that was chosen is asked again: its own dialect is what holds. Threads: any. */
#ifndef WEIR_ROUTER_DIALECT_H
#define WEIR_ROUTER_DIALECT_H

#include "drivers/driver.h"
#include "router/sql/lexer.h"

/* Never 0. */
static inline uint64_t weir__dialect_pack(const weir__lex_options *reading)
{
    return UINT64_C(1) << 63 | (uint64_t)reading->flavour << 56 | (uint64_t)reading->version << 32 | reading->sql_mode;
}

static inline weir__lex_options weir__dialect_unpack(uint64_t dialect)
{
    weir__lex_options reading = {
        .sql_mode = (uint32_t)dialect,
        .flavour = (dialect >> 56 & 1) ? WEIR__MYSQL : WEIR__MARIADB,
        .version = (uint32_t)(dialect >> 32) & 0xFFFFFF,
    };
    return reading;
}

/* As the connection reads text now; its sql_mode is not doubtful. */
weir__lex_options weir__dialect_of(weir__conn *conn);

#endif
