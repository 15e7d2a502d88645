"""A unique canary in every member of every shape: after `gdpr` none of the marked or personal ones is left."""

import base64
import hashlib
import io
import json
import urllib.parse

import fastavro
import pytest
import reference

CATALOG = reference.Catalog()
PARTNERS = ["amplitude", "mixpanel", "mparticle", "segment"]


def canary(number):
    """Sixteen hex digits: nothing that a format or a normaliser changes, and found whatever stands around it."""
    return hashlib.sha256(b"canary %d" % number).hexdigest()[:16]


class Plant:
    """Values that hold canaries, by the kind of field."""

    def __init__(self):
        self.number, self.personal, self.plain = 0, {}, {}

    def value(self, member):
        self.number += 1
        text = canary(self.number)
        kinds = {CATALOG.fields[n]["kind"] for n in member["fields"]}
        if member["type"].startswith("array"):
            result = [text]
        elif not member["type"].startswith("string"):
            return {"boolean": True, "float": 1.5, "double": 1.5}.get(member["type"].rstrip("?"), 7)
        elif "phone" in kinds:
            digits = "1202555%08d" % self.number
            text, result = digits, "+" + digits
        elif kinds & {"email", "email|phone"}:
            result = f"{text}@example.test"
        elif "json" in kinds:
            result = json.dumps({"customer": {"name": text}})
        else:
            result = f"x {text}"
        if CATALOG.is_sensitive(member):
            self.personal[text] = member["path"]
        elif not any(CATALOG.fields[n]["linking"] for n in member["fields"]):
            self.plain[text] = member["path"]
        return result


def document(shape, plant):
    """An event of a partner's shape."""
    root = {}
    for member in shape["members"]:
        place, parts = root, member["path"].split(".")
        for part in parts[:-1]:
            if part.endswith("[]"):
                place = place.setdefault(part[:-2], [{}])[0]
            else:
                place = place.setdefault(part, {})
        place[parts[-1]] = shape["name"] if "E" in member["flags"] else plant.value(member)
    return root


def encodings(text):
    raw = text.encode()
    return [raw, raw.upper(), base64.b64encode(raw)[:-4], raw.hex().encode(), urllib.parse.quote(text).encode(),
            hashlib.md5(raw).hexdigest().encode(), hashlib.sha1(raw).hexdigest().encode(),
            hashlib.sha256(raw).hexdigest().encode(), text.encode("utf-16-le")]


def everything(done, *folders):
    """All bytes that the run left, Avro files and others, and what it said."""
    parts = [done.stdout, done.stderr]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                parts += [path.read_bytes(), str(path.name).encode()]
    return b"\n".join(parts)


def assert_clean(plant, content):
    leaked = {path for text, path in plant.personal.items() if any(form in content for form in encodings(text))}
    assert not leaked
    # The canaries are really found where they stay, so finding none of the others says something.
    kept = [path for text, path in plant.plain.items() if text.encode() in content]
    assert len(kept) > len(plant.plain) * 0.9


@pytest.mark.parametrize("destination", PARTNERS)
@pytest.mark.parametrize("policy", ["gdpr", "gdpr-strict"])
def test_partner_shapes(run, tmp_path, destination, policy):
    shapes = [s for s in CATALOG.shapes if s["destination"] == destination]
    assert len(shapes) == (58 if destination == "mparticle" else 59)
    plant = Plant()
    lines = [json.dumps(document(shape, plant)) for shape in shapes]
    archive = tmp_path / "in"
    archive.mkdir()
    (archive / "events.json").write_text("\n".join(lines) + "\n")
    done = run("--policy", f"builtin:{policy}", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports", "--json")
    report = json.loads(done.stdout)
    assert report["totals"]["events_in"] == report["totals"]["events_out"] == len(shapes)
    content = everything(done, tmp_path / "out", tmp_path / "reports")
    leaked = {path for text, path in plant.personal.items() if any(form in content for form in encodings(text))}
    assert not leaked
    for line in (tmp_path / "out/events.json").read_text().splitlines():
        json.loads(line)


def avro_type(member):
    kind = member["type"]
    base = kind.rstrip("?")
    if kind.startswith("array of "):
        item = kind.removeprefix("array of ")
        base = {"type": "array", "items": ["null", "string"] if item.endswith("?") else "string"}
        return ["null", base]
    return base if "r" in member["flags"] else ["null", base]


def avro_file(shape, plant, marked):
    """One event of a storage type; without marks, as archives of earlier years have none."""
    fields = []
    for member in shape["members"]:
        kind = avro_type(member)
        field = {"name": member["path"], "type": kind, "doc": "[PII] a word" if marked and CATALOG.is_sensitive(member) else "a word"}
        if isinstance(kind, list):
            field["default"] = None
        fields.append(field)
    schema = {"type": "record", "name": f"dataexport.S3.inner.{shape['event']}", "fields": fields}
    event = {member["path"]: plant.value(member) for member in shape["members"]}
    output = io.BytesIO()
    fastavro.writer(output, fastavro.parse_schema(schema), [event], sync_interval=1)
    return output.getvalue()


@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("policy", ["gdpr", "gdpr-strict"])
def test_storage_events_in_avro(run, tmp_path, policy, marked):
    shapes = [s for s in CATALOG.shapes if s["destination"] == "storage"]
    assert len(shapes) == 100
    plant = Plant()
    archive = tmp_path / "in"
    for shape in shapes:
        folder = archive / f"event_type={shape['event']}" / "date=2026-05-01-10"
        folder.mkdir(parents=True)
        (folder / "events.avro").write_bytes(avro_file(shape, plant, marked))
    done = run("--policy", f"builtin:{policy}", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports")
    content = everything(done, tmp_path / "out", tmp_path / "reports")
    leaked = {path for text, path in plant.personal.items() if any(form in content for form in encodings(text))}
    assert not leaked
    for path in (tmp_path / "out").rglob("*.avro"):
        with path.open("rb") as file:
            list(fastavro.reader(file))


def test_storage_events_as_lines(run, tmp_path):
    plant = Plant()
    archive = tmp_path / "in"
    for shape in (s for s in CATALOG.shapes if s["destination"] == "storage"):
        folder = archive / f"event_type={shape['event']}"
        folder.mkdir(parents=True)
        (folder / "events.json").write_text(json.dumps({m["path"]: plant.value(m) for m in shape["members"]}))
    done = run("--policy", "builtin:gdpr", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports")
    assert_clean(plant, everything(done, tmp_path / "out", tmp_path / "reports"))


def test_unknown_members_broken_lines_and_names_that_are_values(run, tmp_path):
    """Everything that goes wrong on purpose: no canary anywhere but in what policy keeps."""
    texts = [canary(100_000 + n) for n in range(8)]
    lines = [
        json.dumps({"id": "1", "new_field": texts[0], f"{texts[1]}@example.test": 1, "email": f"{texts[2]}@example.test"}),
        '{"id": "2", "user_id": "' + texts[3],
        f'{{"id": "3", "user_id": "{texts[4]}" "broken": 1}}',
        f'{{"id": "4", "campaign_name": {{"inner": "{texts[5]}"}}, "user_id": ["{texts[6]}"]}}',
        f'"{texts[7]}"',
    ]
    archive = tmp_path / "in"
    archive.mkdir()
    (archive / "users.messages.email.Open.json").write_text("\n".join(lines) + "\n")
    done = run("--policy", "builtin:gdpr", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports", expect=2)
    content = everything(done, tmp_path / "out", tmp_path / "reports")
    assert [t for t in texts if any(form in content for form in encodings(t))] == []
