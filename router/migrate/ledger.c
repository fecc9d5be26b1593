/* ledger.c - reading weir_ledger, and what it says of each version. SPDX-License-Identifier: Apache-2.0 */
#include "router/migrate/ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

enum { MAX_LEDGER_BYTES = 1024 * 1024 * 1024, NO_SUCH_TABLE = 1146, NO_SUCH_COLUMN = 1054 };

/* Columns of the query, by their place. */
enum {
    VERSION,
    ROUND,
    STATEMENT,
    STATEMENTS,
    NAME,
    CHECKSUM,
    STATEMENT_CHECKSUM,
    STARTED,
    ENDED,
    MILLISECONDS,
    DONE_BY,
    HOST,
    INTENT,
    ERROR
};

static const char read_sql[] = "SELECT version, round, statement, statements, name, checksum, statement_checksum, "
                               "started_at, ended_at, milliseconds, "
                               "done_by, host, intent, error FROM weir_ledger ORDER BY version, round, statement";

typedef struct reading {
    weir__ledger *ledger;
    weir__ledger_row *rows;
    size_t count, room;
} reading;

static const char *text_of(weir__arena *arena, weir_str cell)
{
    return cell.data ? weir__arena_text(arena, cell.data, cell.size) : NULL;
}

static const char *never_null(const char *text)
{
    return text ? text : "";
}

static void ledger_row(void *context, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    weir__arena *a = &r->ledger->arena;
    (void)count;
    if (r->count == r->room) {
        size_t room = r->room ? r->room * 2 : 64;
        weir__ledger_row *more = weir__arena_array(a, room, sizeof *more);
        if (!more)
            return;
        if (r->count)
            memcpy(more, r->rows, r->count * sizeof *more);
        r->rows = more;
        r->room = room;
    }
    r->rows[r->count++] = (weir__ledger_row){
        .version = weir__link_number(cells[VERSION]),
        .milliseconds = weir__link_number(cells[MILLISECONDS]),
        .round = (uint32_t)weir__link_number(cells[ROUND]),
        .statement = (uint32_t)weir__link_number(cells[STATEMENT]),
        .statements = (uint32_t)weir__link_number(cells[STATEMENTS]),
        .ended = cells[ENDED].data != NULL,
        .name = never_null(text_of(a, cells[NAME])),
        .checksum = never_null(text_of(a, cells[CHECKSUM])),
        .statement_checksum = never_null(text_of(a, cells[STATEMENT_CHECKSUM])),
        .started_at = never_null(text_of(a, cells[STARTED])),
        .done_by = never_null(text_of(a, cells[DONE_BY])),
        .host = never_null(text_of(a, cells[HOST])),
        .intent = text_of(a, cells[INTENT]),
        .error = text_of(a, cells[ERROR]),
    };
}

/* What the rows [first, end) of one version and its last round say. */
static weir__ledger_version conclude(const weir__ledger_row *first, const weir__ledger_row *end)
{
    weir__ledger_version v = {
        .version = first->version,
        .round = first->round,
        .statements = end[-1].statements,
        .rows = first,
        .row_count = (uint32_t)(end - first),
        .checksum = end[-1].checksum,
        .name = end[-1].name,
    };
    if (first->statement == 0) {
        v.standing = WEIR__APPLIED;
        v.baseline = true;
        return v;
    }
    while (v.done < v.row_count && first[v.done].ended && first[v.done].statement == v.done + 1)
        v.done++;
    bool up = v.round % 2 == 1, whole = v.done == v.statements;
    v.standing = up ? (whole ? WEIR__APPLIED : WEIR__PART_UP) : (whole ? WEIR__PENDING : WEIR__PART_DOWN);
    return v;
}

static void group(reading *r)
{
    weir__ledger *l = r->ledger;
    l->versions = weir__arena_array(&l->arena, r->count + 1, sizeof *l->versions);
    const weir__ledger_row *end = r->rows + r->count;
    const char *up_checksum = "";
    for (const weir__ledger_row *from = r->rows, *to; l->versions && from < end; from = to) {
        for (to = from; to < end && to->version == from->version && to->round == from->round; to++)
            ;
        if (from->round % 2 == 1)
            up_checksum = to[-1].checksum;
        if (to < end && to->version == from->version)
            continue; /* a later round says where it stands */
        l->versions[l->count] = conclude(from, to);
        l->versions[l->count].checksum = up_checksum;
        if (l->versions[l->count].baseline && from->version > l->baseline)
            l->baseline = from->version;
        l->count++;
    }
}

weir_status weir__ledger_read(weir__ledger *ledger, weir__link *link, weir_error *error)
{
    reading r = {ledger, NULL, 0, 0};
    memset(ledger, 0, sizeof *ledger);
    weir__arena_init(&ledger->arena, &link->env->mem, MAX_LEDGER_BYTES);
    weir_status status = weir__link_ask(link, read_sql, ledger_row, &r, error);
    if (status != WEIR_OK && error->server_errno == NO_SUCH_TABLE)
        return WEIR_OK;
    if (status != WEIR_OK && error->server_errno == NO_SUCH_COLUMN)
        return weir__fail(error, WEIR_CONFIG, WEIR_RETRY_NEVER,
                          "weir_ledger on shard %s is that of another version of weir: drop the table if it is empty, "
                          "and run weir setup",
                          link->shard->name);
    if (status == WEIR_OK)
        group(&r);
    return status == WEIR_OK && ledger->arena.failed ? weir__fail_nomem(error) : status;
}

void weir__ledger_deinit(weir__ledger *ledger)
{
    weir__arena_deinit(&ledger->arena);
    ledger->versions = NULL;
    ledger->count = 0;
}

static int by_version(const void *a, const void *b)
{
    const weir__ledger_version *x = a, *y = b;
    return (x->version > y->version) - (x->version < y->version);
}

const weir__ledger_version *weir__ledger_find(const weir__ledger *ledger, uint64_t version)
{
    const weir__ledger_version key = {.version = version};
    return ledger->count ? bsearch(&key, ledger->versions, ledger->count, sizeof key, by_version) : NULL;
}

weir__standing weir__ledger_standing(const weir__ledger *ledger, uint64_t version)
{
    const weir__ledger_version *v = weir__ledger_find(ledger, version);
    if (v)
        return v->standing;
    return version <= ledger->baseline ? WEIR__APPLIED : WEIR__PENDING;
}

const char *weir__standing_name(weir__standing standing)
{
    static const char *const names[] = {"pending", "part up", "applied", "part down"};
    return names[standing];
}

const weir__ledger_row *weir__ledger_row_of(const weir__ledger_version *version, uint32_t statement)
{
    for (uint32_t i = 0; version && i < version->row_count; i++)
        if (version->rows[i].statement == statement)
            return &version->rows[i];
    return NULL;
}
