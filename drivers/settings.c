/* settings.c - see settings.h. SPDX-License-Identifier: Apache-2.0 */
#include "drivers/settings.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"

enum { MAX_SQL = 16 * 1024, NUMBER_TEXT = 40 };

typedef enum value_kind { NAMES, NUMBER, TEXT } value_kind;

static const struct {
    const char *name;
    value_kind kind;
} table[] = {
#define X(name, kind) {#name, kind},
    WEIR__SETTING_MAP(X)
#undef X
};

struct weir__settings {
    char *values[WEIR__SETTING_COUNT]; /* NULL: not among them */
};

weir__setting weir__setting_find(weir_str name)
{
    size_t i = WEIR__SETTING_names + 1; /* SET names = 1 is no SET NAMES */
    while (i < WEIR__SETTING_COUNT && !weir__str_is_nocase(name, table[i].name))
        i++;
    return (weir__setting)i;
}

bool weir__setting_is_plain(weir_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x80 || (!isalnum(c) && !strchr("_,./:+- ", c)) || c == '\0')
            return false;
    }
    return true;
}

bool weir__settings_put(const weir__mem *mem, weir__settings **settings, weir__setting setting, weir_str value)
{
    char *copy = weir__strndup(mem, value.data, value.size);
    if (copy && !*settings)
        *settings = weir__new(mem, sizeof **settings);
    if (!copy || !*settings) {
        weir__free(mem, copy);
        return false;
    }
    weir__free(mem, (*settings)->values[setting]);
    (*settings)->values[setting] = copy;
    return true;
}

bool weir__settings_put_all(const weir__mem *mem, weir__settings **settings, const weir__settings *from)
{
    for (unsigned i = 0; from && i < WEIR__SETTING_COUNT; i++)
        if (from->values[i] && !weir__settings_put(mem, settings, (weir__setting)i, weir__view(from->values[i])))
            return false;
    return true;
}

const char *weir__settings_get(const weir__settings *settings, weir__setting setting)
{
    return settings ? settings->values[setting] : NULL;
}

bool weir__settings_equal(const weir__settings *a, const weir__settings *b)
{
    for (unsigned i = 0; a != b && i < WEIR__SETTING_COUNT; i++) {
        const char *x = weir__settings_get(a, (weir__setting)i), *y = weir__settings_get(b, (weir__setting)i);
        if ((x == NULL) != (y == NULL) || (x && strcmp(x, y) != 0))
            return false;
    }
    return true;
}

void weir__settings_free(const weir__mem *mem, weir__settings *settings)
{
    for (unsigned i = 0; settings && i < WEIR__SETTING_COUNT; i++)
        weir__free(mem, settings->values[i]);
    weir__free(mem, settings);
}

/* ---- what they were at connect ---- */

static bool is_unknown(const weir__conn *conn, const weir__settings *settings, unsigned i)
{
    return weir__settings_get(settings, (weir__setting)i) &&
           !weir__settings_get(conn->settings_base, (weir__setting)i) && table[i].kind != NAMES;
}

bool weir__settings_known(const weir__conn *conn, const weir__settings *settings)
{
    for (unsigned i = 0; i < WEIR__SETTING_COUNT; i++)
        if (is_unknown(conn, settings, i))
            return false;
    return true;
}

static bool is_number(weir_str text)
{
    bool digits = text.size > 0;
    for (size_t i = 0; i < text.size && digits; i++)
        digits = isdigit((unsigned char)text.data[i]) || (text.data[i] == '-' && i == 0) || text.data[i] == '.';
    return digits;
}

/* A value that the server told, as it must be written to be given back. False: it cannot be said for certain. */
static bool write_value(const weir__cell *cell, value_kind kind, weir__buf *out)
{
    const weir_str text = {cell->as.p, cell->size};
    weir__buf_reset(out);
    if (cell->type == WEIR_T_INT)
        weir__buf_addf(out, "%" PRId64, cell->as.i);
    else if (cell->type == WEIR_T_UINT)
        weir__buf_addf(out, "%" PRIu64, cell->as.u);
    else if (cell->type == WEIR_T_TEXT && kind == NUMBER && is_number(text))
        weir__buf_add(out, text.data, text.size);
    else if (cell->type == WEIR_T_TEXT && kind == TEXT && weir__setting_is_plain(text))
        weir__buf_addf(out, "'%.*s'", WEIR__STR(text));
    else
        return false;
    return !out->failed;
}

static weir_status take_values(weir__conn *conn, const weir__settings *settings, const weir__cell *cells,
                               weir__buf *text, weir_error *error)
{
    for (unsigned i = 0, column = 0; i < WEIR__SETTING_COUNT; i++) {
        if (!is_unknown(conn, settings, i))
            continue;
        const weir__cell *cell = &cells[column++];
        if (!write_value(cell, table[i].kind, text))
            return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER, "%s has a value that weir could not set back",
                              table[i].name);
        if (!weir__settings_put(&conn->env->mem, &conn->settings_base, (weir__setting)i,
                                (weir_str){text->data, text->size}))
            return weir__fail_nomem(error);
    }
    return WEIR_OK;
}

/* The only row of a statement whose columns are all settings. */
static weir_status ask_row(weir__conn *conn, weir__buf *sql, const weir__settings *settings, weir_error *error)
{
    weir__command command = {.sql = {sql->data, sql->size}};
    weir__answer answer;
    weir__cell cells[WEIR__SETTING_COUNT];
    bool row = false;
    weir_status status = conn->driver->run(conn, &command, &answer, error);
    if (status == WEIR_OK)
        status = conn->driver->fetch(conn, &answer, cells, &row, error);
    if (status != WEIR_OK)
        return status;
    weir__buf_reset(sql); /* the statement has been sent: its room serves for the values */
    if (row)
        status = take_values(conn, settings, cells, sql, error);
    else
        status = weir__fail(error, WEIR_UNREACHABLE, WEIR_RETRY_CALL, "the server does not tell its settings");
    conn->driver->end(conn);
    return status;
}

weir_status weir__settings_ask(weir__conn *conn, const weir__settings *settings, weir_error *error)
{
    weir__buf sql;
    if (weir__settings_known(conn, settings))
        return WEIR_OK;
    weir__buf_init(&sql, &conn->env->mem, MAX_SQL);
    for (unsigned i = 0; i < WEIR__SETTING_COUNT; i++)
        if (is_unknown(conn, settings, i))
            weir__buf_addf(&sql, "%s @@session.%s", sql.size ? "," : "SELECT", table[i].name);
    weir_status status = sql.failed ? weir__fail_nomem(error) : ask_row(conn, &sql, settings, error);
    weir__buf_deinit(&sql);
    return status;
}

/* ---- making them so ---- */

static void assign(weir__buf *sql, unsigned i, const char *value)
{
    weir__buf_adds(sql, sql->size ? ", " : "SET ");
    if (table[i].kind == NAMES)
        weir__buf_addf(sql, "NAMES %s", value);
    else
        weir__buf_addf(sql, "@@session.%s=%s", table[i].name, value);
}

/* What must be assigned on the connection; nothing: an empty text. */
static void write_difference(const weir__conn *conn, const weir__settings *wanted, weir__buf *sql)
{
    for (unsigned i = 0; i < WEIR__SETTING_COUNT; i++) {
        const char *has = weir__settings_get(conn->settings, (weir__setting)i);
        const char *wants = weir__settings_get(wanted, (weir__setting)i);
        char names[128];
        if ((!has && !wants) || (has && wants && strcmp(has, wants) == 0))
            continue;
        if (!wants && table[i].kind == NAMES) {
            snprintf(names, sizeof names, "utf8mb4 COLLATE '%.96s'", conn->endpoint->collation);
            wants = names;
        } else if (!wants) {
            wants = weir__settings_get(conn->settings_base, (weir__setting)i);
        }
        assign(sql, i, wants);
    }
}

weir_status weir__settings_apply(weir__conn *conn, const weir__settings *wanted, weir_error *error)
{
    const weir__mem *mem = &conn->env->mem;
    weir__settings *now = NULL;
    weir__answer answer;
    weir__buf sql;
    if (weir__settings_equal(conn->settings, wanted))
        return WEIR_OK;
    weir__buf_init(&sql, mem, MAX_SQL);
    weir_status status = weir__settings_ask(conn, wanted, error);
    if (status == WEIR_OK)
        write_difference(conn, wanted, &sql);
    if (status == WEIR_OK && (sql.failed || !weir__settings_put_all(mem, &now, wanted)))
        status = weir__fail_nomem(error);
    if (status == WEIR_OK && sql.size) {
        weir__command command = {.sql = {sql.data, sql.size}};
        status = conn->driver->run(conn, &command, &answer, error);
    }
    if (status == WEIR_OK) {
        weir__settings_free(mem, conn->settings);
        conn->settings = now;
    } else {
        weir__settings_free(mem, now);
        conn->broken = true;
    }
    weir__buf_deinit(&sql);
    return status;
}
