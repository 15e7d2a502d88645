"""Avro or NDJSON by polars with the HMAC-SHA256 expression of polars-hash.

What the tool cannot do, all of it in its favour: its HMAC takes a text key (so the hex of the subkey is the key)
and gives hex (there is no base32), redacted values become null whatever their type, Braze's own hashes are hashed
like any other value, and in Avro the schema is polars' own (every field nullable, no docs).
Files one after another, polars' own threads inside a file; or `--processes`, one thread each.
"""

import sys
from collections import Counter

import polars as pl
import polars_hash  # registers the `chash` expressions

from treatment import HASHED, KEY_ID, REDACTED, TRIMMED, UNTOUCHED, main, subkey

DIGEST_KEY = {kind: subkey(kind).hex() for kind in set(HASHED.values()) - {"contact"}}


def scrub_avro(source, target):
    """Copies one Avro file with its personal fields treated."""
    events = pl.read_avro(source)
    event_type = next((part for part in source.parts if part.startswith("event_type=")), "event_type=Event")
    treated(events).write_avro(target, compression="uncompressed", name=event_type.replace("=", ".").split(".")[-1])
    return Counter(events=events.height)


def scrub_ndjson(source, target):
    """Copies one NDJSON file with its personal members treated; the whole file is looked at for its types."""
    events = pl.read_ndjson(source, infer_schema_length=None)
    treated(events).write_ndjson(target)
    return Counter(events=events.height)


def treated(events):
    """The events with every personal column replaced."""
    hashed = [pseudonym(name, HASHED[name]) for name in events.columns if has_text(events, name)]
    redacted = [pl.lit(None, dtype=events.schema[name]).alias(name) for name in events.columns if name in REDACTED]
    return events.with_columns(hashed + redacted)


def pseudonym(name, kind):
    """The expression for the pseudonyms of a column."""
    value = pl.col(name)
    if kind == "contact":
        is_email = value.str.contains("@", literal=True)
        token = pl.when(is_email).then(token_of(value, "email")).otherwise(token_of(value, "phone"))
    else:
        token = token_of(value, kind)
    return pl.when(value.is_in(UNTOUCHED)).then(value).otherwise(token).alias(name)


def token_of(value, kind):
    """Normalised, hashed and written as `k1-` and 32 hex digits; null where there is nothing to hash."""
    if kind == "phone":
        digits = value.str.replace_all("[^0-9]", "").str.strip_prefix("00")
        plain = pl.when(digits.str.len_bytes().is_between(7, 15)).then(digits).otherwise(None)
    else:
        plain = value.str.strip_chars(TRIMMED)
        if kind in ("email", "braze_id", "device_id", "ad_id"):
            plain = plain.str.to_lowercase()
    plain = pl.when(plain.str.contains("[^0-]")).then(plain).otherwise(None)
    return pl.lit(KEY_ID + "-") + plain.chash.hmac_sha256(key=DIGEST_KEY[kind]).str.head(32)


def has_text(events, name):
    return name in HASHED and events.schema[name] == pl.String


if __name__ == "__main__":
    if "--ndjson" in sys.argv:
        sys.argv.remove("--ndjson")
        main(scrub_ndjson, ".json", __doc__)
    else:
        main(scrub_avro, ".avro", __doc__)
