/* group.h - what is known of the servers of a shard, and who of them is the primary. SPDX-License-Identifier: Apache-2.0
 *
 * Pure: results of probes go in with their times, verdicts come out; docs/consistency.md has the states and the reasons.
 *
 *    a member:  UNKNOWN --good probe--> IN --out_after bad ones in a row--> OUT --back_after good ones in a row--> IN
 *               UNKNOWN --out_after bad ones in a row--> OUT
 *               a hurried probe is never counted; it breaks a row of the other kind
 *    the group: none --one writable--> primary, term 1        [elect]
 *               primary --it is out or read_only, another one is writable--> primary, term + 1   [elect, promote]
 *               any --two writable, none the other's ancestor--> split                            [elect]
 *
 * feed O(members^2 x GTIDs). Invariants: (1) primary is NONE or a member that is IN and was writable when last heard; (2) term never
 * falls; (3) while split is set, primary is NONE. Threads: the caller's lock. Not here: asking servers (health_probe.c), which
 * member serves a read (readers.c). */
#ifndef WEIR_ROUTER_GROUP_H
#define WEIR_ROUTER_GROUP_H

#include "base/env.h"
#include "router/position.h"

enum {
    WEIR__NO_MEMBER = UINT32_MAX,
    WEIR__MAX_PROMOTIONS = 8, /* remembered; a session idle for longer is told that its writes may be lost */
    WEIR__MAX_BEATS = 128,    /* remembered, older ones ever more thinly: hours */
    WEIR__WHY_TEXT = 256,
};

/* What one probe brought. */
typedef struct weir__probe {
    uint64_t sent_ns, done_ns;
    bool hurried;  /* between those at the configured pace: it is no step out of service, or back */
    bool answered; /* else nothing below counts */
    bool read_only;
    uint32_t server_id;

    bool positions;         /* the next ones are known whole */
    weir__position applied; /* of other servers' transactions: gtid_slave_pos */
    weir__position logged;  /* an upper bound of what readers see: gtid_binlog_pos and applied */
    bool logs_all;          /* logged is such a bound: it logs its own and what it replicates */
    weir__gtid_state state; /* all it has logged or applied, by server */

    bool has_beat; /* the heartbeat row is there */
    uint64_t beat;
    uint64_t beat_age_ns; /* by this server's own clock, since it was written; of the primary's row only */

    bool asked_replication; /* the next ones are known; a hurried probe leaves them out */
    bool replicates;        /* is set up to */
    bool io_running, sql_running;
    bool filtered;      /* leaves out some of it, or may */
    uint32_t source_id; /* server id of whom it replicates from */
} weir__probe;

typedef enum weir__standing { WEIR__UNKNOWN_YET, WEIR__IN, WEIR__OUT } weir__standing;

typedef struct weir__member {
    weir__standing standing;
    uint32_t bad, good;   /* probes in a row, at the configured pace */
    bool heard;           /* it answered its latest probe */
    bool known;           /* probe holds an answered one: the latest */
    bool suspect;         /* a statement met it dead; until the next good probe */
    bool refused;         /* writable, but the ancestor of another */
    uint32_t incarnation; /* grows when its position goes back: it was restored */
    double latency_us;    /* of probes, smoothed */
    weir__probe probe;
} weir__member;

/* How the group came to its term. */
typedef struct weir__promotion {
    uint64_t term;          /* that began */
    weir__gtid_state state; /* what the new primary held then */
} weir__promotion;

/* What the primary had logged, not yet known to be acknowledged by a replica: it is, once a beat is seen that was logged after it. */
typedef struct weir__claim {
    weir__position logged;
    uint64_t sent_ns; /* of the probe that told it */
    uint64_t beat;    /* UINT64_MAX: of no beat is that known yet */
} weir__claim;

/* A beat and the moment, by this process's clock, after which it was written. */
typedef struct weir__beat {
    uint64_t beat, since_ns;
} weir__beat;

typedef struct weir__group_rules {
    uint32_t out_after, back_after;
    bool lossless;
} weir__group_rules;

typedef struct weir__group {
    const weir__mem *mem;
    weir__group_rules rules;
    weir__member *members;
    uint32_t count;

    bool ready;       /* each member was heard or is out: roles can be told */
    uint32_t primary; /* NONE: no writes now */
    uint32_t last;    /* the primary now, or the one before; NONE: there was none yet */
    bool split;
    uint64_t term;         /* 0: no primary yet */
    weir__position start;  /* the primary's logged position when the term began */
    weir__position logged; /* the last position known of this term's primary */
    uint64_t logged_ns;
    weir__position
        acknowledged;  /* what of it is known to have been acknowledged: by a replica, where replication is lossless */
    weir__claim claim; /* what will be */
    uint64_t heard_ns; /* the primary's latest answer */
    weir__promotion promotions[WEIR__MAX_PROMOTIONS]; /* newest last */
    uint32_t promotion_count;
    weir__beat beats[WEIR__MAX_BEATS]; /* of the primary, newest last */
    uint32_t beat_count;
    uint64_t changes;         /* grows when a verdict may be another: standings, roles, incarnations */
    char why[WEIR__WHY_TEXT]; /* there is no primary; "" while there is one */
} weir__group;

/* Returns: OK, NOMEM. Owns: the caller ends it with deinit. */
weir_status weir__group_init(weir__group *group, const weir__mem *mem, uint32_t count, weir__group_rules rules,
                             weir_error *error);
void weir__group_deinit(weir__group *group);

void weir__group_feed(weir__group *group, uint32_t member, const weir__probe *probe);
/* A statement met the member dead: readers pass it over until a good probe. */
void weir__group_suspect(weir__group *group, uint32_t member);
/* The primary has acknowledged a write of this process. */
void weir__group_acknowledge(weir__group *group, weir__gtid gtid, uint64_t now_ns);

/* Does the primary answer now? */
bool weir__group_primary_answers(const weir__group *group);
/* How far the member is behind, at most, in milliseconds; UINT64_MAX: not known. While the primary does not answer: how far it was
 * when the primary was heard last. */
uint64_t weir__group_lag_ms(const weir__group *group, uint32_t member, uint64_t now_ns);
/* Is the member's applied position one of the primary's history, so that its sequences compare with those of this term? */
bool weir__group_same_history(const weir__group *group, uint32_t member);

/* group_elect.c */
void weir__group_elect(weir__group *group, uint64_t now_ns);

#endif
