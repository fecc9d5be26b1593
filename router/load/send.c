/* send.c - a batch until it is committed, whatever its servers do meanwhile. SPDX-License-Identifier: Apache-2.0
 * What may not have happened is looked up before it is tried again (docs/load.md, invariant 5). */
#include "base/str.h"
#include "base/wait.h"
#include "router/load/impl.h"

enum { FIRST_PAUSE_MS = 5, LONGEST_PAUSE_MS = 1000, READ_ONLY = 1290 };

/* Could it come through another time? */
static bool may_pass(weir_status status, const weir_error *error)
{
    switch (status) {
    case WEIR_UNREACHABLE:
    case WEIR_TIMEOUT:
    case WEIR_UNKNOWN:
    case WEIR_BUSY:
    case WEIR_SPLIT_BRAIN:
    case WEIR_LOST_WRITES:
        return true;
    case WEIR_CONFLICT:
        return error->retry != WEIR_RETRY_NEVER;
    case WEIR_SERVER:
        return error->server_errno == READ_ONLY;
    default:
        return false;
    }
}

static void pause_before(const weir__load *load, uint32_t tries)
{
    uint32_t ms = tries < 8 ? FIRST_PAUSE_MS << tries : LONGEST_PAUSE_MS;
    weir__wait_ready(&load->env->clock, -1, 0, -1, weir__deadline_in(&load->env->clock, ms));
}

static bool has_failed(weir__load *load)
{
    pthread_mutex_lock(&load->lock);
    bool failed = load->failed;
    pthread_mutex_unlock(&load->lock);
    return failed;
}

static weir_status look(weir__load_lane *lane, weir__load_standing *standing, weir_error *error)
{
    weir_status status = weir__load_call(&lane->link, error);
    if (status == WEIR_OK)
        status = weir__load_look(&lane->link, &lane->load->about, lane->number, standing, error);
    return status;
}

static void committed(weir__load_lane *lane, const weir__load_standing *to)
{
    weir__load *load = lane->load;
    atomic_fetch_add(&load->loaded, to->loaded - lane->standing.loaded);
    atomic_fetch_add(&load->rejected, to->rejected - lane->standing.rejected);
    atomic_fetch_add(&load->warnings, lane->warnings);
    lane->standing = *to;
}

weir_status weir__load_send(weir__load_lane *lane, weir__load_batch *batch, weir_error *error)
{
    weir__load *load = lane->load;
    weir__deadline until = 0;
    weir__load_standing to, now = lane->standing;
    weir_error why;
    for (uint32_t tries = 0;; tries++) {
        weir_status status = weir__load_attempt(lane, batch, &to, error);
        if (status == WEIR_OK) {
            committed(lane, &to);
            return (void)weir__fault(load->env, load_committed), WEIR_OK;
        }
        if (!until)
            until = weir__deadline_in(&load->env->clock, load->patience_ms);
        while (may_pass(status, error)) {
            pause_before(load, tries);
            status = look(lane, &now, &why);
            if (status == WEIR_OK)
                break;
            *error = why;
            tries++;
            if (weir__now(&load->env->clock) >= until || has_failed(load))
                return status;
        }
        if (status != WEIR_OK)
            return status;
        if (now.position == lane->standing.position && now.ended == lane->standing.ended) {
            if (weir__now(&load->env->clock) >= until || has_failed(load))
                return error->status;
            continue;
        }
        now.lanes = lane->standing.lanes;
        committed(lane, &now);
        return WEIR_OK;
    }
}
