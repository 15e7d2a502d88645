"""Compares two scrubbed trees event by event: compare.py avro|ndjson OURS SCRIPT. Prints the counts as JSON.

Fields that both sides redacted count as equal whatever stands there: null, or a value of the field's type.
"""

import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from treatment import HASHED, REDACTED

BLANK = (None, "", "[REDACTED]", "{}", 0, False, [])


def avro_events(path):
    import fastavro

    with open(path, "rb") as file:
        yield from fastavro.reader(file)


def ndjson_events(path):
    import orjson

    with open(path, "rb") as file:
        yield from map(orjson.loads, file)


def differences(ours, script):
    """The fields in which two events differ."""
    for name in ours.keys() | script.keys():
        left, right = ours.get(name), script.get(name)
        both_blank = (name in REDACTED or name in HASHED) and left in BLANK and right in BLANK
        if left != right and not both_blank:
            yield name


def main():
    kind, ours, script = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    events_of, suffix = (avro_events, ".avro") if kind == "avro" else (ndjson_events, ".json")
    events, differing = 0, Counter()
    for theirs in sorted(script.rglob("*" + suffix)):
        mine = ours / theirs.relative_to(script)
        for left, right in zip(events_of(mine), events_of(theirs), strict=True):
            differing.update(differences(left, right))
            events += 1
    print(json.dumps({"events": events, "differing": dict(differing)}))


main()
