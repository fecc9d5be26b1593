/* two_phase.pml - two-phase commit as docs/transactions.md describes it. SPDX-License-Identifier: Apache-2.0
 *
 * COORDINATORS transactions over BRANCHES + 1 shards, each with a coordinator of its own; transaction t decides on shard t and has a
 * branch on each of the others. A resolver; crashes of coordinators and shards; connections that drop while both ends live
 * (wait_timeout). Crashes are bounded by FAULTS. Names in capitals are the steps of docs/transactions.md and of router/two_phase.c.
 *
 * A step is sent to all of its shards at once: they answer in any order, and a coordinator may die between any two answers. The next
 * step begins when all have answered.
 *
 * -DLATE inserts the decision row after the PREPARE, -DEAGER sends XA PREPARE without waiting for the row: the check must find a half
 * transaction in either. */
#ifndef BRANCHES
#define BRANCHES 2
#endif
#ifndef COORDINATORS
#define COORDINATORS 2
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#define SHARDS (BRANCHES + 1)
#define ALL (COORDINATORS * BRANCHES)
#define AT(t, b) ((t) * BRANCHES + (b))
#define SITE(t, b) (((t) + 1 + (b)) % SHARDS)

/* The first shard's transaction, and the branches. A server that ended a transaction holds ROLLED. */
#define IDLE 0
#define OPEN 1
#define COMMITTED 2
#define ROLLED 3
#define ACTIVE 1
#define PREPARED 4

byte first[COORDINATORS];      /* of transaction t: IDLE, OPEN, COMMITTED, ROLLED */
byte branch[ALL];              /* IDLE, ACTIVE, PREPARED, COMMITTED, ROLLED */
bool row[COORDINATORS];        /* the decision row was inserted by first[t] */
bool first_line[COORDINATORS]; /* the coordinator's connection to it lives */
bool branch_line[ALL];
bool gone[COORDINATORS]; /* the coordinator has ended or crashed */
bool told_done[COORDINATORS], told_undone[COORDINATORS]; /* what the caller was told */
byte faults = 0;

#define BRANCH_ENDED(i) (!branch_line[i] && branch[i] != ACTIVE && branch[i] != PREPARED)
#if BRANCHES == 1
#define BRANCHES_ENDED(t) BRANCH_ENDED(AT(t, 0))
#define SOME_BRANCH(t, state) (branch[AT(t, 0)] == state)
#else
#define BRANCHES_ENDED(t) (BRANCH_ENDED(AT(t, 0)) && BRANCH_ENDED(AT(t, 1)))
#define SOME_BRANCH(t, state) (branch[AT(t, 0)] == state || branch[AT(t, 1)] == state)
#endif
#define SETTLED(t) (gone[t] && !first_line[t] && first[t] != OPEN && BRANCHES_ENDED(t))
#if COORDINATORS == 1
#define ALL_SETTLED SETTLED(0)
#else
#define ALL_SETTLED (SETTLED(0) && SETTLED(1))
#endif

/* No half transaction, at any moment; and the caller was told nothing wrong. */
#define CHECK(t)                                                                                                       \
    assert(!(first[t] == COMMITTED && SOME_BRANCH(t, ROLLED)));                                                        \
    assert(!(SOME_BRANCH(t, COMMITTED) && first[t] != COMMITTED));                                                     \
    assert(!(told_done[t] && first[t] != COMMITTED));                                                                  \
    assert(!(told_undone[t] && first[t] == COMMITTED))

inline insert_row(t)
{
    if
    :: first_line[t] && first[t] == OPEN -> row[t] = true
    :: else -> failed = true
    fi
}

/* Its answer may be lost with the line: then the branch may be prepared or not, and the coordinator takes it for failed. */
inline prepare(i)
{
    if
    :: branch_line[i] && branch[i] == ACTIVE -> branch[i] = PREPARED
    :: else -> failed = true
    fi
}
inline hear(i)
{
    if
    :: !branch_line[i] -> failed = true
    :: else -> skip
    fi
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
inline xa_commit(t, i)
{
    if
    :: branch[i] == PREPARED -> branch[i] = COMMITTED
    :: else -> skip
    fi;
    CHECK(t)
}

inline xa_rollback(t, i)
{
    if
    :: branch[i] == PREPARED || branch[i] == ACTIVE -> branch[i] = ROLLED
    :: else -> skip
    fi;
    CHECK(t)
}

inline may_crash(t)
{
    if
    :: faults < FAULTS -> atomic { faults++; goto end }
    :: true -> skip
    fi
}

/* todo holds a bit for each shard that has not been told yet: 1 the first, 2 and 4 its branches. */
#define THE_BRANCHES ((1 << SHARDS) - 2)
#define EACH_BRANCH(what)                                                                                              \
    :: atomic { todo & 2 -> todo = todo - 2; b = AT(t, 0); what }                                                      \
    :: atomic { todo & 4 -> todo = todo - 4; b = AT(t, BRANCHES - 1); what }

proctype coordinator(byte t)
{
    bool failed = false;
    byte verdict = UNDECIDED;
    byte todo = 0, unheard = 0, b = 0;

    atomic { first[t] = OPEN; first_line[t] = true }  /* BEGIN */
    may_crash(t);
    todo = THE_BRANCHES;
    do /* XA_START */
    EACH_BRANCH(branch[b] = ACTIVE; branch_line[b] = true)
    :: todo == 0 -> break
    od;
    may_crash(t);
#ifdef EAGER
    todo = THE_BRANCHES + 1;
    unheard = THE_BRANCHES;
#else
#ifndef LATE
    atomic { insert_row(t) } /* READY; of the branches' own rows nothing is known but that they share the branch's fate */
    may_crash(t);
#endif
    if
    :: failed -> goto undo
    :: else -> skip
    fi;
    todo = THE_BRANCHES;
    unheard = THE_BRANCHES;
#endif
    do /* VOTE */
    EACH_BRANCH(prepare(b))
    :: atomic { (unheard & 2) && !(todo & 2) -> unheard = unheard - 2; hear(AT(t, 0)) }
    :: atomic { (unheard & 4) && !(todo & 4) -> unheard = unheard - 4; hear(AT(t, BRANCHES - 1)) }
    :: atomic { todo & 1 -> todo = todo - 1; insert_row(t) } /* EAGER */
    :: faults < FAULTS -> atomic { faults++; goto end }
    :: todo == 0 && unheard == 0 -> break
    od;
    if
    :: failed -> goto undo
    :: else -> skip
    fi;
#ifdef LATE
    atomic { insert_row(t) }
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
    todo = THE_BRANCHES;
    do
    EACH_BRANCH(
        if
        :: branch_line[b] -> xa_commit(t, b)
        :: else -> skip
        fi)
    :: faults < FAULTS -> atomic { faults++; goto end }
    :: todo == 0 -> break
    od;
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
    todo = THE_BRANCHES;
    do
    EACH_BRANCH(
        if
        :: branch_line[b] -> xa_rollback(t, b)
        :: else -> skip
        fi)
    :: faults < FAULTS -> atomic { faults++; goto end }
    :: todo == 0 -> break
    od;
    atomic { told_undone[t] = true; CHECK(t) };

end:
    gone[t] = true
}

/* A server ends what a lost connection had begun; a prepared branch it keeps. */
inline drop_first(t)
{
    first_line[t] = false;
    if
    :: first[t] == OPEN -> first[t] = ROLLED
    :: else -> skip
    fi
}
inline drop_branch(i)
{
    branch_line[i] = false;
    if
    :: branch[i] == ACTIVE -> branch[i] = ROLLED
    :: else -> skip
    fi
}

inline crash(s, i)
{
    if
    :: s < COORDINATORS -> drop_first(s)
    :: else -> skip
    fi;
    i = 0;
    do
    :: i < ALL && SITE(i / BRANCHES, i % BRANCHES) == s -> drop_branch(i); i++
    :: i < ALL && SITE(i / BRANCHES, i % BRANCHES) != s -> i++
    :: else -> break
    od;
    i = 0
}

proctype servers()
{
    byte i = 0, s = 0;
    do
    :: atomic { faults < FAULTS -> faults++; select (s : 0 .. SHARDS - 1); crash(s, i); s = 0 }
    :: atomic { faults < FAULTS -> faults++; select (s : 0 .. COORDINATORS - 1); drop_first(s); s = 0 }
    :: atomic { faults < FAULTS -> faults++; select (i : 0 .. ALL - 1); drop_branch(i); i = 0 }
    /* sooner or later they notice who is gone */
    :: atomic { gone[0] && first_line[0] -> drop_first(0) }
    :: atomic { gone[0] && branch_line[AT(0, 0)] -> drop_branch(AT(0, 0)) }
    :: atomic { gone[0] && branch_line[AT(0, BRANCHES - 1)] -> drop_branch(AT(0, BRANCHES - 1)) }
#if COORDINATORS > 1
    :: atomic { gone[1] && first_line[1] -> drop_first(1) }
    :: atomic { gone[1] && branch_line[AT(1, 0)] -> drop_branch(AT(1, 0)) }
    :: atomic { gone[1] && branch_line[AT(1, BRANCHES - 1)] -> drop_branch(AT(1, BRANCHES - 1)) }
#endif
    :: ALL_SETTLED -> break
    od
}

proctype resolver()
{
    byte verdict;
    byte i = 0;
    do
    :: ALL_SETTLED -> break
    :: else ->
        if
        :: branch[i] == PREPARED && !branch_line[i] ->
            read_decision(i / BRANCHES, verdict);
            atomic {
                if
                :: verdict == PRESENT -> xa_commit(i / BRANCHES, i)
                :: verdict == ABSENT -> xa_rollback(i / BRANCHES, i)
                :: verdict == UNDECIDED -> skip /* the coordinator lives: leave it */
                fi
            }
        :: else -> skip
        fi;
        i = (i + 1) % ALL
    od;
    i = 0;
    do
    :: i < ALL ->
        assert((first[i / BRANCHES] == COMMITTED) == (branch[i] == COMMITTED));
        i++
    :: else -> break
    od
}

init
{
    atomic {
        run coordinator(0);
#if COORDINATORS > 1
        run coordinator(1);
#endif
        run servers();
        run resolver()
    }
}

/* Checked apart, under weak fairness: all ends. */
ltl ends { <>(ALL_SETTLED) }
