"""Random schemas of every Avro type, and random records of them: what no rule treats comes out byte for byte, what is
redacted is the sentinel of its type, and fastavro reads all of it.

Records are encoded here, from the specification alone, so that arrays and maps come in every form: several blocks, with
and without their size in bytes. The same code says what each record must become.
"""

import io
import json
import random
import struct

import fastavro
import pytest
import reference
from test_codecs import SYNC, varint

ROOT = "dataexport.S3.inner.users.messages.email.Open"
POLICY = """policy: types
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - fields: ["redact_*"]
    action: redact
    optional: true
  - fields: ["drop_*"]
    action: drop
    optional: true
  - fields: ["hash_*"]
    action: hash
    domain: typed
    optional: true
  - fields: ["keep_*"]
    action: keep
    because: what is kept must come out as it was
    optional: true
"""
PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
NIL = "00000000-0000-0000-0000-000000000000"


class Schemas:
    """Makes types; every named one is known by its full name."""

    def __init__(self, dice):
        self.dice, self.names, self.open = dice, {}, []

    def logical(self):
        return self.dice.choice([
            {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
            {"type": "string", "logicalType": "uuid"}, {"type": "int", "logicalType": "date"},
            {"type": "int", "logicalType": "time-millis"}, {"type": "long", "logicalType": "time-micros"},
            {"type": "long", "logicalType": "timestamp-millis"}, {"type": "long", "logicalType": "timestamp-micros"},
            {"type": "long", "logicalType": "local-timestamp-millis"}, {"type": "long", "logicalType": "none-that-is-known"},
        ])

    def name(self, kind, space):
        """A new name in one of the three ways to spell it, and the full name it makes."""
        short = f"{kind}{len(self.names)}"
        way = self.dice.randrange(3)
        if way == 0:
            return {"name": short}, f"{space}.{short}"
        other = self.dice.choice(["a.b", "c", "d_1.e"])
        if way == 1:
            return {"name": short, "namespace": other}, f"{other}.{short}"
        return {"name": f"{other}.{short}", "namespace": "not.this.one"}, f"{other}.{short}"

    def named(self, kind, space, **more):
        spelled, full = self.name(kind.capitalize()[0], space)
        made = {"type": kind, **spelled, **more}
        if self.dice.random() < 0.3:
            made["aliases"] = ["Former", "x.y.Former"]
        self.names[full] = made
        return made, full

    def type(self, space, depth, inside_union=False):
        roll = self.dice.random()
        if depth > 3 or roll < 0.25:
            return self.dice.choice(PRIMITIVES)
        if roll < 0.4:
            return self.logical()
        if roll < 0.48:
            return {"type": "array", "items": self.type(space, depth + 1)}
        if roll < 0.56:
            return {"type": "map", "values": self.type(space, depth + 1)}
        if roll < 0.72 and not inside_union:
            return self.union(space, depth)
        if roll < 0.78:
            return self.named("enum", space, symbols=[f"S{n}" for n in range(self.dice.randrange(1, 70))])[0]
        if roll < 0.82:
            return self.named("fixed", space, size=self.dice.choice([0, 1, 7, 200]))[0]
        if roll < 0.84:
            return self.named("fixed", space, size=12)[0] | {"logicalType": "duration"}
        if roll < 0.86:
            made, full = self.named("fixed", space, size=8)
            made |= {"logicalType": "decimal", "precision": 12, "scale": 3}
            return made
        if roll < 0.92 and self.names:
            done = [n for n in self.names if n not in self.open]
            if done:
                return self.dice.choice(done)
        if roll < 0.94 and self.open:
            # A record inside itself, where its end can be reached.
            again = self.dice.choice(self.open)
            form = self.dice.randrange(4) if not inside_union else self.dice.randrange(2, 4)
            return (["null", again], [again, "string"], {"type": "array", "items": again}, {"type": "map", "values": again})[form]
        return self.record(space, depth)

    def record(self, space, depth):
        made, full = self.named(self.dice.choice(["record", "record", "error"]), space, fields=[])
        inner = full.rpartition(".")[0]
        self.open.append(full)
        made["fields"] = [
            {"name": f"f{n}", "type": self.type(inner, depth + 1)} for n in range(self.dice.randrange(0, 5))]
        self.open.remove(full)
        return made

    def union(self, space, depth):
        branches, kinds = [], set()
        for _ in range(self.dice.randrange(1, 6)):
            before = dict(self.names)
            branch = self.type(space, depth + 1, inside_union=True)
            kind = self.kind(branch)
            if kind in kinds:
                self.names = before
            else:
                kinds.add(kind)
                branches.append(branch)
        if self.dice.random() < 0.5 and "null" not in kinds:
            branches.insert(self.dice.randrange(len(branches) + 1), "null")
        return branches

    def kind(self, branch):
        """What may stand in a union once: an unnamed type, or a name."""
        form = self.resolve(branch)
        if isinstance(form, str):
            return form
        if form["type"] in ("record", "error", "enum", "fixed"):
            return id(form)
        return form["type"]

    def resolve(self, type_):
        return self.names.get(type_, type_) if isinstance(type_, str) else type_


class Records:
    """Encodes random values of a type, and the sentinels that stand for removed ones."""

    def __init__(self, schemas, dice):
        self.schemas, self.dice = schemas, dice

    def form(self, type_):
        type_ = self.schemas.resolve(type_)
        if isinstance(type_, list):
            return "union", type_
        if isinstance(type_, str):
            return type_, {}
        return type_["type"], type_

    def text(self):
        return "".join(self.dice.choice(["a", "Z", "é", "\U0001f600", "\0", "\n"]) for _ in range(self.dice.choice([0, 1, 5, 5, 5, 90])))

    def value(self, type_, depth=0):
        kind, type_ = self.form(type_)
        logical = type_.get("logicalType") if isinstance(type_, dict) else None
        dice = self.dice
        if kind == "null":
            return b""
        if kind == "boolean":
            return bytes([dice.randrange(2)])
        if kind == "int":
            if logical:
                return varint(dice.randrange(86_400))
            return varint(dice.choice([0, -1, 63, 64, -64, -65, 2**31 - 1, -(2**31), dice.randrange(-(2**31), 2**31)]))
        if kind == "long":
            if logical:
                return varint(dice.randrange(86_400_000))
            return varint(dice.choice([0, 2**63 - 1, -(2**63), dice.randrange(-(2**63), 2**63)]))
        if kind == "float":
            return struct.pack("<f", dice.choice([0.0, -0.0, float("nan"), float("inf"), dice.random()]))
        if kind == "double":
            return struct.pack("<d", dice.choice([0.0, -0.0, float("nan"), float("-inf"), dice.random()]))
        if kind == "bytes":
            if logical:
                return varint(3) + bytes([0]) + dice.randbytes(2)
            data = dice.randbytes(dice.choice([0, 1, 63, 64, 300]))
            return varint(len(data)) + data
        if kind == "string":
            data = (self.uuid() if logical == "uuid" else self.text()).encode()
            return varint(len(data)) + data
        if kind == "enum":
            return varint(dice.randrange(len(type_["symbols"])))
        if kind == "fixed":
            return bytes(5) + dice.randbytes(3) if logical == "decimal" else dice.randbytes(type_["size"])
        if kind == "array":
            return self.items(lambda: self.value(type_["items"], depth + 1), depth)
        if kind == "map":
            return self.items(lambda: self.key() + self.value(type_["values"], depth + 1), depth)
        if kind == "union":
            branch = self.branch(type_, depth)
            return varint(branch) + self.value(type_[branch], depth + 1)
        return b"".join(self.value(f["type"], depth + 1) for f in type_["fields"])

    def uuid(self):
        digits = f"{self.dice.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def key(self):
        data = self.text().encode()
        return varint(len(data)) + data

    def branch(self, branches, depth):
        if depth > 5:
            return min(range(len(branches)), key=lambda b: self.steps(branches[b]))
        return self.dice.randrange(len(branches))

    def items(self, make, depth):
        out = b""
        for _ in range(0 if depth > 4 else self.dice.randrange(4)):
            count = self.dice.randrange(1, 4)
            data = b"".join(make() for _ in range(count))
            out += varint(-count) + varint(len(data)) + data if self.dice.random() < 0.5 else varint(count) + data
        return out + b"\0"

    def steps(self, type_, seen=()):
        """How far it is to the end of the shortest value; endless where a record holds itself."""
        kind, type_ = self.form(type_)
        if kind == "union":
            return min(self.steps(b, seen) for b in type_) + 1
        if kind in ("record", "error"):
            if id(type_) in seen:
                return 10**9
            return max((self.steps(f["type"], seen + (id(type_),)) for f in type_["fields"]), default=0) + 1
        return 0

    def sentinel(self, type_):
        kind, type_ = self.form(type_)
        logical = type_.get("logicalType") if isinstance(type_, dict) else None
        if kind == "null":
            return b""
        if kind == "float":
            return bytes(4)
        if kind == "double":
            return bytes(8)
        if kind == "bytes":
            return b"\x02\0" if logical == "decimal" else b"\0"
        if kind == "string":
            text = NIL if logical == "uuid" else "[REDACTED]"
            return varint(len(text)) + text.encode()
        if kind == "fixed":
            return bytes(type_["size"])
        if kind == "union":
            branch = type_.index("null") if "null" in type_ else min(range(len(type_)), key=lambda b: self.steps(type_[b]))
            return varint(branch) + self.sentinel(type_[branch])
        if kind in ("record", "error"):
            return b"".join(self.sentinel(f["type"]) for f in type_["fields"])
        return b"\0"

    def redacted(self, type_, value):
        """What a redacted field becomes, given its bytes."""
        kind, form = self.form(type_)
        front = b""
        if kind == "union":
            branch = value[0] >> 1
            if form[branch] == "null":
                return value
            if self.form(form[branch])[0] == "string" and self.is_left(value[1:]):
                return value
            if "null" in form:
                return varint(form.index("null"))
            front, type_ = varint(branch), form[branch]
        elif kind == "string" and self.is_left(value):
            return value
        return front + self.sentinel(type_)

    def is_left(self, encoded):
        return encoded == b"\0" or encoded == varint(10) + b"[REDACTED]"

    def hashed(self, type_, value):
        kind, form = self.form(type_)
        front, rest, branch = b"", value, None
        if kind == "union":
            branch = form[value[0] >> 1]
            front, rest = value[:1], value[1:]
            if branch == "null":
                return value
        if self.form(branch or type_)[0] != "string":
            return self.redacted(type_, value)
        length, at = 0, 0
        while True:
            length |= (rest[at] & 0x7F) << 7 * at
            at += 1
            if rest[at - 1] < 0x80:
                break
        text = reference.pseudonym("other", rest[at:].decode(), domain="typed")
        if text is None:
            return self.redacted(type_, value)
        return front + varint(len(text)) + text.encode()


def schema_of(dice):
    schemas = Schemas(dice)
    root = {"type": "record", "name": ROOT, "fields": []}
    for n in range(dice.randrange(1, 9)):
        action = dice.choice(["keep", "keep", "redact", "drop", "hash"])
        if action == "hash":
            type_ = dice.choice(["string", ["null", "string"], ["string", "null"], ["long", "string", "null"], ["string", "double"]])
        else:
            type_ = schemas.type(ROOT.rpartition(".")[0], 0)
        field = {"name": f"{action}_{n}", "type": type_}
        if dice.random() < 0.3:
            field |= {"doc": "a field", "aliases": ["former"], "order": "ignore", "x-note": {"a": [1, None]}}
        root["fields"].append(field)
    return schemas, root


def container(schema, count, block):
    meta = {"avro.codec": b"null", "avro.schema": json.dumps(schema).encode(), "note": b"kept"}
    head = b"Obj\x01" + varint(len(meta)) + b"".join(varint(len(k)) + k.encode() + varint(len(v)) + v for k, v in meta.items())
    return head + b"\0" + SYNC + varint(count) + varint(len(block)) + block + SYNC


def blocks(content):
    """What stands behind the header."""
    return content[content.index(SYNC) + 16:]


@pytest.mark.parametrize("seed", range(8))
def test_every_type_is_copied_or_redacted_as_its_schema_says(run, tmp_path, seed):
    (tmp_path / "policy.yml").write_text(POLICY)
    (tmp_path / "in").mkdir()
    dice = random.Random(seed)
    expected = {}
    while len(expected) < 60:
        schemas, root = schema_of(dice)
        records = Records(schemas, dice)
        before = after = b""
        count = dice.randrange(1, 12)
        for _ in range(count):
            for field in root["fields"]:
                value = records.value(field["type"])
                before += value
                action = field["name"].split("_")[0]
                after += {"keep": lambda: value, "hash": lambda: records.hashed(field["type"], value)}.get(
                    action, lambda: records.redacted(field["type"], value))()
        name = f"part-{len(expected)}.avro"
        (tmp_path / "in" / name).write_bytes(container(root, count, before))
        expected[name] = (root, count, varint(count) + varint(len(after)) + after + SYNC)
    run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "-q")
    for name, (root, count, block) in expected.items():
        old, new = (tmp_path / "in" / name).read_bytes(), (tmp_path / "out" / name).read_bytes()
        assert blocks(new) == block, (name, json.dumps(root))
        readers = [fastavro.reader(io.BytesIO(content)) for content in (old, new)]
        a, b = (list(reader) for reader in readers)
        assert len(a) == len(b) == count
        for one, other in zip(a, b):
            for field in root["fields"]:
                if field["name"].startswith("keep"):
                    assert repr(one[field["name"]]) == repr(other[field["name"]])
    found = json.loads(run("inspect", tmp_path / "in", "--json").stdout)
    assert sum(e["events"] for e in found["events"]) == sum(e[1] for e in expected.values())
    run("verify", "scrubbed", "--policy", tmp_path / "policy.yml", tmp_path / "out", "-q")


def test_what_has_no_sentinel_is_refused(run, tmp_path):
    """A record that always holds another one of its kind has no end, and so no value at all."""
    (tmp_path / "policy.yml").write_text(POLICY)
    (tmp_path / "in").mkdir()
    endless = {"type": "record", "name": "Endless", "fields": [{"name": "next", "type": "Endless"}]}
    for n, type_ in enumerate([endless, {"type": "record", "name": "Holder", "fields": [{"name": "x", "type": [endless]}]}]):
        root = {"type": "record", "name": ROOT, "fields": [{"name": "redact_0", "type": type_}]}
        (tmp_path / f"in/{n}.avro").write_bytes(container(root, 0, b""))
    done = run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--json", "-q", expect=3)
    assert [p["code"] for p in json.loads(done.stdout)["problems"]] == ["policy.does-not-fit"] * 2


def test_a_schema_that_repeats_itself_costs_no_time(run, tmp_path):
    """Each record holds the next one ten times: told by their names, they are few, and would be 10^60 if unfolded."""
    (tmp_path / "policy.yml").write_text(POLICY)
    (tmp_path / "in").mkdir()
    for name, last in (("empty", []), ("full", [{"name": "n", "type": "int"}])):
        inner = {"type": "record", "name": "R0", "fields": last}
        definitions = [inner]
        for n in range(1, 60):
            definitions.append({"type": "record", "name": f"R{n}", "fields": [{"name": f"f{k}", "type": f"R{n - 1}"} for k in range(10)]})
        fields = [{"name": f"keep_{n}", "type": ["null", d]} for n, d in enumerate(definitions)]
        root = {"type": "record", "name": ROOT, "fields": fields + [{"name": "redact_x", "type": ["null", "R59"]}]}
        (tmp_path / f"in/{name}.avro").write_bytes(container(root, 1, bytes(61)))
    run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "-q")
    run("inspect", tmp_path / "in", "--quiet")
