/* finish.h - runs a read that one server finishes: its head, its parts, its final statement. SPDX-License-Identifier: Apache-2.0
 * What cannot be merged is kept when it is refused (keep), and taken up when the call that met the refusal is over (answer): each of
 * head, parts and final statement goes the whole path as a statement of its own, one after the other, by the deadline of the user's.
 * Memory: the rows of all parts, as text, within max_bytes. Thread: the session's. What is sent: router/merge/finish.h. */
#ifndef WEIR_ROUTER_FINISH_H
#define WEIR_ROUTER_FINISH_H

#include "router/merge/finish.h"
#include "router/query.h"
#include "router/route/route.h"

/* The statement was refused because it cannot be merged: what answering it in parts needs is kept in q->apart, unless q is itself a
 * part. Without memory nothing is kept. */
void weir__finish_keep(weir__statement *q, const weir__routing *routing);
/* Answers it, or fails as it was refused, or as one of its statements failed. *rows is the final statement's. `run` is the path. */
weir_status weir__finish_answer(weir__statement *q, weir_status (*run)(weir__statement *q));
void weir__finish_forget(weir__statement *q); /* q->apart; NULL is fine */

/* In the final statement, once its answer's head is there: it must have the columns that the user's statement has, and gets them. */
weir_status weir__finish_head(weir__statement *q);

#endif
