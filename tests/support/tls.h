/* tls.h - the cluster with a certificate (weir playground up --tls --ipv6), from the tests' side. SPDX-License-Identifier: Apache-2.0
 * Texts live until the same function's next call but one. */
#ifndef WEIR_TESTS_TLS_H
#define WEIR_TESTS_TLS_H

#include <sys/types.h>

#include "tests/support/test.h"

enum { PATH_SIZE = 512 };

/* host:port of the cluster's server. */
const char *tls_address(const char *host);
const char *tls_socket(void);
bool tls_cluster_has_ipv6(void);
/* A file of the cluster's tls folder. */
const char *tls_file(const char *name);
/* A weir.yaml in yaml: this address, this inside of tls: {..}, this user. */
const char *tls_config(char *yaml, size_t size, const char *address, const char *tls, const char *user);
/* Its process; 0 fails the test. */
pid_t tls_server_pid(void);
/* Runs a statement as root over the socket; a failure fails the test. */
void tls_as_root(const char *sql);

/* Makes folder/name.pem and folder/name.key by the openssl command; a failure fails the test. authority: folder/authority.pem signs,
 * NULL: itself. names: its subjectAltName. days below 0: it has expired. */
void tls_certificate(const char *folder, const char *name, const char *authority, const char *names, int days);

#endif
