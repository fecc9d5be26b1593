/* fault.h - named points at the dangerous edges, for tests to make them fail.
 * SPDX-License-Identifier: Apache-2.0
 *
 * In a release build the points compile to nothing. In a test build a point is armed by
 * weir__fault_arm, or for a whole process by WEIR_FAULTS="name=action[@n],.." in its environment, n
 * being the pass (from 1) at which it fires, once. fail: the code at the point takes its failing
 * path      kill: the process dies by SIGKILL, as in a power cut stop: the process stops itself by
 * SIGSTOP   hold: the thread waits there until the point is armed anew. Each pass is counted, so a test can tell that a point was never
 * reached. */
#ifndef WEIR_BASE_FAULT_H
#define WEIR_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/* Sorted. Where each stands: grep for weir__fault(.., name). Those named wrong_ are seeded bugs: the code at the point answers wrongly
 * without a word, and the differential suite must find each (tests/differential/catch.c takes them from this list). */
#define WEIR__FAULT_MAP(X)                                                                                             \
    X(commit_answer)          /* the answer to the COMMIT of one shard is lost */                                      \
    X(commit_sent)            /* the connection breaks before that COMMIT is sent */                                   \
    X(dial_refused)           /* connecting fails as if nobody listened */                                             \
    X(io_wait)                /* waiting for the server fails as if the connection broke */                            \
    X(kill_refused)           /* the KILL of a late statement cannot be sent, this time */                             \
    X(load_answer)            /* the answer to the COMMIT of a batch of a load is lost */                              \
    X(load_begun)             /* rows of a load's lanes are inserted on a shard */                                     \
    X(load_cleared)           /* what the reject file has is cleared on a shard */                                     \
    X(load_committed)         /* a batch of a load is committed */                                                     \
    X(load_ended)             /* all lanes of a load have ended */                                                     \
    X(load_exported)          /* its reject file is written */                                                         \
    X(load_inserted)          /* a batch's rows are in an open transaction */                                          \
    X(load_recorded)          /* .. and its position */                                                                \
    X(load_taken)             /* a lane is this run's */                                                               \
    X(migrate_begun)          /* the row of a definition is written, it is not yet sent */                             \
    X(migrate_changed)        /* a data statement has run, its row is not yet inserted */                              \
    X(migrate_committed)      /* a data statement and its row are committed */                                         \
    X(migrate_defined)        /* a definition has run, its row does not say so */                                      \
    X(migrate_ended)          /* its row says so */                                                                    \
    X(migrate_fenced)         /* the runner's token is on the shard */                                                 \
    X(migrate_leased)         /* the lease is taken */                                                                 \
    X(migrate_locked)         /* the shard's lock is taken */                                                          \
    X(migrate_recorded)       /* a data statement and its row are in an open transaction */                            \
    X(thread_create)          /* no thread can be made */                                                              \
    X(two_phase_decided)      /* the deciding COMMIT was answered; fail: the answer is lost */                         \
    X(two_phase_finish)       /* before a branch's XA COMMIT */                                                        \
    X(two_phase_prepared)     /* after a branch's XA PREPARE; fail: the deciding shard's connection breaks */          \
    X(two_phase_ready)        /* the rows are inserted; fail: likewise */                                              \
    X(two_phase_undo)         /* the deciding shard is rolled back, its branches are not yet */                        \
    X(wrong_affected)         /* one row more is told as changed */                                                    \
    X(wrong_commit)           /* COMMIT rolls back */                                                                  \
    X(wrong_decimals)         /* a column's digits are forgotten */                                                    \
    X(wrong_fold)             /* the key in a condition is not folded */                                               \
    X(wrong_insert_id)        /* an id that the statement gave is taken for the server's */                            \
    X(wrong_list_element)     /* the last of a list of keys is forgotten */                                            \
    X(wrong_name)             /* names of tables stay as they are */                                                   \
    X(wrong_null_read)        /* NULL reads as an empty text */                                                        \
    X(wrong_or)               /* OR of keys is taken for AND */                                                        \
    X(wrong_page_place)       /* the next page begins a row too early */                                               \
    X(wrong_part_row)         /* the first row that one server would finish is forgotten */                            \
    X(wrong_range_end)        /* the end of BETWEEN is left out */                                                     \
    X(wrong_row_lost)         /* a row of an answer is left out */                                                     \
    X(wrong_row_place)        /* a row is inserted where another key belongs */                                        \
    X(wrong_scatter_average)  /* averages of shards are not weighed */                                                 \
    X(wrong_scatter_distinct) /* rows that two shards have come twice */                                               \
    X(wrong_scatter_limit)    /* LIMIT holds for each shard, not for the whole */                                      \
    X(wrong_scatter_order)    /* shards are read one after the other */                                                \
    X(wrong_shard)            /* a key's statement goes to the shard beside its own */                                 \
    X(wrong_sign)             /* a key below zero is placed without its sign */

typedef enum weir__fault_point {
#define X(name) WEIR__FAULT_##name,
    WEIR__FAULT_MAP(X)
#undef X
        WEIR__FAULT_COUNT
} weir__fault_point;

typedef enum weir__fault_action {
    WEIR__FAULT_OFF,
    WEIR__FAULT_FAIL,
    WEIR__FAULT_KILL,
    WEIR__FAULT_STOP,
    WEIR__FAULT_HOLD
} weir__fault_action;

typedef struct weir__faults weir__faults; /* hangs on the environment (env.h) */

#ifdef WEIR_FAULTS
#include <stdatomic.h>
struct weir__faults {
    _Atomic int action[WEIR__FAULT_COUNT];
    _Atomic int64_t fire_at[WEIR__FAULT_COUNT]; /* the pass that fires; 0: every one */
    _Atomic int64_t passed[WEIR__FAULT_COUNT];
};
void weir__faults_init(weir__faults *faults);
/* Reads "name=action[@n],..". False: not understood. */
bool weir__faults_parse(weir__faults *faults, const char *text);
void weir__fault_arm(weir__faults *faults, weir__fault_point point, weir__fault_action action, int64_t at_pass);
bool weir__fault_fires(weir__faults *faults, weir__fault_point point); /* faults may be NULL */
#define weir__fault(env, name) weir__fault_fires((env)->faults, WEIR__FAULT_##name)
#else
#define weir__fault(env, name) ((void)(env), false)
#endif

#endif
