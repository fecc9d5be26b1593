/* write.h - one statement that writes on several shards, run as one. SPDX-License-Identifier: Apache-2.0
 * Each target has the texts that its shard is sent, one after the other; the shards run theirs at the same time, in one transaction (whole.h).
 * Copies of a table that is everywhere are written on the first target alone, whose row locks put such writes in an order, and then on the
 * others (HAZARDS 35); copies that answer differently are undone and reported. Where time is told, all are told the first one's.
 * docs/writes.md has the states and what each failure leaves. Thread: the session's. Not here: which rows go where (aim_write.c). */
#ifndef WEIR_ROUTER_EXEC_WRITE_H
#define WEIR_ROUTER_EXEC_WRITE_H

#include "router/session_impl.h"

typedef struct weir__write_text {
    weir_str sql;
    weir_args args;
    const uint32_t *rows; /* of the user's INSERT, which are in it; NULL: it is none, or whole */
    uint32_t row_count;
    weir_result result;
} weir__write_text;

typedef struct weir__write_target {
    weir__seat *seat;
    weir__server *server;
    weir__write_text *texts;
    size_t text_count;
} weir__write_target;

typedef struct weir__write {
    weir__write_target *targets; /* in the order of the shards, each shard once */
    size_t count;
    bool alike;                   /* copies of one table */
    bool tells_time;              /* NOW() must be the same everywhere */
    bool keep;                    /* the texts are worth being kept prepared */
    const weir__write_text *last; /* the one with the last row of an INSERT; NULL: none */
    weir__lex_options reading;    /* as the texts were read */
    char time[32];                /* what NOW() is; "" until it is known */
} weir__write;

/* *again: nothing was done, a server reads text in another way than w->reading, which is then its. Returns: OK; what ended it, and then nothing
 * was changed, or as `transactions:` and weir_commit say it; *result is set with OK. */
weir_status weir__write_run(weir_session *session, weir__write *w, weir__deadline deadline, weir_result *result,
                            bool *again, weir_error *error);

#endif
