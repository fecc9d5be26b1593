/* generate.h - seeded statements of every kind. SPDX-License-Identifier: Apache-2.0
 * A generator makes one scenario whose answer is fixed: no statement whose answer the server may choose. */
#ifndef WEIR_TESTS_DIFFERENTIAL_GENERATE_H
#define WEIR_TESTS_DIFFERENTIAL_GENERATE_H

#include "tests/differential/statement.h"

typedef struct category {
    const char *name;
    void (*make)(gen *g);
    uint32_t weight;
    uint32_t floor_one;  /* percent that must be equal over one shard */
    uint32_t floor_many; /* over several */
} category;

extern const category categories[];
extern const uint32_t category_count;
const category *category_named(const char *name);

/* -- what generators share: tables under aliases -- */

enum { MAX_SOURCES = 4 };
typedef struct source {
    const table *t;
    char alias[8]; /* "": columns stand bare */
} source;
typedef struct scope {
    source from[MAX_SOURCES];
    uint32_t count;
} scope;

typedef enum class {
    C_ANY,
    C_NUMBER, /* exact, small */
    C_FLOAT,
    C_TEXT,
    C_MOMENT,  /* dates and times */
    C_ORDERED, /* may stand in ORDER BY, MIN, MAX and comparisons: all but JSON, SET, BIT */
} class;

/* A table of these placements (bits of 1 << P_..), at random. */
const table *any_table(gen *g, unsigned placements);
enum { SHARDED = 1 << P_SLOTS | 1 << P_FOLDED | 1 << P_MOD | 1 << P_RANGE | 1 << P_LIST | 1 << P_TIME, PLACES = 0xFF };
scope scope_of(const table *t, const char *alias);
void scope_add(scope *s, const table *t, const char *alias);
/* A column of this class, its source in *from; NULL where there is none. */
const column *any_column(gen *g, const scope *s, class wanted, const source **from);
bool is_class(const column *c, class wanted);
void say_column(gen *g, const source *from, const column *c);
/* "FROM" of one table: name and alias. */
void say_source(gen *g, const source *from);
/* A condition; depth bounds its nesting. */
void say_condition(gen *g, const scope *s, int depth);
/* key = value of the table's shard key, or of its whole primary key. */
void say_key_equals(gen *g, const source *from);
void say_primary_key_equals(gen *g, const source *from);
/* A condition on the shard key that tells its values: =, IN, OR of equalities, rows. */
void say_key_condition(gen *g, const source *from);
/* An expression of numbers, of texts. */
void say_number(gen *g, const scope *s, int depth);
void say_text(gen *g, const scope *s, int depth);
/* The columns of the primary keys of all sources, as ORDER BY takes them: fixes each row's place. */
void say_total_order(gen *g, const scope *s);
bool scope_has_keys(const scope *s);

/* The generators, by file. */
void make_point(gen *g), make_in(gen *g), make_range(gen *g), make_scan(gen *g), make_types(gen *g),
    make_single(gen *g), make_broadcast(gen *g), make_odd_keys(gen *g), make_contradiction(gen *g),
    make_qualified(gen *g), make_physical(gen *g), make_placed(gen *g), make_prepared(gen *g); /* generate_reads.c */
void make_join_colocated(gen *g), make_join_broadcast(gen *g), make_join_any(gen *g), make_subquery(gen *g),
    make_cte(gen *g), make_window(gen *g), make_union(gen *g), make_derived(gen *g); /* generate_joins.c */
void make_aggregate(gen *g), make_group(gen *g), make_having(gen *g), make_rollup(gen *g), make_distinct(gen *g),
    make_order(gen *g), make_order_text(gen *g), make_limit(gen *g), make_group_concat(gen *g); /* generate_merges.c */
void make_expressions(gen *g), make_having_over(gen *g), make_over_groups(gen *g), make_members(gen *g),
    make_few(gen *g); /* generate_finish.c */
void make_insert(gen *g), make_insert_many(gen *g), make_odku(gen *g), make_replace(gen *g), make_insert_select(gen *g),
    make_returning(gen *g), make_update(gen *g), make_update_many(gen *g), make_delete(gen *g),
    make_delete_many(gen *g), make_multi_table(gen *g), make_auto_increment(gen *g), make_update_key(gen *g),
    make_broadcast_write(gen *g);                                                                /* generate_writes.c */
void make_exotic(gen *g), make_literals(gen *g), make_session(gen *g), make_definitions(gen *g); /* generate_exotic.c */
void make_key_forms(gen *g), make_key_writes(gen *g), make_conditions(gen *g), make_tricky_joins(gen *g),
    make_tricky_writes(gen *g);                                                    /* generate_routing.c */
void make_failure(gen *g), make_transaction(gen *g), make_transaction_one(gen *g); /* generate_sequences.c */
void make_pages(gen *g), make_pages_between(gen *g);                               /* generate_pages.c */
void make_past(gen *g);                                                            /* generate_past.c */

#endif
