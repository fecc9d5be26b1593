/* shrink.c - leaving words out of a statement as long as weir answers it wrongly. SPDX-License-Identifier: Apache-2.0
 * What follows ORDER BY stays: without it the rows would have no order to be wrong in. O(words^2) statements at most, and never
 * more than MAX_TRIES. */
#include "tests/differential/shrink.h"

#include <stdio.h>
#include <string.h>

enum { MAX_WORDS = 400, MAX_TRIES = 400 };

typedef struct words {
    weir_str list[MAX_WORDS];
    uint32_t count, movable; /* those from movable on stay */
} words;

/* A quoted text is one word; a bracket is a word. */
static void split(words *w, weir_str sql)
{
    const char *p = sql.data, *end = sql.data + sql.size;
    w->count = 0;
    while (p < end && w->count < MAX_WORDS) {
        const char *from = p;
        if (*p == ' ') {
            p++;
            continue;
        }
        if (*p == '\'') {
            for (p++; p < end && (*p != '\'' || p[1] == '\''); p++)
                p += *p == '\'' && p[1] == '\'';
            p++;
        } else if (strchr("(),", *p))
            p++;
        else
            while (p < end && !strchr(" (),'", *p))
                p++;
        w->list[w->count++] = (weir_str){from, (size_t)(p - from)};
    }
    w->movable = w->count;
    for (uint32_t i = 0; i + 1 < w->count; i++)
        if (w->list[i].size == 5 && memcmp(w->list[i].data, "ORDER", 5) == 0) {
            w->movable = i;
            break;
        }
}

static void join(weir__arena *arena, const words *w, uint32_t without, uint32_t count, statement *s)
{
    weir__buf sql;
    weir__buf_init(&sql, &weir__mem_system, 1 << 20);
    for (uint32_t i = 0; i < w->count; i++) {
        if (i >= without && i < without + count)
            continue;
        bool glued = w->list[i].data[0] == '(' && i > 0 && i != without + count &&
                     w->list[i - 1].data + w->list[i - 1].size == w->list[i].data;
        weir__buf_adds(&sql, sql.size && !glued ? " " : "");
        weir__buf_add(&sql, w->list[i].data, w->list[i].size);
    }
    s->sql = (weir_str){weir__arena_text(arena, weir__buf_text(&sql), sql.size), sql.size};
    weir__buf_deinit(&sql);
}

static bool tells(const statement *s)
{
    return s->kind == STEP_SQL && s->sql.data && !s->paged.size;
}

void shrink(const statement *s, weir__arena *arena, bool (*wrong)(void *context, const statement *s), void *context)
{
    words w;
    uint32_t tries = 0;
    statement best = *s;
    if (!tells(s))
        return;
    if (!wrong(context, s)) {
        fprintf(stderr, "    alone on fresh copies it is answered right: the statements before it matter\n");
        return;
    }
    split(&w, s->sql);
    if (best.order == ORDER_TIES)
        w.count = 0;
    for (uint32_t size = w.movable / 2; size > 0 && w.count && best.arg_count == 0; size = size > 1 ? size / 2 : 0)
        for (uint32_t from = 1; from + size <= w.movable && tries < MAX_TRIES; tries++) {
            statement shorter = best;
            join(arena, &w, from, size, &shorter);
            if (!wrong(context, &shorter)) {
                from++;
                continue;
            }
            best = shorter;
            memmove(&w.list[from], &w.list[from + size], (w.count - from - size) * sizeof *w.list);
            w.count -= size;
            w.movable -= size;
        }
    fprintf(stderr, "    alone too; the shortest found: %s\n", best.sql.data);
}
