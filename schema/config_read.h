/* config_read.h - the parts of the checker, in the order in which weir__config_parse calls them. SPDX-License-Identifier: Apache-2.0
 * Each reads one part of weir.yaml into the reader's configuration and tells what is wrong with it. */
#ifndef WEIR_SCHEMA_CONFIG_READ_H
#define WEIR_SCHEMA_CONFIG_READ_H

#include "schema/config_tables.h"
#include "schema/keys.h"

/* ---- config_settings.c ---- */
extern const weir__key weir__settings_keys[];       /* into weir__settings */
extern const weir__key weir__tls_keys[];            /* into weir__tls_config */
void weir__settings_init(weir__settings *settings); /* the defaults of weir itself */
/* Told once for each place: what contradicts itself in merged settings. places: where they were written, the nearest first. */
void weir__settings_check(weir__reader *reader, const weir__settings *settings, weir__yaml *const *places,
                          size_t count);
void weir__tls_check(weir__reader *reader, const weir__tls_config *tls, weir__yaml *const *places, size_t count);
void weir__read_password(weir__reader *reader, weir__yaml *node, void *secret);

/* ---- config_address.c: into weir__address, weir__endpoint_config and the replicas of a weir__shard_config ---- */
bool weir__read_address(weir__reader *reader, weir__yaml *node, weir__address *address);
extern const weir__key weir__servers_keys[]; /* primary, replicas, lossless: into weir__shard_config */

/* ---- config_databases.c ---- */
void weir__read_groups(weir__reader *reader, weir__yaml *node, void *unused);
void weir__read_databases(weir__reader *reader, weir__yaml *node, void *unused);

/* ---- config_shares.c ---- */
typedef struct weir__piece {
    weir__share share;
    weir__yaml *node; /* where it is written */
} weir__piece;
/* Reads "0-511", "7" or a list of them, adding pieces; false after a mistake. */
bool weir__read_ranges(weir__reader *reader, weir__yaml *node, const char *noun, weir__piece *pieces, size_t *count);
/* Sorts the pieces and tells gaps, overlaps and what is past modulus - 1. False: something was wrong. */
bool weir__pieces_check(weir__reader *reader, weir__piece *pieces, size_t count, uint32_t modulus, const char *noun);
/* The pieces as shares in the configuration's memory. */
const weir__share *weir__pieces_keep(weir__reader *reader, const weir__piece *pieces, size_t count);
/* Of each slot below modulus the number of the share that holds it. NULL: no memory. */
const uint16_t *weir__shares_index(weir__reader *reader, const weir__share *shares, size_t count, uint32_t modulus);

/* ---- config_stores.c ---- */
void weir__read_caches(weir__reader *reader, weir__yaml *node, void *unused);
void weir__read_documents(weir__reader *reader, weir__yaml *node, void *unused);

/* ---- config_method.c: one table's method and physical tables ---- */
void weir__read_method(weir__reader *reader, weir__yaml *node, weir__table_config *table);
void weir__read_slots_method(weir__reader *reader, weir__yaml *table_node, weir__table_config *table);
void weir__read_physical(weir__reader *reader, weir__yaml *node, weir__table_config *table);

/* ---- config_tables.c ---- */
void weir__read_tables(weir__reader *reader, weir__yaml *node, void *unused);

#endif
