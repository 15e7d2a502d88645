"""Avro by fastavro (its C reader and writer) and the standard library's HMAC, as a data engineer would write it.

Schema and event order are kept; metadata and block sizes are fastavro's own. One process unless `--processes`.
"""

from collections import Counter

import fastavro

from treatment import HASHED, JSON_TEXT, REDACTED, main, pseudonymiser

PSEUDONYM = {kind: pseudonymiser(kind) for kind in set(HASHED.values())}
SENTINEL = {"string": "[REDACTED]", "float": 0.0, "double": 0.0, "int": 0, "long": 0, "boolean": False}


def scrub_file(source, target):
    """Copies one Avro file with its personal fields treated."""
    with open(source, "rb") as infile, open(target, "wb") as outfile:
        reader = fastavro.reader(infile)
        counts = Counter()
        fastavro.writer(outfile, reader.writer_schema, scrubbed(reader, counts), codec="null")
    return counts


def scrubbed(reader, counts):
    """The events of a reader, treated; the lists of fields are made once a file."""
    fields = reader.writer_schema["fields"]
    hashed = [(f["name"], PSEUDONYM[HASHED[f["name"]]], blank(f)) for f in fields if f["name"] in HASHED]
    redacted = [(f["name"], blank(f)) for f in fields if f["name"] in REDACTED]
    events = hashes = 0
    for event in reader:
        for name, pseudonym, blank_value in hashed:
            value = event[name]
            if value is not None:
                token = pseudonym(value)
                event[name] = blank_value if token is None else token
                hashes += 1
        for name, blank_value in redacted:
            if event[name] not in (None, "", "[REDACTED]"):
                event[name] = blank_value
        events += 1
        yield event
    counts.update(events=events, hashes=hashes)


def blank(field):
    """What a redacted field holds: null where the schema allows it, else a value of its type."""
    if isinstance(field["type"], list):
        return None
    return "{}" if field["name"] in JSON_TEXT else SENTINEL[field["type"]]


if __name__ == "__main__":
    main(scrub_file, ".avro", __doc__)
