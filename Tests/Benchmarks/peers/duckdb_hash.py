"""NDJSON by DuckDB's SQL.

DuckDB has no HMAC: the pseudonym is sha256(subkey || value), less work than an HMAC (one or two SHA-256 blocks
instead of four) and weaker. Otherwise as in polars_hmac.py: hex instead of base32, null for all that is redacted.
Members stay JSON text, so their spelling is kept. Files one after another, DuckDB's own threads inside a file; or
`--processes`, one thread each.
"""

import os
from collections import Counter

import duckdb

from treatment import HASHED, KEY_ID, REDACTED, main, subkey

DIGEST_KEY = {kind: subkey(kind).hex() for kind in set(HASHED.values()) - {"contact"}}
DATABASE = duckdb.connect(config={"threads": int(os.environ.get("DUCKDB_THREADS", os.cpu_count()))})
LINES = "format = 'newline_delimited', hive_partitioning = false"


def scrub_file(source, target):
    """Copies one NDJSON file with its personal members treated."""
    columns = member_names(source)
    shape = "{" + ", ".join(f"{text(name)}: '{'VARCHAR' if name in HASHED else 'JSON'}'" for name in columns) + "}"
    selected = ", ".join(f"{treatment(name)} AS {column(name)}" for name in columns)
    events = f"SELECT {selected} FROM read_json({text(source)}, {LINES}, columns = {shape})"
    return Counter(events=DATABASE.execute(f"COPY ({events}) TO {text(target)} (FORMAT json)").fetchone()[0])


def member_names(source):
    """The members of the file's events; every line is looked at, since a null may be left out."""
    rows = f"read_json({text(source)}, {LINES}, maximum_depth = 1, sample_size = -1)"
    return [row[0] for row in DATABASE.execute(f"DESCRIBE FROM {rows}").fetchall()]


def treatment(name):
    """The SQL expression for a member."""
    if name in REDACTED:
        return "NULL"
    if name not in HASHED:
        return column(name)
    return pseudonym(column(name), HASHED[name])


def pseudonym(value, kind):
    """Normalised, hashed and written as `k1-` and 32 hex digits; null where there is nothing to hash."""
    if kind == "contact":
        return f"CASE WHEN contains({value}, '@') THEN {pseudonym(value, 'email')} ELSE {pseudonym(value, 'phone')} END"
    if kind == "phone":
        digits = f"regexp_replace(regexp_replace({value}, '[^0-9]+', '', 'g'), '^00', '')"
        plain = f"CASE WHEN length({digits}) BETWEEN 7 AND 15 THEN {digits} END"
    else:
        plain = f"trim({value}, E' \\t\\n\\x0b\\x0c\\r')"
        if kind in ("email", "braze_id", "device_id", "ad_id"):
            plain = f"lower({plain})"
    plain = f"CASE WHEN regexp_matches({plain}, '[^0-]') THEN {plain} END"
    token = f"'{KEY_ID}-' || left(sha256('{DIGEST_KEY[kind]}' || {plain}), 32)"
    return f"CASE WHEN {value} IN ('', '[REDACTED]') THEN {value} ELSE {token} END"


def text(value):
    return "'" + str(value).replace("'", "''") + "'"


def column(name):
    return '"' + name.replace('"', '""') + '"'


if __name__ == "__main__":
    main(scrub_file, ".json", __doc__)
