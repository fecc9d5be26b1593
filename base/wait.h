/* wait.h - the one place that waits for a descriptor. SPDX-License-Identifier: Apache-2.0
 * Blocks the calling thread; a fiber parks, and its thread goes on with another one (fiber.h). */
#ifndef WEIR_BASE_WAIT_H
#define WEIR_BASE_WAIT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"

typedef enum weir__wait_end {
    WEIR__WAIT_READY,
    WEIR__WAIT_TIMED_OUT,
    WEIR__WAIT_WOKEN, /* wake_fd became readable: somebody wants this wait to end */
    WEIR__WAIT_FAILED,
} weir__wait_end;

/* Waits until fd is ready for events (POLLIN, POLLOUT), wake_fd (or -1) is readable, or the
 * deadline has passed. A readable wake_fd wins over a ready fd. */
weir__wait_end weir__wait_ready(const weir__clock *clock, int fd, short events, int wake_fd, weir__deadline deadline);

/* Receives what a socket has, waiting for it where nothing is there. Of the wait the first WEIR__WAIT_FIRST_MS are the recv's own, which
 * saves a try that comes too early and the poll (weir__wait_socket has told the socket); so long wake_fd is not heard. A nearer deadline
 * has it poll from the beginning, as in a fiber. early: what is waited for has only just been asked for, so that a fiber need not try
 * before it parks. now_ns: when the caller looked at the clock, just before. Returns what recv does; after
 * -1 *end says whether it was the wait that ended (else READY, and errno). */
enum { WEIR__WAIT_FIRST_MS = 10 };
ssize_t weir__wait_receive(const weir__clock *clock, uint64_t now_ns, int fd, void *buffer, size_t size, bool early,
                           int wake_fd, weir__deadline deadline, weir__wait_end *end);
/* Reads on it that may block end after WEIR__WAIT_FIRST_MS. */
void weir__wait_socket(int fd);

#endif
