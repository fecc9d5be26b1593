#!/usr/bin/env bash
# where_test.sh - `weir where`: places of keys by each method. SPDX-License-Identifier: Apache-2.0
# Usage: where_test.sh <the weir command> <source root>
set -euo pipefail

weir=$1 config=$2/docs/weir.yaml
fail() { echo "where_test: $*" >&2; exit 1; }
is() { # <wanted, with blanks for newlines> <options..>
    local want=$1 got
    shift
    got=$("$weir" where --config "$config" "$@" | grep -v '^primary\|^schema' | sed 's/  */ /' | tr '\n' '|')
    [ "$got" = "$want" ] || fail "weir where $* says $got, not $want"
}
ends() { # <wanted exit> <options..>
    local want=$1 got=0
    shift
    "$weir" where --config "$config" "$@" >/dev/null 2>&1 || got=$?
    [ "$got" = "$want" ] || fail "weir where $* ends with $got, not $want"
}

is "shard shop-1|table users|slot 642|proof SELECT COALESCE(CRC32(\`id\`) % 1024, 0) AS \`slot\`, COUNT(*) FROM \`shop\`.\`users\` WHERE \`id\` = '7' GROUP BY 1;|" users 7
is "shard shop-0|table users|slot 287|proof SELECT COALESCE(CRC32(\`id\`) % 1024, 0) AS \`slot\`, COUNT(*) FROM \`shop\`.\`users\` WHERE \`id\` = '-7' GROUP BY 1;|" shop.users -7
is "shard shop-0|table orders|slot 0|proof SELECT COALESCE(CRC32(\`user_id\`) % 1024, 0) AS \`slot\`, COUNT(*) FROM \`shop\`.\`orders\` WHERE \`user_id\` IS NULL GROUP BY 1;|" --null orders
is "shard shop-1|table emails|slot 643|proof SELECT COALESCE(CRC32(LOWER(TRIM(TRAILING ' ' FROM \`address\`))) % 1024, 0) AS \`slot\`, COUNT(*) FROM \`shop\`.\`emails\` WHERE \`address\` = 'X' GROUP BY 1;|" emails X
is "shard shop-1|table messages_02|slot 642|proof SELECT COALESCE(CRC32(\`room_id\`) % 1024, 0) AS \`slot\`, COUNT(*) FROM \`shop\`.\`messages_02\` WHERE \`room_id\` = '7' GROUP BY 1;|" messages 7
is "shard shop-1|table tickets|remainder 3|proof SELECT COALESCE(((\`customer\` % 4) + 4) % 4, 0) AS \`remainder\`, COUNT(*) FROM \`shop\`.\`tickets\` WHERE \`customer\` = '-1' GROUP BY 1;|" tickets -1
is "shard shop-0|table archive|range 0|proof SELECT \`id\` AS \`range\`, COUNT(*) FROM \`shop\`.\`archive\` WHERE \`id\` = '4999999' GROUP BY 1;|" archive 4999999
is "shard shop-1|table stores|proof SELECT \`country\` AS \`listed\`, COUNT(*) FROM \`shop\`.\`stores\` WHERE \`country\` = 'fr' GROUP BY 1;|" stores fr
is "shard shop-1|table clicks_202602|period 1|proof SELECT DATE_FORMAT(\`day\`, '%Y-%m') AS \`period\`, COUNT(*) FROM \`shop\`.\`clicks_202602\` WHERE \`day\` = '2026-02-03' GROUP BY 1;|" clicks 2026-02-03
is "shard shop-0|table audit_log|" audit_log 7
ends 1 stores xx
ends 1 tickets x
ends 1 countries de
ends 1 nothing 7
ends 1 emails ä
ends 2 users
ends 2
echo "where_test: done"
