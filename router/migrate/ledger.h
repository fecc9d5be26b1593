/* ledger.h - weir_ledger of one shard: what has run there. SPDX-License-Identifier: Apache-2.0
 *
 * A row is a statement of a version in a round: odd rounds are ups, even ones downs, so that nothing is ever overwritten by a redo.
 * A baseline is a row of its own (statement 0): it and all versions before it count as applied.
 * A version stands where its last round does:
 *
 *    PENDING --up--> PART_UP --last statement ended--> APPLIED --down--> PART_DOWN --last statement ended--> PENDING
 *
 * read O(rows). Rows are written under the fence: a runner whose token is no longer that of the lease row on this shard writes none.
 * docs/migrations.md says what each row can be trusted for. Not here: the lease itself (lease.h). */
#ifndef WEIR_ROUTER_MIGRATE_LEDGER_H
#define WEIR_ROUTER_MIGRATE_LEDGER_H

#include "base/arena.h"
#include "router/migrate/link.h"
#include "router/migrate/statement.h"

typedef struct weir__ledger_row {
    uint64_t version, milliseconds;
    uint32_t round, statement, statements;
    bool ended;
    const char *name, *checksum, *statement_checksum;
    const char *started_at, *done_by, *host;
    const char *intent, *error; /* NULL: none */
} weir__ledger_row;

typedef enum weir__standing { WEIR__PENDING, WEIR__PART_UP, WEIR__APPLIED, WEIR__PART_DOWN } weir__standing;

typedef struct weir__ledger_version {
    uint64_t version;
    weir__standing standing;
    uint32_t round;               /* the last one */
    uint32_t done, statements;    /* of that round: ended without a gap from the first on; how many it has */
    const weir__ledger_row *rows; /* of that round, by statement */
    uint32_t row_count;
    bool baseline;        /* applied by baseline, never run here */
    const char *checksum; /* of the up file, as last run; "" for a baseline without it */
    const char *name;
} weir__ledger_version;

typedef struct weir__ledger {
    weir__arena arena;
    weir__ledger_version *versions; /* rising */
    size_t count;
    uint64_t baseline; /* 0: none */
} weir__ledger;

/* A shard without the table has an empty ledger. Ended by deinit also after a failure. */
weir_status weir__ledger_read(weir__ledger *ledger, weir__link *link, weir_error *error);
void weir__ledger_deinit(weir__ledger *ledger);
const weir__ledger_version *weir__ledger_find(const weir__ledger *ledger, uint64_t version); /* NULL: no row */
weir__standing weir__ledger_standing(const weir__ledger *ledger, uint64_t version);
const char *weir__standing_name(weir__standing standing);
/* The row of a statement in the version's last round; NULL: none. */
const weir__ledger_row *weir__ledger_row_of(const weir__ledger_version *version, uint32_t statement);

/* Makes weir_ledger and weir_lease where they are missing. */
weir_status weir__ledger_prepare(weir__link *link, weir_error *error);

/* Who writes: the fence. */
typedef struct weir__fence {
    const char *lease;  /* the name of the lease row, on every shard */
    const char *holder; /* for people */
    const char *user, *host;
    uint64_t token;
} weir__fence;

/* What is written of a statement. */
typedef struct weir__entry {
    uint64_t version;
    uint32_t round, statement, statements;
    const char *name, *checksum, *statement_checksum;
} weir__entry;

/* The fence's token goes onto this shard. CONFLICT: another runner has a newer one. */
weir_status weir__ledger_fence(weir__link *link, const weir__fence *fence, weir_error *error);
/* A row to write: of a statement that begins, or that has ended. */
typedef struct weir__written {
    const weir__entry *entry;
    const char *intent; /* NULL: none */
    bool ended;
    uint64_t milliseconds, ago_ms; /* ENDED: how long it ran, and how long ago it ended */
} weir__written;

enum { WEIR__MOST_WRITTEN = 2 };
/* All of them, one or two, in one statement, which also checks the fence. In an open transaction it keeps others from taking the lease until its end.
 * CONFLICT: the lease is lost, nothing was written. */
weir_status weir__ledger_write(weir__link *link, const weir__fence *fence, const weir__written *rows, size_t count,
                               weir_error *error);
/* A row that has begun: it ended, after so long; or it failed, surely without effect. */
weir_status weir__ledger_end(weir__link *link, const weir__entry *entry, uint64_t milliseconds, weir_error *error);
weir_status weir__ledger_fail(weir__link *link, const weir__entry *entry, const char *text, weir_error *error);

#endif
