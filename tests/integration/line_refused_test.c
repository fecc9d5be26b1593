/* line_refused_test.c - a line that is not as weir.yaml asks is refused, and the error says what to do. SPDX-License-Identifier: Apache-2.0
 * On the cluster with a certificate; each test leaves the server as it was. */
#include <unistd.h>

#include "tests/support/live.h"
#include "tests/support/tls.h"

enum { YAML = 8192, TLS = 2048 };

/* Oracle's library tells of no cause: the advice names all three. */
#ifdef WEIR_ORACLE_CLIENT
#define CAUSE(said) "is it from tls.ca, is it valid today, does it name the host?"
#else
#define CAUSE(said) said
#endif

static void expect_line(const char *row, const char *address, const char *tls, const char *user, weir_status wanted,
                        const char *said)
{
    live l;
    char yaml[YAML];
    live_open_config(&l, tls_config(yaml, sizeof yaml, address, tls, user));
    weir_status status = weir_execute(l.session, "SELECT 1", weir_no_args(), NULL, &l.error);
    const char *text = status == WEIR_OK ? "" : l.error.text;
    EXPECT_THAT(status == wanted, "%s: %s: %s", row, weir_status_name(status), text);
    EXPECT_THAT(status == WEIR_OK || strstr(text, said), "%s: \"%s\" is not in \"%s\"", row, said, text);
    EXPECT_THAT(status != WEIR_CONFIG || l.error.retry == WEIR_RETRY_NEVER, "%s: may be retried", row);
    live_close(&l);
}

TEST(line_refused, files)
{
    static const struct {
        const char *name, *ca, *cert, *key; /* files of the test's folder; NULL: left out; "": the cluster's own */
        weir_status status;
        const char *said;
    } rows[] = {
        {"all good", "", "", "", WEIR_OK, ""},
        {"another authority", "other.pem", NULL, NULL, WEIR_CONFIG, CAUSE("not from tls.ca")},
        {"the system's authorities", NULL, NULL, NULL, WEIR_CONFIG, CAUSE("not from tls.ca")},
        {"no such ca", "none.pem", NULL, NULL, WEIR_CONFIG, "tls.ca: "},
        {"a ca that is a folder", ".", NULL, NULL, WEIR_CONFIG, "Is a directory"},
        {"an empty ca", "empty.pem", NULL, NULL, WEIR_CONFIG, "it is empty"},
        {"a ca that is none", "text.pem", NULL, NULL, WEIR_CONFIG, "must be PEM"},
        {"no such cert", "", "none.pem", "", WEIR_CONFIG, "tls.cert: "},
        {"a cert that is none", "", "text.pem", "", WEIR_CONFIG, "must be PEM"},
        {"no such key", "", "", "none.key", WEIR_CONFIG, "tls.key: "},
        {"a key that is none", "", "", "text.pem", WEIR_CONFIG, "must be PEM"},
        {"a key of another cert", "", "", "other.key", WEIR_CONFIG, "key must belong to cert"},
    };
    char path[PATH_SIZE];
    const char *folder = test_folder();
    tls_certificate(folder, "other", NULL, "DNS:other", 3);
    for (int text = 0; text < 2; text++) {
        snprintf(path, sizeof path, "%s/%s", folder, text ? "text.pem" : "empty.pem");
        FILE *file = fopen(path, "w");
        if (text && file)
            fputs("no certificate\n", file);
        if (file)
            fclose(file);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct {
            const char *key, *file, *own;
        } files[] = {
            {"ca", rows[i].ca, "ca.pem"}, {"cert", rows[i].cert, "client.pem"}, {"key", rows[i].key, "client.key"}};
        char tls[TLS] = "mode: verify";
        for (int k = 0; k < 3; k++)
            if (files[k].file)
                snprintf(tls + strlen(tls), sizeof tls - strlen(tls), ", %s: \"%s%s%s\"", files[k].key,
                         *files[k].file ? folder : tls_file(files[k].own), *files[k].file ? "/" : "", files[k].file);
        expect_line(rows[i].name, tls_address("127.0.0.1"), tls, "app", rows[i].status, rows[i].said);
    }
}

/* Puts another certificate into the running server for a while. */
static void with_server_certificate(const char *names, int days, void (*look)(const char *row), const char *row)
{
    char from[PATH_SIZE], to[PATH_SIZE], kept[PATH_SIZE];
    const char *const endings[] = {"pem", "key"};
    tls_certificate(tls_file(""), "new", "ca", names, days);
    for (int put_back = 0; put_back < 2; put_back++) {
        for (int i = 0; i < 2; i++) {
            snprintf(to, sizeof to, "%s.%s", tls_file("server"), endings[i]);
            snprintf(kept, sizeof kept, "%s.%s", tls_file("kept"), endings[i]);
            snprintf(from, sizeof from, "%s.%s", tls_file("new"), endings[i]);
            if (!put_back)
                EXPECT(rename(to, kept) == 0 && rename(from, to) == 0);
            else
                EXPECT(rename(kept, to) == 0);
        }
        tls_as_root("FLUSH SSL");
        if (!put_back)
            look(row);
    }
}

static void look_expired(const char *row)
{
    char tls[TLS];
    snprintf(tls, sizeof tls, "mode: verify, ca: \"%s\"", tls_file("ca.pem"));
    expect_line(row, tls_address("127.0.0.1"), tls, "app", WEIR_CONFIG, CAUSE("not valid today"));
    expect_line(row, tls_address("127.0.0.1"), "mode: required", "app", WEIR_OK, "");
}

static void look_other_host(const char *row)
{
    char tls[TLS];
    snprintf(tls, sizeof tls, "mode: verify, ca: \"%s\"", tls_file("ca.pem"));
    expect_line(row, tls_address("127.0.0.1"), tls, "app", WEIR_CONFIG, CAUSE("not for this host"));
    if (tls_cluster_has_ipv6())
        expect_line(row, tls_address("[::1]"), tls, "app", WEIR_CONFIG, CAUSE("not for this host"));
    expect_line(row, tls_address("localhost"), tls, "app", WEIR_OK, "");
}

static void look_socket(const char *row)
{
    char tls[TLS];
    snprintf(tls, sizeof tls, "mode: verify, ca: \"%s\"", tls_file("ca.pem"));
    expect_line(row, tls_socket(), tls, "app", WEIR_CONFIG, CAUSE("not for this host"));
    expect_line(row, tls_address("127.0.0.1"), tls, "app", WEIR_OK, "");
}

TEST(line_refused, the_servers_certificate)
{
    with_server_certificate("IP:127.0.0.1,IP:::1,DNS:localhost", -1, look_expired, "expired");
    with_server_certificate("DNS:localhost,IP:127.0.0.2,DNS:127.0.0.1.example", 3, look_other_host, "another host");
    with_server_certificate("IP:127.0.0.1", 3, look_socket, "a socket is localhost");
    char tls[TLS];
    snprintf(tls, sizeof tls, "mode: verify, ca: \"%s\"", tls_file("ca.pem"));
    expect_line("as before", tls_address("127.0.0.1"), tls, "app", WEIR_OK, "");
}

TEST(line_refused, what_users_and_servers_ask_for)
{
    char verify[TLS], both[2 * TLS], create[PATH_SIZE], password[64] = "";
    snprintf(verify, sizeof verify, "mode: verify, ca: \"%s\"", tls_file("ca.pem"));
    snprintf(both, sizeof both, "%s, cert: \"%s\", key: \"%s\"", verify, tls_file("client.pem"),
             tls_file("client.key"));
    snprintf(create, sizeof create, "%s", tls_file("../password"));
    FILE *file = fopen(create, "r");
    EXPECT(file && fscanf(file, "%63s", password) == 1);
    if (file)
        fclose(file);
    static const char *const users[][2] = {{"line_x509", "X509"}, {"line_ssl", "SSL"}};
    for (int i = 0; i < 2; i++) {
        snprintf(create, sizeof create, "CREATE OR REPLACE USER %s@'%%' IDENTIFIED BY '%s' REQUIRE %s", users[i][0],
                 password, users[i][1]);
        tls_as_root(create);
        snprintf(create, sizeof create, "GRANT ALL ON shop.* TO %s@'%%'", users[i][0]);
        tls_as_root(create);
    }
    const char *address = tls_address("127.0.0.1");
    expect_line("X509 without a certificate", address, verify, "line_x509", WEIR_CONFIG,
                "REQUIRE X509 needs tls: cert and key");
    expect_line("X509 with it", address, both, "line_x509", WEIR_OK, "");
    expect_line("SSL, plain", address, "mode: none", "line_ssl", WEIR_CONFIG, "require TLS, set tls:");
    expect_line("SSL", address, verify, "line_ssl", WEIR_OK, "");
    tls_as_root("SET GLOBAL require_secure_transport = 1");
    expect_line("TLS only, plain", address, "mode: none", "app", WEIR_CONFIG, "require TLS, set tls:");
    expect_line("TLS only", address, verify, "app", WEIR_OK, "");
    tls_as_root("SET GLOBAL require_secure_transport = 0");
    tls_as_root("DROP USER line_x509, line_ssl");
}
