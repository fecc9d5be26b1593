#!/usr/bin/env python3
"""load_test.py - weir load: formats, every kind of bad input, kinds of tables, going on, memory. SPDX-License-Identifier: Apache-2.0

    build/dev/weir playground run --shards 3 -- tests/load/load_test.py [WORD..]

With words only the tests whose name holds one.
"""
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from loads import CONFIG, SHARDS, everywhere, load, rejects, rows, set_up, shard_of, summary, write
from playground import FOLDER, WEIR, root, wait_for

REJECT = os.path.join(FOLDER, "rejected.jsonl")


def make(table, columns):
    everywhere(f"drop table if exists {table}; create table {table} ({columns})")
    if os.path.exists(REJECT):
        os.unlink(REJECT)


def good(done):
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return done


def bad(done, code, *words):
    text = (done.stdout + done.stderr).decode()
    assert done.returncode == code, (done.returncode, text)
    for word in words:
        assert word in text, (word, text)


def hexes(table, columns):
    return {row[1]: row[2:] for row in rows(table, "id, " + ", ".join(f"hex({c})" for c in columns))}


def hexed(*texts):
    return tuple("NULL" if t is None else (t if isinstance(t, bytes) else t.encode()).hex().upper() for t in texts)


def test_csv():
    make("items", "id int primary key, a varchar(50), b varchar(50)")
    text = ('\ufeffid,a,b\r\n1,plain,\r\n2,"","quo""ted"\r\n3,"two\r\nlines","com,ma"\r\n4,back\\slash,it\'s\r\n\r\n5,Zoë 😀,\t \r\n6,"NULL",NULL')
    good(load("items", write("a.csv", text)))
    assert hexes("items", ["a", "b"]) == {
        "1": hexed("plain", None), "2": hexed("", 'quo"ted'), "3": hexed("two\r\nlines", "com,ma"), "4": hexed("back\\slash", "it's"),
        "5": hexed("Zoë 😀", "\t "), "6": hexed("NULL", "NULL")}
    assert all(shard == shard_of(key) for shard, key in rows("items", "id"))


def test_null_and_columns():
    make("items", "id int primary key, a varchar(50), b varchar(50)")
    good(load("items", write("n.csv", 'NA,7,x\n"NA",8,\n'), "--columns", "b,id,a", "--null", "NA"))
    assert hexes("items", ["a", "b"]) == {"7": hexed("x", None), "8": hexed("", "NA")}
    good(load("items", write("h.csv", "x,y\n9,z\n"), "--columns", "id,a", "--header"))
    assert hexes("items", ["a", "b"])["9"] == hexed("z", None)


def test_tsv():
    make("items", "id int primary key, a varbinary(50), b varchar(50)")
    text = b"id\ta\tb\n1\t\\N\ttab\\there\n2\t\\\\N\tline\\nend\\r\\0\\Z\\b\n3\t\t\\x\n4\t\xff\xfe\treal\\\nnewline\n"
    good(load("items", write("a.tsv", text)))
    assert hexes("items", ["a", "b"]) == {
        "1": hexed(None, "tab\there"), "2": hexed("\\N", "line\nend\r\0\x1a\b"), "3": hexed("", "x"), "4": hexed(b"\xff\xfe", "real\nnewline")}
    everywhere("truncate items")
    good(load("items", write("b.tsv", b"id\ta\r\n1\tx\r\n"), "--restart"))
    assert hexes("items", ["a"]) == {"1": hexed("x")}


def test_jsonl():
    make("items", "id int primary key, a varchar(80), d decimal(40,20), e varchar(10) default 'preset'")
    text = ('{"id":1,"a":"\\u00e9\\ud83d\\ude00\\n","d":12345678901234567890.12345678901234567890}\n'
            '{"a":{"k":[1,2.50,"x"]},"ID":2,"d":null,"e":null}\r\n\n  {"id":3,"a":true,"d":1e3}\n')
    good(load("items", write("a.jsonl", text)))
    found = {row[1]: row[2:] for row in rows("items", "id, hex(a), d, e")}
    assert found == {"1": (*hexed("é😀\n"), "12345678901234567890.12345678901234567890", "preset"),
                     "2": (*hexed('{"k":[1,2.50,"x"]}'), "NULL", "NULL"), "3": (*hexed("1"), "1000.00000000000000000000", "preset")}


def test_bad_rows():
    """Each kind of bad row, once, by line and reason; good ones around them are loaded."""
    make("kinds", "id int primary key")
    make("items", "id int primary key, n tinyint not null, name varchar(5), day date, amount decimal(4,1), check (n <> 13)")
    lines = ["id,n,name,day,amount", "1,1,ok,2024-01-31,1.5", "1,2,twice,,", "2,1000,,,", "3,,,,", "4,1,toolong,,", "5,1,,2024-02-31,", "6,13,,,",
             "7,1,,,99999", "8,1", "9,1,a,b,c,d", 'x1,1,,,', "10,1.5,,,", '11,1,a"b,,', '12,1,"a"b,,', ",1,,,", "007,1,,,", "13,1,five5,,0.5",
             "14,1,\"a\nb\",,x", "15,abc,,,", '16,1,"open,,']
    path = write("bad.csv", "\n".join(lines).encode() + b"\n17,1,\xff\n")
    done = good(load("items", path, "--reject", REJECT, "--json"))
    assert sorted(row[1] for row in rows("items", "id")) == ["1", "13"], rows("items")
    told = {row["line"]: row for row in rejects(REJECT)}
    errnos = {line: row["errno"] for line, row in told.items()}
    assert errnos == {3: 1062, 4: 1264, 5: 1048, 6: 1406, 7: 1292, 8: 4025, 9: 1264, 10: 0, 11: 0, 12: 0, 13: 0, 14: 0, 15: 0, 16: 0, 17: 0,
                      19: 1366, 21: 1366, 22: 0}, errnos
    for line, words in {10: "has 2 fields, not 5", 11: "has 6 fields", 12: "not an integer", 13: "n is not an integer", 14: "quote within",
                        15: "behind a closing quote", 16: "id", 22: "not closed"}.items():
        assert words in told[line]["reason"], told[line]
    assert told[3]["row"] == "1,2,twice,," and told[19]["row"] == '14,1,"a\nb",,x' and "row_hex" in told[22]
    assert summary(done)["rejected"] == 18 and summary(done)["all_loaded"] == 2
    json_lines = ['{"id":1', '[1]', '{"id":2,"nome":1}', '{"id":3,"id":3}', '{"n":1}', '{"id":5,"n":1,"name":"\\ud800"}', '{"id":6}', "7", '{"id":8,"n":1}']
    everywhere("truncate items")
    os.unlink(REJECT)
    good(load("items", write("bad.jsonl", "\n".join(json_lines)), "--reject", REJECT))
    assert [row["line"] for row in rejects(REJECT)] == [1, 2, 3, 4, 5, 6, 7, 8] and [row[1] for row in rows("items", "id")] == ["8"]


def test_parents_and_triggers():
    everywhere("drop table if exists alone, parents; create table parents (id int primary key); insert into parents values (1)")
    everywhere("create table alone (id int primary key, p int, foreign key (p) references parents (id));"
               "\ndelimiter //\ncreate trigger no_nine before insert on alone for each row "
               "if new.id = 9 then signal sqlstate '45000' set message_text = 'no nine'; end if//\n")
    good(load("alone", write("p.csv", "id,p\n1,1\n2,2\n9,1\n3,\n"), "--reject", REJECT))
    assert [(row["line"], row["errno"]) for row in rejects(REJECT)] == [(3, 1452), (4, 1644)]
    assert rows("alone", "id") == [("shop-1", "1"), ("shop-1", "3")]
    everywhere("drop table alone, parents")
    os.unlink(REJECT)


def test_stops_at_bad_row_and_goes_on():
    make("items", "id int primary key, n int")
    path = write("stop.csv", "id,n\n" + "".join(f"{i},{i}\n" for i in range(1, 501)) + "501,x\n502,1\n503,y\n504,1\n")
    bad(load("items", path, "--batch", "50"), 1, "stop.csv:50", "--reject")
    bad(load("items", path, "--reject", REJECT, "--max-rejects", "1"), 1, "more than 1 rows", "stop.csv:")
    good(load("items", path, "--reject", REJECT, "--max-rejects", "2"))
    assert sorted(int(row[1]) for row in rows("items", "id")) == [i for i in range(1, 505) if i not in (501, 503)]
    assert [row["line"] for row in rejects(REJECT)] == [502, 504]
    bad(load("items", write("other.csv", "id,n\n1,1\n"), "--reject", REJECT), 3, "not of this load")


def test_no_silent_change():
    """A server that is not strict is made so; what it rounds is told."""
    make("items", "id int primary key, name varchar(3), amount decimal(5,1)")
    for shard in SHARDS:
        root(shard, "set global sql_mode = 'NO_BACKSLASH_ESCAPES'")
    path = write("strict.csv", "id,name,amount\n1,abcd,1\n2,a\\',1\n3,b,1.25\n")
    done = good(load("items", path, "--reject", REJECT, "--json"))
    everywhere("set global sql_mode = default")
    assert [row["errno"] for row in rejects(REJECT)] == [1406] and hexes("items", ["name"])["2"] == hexed("a\\'")
    assert summary(done)["warnings"] == 1 and "amount" in summary(done)["warning"], summary(done)


def test_tables():
    make("kinds", "id int primary key, name varchar(20)")
    good(load("kinds", write("k.csv", "id,name\n1,a\n2,b\n2,c\n3,\n"), "--reject", REJECT))
    assert rows("kinds", "id") == [(shard, key) for shard in SHARDS for key in ("1", "2", "3")]
    assert [row["line"] for row in rejects(REJECT)] == [4]
    make("words", "word varbinary(20) primary key, n int")
    good(load("words", write("w.csv", "word,n\nzoë,1\nNULL,2\n'q\\,3\n")))
    assert sorted(row[1:] for row in rows("words", "hex(word), n")) == sorted([(*hexed("zoë"), "1"), (*hexed("NULL"), "2"), (*hexed("'q\\"), "3")])
    everywhere("".join(f"drop table if exists parted_{n:02d}; create table parted_{n:02d} (id int primary key, n int);" for n in range(6)))
    good(load("parted", write("parted.csv", "id,n\n" + "".join(f"{i},1\n" for i in range(1, 301)) + "5,2\n"), "--reject", REJECT + "2"))
    found = sorted((int(row[1]), row[0], n) for n in range(6) for row in rows(f"parted_{n:02d}", "id"))
    assert found == [(i, shard_of(i), zlib.crc32(str(i).encode()) % 1024 % 6) for i in range(1, 301)]
    bad(load("kinds", write("unique.csv", "id,nmae\n1,a\n")), 3, "unique.csv:1", "no column 'nmae'")
    bad(load("nothing", write("k2.csv", "id\n1\n")), 3, "nothing")
    everywhere("drop table if exists items; create table items (id int primary key, n int, key (n)); create table if not exists log_of (id int);"
               "create trigger t before insert on items for each row insert into log_of values (1)")
    bad(load("items", write("t.csv", "id,n\n1,1\n")), 3, "trigger")


def test_ids():
    make("made", "id bigint primary key, name varchar(20)")
    good(load("made", write("made.csv", "name\n" + "".join(f"n{i}\n" for i in range(3000)))))
    found = rows("made", "id, name")
    assert len({row[1] for row in found}) == 3000 and {row[2] for row in found} == {f"n{i}" for i in range(3000)}
    assert all(shard == shard_of(key) for shard, key, _ in found)
    make("given", "id bigint primary key, owner int not null, name varchar(20)")
    everywhere("alter table given drop primary key, add primary key (id, owner)")
    good(load("given", write("given.csv", "owner,name\n" + "".join(f"{i},n{i}\n" for i in range(500)))))
    found = rows("given", "owner, id")
    assert len({row[2] for row in found}) == 500 and all(row[0] == shard_of(row[1]) for row in found)


def test_identity():
    make("items", "id int primary key, n int")
    lines = "id,n\n" + "".join(f"{i},1\n" for i in range(1, 2001))
    path = write("same.csv", lines + "x,1\n")
    bad(load("items", path, "--batch", "100"), 1, "same.csv:2002")
    bad(load("items", path, "--null", "NA", "--reject", REJECT), 3, "other options", "--restart")
    write("same.csv", lines)
    bad(load("items", path), 3, "has changed", "--restart")
    os.rename(write("moved.csv", lines + "x,1\n"), os.path.join(FOLDER, "moved2.csv"))
    good(load("items", os.path.join(FOLDER, "moved2.csv"), "--reject", REJECT))
    assert len(rows("items")) == 2000
    good(load("items", path, "--reject", REJECT + "3", "--restart"))
    assert len(rows("items")) == 2000 and len(rejects(REJECT + "3")) == 2000
    os.unlink(REJECT + "3")


def test_dry_run_and_usage():
    make("items", "id int primary key, n int")
    path = write("dry.csv", "id,n\n1,1\nx,1\n2\n3,3\n")
    done = good(load("items", path, "--dry-run", "--json"))
    assert summary(done)["loaded"] == 2 and summary(done)["rejected"] == 2 and rows("items") == []
    bad(load("items", path, "--dry-run"), 0, "dry.csv:3: id", "dry.csv:4: has 1 field", "nothing was changed")
    bad(load("items", os.path.join(FOLDER, "missing.csv")), 2, "missing.csv")
    bad(load("items", write("what.txt", "x")), 2, "csv, tsv or jsonl")
    bad(load("items", write("empty.csv", "")), 3, "empty")
    bad(load("items", write("twice.csv", "id,id\n")), 3, "named twice")
    bad(load("items", path, "--max-rejects", "3"), 2, "reject file")
    bad(load("items", path, "--batch", "0"), 2, "--batch")
    assert b"--max-rejects" in load("items", path, "--help").stdout


def test_standard_input():
    make("items", "id int primary key, n int")
    done = good(load("items", "-", "--format", "csv", "--reject", REJECT, stdin=b"id,n\n1,1\n1,2\n"))
    assert b"nothing can go on with it" in done.stderr and len(rows("items")) == 1 and len(rejects(REJECT)) == 1
    left = [root(shard, "select count(*) from weir_load where file = '-'") for shard in SHARDS]
    assert left == ["0"] * 3, left


def test_interrupted():
    """Ctrl-C ends behind the running batches; two at once: the later one goes on, the former ends. Small batches last long enough."""
    make("items", "id int primary key, n int")
    path = write("long.csv", "id,n\n" + "".join(f"{i},1\n" for i in range(1, 60001)))
    begin = [WEIR, "load", "items", path, "--config", CONFIG, "--batch", "5"]
    for how in ("interrupt", "overtake"):
        everywhere("truncate items")
        first = subprocess.Popen(begin + ["--restart"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for(lambda: root("shop-0", "select count(*) from items") != "0")
        if how == "interrupt":
            first.send_signal(signal.SIGINT)
            first.wait()
            assert first.returncode == 5 and b"goes on" in first.stdout.read(), first
        good(load("items", path))
        first.communicate()
        assert first.returncode in ((5,) if how == "interrupt" else (4,)), first.returncode
        assert len(rows("items")) == 60000


def test_server_away():
    make("items", "id int primary key, n int")
    path = write("away.csv", "id,n\n" + "".join(f"{i},1\n" for i in range(1, 40001)))
    ended = []
    thread = threading.Thread(target=lambda: ended.append(load("items", path, "--batch", "50")))
    thread.start()
    wait_for(lambda: root("shop-1", "select count(*) from items") != "0")
    for _ in range(5):
        for shard in SHARDS:
            for number in root(shard, "select id from information_schema.processlist where user = 'app'").split():
                try:
                    root(shard, f"kill {number}")
                except AssertionError:
                    pass  # it had ended
    thread.join()
    good(ended[0])
    assert len(rows("items")) == 40000


def peak(path):
    """Kilobytes of memory that a load took at most: asked by a small process, for until it runs a child counts as large as its parent."""
    ask = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=2);"
           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    freed_is_free = os.environ | {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}
    done = subprocess.run([sys.executable, "-S", "-c", ask, WEIR, "load", "items", path, "--config", CONFIG], env=freed_is_free,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_memory():
    make("items", "id int primary key, note varchar(200)")
    small, large = (write(f"{n}.csv", "id,note\n" + "".join(f"{i},{'x' * 150}\n" for i in range(1, n + 1))) for n in (100000, 600000))
    one = peak(small)
    everywhere("truncate items")
    six = peak(large)
    print(f"100,000 rows: {one} KB, 600,000 rows: {six} KB")
    assert six < one + 4096, (one, six)  # the files' difference is 80 MB


def main():
    set_up()
    failed = 0
    for name, test in sorted(globals().items()):
        if name.startswith("test_") and (len(sys.argv) == 1 or any(word in name for word in sys.argv[1:])):
            print(name, flush=True)
            try:
                test()
            except AssertionError:
                failed += 1
                traceback.print_exc()
    everywhere("drop table if exists items, words, kinds, alone, made, given, log_of, " + ", ".join(f"parted_{n:02d}" for n in range(6)))
    return failed


if __name__ == "__main__":
    sys.exit(main())
