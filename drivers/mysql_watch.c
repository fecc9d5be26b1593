/* mysql_watch.c - the watching thread. SPDX-License-Identifier: Apache-2.0
 *
 *    open (the first starts the thread) --arm--> ARMED --disarm--> open --close (the last ends the thread)--> gone
 *                                                  '-- deadline, wake_fd: the socket is shut, end says why
 *
 * A wake_fd is registered once, for edges: one that became readable while its watch was not armed is looked at when it is armed.
 * After a fork the child has no such thread: it begins with none. */
#include "drivers/mysql_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/thread.h"

enum { STACK = 64 * 1024, NEVER_MS = 3600 * 1000 };

/* The one thread of the process; the client libraries are process-wide too. */
static struct {
    pthread_mutex_t life; /* starting and ending; taken before lock */
    pthread_mutex_t lock;
    pthread_t thread;
    int epoll, kick;
    unsigned users;
    bool ending, atfork;
    uint64_t sleeps_until; /* on the system's clock; 0: it is awake and will look again */
    uint64_t edges;        /* wake_fds that became readable, ever */
    weir__watch *armed;
} dog = {.life = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER, .epoll = -1, .kick = -1};

static void in_child(void)
{
    pthread_mutex_init(&dog.life, NULL);
    pthread_mutex_init(&dog.lock, NULL);
    if (dog.epoll >= 0)
        close(dog.epoll);
    if (dog.kick >= 0)
        close(dog.kick);
    dog.epoll = dog.kick = -1;
    dog.users = 0;
    dog.armed = NULL;
}

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* The lock is held. */
static void shut(weir__watch *w, weir__wait_end why)
{
    if (w->end != WEIR__WAIT_READY)
        return;
    w->end = why;
    shutdown(w->fd, SHUT_RDWR);
}

/* Shuts what is due and gives the milliseconds until the next. The lock is held. */
static uint32_t look(bool woken)
{
    uint32_t next = NEVER_MS;
    for (weir__watch *w = dog.armed; w; w = w->next) {
        uint32_t left = weir__deadline_left(&w->env->clock, w->deadline);
        if (left == 0)
            shut(w, WEIR__WAIT_TIMED_OUT);
        else if (woken && readable(w->wake_fd))
            shut(w, WEIR__WAIT_WOKEN);
        else if (left < next && w->end == WEIR__WAIT_READY)
            next = left;
    }
    return next;
}

static void *work(void *context)
{
    bool woken = true;
    (void)context;
    pthread_mutex_lock(&dog.lock);
    while (!dog.ending) {
        uint64_t count;
        struct epoll_event event;
        uint32_t next = look(woken);
        dog.sleeps_until = weir__deadline_in(&weir__clock_system, next);
        pthread_mutex_unlock(&dog.lock);
        bool any = epoll_wait(dog.epoll, &event, 1, (int)next) > 0;
        woken = any && event.data.fd != dog.kick;
        if (any && !woken && read(dog.kick, &count, sizeof count) < 0)
            woken = true; /* cannot be; a look does no harm */
        pthread_mutex_lock(&dog.lock);
        dog.edges += woken;
    }
    pthread_mutex_unlock(&dog.lock);
    return NULL;
}

static bool watch_descriptor(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(dog.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* life is held. */
static void stop(void)
{
    if (dog.epoll >= 0)
        close(dog.epoll);
    if (dog.kick >= 0)
        close(dog.kick);
    dog.epoll = dog.kick = -1;
}

/* life is held. */
static bool start(const weir__env *env)
{
    pthread_attr_t attr;
    if (weir__fault(env, thread_create))
        return false;
    if (!dog.atfork)
        dog.atfork = pthread_atfork(NULL, NULL, in_child) == 0;
    dog.epoll = epoll_create1(EPOLL_CLOEXEC);
    dog.kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    dog.ending = false;
    dog.sleeps_until = 0;
    if (!dog.atfork || dog.epoll < 0 || dog.kick < 0 || !watch_descriptor(dog.kick, EPOLLIN)) {
        stop();
        return false;
    }
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    int failed = weir__thread_create(&dog.thread, &attr, work, NULL);
    pthread_attr_destroy(&attr);
    if (failed)
        stop();
    return !failed;
}

static void kick(void)
{
    uint64_t one = 1;
    if (write(dog.kick, &one, sizeof one) < 0)
        return; /* it is full: kicked already */
}

static void release(void)
{
    pthread_mutex_lock(&dog.life);
    if (--dog.users == 0) {
        pthread_mutex_lock(&dog.lock);
        dog.ending = true;
        pthread_mutex_unlock(&dog.lock);
        kick();
        pthread_join(dog.thread, NULL);
        stop();
    }
    pthread_mutex_unlock(&dog.life);
}

void weir__watch_init(weir__watch *watch, const weir__env *env)
{
    *watch = (weir__watch){.env = env, .fd = -1, .wake_fd = -1, .end = WEIR__WAIT_READY};
}

bool weir__watch_open(weir__watch *watch, int fd, int wake_fd)
{
    pthread_mutex_lock(&dog.life);
    bool good = dog.users > 0 || start(watch->env);
    if (good)
        dog.users++;
    pthread_mutex_unlock(&dog.life);
    if (!good)
        return false;
    watch->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    watch->wake_fd = wake_fd;
    if (watch->fd >= 0 && watch_descriptor(wake_fd, EPOLLIN | EPOLLET))
        return true;
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = -1;
    release();
    return false;
}

void weir__watch_close(weir__watch *watch)
{
    if (watch->fd < 0)
        return;
    epoll_ctl(dog.epoll, EPOLL_CTL_DEL, watch->wake_fd, NULL);
    close(watch->fd);
    watch->fd = -1;
    release();
}

void weir__watch_arm(weir__watch *watch, weir__deadline deadline)
{
    uint32_t left = weir__deadline_left(&watch->env->clock, deadline);
    pthread_mutex_lock(&dog.lock);
    watch->deadline = deadline;
    watch->next = dog.armed;
    watch->at = &dog.armed;
    if (watch->next)
        watch->next->at = &watch->next;
    dog.armed = watch;
    bool sooner = weir__deadline_in(&weir__clock_system, left) < dog.sleeps_until;
    /* The edge of its wake_fd may have come while it was not armed. */
    if (watch->edges != dog.edges && readable(watch->wake_fd))
        shut(watch, WEIR__WAIT_WOKEN);
    watch->edges = dog.edges;
    pthread_mutex_unlock(&dog.lock);
    if (sooner)
        kick();
}

void weir__watch_disarm(weir__watch *watch)
{
    pthread_mutex_lock(&dog.lock);
    if (watch->at) {
        *watch->at = watch->next;
        if (watch->next)
            watch->next->at = watch->at;
        watch->at = NULL;
    }
    pthread_mutex_unlock(&dog.lock);
}

weir__wait_end weir__watch_ended(const weir__watch *watch)
{
    pthread_mutex_lock(&dog.lock);
    weir__wait_end end = watch->end;
    pthread_mutex_unlock(&dog.lock);
    return end;
}
