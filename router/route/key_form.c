/* key_form.c - from a column of the servers to the form of its keys. SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "router/route/routing_impl.h"

static uint8_t integer_bytes(weir__type type)
{
    switch (type) {
    case WEIR__TYPE_TINYINT:
        return 1;
    case WEIR__TYPE_SMALLINT:
        return 2;
    case WEIR__TYPE_MEDIUMINT:
        return 3;
    case WEIR__TYPE_INT:
        return 4;
    default:
        return 8;
    }
}

/* A text whose collation calls different bytes equal is a key only where the rule folds what it does. */
static void text_form(const weir__column *column, bool fold, weir__key_form *form)
{
    form->kind = column->type.type == WEIR__TYPE_CHAR ? WEIR__FORM_CHAR : WEIR__FORM_VARCHAR;
    form->length = (uint32_t)column->characters;
    form->ascii = strcmp(column->charset, "ascii") == 0;
    form->exact = weir__collation_is_exact(column->collation);
    form->fold = fold;
    form->collation = weir__view(column->collation);
    bool charset = form->ascii || strcmp(column->charset, "utf8mb4") == 0;
    if (!charset || !(fold ? weir__collation_folds(column->collation) : form->exact))
        form->kind = WEIR__FORM_UNFIT;
}

void weir__key_form_of(const weir__column *column, bool fold, weir__key_form *form)
{
    const weir__column_type *type = &column->type;
    *form = (weir__key_form){.nullable = column->nullable, .is_unsigned = type->is_unsigned};
    switch (weir__column_key_type(column)) {
    case WEIR__KEY_TYPE_NONE:
        break;
    case WEIR__KEY_TYPE_INTEGER:
        form->kind = WEIR__FORM_INTEGER;
        form->bytes = integer_bytes(type->type);
        break;
    case WEIR__KEY_TYPE_TEXT:
        text_form(column, fold, form);
        break;
    case WEIR__KEY_TYPE_BYTES:
        form->kind = type->type == WEIR__TYPE_BINARY ? WEIR__FORM_BINARY : WEIR__FORM_VARBINARY;
        form->length = (uint32_t)column->octets;
        break;
    case WEIR__KEY_TYPE_DATE:
        form->kind = WEIR__FORM_DATE;
        break;
    case WEIR__KEY_TYPE_DATETIME:
        form->kind = WEIR__FORM_DATETIME;
        form->scale = (uint8_t)type->scale;
        break;
    case WEIR__KEY_TYPE_DECIMAL:
        form->kind = WEIR__FORM_DECIMAL;
        form->length = type->precision;
        form->scale = (uint8_t)type->scale;
        break;
    case WEIR__KEY_TYPE_UUID:
        form->kind = WEIR__FORM_UUID;
        break;
    case WEIR__KEY_TYPE_ENUM:
        form->kind = WEIR__FORM_ENUM;
        form->collation = weir__view(column->collation);
        form->labels = type->labels;
        form->label_count = type->label_count;
        break;
    }
    if (fold && form->kind != WEIR__FORM_CHAR && form->kind != WEIR__FORM_VARCHAR)
        form->kind = WEIR__FORM_UNFIT;
}
