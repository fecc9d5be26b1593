/* cutter.h - a proxy before a real server that cuts a connection at a chosen point. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_CUTTER_H
#define WEIR_TESTS_CUTTER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define CUT_MAP(X)                                                                                                     \
    X(NOT, "no cut")                                                                                                   \
    X(FIN, "idle, closed")                                                                                             \
    X(RESET, "idle, reset")                                                                                            \
    X(SWALLOW, "the statement came, and went no further")                                                              \
    X(ANSWER, "the server has answered, the answer is lost")                                                           \
    X(HALF, "a part of the answer came through")

typedef enum cut {
#define X(name, text) CUT_##name,
    CUT_MAP(X)
#undef X
        CUTS
} cut;

enum { CUTTER_LINKS = 256 };

typedef struct cutter {
    int listener, port, server_port;
    int stop[2];
    pthread_t thread;
    _Atomic int next; /* the cut for what the client sends next, on any connection; then NOT */
    _Atomic int cuts; /* made so far */
} cutter;

/* Before the server of the first address in $WEIR_CONFIG. */
void cutter_open(cutter *c);
void cutter_close(cutter *c);
/* FIN and RESET cut all connections at once and return when that is done. */
void cutter_arm(cutter *c, cut how);
const char *cut_name(cut how);
/* A weir.yaml like the test's own whose only server is the cutter; lives until the next call. */
const char *cutter_yaml(const cutter *c, const char *changes);

#endif
