/* commit_id.c - written before COMMIT, looked for after it. SPDX-License-Identifier: Apache-2.0 */
#include "router/commit_id.h"

#include <stdio.h>

#include "router/decision.h"

enum { ID_BYTES = 16, LOOK_MS = 5000, TABLE_ACCESS_DENIED = 1142, NO_SUCH_TABLE = 1146 };

weir_status weir__commit_id_write(weir_session *s, weir__seat *seat, weir__deadline deadline, weir__commit_id *id,
                                  weir_error *error)
{
    uint8_t random[ID_BYTES];
    char sql[128];
    *id = (weir__commit_id){"", seat->shard, (uint32_t)seat->conn->server_id};
    if (!s->gets_id || !seat->wrote || atomic_load_explicit(&seat->shard->without_ids, memory_order_relaxed))
        return WEIR_OK;
    weir__env_random(&s->client->env, random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(id->text + 2 * i, 3, "%02x", random[i]);
    snprintf(sql, sizeof sql, "INSERT INTO weir_transaction (id) VALUES (X'%s')", id->text);
    weir_status status = weir__seat_command(seat, sql, false, deadline, error);
    if (status == WEIR_OK || (error->server_errno != NO_SUCH_TABLE && error->server_errno != TABLE_ACCESS_DENIED))
        return status;
    id->text[0] = '\0';
    if (!atomic_exchange(&seat->shard->without_ids, true))
        weir__logf(&s->client->env.log, WEIR_LOG_WARNING,
                   "shard %s: %.160s: a COMMIT whose answer is lost stays UNKNOWN there, also for weir_transaction; "
                   "`weir setup` makes "
                   "the table",
                   seat->shard->config->name, error->text);
    return WEIR_OK;
}

static weir_status lost(const weir__seat *seat, weir_error *error)
{
    seat->conn->broken = true;
    return weir__fail(error, WEIR_UNKNOWN, WEIR_RETRY_AFTER_LOOKING, "a fault point took the connection at COMMIT");
}

weir_status weir__commit_id_send(weir_session *s, weir__seat *seat, const char *sql, weir__deadline deadline,
                                 weir_error *error)
{
    if (weir__fault(&s->client->env, commit_sent))
        return lost(seat, error);
    weir_status status = weir__seat_command(seat, sql, true, deadline, error);
    return weir__fault(&s->client->env, commit_answer) ? lost(seat, error) : status;
}

weir_status weir__commit_id_look(weir_session *s, const weir__commit_id *id, weir_error *error)
{
    weir__decision decision;
    weir_error why;
    if (!id->text[0])
        return WEIR_UNKNOWN;
    const weir__decision_row row = {WEIR__ROW_OF_ID, id->text, id->server_id, id->shard->config->lossless};
    weir__decision_find(&s->client->env, id->shard, &row, weir__deadline_in(&s->client->env.clock, LOOK_MS), &decision,
                        &why);
    if (decision == WEIR__DECISION_MADE)
        return WEIR_OK;
    if (decision == WEIR__DECISION_NEVER)
        return weir__fail(
            error, WEIR_CONFLICT, WEIR_RETRY_TRANSACTION,
            "COMMIT did not come through: the transaction is rolled back; run it again from its beginning");
    return WEIR_UNKNOWN;
}
