/* routing_admit.c - what several shards cannot do, whatever the values. SPDX-License-Identifier: Apache-2.0
 * One server answers by all of its data and by one connection's past; a shard knows neither of the others. */
#include "router/route/routing_impl.h"

#include "base/str.h"

static void admit_verb(weir__routing_work *w)
{
    const weir__sql_effects *e = &w->plan->effects;
    switch (e->verb) {
    case WEIR__VERB_SELECT:
    case WEIR__VERB_INSERT:
    case WEIR__VERB_REPLACE:
    case WEIR__VERB_UPDATE:
    case WEIR__VERB_DELETE:
    case WEIR__VERB_EXPLAIN:
        break;
    case WEIR__VERB_EMPTY:
    case WEIR__VERB_BEGIN:
    case WEIR__VERB_COMMIT:
    case WEIR__VERB_ROLLBACK:
    case WEIR__VERB_SAVEPOINT:
        return; /* the session's */
    case WEIR__VERB_CALL:
        weir__routing_refuse(w, WEIR__REFUSAL_stored_code,
                             "a procedure may touch tables of other shards: run its statements one by one");
        return;
    case WEIR__VERB_SET:
    case WEIR__VERB_USE:
    case WEIR__VERB_LOCK:
    case WEIR__VERB_PREPARE:
    case WEIR__VERB_XA:
        weir__routing_refuse(w, WEIR__REFUSAL_session_state,
                             "it changes the state of one connection, and database %s has %zu shards: weir.yaml sets "
                             "what all connections need",
                             w->routing->database->name, w->routing->database->shard_count);
        return;
    case WEIR__VERB_DDL:
        weir__routing_definition(w);
        return;
    case WEIR__VERB_SHOW:
        if (e->asks & WEIR__ASK_MESSAGES)
            return; /* the session's */
        /* fallthrough */
    case WEIR__VERB_LOAD:
    case WEIR__VERB_OTHER:
        weir__routing_refuse(w, WEIR__REFUSAL_server_statement,
                             "it speaks of one server, and database %s has %zu shards: ask the one that you mean",
                             w->routing->database->name, w->routing->database->shard_count);
        return;
    }
    if (!w->plan->understood)
        weir__routing_refuse(w, WEIR__REFUSAL_not_understood,
                             "weir cannot read it, so it does not know its tables: %.*s",
                             WEIR__STR(w->plan->not_understood));
}

static bool is_one_of(weir_str name, const char *const *names)
{
    for (; *names; names++)
        if (weir__str_is_nocase(name, *names))
            return true;
    return false;
}

/* NEXT VALUE FOR names a table; NEXTVAL(s) names none that the plan knows. */
static bool reads_sequence(const weir__routing_work *w)
{
    for (uint32_t i = 0; i < w->routing->table_count; i++)
        if (w->plan->tables[w->routing->tables[i].table].how == WEIR__HOW_SEQUENCE)
            return true;
    return false;
}

static void admit_state(weir__routing_work *w)
{
    const weir__sql_effects *e = &w->plan->effects;
    enum { CONNECTION = WEIR__ASK_CONNECTION | WEIR__ASK_DIAGNOSTICS };
    bool connection = e->asks & CONNECTION || (e->asks && e->sets_insert_id); /* the session answers the others */
    const char *what = e->user_variable                           ? "a @variable belongs to one connection"
                       : e->changes_session && !reads_sequence(w) ? "it changes the state of one connection"
                       : connection                               ? "it asks for what one connection did before"
                       : e->into                                  ? "INTO writes on one server"
                                                                  : NULL;
    if (what)
        weir__routing_refuse(w, WEIR__REFUSAL_session_state, "%s, and database %s has %zu shards", what,
                             w->routing->database->name, w->routing->database->shard_count);
}

static void admit_calls(weir__routing_work *w)
{
    static const char *const sequences[] = {"nextval", "setval", NULL};
    static const char *const servers[] = {"is_free_lock",
                                          "is_used_lock",
                                          "load_file",
                                          "master_gtid_wait",
                                          "master_pos_wait",
                                          "source_pos_wait",
                                          "wait_for_executed_gtid_set",
                                          NULL};
    const weir__database_config *database = w->routing->database;
    for (uint32_t i = 0; i < w->plan->call_count; i++) {
        const weir__plan_call *call = &w->plan->calls[i];
        bool sequence = is_one_of(call->name, sequences);
        if ((call->changes && !sequence) || is_one_of(call->name, servers))
            weir__routing_refuse(w, WEIR__REFUSAL_server_statement,
                                 "%.*s() is about one server, and database %s has %zu shards", WEIR__STR(call->name),
                                 database->name, database->shard_count);
        else if (call->unknown)
            weir__routing_refuse(w, WEIR__REFUSAL_stored_code,
                                 "%.*s() is no function that weir knows: a stored one may touch tables of other shards",
                                 WEIR__STR(call->name));
        else if (sequence && !reads_sequence(w))
            weir__routing_refuse(w, WEIR__REFUSAL_server_statement,
                                 "it does not say where the sequence is: write NEXT VALUE FOR and its name");
    }
}

/* A table that is everywhere stays alike only if all shards do the same, with the same rows in view. */
static void admit_broadcast(weir__routing_work *w)
{
    const weir__routed_table *written = NULL, *other = NULL;
    for (uint32_t i = 0; i < w->routing->table_count; i++) {
        const weir__routed_table *t = &w->routing->tables[i];
        if (t->spot != WEIR__SPOT_ANYWHERE)
            other = t;
        else if (w->plan->tables[t->table].written)
            written = t;
    }
    w->routing->writes_alike = written != NULL;
    if (written && other)
        weir__routing_refuse(w, WEIR__REFUSAL_broadcast_write,
                             "%s is on all shards of %s, and what it is given here comes from rows that are not",
                             written->rule->label, w->routing->database->name);
}

void weir__routing_admit(weir__routing_work *w)
{
    if (w->routing->database->shard_count == 1)
        return;
    admit_verb(w);
    admit_calls(w);
    admit_state(w);
    admit_broadcast(w);
}
