#!/usr/bin/env bash
# layers.sh - who may include whom: tools -> router -> schema -> drivers -> base -> include. SPDX-License-Identifier: Apache-2.0
# Usage: layers.sh <source root>
set -euo pipefail
# shellcheck source=tests/lint/common.sh
. "$(dirname "$0")/common.sh"

# One awk over all files; a line is "<file>:<line>:<include>". What drivers/*.c share about a client library stands in their
# private drivers/*_impl.h.
lint() {
    local files
    mapfile -t files < <(sources "$1" '(base|drivers|examples|include|router|schema|tools)/.*\.(c|h|re|y)')
    echo "looked ${#files[@]}"
    [ "${#files[@]}" -gt 0 ] || return 0
    { cd "$1" && grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' "${files[@]}"; } | awk -F: '
        BEGIN { n = split("include base drivers schema router tools", order, " "); for (i = 1; i <= n; i++) rank[order[i]] = i }
        {
            file = $1; line = $2; target = $0
            sub(/^[^:]*:[^:]*:/, "", target)
            own = target ~ /include[[:space:]]*"/
            gsub(/^[^"<]*["<]|[">].*$/, "", target)
            split(file, part, "/"); layer = part[1]
            split(target, to, "/"); other = to[1]
            where = file ":" line ": "
            if (target ~ /^(mysql|mariadb|mongoc|bson|hiredis)(\.h$|\/)/ && !(file ~ /^drivers\/.*(\.c|_impl\.h)$/))
                print where target " may be included by drivers/*.c only"
            if (own && other != layer && target ~ /_impl\.h$/)
                print where target " is private to " other "/"
            if (!own) next
            if (other == "tests") print where "nothing outside tests/ may include tests/"
            else if (layer == "include" || layer == "examples") {
                if (target != "weir.h" && other != "weir") print where target ": " layer "/ may include public headers only"
            } else if (other in rank && rank[other] > rank[layer])
                print where target ": " layer "/ is below " other "/"
            else if ((layer == "schema" || layer == "router") && other == "drivers" && target != "drivers/driver.h" && target != "drivers/pool.h" && target != "drivers/reaper.h" && target != "drivers/keeper.h" && target != "drivers/settings.h")
                print where target ": " layer "/ may know drivers/driver.h, pool.h, keeper.h, reaper.h and settings.h only"
        }'
}

lint_main "$1" \
    'base/bad.c|#include "schema/config.h"|base/ is below schema/' \
    'router/bad.c|#include <mysql.h>|by drivers/*.c only' \
    'drivers/bad.h|#include <hiredis/hiredis.h>|by drivers/*.c only' \
    'router/bad.c|#include "drivers/mysql_impl.h"|private to drivers/' \
    'schema/bad.c|#include "drivers/mysql.h"|may know drivers/driver.h' \
    'include/weir/bad.h|#include "base/mem.h"|public headers only' \
    'router/bad.h|  # include "tools/command.h"|router/ is below tools/' \
    'tools/bad.c|#include "tests/support/test.h"|nothing outside tests/'
