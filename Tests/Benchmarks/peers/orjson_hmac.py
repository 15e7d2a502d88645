"""NDJSON line by line by orjson and the standard library's HMAC, as a data engineer would write it.

Redacted members become null whatever their type; spacing and number spelling are orjson's own.
One process unless `--processes`.
"""

from collections import Counter

import orjson

from treatment import HASHED, REDACTED, main, pseudonymiser

PSEUDONYM = {kind: pseudonymiser(kind) for kind in set(HASHED.values())}
HASHERS = {name: PSEUDONYM[kind] for name, kind in HASHED.items()}


def scrub_file(source, target):
    """Copies one NDJSON file with its personal members treated."""
    events = hashes = 0
    loads, dumps, newline = orjson.loads, orjson.dumps, orjson.OPT_APPEND_NEWLINE
    with open(source, "rb") as infile, open(target, "wb", buffering=1 << 20) as outfile:
        for line in infile:
            event = loads(line)
            for name in HASHERS.keys() & event.keys():
                value = event[name]
                if value is not None:
                    event[name] = HASHERS[name](value)
                    hashes += 1
            for name in REDACTED & event.keys():
                if event[name] not in (None, "", "[REDACTED]"):
                    event[name] = None
            outfile.write(dumps(event, option=newline))
            events += 1
    return Counter(events=events, hashes=hashes)


if __name__ == "__main__":
    main(scrub_file, ".json", __doc__)
