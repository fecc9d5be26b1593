/* plan_role.c - which server may run the statement outside a transaction, and why. SPDX-License-Identifier: Apache-2.0
 * The decision is weir__sql_effects.plain_read alone; the reason names the first thing that stands against it. */
#include "router/plan/planner.h"

static const char *other_reason(const weir__sql_effects *e)
{
    switch (e->verb) {
    case WEIR__VERB_EMPTY:
        return "there is no statement";
    case WEIR__VERB_INSERT:
    case WEIR__VERB_REPLACE:
    case WEIR__VERB_UPDATE:
    case WEIR__VERB_DELETE:
    case WEIR__VERB_LOAD:
        return "it writes";
    case WEIR__VERB_CALL:
        return "a procedure may write";
    case WEIR__VERB_DDL:
        return "it changes definitions";
    case WEIR__VERB_BEGIN:
    case WEIR__VERB_COMMIT:
    case WEIR__VERB_ROLLBACK:
    case WEIR__VERB_SAVEPOINT:
    case WEIR__VERB_XA:
        return "it belongs to a transaction";
    case WEIR__VERB_SET:
    case WEIR__VERB_USE:
    case WEIR__VERB_PREPARE:
        return "it changes the session";
    case WEIR__VERB_LOCK:
        return "it locks tables";
    case WEIR__VERB_SHOW:
        return "it tells of one server";
    case WEIR__VERB_EXPLAIN:
        return "it may run what it explains";
    case WEIR__VERB_SELECT:
        return "it asks for something of one server";
    case WEIR__VERB_OTHER:
        break;
    }
    return "weir does not know this statement";
}

static const char *reason(const weir__sql_effects *e)
{
    bool read = e->verb == WEIR__VERB_SELECT || e->verb == WEIR__VERB_SHOW || e->verb == WEIR__VERB_EXPLAIN;
    if (e->plain_read)
        return "it only reads data";
    if (e->unclosed || e->illegal)
        return "its text cannot be read to the end";
    if (e->more_than_one)
        return "it is more than one statement";
    if (!read)
        return other_reason(e);
    if (e->locking_read)
        return "it locks the rows that it reads";
    if (e->into)
        return "INTO writes a file or variables";
    if (e->unknown_call)
        return "it calls a function that weir does not know, which may write";
    if (e->user_variable)
        return "it uses a @variable";
    if (e->system_variable)
        return "it uses a @@variable";
    if (e->reads_session)
        return "it asks for what the session did before";
    if (e->changes_session || e->sets_insert_id)
        return "it changes the session";
    if (e->conditional)
        return "it has a comment for some server versions, and the version is not known";
    return other_reason(e);
}

void planner__role(weir__plan *plan)
{
    plan->role = plan->effects.plain_read ? WEIR__REPLICA : WEIR__PRIMARY;
    plan->role_reason = reason(&plan->effects);
}
