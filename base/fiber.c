/* fiber.c - whose turn it is, and for what the others wait. SPDX-License-Identifier: Apache-2.0
 * The running fiber is kept per thread, and read anew by functions that are not inlined: a fiber that was parked on one thread may go on
 * on another, where the same variable is elsewhere. */
#include <errno.h>
#include <poll.h>

#include "base/fiber.h"
#include "base/fiber_switch.h"
#include "base/stacks.h"

typedef enum fiber_state { READY, RUNNING, PARKED, PAUSED, DONE } fiber_state;

struct weir__fiber {
    weir__fiber *next;
    weir__fibers *set;
    weir__stack *stack;
    fiber_context context;
    fiber_state state;
    void (*body)(void *context);
    void *argument;
    /* PARKED */
    int fd, wake_fd;
    short events;
    weir__deadline deadline;
    weir__wait_end end;
    void *fake, *thread; /* the sanitizers' */
};

struct weir__fibers {
    const weir__mem *mem;
    const weir__clock *clock;
    weir__stacks *stacks;
    weir__fiber *first, **last;
    uint32_t count;
    fiber_context outside;
    struct pollfd *fds; /* at most two a fiber */
    uint32_t room;      /* fibers that fds has room for */
    void *fake, *thread;
    const void *bottom; /* of the stack outside */
    size_t size;
};

static _Thread_local weir__fiber *running;

__attribute__((noinline)) static weir__fiber *current(void)
{
    __asm__ volatile("");
    return running;
}

__attribute__((noinline)) static void set_current(weir__fiber *fiber)
{
    __asm__ volatile("");
    running = fiber;
}

/* ---- switching ---- */

static void arrive(weir__fibers *set, void *fake, bool inside)
{
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(fake, inside ? &set->bottom : NULL, inside ? &set->size : NULL);
#endif
    (void)set;
    (void)fake;
    (void)inside;
}

static void enter(weir__fiber *f)
{
    weir__fibers *set = f->set;
    int saved = errno;
    f->state = RUNNING;
    set_current(f);
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(&set->fake, f->stack->data, weir__stack_room(f->stack));
#endif
#ifdef FIBER_TSAN
    set->thread = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f->thread, 0);
#endif
    fiber_jump(&set->outside, &f->context);
    arrive(set, set->fake, false);
    set_current(NULL);
    errno = saved;
}

static void leave(weir__fiber *f, fiber_state state)
{
    weir__fibers *set = f->set;
    int saved = errno;
    f->state = state;
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(state == DONE ? NULL : &f->fake, set->bottom, set->size);
#endif
#ifdef FIBER_TSAN
    __tsan_switch_to_fiber(set->thread, 0);
#endif
    fiber_jump(&f->context, &set->outside);
    arrive(set, f->fake, true);
    errno = saved;
}

static void run_body(void)
{
    weir__fiber *f = current();
    arrive(f->set, NULL, true);
    f->body(f->argument);
    leave(f, DONE);
    __builtin_unreachable();
}

/* ---- a set ---- */

weir__fibers *weir__fibers_new(const weir__mem *mem, const weir__clock *clock, weir__stacks *stacks)
{
    weir__fibers *set = weir__new(mem, sizeof *set);
    if (!set)
        return NULL;
    set->mem = mem;
    set->clock = clock;
    set->stacks = stacks;
    set->last = &set->first;
    return set;
}

static void drop_stack(weir__fiber *f)
{
#ifdef FIBER_TSAN
    if (f->thread)
        __tsan_destroy_fiber(f->thread);
#endif
    f->thread = NULL;
    weir__stacks_give(f->set->stacks, f->stack);
    f->stack = NULL;
}

void weir__fibers_free(weir__fibers *set)
{
    if (!set)
        return;
    while (set->first) {
        weir__fiber *f = set->first;
        set->first = f->next;
        drop_stack(f);
        weir__free(set->mem, f);
    }
    weir__free(set->mem, set->fds);
    weir__free(set->mem, set);
}

static bool room_to_poll(weir__fibers *set)
{
    if (set->count < set->room)
        return true;
    uint32_t room = set->room ? set->room * 2 : 8;
    struct pollfd *fds = weir__resize(set->mem, set->fds, (size_t)room * 2 * sizeof *fds);
    if (!fds)
        return false;
    set->fds = fds;
    set->room = room;
    return true;
}

weir__fiber *weir__fiber_add(weir__fibers *set, void (*body)(void *context), void *context)
{
    weir__fiber *f = room_to_poll(set) ? weir__new(set->mem, sizeof *f) : NULL;
    if (!f)
        return NULL;
    f->set = set;
    f->stack = weir__stacks_take(set->stacks);
    if (!f->stack) {
        weir__free(set->mem, f);
        return NULL;
    }
    f->state = READY;
    f->body = body;
    f->argument = context;
    fiber_prepare(&f->context, f->stack->data, weir__stack_room(f->stack), run_body);
#ifdef FIBER_TSAN
    f->thread = __tsan_create_fiber(0);
#endif
    *set->last = f;
    set->last = &f->next;
    set->count++;
    return f;
}

bool weir__fiber_done(const weir__fiber *fiber)
{
    return fiber->state == DONE;
}

bool weir__fiber_paused(const weir__fiber *fiber)
{
    return fiber->state == PAUSED;
}

void weir__fiber_continue(weir__fiber *fiber)
{
    if (fiber->state == PAUSED)
        fiber->state = READY;
}

/* ---- from inside ---- */

bool weir__fiber_inside(void)
{
    return current() != NULL;
}

void weir__fiber_pause(void)
{
    leave(current(), PAUSED);
}

weir__wait_end weir__fiber_wait(int fd, short events, int wake_fd, weir__deadline deadline)
{
    weir__fiber *f = current();
    f->fd = fd;
    f->events = events;
    f->wake_fd = wake_fd;
    f->deadline = deadline;
    leave(f, PARKED);
    return f->end;
}

/* ---- turns ---- */

static void ready(weir__fiber *f, weir__wait_end end)
{
    f->end = end;
    f->state = READY;
}

/* Polls for all that are parked. False: none is. */
static bool wait_for_any(weir__fibers *set)
{
    uint32_t count = 0;
    int wake = -1; /* mostly one for all */
    weir__deadline soonest = UINT64_MAX;
    for (weir__fiber *f = set->first; f; f = f->next) {
        if (f->state != PARKED)
            continue;
        set->fds[count++] = (struct pollfd){.fd = f->fd, .events = f->events};
        if (f->wake_fd >= 0 && f->wake_fd != wake)
            set->fds[count++] = (struct pollfd){.fd = wake = f->wake_fd, .events = POLLIN};
        soonest = weir__deadline_min(soonest, f->deadline);
    }
    if (count == 0)
        return false;
    int found = poll(set->fds, count, (int)weir__deadline_left(set->clock, soonest));
    bool failed = found < 0 && errno != EINTR;
    const struct pollfd *at = set->fds;
    bool woken = false;
    wake = -1;
    for (weir__fiber *f = set->first; f; f = f->next) {
        if (f->state != PARKED)
            continue;
        bool has_come = found > 0 && at->revents;
        at++;
        if (f->wake_fd >= 0 && f->wake_fd != wake) {
            wake = f->wake_fd;
            woken = found > 0 && at->revents;
            at++;
        }
        if (failed)
            ready(f, WEIR__WAIT_FAILED);
        else if (f->wake_fd >= 0 && woken)
            ready(f, WEIR__WAIT_WOKEN);
        else if (has_come)
            ready(f, WEIR__WAIT_READY);
        else if (weir__deadline_left(set->clock, f->deadline) == 0)
            ready(f, WEIR__WAIT_TIMED_OUT);
    }
    return true;
}

static void take_turn(weir__fiber *f)
{
    enter(f);
    if (f->state == DONE)
        drop_stack(f);
}

bool weir__fibers_run(weir__fibers *set, bool (*enough)(void *context), void *context)
{
    do {
        for (weir__fiber *f = set->first; f; f = f->next) {
            if (f->state != READY)
                continue;
            take_turn(f);
            if (enough && enough(context))
                return true;
        }
    } while (wait_for_any(set));
    return enough && enough(context);
}

void weir__fibers_run_one(weir__fibers *set, weir__fiber *fiber)
{
    weir__fiber_continue(fiber);
    for (;;) {
        if (fiber->state == READY)
            take_turn(fiber);
        if (fiber->state == PAUSED || fiber->state == DONE)
            return;
        for (weir__fiber *f = set->first; f; f = f->next)
            if (f != fiber && f->state == READY)
                take_turn(f);
        if (!wait_for_any(set))
            return;
    }
}
