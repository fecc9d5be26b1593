/* impl.h - the insides of a running load, for the files of router/load. SPDX-License-Identifier: Apache-2.0
 *
 *    reader (the calling thread): records -> place -> the lane's batch that is being filled -> full --.
 *    a thread a lane:      .------------------------- ready <------------------------------------------'
 *                          '-> sent as one transaction -> free -> filled again
 *
 * The lock covers what hands batches over and the first failure. A batch is touched by one thread alone: the reader while it fills it, the lane
 * while it sends it. */
#ifndef WEIR_ROUTER_LOAD_IMPL_H
#define WEIR_ROUTER_LOAD_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/thread.h"
#include "router/load/ledger.h"
#include "router/load/target.h"

enum {
    WEIR__LOAD_BATCHES = 3, /* of a lane: one is filled, one waits, one is sent */
    WEIR__LOAD_BATCH_BYTES = 1024 * 1024,
    WEIR__LOAD_REASON = 256
};

/* A row of a batch. */
typedef struct weir__load_row {
    uint64_t number, line;
    int64_t table;
    size_t text, text_end; /* `(..)`; none of a row that was wrong before */
    size_t raw, raw_end;   /* as in the file */
    bool wrong;            /* known before it was sent: why stands behind raw */
    size_t why_end;
    bool rejected; /* by this try; why stands in reasons */
    int32_t server_errno;
    size_t reason, reason_end;
} weir__load_row;

typedef struct weir__load_batch {
    weir__buf text, raw;
    weir__load_row *rows;
    uint32_t count;
    bool ends;     /* it is the lane's last one */
    uint64_t last; /* the lane stands there when it is committed */
} weir__load_batch;

typedef struct weir__load weir__load;

typedef struct weir__load_lane {
    weir__load *load;
    uint32_t number;
    weir__load_link link;
    weir_session *session;        /* of a table that is everywhere; else NULL */
    weir__load_standing standing; /* committed */
    uint64_t standing_before;     /* .. when this run began: the reader passes over rows up to there */
    bool ended_before;
    weir__load_batch batches[WEIR__LOAD_BATCHES];
    weir__load_batch *filling; /* the reader's; NULL: none is free */
    weir__load_batch *free[WEIR__LOAD_BATCHES];
    weir__load_batch *ready[WEIR__LOAD_BATCHES]; /* first come first served */
    uint32_t free_count, ready_count;
    bool started;
    pthread_t thread;
    /* of the batch that is sent */
    weir__buf sql, reasons;
    uint32_t *order;
    uint32_t warnings;
    char warning[160];
} weir__load_lane;

struct weir__load {
    const weir__env *env;
    const weir_load_options *options;
    weir__load_target target;
    weir__load_reader reader;
    weir__load_about about;
    char *path, *option_text; /* owned; what about shows */
    char table_name[200];
    uint64_t bytes_total;
    bool keeps; /* it can be gone on with: a file, not standard input */
    uint8_t content[16];
    uint32_t batch_rows;
    uint64_t max_rejects; /* UINT64_MAX: any number */
    uint32_t patience_ms;
    weir__load_lane *lanes;
    uint32_t lane_count;
    _Atomic uint64_t loaded, rejected; /* by this run, committed */
    _Atomic uint64_t rejects_in_all;   /* of all runs, and of batches on their way */
    _Atomic uint64_t warnings;
    uint64_t before;
    uint64_t told_ns;
    char why[160]; /* the row that is read is wrong */
    bool all_ended;
    pthread_mutex_t lock; /* of: */
    pthread_cond_t moved;
    bool failed, closing;
    weir_error error;
    char warning[160];
};

/* ---- standing.c ---- */
/* Its identity, of table, columns and content. */
weir_status weir__load_describe(weir__load *load, weir_error *error);
/* How many lanes, by what stands on the shards; else as asked for. Makes weir's tables there. */
weir_status weir__load_find_lanes(weir__load *load, weir_error *error);
/* They are this run's, and say where they stand. */
weir_status weir__load_take_lanes(weir__load *load, weir_error *error);

/* ---- lane.c ---- */
weir_status weir__load_lanes_start(weir__load *load, weir_error *error);
/* The reader's: the batch to fill of a lane; waits for one. NULL: the load has failed, or is to stop. */
weir__load_batch *weir__load_lane_filling(weir__load *load, weir__load_lane *lane);
void weir__load_lane_submit(weir__load *load, weir__load_lane *lane);
/* Waits until all that was submitted is sent, or one has failed. */
void weir__load_lanes_join(weir__load *load);
/* Adds a row; place NULL: it is wrong, as record says. Returns: OK, NOMEM. */
weir_status weir__load_batch_add(weir__load *load, weir__load_batch *batch, const weir__load_record *record,
                                 const weir__load_place *place, weir_error *error);
/* The reader's now and then: tells progress; false: stop. */
bool weir__load_pulse(weir__load *load, bool now);

/* ---- send.c ---- */
/* Sends the batch as one transaction, again where that may help. */
weir_status weir__load_send(weir__load_lane *lane, weir__load_batch *batch, weir_error *error);

/* ---- attempt.c ---- */
/* One try: rows, rejects, position, COMMIT. to: where the lane stands then. */
weir_status weir__load_attempt(weir__load_lane *lane, weir__load_batch *batch, weir__load_standing *to,
                               weir_error *error);

/* ---- rejects.c ---- */
/* Adds INSERTs of the batch's rejected rows to the transaction. run: runs one. */
typedef weir_status weir__load_own_statement(weir__load_lane *lane, weir_str sql, weir_result *result,
                                             weir_error *error);
weir_status weir__load_keep_rejects(weir__load_lane *lane, const weir__load_batch *batch, weir__load_own_statement *run,
                                    weir_error *error);
weir_str weir__load_reason(const weir__load_lane *lane, const weir__load_batch *batch, const weir__load_row *row);
/* May this load write that file? */
weir_status weir__load_check_reject_file(const weir__load *load, weir_error *error);
weir_status weir__load_export_rejects(weir__load *load, weir_error *error);

#endif
