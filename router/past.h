/* past.h - what a session's statements left for its next one to ask: insert id, counts, messages. SPDX-License-Identifier: Apache-2.0
 *
 * Statements share connections, so what a server remembers of "the statement before" may be a stranger's. The session keeps its own
 * (docs/past.md), and a statement that asks gets it written into its text. What only the server knows is asked for while the
 * connection is the session's: at the latest when it is given back.
 *
 *    KNOWN --a statement of which only the server knows--> UNASKED (on one seat) --asked--> KNOWN
 *                                                              '--the connection went--> LOST --the next that tells--> KNOWN
 *
 * Invariants: (1) UNASKED names a seat that has a connection; (2) conn->insert_id is what LAST_INSERT_ID() says there, unless
 * conn->insert_id_unknown; (3) what is LOST is refused with the reason why, never guessed. Thread: the session's. */
#ifndef WEIR_ROUTER_PAST_H
#define WEIR_ROUTER_PAST_H

#include "base/arena.h"
#include "drivers/driver.h"

struct weir__seat;
struct weir__statement;
struct weir__plan;

typedef enum weir__knowledge { WEIR__KNOWN, WEIR__UNASKED, WEIR__LOST } weir__knowledge;

/* One row of SHOW WARNINGS. */
typedef struct weir__message weir__message;
struct weir__message {
    weir__message *next;
    weir_str level, text;
    uint64_t code;
};

typedef struct weir__past {
    int64_t row_count;      /* ROW_COUNT(): the client always knows it */
    uint64_t found_rows;    /* FOUND_ROWS() */
    const char *found_lost; /* why it is not known; NULL: it is */

    weir__knowledge insert_is; /* LAST_INSERT_ID() */
    uint64_t insert_id;        /* KNOWN; UNASKED and LOST: what it was before */
    struct weir__seat *insert_seat;
    const char *insert_lost;
    uint64_t base,
        told; /* UNASKED: what the connection had said before, and the statement's own insert id, 0: none told */
    bool base_known, told_packet; /* told_packet: the reply had a place for one */
    bool was_known;               /* insert_id was the session's before the statement */

    weir__knowledge messages_are;
    struct weir__seat *messages_seat;
    const char *messages_lost;
    uint64_t warnings,
        errors;              /* @@warning_count, @@error_count. UNASKED: warnings as the reply told, 0: it told none */
    weir__message *messages; /* KNOWN: in arena, the first first. The server keeps max_error_count of them */
    weir__arena arena;       /* made at the first message */

    struct weir__seat *last; /* where the last statement ran, as long as that connection stays */
    /* of the statement that runs */
    bool running;
    uint8_t found, clears; /* past.c */
    bool always_told;      /* its rows end with an OK packet */
    uint64_t rows;
} weir__past;

void weir__past_init(weir__past *past, const weir__mem *mem);
void weir__past_deinit(weir__past *past);

/* ---- past_answer.c: a statement asks ---- */

/* May it be asked, and is it known? Then it is answered (q->done), or its text has the values from now on (q->again). */
weir_status weir__past_admit(struct weir__statement *q);
/* past_text.c: the statement with the values in place of the calls, as a text of its own in *out, to be freed. */
weir_status weir__past_write(struct weir__statement *q, char **out, size_t *size);

/* ---- past.c: a statement runs ---- */

/* What the server will evaluate by itself must find the session's insert id on the connection. */
weir_status weir__past_ready(struct weir__statement *q);
/* It ran: refused, or its head has come. */
void weir__past_ran(struct weir__statement *q, weir_status status);
/* Likewise of a write that ran on several shards, to its end. */
void weir__past_wrote(struct weir__statement *q, weir_status status);
/* Does it leave the messages of the statement before? */
bool weir__past_keeps_messages(const struct weir__plan *plan);
/* Its rows are over. rows: how many there were; whole: to the last one. */
void weir__past_rows(weir_session *session, weir_status status, const weir_result *result, uint64_t rows, bool whole);
/* A statement of weir's own making stood for one of the session's: BEGIN, COMMIT. */
void weir__past_said(weir_session *session, weir_status status);
/* The session's connection on seat is about to be given back: asks what was not asked yet. */
void weir__past_leave(weir_session *session, struct weir__seat *seat);
/* It has left, whichever way. */
void weir__past_left(weir_session *session, const struct weir__seat *seat);
/* From now on only the seat's connection knows the insert id. result: the reply named one, or none. */
void weir__past_doubt(weir__past *past, struct weir__seat *seat, const weir_result *result);
/* Makes known, or LOST, what is UNASKED. */
void weir__past_ask_insert_id(weir_session *session);
void weir__past_ask_messages(weir_session *session);

/* ---- past_insert.c: which ids an INSERT was given ---- */

/* Only the server can tell what LAST_INSERT_ID() is after it: it is asked after it, and must say the session's before. */
bool weir__past_is_guarded(const struct weir__statement *q);
void weir__past_note_insert(struct weir__statement *q, const weir_result *result);
/* Weir made the ids of some of its rows (docs/ids.md): the server was given them as values. False: of none. */
bool weir__past_note_made(struct weir__statement *q, weir_status status, const weir_result *result);

/* ---- past_ask.c: questions to the server on the session's connection ---- */

bool weir__past_ask_number(weir_session *session, struct weir__seat *seat, const char *sql, uint64_t *number);
bool weir__past_ask_list(weir_session *session, struct weir__seat *seat);
/* The deadline of a question: short, and never such that the driver must allow more time first. */
weir__deadline weir__past_deadline(const weir_session *session, const weir__conn *conn);

#endif
