/* operators.h - pull iterators that make one stream of many. SPDX-License-Identifier: Apache-2.0
 * Each takes over the streams it is given, also when it fails, and closes them with itself. Memory comes from the statement's budget
 * (base/budget.h): past it LIMIT. Rows are passed on as they are; only what must be kept is copied.
 *   concat   one stream after the other                               memory: none
 *   ordered  k sorted streams to a sorted one, O(log k) a row          memory: the keys of k rows
 *   limit    leaves out rows, then ends after so many                  memory: none
 *   distinct the first row of each that are equal by keys              memory: the keys of all rows given on
 *   sort     all rows, sorted; equal ones stay in their order            memory: all rows
 * An ordered merge looks whether its inputs are sorted as it compares: what a server sorts another way (a key beyond max_sort_length, a
 * collation that is not what the catalog says) ends as a failure, never as a wrong order. */
#ifndef WEIR_ROUTER_MERGE_OPERATORS_H
#define WEIR_ROUTER_MERGE_OPERATORS_H

#include "router/merge/key.h"
#include "router/merge/stream.h"

weir_status weir__concat_open(weir__budget *budget, weir__stream **inputs, uint32_t count, weir__stream **out,
                              weir_error *error);
weir_status weir__ordered_open(weir__budget *budget, weir__stream **inputs, uint32_t count, const weir__merge_key *keys,
                               uint32_t key_count, weir__stream **out, weir_error *error);
/* limit: UINT64_MAX for none */
weir_status weir__limit_open(weir__budget *budget, weir__stream *input, uint64_t offset, uint64_t limit,
                             weir__stream **out, weir_error *error);
weir_status weir__distinct_open(weir__budget *budget, weir__stream *input, const weir__merge_key *keys,
                                uint32_t key_count, weir__stream **out, weir_error *error);
weir_status weir__sort_open(weir__budget *budget, weir__stream *input, uint32_t width, const weir__merge_key *keys,
                            uint32_t key_count, weir__stream **out, weir_error *error);

#endif
