/* mysql_request.h - COM_STMT_EXECUTE: a prepared statement's values as the server reads them. SPDX-License-Identifier: Apache-2.0
 *
 *    id 4 | flags 1 | times 4 | NULLs, a bit a value | types follow? 1 [ | types, 2 a value ] | values
 *
 * The values go straight from the caller's into the packet. Where the library lets us (mysql_library_mariadb.c) that saves its own way:
 * binds that it copies, a block of memory for each call, types that are sent each time. Pure. */
#ifndef WEIR_DRIVERS_MYSQL_REQUEST_H
#define WEIR_DRIVERS_MYSQL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "weir.h"

/* Room that surely suffices for it. */
size_t weir__request_room(weir_args args);
/* types: whether the server is to be told of them. Returns the size written. */
size_t weir__request_write(unsigned char *out, uint32_t statement, weir_args args, bool types);

#endif
