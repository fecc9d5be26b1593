#!/usr/bin/env bash
# banned.sh - functions that nobody calls: memory goes through base/mem.h, texts through base/buf.h. SPDX-License-Identifier: Apache-2.0
# Usage: banned.sh <source root>
set -euo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname "$0")/common.sh"

banned='malloc|calloc|realloc|free|strdup|strndup|strcpy|strcat|strncpy|strncat|sprintf|vsprintf|atoi|atol|atof|strtok|strtol|localtime|gmtime|rand|srand|time|gets|alloca|abort'

lint() {
    local file count=0
    while read -r file; do
        count=$((count + 1))
        if [ "$file" = base/mem.c ]; then continue; fi
        # A member of that name is another function: vt->free(..), clock.time(..).
        strip_c "$1/$file" | grep -nE "(^|[^_[:alnum:].>])($banned)[[:space:]]*\\(" | sed -E "s#^([0-9]+):.*[^_[:alnum:].>]?\\b($banned)[[:space:]]*\\(.*#$file:\\1: \\2() is banned#" || true
    done < <(sources "$1" '(base|drivers|examples|include|router|schema|tools)/.*\.(c|h|re|y)')
    echo "looked $count"
}

lint_main "$1" \
    'base/bad.c|void *f(void) { return malloc(1); }|base/bad.c:1: malloc() is banned' \
    'tools/bad.c|/* free(p) */ char *s = "free(p)";\nvoid f(char *p) { free (p); }|tools/bad.c:2: free() is banned' \
    'router/bad.y|x ::= y. { sprintf(a, b); }|sprintf() is banned' \
    'schema/bad.h|static inline long f(const char *s) { return strtol(s, 0, 10); }|strtol() is banned'
