/* mysql_tls.c - TLS of a connection, whatever the client library: its files, whether the line is what was asked for, and what a
 * failure means. SPDX-License-Identifier: Apache-2.0
 *
 * Enforced twice: the libraries are told to encrypt (mysql_library_*.c), and before the connection is used here is looked whether
 * they did. MariaDB's library logs in over a plain line when the server offers no TLS and no certificate is to be checked. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "drivers/mysql_impl.h"

static weir_status readable(weir__mysql_conn *c, const char *key, const char *path, weir_error *error)
{
    char byte;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool good = !path || (fd >= 0 && read(fd, &byte, 1) == 1);
    int number = errno;
    if (fd >= 0)
        close(fd);
    if (good)
        return WEIR_OK;
    return weir__mysql_fail(
        c, error, WEIR_CONFIG, WEIR_RETRY_NEVER,
        "tls.%s: %.150s cannot be read (%s): correct the path in weir.yaml or the rights of the file", key, path,
        fd >= 0 && number == 0 ? "it is empty" : strerror(number));
}

weir_status weir__mysql_tls_files(weir__mysql_conn *c, weir_error *error)
{
    const weir__endpoint *e = c->base.endpoint;
    weir_status status = WEIR_OK;
    errno = 0;
    if (e->line == WEIR__LINE_TLS_VERIFIED)
        status = readable(c, "ca", e->ca, error);
    if (status == WEIR_OK && e->line != WEIR__LINE_PLAIN)
        status = readable(c, "cert", e->cert, error);
    if (status == WEIR_OK && e->line != WEIR__LINE_PLAIN)
        status = readable(c, "key", e->key, error);
    return status;
}

static weir_status no_tls(weir__mysql_conn *c, weir_error *error)
{
    return weir__mysql_fail(
        c, error, WEIR_CONFIG, WEIR_RETRY_NEVER,
        "the server offers no TLS, and tls.mode asks for it: give the server a certificate (ssl_cert, ssl_key), or "
        "set tls: {mode: none} in weir.yaml");
}

weir_status weir__mysql_tls_check(weir__mysql_conn *c, weir_error *error)
{
    if (c->base.endpoint->line == WEIR__LINE_PLAIN || mysql_get_ssl_cipher(c->mysql))
        return WEIR_OK;
    return no_tls(c, error);
}

typedef enum cause { CERTIFICATE, HOST, EXPIRED, ISSUER, OWN_FILES, REFUSED, NO_TLS, BROKE, OTHER } cause;

/* The libraries hand on OpenSSL's words, or their own; there is no number. */
static cause cause_of(const char *text)
{
    static const struct {
        const char *part;
        cause cause;
    } words[] = {
        {"does not support it", NO_TLS},                /* MariaDB */
        {"doesn't support it", NO_TLS},                 /* Oracle */
        {"Validation of SSL server certificate", HOST}, /* MariaDB */
        {"verification failure", HOST},                 /* Oracle */
        {"ostname mismatch", HOST},
        {"IP address mismatch", HOST},
        {"has expired", EXPIRED},
        {"not yet valid", EXPIRED},
        {"issuer certificate", ISSUER},
        {"self-signed", ISSUER},
        {"self signed", ISSUER},
        {"verify the first certificate", ISSUER},
        {"certificate signature failure", ISSUER},
        {"certificate verify failed", CERTIFICATE},
        {"CA certificate is required", OWN_FILES}, /* Oracle */
        {"key values mismatch", OWN_FILES},
        {"no start line", OWN_FILES},
        {"no certificate or crl found", OWN_FILES},
        {"Unable to get private key", OWN_FILES},
        {"Unable to get certificate", OWN_FILES},
        {"SSL_CTX_", OWN_FILES},
        {"unsupported protocol", REFUSED},
        {"unsupported", OWN_FILES}, /* what OpenSSL 3 says of a key that is none */
        {"alert", REFUSED},
        {"unexpected eof", BROKE},
        {"reset by peer", BROKE},
        {"roken pipe", BROKE},
        {"system call", BROKE},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i].part))
            return words[i].cause;
    return OTHER;
}

weir_status weir__mysql_fail_tls(weir__mysql_conn *c, const char *text, weir_error *error)
{
    static const char *const advice[] = {
        [CERTIFICATE] =
            "the server's certificate does not pass: is it from tls.ca, is it valid today, does it name the host?",
        [HOST] = "the server's certificate is not for this host: write the address as the certificate names it, or "
                 "give the server one "
                 "for this name",
        [EXPIRED] = "the server's certificate is not valid today: renew it, or set the clock right",
        [ISSUER] = "the server's certificate is not from tls.ca: give the file of the authority that signed it",
        [OWN_FILES] = "a file of tls: is no good: ca, cert and key must be PEM, and key must belong to cert",
        [REFUSED] = "the server refused weir's side: does it trust the authority of tls.cert, or ask for tls.cert and "
                    "tls.key, or for "
                    "another version of TLS?",
        [OTHER] = "see tls: in weir.yaml and the server's log",
    };
    cause why = cause_of(text);
    if (why == NO_TLS)
        return no_tls(c, error);
    if (why == BROKE)
        return weir__mysql_fail(c, error, WEIR_UNREACHABLE, WEIR_RETRY_CALL,
                                "the server hung up while the TLS line was made (%.100s)", text);
    return weir__mysql_fail(c, error, WEIR_CONFIG, WEIR_RETRY_NEVER, "TLS failed: %s (%.80s)", advice[why], text);
}
