/* lint.h - what `weir lint` says of each statement in a source. SPDX-License-Identifier: Apache-2.0
 *
 *    lint_source.c  a file -> texts of SQL, each byte with its place in the file
 *    lint_judge.c   a text -> kind, role, shards, problems (with lint_ddl.c, lint_cache.c, lint_sample.c)
 *    lint_print.c   statements as lines, as JSON; lint_sarif.c: problems as SARIF
 *
 * Pure but for reading files: no server is asked, nothing is run. */
#ifndef WEIR_TOOLS_LINT_H
#define WEIR_TOOLS_LINT_H

#include "router/plan/plan.h"
#include "tools/explain_schema.h"

typedef enum lint_level { LINT_NOTE, LINT_WARNING, LINT_ERROR, LINT_LEVELS } lint_level;

/* Sorted by name. X(id, name, what it is about) */
#define LINT_RULE_MAP(X)                                                                                               \
    X(blocking_ddl, "blocking-ddl", "A definition is changed in a way that may copy the table or keep writers out")    \
    X(composed, "composed", "The text is made at run time, so what is sent is not known")                              \
    X(finished, "finished", "Rows are read of several shards, and one server finishes the statement over them")        \
    X(not_understood, "not-understood", "The statement cannot be read")                                                \
    X(refused, "refused", "The statement would be refused")                                                            \
    X(scatter, "scatter", "The statement goes to several shards")                                                      \
    X(unique_key, "unique-key", "A unique key without the shard key is unique on each shard only")

typedef enum lint_rule {
#define X(id, name, about) LINT_RULE_##id,
    LINT_RULE_MAP(X)
#undef X
        LINT_RULES
} lint_rule;

const char *lint_rule_name(lint_rule rule);
const char *lint_rule_about(lint_rule rule);
const char *lint_level_name(lint_level level);
/* The level at which a rule is told where nothing makes it worse. */
lint_level lint_rule_level(lint_rule rule);

enum { LINT_PROBLEMS = 8, LINT_TEXT = 512 };

typedef struct lint_problem {
    lint_rule rule;
    lint_level level;
    uint32_t at; /* byte of the statement; 0: its beginning */
    char text[LINT_TEXT];
} lint_problem;

/* How many shards it is for. */
typedef enum lint_shards { LINT_UNKNOWN, LINT_ANY, LINT_ONE, LINT_SOME, LINT_ALL } lint_shards;

typedef struct lint_statement {
    /* of lint_source.c */
    const char *path;
    weir_str source; /* the whole file */
    weir_str sql;
    const uint32_t *places; /* byte of the file where each byte of sql is, and one for its end */
    bool composed;          /* parts of the text are not known */
    bool literal;           /* of a program: only what is surely SQL is meant to be */
    /* of lint_judge.c */
    const weir__plan *plan;
    lint_shards shards;
    size_t shard_total;     /* of the database; 0: not known */
    char merge[64];         /* how the rows of several shards become one answer; "": they do not */
    const char *not_cached; /* why its rows are not cached; NULL: they may be */
    lint_problem problems[LINT_PROBLEMS];
    size_t problem_count;
} lint_statement;

/* What is not there is not told: a NULL config. */
typedef struct lint_rules {
    const weir__env *env;
    const weir__config *config;
    explain_schema *schema; /* its count 0: none */
} lint_rules;

/* Line and column of a byte of the statement, from 1; columns are characters. */
void lint_place(const lint_statement *statement, uint32_t at, unsigned *line, unsigned *column);

typedef weir_status lint_take(void *context, lint_statement *statement);

/* Calls take for each text of SQL in a file, by its name: .sql, or a C or C++ source. Returns: OK; USAGE: neither; CONFIG: it cannot be
 * read; LIMIT; NOMEM; what take gives. */
weir_status lint_source(const weir__env *env, const char *path, lint_take *take, void *context, weir_error *error);
/* Could a program's text be SQL? */
bool lint_begins_like_sql(weir_str text);

/* Fills what is known; statement->plan is the caller's to unref. False: it is a program's text that is none of SQL. Returns: OK; NOMEM. */
weir_status lint_judge(const lint_rules *rules, lint_statement *statement, bool *is_sql, weir_error *error);

WEIR__PRINTF(5, 6)
void lint_tell(lint_statement *statement, lint_rule rule, lint_level level, uint32_t at, const char *format, ...);

/* blocking-ddl and unique-key. */
void lint_ddl(const lint_rules *rules, lint_statement *statement);
/* Why rows that it reads are not cached; NULL: they may be. */
const char *lint_why_not_cached(const lint_rules *rules, const weir__plan *plan);

enum { LINT_ROUNDS = 4 };
/* The statement with a value for each ? whose column is known, other ones in each round, so that it can be routed. Bytes before `from`
 * bytes of it are those of the statement; lint_sample_place maps the others. */
typedef struct lint_sample {
    weir__buf sql;
    uint32_t (*moves)[2]; /* byte behind a value, and where that is in the statement */
    size_t count;
    bool any;
} lint_sample;
weir_status lint_sample_make(const lint_rules *rules, const weir__plan *plan, weir_str sql, unsigned round,
                             lint_sample *sample, weir_error *error);
uint32_t lint_sample_place(const lint_sample *sample, uint32_t at);
void lint_sample_free(lint_sample *sample, const weir__env *env);

/* The table behind a name of the plan, with a reference, and its rule; either may be NULL. */
weir__table *lint_table(const lint_rules *rules, const weir__plan_table *table, const weir__table_config **rule);

/* width: of a terminal, 0: none. quiet: problems alone. */
void lint_print_text(const lint_statement *statement, size_t width, bool quiet, weir__buf *out);
void lint_print_json(const lint_statement *statement, weir__buf *out);
void lint_sarif_begin(weir__buf *out);
void lint_sarif_statement(const lint_statement *statement, bool *first, weir__buf *out);
void lint_sarif_end(weir__buf *out);

#endif
