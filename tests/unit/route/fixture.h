/* fixture.h - weir.yaml and tables from text, and statements routed by them. SPDX-License-Identifier: Apache-2.0
 *
 * Tables are lines: "orders: user_id int(11), id bigint(20) auto, note varchar(9) utf8mb4_nopad_bin null, unique (id), view, trigger
 * BEFORE INSERT ..". Threads: one. */
#ifndef WEIR_TESTS_ROUTE_FIXTURE_H
#define WEIR_TESTS_ROUTE_FIXTURE_H

#include "base/str.h"
#include "router/route/route.h"
#include "tests/support/test.h"

typedef struct route_tables {
    weir__config *config;
    const weir__table *list[64];
    size_t count;
    unsigned asked;
} route_tables;

/* False: told as a failure of the test. */
bool route_tables_init(route_tables *t, const char *yaml, const char *lines);
void route_tables_deinit(route_tables *t);
const weir__routing_context *route_context(const route_tables *t, const char *database, weir__routing_context *to);

/* The route of a statement, bound and printed into out. */
weir_status route_text(route_tables *t, const char *database, weir_str sql, weir_args args, bool describe,
                       weir__buf *out, weir_error *error);

#endif
