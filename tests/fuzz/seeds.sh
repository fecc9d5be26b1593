#!/usr/bin/env bash
# seeds.sh - the statements of the tables of tests, a file each, for the fuzzers. SPDX-License-Identifier: Apache-2.0
# Usage: seeds.sh <folder to fill> <table..>
set -euo pipefail
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
cat "$@" | grep -hvE '^([[:space:]]|#|\[|$)' | LC_ALL=C sort -u | awk -v folder="$folder" '
    { file = sprintf("%s/%04d", folder, NR); printf "%s", $0 > file; close(file) }'
