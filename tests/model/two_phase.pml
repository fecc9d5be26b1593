/* two_phase.pml - two-phase commit as docs/transactions.md describes it. SPDX-License-Identifier: Apache-2.0
 *
 * Two transactions over two shards, each with a coordinator of its own; transaction t decides on shard t and has its branch on
 * the other one. A resolver; crashes of coordinators and shards; connections that drop while both ends live (wait_timeout).
 * Crashes are bounded by FAULTS. Names in capitals are the steps of docs/transactions.md and of router/two_phase.c.
 *
 * -DLATE inserts the decision row after the PREPARE: the check must then find a half transaction. */
#define SHARDS 2
#ifndef FAULTS
#define FAULTS 3
#endif

/* The first shard's transaction, and the branch. A server that ended a transaction holds ROLLED. */
#define IDLE 0
#define OPEN 1
#define COMMITTED 2
#define ROLLED 3
#define ACTIVE 1
#define PREPARED 4

byte first[SHARDS];      /* of transaction t: IDLE, OPEN, COMMITTED, ROLLED */
byte branch[SHARDS];     /* IDLE, ACTIVE, PREPARED, COMMITTED, ROLLED */
bool row[SHARDS];        /* the decision row was inserted by first[t] */
bool first_line[SHARDS]; /* the coordinator's connection to it lives */
bool branch_line[SHARDS];
bool gone[SHARDS]; /* the coordinator has ended or crashed */
bool crashed[SHARDS];
bool told_done[SHARDS], told_undone[SHARDS]; /* what the caller was told */
byte faults = 0;

#define SETTLED(t) (gone[t] && !first_line[t] && !branch_line[t] && first[t] != OPEN && branch[t] != ACTIVE && branch[t] != PREPARED)

/* No half transaction, at any moment; and the caller was told nothing wrong. */
#define CHECK(t)                                                                                                       \
    assert(!(first[t] == COMMITTED && branch[t] == ROLLED));                                                           \
    assert(!(branch[t] == COMMITTED && first[t] != COMMITTED));                                                        \
    assert(!(told_done[t] && first[t] != COMMITTED));                                                                  \
    assert(!(told_undone[t] && first[t] == COMMITTED))

inline insert_row(t)
{
    atomic {
        if
        :: first_line[t] && first[t] == OPEN -> row[t] = true
        :: else -> failed = true
        fi
    }
}

/* SELECT .. FROM weir_decision .. FOR UPDATE at READ COMMITTED: waits for who inserted the row. */
#define UNDECIDED 0
#define PRESENT 1
#define ABSENT 2
inline read_decision(t, verdict)
{
    atomic {
        if
        :: first[t] == OPEN && row[t] -> verdict = UNDECIDED
        :: first[t] == COMMITTED && row[t] -> verdict = PRESENT
        :: else -> verdict = ABSENT
        fi
    }
}

/* On a connection that holds the branch, or after it was detached; from elsewhere a living one answers XAER_NOTA. */
inline xa_commit(t)
{
    atomic {
        if
        :: branch[t] == PREPARED -> branch[t] = COMMITTED
        :: else -> skip
        fi;
        CHECK(t)
    }
}

inline xa_rollback(t)
{
    atomic {
        if
        :: branch[t] == PREPARED || branch[t] == ACTIVE -> branch[t] = ROLLED
        :: else -> skip
        fi;
        CHECK(t)
    }
}

inline may_crash(t)
{
    if
    :: faults < FAULTS && !crashed[t] -> atomic { faults++; crashed[t] = true }; goto end
    :: true -> skip
    fi
}

proctype coordinator(byte t)
{
    bool failed = false;
    byte verdict = UNDECIDED;

    atomic { first[t] = OPEN; first_line[t] = true }  /* BEGIN */
    may_crash(t);
    atomic { branch[t] = ACTIVE; branch_line[t] = true } /* XA_START */
    may_crash(t);
#ifndef LATE
    insert_row(t); /* READY */
    may_crash(t);
#endif
    if
    :: failed -> goto undo
    :: else -> skip
    fi;
    atomic { /* VOTE: its answer may be lost with the line, then the branch may be prepared or not */
        if
        :: branch_line[t] && branch[t] == ACTIVE -> branch[t] = PREPARED
        :: else -> failed = true
        fi
    };
    may_crash(t);
    if
    :: !branch_line[t] -> failed = true
    :: else -> skip
    fi;
    if
    :: failed -> goto undo
    :: else -> skip
    fi;
#ifdef LATE
    insert_row(t);
    may_crash(t);
    if
    :: failed -> goto undo
    :: else -> skip
    fi;
#endif
    atomic { /* DECIDE */
        if
        :: first_line[t] && first[t] == OPEN -> first[t] = COMMITTED; CHECK(t)
        :: else -> failed = true
        fi
    };
    may_crash(t);
    if
    :: failed || !first_line[t] -> goto look /* the answer was lost */
    :: else -> goto finish
    fi;

look: /* LOOK: by the row, on another connection; a row that is locked is waited for */
    may_crash(t);
    read_decision(t, verdict);
    if
    :: verdict == UNDECIDED -> goto look
    :: verdict == PRESENT -> goto finish
    :: verdict == ABSENT -> goto undo
    fi;

finish: /* FINISH: without a line the resolver does it, and the caller hears COMMITTED_PENDING */
    may_crash(t);
    if
    :: branch_line[t] -> xa_commit(t)
    :: else -> skip
    fi;
    atomic { told_done[t] = true; CHECK(t) };
    goto end;

undo: /* UNDO: the first shard before the branches, so that nothing can decide any more */
    atomic {
        if
        :: first_line[t] && first[t] == OPEN -> first[t] = ROLLED
        :: else -> skip
        fi
    };
    may_crash(t);
    if
    :: first[t] == OPEN -> goto undo /* the line is gone, the server has not noticed: not told before it has */
    :: else -> skip
    fi;
    if
    :: branch_line[t] -> xa_rollback(t)
    :: else -> skip
    fi;
    atomic { told_undone[t] = true; CHECK(t) };

end:
    gone[t] = true
}

/* A server ends what a lost connection had begun; a prepared branch it keeps. */
inline drop_first(t)
{
    atomic {
        first_line[t] = false;
        if
        :: first[t] == OPEN -> first[t] = ROLLED
        :: else -> skip
        fi
    }
}
inline drop_branch(t)
{
    atomic {
        branch_line[t] = false;
        if
        :: branch[t] == ACTIVE -> branch[t] = ROLLED
        :: else -> skip
        fi
    }
}

proctype servers()
{
    do
    :: atomic { faults < FAULTS && first_line[0] -> faults++ }; drop_first(0)
    :: atomic { faults < FAULTS && branch_line[0] -> faults++ }; drop_branch(0)
    :: atomic { faults < FAULTS && first_line[1] -> faults++ }; drop_first(1)
    :: atomic { faults < FAULTS && branch_line[1] -> faults++ }; drop_branch(1)
    :: atomic { faults < FAULTS -> faults++; /* shard 0 crashes */
                drop_first(0); drop_branch(1) }
    :: atomic { faults < FAULTS -> faults++;
                drop_first(1); drop_branch(0) }
    /* sooner or later they notice who is gone */
    :: gone[0] && first_line[0] -> drop_first(0)
    :: gone[0] && branch_line[0] -> drop_branch(0)
    :: gone[1] && first_line[1] -> drop_first(1)
    :: gone[1] && branch_line[1] -> drop_branch(1)
    :: SETTLED(0) && SETTLED(1) -> break
    od
}

proctype resolver()
{
    byte verdict;
    byte t = 0;
    do
    :: SETTLED(0) && SETTLED(1) -> break
    :: else ->
        if
        :: branch[t] == PREPARED && !branch_line[t] ->
            read_decision(t, verdict);
            if
            :: verdict == PRESENT -> xa_commit(t)
            :: verdict == ABSENT -> xa_rollback(t)
            :: verdict == UNDECIDED -> skip /* the coordinator lives: leave it */
            fi
        :: else -> skip
        fi;
        t = 1 - t
    od;
    assert(first[0] == COMMITTED || branch[0] != COMMITTED);
    assert(first[0] != COMMITTED || branch[0] == COMMITTED);
    assert(first[1] == COMMITTED || branch[1] != COMMITTED);
    assert(first[1] != COMMITTED || branch[1] == COMMITTED)
}

init
{
    atomic {
        run coordinator(0);
        run coordinator(1);
        run servers();
        run resolver()
    }
}

/* Checked apart, under weak fairness: all ends. */
ltl ends { <>(SETTLED(0) && SETTLED(1)) }
