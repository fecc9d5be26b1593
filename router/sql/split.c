/* split.c - cuts a stream of bytes into statements: a state machine over bytes. SPDX-License-Identifier: Apache-2.0 */
#include "router/sql/split.h"

#include "base/str.h"

enum { NOT_THE_WORD = 255, KEPT_BYTES = 1024 * 1024 };

static const char the_word[] = "delimiter";

static void set_delimiter(weir__split *split, const char *text, size_t size)
{
    memcpy(split->delimiter, text, size);
    split->delimiter[size] = '\0';
    split->size = (uint8_t)size;
    /* fallback[i]: the longest proper prefix of the delimiter that ends its first i + 1 bytes */
    split->fallback[0] = 0;
    for (size_t i = 1; i < size; i++) {
        uint8_t k = split->fallback[i - 1];
        while (k && text[k] != text[i])
            k = split->fallback[k - 1];
        split->fallback[i] = (uint8_t)(k + (text[k] == text[i]));
    }
}

void weir__split_init(weir__split *split, const weir__mem *mem, size_t limit)
{
    *split = (weir__split){.limit = limit};
    weir__buf_init(&split->text, mem, limit + WEIR__SPLIT_MAX_DELIMITER + 1);
    set_delimiter(split, ";", 1);
}

void weir__split_deinit(weir__split *split)
{
    weir__buf_deinit(&split->text);
}

void weir__split_reset(weir__split *split)
{
    if (split->text.room > KEPT_BYTES)
        weir__buf_deinit(&split->text);
    weir__buf_reset(&split->text);
    split->state = WEIR__SPLIT_IN_CODE;
    split->versioned = split->begun = split->given = false;
    split->tokens = 0;
    split->word = split->matched = 0;
    split->argument_size = 0;
    split->argument_ended = split->argument_bad = false;
}

bool weir__split_pending(const weir__split *split)
{
    return split->begun && !split->given && (split->tokens || split->state != WEIR__SPLIT_IN_CODE);
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_control(unsigned char c)
{
    return c < ' ' || c == 127;
}

/* What looked like size bytes of SQL was the opening of a comment. */
static void was_comment(weir__split *split, weir__split_state state, uint64_t size)
{
    split->state = state;
    split->tokens -= size;
    split->matched = 0;
    if (!split->tokens)
        split->word = 0;
}

/* Follows the statement's first word. True: it is DELIMITER, and c the blank behind it. */
static bool follow_word(weir__split *split, unsigned char c)
{
    if (split->word == NOT_THE_WORD)
        return false;
    if (split->word == sizeof the_word - 1 && is_blank(c))
        return true;
    if (split->word < sizeof the_word - 1 && (c | 0x20) == (unsigned char)the_word[split->word])
        split->word++;
    else if (split->word || !is_blank(c))
        split->word = NOT_THE_WORD;
    return false;
}

static void versioned_begins(weir__split *split)
{
    split->versioned = true;
    split->tokens++;
    split->word = NOT_THE_WORD;
    split->state = WEIR__SPLIT_IN_CODE;
}

static bool delimiter_line(weir__split *split, unsigned char c)
{
    static const char excluded[] = "'\"`\\#*-"; /* what begins or ends strings and comments */
    if (c == '\n')
        return true;
    if (is_blank(c)) {
        split->argument_ended = split->argument_size > 0;
        return false;
    }
    if (split->argument_ended || split->argument_size == WEIR__SPLIT_MAX_DELIMITER || c <= ' ' || c > '~' ||
        strchr(excluded, c))
        split->argument_bad = true;
    else
        split->argument[split->argument_size++] = (char)c;
    return false;
}

/* A byte outside strings and comments. True: the statement, or the DELIMITER line, ends with it. */
static bool code(weir__split *split, unsigned char c)
{
    if (follow_word(split, c)) {
        split->state = WEIR__SPLIT_IN_DELIMITER_LINE;
        return delimiter_line(split, c);
    }
    while (split->matched && (unsigned char)split->delimiter[split->matched] != c)
        split->matched = split->fallback[split->matched - 1];
    if ((unsigned char)split->delimiter[split->matched] == c)
        split->matched++;
    if (!is_blank(c) && c != '#')
        split->tokens++;
    if (split->matched == split->size) {
        split->matched = 0;
        if (!split->versioned) {
            split->tokens -= split->size;
            return true;
        }
    }
    switch (c) {
    case '\'':
    case '"':
    case '`':
        split->quote = (char)c;
        split->state = WEIR__SPLIT_IN_QUOTES;
        break;
    case '#':
        was_comment(split, WEIR__SPLIT_IN_LINE_COMMENT, 0);
        break;
    case '-':
        split->state = WEIR__SPLIT_AT_DASH;
        break;
    case '/':
        split->state = WEIR__SPLIT_AT_SLASH;
        break;
    case '*':
        if (split->versioned)
            split->state = WEIR__SPLIT_AT_STAR;
        break;
    default:
        break;
    }
    return false;
}

/* The byte after the two that open a comment. */
static void opened(weir__split *split, unsigned char c)
{
    if (c == '!')
        versioned_begins(split);
    else if (c == '*')
        split->state = WEIR__SPLIT_IN_COMMENT_STAR;
    else
        split->state = c == 'M' && split->state == WEIR__SPLIT_OPENED ? WEIR__SPLIT_OPENED_M : WEIR__SPLIT_IN_COMMENT;
}

static bool after_dashes(weir__split *split, unsigned char c)
{
    if (is_blank(c) || is_control(c)) {
        was_comment(split, c == '\n' ? WEIR__SPLIT_IN_CODE : WEIR__SPLIT_IN_LINE_COMMENT, 2);
        return false;
    }
    if (c == '-') { /* the last two decide */
        split->tokens++;
        return false;
    }
    split->state = WEIR__SPLIT_IN_CODE;
    return code(split, c);
}

static void inside_quotes(weir__split *split, unsigned char c)
{
    if (c == '\\' && split->quote != '`' && !split->plain_backslash)
        split->state = WEIR__SPLIT_IN_QUOTES_ESCAPED;
    else if (c == (unsigned char)split->quote)
        split->state = WEIR__SPLIT_IN_CODE;
}

/* After a dash, slash or star that may be the first byte of two. */
static bool second(weir__split *split, unsigned char c)
{
    weir__split_state first = split->state;
    split->state = WEIR__SPLIT_IN_CODE;
    if (first == WEIR__SPLIT_AT_DASH && c == '-') {
        split->tokens++;
        split->state = WEIR__SPLIT_AT_DASHES;
    } else if (first == WEIR__SPLIT_AT_SLASH && c == '*') {
        was_comment(split, WEIR__SPLIT_OPENED, 1);
    } else if (first == WEIR__SPLIT_AT_STAR && c == '/') {
        split->tokens++;
        split->versioned = false;
        split->matched = 0;
    } else {
        return code(split, c);
    }
    return false;
}

/* True: the statement, or the DELIMITER line, ends with this byte. */
static bool step(weir__split *split, unsigned char c)
{
    switch (split->state) {
    case WEIR__SPLIT_IN_CODE:
        return code(split, c);
    case WEIR__SPLIT_AT_DASH:
    case WEIR__SPLIT_AT_SLASH:
    case WEIR__SPLIT_AT_STAR:
        return second(split, c);
    case WEIR__SPLIT_AT_DASHES:
        return after_dashes(split, c);
    case WEIR__SPLIT_OPENED:
    case WEIR__SPLIT_OPENED_M:
        opened(split, c);
        break;
    case WEIR__SPLIT_IN_COMMENT:
        if (c == '*')
            split->state = WEIR__SPLIT_IN_COMMENT_STAR;
        break;
    case WEIR__SPLIT_IN_COMMENT_STAR:
        if (c != '*')
            split->state = c == '/' ? WEIR__SPLIT_IN_CODE : WEIR__SPLIT_IN_COMMENT;
        break;
    case WEIR__SPLIT_IN_LINE_COMMENT:
        if (c == '\n')
            split->state = WEIR__SPLIT_IN_CODE;
        break;
    case WEIR__SPLIT_IN_QUOTES:
        inside_quotes(split, c);
        break;
    case WEIR__SPLIT_IN_QUOTES_ESCAPED:
        split->state = WEIR__SPLIT_IN_QUOTES;
        break;
    case WEIR__SPLIT_IN_DELIMITER_LINE:
        return delimiter_line(split, c);
    }
    return false;
}

static weir__split_event take_delimiter(weir__split *split)
{
    bool good = split->argument_size && !split->argument_bad;
    if (good)
        set_delimiter(split, split->argument, split->argument_size);
    weir__split_reset(split);
    return good ? WEIR__SPLIT_MORE : WEIR__SPLIT_DELIMITER;
}

/* What has ended: a statement whose last drop bytes are its delimiter. MORE: nothing but blanks and comments. */
static weir__split_event ended(weir__split *split, size_t drop, weir_str *statement)
{
    weir__buf *text = &split->text;
    if (!split->tokens) {
        weir__split_reset(split);
        return WEIR__SPLIT_MORE;
    }
    split->given = true;
    if (text->failed == WEIR_NOMEM)
        return WEIR__SPLIT_NOMEM;
    if (text->failed || text->size - drop > split->limit)
        return WEIR__SPLIT_TOO_LONG;
    *statement = (weir_str){text->data, text->size - drop};
    return WEIR__SPLIT_STATEMENT;
}

weir__split_event weir__split_feed(weir__split *split, weir_str *input, weir_str *statement)
{
    const char *at = input->data, *end = at + input->size;
    weir__split_event event = WEIR__SPLIT_MORE;
    if (split->given)
        weir__split_reset(split);
    while (at < end && event == WEIR__SPLIT_MORE) {
        if (!split->begun && is_blank((unsigned char)*at)) {
            at++;
            continue;
        }
        split->begun = true;
        const char *from = at;
        bool over = false;
        while (at < end && !over)
            over = step(split, (unsigned char)*at++);
        weir__buf_add(&split->text, from, (size_t)(at - from));
        if (over)
            event = split->state == WEIR__SPLIT_IN_DELIMITER_LINE ? take_delimiter(split)
                                                                  : ended(split, split->size, statement);
    }
    *input = weir__slice(at, end);
    return event;
}

weir__split_event weir__split_end(weir__split *split, weir_str *statement)
{
    if (split->given)
        weir__split_reset(split);
    if (!split->begun)
        return WEIR__SPLIT_MORE;
    if (split->state == WEIR__SPLIT_IN_DELIMITER_LINE)
        return take_delimiter(split);
    if (split->state == WEIR__SPLIT_AT_DASHES)
        was_comment(split, WEIR__SPLIT_IN_CODE, 2);
    if (split->state == WEIR__SPLIT_OPENED || split->state == WEIR__SPLIT_OPENED_M ||
        split->state == WEIR__SPLIT_IN_COMMENT || split->state == WEIR__SPLIT_IN_COMMENT_STAR)
        split->tokens++; /* it may hide statements: not to be passed over in silence */
    return ended(split, 0, statement);
}
