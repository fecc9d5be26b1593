/* keys.h - the tables that say what may stand in weir.yaml. SPDX-License-Identifier: Apache-2.0
 *
 * A mapping of weir.yaml is described by an array of keys; weir__keys_read checks a mapping against it and writes the values into
 * a struct. A new setting is one line in an array and one member. Keys are read in the order of the array, whatever the order of
 * the file, so a key whose reading needs others stands behind them. What is not in the file is left as it was. */
#ifndef WEIR_SCHEMA_KEYS_H
#define WEIR_SCHEMA_KEYS_H

#include "schema/reader.h"

typedef enum weir__key_kind {
    WEIR__KEY_TEXT = 1, /* const char *; most: bytes */
    WEIR__KEY_FLAG,     /* bool */
    WEIR__KEY_COUNT,    /* uint32_t */
    WEIR__KEY_AMOUNT,   /* uint64_t */
    WEIR__KEY_TIME,     /* uint32_t, milliseconds */
    WEIR__KEY_SIZE,     /* uint64_t, bytes */
    WEIR__KEY_PERCENT,  /* uint32_t */
    WEIR__KEY_WEIGHT,   /* double, 0 to 1000 */
    WEIR__KEY_WORD,     /* an enum: one of words */
    WEIR__KEY_CHOICE,   /* bool: one of words */
    WEIR__KEY_PART,     /* a mapping of its own, into the same struct: keys */
    WEIR__KEY_SAME,     /* no key: the keys of another array stand here too, into the struct at offset */
    WEIR__KEY_BY,       /* read says */
    WEIR__KEY_LATER,    /* known here, read by whoever reads the mapping, when the rest is known */
} weir__key_kind;

enum { WEIR__KEY_REQUIRED = 1, WEIR__KEY_NOT_YET = 2 };

typedef struct weir__word {
    const char *text;
    int value;
} weir__word;

typedef struct weir__key weir__key;
struct weir__key {
    const char *name;
    weir__key_kind kind;
    unsigned flags;
    size_t offset;           /* of the member */
    uint64_t least, most;    /* most 0: what the member's type holds */
    const weir__word *words; /* ends with NULL */
    const weir__key *keys;   /* ends with kind 0 */
    const char *signs;       /* TEXT: what may stand in it beside ASCII letters and digits; NULL: anything */
    void (*read)(weir__reader *reader, weir__yaml *node, void *member);
};

/* WEIR__KEY("name", TEXT, offset of the member, .most = 64) */
#define WEIR__KEY(text, type, at, ...)                                                                                 \
    {                                                                                                                  \
        .name = text, .kind = WEIR__KEY_##type, .offset = at, __VA_ARGS__                                              \
    }
#define WEIR__KEYS_END                                                                                                 \
    {                                                                                                                  \
        .name = NULL                                                                                                   \
    }

/* Checks a mapping and reads it into base. False: it is no mapping (told). */
bool weir__keys_read(weir__reader *reader, weir__yaml *map, const weir__key *keys, void *base);

/* Is node a scalar that says something? Else told, as "must be <what>". */
bool weir__is_scalar(weir__reader *reader, weir__yaml *node, const char *what);

/* Readers of single values. They give false after a mistake, the value untouched. */
bool weir__read_text(weir__reader *reader, weir__yaml *node, const char *signs, size_t most, const char **text);
bool weir__read_flag(weir__reader *reader, weir__yaml *node, bool *flag);
bool weir__read_count(weir__reader *reader, weir__yaml *node, uint64_t least, uint64_t most, uint64_t *count);
bool weir__read_word(weir__reader *reader, weir__yaml *node, const weir__word *words, int *value);

/* Is node a mapping whose keys are names of the user's choice, at least one? Each name is checked: told, and its entry bad, when it
 * is no name; dotted: one dot in it may part two names. Else told, as "must name <what>". */
bool weir__is_named(weir__reader *reader, weir__yaml *node, const char *what, bool dotted);

/* The first item of a list, or node itself where a single value stands for a list of one; *many: go on by ->next. */
weir__yaml *weir__items(weir__yaml *node, size_t *count);
static inline weir__yaml *weir__next_item(const weir__yaml *list, const weir__yaml *item)
{
    return item == list ? NULL : item->next;
}

#endif
