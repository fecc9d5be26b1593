/* reader.h - what the parts of the configuration's checker share. SPDX-License-Identifier: Apache-2.0
 *
 * A reader lives for one weir__config_parse. It collects every mistake and goes on, so each function here and in config_read.h
 * leaves something sane behind after a mistake. Memory failures latch in the two arenas and are told once, at the end.
 * Not thread-safe. */
#ifndef WEIR_SCHEMA_READER_H
#define WEIR_SCHEMA_READER_H

#include "base/error.h"
#include "schema/config.h"
#include "schema/yaml.h"

/* Names and what they stand for, sorted for finding. */
typedef struct weir__name {
    weir_str name;
    weir__yaml *node; /* where it is written */
    void *value;
} weir__name;

typedef struct weir__names {
    weir__name *list;
    size_t count, room;
} weir__names;

/* What is known of a database beside its configuration. */
typedef struct weir__database_read {
    weir__names shards;
    bool says_slots; /* a shard of it has slots: */
} weir__database_read;

struct weir__reader {
    weir__arena scratch; /* the tree, indexes: gone when the parse ends */
    weir__arena *arena;  /* the configuration's */
    weir__config *config;
    weir__mistakes *mistakes;
    int quiet; /* inside a part that is "not yet" as a whole */
    weir__yaml *root;
    weir__settings defaults;
    weir__names groups, databases, caches, documents;
    weir__database_read *database_reads; /* in the order of the databases */
};

/* ---- mistakes ---- */

/* At a place of the text, without a path. */
void weir__wrong_at(weir__reader *reader, uint32_t line, uint32_t column, const char *format, ...) WEIR__PRINTF(4, 5);
/* At a value; at a value's key. The node is marked bad. */
void weir__wrong(weir__reader *reader, weir__yaml *node, const char *format, ...) WEIR__PRINTF(3, 4);
void weir__wrong_key(weir__reader *reader, weir__yaml *node, const char *format, ...) WEIR__PRINTF(3, 4);
/* At a mapping that lacks a key; told with the key's path, unless an unknown key of the mapping is near it. */
void weir__missing(weir__reader *reader, const weir__yaml *map, const char *key, const char *format, ...)
    WEIR__PRINTF(4, 5);
/* Does the mapping hold a key that is told as wrong already and is near this one? */
bool weir__is_meant(const weir__yaml *map, const char *key);
/* A text of the user's, short enough for a message. */
const char *weir__shown(weir__reader *reader, weir_str text);
/* "; did you mean shard_by?", or "" when no word is near. */
const char *weir__hint(weir__reader *reader, weir_str text, const char *(*word)(const void *list, size_t i),
                       const void *list);
/* "tables.orders.shard_by", with * for names of the user's when general. */
const char *weir__path(weir__reader *reader, const weir__yaml *node, bool general);
/* Notes an accepted setting that this version does not act on; extra is added to its path ("" mostly). */
void weir__not_yet(weir__reader *reader, const weir__yaml *node, const char *extra);

/* ---- names ---- */

void weir__names_init(weir__reader *reader, weir__names *names, size_t room);
void weir__names_add(weir__names *names, weir_str name, weir__yaml *node, void *value);
void weir__names_sort(weir__names *names);                             /* equal names stay in the order of the file */
weir__name *weir__names_find(const weir__names *names, weir_str name); /* after the sort; NULL: none */
/* What a scalar node, or a node's key, names; NULL and a mistake when there is no such thing; what: "group". */
void *weir__names_resolve(weir__reader *reader, const weir__names *names, weir__yaml *node, const char *what);
void *weir__names_resolve_key(weir__reader *reader, const weir__names *names, weir__yaml *node, const char *what);

#endif
