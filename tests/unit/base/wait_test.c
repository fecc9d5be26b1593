/* wait_test.c - the one place that waits: readiness, deadline, waking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/test.h"

TEST(wait, ready_timed_out_woken)
{
    weir__clock clock = test_env()->clock;
    int ends[2];
    int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    EXPECT(pipe(ends) == 0);
    uint64_t before = weir__now(&clock);
    EXPECT_INT(weir__wait_ready(&clock, ends[0], POLLIN, wake, weir__deadline_in(&clock, 30)), WEIR__WAIT_TIMED_OUT);
    EXPECT(weir__now(&clock) - before >= 30 * 1000000u);
    EXPECT_INT(write(ends[1], "x", 1), 1);
    EXPECT_INT(weir__wait_ready(&clock, ends[0], POLLIN, -1, weir__deadline_in(&clock, 1000)), WEIR__WAIT_READY);
    EXPECT_INT(eventfd_write(wake, 1), 0);
    EXPECT_INT(weir__wait_ready(&clock, ends[0], POLLIN, wake, weir__deadline_in(&clock, 1000)), WEIR__WAIT_WOKEN);
    close(wake);
    close(ends[0]);
    close(ends[1]);
}

static ssize_t receive(int fd, int wake, uint32_t ms, char *byte, weir__wait_end *end)
{
    weir__clock clock = test_env()->clock;
    uint64_t now = weir__now(&clock);
    return weir__wait_receive(&clock, now, fd, byte, 1, false, wake, now + ms * UINT64_C(1000000), end);
}

TEST(wait, receiving_gets_bytes_the_end_the_deadline_or_a_waking)
{
    weir__clock clock = test_env()->clock;
    weir__wait_end end;
    char byte = 0;
    int ends[2];
    int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    weir__wait_socket(ends[0]);
    uint64_t before = weir__now(&clock);
    for (uint32_t ms = 5; ms <= 45; ms += 40) /* nearer than its first part, and beyond */
        EXPECT(receive(ends[0], wake, ms, &byte, &end) == -1 && end == WEIR__WAIT_TIMED_OUT);
    EXPECT(weir__now(&clock) - before >= 50 * 1000000u);
    EXPECT_INT(eventfd_write(wake, 1), 0); /* heard after the first part */
    EXPECT(receive(ends[0], wake, 60000, &byte, &end) == -1 && end == WEIR__WAIT_WOKEN);
    EXPECT_INT(write(ends[1], "x", 1), 1);
    EXPECT(receive(ends[0], wake, 60000, &byte, &end) == 1 && end == WEIR__WAIT_READY && byte == 'x');
    EXPECT_INT(write(ends[1], "y", 1), 1);
    EXPECT(receive(ends[0], -1, 5, &byte, &end) == 1 && end == WEIR__WAIT_READY && byte == 'y');
    close(ends[1]);
    EXPECT(receive(ends[0], -1, 60000, &byte, &end) == 0 && end == WEIR__WAIT_READY);
    close(wake);
    close(ends[0]);
}
