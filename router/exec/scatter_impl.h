/* scatter_impl.h - a scatter's insides. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_EXEC_SCATTER_IMPL_H
#define WEIR_ROUTER_EXEC_SCATTER_IMPL_H

#include "base/fiber.h"
#include "router/exec/scatter.h"
#include "router/merge/stream.h"

typedef struct weir__scattered weir__scattered;

/* One shard. */
typedef struct weir__line {
    weir__stream stream; /* its rows, one after the other */
    weir__scattered *scatter;
    weir__seat *seat; /* the session's on that shard */
    weir__server *server;
    weir__conn *conn; /* of server's pool */
    int wake_fd;      /* conn's own */
    weir_str sql;
    weir__fiber *fiber;
    weir__answer answer;
    weir__cell *cells; /* of its current row */
    bool headed;       /* the answer's head, or a failure, is there */
    bool has_row;      /* cells hold one that is not given on yet */
    bool stop;         /* the fiber is to end */
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
    weir_args args;
    bool reads;
    weir__fibers *fibers;
    weir__stream any;  /* rows of whoever has one */
    weir__line *given; /* whose row any gave last */
    weir__stream *merged;
    const weir_column *columns;
    uint32_t visible; /* columns that are the user's */
};

#endif
