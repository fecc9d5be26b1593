/* snapshot.c - see snapshot.h. SPDX-License-Identifier: Apache-2.0
 * The text: for each object a line "name: absent", or "name: " and its definition; then a line of a single NUL-free mark. */
#include "router/migrate/snapshot.h"

#include <stdio.h>

#include "base/str.h"

static const char end_mark[] = "\n--\n";

static const struct {
    const char *word;
    uint32_t cell;     /* of the definition */
    int32_t absent[2]; /* errors that say that there is none */
} kinds[] = {
    [WEIR__OBJECT_TABLE] = {"TABLE", 1, {1146, 1049}},      [WEIR__OBJECT_VIEW] = {"TABLE", 1, {1146, 1347}},
    [WEIR__OBJECT_PROCEDURE] = {"PROCEDURE", 2, {1305, 0}}, [WEIR__OBJECT_FUNCTION] = {"FUNCTION", 2, {1305, 0}},
    [WEIR__OBJECT_TRIGGER] = {"TRIGGER", 2, {1360, 0}},     [WEIR__OBJECT_EVENT] = {"EVENT", 3, {1539, 0}},
};

typedef struct reading {
    weir__buf *to;
    uint32_t cell;
    bool hidden; /* its definition is not for this user */
} reading;

/* Without " AUTO_INCREMENT=17" behind the columns. */
static void put_definition(weir__buf *to, weir_str text)
{
    static const char mark[] = " AUTO_INCREMENT=";
    const char *options = NULL, *end = text.data + text.size;
    for (const char *at = text.data; (at = memmem(at, (size_t)(end - at), "\n) ", 3)) != NULL; at++)
        options = at;
    const char *at = options ? memmem(options, (size_t)(end - options), mark, sizeof mark - 1) : NULL;
    if (!at) {
        weir__buf_add(to, text.data, text.size);
        return;
    }
    weir__buf_add(to, text.data, (size_t)(at - text.data));
    for (at += sizeof mark - 1; at < end && *at >= '0' && *at <= '9';)
        at++;
    weir__buf_add(to, at, (size_t)(end - at));
}

static void create_row(void *context, const weir_str *cells, uint32_t count)
{
    reading *r = context;
    if (r->cell >= count || !cells[r->cell].data)
        r->hidden = true;
    else
        put_definition(r->to, cells[r->cell]);
}

static weir_status take_one(weir__link *link, const weir__object *object, weir__buf *to, weir_error *error)
{
    reading r = {to, kinds[object->kind].cell, false};
    weir__buf sql;
    weir__buf_init(&sql, &link->env->mem, 4096);
    weir__buf_addf(&sql, "SHOW CREATE %s ", kinds[object->kind].word);
    weir__link_put_name(&sql, object->name);
    weir__buf_addf(to, "%.*s: ", WEIR__STR(object->name));
    weir_status status = sql.failed ? weir__fail_nomem(error) : weir__link_ask(link, sql.data, create_row, &r, error);
    weir__buf_deinit(&sql);
    if (status != WEIR_OK && error->server_errno &&
        (error->server_errno == kinds[object->kind].absent[0] ||
         error->server_errno == kinds[object->kind].absent[1])) {
        weir__buf_adds(to, "absent");
        status = WEIR_OK;
    }
    if (status == WEIR_OK && r.hidden)
        status = weir__fail(
            error, WEIR_CONFIG, WEIR_RETRY_NEVER,
            "the user of weir.yaml may not see the definition of %.*s (SHOW CREATE): without it nobody can tell "
            "after a crash whether the statement has run",
            WEIR__STR(object->name));
    weir__buf_adds(to, end_mark);
    return status;
}

weir_status weir__snapshot_take(weir__link *link, const weir__step *step, weir__buf *to, weir_error *error)
{
    weir_status status = WEIR_OK;
    for (uint32_t i = 0; i < step->object_count && status == WEIR_OK; i++)
        status = take_one(link, &step->objects[i], to, error);
    return status == WEIR_OK && to->failed
               ? weir__fail(error, to->failed, WEIR_RETRY_NEVER,
                            to->failed == WEIR_LIMIT ? "the definitions it names are too large" : "out of memory")
               : status;
}

/* The definition of object i, without what names it. */
static weir_str definition_of(const char *snapshot, uint32_t i, size_t name_size)
{
    for (; i > 0; i--)
        snapshot = strstr(snapshot, end_mark) + sizeof end_mark - 1;
    const char *from = snapshot + name_size + 2, *end = strstr(from, end_mark);
    const char *body = memchr(from, '(', (size_t)(end - from));
    return weir__slice(body ? body : from, end);
}

/* The pairs are done one after the other: whose definition has a name afterwards? */
bool weir__snapshot_is_blind(const weir__step *step, const char *snapshot)
{
    weir_str before[WEIR__MAX_OBJECTS], after[WEIR__MAX_OBJECTS];
    static const weir_str absent = {"absent", 6};
    for (uint32_t i = 0; i < step->object_count; i++)
        before[i] = after[i] = definition_of(snapshot, i, step->objects[i].name.size);
    for (uint32_t i = 0; i + 1 < step->object_count; i += 2) {
        weir_str moved = after[i], from = step->objects[i].name, to = step->objects[i + 1].name;
        for (uint32_t k = 0; k < step->object_count; k++) {
            weir_str name = step->objects[k].name;
            if (name.size == from.size && strncasecmp(name.data, from.data, name.size) == 0)
                after[k] = absent;
            if (name.size == to.size && strncasecmp(name.data, to.data, name.size) == 0)
                after[k] = moved;
        }
    }
    for (uint32_t i = 0; i < step->object_count; i++)
        if (!weir__str_equal(before[i], after[i]))
            return false;
    return true;
}
