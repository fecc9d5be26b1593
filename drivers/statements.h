/* statements.h - the prepared statements that one connection keeps for the next time. SPDX-License-Identifier: Apache-2.0
 *
 * find O(1), add and remove O(1). A statement is found by the hash of its text and then by its bytes: texts hold what users typed, a
 * collision must not run another statement (HAZARDS 19). The longest unused goes first.
 *
 * How many there may be is a budget that all connections to an address share, for the server counts them for all its clients together
 * (HAZARDS 39). Who finds no room gives up the oldest of its own; who has none of its own runs without keeping and says that it wants
 * one: then a connection with more than its share gives up its oldest. A statement that is new does not push out a known one: it has to
 * come a second time, so that texts which are never repeated do not turn all over.
 *
 * Invariants: (1) the address' total is the sum of the entries with a place over all its connections, and nobody takes a place
 * beyond his budget->most; (2) bytes is what the
 * entries hold, at most WEIR__MAX_KEPT_BYTES for one connection. Threads: a connection's own; the budget is any thread's.
 * Not here: what a prepared statement is. The caller frees what remove and evict give it. */
#ifndef WEIR_DRIVERS_STATEMENTS_H
#define WEIR_DRIVERS_STATEMENTS_H

#include "drivers/driver.h"

/* The head of an entry; the caller's own follows it. */
typedef struct weir__kept {
    struct weir__kept *chain;         /* of the same bucket */
    struct weir__kept *newer, *older; /* by use */
    uint64_t hash;
    weir_str text;
    size_t bytes; /* that the whole entry takes */
    bool placed;  /* it has a place in the budget */
    bool listed;  /* it was added */
} weir__kept;

enum { WEIR__KEPT_BUCKETS = 64, WEIR__KEPT_SEEN = 64 };

typedef struct weir__statements {
    weir__prepared_budget *budget; /* NULL: nothing is kept */
    weir__prepared_total *total;   /* of its address */
    weir__kept *buckets[WEIR__KEPT_BUCKETS];
    weir__kept *newest, *oldest;
    uint32_t placed; /* entries with a place */
    size_t bytes;
    uint32_t seen[WEIR__KEPT_SEEN]; /* halves of hashes of texts that came and were not kept */
    uint32_t next_seen;
} weir__statements;

void weir__statements_init(weir__statements *s, weir__prepared_budget *budget);
/* Nothing may be kept any more: the caller has evicted all. */
void weir__statements_deinit(weir__statements *s);

uint64_t weir__statement_hash(weir_str text);
/* NULL: not kept. What is found becomes the newest. */
weir__kept *weir__statements_find(weir__statements *s, weir_str text, uint64_t hash);
/* Has the text come before, lately? */
bool weir__statements_seen(const weir__statements *s, uint64_t hash);
/* From now on it has. */
void weir__statements_see(weir__statements *s, uint64_t hash);
/* A place in the budget for the statement with this hash, if there is one, or if the text was seen before and an own one can go for it:
 * the caller is to free *evicted (NULL: none). What is taken goes back by unplace, or by add and remove. */
bool weir__statements_place(weir__statements *s, uint64_t hash, weir__kept **evicted);
void weir__statements_unplace(weir__statements *s);
/* entry's hash, text, bytes and placed are set. It is the newest now. */
void weir__statements_add(weir__statements *s, weir__kept *entry);
/* Takes it out, its place is free. */
void weir__statements_remove(weir__statements *s, weir__kept *entry);
/* Takes out the oldest, or the oldest of those with a place; NULL: there is none. */
weir__kept *weir__statements_evict(weir__statements *s, bool placed);
/* Another connection has no place and this one more than its share: one that the caller is to evict, with a place. */
bool weir__statements_owes(weir__statements *s);
/* More bytes than allowed: evict. */
bool weir__statements_full(const weir__statements *s);

#endif
