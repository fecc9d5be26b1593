/* server.h - doing harm to the primary of the test's own cluster, and mending it. SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TESTS_SERVER_H
#define WEIR_TESTS_SERVER_H

#include <sys/types.h>

pid_t server_pid(void);    /* of the only MariaDB server of $WEIR_PLAYGROUND_DIR */
void server_pause(void);   /* SIGSTOP */
void server_go_on(void);   /* SIGCONT */
void server_kill(void);    /* SIGKILL, and waits until it is gone */
void server_restart(void); /* starts what has died, and waits until it answers */
/* A statement as root, by the mariadb client. False: it failed. */
_Bool server_root(const char *sql);

#endif
