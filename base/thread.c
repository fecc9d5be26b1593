/* thread.c - see thread.h. SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <signal.h>
#include <time.h>

int weir__thread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *context), void *context)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before); /* a thread is born with its maker's mask */
    int failed = pthread_create(thread, attr, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

bool weir__helper_start(weir__helper *helper, void *(*run)(void *context), void *context)
{
    enum { STACK = 512 * 1024 }; /* resolver, TLS and authentication need under 64 KiB */
    pthread_attr_t attr;
    if (helper->running)
        return true;
    weir__helper_join(helper);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    helper->running = weir__thread_create(&helper->thread, &attr, run, context) == 0;
    pthread_attr_destroy(&attr);
    return helper->running;
}

void weir__helper_leave(weir__helper *helper)
{
    helper->running = false;
    helper->left = true;
}

void weir__helper_join(weir__helper *helper)
{
    if (!helper->left)
        return;
    helper->left = false;
    if (pthread_equal(helper->thread, pthread_self()))
        pthread_detach(helper->thread); /* the last one out */
    else
        pthread_join(helper->thread, NULL);
}

void weir__cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

bool weir__cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, weir__deadline until)
{
    struct timespec t = {(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
    return pthread_cond_timedwait(cond, lock, &t) == 0;
}
