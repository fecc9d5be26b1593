/* sql_interrupt.c - Ctrl-C cancels the running statement. SPDX-License-Identifier: Apache-2.0 */
#include "tools/sql_interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

enum { AGAIN_AFTER_NS = 20 * 1000 * 1000 };

struct sql_interrupt {
    const weir__mem *mem;
    pthread_t thread;
    sigset_t signals, before;
    pthread_mutex_t lock;  /* over what follows */
    weir_session *session; /* of the running statement; NULL: none runs */
    uint64_t number;       /* of that statement, so that the next one is never hit */
    bool interrupted, closing;
};

/* One try. False: statement number has ended. */
static bool cancel(sql_interrupt *interrupt, uint64_t number)
{
    pthread_mutex_lock(&interrupt->lock);
    bool runs = interrupt->session && interrupt->number == number;
    if (runs) {
        interrupt->interrupted = true;
        weir_cancel(interrupt->session);
    }
    pthread_mutex_unlock(&interrupt->lock);
    return runs;
}

static void *watch(void *context)
{
    sql_interrupt *interrupt = context;
    for (;;) {
        int signal;
        if (sigwait(&interrupt->signals, &signal) != 0)
            continue;
        pthread_mutex_lock(&interrupt->lock);
        uint64_t number = interrupt->number;
        bool closing = interrupt->closing;
        pthread_mutex_unlock(&interrupt->lock);
        if (closing)
            return NULL;
        while (cancel(interrupt, number))
            nanosleep(&(struct timespec){0, AGAIN_AFTER_NS}, NULL);
    }
}

sql_interrupt *sql_interrupt_new(const weir__mem *mem)
{
    sql_interrupt *interrupt = weir__new(mem, sizeof *interrupt);
    if (!interrupt)
        return NULL;
    interrupt->mem = mem;
    pthread_mutex_init(&interrupt->lock, NULL);
    sigemptyset(&interrupt->signals);
    sigaddset(&interrupt->signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt->signals, &interrupt->before);
    if (pthread_create(&interrupt->thread, NULL, watch, interrupt) == 0)
        return interrupt;
    pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
    pthread_mutex_destroy(&interrupt->lock);
    weir__free(mem, interrupt);
    return NULL;
}

void sql_interrupt_free(sql_interrupt *interrupt)
{
    if (!interrupt)
        return;
    pthread_mutex_lock(&interrupt->lock);
    interrupt->closing = true;
    pthread_mutex_unlock(&interrupt->lock);
    pthread_kill(interrupt->thread, SIGINT);
    pthread_join(interrupt->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
    pthread_mutex_destroy(&interrupt->lock);
    weir__free(interrupt->mem, interrupt);
}

void sql_interrupt_begin(sql_interrupt *interrupt, weir_session *session)
{
    if (!interrupt)
        return;
    pthread_mutex_lock(&interrupt->lock);
    interrupt->session = session;
    interrupt->number++;
    interrupt->interrupted = false;
    pthread_mutex_unlock(&interrupt->lock);
}

void sql_interrupt_end(sql_interrupt *interrupt)
{
    if (!interrupt)
        return;
    pthread_mutex_lock(&interrupt->lock);
    interrupt->session = NULL;
    pthread_mutex_unlock(&interrupt->lock);
}

bool sql_interrupted(sql_interrupt *interrupt)
{
    if (!interrupt)
        return false;
    pthread_mutex_lock(&interrupt->lock);
    bool interrupted = interrupt->interrupted;
    pthread_mutex_unlock(&interrupt->lock);
    return interrupted;
}
