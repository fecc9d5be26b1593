/* wait.c - poll with a deadline; in a fiber, the others go on meanwhile. SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"

#include <errno.h>
#include <poll.h>

#include "base/fiber.h"

weir__wait_end weir__wait_ready(const weir__clock *clock, int fd, short events, int wake_fd, weir__deadline deadline)
{
    if (weir__fiber_inside())
        return weir__fiber_wait(fd, events, wake_fd, deadline);
    for (;;) {
        struct pollfd fds[2] = {{.fd = fd, .events = events}, {.fd = wake_fd, .events = POLLIN}};
        uint32_t left = weir__deadline_left(clock, deadline);
        int ready = poll(fds, wake_fd >= 0 ? 2 : 1, (int)left);
        if (ready > 0)
            return wake_fd >= 0 && fds[1].revents ? WEIR__WAIT_WOKEN : WEIR__WAIT_READY;
        if (ready < 0 && errno != EINTR)
            return WEIR__WAIT_FAILED;
        if (ready == 0 && weir__deadline_left(clock, deadline) == 0)
            return WEIR__WAIT_TIMED_OUT;
    }
}
