/* readers.h - which members may serve a session's read: floors and levels. SPDX-License-Identifier: Apache-2.0
 *
 * A floor is what one session must not fall behind of on one shard (docs/consistency.md, "What a session must see"):
 *
 *    position --wrote--> higher       served --read--> by this member until now       served --settle--> none, position higher
 *    any --wrote without a GTID--> unknown: the primary only      term of the past --renew--> held: goes on; else lost, told once
 *
 * Pure; O(members x domains). Threads: a floor is its session's, the group is under its lock. Not here: waiting and choosing
 * among them (health.c, balance.h). */
#ifndef WEIR_ROUTER_READERS_H
#define WEIR_ROUTER_READERS_H

#include "router/group.h"

typedef struct weir__floor {
    weir__position position;  /* what serves a read has reached it */
    uint64_t term;            /* of the group when that was so; 0: from a token, or nothing is in it yet */
    uint64_t since_ns;        /* term 0: when it was taken over */
    uint32_t served_by;       /* the member of the last read that is not settled; NONE */
    uint32_t incarnation;     /* of that member then */
    uint64_t served_until_ns; /* when that read ended */
    uint32_t served_by_id;    /* term 0: server id of that member, from a token; 0: none */
    bool unknown;             /* it has written what has no position: the primary only */
    bool wrote_untold;        /* it has, or may have, written what position does not hold */
} weir__floor;

extern const weir__floor weir__floor_none;

typedef enum weir__renewal {
    WEIR__RENEWED,
    WEIR__RENEWAL_LOST, /* writes of this session are gone, or may be; the floor goes on without them */
    WEIR__RENEWAL_LATER /* not known before the primary's next probe */
} weir__renewal;

/* Brings the floor to the group's term. */
weir__renewal weir__floor_renew(weir__floor *floor, const weir__group *group);
/* A read at level session or strong, or in a transaction, ended now. */
void weir__floor_read(weir__floor *floor, const weir__group *group, uint32_t member, uint64_t now_ns);
/* The primary acknowledged a write by this GTID. */
void weir__floor_wrote(weir__floor *floor, const weir__group *group, weir__gtid gtid, uint64_t now_ns);
/* A write of which it is not known whether it happened. */
void weir__floor_doubt(weir__floor *floor, const weir__group *group, uint64_t now_ns);

typedef struct weir__want {
    weir_reads level;    /* EVENTUAL, BOUNDED or SESSION */
    uint32_t max_lag_ms; /* of a replica */
} weir__want;

typedef enum weir__no_reader {
    WEIR__READER_FOUND,
    WEIR__READER_NOT_THERE_YET, /* a replica in service has not been seen to have reached the floor */
    WEIR__READER_NONE,          /* waiting does not help */
} weir__no_reader;

/* Puts the replicas that may serve the read into members (room for group->count) and their number into *count. When the member that
 * served the session last is among them, it is the only one. Settles the floor when that helps. */
weir__no_reader weir__readers(const weir__group *group, weir__floor *floor, const weir__want *want, uint64_t now_ns,
                              uint32_t *members, uint32_t *count);
/* In service for reads within this lag, at any level? */
bool weir__reader_in_service(const weir__group *group, uint32_t member, uint32_t max_lag_ms, uint64_t now_ns);

#endif
