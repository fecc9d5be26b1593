#!/usr/bin/env bash
# cluster_test.sh - the shared cluster of the integration tests is what its weir.yaml says. SPDX-License-Identifier: Apache-2.0
# Usage: as ctest runs it, with WEIR_CONFIG and WEIR_PLAYGROUND_DIR.
set -euo pipefail

mapfile -t ports < <(grep -o '127\.0\.0\.1:[0-9]*' "$WEIR_CONFIG" | cut -d: -f2)
[ "${#ports[@]}" -gt 1 ] || { echo "cluster_test: $WEIR_CONFIG names ${#ports[@]} servers"; exit 1; }
MYSQL_PWD=$(cat "$WEIR_PLAYGROUND_DIR/password")
export MYSQL_PWD
read_only=
for port in "${ports[@]}"; do
    read_only+=$(mariadb --no-defaults --host=127.0.0.1 --port="$port" --user=app -N -e 'SELECT @@read_only' shop)
done
case $read_only in
01*) echo "cluster_test: ${#ports[@]} servers answer, the first is the primary" ;;
*) echo "cluster_test: read_only is $read_only, not one 0 and then 1s"; exit 1 ;;
esac
