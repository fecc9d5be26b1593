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
    assert s["per_second"] > 0 and s["of_at_once"] > 0 and s["cpu_us"] > 0, s
# Each shard sleeps for a time of its own: at once is at least the longest, in turn the sum.
weir, at_once, in_turn = [s["waiting_ms"] for s in told["parts"][0]["sides"]]
assert weir >= 2 * told["step_ms"] and at_once >= 2 * told["step_ms"] and in_turn >= 3 * told["step_ms"], told
assert told["merge"]["rows"] == 2 * 3000 and all(s["seconds"] > 0 for s in told["merge"]["sides"]), told
'
"$WEIR_COMMAND" bench scatter --rounds 1 --round-ms 20 --rows 100 | grep -q "hand-written, at once"
(cd "$(mktemp -d)" && env -u WEIR_CONFIG -u WEIR_PLAYGROUND_DIR "$WEIR_COMMAND" bench scatter --rounds 1 --round-ms 1 --rows 100 |
    grep -q "^8 shards ")
if "$WEIR_COMMAND" bench scatter --rounds 0 2>/dev/null; then exit 1; fi
