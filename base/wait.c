/* wait.c - poll with a deadline; in a fiber, the others go on meanwhile. SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

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

/* The system's timers of sockets tick every few milliseconds. */
static const uint64_t FIRST_NS = 2 * WEIR__WAIT_FIRST_MS * UINT64_C(1000000);

ssize_t weir__wait_receive(const weir__clock *clock, uint64_t now_ns, int fd, void *buffer, size_t size, bool early,
                           int wake_fd, weir__deadline deadline, weir__wait_end *end)
{
    bool inside = weir__fiber_inside(), first = !inside && deadline > now_ns && deadline - now_ns > FIRST_NS;
    *end = WEIR__WAIT_READY;
    for (early &= inside;; first = early = false) {
        ssize_t got = early ? -1 : recv(fd, buffer, size, first ? 0 : MSG_DONTWAIT);
        if (!early && (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)))
            return got;
        *end = weir__wait_ready(clock, fd, POLLIN, wake_fd, deadline);
        if (*end != WEIR__WAIT_READY)
            return -1;
    }
}

void weir__wait_socket(int fd)
{
    const struct timeval first = {.tv_usec = WEIR__WAIT_FIRST_MS * 1000};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &first, sizeof first);
}
