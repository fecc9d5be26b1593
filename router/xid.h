/* xid.h - the names of transactions over several shards. SPDX-License-Identifier: Apache-2.0
 * A name says which shard decides and which server was its primary then, so that whoever finds a prepared branch knows whom to ask
 * (docs/transactions.md). Pure. */
#ifndef WEIR_ROUTER_XID_H
#define WEIR_ROUTER_XID_H

#include <stdbool.h>
#include <stdint.h>

#include "weir.h"

enum {
    WEIR__XID_FORMAT = 2003132786, /* "weir": branches with another formatID belong to others */
    WEIR__GTRID_SIZE = 64,         /* with the NUL; XA allows 64 bytes without */
    WEIR__BQUAL_SIZE = 17,
    WEIR__XID_RANDOM = 12, /* bytes */
};

typedef struct weir__gtrid {
    uint64_t decider;   /* weir__shard_hash of the shard that decides */
    uint32_t server_id; /* of its primary when the transaction began */
} weir__gtrid;

/* One number for a shard, alike in every process whose weir.yaml gives database and shard these names. */
uint64_t weir__shard_hash(const char *database, const char *shard);
/* "w1.0123456789abcdef.1.<24 hex digits of random>" */
void weir__gtrid_print(const weir__gtrid *gtrid, const uint8_t random[WEIR__XID_RANDOM], char out[WEIR__GTRID_SIZE]);
/* False: not a name that weir made. */
bool weir__gtrid_parse(weir_str text, weir__gtrid *gtrid);
void weir__bqual_print(uint64_t shard, char out[WEIR__BQUAL_SIZE]);
bool weir__bqual_parse(weir_str text, uint64_t *shard);

#endif
