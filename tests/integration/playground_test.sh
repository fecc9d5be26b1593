#!/usr/bin/env bash
# playground_test.sh - `weir playground`: what it starts, what it leaves behind. SPDX-License-Identifier: Apache-2.0
# Usage: playground_test.sh <the weir command>. Needs MariaDB; every wait here is for an event, bounded, never for a time.
set -euo pipefail

weir=$1
scratch=$(mktemp -d)
checks=0
trap 'for d in "$scratch"/*; do "$weir" playground down --dir "$d" >/dev/null 2>&1 || true; done; rm -rf "$scratch"' EXIT

fail() { echo "playground_test: $*" >&2; exit 1; }
check() { # <what> <command..>: the command must succeed
    local what=$1
    shift
    "$@" || fail "$what"
    checks=$((checks + 1))
}
eventually() { # <command..>: within 20 s
    for _ in $(seq 400); do
        if "$@"; then return 0; fi
        sleep 0.05
    done
    return 1
}
not() { ! "$@"; }
sql() { # <dir> <server> <statement>
    local port
    port=$("$weir" playground status --dir "$1" | awk -v name="$2" '$1 == name { print $4 }')
    mariadb --defaults-file="$1/root.cnf" --host=127.0.0.1 --port="$port" --batch --skip-column-names --execute="$3"
}
sql_is() { [ "$(sql "$1" "$2" "$3" 2>/dev/null)" = "$4" ]; }
pid_of() { cat "$1/$2/pid"; }
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; }

# 1. up, replication, who may write where
d=$scratch/one
check "up" "$weir" playground up --replicas 1 --dir "$d" >/dev/null
check "up again says so" grep -q 'already up' <("$weir" playground up --dir "$d" 2>&1)
check "another shape is refused" not "$weir" playground up --shards 2 --dir "$d" 2>/dev/null
check "status" "$weir" playground status --dir "$d" --json >"$scratch/status.json"
check "status is JSON" python3 -c 'import json, sys; s = json.load(sys.stdin); assert len(s["servers"]) == 2 and s["servers"][1]["role"] == "replica"' <"$scratch/status.json"
sql "$d" shop "CREATE TABLE shop.t (a INT PRIMARY KEY); INSERT INTO shop.t VALUES (1)"
check "the replica follows" eventually sql_is "$d" shop-r1 "SELECT COUNT(*) FROM shop.t" 1
check "by GTID" sql_is "$d" shop-r1 "SELECT @@gtid_slave_pos = @@gtid_binlog_pos AND @@gtid_slave_pos LIKE '0-1-%'" 1
port=$(awk '$1 == "shop-r1" { print $4 }' <("$weir" playground status --dir "$d"))
check "read_only holds for app" grep -q -- --read-only <(MYSQL_PWD=$(cat "$d/password") mariadb --no-defaults -h 127.0.0.1 -P "$port" -u app \
    -e "INSERT INTO shop.t VALUES (2)" 2>&1)
check "a password is needed" not mariadb --no-defaults -h 127.0.0.1 -P "$port" -u app -e "SELECT 1" 2>/dev/null
check "the password is secret" [ "$(stat -c %a "$d/password")" = 600 ]
# Servers that shared a tmpdir would remove each other's temporary tables when they start.
for server in shop shop-r1; do check "a tmpdir of its own" sql_is "$d" "$server" "SELECT @@tmpdir" "$d/$server"; done
check "sharp settings" sql_is "$d" shop "SELECT @@sync_binlog, @@innodb_flush_log_at_trx_commit, @@gtid_strict_mode, @@binlog_format" "$(printf '1\t1\t1\tROW')"

# 2. after a crash: stale pid files and sockets; a pid that is not ours any more
for server in shop shop-r1; do kill -KILL "$(pid_of "$d" "$server")"; done
check "the dead are seen" eventually not "$weir" playground status --dir "$d" >/dev/null
echo $$ >"$d/shop-r1/pid"
check "up resumes" "$weir" playground up --dir "$d" >/dev/null 2>&1
check "with its data" sql_is "$d" shop "SELECT a FROM shop.t" 1
sql "$d" shop "INSERT INTO shop.t VALUES (3)"
check "and its replication" eventually sql_is "$d" shop-r1 "SELECT COUNT(*) FROM shop.t" 2

# 3. down ends what is ours only, also what is stopped
pid=$(pid_of "$d" shop)
kill -STOP "$pid"
sleep 1000 & stranger=$!
replica=$(pid_of "$d" shop-r1)
kill -KILL "$replica"
check "the replica is dead" eventually gone "$replica"
echo "$stranger" >"$d/shop-r1/pid"
check "down" "$weir" playground down --dir "$d" 2>/dev/null
check "the servers are gone" eventually gone "$pid"
check "the folder is gone" not test -e "$d"
check "down again is no mistake" "$weir" playground down --dir "$d" 2>/dev/null
check "a stranger lives" kill -0 "$stranger"
kill "$stranger"

# 4. a folder that is not ours
mkdir "$scratch/other"
touch "$scratch/other/file"
check "up in it is refused" not "$weir" playground up --dir "$scratch/other" 2>/dev/null
check "down removes nothing" not "$weir" playground down --dir "$scratch/other" 2>/dev/null
check "the file is there" test -e "$scratch/other/file"

# 5. a half-made one is cleaned up
mkdir "$scratch/half"
printf 'weir playground 1\nshards 1\nreplicas 0\nwith 1\nid x\n' >"$scratch/half/.weir-playground"
check "up after an interrupted start" "$weir" playground up --dir "$scratch/half" >/dev/null 2>&1
pid=$(pid_of "$scratch/half" shop)
check "fresh" "$weir" playground up --fresh --dir "$scratch/half" >/dev/null 2>&1
check "the old one is gone" gone "$pid"
"$weir" playground down --dir "$scratch/half" 2>/dev/null

# 6. a path too long for a socket address
long=$scratch/$(printf 'x%.0s' $(seq 90))
check "up in a long path" "$weir" playground up --dir "$long" >/dev/null 2>&1
socket=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["servers"][0]["socket"])' < <("$weir" playground status --dir "$long" --json))
check "its socket works" [ "$(mariadb --defaults-file="$long/root.cnf" --socket="$socket" -N -e 'SELECT 1')" = 1 ]
"$weir" playground down --dir "$long" 2>/dev/null
check "the sockets' folder is gone" not test -e "$(dirname "$socket")"

# 7. run: exit code, environment, leftovers, signals, kill -9 (what a script starts in the background ignores INT: it is killed)
export TMPDIR=$scratch
code=0
# shellcheck disable=SC2016 # the inner shell expands
"$weir" playground run -- bash -c 'test -s "$WEIR_CONFIG" && test -d "$WEIR_PLAYGROUND_DIR" && exit 7' 2>/dev/null || code=$?
check "run gives the command's code" [ "$code" = 7 ]
code=0
"$weir" playground run -- bash -c 'kill -SEGV $$' 2>/dev/null || code=$?
check "and 128 + its signal" [ "$code" = 139 ]
code=0
"$weir" playground run -- "$scratch/none" 2>/dev/null || code=$?
check "127 where there is none" [ "$code" = 127 ]
"$weir" playground run -- bash -c "(setsid sleep 1000 & echo \$! >$scratch/left); sleep 0.1" 2>/dev/null
check "what the command left is ended" eventually gone "$(cat "$scratch/left")"
for signal in TERM INT KILL; do
    rm -f "$scratch/now"
    "$weir" playground run --replicas 1 -- bash -c "cat \$WEIR_PLAYGROUND_DIR/*/pid >$scratch/pids; echo \$\$ >>$scratch/pids; echo \$WEIR_PLAYGROUND_DIR >$scratch/now; exec sleep 1000" 2>/dev/null &
    run=$!
    check "run is up" eventually test -s "$scratch/now"
    kill "-$signal" "$run"
    code=0
    wait "$run" 2>/dev/null || code=$?
    check "SIG$signal ends it" [ "$code" -gt 128 ]
    check "three processes" [ "$(wc -l <"$scratch/pids")" = 3 ]
    while read -r pid; do check "after SIG$signal $pid is gone" eventually gone "$pid"; done <"$scratch/pids"
    check "after SIG$signal the folder is gone" eventually not test -e "$(cat "$scratch/now")"
done

# 8. an owner
sleep 1000 & owner=$!
check "up with an owner" "$weir" playground up --dir "$scratch/owned" --owner "$owner" >/dev/null 2>&1
pid=$(pid_of "$scratch/owned" shop)
kill "$owner"
wait "$owner" 2>/dev/null || true
check "it goes with its owner" eventually gone "$pid"
check "and its folder" eventually not test -e "$scratch/owned"

# 9. a port that somebody else was quicker to take; an interrupted start
python3 -c 'import socket, time; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(1000)' >"$scratch/taken" & thief=$!
check "a thief" eventually test -s "$scratch/taken"
"$weir" playground up --dir "$scratch/moved" >/dev/null 2>&1
kill -KILL "$(pid_of "$scratch/moved" shop)"
sed -i "s/^port shop .*/port shop $(cat "$scratch/taken")/" "$scratch/moved/.weir-playground"
check "up takes another port" "$weir" playground up --dir "$scratch/moved" >/dev/null 2>&1
port=$(awk '$1 == "shop" { print $4 }' <("$weir" playground status --dir "$scratch/moved"))
check "it is another" [ "$port" != "$(cat "$scratch/taken")" ]
check "weir.yaml names it" grep -q "127.0.0.1:$port" "$scratch/moved/weir.yaml"
kill "$thief"
"$weir" playground up --shards 4 --dir "$scratch/early" >/dev/null 2>&1 & up=$!
check "it begins" eventually test -e "$scratch/early/.weir-playground"
kill -INT "$up"
wait "$up" || true
check "an interrupted up leaves nothing" not test -e "$scratch/early"

# 10. lines: TLS, IPv6, sockets
check "up --tls --ipv6" "$weir" playground up --tls --ipv6 --replicas 1 --dir "$scratch/lines" >/dev/null 2>&1
if grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null; then
    check "weir.yaml names IPv6" grep -q '"\[::1\]:[0-9]*"' "$scratch/lines/weir.yaml"
else
    check "no IPv6, no address of it" not grep -q '::1' "$scratch/lines/weir.yaml"
fi
check "weir speaks TLS" grep -q 'Ssl_cipher,TLS_\|Ssl_cipher,[A-Z]' <("$weir" sql --config "$scratch/lines/weir.yaml" --format csv -e "SHOW STATUS LIKE 'Ssl_cipher'")
check "the key is secret" [ "$(stat -c %a "$scratch/lines/tls/server.key")" = 600 ]
check "another line is another shape" not "$weir" playground up --socket --dir "$scratch/lines" 2>/dev/null
kill -KILL "$(pid_of "$scratch/lines" shop)"
check "the dead is seen" eventually not "$weir" playground status --dir "$scratch/lines" >/dev/null
check "up resumes with its certificate" "$weir" playground up --dir "$scratch/lines" >/dev/null 2>&1
check "weir speaks TLS again" "$weir" sql --config "$scratch/lines/weir.yaml" -e "SELECT 1" >/dev/null
"$weir" playground down --dir "$scratch/lines" 2>/dev/null
check "up --socket" "$weir" playground up --socket --dir "$scratch/socket" >/dev/null 2>&1
check "weir.yaml names the socket" grep -q 'primary: "/' "$scratch/socket/weir.yaml"
check "weir goes by it" grep -q 'localhost' <("$weir" sql --config "$scratch/socket/weir.yaml" --format csv -e "SELECT USER()")
"$weir" playground down --dir "$scratch/socket" 2>/dev/null

# 11. called wrongly
for wrong in "" "sideways" "up --shards 0" "up --shards x" "up --with cats" "up more" "run" "up --nonsense" "up --dir"; do
    code=0
    # shellcheck disable=SC2086 # the words are meant to split
    "$weir" playground $wrong >/dev/null 2>&1 || code=$?
    check "'$wrong' is a usage error" [ "$code" = 2 ]
done
check "help" grep -q 'usage: weir playground' <("$weir" playground --help)

echo "playground_test: $checks checks passed"
