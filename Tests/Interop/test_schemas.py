"""Every document that the program makes has a JSON Schema in Reports/schemas, which allows it and nothing else."""

import copy
import json
import pathlib
import re
import shutil

import fastavro
import pytest
import reference
import scene
import schemas

pytestmark = pytest.mark.skipif(not shutil.which("faketime"), reason="no faketime")

# Documents that bear no name of their schema, by the end of their path.
NAMELESS = {"/_truth.json": "sample-truth-1"}
LINES = {"/events.ndjson": "access-event-1", "/evidence/2026-06.ndjson": "evidence-1"}
# What is no document of ours: events, what other parties are sent in their forms, and a receipt that was tampered with.
FOREIGN = ["/downstream/", "/forged/", "/messy/", "/messy-out/", "/production/", "/segment/segment/", "/shared/users", "/spoilt/", "/other/",
           "/quarantine/"]
# A journal and a plan of parts are for the program alone, and gone when a run ends.
INTERNAL = {"journal-1", "parts-plan-1"}


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """All documents of a scene, each with where it was met and the name of its schema."""
    month = scene.Scene(tmp_path_factory.mktemp("documents")).play().documents()
    found = [(name, json.loads(text)) for name, text in month.printed.items() if name.startswith("json ")]
    for path in month.files(""):
        place = "/" + path.relative_to(month.folder).as_posix()
        if any(part in place for part in FOREIGN if not place.endswith("manifest.json")):
            continue
        if path.suffix == ".json":
            found.append((place, json.loads(path.read_bytes())))
        for end in LINES:
            if place.endswith(end):
                found += [(place + end, json.loads(line)) for line in path.read_bytes().splitlines()]
    return [(place, named(place, document), document) for place, document in found]


def named(place, document):
    by_place = [name for end, name in (NAMELESS | LINES).items() if place.endswith(end)]
    return by_place[0] if by_place else schemas.name_of(document)


def every_schema():
    return sorted(path.stem for path in schemas.FOLDER.glob("*.json"))


def test_documents_follow_their_schemas(documents):
    for place, name, document in documents:
        assert name, f"{place} names no schema"
        assert schemas.faults(document, name) == [], (place, name)


def test_two_plans_of_a_type_and_events_of_no_type_are_allowed(run, tmp_path):
    (tmp_path / "p.yml").write_text("policy: p\nversion: 1\ndefaults: { unknown_event: scrub }\nrules: []\n")
    place = tmp_path / "in/event_type=users.messages.email.Open"
    place.mkdir(parents=True)
    (place / "a.json").write_text('{"id":"1","campaign_name":"Spring"}\n')
    with open(place / "a.avro", "wb") as file:
        fastavro.writer(file, {"type": "record", "name": "users.messages.email.Open", "fields": [
            {"name": "campaign_name", "type": "string", "doc": "[PII] a name"}]}, [{"campaign_name": "Spring"}])
    (tmp_path / "in/b.json").write_text('{"id":"2","campaign_name":"Spring"}\n')
    done = run("--policy", "p.yml", "in", "-o", "out", "--json", cwd=tmp_path)
    manifest = json.loads((tmp_path / "out/_currents-scrub/manifest.json").read_text())
    assert schemas.faults(json.loads(done.stdout)) == schemas.faults(manifest) == []
    assert {len(event["plan"].split()) for event in json.loads(done.stdout)["events"]} == {1, 2}
    assert {"": 1} in [file["events"] for file in manifest["files"]]


def test_every_document_of_the_sources_has_a_schema_and_is_seen(documents):
    told = {f"{name}-{number}" for path in (reference.ROOT / "Sources").rglob("*.swift")
            for name, number in schemas.NAME.findall(path.read_text()) if name != "v1"} - INTERNAL
    assert told <= set(every_schema())
    assert {name for _, name, _ in documents} == set(every_schema())


def objects(value, path=()):
    """Every object of a document, by its path."""
    if isinstance(value, dict):
        yield path
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from objects(part, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


# Objects whose members are names from the data, or whose content is somebody else's.
MAPS = {"counts", "identifiers", "held_back", "not_searchable", "matched_by", "event_types", "fields", "events", "types", "by_type", "others",
        "event", "events_by_phone_only", "files"}


def test_documents_that_are_otherwise_are_refused(documents):
    seen = set()
    for _, name, document in documents:
        if name in seen or len(json.dumps(document)) > 300_000:
            continue
        seen.add(name)
        schema = schemas.validator(name).schema
        for member in schema["required"]:
            short = copy.deepcopy(document)
            del short[member]
            assert schemas.faults(short, name), (name, "without", member)
        for member in document:
            other = copy.deepcopy(document)
            other[member] = {"something": ["else"]}
            if not (name == "access-event-1" and member == "event"):
                assert schemas.faults(other, name), (name, member)
        for path in list(objects(document))[:200]:
            if path and (path[-1] in MAPS or path[0] == "event" and name == "access-event-1"):
                continue
            more = copy.deepcopy(document)
            at(more, path)["no such member"] = 1
            assert schemas.faults(more, name), (name, path)
    assert len(seen) >= len(every_schema()) - 1


def strict(schema, place):
    """Every object says which members it may have."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" or schema.get("type") == ["object", "null"]:
            assert "additionalProperties" in schema or place.endswith("/event"), place
            if "properties" in schema:
                assert schema["additionalProperties"] is False and set(schema["required"]) <= set(schema["properties"]), place
        for key, part in schema.items():
            strict(part, f"{place}/{key}")
    elif isinstance(schema, list):
        for part in schema:
            strict(part, place)


@pytest.mark.parametrize("name", every_schema())
def test_schemas_are_strict_and_whole(name):
    schema = schemas.validator(name).schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema" and schema["$id"] == f"{name}.json"
    assert schema["title"] and schema["description"]
    strict(schema, name)
    if "schema" in schema["properties"]:
        assert schema["properties"]["schema"]["const"] == "currents-scrub/" + "/".join(re.fullmatch(r"(.*)-(\d+)", name).groups())
    used = set(re.findall(r"#/\$defs/(\w+)", json.dumps(schema)))
    assert used == set(schema.get("$defs", {}))


def test_they_are_listed():
    text = (schemas.FOLDER / "README.md").read_text()
    assert [name for name in every_schema() if f"({name}.json)" not in text] == []


def test_samples_follow_them():
    for path in (reference.ROOT / "Reports/samples").rglob("*.json"):
        if "downstream" not in path.parts:
            assert schemas.faults(json.loads(path.read_text())) == [], path
