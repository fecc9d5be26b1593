/* fingerprint_text.h - how a fingerprint's text is written: tokens with one blank between them, into a buffer of the caller's.
 * SPDX-License-Identifier: Apache-2.0
 * Inline, for it runs once a token and is most of what a fingerprint costs beside the lexer. A token: O(bytes).
 * Invariants: (1) no byte at or past room is written; (2) once something did not fit, nothing more is written. Of fingerprint.c alone. */
#ifndef WEIR_ROUTER_SQL_FINGERPRINT_TEXT_H
#define WEIR_ROUTER_SQL_FINGERPRINT_TEXT_H

#include <assert.h>
#include <string.h>

#include "router/sql/lexer.h"

#define TK(name) WEIR__TK_##name

/* Sets of tokens that are no words: their numbers are below 64. */
#define SET(name) (UINT64_C(1) << TK(name))
static_assert(TK(ACCESSIBLE) < 64, "words come last");

typedef struct writer {
    weir_str sql; /* the statement */
    char *buffer;
    uint32_t room, size; /* bytes of the buffer, and of the text in it */
    bool full;
    weir__token before;  /* the token written last; end 0: none */
    uint64_t before_set; /* its set */
} writer;

static inline uint64_t set_of(int id)
{
    return id < 64 ? UINT64_C(1) << id : 0;
}

/* Once something did not fit, nothing more is written. */
static inline bool fits(writer *w, uint32_t size)
{
    if (size <= w->room - w->size)
        return true;
    w->full = true;
    w->room = w->size;
    return false;
}

/* Copies with all bits of mask in each byte. Tokens are short: two words that overlap beat a call of memcpy. */
static inline void copy_short(char *to, const char *from, uint32_t size, uint8_t mask)
{
    const uint64_t wide = mask * 0x0101010101010101u;
    if (size > 16) {
        for (uint32_t i = 0; i < size; i++)
            to[i] = (char)(from[i] & mask);
    } else if (size >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + size - 8, 8);
        first &= wide;
        last &= wide;
        memcpy(to, &first, 8);
        memcpy(to + size - 8, &last, 8);
    } else if (size >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + size - 4, 4);
        first &= (uint32_t)wide;
        last &= (uint32_t)wide;
        memcpy(to, &first, 4);
        memcpy(to + size - 4, &last, 4);
    } else {
        for (uint32_t i = 0; i < size; i++)
            to[i] = (char)(from[i] & mask);
    }
}

static inline void put(writer *w, const char *data, uint32_t size)
{
    if (!fits(w, size))
        return;
    if (size > 16)
        memcpy(w->buffer + w->size, data, size);
    else
        copy_short(w->buffer + w->size, data, size, 0xFF);
    w->size += size;
}

/* Of a word: letters and _, which has the bit of capitals already. */
static inline void put_upper(writer *w, const char *data, uint32_t size)
{
    if (!fits(w, size))
        return;
    copy_short(w->buffer + w->size, data, size, 0xDF);
    w->size += size;
}

/* Is there a blank between the last token and this one? set: of this one. */
static inline bool has_gap(const writer *w, const weir__token *t, uint64_t set)
{
    const weir__token *before = &w->before;
    if (((w->before_set & (SET(LP) | SET(DOT))) | (set & (SET(LP) | SET(RP) | SET(COMMA) | SET(DOT)))) == 0)
        return w->size != 0;
    if (before->id == TK(LP) || t->id == TK(RP) || t->id == TK(COMMA))
        return false;
    if (before->id == TK(DOT) || t->id == TK(DOT) || weir__token_is_name(before->id))
        return w->size != 0 && before->end != t->start; /* f(x) is not f (x) */
    return w->size != 0;
}

/* What stands between the last token and this one. */
static inline void put_gap(writer *w, const weir__token *t, bool verbatim)
{
    if (verbatim)
        put(w, w->sql.data + w->before.end, t->start - w->before.end);
    else if (has_gap(w, t, set_of(t->id)))
        put(w, " ", 1);
}

static inline bool is_upper(const writer *w, const weir__token *t)
{
    return t->id >= TK(ACCESSIBLE) && (weir__token_is_reserved(t->id) || w->before.end == 0);
}

/* Any token, at any place. */
static void put_anywhere(writer *w, const weir__token *t, bool verbatim)
{
    const char *text = w->sql.data + t->start;
    put_gap(w, t, verbatim);
    if (!verbatim && is_upper(w, t))
        put_upper(w, text, t->end - t->start);
    else
        put(w, text, t->end - t->start);
}

enum { WIDE = 16 }; /* bytes */

/* Most tokens are short and not at an end: gap and token are written at once, with what follows them and is written over. */
static inline void put_token(writer *w, const weir__token *t, uint64_t set, bool verbatim)
{
    uint32_t size = t->end - t->start;
    if (verbatim || size > WIDE || w->room - w->size <= WIDE || w->sql.size - t->start < WIDE) {
        put_anywhere(w, t, verbatim);
        return;
    }
    const uint64_t mask = is_upper(w, t) ? 0xDFDFDFDFDFDFDFDFu : UINT64_MAX;
    uint32_t gap = has_gap(w, t, set);
    char *to = w->buffer + w->size;
    uint64_t words[2];
    memcpy(words, w->sql.data + t->start, WIDE);
    words[0] &= mask;
    words[1] &= mask;
    *to = ' ';
    memcpy(to + gap, words, WIDE);
    w->size += gap + size;
}

/* Takes back what was written behind this offset. */
static inline void put_back(writer *w, uint32_t size)
{
    w->size = size;
    if (w->full)
        w->room = size;
}

#endif
