/* mysql_columns.c - the columns of an answer as weir_column, and where prepared values land. SPDX-License-Identifier: Apache-2.0
 * The library's own field table is the owner of the names of text rows: they live until weir__mysql_answer_free. A prepared statement has
 * its own copy (the library's are those of its preparing, whatever became of the table since). */
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

static void describe(const MYSQL_FIELD *field, weir_column *column)
{
    column->name = (weir_str){field->name, field->name_length};
    column->table = (weir_str){field->table ? field->table : "", field->table ? field->table_length : 0};
    column->type = type_of(field);
    column->decimals = field->decimals;
    column->nullable = !(field->flags & NOT_NULL_FLAG);
    column->is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
    column->binary = column->type == WEIR_T_BYTES;
}

weir_status weir__mysql_describe(weir__mysql_conn *c, weir_error *error)
{
    uint32_t count = mysql_num_fields(c->result);
    const MYSQL_FIELD *fields = mysql_fetch_fields(c->result);
    if (count > c->room) {
        weir_column *columns = weir__array(&c->base.env->mem, count, sizeof *columns);
        if (!columns)
            return weir__fail_nomem(error);
        weir__free(&c->base.env->mem, c->columns);
        c->columns = columns;
        c->room = count;
    }
    c->column_count = count;
    for (uint32_t i = 0; i < count; i++)
        describe(&fields[i], &c->columns[i]);
    return WEIR_OK;
}

/* ---- prepared statements ---- */

/* Integers are fetched as such. All else comes as text: the library has the server's own routines for what is printed in a way of its own
 * (doubles, FLOAT's six digits, ZEROFILL, times), so that both protocols give the same bytes. */
static weir__mysql_shape shape_of(const MYSQL_FIELD *field, weir_type type)
{
    weir__mysql_shape shape = {.type = field->type,
                               .flags = field->flags,
                               .decimals = field->decimals,
                               .charset = field->charsetnr,
                               .integer = (type == WEIR_T_INT || type == WEIR_T_UINT) &&
                                          field->type != MYSQL_TYPE_YEAR && !(field->flags & ZEROFILL_FLAG)};
    return shape;
}

static weir_str copy_name(char **names, weir_str name)
{
    weir_str copy = {*names, name.size};
    if (name.size)
        memcpy(*names, name.data, name.size);
    (*names)[name.size] = '\0';
    *names += name.size + 1;
    return copy;
}

bool weir__mysql_head_make(weir__mysql_conn *c, weir__mysql_head *head)
{
    uint32_t count = c->mysql->field_count;
    const MYSQL_FIELD *fields = c->mysql->fields;
    size_t bytes = sizeof *head->shared + count * (sizeof *head->columns + sizeof *head->shapes);
    for (uint32_t i = 0; i < count; i++)
        bytes += fields[i].name_length + 1 + (fields[i].table ? fields[i].table_length : 0) + 1;
    head->shared = weir__alloc(&c->base.env->mem, bytes);
    if (!head->shared)
        return false;
    atomic_init(&head->shared->references, 1);
    head->shared->mem = &c->base.env->mem;
    head->columns = head->shared->of;
    head->shapes = (weir__mysql_shape *)(head->columns + count);
    head->count = count;
    head->bytes = bytes;
    char *names = (char *)(head->shapes + count);
    for (uint32_t i = 0; i < count; i++) {
        weir_column *column = &head->columns[i];
        describe(&fields[i], column);
        head->shapes[i] = shape_of(&fields[i], column->type);
        column->name = copy_name(&names, column->name);
        column->table = copy_name(&names, column->table);
    }
    return true;
}

static bool same_name(weir_str name, const char *data, size_t size)
{
    return name.size == (data ? size : 0) && (name.size == 0 || memcmp(name.data, data, name.size) == 0);
}

bool weir__mysql_head_same(const weir__mysql_conn *c, const weir__mysql_head *head)
{
    if (c->mysql->field_count != head->count)
        return false;
    for (uint32_t i = 0; i < head->count; i++) {
        const MYSQL_FIELD *field = &c->mysql->fields[i];
        const weir__mysql_shape *shape = &head->shapes[i];
        if (shape->type != (uint32_t)field->type || shape->flags != field->flags ||
            shape->decimals != field->decimals || shape->charset != field->charsetnr ||
            !same_name(head->columns[i].name, field->name, field->name_length) ||
            !same_name(head->columns[i].table, field->table, field->table_length))
            return false;
    }
    return true;
}

void weir__mysql_slots_free(weir__mysql_conn *c)
{
    const weir__mem *mem = &c->base.env->mem;
    for (uint32_t i = 0; i < c->slot_room; i++)
        weir__free(mem, c->slots[i].large);
    weir__free(mem, c->slots);
    weir__free(mem, c->binds);
    c->slots = NULL;
    c->binds = NULL;
    c->slot_room = 0;
}

bool weir__mysql_slots(weir__mysql_conn *c, uint32_t count)
{
    if (count <= c->slot_room)
        return true;
    weir__mysql_slots_free(c);
    c->slots = weir__array(&c->base.env->mem, count, sizeof *c->slots);
    c->binds = weir__array(&c->base.env->mem, count, sizeof *c->binds);
    c->slot_generation++;
    if (c->slots && c->binds)
        c->slot_room = count;
    else
        weir__mysql_slots_free(c);
    return c->slot_room != 0;
}
