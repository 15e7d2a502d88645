"""Documents held against the JSON Schemas in Reports/schemas."""

import functools
import json
import re

import jsonschema
import reference

FOLDER = reference.ROOT / "Reports/schemas"
NAME = re.compile(r"currents-scrub/([a-z-]+)/(\d+)")


@functools.cache
def validator(name):
    schema = json.loads((FOLDER / f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def name_of(document):
    """The schema that a document says it follows, such as `receipt-1`; nothing where it says none."""
    found = NAME.fullmatch(str(document.get("schema", ""))) if isinstance(document, dict) else None
    return f"{found[1]}-{found[2]}" if found else None


def faults(document, name=None):
    """What of a document its schema does not allow."""
    return [f"{error.json_path}: {error.message[:300]}" for error in validator(name or name_of(document)).iter_errors(document)]


def held(text, limit=300_000):
    """Fails where a text is a document of the program that its schema does not allow. Very large ones are passed over."""
    if text.startswith(b"{") and len(text) <= limit:
        document = json.loads(text)
        assert faults(document) == [], name_of(document)
