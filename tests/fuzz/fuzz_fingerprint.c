/* fuzz_fingerprint.c - any bytes as a statement: texts in their buffers, values only where the tree allows it. SPDX-License-Identifier: Apache-2.0 */
#include "base/env.h"
#include "router/sql/fingerprint.h"
#include "tests/fuzz/sql_input.h"
#include "tests/unit/plan/mapping.h"
#include "tests/unit/sql/lifting.h"

enum { ROOM = 16384, SLOTS = 512, ARENA = 16 * 1024 * 1024 };

typedef struct result {
    char text[ROOM];
    weir__slot slots[SLOTS];
    weir__run runs[SLOTS];
    weir__fingerprint f;
} result;

static void make(result *r, weir_str sql, const weir__lex_options *options, weir__fingerprint_kind kind, size_t room)
{
    const weir__fingerprint_room rooms = {r->text, room, r->slots, SLOTS, r->runs, SLOTS};
    weir__fingerprint_of(sql, options, kind, &rooms, &r->f);
    MUST(r->f.size <= room && r->f.hash != 0);
}

static void check_slots(const result *r, weir_str sql)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < r->f.slots && i < SLOTS; i++) {
        const weir__slot *s = &r->slots[i];
        MUST(s->start >= end && s->start < s->end && s->end <= sql.size && s->list <= r->f.lists);
        MUST(s->id == WEIR__TK_PARAM || s->id == WEIR__TK_INTEGER_NUMBER || s->id == WEIR__TK_DECIMAL_NUMBER ||
             s->id == WEIR__TK_STRING);
        end = s->end;
    }
}

/* The plan says of the text that r is of what the text's own plan says. */
static void check_values(weir__plan *plan, const result *r, weir_str sql, const weir__lex_options *options,
                         const weir__env *env)
{
    static weir__lookup lookup;
    weir__plan *own;
    weir_error error;
    if (weir__plan_build(sql, options, env, &own, &error) != WEIR_OK)
        return;
    lookup.plan = plan;
    lookup.sql = sql;
    lookup.reading = *options;
    lookup.mapped = plan->places != NULL;
    lookup.parameters = r->f.parameters;
    lookup.slots = r->slots;
    lookup.slot_count = r->f.slots;
    lookup.runs = r->runs;
    lookup.run_count = r->f.runs;
    MUST(mapping_mistake(&lookup, own) == NULL);
    weir__plan_unref(own);
}

/* The plan of this text, for itself and for one with other values and longer lists. */
static void check_plan(const result *r, weir_str sql, weir_str changed, const weir__lex_options *options)
{
    static result other;
    static char doubled[ROOM];
    weir__env env;
    weir__plan *plan;
    weir_error error;

    weir__env_init(&env);
    if (r->f.bad || r->f.more || r->f.conditional || weir__plan_build(sql, options, &env, &plan, &error) != WEIR_OK)
        return;
    MUST(weir__places_make(plan, r->slots, r->f.slots, r->runs, r->f.runs));
    check_values(plan, r, sql, options, &env);
    weir_str longer = {doubled, mapping_double(changed, r->runs, r->f.runs, doubled, sizeof doubled)};
    make(&other, longer, options, WEIR__FINGERPRINT_PLAN, ROOM);
    bool same = !other.f.cut && other.f.size == r->f.size && memcmp(other.text, r->text, r->f.size) == 0;
    if (same) /* not where a comment goes over the end of a list */
        check_values(plan, &other, longer, options, &env);
    weir__plan_unref(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static result plan, other;
    weir__lex_options options;
    weir_str sql = sql_input(data, size, &options);
    char *copy = malloc(sql.size + 1);

    MUST(copy != NULL);
    make(&other, sql, &options, WEIR__FINGERPRINT_LOG, ROOM);
    make(&plan, sql, &options, WEIR__FINGERPRINT_PLAN, ROOM);
    check_slots(&plan, sql);
    if (!plan.f.cut) {
        weir__env env;
        weir__arena arena;
        weir__tree tree;
        weir_error error;
        size_t slot;

        /* Other values, the same text. */
        memcpy(copy, sql.data, sql.size);
        lifting_change_values(copy, plan.slots, plan.f.slots);
        make(&other, (weir_str){copy, sql.size}, &options, WEIR__FINGERPRINT_PLAN, ROOM);
        MUST(other.f.size == plan.f.size && memcmp(other.text, plan.text, plan.f.size) == 0 &&
             other.f.hash == plan.f.hash && other.f.slots == plan.f.slots);
        check_plan(&plan, sql, (weir_str){copy, sql.size}, &options);
        /* Less room: the same beginning. */
        make(&other, sql, &options, WEIR__FINGERPRINT_PLAN, size % (plan.f.size + 1));
        MUST(other.f.cut || other.f.size == plan.f.size);
        /* What the tree says of the slots. */
        weir__env_init(&env);
        weir__arena_init(&arena, &env.mem, ARENA);
        if (!plan.f.bad && !plan.f.more && weir__parse(sql, &options, &arena, &tree, &error) == WEIR_OK &&
            tree.root->kind != WEIR__NODE_HEAD && tree.root->kind != WEIR__NODE_SHOW)
            MUST(lifting_mistake(&tree, plan.slots, plan.f.slots, &slot) == NULL);
        weir__arena_deinit(&arena);
    }
    free(copy);
    return 0;
}
