/* mysql_columns.c - the columns of an answer as weir_column, and where prepared values land.
 * SPDX-License-Identifier: Apache-2.0 The library's own field table is the owner of the names: they
 * live until weir__mysql_answer_free. */
#include "drivers/mysql_impl.h"

enum { BINARY_CHARSET = 63 };

static weir_type type_of(const MYSQL_FIELD *field)
{
    switch (field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
        return field->flags & UNSIGNED_FLAG ? WEIR_T_UINT : WEIR_T_INT;
    case MYSQL_TYPE_YEAR:
        return WEIR_T_UINT;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        return WEIR_T_DOUBLE;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return WEIR_T_DECIMAL;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
        return WEIR_T_DATE;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        return WEIR_T_DATETIME;
    case MYSQL_TYPE_TIME:
        return WEIR_T_TIME;
    case MYSQL_TYPE_NULL:
        return WEIR_T_NULL;
    case MYSQL_TYPE_BIT:
    case MYSQL_TYPE_GEOMETRY:
        return WEIR_T_BYTES;
    case MYSQL_TYPE_JSON:
        return WEIR_T_JSON;
    default:
        return field->charsetnr == BINARY_CHARSET ? WEIR_T_BYTES : WEIR_T_TEXT;
    }
}

static bool room_for(weir__mysql_conn *c, uint32_t count, bool prepared)
{
    const weir__mem *mem = &c->base.env->mem;
    if (count > c->room) {
        weir__free(mem, c->columns);
        for (uint32_t i = 0; c->slots && i < c->room; i++)
            weir__free(mem, c->slots[i].large);
        weir__free(mem, c->slots);
        weir__free(mem, c->binds);
        c->slots = NULL;
        c->binds = NULL;
        c->room = 0;
        c->columns = weir__array(mem, count, sizeof *c->columns);
        if (!c->columns)
            return false;
        c->room = count;
    }
    if (prepared && !c->slots) {
        c->slots = weir__array(mem, c->room, sizeof *c->slots);
        c->binds = weir__array(mem, c->room, sizeof *c->binds);
        if (!c->slots || !c->binds) {
            weir__free(mem, c->slots);
            weir__free(mem, c->binds);
            c->slots = NULL;
            c->binds = NULL;
            return false;
        }
    }
    return true;
}

/* Integers are fetched as such. All else comes as text: the library has the server's own routines for what is printed in a way of its own
 * (doubles, FLOAT's six digits, ZEROFILL, times), so that both protocols give the same bytes. */
static void bind_column(MYSQL_BIND *bind, weir__mysql_slot *slot, const MYSQL_FIELD *field, weir_type type)
{
    memset(bind, 0, sizeof *bind);
    bind->length = &slot->size;
    bind->is_null = (void *)&slot->is_null;
    bind->error = (void *)&slot->cut;
    bool integer = (type == WEIR_T_INT || type == WEIR_T_UINT) && field->type != MYSQL_TYPE_YEAR &&
                   !(field->flags & ZEROFILL_FLAG);
    if (integer) {
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->is_unsigned = type == WEIR_T_UINT;
        bind->buffer = &slot->in;
        bind->buffer_length = sizeof slot->in.i;
        return;
    }
    bind->buffer_type = MYSQL_TYPE_STRING;
    bind->buffer = slot->large ? slot->large : slot->in.small;
    bind->buffer_length = slot->large ? slot->large_room : sizeof slot->in.small;
}

weir_status weir__mysql_describe(weir__mysql_conn *c, bool prepared, weir_error *error)
{
    uint32_t count = mysql_num_fields(c->result);
    const MYSQL_FIELD *fields = mysql_fetch_fields(c->result);
    if (!room_for(c, count, prepared))
        return weir__fail_nomem(error);
    c->column_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const MYSQL_FIELD *field = &fields[i];
        weir_column *column = &c->columns[i];
        column->name = (weir_str){field->name, field->name_length};
        column->table = (weir_str){field->table ? field->table : "", field->table ? field->table_length : 0};
        column->type = type_of(field);
        column->decimals = field->decimals;
        column->nullable = !(field->flags & NOT_NULL_FLAG);
        column->is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
        column->binary = column->type == WEIR_T_BYTES;
        if (prepared)
            bind_column(&c->binds[i], &c->slots[i], field, column->type);
    }
    return WEIR_OK;
}
