#!/usr/bin/env python3
"""corpus_test.py - the SQL front end against the statements of MariaDB's own test suite. SPDX-License-Identifier: Apache-2.0

Usage: corpus_test.py <the corpus program>, under `weir playground run` or ctest
What the server's parser takes, weir's must take: 99 % of SELECT, INSERT and their like, 97 % of all. What the server calls a mistake and
weir takes is counted too. The counts are printed; those of a day stand in docs/sql.md.
"""
import collections
import glob
import os
import re
import subprocess
import sys

import extract

SCRIPTS = "/usr/share/mysql/mysql-test/main/*.test"
SHOWN = 200  # refusals, in the order of their reasons
DML = "select insert replace update delete with values table do call".split()
MIN_DISTINCT, MIN_DML, MIN_ALL = 20000, 0.99, 0.97
MOST_TAKEN = 0.005  # of all DML: what only weir takes
SYNTAX, NO_MODE = 1064, 1231

Answer = collections.namedtuple("Answer", "code status kind offset text")


def first_word(sql):
    """Behind comments and parentheses."""
    rest = re.sub(rb"^(?:\s|\(|/\*.*?\*/|#[^\n]*\n|--\s[^\n]*\n)+", b"", sql, flags=re.S)
    return re.match(rb"[a-zA-Z_]*", rest).group().lower().decode() or "(none)"


def ask(program, batch):
    """batch: (sql_mode, statement). Answers in its order."""
    folder = os.environ["WEIR_PLAYGROUND_DIR"]
    records = b"".join(b"%s\t%d\n%s\n" % (mode.encode() or b"NONE", len(sql), sql) for mode, sql in batch)
    command = [program, f"{folder}/root.cnf", f"{folder}/shop/sock"]
    done = subprocess.run(command, input=records, stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode(errors="replace").split("\n")[:-1]
    assert len(lines) == len(batch), f"{len(lines)} answers to {len(batch)} statements"
    answers = [line.split("\t", 4) for line in lines]
    return [Answer(int(code), status, kind, int(offset), text) for code, status, kind, offset, text in answers]


def statements_of(path):
    """Of a file where each ends in ; at the end of a line."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), path), "rb") as file:
        text = re.sub(rb"^--[^\n]*\n", b"", file.read(), flags=re.M)
    return [one.strip() for one in re.split(rb";[ \t]*\n", text) if one.strip()]


def check_benchmark(program, path, wanted):
    """Every statement is taken by both."""
    batch = [("DEFAULT", sql) for sql in statements_of(path)]
    assert len(batch) >= wanted, f"{path} has {len(batch)} statements"
    for (_, sql), answer in zip(batch, ask(program, batch)):
        assert answer.code != SYNTAX, f"{path}: the server does not take {sql.decode()}"
        assert answer.status == "OK", f"{path}: {answer.text}: {sql.decode()}"
    print(f"{path}: {len(batch)} statements, all taken")


def reason(answer):
    return re.sub(r"^line \d+, column \d+: ", "", answer.text)


def check_corpus(program):
    """Gives what went wrong, or nothing."""
    found = {}
    for path in sorted(glob.glob(SCRIPTS)):
        for one in extract.statements(path):
            found.setdefault(one, os.path.basename(path))
    batch = sorted(found)
    taken, refused, rejected, only_weir = (collections.Counter() for _ in range(4))
    refusals = []
    for (mode, sql), answer in zip(batch, ask(program, batch)):
        word = first_word(sql)
        if answer.code == NO_MODE:
            continue
        if answer.code == SYNTAX:
            rejected[word] += 1
            only_weir[word] += answer.status == "OK"
        else:
            taken[word] += 1
            if answer.status != "OK":
                refused[word] += 1
                refusals.append((reason(answer), found[mode, sql], sql, answer.offset))
    report(len(batch), taken, refused, rejected, only_weir)
    for why, script, sql, at in sorted(refusals)[:SHOWN]:
        near = sql[max(0, at - 60) : at].decode(errors="replace"), sql[at : at + 40].decode(errors="replace")
        print(f"refused: {why}\n    {script}: {' '.join(near[0].split())} >>> {' '.join(near[1].split())}")

    dml = sum(taken[word] for word in DML)
    bad = sum(refused[word] for word in DML)
    wrong = []
    if len(batch) < MIN_DISTINCT or dml < MIN_DISTINCT / 2:
        wrong.append(f"only {len(batch)} distinct statements were found, {dml} of them DML that the server takes")
    if bad > dml * (1 - MIN_DML):
        wrong.append(f"{bad} of {dml} DML statements are refused")
    if refused.total() > taken.total() * (1 - MIN_ALL):
        wrong.append(f"{refused.total()} of {taken.total()} statements are refused")
    if sum(only_weir[word] for word in DML) > dml * MOST_TAKEN:
        wrong.append("too many statements are taken that the server rejects")
    return wrong


def report(distinct, taken, refused, rejected, only_weir):
    print(f"{distinct} distinct statements; counted: those whose sql_mode the server has")
    print(f"{'statement':14} {'server takes':>12} {'weir refuses':>12} {'server rejects':>14} {'weir takes':>10}")
    rows = sorted(taken | rejected, key=lambda word: (word not in DML, -taken[word], word))
    for word in rows:
        print(f"{word:14} {taken[word]:12} {refused[word]:12} {rejected[word]:14} {only_weir[word]:10}")
    for name, words in (("DML", DML), ("all", rows)):
        sums = [sum(counter[word] for word in words) for counter in (taken, refused, rejected, only_weir)]
        print(f"{name:14} {sums[0]:12} {sums[1]:12} {sums[2]:14} {sums[3]:10}   {100 - 100 * sums[1] / sums[0]:.2f} % taken")


def main():
    program = sys.argv[1]
    check_benchmark(program, "tpch.sql", 24)
    check_benchmark(program, "tpcc.sql", 30)
    wrong = check_corpus(program)
    for text in wrong:
        print(f"corpus_test: {text}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
