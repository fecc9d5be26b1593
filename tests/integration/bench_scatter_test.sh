#!/usr/bin/env bash
# bench_scatter_test.sh - `weir bench scatter` runs, its sides and its merge give all rows, and it shows the code it compares with.
# SPDX-License-Identifier: Apache-2.0
# Usage: bench_scatter_test.sh <source root>; what the figures are is no business of a test.
set -euo pipefail
"$WEIR_COMMAND" bench scatter --show-raw | cmp - "$1/drivers/raw_scatter.c"
"$WEIR_COMMAND" bench scatter --rounds 1 --round-ms 20 --rows 3000 --json | python3 -c '
import json, sys
told = json.load(sys.stdin)
assert [p["shards"] for p in told["parts"]] == [2], told
for s in told["parts"][0]["sides"]:
    assert s["per_second"] > 0 and s["of_at_once"] > 0, s
assert told["merge"]["rows"] == 2 * 3000 and told["merge"]["seconds"] > 0, told
'
"$WEIR_COMMAND" bench scatter --rounds 1 --round-ms 20 --rows 100 | grep -q "hand-written, at once"
if "$WEIR_COMMAND" bench scatter --rounds 0 2>/dev/null; then exit 1; fi
