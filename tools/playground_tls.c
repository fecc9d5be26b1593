/* playground_tls.c - a certificate authority of the playground's own, and what it signs.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   <dir>/tls/ca.pem, ca.key         signs the others; nothing else trusts it, and it goes with the folder
 *   <dir>/tls/server.pem, .key       of all servers: 127.0.0.1, ::1, localhost
 *   <dir>/tls/client.pem, .key       for tls: cert and key, where a user is made with REQUIRE X509 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/playground.h"

#define DAYS "30"

static bool sign(playground *pg, const char *program, const char *name, const char *subject, const char *extension,
                 bool is_ca)
{
    char log[PATH_MAX];
    pg_args args = {.count = 0};
    bool told = pg_path(log, "%s/tls/log", pg->dir) && pg_arg(&args, "%s", program) && pg_arg(&args, "req") &&
                pg_arg(&args, "-x509") && pg_arg(&args, "-newkey") && pg_arg(&args, "ec") &&
                pg_arg(&args, "-pkeyopt") && pg_arg(&args, "ec_paramgen_curve:prime256v1") && pg_arg(&args, "-nodes") &&
                pg_arg(&args, "-days") && pg_arg(&args, DAYS) && pg_arg(&args, "-subj") &&
                pg_arg(&args, "/CN=%s", subject) && pg_arg(&args, "-addext") && pg_arg(&args, "%s", extension) &&
                pg_arg(&args, "-keyout") && pg_arg(&args, "%s/tls/%s.key", pg->dir, name) && pg_arg(&args, "-out") &&
                pg_arg(&args, "%s/tls/%s.pem", pg->dir, name);
    if (told && !is_ca)
        told = pg_arg(&args, "-addext") && pg_arg(&args, "basicConstraints=critical,CA:FALSE") &&
               pg_arg(&args, "-CA") && pg_arg(&args, "%s/tls/ca.pem", pg->dir) && pg_arg(&args, "-CAkey") &&
               pg_arg(&args, "%s/tls/ca.key", pg->dir);
    if (told && pg_run_to_end(pg, &args, log, NULL))
        return true;
    pg_say("openssl made no certificate (%s)", name);
    pg_show_log(pg, log);
    return false;
}

bool pg_tls_make(playground *pg)
{
    char program[PATH_MAX], folder[PATH_MAX];
    if (!pg_find_program(program, "openssl")) {
        pg_say("--tls needs openssl, which is not in PATH; install the package openssl");
        return false;
    }
    if (!pg_path(folder, "%s/tls", pg->dir))
        return false;
    if (mkdir(folder, 0700) != 0) {
        pg_say("cannot make %s: %s", folder, strerror(errno));
        return false;
    }
    return sign(pg, program, "ca", "weir playground authority", "keyUsage=critical,keyCertSign,cRLSign", true) &&
           sign(pg, program, "server", "weir playground server", "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost",
                false) &&
           sign(pg, program, "client", "weir playground client", "extendedKeyUsage=clientAuth", false);
}

bool pg_tls_tell(playground *pg, pg_args *args)
{
    return pg_arg(args, "--ssl-ca=%s/tls/ca.pem", pg->dir) && pg_arg(args, "--ssl-cert=%s/tls/server.pem", pg->dir) &&
           pg_arg(args, "--ssl-key=%s/tls/server.key", pg->dir);
}
