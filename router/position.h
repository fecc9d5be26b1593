/* position.h - replication positions: GTIDs of MariaDB as vectors by domain. SPDX-License-Identifier: Apache-2.0
 *
 * add, reached, holds O(entries); no allocation: both kinds have a named maximum, and what is beyond it makes parse fail, so that
 * nobody takes a part for the whole. Sequences compare only within one primary's term (docs/consistency.md); holds compares by
 * domain and server and is true across terms. Pure; threads: any. Not here: who is primary (group.c), tokens (token.c). */
#ifndef WEIR_ROUTER_POSITION_H
#define WEIR_ROUTER_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "weir.h"

enum {
    WEIR__MAX_DOMAINS = 8, /* of one position; a primary's own and some merged ones. Beyond: positions are not known */
    WEIR__MAX_GTIDS = 48,  /* of a binlog state: one for each server that ever wrote, in each domain */
    WEIR__POSITION_TEXT = 8 * 43, /* printed: 10-10-20 digits, signs */
};

typedef struct weir__gtid {
    uint32_t domain, server;
    uint64_t sequence;
} weir__gtid;

/* The last transaction of each domain, in the order of domains. */
typedef struct weir__position {
    uint32_t count;
    weir__gtid gtids[WEIR__MAX_DOMAINS];
} weir__position;

/* The last transaction of each domain and server (gtid_binlog_state, with gtid_slave_pos put into it). */
typedef struct weir__gtid_state {
    uint32_t count;
    weir__gtid gtids[WEIR__MAX_GTIDS];
} weir__gtid_state;

/* "0-1-29". False: it is none. */
bool weir__gtid_parse(weir_str text, weir__gtid *gtid);
/* "0-1-29,1-3-7"; "" is the empty position. False: not understood, a domain twice, or too many: *position is empty then. */
bool weir__position_parse(weir_str text, weir__position *position);
/* At most WEIR__POSITION_TEXT bytes with the NUL. */
void weir__position_print(const weir__position *position, char text[WEIR__POSITION_TEXT]);

/* The later one of each domain. False: too many domains, and the position is as before. */
bool weir__position_add(weir__position *position, weir__gtid gtid);
bool weir__position_join(weir__position *position, const weir__position *other);
/* Within one term: has `have` got as far as `want` in every domain of it? */
bool weir__position_reached(const weir__position *have, const weir__position *want);
bool weir__position_equal(const weir__position *a, const weir__position *b);

/* As weir__position_parse, but a domain may stand there once for each server. */
bool weir__gtid_state_parse(weir_str text, weir__gtid_state *state);
/* False: no room. */
bool weir__gtid_state_add(weir__gtid_state *state, weir__gtid gtid);
/* Is this transaction, by domain and server, in it? */
bool weir__gtid_state_holds(const weir__gtid_state *state, weir__gtid gtid);
bool weir__gtid_state_holds_all(const weir__gtid_state *state, const weir__gtid *gtids, uint32_t count);

#endif
