#!/usr/bin/env bash
# check_test.sh - `weir check`: exit codes, what goes where, JSON. SPDX-License-Identifier: Apache-2.0
# Usage: check_test.sh <the weir command> <source root>
set -euo pipefail

weir=$1 source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset WEIR_CONFIG
cd "$scratch"

fail() { echo "check_test: $*" >&2; exit 1; }
run() { # <wanted exit> <options..>: fills out and err
    local want=$1 got=0
    shift
    "$weir" check "$@" >out 2>err || got=$?
    [ "$got" = "$want" ] || fail "weir check $* ends with $got, not $want: $(cat out err)"
}
has() { grep -qF -- "$2" "$1" || fail "no \"$2\" in $1: $(cat "$1")"; }
empty() { [ ! -s "$1" ] || fail "$1 should be empty: $(cat "$1")"; }
json() { python3 -c 'import json, sys; print(eval(sys.argv[1], {"o": json.load(open("out"))}))' "$1"; }
is() { [ "$2" = "$3" ] || fail "$1 is $2, not $3"; }

run 0 --config "$source/docs/weir.yaml"
empty err
has out "3 databases, 4 shards, 13 table rules (7 sharded, 2 colocated, 1 broadcast, 2 single, 1 document)"
has out "  tables.*.cache (line "

run 1
has err "weir.yaml cannot be read: No such file or directory"
empty out
run 1 --json
is "the mistake" "$(json 'len(o["mistakes"]), o["ok"]')" "(1, False)"

printf 'databases: {d: {primary: "h:1"}}\n' >weir.yaml
run 0
is "the output" "$(cat out)" "weir.yaml: no mistake
1 database, 1 shard, 0 table rules"
run 0 --json
is "the summary" "$(json 'o["databases"][0], o["not_yet"], o["tables"]["single"]')" "({'name': 'd', 'shards': 1}, [], 0)"

printf 'databases: {d: {primary: "h:1"}}\nlgo: 1\n"a\\"\\\\b": 1\n' >bad.yaml
run 1 --config bad.yaml
empty out
is "the mistakes" "$(cat err)" 'bad.yaml:2:1: lgo: unknown key; did you mean log?
bad.yaml:3:1: a"\b: unknown key'
WEIR_CONFIG=bad.yaml run 1 --json
empty err
is "the path" "$(json 'o["mistakes"][1]["path"], o["mistakes"][1]["line"], o["more"], o["file"]')" "('a\"\\\\b', 3, 0, 'bad.yaml')"

# schema_file, from the folder of weir.yaml on
mkdir -p sub
cat >sub/weir.yaml <<'END'
databases: {d: {schema_file: d.sql, shards: {a: {primary: "h:1", slots: 0-511}, b: {primary: "h:2", slots: 512-1023}}}}
tables:
  t: {database: d, shard_by: id, ids: snowflake}
  u: {database: d, shard_by: gone}
  v: {database: d, shard_by: id}
END
run 1 --config sub/weir.yaml
empty out
has err "databases.d.schema_file: schema_file sub/d.sql cannot be read"
printf 'CREATE TABLE t (id FLOAT);\nALTER TABLE t ADD x INT;\nCREATE TABLE u (id INT FLUFFY);\nCREATE TABLE v (id INT);' >sub/d.sql
run 1 --config sub/weir.yaml
is "the findings" "$(cat err)" "sub/d.sql:2:1: only CREATE TABLE says what a table looks like: passed over
sub/d.sql:3:24: this CREATE TABLE is not understood and left out: not understood at 'FLUFFY'
tables.t.shard_by: id is float, which is not printed alike in every session
tables.t.ids: id is float, which is no integer
tables.u: sub/d.sql has no such table"
printf 'CREATE TABLE t (id BIGINT); CREATE TABLE u (id INT); CREATE TABLE v (id INT);' >sub/d.sql
run 1 --config sub/weir.yaml --json
empty err
is "the findings" "$(json 'o["schema_file"], o["ok"]')" "(['tables.u.shard_by: table u has no column gone in schema_file'], False)"
printf 'CREATE TABLE t (id BIGINT); CREATE TABLE u (gone INT); CREATE TABLE v (id INT);' >sub/d.sql
run 0 --config sub/weir.yaml
empty err

run 0 --help
has out "usage: weir check"
run 2 --wrong
has err "unknown option --wrong"
run 2 --config
has err "--config needs a value"
run 2 file.yaml
has err "the file is given by --config"
echo "check_test: fine"
