/* rw_track.c - after a statement: what the session has written and seen (HAZARDS 16). SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "router/rw_split.h"
#include "router/seen.h"

enum { ASK_MS = 500 };

void weir__split_sent(weir_session *s, weir__seat *seat, bool reads, bool may_write)
{
    (void)s;
    if (!seat->seen)
        return;
    seat->track.sent = true;
    seat->track.reads |= reads;
    seat->track.may_write |= may_write;
}

/* Takes the position of the connection's last write into the floor. False: the server has told none. */
static bool take_told(weir__seat *seat, uint64_t now_ns)
{
    weir__monitor *m = seat->shard->monitor;
    weir__conn *conn = seat->conn;
    weir__gtid gtid;
    if (!conn->gtid_told)
        return false;
    conn->gtid_told = false;
    if (!weir__gtid_parse(weir__view(conn->last_gtid), &gtid)) {
        seat->seen->floor.unknown = true;
        return true;
    }
    weir__floor_wrote(&seat->seen->floor, &m->group, gtid, now_ns);
    weir__group_acknowledge(&m->group, gtid, now_ns);
    return true;
}

/* The server tells a write's GTID in an OK packet; one that ended with rows had none. False: it could not be asked. */
static bool ask(weir_session *s, weir__seat *seat)
{
    weir__conn *conn = seat->conn;
    weir__command command = {.sql = weir__view("SELECT @@last_gtid")};
    weir__answer answer;
    weir__cell cell;
    weir_error ignored;
    bool row = false;
    if (seat->carries_state || !conn->mariadb) /* its answers about the statement before must stay */
        return false;
    conn->deadline = weir__deadline_in(&s->client->env.clock, ASK_MS);
    bool done = conn->driver->run(conn, &command, &answer, &ignored) == WEIR_OK &&
                conn->driver->fetch(conn, &answer, &cell, &row, &ignored) == WEIR_OK && row;
    if (done && cell.size && cell.size < sizeof conn->last_gtid &&
        !weir__str_is((weir_str){cell.as.p, cell.size}, conn->last_gtid)) {
        snprintf(conn->last_gtid, sizeof conn->last_gtid, "%.*s", (int)cell.size, (const char *)cell.as.p);
        conn->gtid_told = true;
    }
    if (!conn->broken)
        conn->driver->end(conn);
    return done;
}

/* A write whose reply named no GTID. The monitor's lock is held. */
static void take_untold(weir_session *s, weir__seat *seat, weir_status status, bool asked, uint64_t now_ns)
{
    const weir__track *t = &seat->track;
    weir__floor *f = &seat->seen->floor;
    const weir__group *g = &seat->shard->monitor->group;
    (void)s;
    if (status == WEIR_UNKNOWN || status == WEIR_COMMITTED_PENDING)
        weir__floor_doubt(f, g, now_ns);
    else if (status == WEIR_OK && (t->changed || (t->no_packet && !asked)))
        f->unknown = true; /* it wrote, and no position says where */
    else
        weir__floor_read(f, g, seat->member, now_ns);
}

void weir__split_over(weir_session *s, weir__seat *seat, weir_status status)
{
    weir__monitor *m = seat->shard->monitor;
    weir__track *t = &seat->track;
    weir__conn *conn = seat->conn;
    bool asked = false;
    if (!seat->seen || !t->sent)
        return;
    bool there = conn && !conn->broken, open = there && conn->in_transaction;
    if (there && t->may_write && t->no_packet && !open && status == WEIR_OK && !conn->gtid_told)
        asked = ask(s, seat);
    t->changed |= t->returns && t->rows > 0;
    pthread_mutex_lock(&m->lock);
    uint64_t now = weir__now(&s->client->env.clock);
    if (!conn || !take_told(seat, now)) {
        if (t->may_write && !open)
            take_untold(s, seat, status, asked, now);
        else if (t->reads)
            weir__floor_read(&seat->seen->floor, &m->group, seat->member, now);
    }
    pthread_mutex_unlock(&m->lock);
    if (open) {
        t->no_packet = t->returns = false;
        t->rows = 0;
    } else
        *t = (weir__track){.sent = false};
}
