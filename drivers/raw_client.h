/* raw_client.h - what `weir bench overhead` measures weir against. SPDX-License-Identifier: Apache-2.0
 * One connection with one statement; a failure's reason is left in why. Threads: one at a time for each. No part of the library. */
#ifndef WEIR_DRIVERS_RAW_CLIENT_H
#define WEIR_DRIVERS_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct raw_client raw_client;

enum { RAW_WHY = 512 };

/* host NULL: the socket. NULL: it failed. */
raw_client *raw_open(const char *host, unsigned port, const char *socket, const char *user, const char *password,
                     const char *schema, char why[RAW_WHY]);
void raw_close(raw_client *raw); /* NULL is fine */
/* Runs a statement without rows. */
bool raw_run(raw_client *raw, const char *sql, char why[RAW_WHY]);
/* SELECT c FROM weir_bench WHERE id = ..: prepared, or as text. *size: bytes of c. False: it failed, or there is no such row. */
bool raw_select_prepared(raw_client *raw, int64_t id, size_t *size, char why[RAW_WHY]);
bool raw_select_text(raw_client *raw, int64_t id, size_t *size, char why[RAW_WHY]);

#endif
