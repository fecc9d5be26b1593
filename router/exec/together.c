/* together.c - a fiber a seat. SPDX-License-Identifier: Apache-2.0 */
#include "router/exec/together.h"

#include "base/fiber.h"

typedef struct round {
    weir_session *session;
    const weir__together *what;
    weir_error *error;
    weir_status status;
} round;

typedef struct turn {
    round *round;
    weir__seat *seat;
    int wake_fd; /* the connection's own */
} turn;

static void take_turn(round *r, weir__seat *seat)
{
    weir_error why;
    weir_status status = r->what->step(r->session, seat, r->what->context, &why);
    if (status == WEIR_OK || r->status != WEIR_OK)
        return;
    r->status = status;
    *r->error = why;
}

static void run_turn(void *context)
{
    const turn *t = context;
    take_turn(t->round, t->seat);
}

static size_t count(const weir_session *s, const weir__together *what, weir__seat **last)
{
    size_t found = 0;
    for (weir__seat *seat = s->seats; seat; seat = seat->next)
        if (what->takes_part(s, seat)) {
            *last = seat;
            found++;
        }
    return found;
}

static void one_after_the_other(round *r)
{
    for (weir__seat *seat = r->session->seats; seat; seat = seat->next)
        if (r->what->takes_part(r->session, seat))
            take_turn(r, seat);
}

/* Whoever wakes the session's seat wakes all. That seat's own connection is not touched: weir_cancel may look at it now. */
static void share_waking(const weir_session *s, const turn *turns, size_t count, bool share)
{
    if (!s->seat || !s->seat->conn)
        return;
    for (size_t i = 0; i < count; i++)
        if (turns[i].seat != s->seat)
            turns[i].seat->conn->wake_fd = share ? s->seat->conn->wake_fd : turns[i].wake_fd;
}

/* False: nothing was run. */
static bool at_once(round *r, size_t count)
{
    weir_session *s = r->session;
    const weir__mem *mem = &s->client->env.mem;
    turn *turns = weir__array(mem, count, sizeof *turns);
    weir__fibers *fibers = turns ? weir__fibers_new(mem, &s->client->env.clock, s->client->stacks) : NULL;
    bool all = fibers != NULL;
    size_t i = 0;
    for (weir__seat *seat = s->seats; seat && all; seat = seat->next) {
        if (!r->what->takes_part(s, seat))
            continue;
        turns[i] = (turn){r, seat, seat->conn->wake_fd};
        all = weir__fiber_add(fibers, run_turn, &turns[i++]) != NULL;
    }
    if (all) {
        share_waking(s, turns, count, true);
        weir__fibers_run(fibers, NULL, NULL);
        share_waking(s, turns, count, false);
    }
    weir__fibers_free(fibers);
    weir__free(mem, turns);
    return all;
}

weir_status weir__together_run(weir_session *s, const weir__together *what, weir_error *error)
{
    round r = {.session = s, .what = what, .error = error};
    weir__seat *only = NULL;
    size_t seats = count(s, what, &only);
    if (seats == 1)
        take_turn(&r, only);
    else if (seats > 1 && (weir__fiber_inside() || !at_once(&r, seats)))
        one_after_the_other(&r);
    return r.status;
}
