/* definition.c - CREATE, ALTER, DROP, RENAME by their first words; ALTER TABLE by the first words of its parts.
 * SPDX-License-Identifier: Apache-2.0
 * A crash between the statement and the ledger leaves but one question: did it run? SHOW CREATE before and after answers it where the
 * statement changes what SHOW CREATE prints; the others are undecided and must be declared repeatable. */
#include "router/migrate/definition.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

/* What is being read, and where the reason goes. */
typedef struct reading {
    weir__step *step;
    weir__words *w;
    weir__undecided *undecided;
    char *why;
    size_t room;
} reading;

/* Whether it has run could not be told: fine where it was declared repeatable. Gives true. */
static bool unknown(const reading *r, const char *reason)
{
    *r->undecided = reason;
    return true;
}

WEIR__PRINTF(2, 3)
static bool refuse(const reading *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(r->why, r->room, format, args);
    va_end(args);
    return false;
}

/* A name at hand becomes an object of the step. */
static bool read_object(const reading *r, weir__object_kind kind)
{
    weir_str schema, name;
    if (!weir__words_name(r->w, &schema, &name))
        return refuse(r, "a name is missing, or is written in a way that weir does not read");
    if (schema.size)
        return refuse(
            r,
            "it names the schema %.*s: a migration runs on every shard, in the shard's own schema; leave the name out",
            WEIR__STR(schema));
    if (r->step->object_count == WEIR__MAX_OBJECTS)
        return refuse(r, "it names more than %d objects: make several statements of it", WEIR__MAX_OBJECTS);
    r->step->objects[r->step->object_count++] = (weir__object){kind, name};
    return true;
}

static void take_if_exists(weir__words *w)
{
    if (weir__words_take(w, "IF")) {
        weir__words_take(w, "NOT");
        weir__words_take(w, "EXISTS");
    }
}

static const struct {
    const char *word;
    weir__object_kind kind;
} kinds[] = {
    {"TABLE", WEIR__OBJECT_TABLE},         {"SEQUENCE", WEIR__OBJECT_TABLE},    {"VIEW", WEIR__OBJECT_VIEW},
    {"PROCEDURE", WEIR__OBJECT_PROCEDURE}, {"FUNCTION", WEIR__OBJECT_FUNCTION}, {"TRIGGER", WEIR__OBJECT_TRIGGER},
    {"EVENT", WEIR__OBJECT_EVENT},
};

static bool take_kind(weir__words *w, weir__object_kind *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (weir__words_take(w, kinds[i].word)) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

/* ALGORITHM = x, DEFINER = user@host, SQL SECURITY x, AGGREGATE: what may stand between CREATE and the kind. */
static void skip_attributes(weir__words *w)
{
    weir__object_kind ignored;
    while (!weir__words_end(w) && !weir__words_at(w, "INDEX")) {
        weir__words ahead = *w;
        if (take_kind(&ahead, &ignored))
            return;
        weir__words_step(w);
    }
}

static bool is_index_word(const weir__words *w)
{
    return weir__words_at(w, "INDEX") || weir__words_at(w, "UNIQUE") || weir__words_at(w, "FULLTEXT") ||
           weir__words_at(w, "SPATIAL") || weir__words_at(w, "VECTOR");
}

/* ALGORITHM = COPY, LOCK = SHARED: at ALGORITHM or LOCK. */
static bool says_blocking(weir__words ahead)
{
    static const char *const words[] = {"COPY", "DEFAULT", "EXCLUSIVE", "SHARED"};
    weir__words_step(&ahead);
    weir__words_take(&ahead, "=");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (weir__words_at(&ahead, words[i]))
            return true;
    return false;
}

/* Does it say ALGORITHM or LOCK outside of parentheses? */
static void find_algorithm(weir__step *step, weir__words ahead)
{
    while (!weir__words_end(&ahead)) {
        if (weir__words_at(&ahead, "(")) {
            weir__words_group(&ahead);
            continue;
        }
        if (weir__words_at(&ahead, "ALGORITHM") || weir__words_at(&ahead, "LOCK")) {
            step->says_algorithm = true;
            step->blocks |= says_blocking(ahead);
        }
        weir__words_step(&ahead);
    }
}

/* [ONLINE] [UNIQUE ..] INDEX [IF ..] name [USING x] ON table .. */
static bool read_index(const reading *r, weir__online online)
{
    weir__words *w = r->w;
    for (; !weir__words_end(w) && !weir__words_at(w, "ON"); weir__words_step(w))
        r->step->blocks |= weir__words_at(w, "PRIMARY") || weir__words_at(w, "`PRIMARY`");
    if (!weir__words_take(w, "ON"))
        return refuse(r, "it does not say ON which table");
    r->step->online = online;
    if (!read_object(r, WEIR__OBJECT_TABLE))
        return false;
    find_algorithm(r->step, *w);
    r->step->clause_at = (uint32_t)r->step->sql.size;
    return true;
}

/* .. ON SCHEDULE AT .. */
static bool runs_once(weir__words ahead)
{
    for (; !weir__words_end(&ahead); weir__words_step(&ahead))
        if (weir__words_take(&ahead, "SCHEDULE"))
            return weir__words_at(&ahead, "AT");
    return false;
}

static bool read_create(const reading *r)
{
    weir__words *w = r->w;
    weir__object_kind kind;
    bool replaces = weir__words_at(w, "OR");
    if (replaces) {
        weir__words_step(w);
        weir__words_take(w, "REPLACE");
    }
    if (weir__words_at(w, "TEMPORARY"))
        return refuse(r, "a temporary table is gone when the migration is resumed on another connection: use a plain "
                         "table, and drop it");
    if (weir__words_at(w, "DATABASE") || weir__words_at(w, "SCHEMA"))
        return refuse(r, "the schema of each shard is what weir.yaml says; an administrator makes it");
    weir__words_take(w, "ONLINE");
    weir__words_take(w, "OFFLINE");
    if (is_index_word(w)) {
        if (replaces)
            *r->undecided = "CREATE OR REPLACE INDEX may leave the table as it was";
        return read_index(r, WEIR__ONLINE_CREATE_INDEX);
    }
    skip_attributes(w);
    if (!take_kind(w, &kind))
        return unknown(r, "weir does not know what it creates");
    if (kind == WEIR__OBJECT_EVENT && runs_once(*w))
        *r->undecided = "an event that runs AT a time is gone after it, and would be made once more";
    if (replaces && kind == WEIR__OBJECT_TABLE)
        *r->undecided = "CREATE OR REPLACE TABLE run twice would also drop the rows that were written in between";
    take_if_exists(w);
    return read_object(r, kind);
}

static bool read_drop(const reading *r)
{
    weir__words *w = r->w;
    weir__object_kind kind;
    if (weir__words_at(w, "TEMPORARY"))
        return refuse(r, "temporary tables cannot be used across the statements of a migration");
    if (weir__words_at(w, "PREPARE"))
        return refuse(r, "prepared statements are gone when the migration is resumed on another connection");
    if (weir__words_at(w, "DATABASE") || weir__words_at(w, "SCHEMA"))
        return refuse(r, "a migration does not drop the schema it runs in");
    weir__words_take(w, "ONLINE");
    weir__words_take(w, "OFFLINE");
    if (weir__words_at(w, "INDEX"))
        return read_index(
            r,
            WEIR__ONLINE_NO); /* only that of the primary key copies the table; MariaDB's DROP INDEX takes no ALGORITHM */
    if (weir__words_at(w, "TABLES"))
        return refuse(r, "write DROP TABLE");
    if (!take_kind(w, &kind))
        return unknown(r, "weir does not know what it drops");
    take_if_exists(w);
    if (!read_object(r, kind))
        return false;
    if (weir__words_at(w, ","))
        *r->undecided = "a crash can leave a DROP of several half done: make a statement of each";
    return true;
}

/* a TO b [, c TO d] */
static bool read_rename(const reading *r)
{
    weir__words *w = r->w;
    if (!weir__words_take(w, "TABLE") && !weir__words_take(w, "TABLES"))
        return unknown(r, "of RENAME weir knows RENAME TABLE only");
    take_if_exists(w);
    r->step->renames = true;
    do {
        if (!read_object(r, WEIR__OBJECT_TABLE))
            return false;
        while (weir__words_at(w, "WAIT") || weir__words_at(w, "NOWAIT") || w->token.id == WEIR__TK_INTEGER_NUMBER)
            weir__words_step(w);
        if (!weir__words_take(w, "TO"))
            return refuse(r, "TO is missing");
        if (!read_object(r, WEIR__OBJECT_TABLE))
            return false;
    } while (weir__words_take(w, ","));
    return true;
}

/* The part of an ALTER TABLE at hand: does SHOW CREATE show it? */
static bool is_invisible(const weir__words *w)
{
    static const char *const unseen[] = {"FORCE",          "ORDER",    "ENABLE",    "DISABLE",  "DISCARD", "IMPORT",
                                         "AUTO_INCREMENT", "ANALYZE",  "CHECK",     "OPTIMIZE", "REBUILD", "REPAIR",
                                         "TRUNCATE",       "EXCHANGE", "ALGORITHM", "LOCK",     "WAIT",    "NOWAIT"};
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (weir__words_at(w, unseen[i]))
            return true;
    return false;
}

/* PARTITION BY .. */
static bool begins_partitioning(weir__words ahead)
{
    return weir__words_take(&ahead, "PARTITION") && weir__words_at(&ahead, "BY");
}

/* A part that is about partitions: it stands alone, and the server cannot be asked for an algorithm. Does it move rows? */
static bool is_of_partitions(weir__words ahead, bool *moves)
{
    static const char *const moving[] = {"REORGANIZE", "COALESCE", "REMOVE", "REBUILD"};
    *moves = begins_partitioning(ahead);
    if (*moves)
        return true;
    if (weir__words_take(&ahead, "CONVERT")) { /* CONVERT TO CHARACTER SET is no such thing */
        *moves = weir__words_at(&ahead, "PARTITION") || weir__words_at(&ahead, "TABLE");
        return *moves;
    }
    if (weir__words_take(&ahead, "DROP"))
        return weir__words_at(&ahead, "PARTITION");
    if (weir__words_take(&ahead, "ADD")) {
        if (!weir__words_take(&ahead, "PARTITION"))
            return false;
        for (*moves = true; !weir__words_end(&ahead); weir__words_step(&ahead))
            if (weir__words_at(&ahead, "VALUES"))
                *moves = false;
        return true;
    }
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++)
        *moves |= weir__words_at(&ahead, moving[i]);
    return *moves;
}

/* One part of ALTER TABLE, up to its comma. */
static bool read_part(const reading *r)
{
    weir__words *w = r->w;
    if (weir__words_at(w, "ALGORITHM") || weir__words_at(w, "LOCK")) {
        r->step->says_algorithm = true;
        r->step->blocks |= says_blocking(*w);
    }
    bool moves;
    if (is_of_partitions(*w, &moves))
        r->step->online = WEIR__ONLINE_NO;
    r->step->blocks |= moves;
    if (weir__words_take(w, "RENAME") && !weir__words_at(w, "COLUMN") && !weir__words_at(w, "INDEX") &&
        !weir__words_at(w, "KEY")) {
        if (!weir__words_take(w, "TO"))
            weir__words_take(w, "AS");
        if (!read_object(r, WEIR__OBJECT_TABLE))
            return false;
    }
    while (!weir__words_end(w) && !weir__words_at(w, ",")) {
        if (begins_partitioning(*w)) { /* ADD COLUMN .. PARTITION BY .. */
            r->step->online = WEIR__ONLINE_NO;
            r->step->blocks = true;
        }
        if (weir__words_at(w, "("))
            weir__words_group(w);
        else
            weir__words_step(w);
    }
    return true;
}

/* At DROP or ADD: the column that it is about; size 0: none. */
static weir_str column_of(weir__words ahead, const char *verb)
{
    static const char *const others[] = {"INDEX", "KEY",        "PRIMARY",   "UNIQUE", "FULLTEXT", "SPATIAL", "FOREIGN",
                                         "CHECK", "CONSTRAINT", "PARTITION", "PERIOD", "SYSTEM",   "VECTOR",  "("};
    weir_str schema, name = {NULL, 0};
    if (!weir__words_take(&ahead, verb))
        return name;
    weir__words_take(&ahead, "COLUMN");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (weir__words_at(&ahead, others[i]))
            return name;
    take_if_exists(&ahead);
    return weir__words_name(&ahead, &schema, &name) ? name : (weir_str){NULL, 0};
}

/* Behind the next comma outside of parentheses. False: there is none. */
static bool next_part(weir__words *w)
{
    while (!weir__words_end(w) && !weir__words_at(w, ",")) {
        if (weir__words_at(w, "("))
            weir__words_group(w);
        else
            weir__words_step(w);
    }
    return weir__words_take(w, ",");
}

/* Does it drop a column and add one of the same name? */
static bool empties_column(weir__words ahead)
{
    do {
        weir_str dropped = column_of(ahead, "DROP");
        weir__words other = ahead;
        while (dropped.size && next_part(&other)) {
            weir_str added = column_of(other, "ADD");
            if (added.size == dropped.size && strncasecmp(added.data, dropped.data, added.size) == 0)
                return true;
        }
    } while (next_part(&ahead));
    return false;
}

static bool read_alter_table(const reading *r)
{
    weir__words *w = r->w;
    take_if_exists(w);
    if (!read_object(r, WEIR__OBJECT_TABLE))
        return false;
    if (weir__words_take(w, "WAIT"))
        weir__words_step(w);
    weir__words_take(w, "NOWAIT");
    r->step->online = WEIR__ONLINE_ALTER;
    r->step->clause_at = w->token.start;
    if (weir__words_end(w))
        return refuse(r, "it does not say what to change");
    bool visible = false, emptied = empties_column(*w);
    do {
        visible |= !is_invisible(w);
        if (!read_part(r))
            return false;
    } while (weir__words_take(w, ","));
    if (!visible)
        *r->undecided = "SHOW CREATE TABLE is the same before and after it";
    else if (emptied)
        *r->undecided = "a column that is dropped and added again may look as before, and what was written in between "
                        "would be lost";
    return true;
}

static bool read_alter(const reading *r)
{
    weir__words *w = r->w;
    weir__object_kind kind;
    weir__words_take(w, "ONLINE");
    weir__words_take(w, "IGNORE");
    if (weir__words_at(w, "DATABASE") || weir__words_at(w, "SCHEMA"))
        return refuse(r, "the schema of each shard is an administrator's");
    if (weir__words_at(w, "SEQUENCE"))
        *r->undecided = "where a sequence stands is not seen in SHOW CREATE";
    if (weir__words_take(w, "TABLE"))
        return read_alter_table(r);
    skip_attributes(w);
    if (!take_kind(w, &kind))
        return unknown(r, "weir does not know what it alters");
    take_if_exists(w);
    return read_object(r, kind);
}

bool weir__definition_read(weir__step *step, weir__words *w, weir_str first, weir__undecided *undecided, char *why,
                           size_t room)
{
    const reading r = {step, w, undecided, why, room};
    if (weir__str_is_nocase(first, "CREATE"))
        return read_create(&r);
    if (weir__str_is_nocase(first, "DROP"))
        return read_drop(&r);
    if (weir__str_is_nocase(first, "RENAME"))
        return read_rename(&r);
    return read_alter(&r);
}
