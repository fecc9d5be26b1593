#!/usr/bin/env bash
# explain_test.sh - `weir explain`: exit codes, text of 80 columns, JSON. SPDX-License-Identifier: Apache-2.0
# Usage: explain_test.sh <the weir command> <source root>
set -euo pipefail

weir=$1 source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset WEIR_CONFIG
cd "$scratch"

fail() { echo "explain_test: $*" >&2; exit 1; }
run() { # <wanted exit> <options..>: fills out and err
    local want=$1 got=0
    shift
    "$weir" explain "$@" >out 2>err || got=$?
    [ "$got" = "$want" ] || fail "weir explain $* ends with $got, not $want: $(cat out err)"
}
has() { grep -qF -- "$2" "$1" || fail "no \"$2\" in $1: $(cat "$1")"; }
empty() { [ ! -s "$1" ] || fail "$1 should be empty: $(cat "$1")"; }
json() { python3 -c 'import json, sys; print(eval(sys.argv[1], {"o": [json.loads(line) for line in open("out")]}))' "$1"; }
is() { [ "$2" = "$3" ] || fail "$1 is $2, not $3"; }
narrow() { python3 -c 'assert max(len(line.rstrip("\n")) for line in open("out", encoding="utf-8")) <= 80' || fail "a line is over 80 columns: $(cat out)"; }

run 0 "SELECT o.id FROM shop.orders AS o LEFT JOIN items i ON i.order_id = o.id AND i.kind = 3 WHERE o.user_id = ? AND (o.state = 'x' OR o.state IS NULL)"
empty err
is "the text" "$(cat out)" "statement SELECT
role      replica: it only reads data
reads     shop.orders AS o
          items AS i, NULLs where the join finds no row
join      i.kind = 3
where     o.user_id = ?1 AND (o.state = 'x' OR o.state IS NULL)
equal     i.order_id follows o.id
values    3: compared by = with i.kind
          ?1: compared by = with o.user_id
          'x': compared by = with o.state"

run 0 --config "$source/docs/weir.yaml" "UPDATE orders SET state = 2 WHERE user_id = 7"
has out "role      primary: it writes"
has out "writes    orders, colocated by user_id"
has out "2: assigned to orders.state"
run 0 --config "$source/docs/weir.yaml" "SELECT 1 FROM strangers"
has out "reads     strangers, without a rule"

# Statements on standard input; what is not understood is told, and the rest goes on.
printf 'SELECT a FROM t WHERE k = 1; DROP TABLE t;\nSELECT f(1) FROM u' | run 1
has out "where     t.k = 1"
has out "note      not understood, so its tables are not known:"
has out "calls     f: not known, it may do anything"
printf 'SELECT a b c; SELECT 1' | run 1 --json
is "what is understood" "$(json '[x["understood"] for x in o]')" "[False, True]"
is "the reason" "$(json 'o[0]["not_understood"]')" 'line 1, column 12: "c" is not expected here'
printf '' | run 0
empty out

# Nothing is too long for a line, and no value steers the terminal.
run 0 "SELECT 1 FROM t WHERE k IN ($(seq -s, 100 300)) AND s = '$(printf 'ä%.0s' $(seq 200))' AND $(printf 'a%.0s' $(seq 300)) = 1"
narrow
has out "and 193 more"
run 0 "SELECT 1 FROM t WHERE k = '$(printf '\033[31m')'"
grep -q "$(printf '\033')" out && fail "a control character was printed"

run 0 --json 'WITH c AS (SELECT k FROM t WHERE l = ?) SELECT NOW() FROM c JOIN u x ON x.k = c.k WHERE c.k = -7'
is "tables" "$(json '[(t["name"], t["source"], t["alias"]) for t in o[0]["tables"]]')" \
    "[('t', 'table', None), ('c', 'cte', None), ('u', 'table', 'x')]"
is "values" "$(json '[(v["text"], v["kind"], v["parameter"], v["column"], v["op"]) for v in o[0]["values"]]')" \
    "[('?', '?', 0, 't.l', '='), ('-7', 'integer', None, 'c.k', '=')]"
is "conditions" "$(json '[(c["scope"], c["condition"]) for c in o[0]["conditions"]]')" "[(1, '(= t.l 0)'), (0, '(= c.k 1)')]"
is "flows" "$(json '[(f["from"], f["to"], f["both"]) for f in o[0]["flows"]]')" "[('x.k', 'c.k', True), ('t.k', 'c.k', True)]"
is "calls" "$(json '[(c["name"], c["varies"], c["unknown"]) for c in o[0]["calls"]]')" "[('NOW', True, False)]"
is "the rest" "$(json 'o[0]["statement"], o[0]["role"], o[0]["why"]')" "('SELECT', 'replica', 'it only reads data')"

# Without servers, by schema_file.
cat >shards.yaml <<'YAML'
databases:
  shop:
    schema_file: shards.sql
    shards:
      a: {primary: "127.0.0.1:3306", slots: 0-767}
      b: {primary: "127.0.0.1:3307", slots: 768-1023}
tables:
  users: {shard_by: id}
  countries: {everywhere: true}
  messages: {shard_by: room, physical: "messages_{0..1}"}
YAML
cat >shards.sql <<'SQL'
CREATE TABLE users (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(20)) ENGINE=InnoDB;
CREATE TABLE countries (code CHAR(2) NOT NULL PRIMARY KEY);
CREATE TABLE messages_0 (room INT NOT NULL, n INT);
SQL
run 0 --config shards.yaml "SELECT * FROM messages WHERE room = 7"
has out "goes to   one shard of shop"
has out "slots     642 of messages"
has out "shard     a, schema shop on 127.0.0.1:3306"
has out 'sends     SELECT * FROM `messages_0` AS `messages` WHERE room = 7'
run 0 --config shards.yaml --json "INSERT INTO users (id, name) VALUES (7, 'x'), (1, 'y')"
is "rows" "$(json '[(t["shard"], t["rows"], t["sql"]) for t in o[0]["route"]["targets"]]')" \
    "[('a', [0], \"INSERT INTO users (id, name) VALUES (7, 'x')\"), ('b', [1], \"INSERT INTO users (id, name) VALUES (1, 'y')\")]"
run 0 --config shards.yaml --json "SELECT name FROM users ORDER BY id LIMIT 3"
is "merged" "$(json 'o[0]["route"]["merged"], len(o[0]["route"]["targets"])')" "(True, 2)"
is "its steps" "$(json 'o[0]["route"]["merge"], o[0]["route"]["finishing"], o[0]["route"]["parts"]')" "(['ordered', 'limit'], None, [])"
run 0 --config shards.yaml "SELECT name, COUNT(*) FROM users GROUP BY name ORDER BY 2 LIMIT 3"
has out "merge     concat, groups, sort, limit"
run 0 --config shards.yaml "SELECT DISTINCT name FROM users"
has out "merge     concat, distinct"
run 0 --config shards.yaml "SELECT id, COUNT(*) FROM users GROUP BY id WITH ROLLUP"
has out "merge     concat, rollup"
run 0 --config shards.yaml "SELECT id FROM users UNION SELECT code FROM countries"
has out "goes to   shards of shop, of which 1 part is read first; one server finishes the"
has out "finishing blocks"
has out "part      SELECT id FROM users"
run 0 --config shards.yaml --json "SELECT id % 9, MAX(id) FROM users GROUP BY 1 HAVING MAX(id) > 7"
is "finishing" "$(json 'o[0]["route"]["merged"], o[0]["route"]["finishing"], len(o[0]["route"]["parts"])')" "(False, 'groups', 1)"
run 0 --config shards.yaml "SELECT u.name FROM users u JOIN messages m ON m.n = u.id WHERE u.id IN (7, 8)"
has out "finishing keyed"
has out "the rest is sent to its"
run 0 --config shards.yaml "SELECT NOW(), id FROM users"
has out "finishing tables"
run 0 --config shards.yaml "SELECT SQL_CALC_FOUND_ROWS id FROM users"
has out "refused   scatter_read: "
run 0 --config shards.yaml "UPDATE users SET id = 1 WHERE id = 7"
has out "goes to   one shard, and its rows to another, of shop"
run 0 --config shards.yaml "SELECT * FROM unheard_of"
has out "refused   no_rule: "
run 1 --config shards.yaml --database nowhere "SELECT 1"
has err "no database 'nowhere'"
sed -i 's/shards.sql/absent.sql/' shards.yaml
run 1 --config shards.yaml "SELECT 1"
has err "absent.sql"

run 0 --help
has out "usage: weir explain"
narrow
run 2 --wrong
has err "unknown option --wrong"
run 2 --config
has err "--config needs a value"
run 2 SELECT 1
has err "put the statement in one pair of quotes"
run 1 --config absent.yaml 'SELECT 1'
has err "absent.yaml"
run 1 "SELECT $(printf '(%.0s' $(seq 2000))"
has err "nested too deep"
echo "explain_test: fine"
