/* lint_sarif.c - problems as SARIF 2.1.0, which code hosts and editors show beside the code. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "base/str.h"
#include "tools/lint.h"
#include "tools/sql_text.h"
#include "weir.h"

/* A path as a reference of RFC 3986. */
static void add_uri(const char *path, weir__buf *out)
{
    if (path[0] == '/')
        weir__buf_adds(out, "file://");
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    for (; *path; path++)
        if (isalnum((unsigned char)*path) || strchr("/._-~", *path))
            weir__buf_addc(out, *path);
        else
            weir__buf_addf(out, "%%%02X", (unsigned char)*path);
}

void lint_sarif_begin(weir__buf *out)
{
    weir__buf_adds(out,
                   "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{"
                   "\"tool\":{\"driver\":{\"name\":\"weir lint\",\"semanticVersion\":");
    sql_json_message(out, weir__view(weir_version()));
    weir__buf_adds(out, ",\"rules\":[");
    for (int i = 0; i < LINT_RULES; i++) {
        weir__buf_adds(out, i ? ",{\"id\":" : "{\"id\":");
        sql_json_message(out, weir__view(lint_rule_name((lint_rule)i)));
        weir__buf_adds(out, ",\"shortDescription\":{\"text\":");
        sql_json_message(out, weir__view(lint_rule_about((lint_rule)i)));
        weir__buf_addf(out, "},\"defaultConfiguration\":{\"level\":\"%s\"}}",
                       lint_level_name(lint_rule_level((lint_rule)i)));
    }
    weir__buf_adds(out, "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[");
}

void lint_sarif_statement(const lint_statement *s, bool *first, weir__buf *out)
{
    for (size_t i = 0; i < s->problem_count; i++) {
        const lint_problem *p = &s->problems[i];
        unsigned line, column;
        lint_place(s, p->at, &line, &column);
        weir__buf_adds(out, *first ? "\n" : ",\n");
        *first = false;
        weir__buf_addf(out, "{\"ruleId\":\"%s\",\"ruleIndex\":%d,\"level\":\"%s\",\"message\":{\"text\":",
                       lint_rule_name(p->rule), (int)p->rule, lint_level_name(p->level));
        sql_json_message(out, weir__view(p->text));
        weir__buf_adds(out, "},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"");
        add_uri(s->path, out);
        weir__buf_addf(out, "\"},\"region\":{\"startLine\":%u,\"startColumn\":%u}}}]}", line, column);
    }
}

void lint_sarif_end(weir__buf *out)
{
    weir__buf_adds(out, "]}]}\n");
}
