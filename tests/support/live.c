/* live.c - a client of the running test against a real server. SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/live.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/wait.h"
#include "router/client_impl.h"

enum { TEXTS = 8, TEXT_SIZE = 65536, YAML_SIZE = 65536 };

uint64_t test_ms(void)
{
    return weir__now(&test_env()->clock) / 1000000u;
}

static char *next_text(void)
{
    static char texts[TEXTS][TEXT_SIZE];
    static unsigned next;
    char *text = texts[next++ % TEXTS];
    text[0] = '\0';
    return text;
}

const char *live_yaml(const char *changes)
{
    static char yaml[YAML_SIZE];
    const char *path = getenv("WEIR_CONFIG");
    FILE *file = path ? fopen(path, "r") : NULL;
    size_t size = file ? fread(yaml, 1, sizeof yaml / 2, file) : 0;
    if (file)
        fclose(file);
    else
        test_fail(__FILE__, __LINE__, "WEIR_CONFIG names no weir.yaml: run by ctest or under weir playground run");
    yaml[size] = '\0';
    char *at = strstr(yaml, "defaults:\n");
    if (changes && !at)
        test_fail(__FILE__, __LINE__, "the cluster's weir.yaml has no defaults:");
    if (changes && at) {
        size_t length = strlen(changes);
        at += strlen("defaults:\n");
        memmove(at + length, at, strlen(at) + 1);
        memcpy(at, changes, length);
    }
    return yaml;
}

void live_open_config(live *l, const char *yaml)
{
    memset(l, 0, sizeof *l);
    weir_client_options options = WEIR_CLIENT_OPTIONS_INIT;
    options.yaml = yaml;
    l->status = weir__client_open(test_env(), NULL, &options, &l->client, &l->error);
    if (l->status == WEIR_OK)
        l->status = weir_session_open(l->client, NULL, &l->session, &l->error);
    if (l->status != WEIR_OK)
        test_fail(__FILE__, __LINE__, "opening: %s: %s", weir_status_name(l->status), l->error.text);
}

void live_open(live *l, const char *changes)
{
    live_open_config(l, live_yaml(changes));
}

void live_close(live *l)
{
    weir_session_close(l->session);
    weir_close(l->client);
}

void live_run(live *l, const char *sql, weir_args args)
{
    if (weir_execute(l->session, sql, args, NULL, &l->error) != WEIR_OK)
        test_fail(__FILE__, __LINE__, "%s: %s: %s", sql, weir_status_name(l->error.status), l->error.text);
}

const char *live_rows(live *l, const char *sql, weir_args args)
{
    char *text = next_text();
    size_t size = 0;
    weir_rows *rows = NULL;
    weir_status status = weir_query(l->session, sql, args, &rows, &l->error);
    while (status == WEIR_OK && weir_next(rows)) {
        for (uint32_t i = 0; i < weir_column_count(rows) && size < TEXT_SIZE - 1024; i++) {
            weir_str cell = weir_get_text(rows, i);
            size += (size_t)snprintf(text + size, TEXT_SIZE - size, "%s%.*s",
                                     i      ? "|"
                                     : size ? ";"
                                            : "",
                                     cell.data ? (int)cell.size : 1, cell.data ? cell.data : "~");
        }
    }
    if (status == WEIR_OK)
        status = weir_finish(rows, &l->error);
    if (status != WEIR_OK)
        snprintf(text, TEXT_SIZE, "(%s) %s", weir_status_name(status), l->error.text);
    return text;
}

const char *live_one(live *l, const char *sql, weir_args args)
{
    char *text = next_text();
    weir_rows *rows = NULL;
    weir_status status = weir_query(l->session, sql, args, &rows, &l->error);
    snprintf(text, TEXT_SIZE, "(no row)");
    if (status == WEIR_OK) {
        if (weir_next(rows)) {
            weir_str cell = weir_get_text(rows, 0);
            snprintf(text, TEXT_SIZE, "%.*s", cell.data ? (int)cell.size : 6, cell.data ? cell.data : "(null)");
        }
        status = weir_finish(rows, &l->error);
    }
    if (status != WEIR_OK)
        snprintf(text, TEXT_SIZE, "(%s)", weir_status_name(status));
    return text;
}

int64_t live_running(live *l, const char *part)
{
    char pattern[200];
    snprintf(pattern, sizeof pattern, "%%%s%%", part);
    weir_session *session = NULL;
    weir_rows *rows = NULL;
    int64_t count = -1;
    weir_status status = weir_session_open(l->client, NULL, &session, &l->error);
    if (status == WEIR_OK)
        status = weir_query(
            session,
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE ? AND INFO NOT LIKE '%PROCESSLIST%'",
            WEIR_ARGS(weir_text(pattern)), &rows, &l->error);
    if (status == WEIR_OK) {
        count = weir_next(rows) ? weir_get_int(rows, 0) : -1;
        status = weir_finish(rows, &l->error);
    }
    weir_session_close(session);
    return status == WEIR_OK ? count : -1;
}

bool live_until_running(live *l, const char *part, int64_t wanted)
{
    const weir__clock *clock = &test_env()->clock;
    weir__deadline deadline = weir__deadline_in(clock, 10000);
    while (weir__now(clock) < deadline) {
        if (live_running(l, part) == wanted)
            return true;
        weir__wait_ready(clock, -1, 0, -1, weir__deadline_in(clock, 120));
    }
    return false;
}

bool live_until(live *l, const char *sql, const char *wanted)
{
    const weir__clock *clock = &test_env()->clock;
    weir__deadline deadline = weir__deadline_in(clock, 10000);
    while (weir__now(clock) < deadline) {
        if (strcmp(live_one(l, sql, weir_no_args()), wanted) == 0)
            return true;
        weir__wait_ready(clock, -1, 0, -1, weir__deadline_in(clock, 120));
    }
    return false;
}

typedef struct sum {
    const char *name;
    double value;
} sum;

static void add(void *context, const char *name, const char *labels, double value)
{
    sum *s = context;
    (void)labels;
    if (strcmp(name, s->name) == 0)
        s->value += value;
}

double live_counter(live *l, const char *name)
{
    sum s = {name, 0};
    weir_statistics(l->client, add, &s);
    return s.value;
}
