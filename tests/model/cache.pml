/* cache.pml - one row in the cache, as docs/cache.md describes it. SPDX-License-Identifier: Apache-2.0
 *
 * Two writers and two readers of one row. Clients may die at each step, a COMMIT that was sent may hang for as long as it likes, marks
 * and leases run out at any moment, Redis may lose all it has (FLUSHES times). Names in capitals are the steps of docs/cache.md.
 *
 * What must hold: a hit is never older than what was committed when its read began.
 *
 * Two walls keep a row that was read before a write from being stored after it: marks, and the locking read of who fills. -DPLAIN takes
 * the second away, so that what leans on the first alone can be seen. Each other switch leaves one step out, and the check must find it:
 * -DCLEAR_ALL (CLEAR removes the marks of others too), -DORPHAN_CLEAN (a mark that ran out is as none), -DANY_FILL (FILL does not ask for
 * its lease), -DLATE_MARK (after the COMMIT), -DEARLY_MARK (before the row is locked), -DOLD_NAMES (a restarted Redis has what it had
 * saved, under the same names). */
#ifndef FLUSHES
#define FLUSHES 1
#endif
#ifndef READS
#define READS 1
#endif
#define NONE 9

/* The database: the row's version, and who has it locked (0: nobody). */
byte committed = 0;
byte locked = 0;
byte next[3];      /* what writer 1, 2 would make of it */
bool sent[3];      /* its COMMIT is on the way or was done */
bool done[3];      /* its transaction has ended on the server, either way */
bool died[3];

/* Redis: the key of the row. */
byte marks = 0;    /* a bit for each token */
byte spent = 0;    /* of these: ran out */
byte lease = 0;    /* who holds it */
byte value = NONE;
byte flushes = 0;
byte saved = NONE; /* what a snapshot has */

#define BIT(w) (1 << (w))

inline mark(w)
{
    marks = marks | BIT(w);
    spent = spent & ~BIT(w);
    lease = 0;
    value = NONE
}

inline clear(w)
{
#ifdef CLEAR_ALL
    marks = 0;
    spent = 0;
#else
    marks = marks & ~BIT(w);
    spent = spent & ~BIT(w);
#endif
    lease = 0;
    value = NONE
}

inline may_die(w)
{
    if
    :: died[w] = true; goto end
    :: true -> skip
    fi
}

proctype writer(byte w)
{
#ifdef EARLY_MARK
    atomic { mark(w) }
    may_die(w);
#endif
    atomic { locked == 0 -> locked = w; next[w] = committed + 1 } /* LOCK: START TRANSACTION and the statement */
    may_die(w);
#if !defined(EARLY_MARK) && !defined(LATE_MARK)
    atomic { mark(w) } /* MARK */
    may_die(w);
#endif
commit:
#ifndef LATE_MARK
    /* COMMIT goes out only while the writer's own clock gives the mark time; else RENEW. Redis may have lost it meanwhile, unheard. */
    atomic {
        if
        :: spent & BIT(w) -> mark(w); goto commit
        :: else -> sent[w] = true
        fi
    }
#else
    sent[w] = true;
#endif
    may_die(w);
    done[w]; /* the answer */
#ifdef LATE_MARK
    atomic { mark(w) }
    may_die(w);
#endif
    atomic { clear(w) } /* CLEAR */
end:
    skip
}

/* The primary: commits what was told, whenever it gets round to it; rolls back what a dead client left. */
proctype server(byte w)
{
    if
    :: atomic { locked == w && sent[w] -> committed = next[w]; locked = 0 }
    :: atomic { locked == w && died[w] && !sent[w] -> locked = 0 }
    :: died[w] && locked != w && !sent[w] -> skip
    fi;
    done[w] = true
}

proctype reader(byte r)
{
    byte reads = 0, floor = 0, got = NONE, seen = 0;
    do
    :: reads == READS -> break
    :: reads < READS ->
        reads++;
        floor = committed; /* the read begins */
        seen = 0;
        atomic { /* LOOK, which takes the LEASE of an empty key */
            if
#ifdef ORPHAN_CLEAN
            :: value != NONE && (marks & ~spent) == 0 -> assert(value >= floor); goto next_read
            :: value == NONE && (marks & ~spent) == 0 && lease == 0 -> lease = r
#else
            :: value != NONE && marks == 0 -> assert(value >= floor); goto next_read
            :: value == NONE && marks == 0 && lease == 0 -> lease = r
            :: marks != 0 && (marks & ~spent) == 0 -> seen = marks
#endif
            :: else -> goto next_read /* the database answers */
            fi
        }
        if
        :: goto next_read /* dies, or the lock is waited for in vain: nothing is filled or removed */
        :: true -> skip
        fi;
        if
        :: seen ->
            locked == 0; /* ORPHAN: the row is read with a lock, which waits for who had marked it */
            atomic { marks = marks & ~(seen & spent); spent = spent & ~seen } /* not what was renewed meanwhile */
        :: else ->
#ifdef PLAIN
            got = committed;
#else
            atomic { locked == 0 -> got = committed } /* READ: on the primary, LOCK IN SHARE MODE */
#endif
            atomic { /* FILL */
                if
#ifdef ANY_FILL
                :: marks == 0 -> value = got; lease = 0
#elif defined(ORPHAN_CLEAN)
                :: lease == r && (marks & ~spent) == 0 -> value = got; lease = 0
#else
                :: lease == r && marks == 0 -> value = got; lease = 0
#endif
                :: else -> skip
                fi
            }
        fi;
next_read:
        got = NONE
    od
}

/* Time passes, and Redis ends. */
proctype redis()
{
    byte w;
    do
    :: atomic { marks & ~spent -> select (w : 1 .. 2);
                if
                :: marks & BIT(w) -> spent = spent | BIT(w)
                :: else -> skip
                fi;
                w = 0 }
    :: atomic { lease -> lease = 0 }
#ifdef OLD_NAMES
    :: atomic { saved == NONE && value != NONE -> saved = value }
#endif
    :: atomic { flushes < FLUSHES -> flushes++; marks = 0; spent = 0; lease = 0; value = saved }
    :: done[1] && done[2] -> break
    od
}

init
{
    atomic {
        run writer(1);
        run writer(2);
        run server(1);
        run server(2);
        run reader(3);
        run reader(4);
        run redis()
    }
}
