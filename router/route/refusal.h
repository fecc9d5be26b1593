/* refusal.h - why a statement is not run. SPDX-License-Identifier: Apache-2.0
 * The words are stable: they begin the error's text, docs/sql.md lists them. Threads: any. */
#ifndef WEIR_ROUTER_ROUTE_REFUSAL_H
#define WEIR_ROUTER_ROUTE_REFUSAL_H

/* Sorted. X(word, what it is about) */
#define WEIR__REFUSAL_MAP(X)                                                                                           \
    X(auto_increment, "each shard would give the same numbers")                                                        \
    X(broadcast_write, "a table on all shards is written on several shards at once")                                   \
    X(cross_shard, "tables are read together whose rows are on different shards")                                      \
    X(definition, "definitions are changed on several shards")                                                         \
    X(documents, "a collection of documents")                                                                          \
    X(key_changed, "a row's shard key is changed, which may move it")                                                  \
    X(key_missing, "a row without a shard key")                                                                        \
    X(key_not_canonical, "a shard key that the server would change, or print in another way")                          \
    X(key_not_value, "a shard key that is computed by the server")                                                     \
    X(key_unfit, "the shard key's column cannot place rows")                                                           \
    X(key_unlisted, "no shard takes this key")                                                                         \
    X(multi_shard_insert, "rows of one statement are for several shards")                                              \
    X(multi_shard_write, "rows on several shards are changed")                                                         \
    X(no_rule, "a table that weir.yaml does not place")                                                                \
    X(no_table, "a table that the servers do not have")                                                                \
    X(not_understood, "weir cannot read the statement, so it does not know its tables")                                \
    X(renaming, "a name cannot be changed to the one on the shard")                                                    \
    X(scatter_denied, "scatter: deny, and the statement needs several shards")                                         \
    X(scatter_read, "rows of several shards are read")                                                                 \
    X(server_statement, "it speaks of one server, and there are several")                                              \
    X(session_state, "it depends on one connection, and there are several")                                            \
    X(several_databases, "tables of several databases in one statement")                                               \
    X(several_tables, "rows of several of the tables behind one name")                                                 \
    X(stored_code, "stored code may touch tables of other shards")                                                     \
    X(too_many_shards, "more shards than limits.shards allows")                                                        \
    X(trigger, "a trigger may change the key or touch other tables")                                                   \
    X(unique_key, "a unique key without the shard key")                                                                \
    X(unknown_schema, "a schema that is no database of weir.yaml")                                                     \
    X(view, "a view may hold tables of other shards")

typedef enum weir__refusal {
    WEIR__REFUSAL_none,
#define X(word, text) WEIR__REFUSAL_##word,
    WEIR__REFUSAL_MAP(X)
#undef X
} weir__refusal;

/* "scatter_read"; "" for none. */
const char *weir__refusal_word(weir__refusal refusal);
const char *weir__refusal_about(weir__refusal refusal);

#endif
