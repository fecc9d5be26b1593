/* mysql_watch.h - ends waits that the client library does by itself. SPDX-License-Identifier: Apache-2.0
 *
 * Where no callback of ours stands between the library and the socket (TLS; Oracle's library), one thread of the process shuts the
 * socket at the deadline, or when the connection's wake_fd becomes readable: the library's read or write then ends with an error. The
 * thread lives while a watch is open. It has a descriptor of its own for the socket, so that what the library has closed, and the
 * system given to somebody else, is never shut.
 *
 * Cost: arm and disarm take one lock; a system call only when the deadline is earlier than any that the thread sleeps for. Threads:
 * a watch belongs to the thread that uses its connection. */
#ifndef WEIR_DRIVERS_MYSQL_WATCH_H
#define WEIR_DRIVERS_MYSQL_WATCH_H

#include "base/env.h"
#include "base/wait.h"

typedef struct weir__watch {
    const weir__env *env;
    int fd, wake_fd; /* fd: ours; -1 while the watch is not open */
    weir__deadline deadline;
    weir__wait_end end;             /* READY until the socket was shut, then why; stays */
    uint64_t edges;                 /* of the thread, when wake_fd was last looked at */
    struct weir__watch *next, **at; /* of the armed; at is NULL while it is not */
} weir__watch;

/* Before open: a watch that may be closed. */
void weir__watch_init(weir__watch *watch, const weir__env *env);
/* False: no thread or descriptor is to be had. */
bool weir__watch_open(weir__watch *watch, int fd, int wake_fd);
void weir__watch_close(weir__watch *watch);

void weir__watch_arm(weir__watch *watch, weir__deadline deadline);
void weir__watch_disarm(weir__watch *watch);
/* What became of the socket, armed or not. */
weir__wait_end weir__watch_ended(const weir__watch *watch);

#endif
