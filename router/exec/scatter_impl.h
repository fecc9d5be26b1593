/* scatter_impl.h - a scatter's insides: plan and table of the driver (scatter.c), connections (scatter_connect.c), fibers and streams
 * (scatter_lines.c). SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_EXEC_SCATTER_IMPL_H
#define WEIR_ROUTER_EXEC_SCATTER_IMPL_H

#include "base/fiber.h"
#include "router/exec/scatter.h"
#include "router/merge/stream.h"

typedef struct weir__scattered weir__scattered;

/* One shard. Its connection is on the session's seat there. */
typedef struct weir__line {
    weir__stream stream; /* its rows, one after the other */
    weir__scattered *scatter;
    weir__seat *seat;
    weir__server *server;
    int wake_fd; /* the connection's own, while it has the scatter's; else -1 */
    weir_str sql;
    weir__fiber *fiber;
    weir__answer answer;
    weir__cell *cells; /* of its current row */
    bool kept;         /* the session had the connection before, and has it afterwards */
    bool missing;      /* it did not answer, and the answer is asked for without it: error says why */
    bool headed;       /* the answer's head, or a failure, is there */
    bool has_row;      /* cells hold one that is not given on yet */
    bool stop;         /* the fiber is to end */
    bool drop;         /* it is to read to the end, and give no row */
    weir_status status;
    weir_error error;
} weir__line;

struct weir__scattered {
    weir__conn base; /* as the session sees it */
    weir__seat seat;
    weir_session *session;
    weir__arena arena; /* plan, texts, columns */
    weir__budget budget;
    weir__merge_plan *plan;
    weir__line *lines;
    uint32_t count;
    weir_args given_args; /* of the statement that was planned */
    weir_args args;       /* of what is sent */
    weir__page *page;
    uint64_t given_rows;
    bool reads, locks, keep, partial;
    weir__deadline deadline;
    weir__fibers *fibers;
    weir__stream any;  /* rows of whoever has one */
    weir__line *given; /* whose row any gave last */
    weir__stream *merged;
    const weir__line *lead; /* whose head the answer has */
    const weir_column *columns;
    uint32_t visible; /* columns that are the user's */
};

/* The connection must be in order afterwards: it is the session's, not the pool's. */
static inline bool weir__line_is_held(const weir__line *l)
{
    return l->kept || l->seat->open;
}

/* ---- scatter_connect.c ---- */

/* Status, with *error naming the shard; or OK, where the answer may be without it: then the line is missing. */
weir_status weir__line_failed(weir__line *line, weir_status status, weir_error *error);
/* Gives the connection back, unless the session holds it; its rows are over or given up. Once more does nothing. */
void weir__line_leave(weir__line *line);

/* ---- scatter_lines.c ---- */

/* Sends to all and waits for all heads. */
weir_status weir__lines_start(weir__scattered *scatter, weir_error *error);
/* The streams to merge: one a shard, or one for all where their order does not matter. Gives their number. */
uint32_t weir__lines_streams(weir__scattered *scatter, weir__stream **streams);
/* Ends all fibers: what is held is read to its end, all else is woken. */
void weir__lines_stop(weir__scattered *scatter);

#endif
