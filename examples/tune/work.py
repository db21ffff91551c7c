"""The load where Rust is missing: rows into sqlite3 and JSON there and back, 20 rounds."""

import json
import sqlite3

ROUNDS = 20
ROWS = 4000

kept = []
for number in range(ROUNDS):
    database = sqlite3.connect(":memory:")
    database.execute("create table t (a integer, b text, c blob)")
    database.executemany(
        "insert into t values (?, ?, ?)",
        ((i, str(i) * (i % 9), bytes(i % 300)) for i in range(ROWS)),
    )
    rows = database.execute("select a, b from t order by b").fetchall()
    text = json.dumps([{"a": a, "b": b} for a, b in rows])
    kept.append(json.loads(text)[: ROWS // 10])
    kept = kept[-5:]
