/* savepoint.c - names, oldest last; each command sent to all seats. SPDX-License-Identifier: Apache-2.0 */
#include "router/savepoint.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

enum { NAME_BYTES = 64, SQL = 128, NO_SUCH_SAVEPOINT = 1305 };

struct weir__savepoint {
    weir__savepoint *next; /* an earlier one */
    char name[NAME_BYTES + 1];
};

typedef enum command { SET, BACK_TO, RELEASE } command;

static const char *const verbs[] = {"SAVEPOINT", "ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT"};

/* The first word says what, the last one names it. Only names that every server compares alike are taken. */
static weir_status read_command(weir_str sql, const weir__lex_options *reading, command *out, char *name,
                                weir_error *error)
{
    weir__lexer lexer;
    weir__token token, last = {0};
    weir__lexer_init(&lexer, sql, reading);
    token = weir__lex(&lexer);
    *out = token.id == WEIR__TK_ROLLBACK ? BACK_TO : token.id == WEIR__TK_RELEASE ? RELEASE : SET;
    for (token = weir__lex(&lexer); token.id != WEIR__TK_EOF && token.id != WEIR__TK_SEMI; token = weir__lex(&lexer))
        last = token;
    weir_str text = weir__token_text(sql, last);
    if (text.size >= 2 && (text.data[0] == '`' || text.data[0] == '"')) {
        text.data++;
        text.size -= 2;
    }
    bool plain = text.size >= 1 && text.size <= NAME_BYTES;
    for (size_t i = 0; i < text.size && plain; i++)
        plain = text.data[i] >= ' ' && text.data[i] <= '~' && text.data[i] != '`' && text.data[i] != '"';
    if (!plain)
        return weir__fail(error, WEIR_UNSUPPORTED, WEIR_RETRY_NEVER,
                          "over several shards a savepoint's name is 1 to %d ASCII characters without quotes",
                          NAME_BYTES);
    memcpy(name, text.data, text.size);
    name[text.size] = '\0';
    return WEIR_OK;
}

static weir__savepoint **find(weir_session *s, const char *name)
{
    weir__savepoint **at = &s->savepoints;
    while (*at && strcasecmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

/* Forgets all that is newer than until. */
static void drop_newer(weir_session *s, const weir__savepoint *until)
{
    while (s->savepoints != until) {
        weir__savepoint *gone = s->savepoints;
        s->savepoints = gone->next;
        weir__free(&s->client->env.mem, gone);
    }
}

static weir_status remember(weir_session *s, const char *name, weir_error *error)
{
    size_t count = 0;
    weir__savepoint **same = find(s, name);
    for (const weir__savepoint *p = s->savepoints; p; p = p->next)
        count++;
    if (*same) { /* set anew, it is the newest */
        weir__savepoint *moved = *same;
        *same = moved->next;
        moved->next = s->savepoints;
        s->savepoints = moved;
        return WEIR_OK;
    }
    if (count >= WEIR__MAX_SAVEPOINTS)
        return weir__fail(error, WEIR_LIMIT, WEIR_RETRY_NEVER,
                          "a transaction over several shards has at most %d savepoints", WEIR__MAX_SAVEPOINTS);
    weir__savepoint *made = weir__new(&s->client->env.mem, sizeof *made);
    if (!made)
        return weir__fail_nomem(error);
    snprintf(made->name, sizeof made->name, "%s", name);
    made->next = s->savepoints;
    s->savepoints = made;
    return WEIR_OK;
}

static weir_status send(weir__seat *seat, command what, const char *name, weir__deadline deadline, weir_error *error)
{
    char sql[SQL];
    snprintf(sql, sizeof sql, "%s `%s`", verbs[what], name);
    weir_status status = weir__seat_command(seat, sql, false, deadline, error);
    if (status != WEIR_OK)
        seat->conn->broken = true; /* the shards would differ: nobody should commit that */
    return status;
}

weir_status weir__savepoint_catch_up(const weir_session *s, weir__seat *seat, weir__deadline deadline,
                                     weir_error *error)
{
    /* At their beginning all are alike: their order does not matter but for what RELEASE drops, so oldest first. */
    const weir__savepoint *last = NULL;
    weir_status status = WEIR_OK;
    while (last != s->savepoints && status == WEIR_OK) {
        const weir__savepoint *p = s->savepoints;
        while (p->next != last)
            p = p->next;
        status = send(seat, SET, p->name, deadline, error);
        last = p;
    }
    return status;
}

static weir_status not_there(const char *name, weir_error *error)
{
    weir__fail(error, WEIR_SERVER, WEIR_RETRY_NEVER, "SAVEPOINT %s does not exist", name);
    error->server_errno = NO_SUCH_SAVEPOINT;
    snprintf(error->sqlstate, sizeof error->sqlstate, "42000");
    return WEIR_SERVER;
}

weir_status weir__savepoint_run(weir_session *s, weir_str sql, const weir__lex_options *reading,
                                weir__deadline deadline, weir_error *error)
{
    char name[NAME_BYTES + 1];
    command what;
    weir_status status = read_command(sql, reading, &what, name, error);
    if (status != WEIR_OK)
        return status;
    weir__savepoint *found = *find(s, name);
    if (what != SET && !found)
        return not_there(name, error);
    if (s->txn != WEIR__TXN_OPEN)
        return WEIR_OK; /* outside a transaction SET does nothing */
    if (what == SET)
        status = remember(s, name, error);
    for (weir__seat *seat = s->seats; seat && status == WEIR_OK; seat = seat->next)
        if (seat->conn) {
            s->seat = seat;
            weir__session_reach(s, seat->conn);
            status = send(seat, what, name, deadline, error);
        }
    if (status == WEIR_OK && what != SET)
        drop_newer(s, what == RELEASE ? found->next : found);
    return status;
}

void weir__savepoint_forget(weir_session *s)
{
    drop_newer(s, NULL);
}
