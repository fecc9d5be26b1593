/* yaml.h - the text of weir.yaml as a tree with places. SPDX-License-Identifier: Apache-2.0
 *
 * Built from libyaml's events, not from its document: only the events show anchors, aliases and tags, which are refused here, and
 * only so depth and nodes are bounded before memory is taken. O(size), O(n log n) for the search for keys written twice.
 * Invariants: (1) the tree is a tree: no node has two parents; (2) no text in it holds a control character; (3) what was told as a
 * mistake is marked bad and the checks pass over it. */
#ifndef WEIR_SCHEMA_YAML_H
#define WEIR_SCHEMA_YAML_H

#include <stdbool.h>
#include <stdint.h>

#include "weir.h"

typedef enum weir__yaml_kind { WEIR__YAML_SCALAR, WEIR__YAML_LIST, WEIR__YAML_MAP } weir__yaml_kind;

typedef struct weir__yaml weir__yaml;
struct weir__yaml {
    weir__yaml_kind kind;
    bool plain;                                    /* a scalar without quotes */
    bool bad;                                      /* a mistake about it is told already */
    bool named_free;                               /* its name is the user's choice, not a key of ours */
    weir_str text;                                 /* of a scalar, NUL-terminated */
    weir_str name;                                 /* of a map's entry, NUL-terminated; else NULL */
    uint32_t line, column, name_line, name_column; /* from 1 */
    uint32_t count;                                /* entries, those marked bad included */
    uint32_t index;                                /* of an item of a list, from 0 */
    weir__yaml *parent, *first, *last, *next;
};

typedef struct weir__reader weir__reader;

/* The tree of text, in the reader's scratch memory; NULL after a mistake that hides the rest (it is told) or without memory. */
weir__yaml *weir__yaml_read(weir__reader *reader, weir_str text);

/* The entry of that name, NULL when there is none or it is bad. O(entries). */
weir__yaml *weir__yaml_get(const weir__yaml *map, const char *name);

/* Is there an entry of that name, bad or not? */
bool weir__yaml_has(const weir__yaml *map, const char *name);

/* Nothing, ~ or null. */
bool weir__yaml_is_empty(const weir__yaml *node);

/* yes, no, on, off, y, n without quotes: other YAML tools read them as true and false. */
bool weir__yaml_is_old_flag(const weir__yaml *node);

#endif
