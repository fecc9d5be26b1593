/* dialect.c - a connection's dialect from what its server said. SPDX-License-Identifier: Apache-2.0 */
#include "router/dialect.h"

#include "base/str.h"

weir__lex_options weir__dialect_of(weir__conn *conn)
{
    if (!conn->sql_mode_read) {
        conn->sql_mode_bits = weir__sql_mode_of(weir__view(conn->sql_mode));
        conn->sql_mode_read = true;
    }
    weir__lex_options reading = {conn->sql_mode_bits, conn->mariadb ? WEIR__MARIADB : WEIR__MYSQL, conn->version};
    return reading;
}
