/* finishing.h - what the files that take a statement apart share. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ROUTER_MERGE_FINISHING_H
#define WEIR_ROUTER_MERGE_FINISHING_H

#include "router/merge/finish.h"
#include "router/merge/planning.h"

/* The ways: each adds parts and makes the edits of the final statement (f->planning). False: refused, or no memory. */
bool weir__finish_groups(weir__finish *f);
bool weir__finish_blocks(weir__finish *f);
bool weir__finish_keyed(weir__finish *f);
bool weir__finish_tables(weir__finish *f);

/* Edits of their own of the same text. NULL: no memory. */
weir__planning *weir__finish_planning(const weir__finish *f);
bool weir__finish_render(weir__planning *p, weir__finish_text *out);
/* NULL: no memory. Pointers to parts hold until the next one is added. */
weir__finish_part *weir__finish_add_part(weir__finish *f);
/* The part as a derived table, without its alias, goes here. Its place in the final text is known, its columns are not yet. */
void weir__finish_place(weir__finish *f, weir__finish_part *part, edit *e);

/* How a column of a table is sent and declared; *before and *behind go around it in the part. False: it cannot be, *why says it. */
bool weir__finish_declare(const weir__planning *p, const weir__column *c, weir__finish_column *out, const char **before,
                          const char **behind, const char **why);

#endif
