/* wait.h - the one place that waits for a descriptor. SPDX-License-Identifier: Apache-2.0
 * Blocks the calling thread; a fiber parks, and its thread goes on with another one (fiber.h). */
#ifndef WEIR_BASE_WAIT_H
#define WEIR_BASE_WAIT_H

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

/* The same for POLLIN on a socket that weir__wait_socket was called for, where most answers come at once: for its first WEIR__WAIT_FIRST_MS
 * the wait is one recv that takes nothing, which costs less than poll with a timeout and a second descriptor (measured: as much as poll
 * with neither). So long wake_fd is not heard; a deadline as near as that has it poll from the beginning. now_ns: when the caller looked at
 * the clock, just before. */
enum { WEIR__WAIT_FIRST_MS = 10 };
weir__wait_end weir__wait_answer(const weir__clock *clock, uint64_t now_ns, int fd, int wake_fd,
                                 weir__deadline deadline);
/* Reads on it that may block end after WEIR__WAIT_FIRST_MS. */
void weir__wait_socket(int fd);

#endif
