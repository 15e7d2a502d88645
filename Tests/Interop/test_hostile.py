"""Files that want to break whoever reads them: no crash, the documented exit status, an error with its place and
without a value, and bounds on time and memory.

Each case is one file, or a few, made here; `ATTACKS` tells which case is there for what. `RSS` and `SECONDS` are what the
program promises for every one of them; the time is that of its processors, since others may be at work on the machine.
"""

import gzip
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import unicodedata
import zlib

import pytest
import reference

RSS = 256 << 10
SECONDS = 5
EVENT = "users.messages.email.Open"
POLICY = """policy: hostile
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
defaults: { unknown_field: keep }
rules:
  - kinds: [email, external_user_id]
    action: hash
  - fields: [bounce_reason]
    action: scan
    because: codes are needed
  - fields: [properties]
    action: json
    keep: [tier]
    scan: [note]
    default: redact
    because: notes are read
"""


# The largest memory of a process counts that of the one that it was forked from, and this one is large.
LAUNCHER = """
import os, sys
child = os.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime + usage.ru_stime, file=file)
"""


class Outcome:
    def __init__(self, folder):
        status, rss, seconds = (folder / "usage").read_text().split()
        self.status, self.rss, self.seconds = int(status), int(rss), float(seconds)
        self.stderr = (folder / "said").read_bytes().decode(errors="replace")
        self.out = folder / "out"
        result = (folder / "report.json").read_text()
        self.report = json.loads(result) if result.startswith("{") else None
        self.pages = [p.read_text() for p in (folder / "reports").rglob("*") if p.is_file()]

    @property
    def codes(self):
        return {x["code"] for x in self.report["withheld"] + self.report["problems"]}


@pytest.fixture
def scrub(tmp_path):
    """Scrubs files, given by name, and holds the program to its bounds."""
    binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}

    def run(files, *options, policy=POLICY, command=(), rss=RSS):
        if isinstance(policy, str):
            policy = policy.encode()
        (tmp_path / "policy.yml").write_bytes(policy)
        for name, content in files.items():
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        command = command or ("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--json",
                              "--reports", tmp_path / "reports", "--jobs", "2", *options)
        with open(tmp_path / "report.json", "wb") as out, open(tmp_path / "said", "wb") as said:
            subprocess.run([sys.executable, "-S", "-c", LAUNCHER, tmp_path / "usage", binary, *map(str, command)],
                           stdout=out, stderr=said, cwd=tmp_path, env=env, timeout=120, check=True)
        outcome = Outcome(tmp_path)
        assert outcome.status >= 0, f"killed by signal {-outcome.status}"
        assert outcome.seconds <= SECONDS, outcome.seconds
        assert outcome.rss <= rss, outcome.rss
        # Every address in the files is at this host.
        assert not [text for text in (outcome.stderr, *outcome.pages, json.dumps(outcome.report)) if "example.test" in text]
        return outcome

    return run


# MARK: Avro


def varint(number):
    number = (number << 1) ^ (number >> 63)
    number &= (1 << 64) - 1
    result = b""
    while number >= 0x80:
        result += bytes([number & 0x7F | 0x80])
        number >>= 7
    return result + bytes([number])


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return varint(len(value)) + value


SYNC = bytes(range(16))
MIN = -(1 << 63)
MAX = (1 << 63) - 1


def schema(*fields):
    return {"type": "record", "name": EVENT, "fields": [{"name": n, "type": t} for n, t in fields]}


PLAIN = schema(("id", "string"), ("email_address", "string"))
RECORD = text("e1") + text("person@example.test")


def header(of, codec="null", more=()):
    schema_text = of if isinstance(of, (bytes, str)) else json.dumps(of)
    entries = [(b"avro.schema", schema_text), (b"avro.codec", codec), *more]
    return b"Obj\x01" + varint(len(entries)) + b"".join(text(k) + text(v) for k, v in entries) + b"\0" + SYNC


def block(count, content, sync=SYNC):
    return varint(count) + varint(len(content)) + content + sync


def container(of, count, content):
    return header(of) + block(1, RECORD if of is PLAIN else content) + block(count, content)


def deflate(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def zeros(mebibytes, before=b""):
    """A deflate stream of zeros, behind a few other bytes, made of one piece that stands for a MiB wherever it is."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + piece * mebibytes + packer.flush()


GOOD = block(1, RECORD)
LIST = {"type": "record", "name": "List", "fields": [{"name": "next", "type": ["null", "List"]}]}
BLOCKS = {
    "a bomb of 1 GiB": (header(PLAIN, "deflate") + block(1, zeros(1024)), "avro.block-too-large"),
    "a size beyond the file": (header(PLAIN) + GOOD + varint(1) + varint(1 << 40) + RECORD + SYNC, "avro.block-too-large"),
    "a size a little beyond the file": (header(PLAIN) + GOOD + varint(1) + varint(4000) + RECORD + SYNC, "avro.truncated-block"),
    "bombs without records": (
        header(PLAIN, "deflate") + block(1, deflate(RECORD)) + block(0, zeros(60)) * 12, "avro.leftover-bytes"),
    "a negative size": (header(PLAIN) + GOOD + varint(1) + varint(-9) + SYNC, "avro.bad-block-size"),
    "the least size": (header(PLAIN) + GOOD + varint(1) + varint(MIN) + SYNC, "avro.bad-block-size"),
    "a negative count": (header(PLAIN) + GOOD + block(-1, RECORD), "avro.bad-block-size"),
    "the least count": (header(PLAIN) + GOOD + block(MIN, RECORD), "avro.bad-block-size"),
    "the largest count, twice": (header(PLAIN) + GOOD + block(MAX, RECORD) + block(MAX, RECORD), "avro.bad-block-size"),
    "a large count": (header(PLAIN) + GOOD + block(1 << 31, RECORD), "avro.record-ends-early"),
    "no records and bytes": (header(PLAIN) + GOOD + block(0, RECORD), "avro.leftover-bytes"),
    "a record too few": (header(PLAIN) + block(1, RECORD * 2), "avro.leftover-bytes"),
    "a record too many": (header(PLAIN) + block(3, RECORD * 2), "avro.record-ends-early"),
    "another sync marker": (header(PLAIN) + GOOD + block(1, RECORD, SYNC[::-1]), "avro.bad-sync"),
    "garbage behind the last block": (header(PLAIN) + GOOD + b"garbage that nobody asked for", "avro.bad-block-size"),
    "a few bytes behind the last block": (header(PLAIN) + GOOD + b"\x02\x2e", "avro.truncated-block"),
    "a truncated last block": (header(PLAIN) + GOOD + GOOD[:-20], "avro.truncated-block"),
    "no deflate": (header(PLAIN, "deflate") + block(1, b"\xff" * 40), "avro.bad-compression"),
    "a snappy length that lies": (header(PLAIN, "snappy") + block(1, b"\xff\xff\xff\xff\x0f" + b"\0" * 40), "avro.bad-compression"),
    "a snappy checksum of another block": (
        header(PLAIN, "snappy") + block(1, bytes([len(RECORD), (len(RECORD) - 1) << 2]) + RECORD + b"\0\0\0\0"), "avro.bad-compression"),
    "a zstd window of 2 GiB": (header(PLAIN, "zstandard") + block(1, bytes.fromhex("28b52ffd00a8") + b"\0" * 20), "avro.bad-compression"),
    "a string of a negative length": (container(PLAIN, 1, varint(-5) + RECORD), "avro.bad-length"),
    "a string of the least length": (container(PLAIN, 1, varint(MIN) + RECORD), "avro.bad-length"),
    "a string of the largest length": (container(PLAIN, 1, varint(MAX) + RECORD), "avro.bad-length"),
    "a varint of eleven bytes": (container(PLAIN, 1, b"\x80" * 10 + b"\x01"), "avro.bad-number"),
    "a varint of more than 64 bits": (container(PLAIN, 1, b"\xff" * 9 + b"\x02"), "avro.bad-number"),
}


def of_type(kind, content):
    """A block whose records have one field of a type."""
    return header(schema(("new_field", kind))) + block(1, content)


ARRAY = {"type": "array", "items": "string"}
MAP = {"type": "map", "values": "int"}
BLOCKS |= {
    "an int of 33 bits": (of_type("int", varint(1 << 32)), "avro.bad-number"),
    "an enum beyond its symbols": (of_type({"type": "enum", "name": "E", "symbols": ["A"]}, varint(1)), "avro.bad-branch"),
    "a negative enum": (of_type({"type": "enum", "name": "E", "symbols": ["A"]}, varint(-1)), "avro.bad-branch"),
    "a union beyond its branches": (of_type(["null", "long"], varint(2)), "avro.bad-branch"),
    "a negative union": (of_type(["null", "long"], varint(-1)), "avro.bad-branch"),
    "an array of the least count": (of_type(ARRAY, varint(MIN) + varint(0) + b"\0"), "avro.bad-length"),
    "a map of the least count": (of_type(MAP, varint(MIN) + varint(0) + b"\0"), "avro.bad-length"),
    "an array of the largest count": (of_type(ARRAY, varint(MAX) + text("x") + b"\0"), "avro.record-ends-early"),
    "an array with a lying size": (of_type(ARRAY, varint(-1) + varint(50) + text("x") + b"\0" * 60), "avro.bad-length"),
    "an array with a size of its own end": (of_type(ARRAY, varint(-1) + varint(MAX) + text("x") + b"\0"), "avro.record-ends-early"),
    "a map with a negative size": (of_type(MAP, varint(-1) + varint(-2) + text("k") + b"\0\0"), "avro.bad-length"),
    "a list of 5,000 links": (header({"type": "record", "name": EVENT, "fields": [{"name": "l", "type": LIST}]})
                              + block(1, varint(1) * 5000 + b"\0"), "avro.too-deep"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(scrub, name):
    content, code = BLOCKS[name]
    done = scrub({f"{EVENT}.avro": content})
    assert done.status == 2
    assert code in done.codes, done.codes
    place = done.report["withheld"][0]
    assert place["file"] == f"{EVENT}.avro" and place["offset"] > 0 and place["block"] in (0, 1)
    # What was whole before the damage is written.
    assert done.report["totals"]["events_in"] == done.report["totals"]["events_out"] + done.report["totals"]["withheld"]
    assert (done.out / f"{EVENT}.avro").exists()


EMPTY = {"type": "record", "name": "Empty", "fields": [{"name": "n", "type": "null"}, {"name": "f", "type": {"type": "fixed", "name": "F", "size": 0}}]}
HUGE = {
    "nulls": ({"type": "array", "items": "null"}, varint(1 << 60) + b"\0"),
    "many blocks of nulls": ({"type": "array", "items": "null"}, (varint(1 << 60) * 100_000) + b"\0"),
    "empty records": ({"type": "array", "items": EMPTY}, varint(-(1 << 60)) + varint(0) + b"\0"),
    "arrays of nulls": ({"type": "array", "items": {"type": "array", "items": "null"}},
                        varint(100_000) + (varint(1 << 60) + b"\0") * 100_000 + b"\0"),
}


@pytest.mark.parametrize("name", HUGE)
def test_items_without_bytes_cost_nothing(scrub, name):
    kind, content = HUGE[name]
    assert scrub({f"{EVENT}.avro": of_type(kind, content)}).status == 0


def test_fields_without_bytes_cost_nothing(scrub):
    """Nine thousand fields for each of 60 million bytes: not one of them is walked."""
    wide = schema(("id", "boolean"), *((f"n{i}", "null") for i in range(9_000)))
    content = bytes(60 << 20)
    file = header(wide, "deflate") + block(len(content), deflate(content))
    assert scrub({f"{EVENT}.avro": file}).status == 0
    empties = header(wide) + block(0, b"") * 200_000
    assert scrub({f"{EVENT}.avro": empties}).status == 0


def nested(kind, levels):
    return '{"type":"%s","%s":' % (kind, "items" if kind == "array" else "values") * levels + '"int"' + "}" * levels


def doubled(levels):
    """Records of two records each: as many values without bytes as 2 to the power of the levels."""
    fields = [{"name": "f0", "type": {"type": "record", "name": "R0", "fields": [{"name": "a", "type": "null"}]}}]
    for n in range(1, levels):
        twice = [{"name": x, "type": f"R{n - 1}"} for x in "ab"]
        fields.append({"name": f"f{n}", "type": {"type": "record", "name": f"R{n}", "fields": twice}})
    return {"type": "record", "name": EVENT, "fields": fields}


def chained(levels):
    """Records each of which holds the one before, and so has no end before the first."""
    fields = [{"name": "f0", "type": {"type": "record", "name": "R0", "fields": [{"name": "a", "type": "int"}]}}]
    for n in range(1, levels):
        fields.append({"name": f"f{n}", "type": {"type": "record", "name": f"R{n}", "fields": [{"name": "a", "type": f"R{n - 1}"}]}})
    return {"type": "record", "name": EVENT, "fields": fields}


HEADERS = {
    "a key twice": (header(PLAIN, more=[(b"avro.codec", "null")]), "avro.bad-header"),
    "no schema": (b"Obj\x01" + varint(1) + text("avro.codec") + text("null") + b"\0" + SYNC, "avro.bad-schema"),
    "no metadata": (b"Obj\x01\0" + SYNC, "avro.bad-schema"),
    "a count that overflows": (b"Obj\x01" + varint(1) + text("k") + text("v") + varint(MAX) + b"\0" + SYNC, "avro.bad-header"),
    "the least count of entries": (b"Obj\x01" + varint(MIN) + varint(0) + b"\0" + SYNC, "avro.bad-header"),
    "a key of the largest length": (b"Obj\x01" + varint(1) + varint(MAX) + b"\0" + SYNC, "avro.bad-header"),
    "two thousand keys": (header(PLAIN, more=[(b"k%d" % n, "v") for n in range(2000)]), "avro.bad-header"),
    "a schema of 100 MB": (lambda: header(b'{"doc":"' + b"x" * 100_000_000 + b'"}'), "avro.bad-header"),
    "a schema of 15 MB of numbers": (lambda: header(b"[" + b"0," * 7_500_000 + b"0]"), "avro.bad-schema"),
    "a schema of 15 MB of arrays": (lambda: header(b"[" + b"[]," * 5_000_000 + b"[]]"), "avro.bad-schema"),
    "a schema of 15 MB of objects": (lambda: header(b"[" + b'{"":0},' * 2_000_000 + b"0]"), "avro.bad-schema"),
    "a schema of 15 MB of branches": (lambda: header(json.dumps(schema(("a", ["string"] * 1_600_000)))), "avro.bad-schema"),
    "a schema of 10,000 arrays": (header(nested("array", 10_000)), "avro.bad-schema"),
    "a schema of 10,000 maps": (header(nested("map", 10_000)), "avro.bad-schema"),
    "a schema of 20,000 fields": (header(schema(*((f"f{n}", "int") for n in range(20_000)))), "avro.bad-schema"),
    "a field twice": (header(schema(("a", "int"), ("a", "string"))), "avro.bad-schema"),
    "two types of one name": (header(schema(("a", {"type": "fixed", "name": "F", "size": 1}), ("b", {"type": "enum", "name": "F", "symbols": ["A"]}))), "avro.bad-schema"),
    "an unknown type": (header(schema(("a", "lnog"))), "avro.bad-schema"),
    "a schema that is no record": (header('"string"'), "avro.bad-schema"),
    "a schema that is no JSON": (header("{"), "avro.bad-schema"),
    "a schema that is no UTF-8": (header(b'{"type":"record","name":"\xff","fields":[]}'), "avro.bad-schema"),
    "an unknown codec": (header(PLAIN, "bzip2"), "avro.unsupported-codec"),
    "a codec that is no UTF-8": (header(PLAIN, b"\xff"), "avro.unsupported-codec"),
    "records of records without an end": (header({"type": "record", "name": EVENT, "fields": [
        {"name": "f", "type": {"type": "record", "name": "R", "fields": [{"name": "again", "type": "R"}]}}]}), None),
    "records of 60 times two records": (header(doubled(60)), None),
    "records of 3,000 records": (header(chained(3_000)), None),
    "arrays of 60 arrays": (header(schema(("a", json.loads(nested("array", 60))))), None),
    "a header that stops": (header(PLAIN)[:-20], "avro.bad-header"),
    "nothing but the magic": (b"Obj\x01", "avro.bad-header"),
}


def test_the_most_that_a_header_may_hold(scrub):
    file = header(PLAIN, more=[(b"k%d" % n, "v") for n in range(1022)])
    done = scrub({f"{EVENT}.avro": file + GOOD})
    assert done.status == 0 and done.report["totals"]["events_out"] == 1


@pytest.mark.parametrize("name", HEADERS)
def test_headers(scrub, name):
    content, code = HEADERS[name]
    content = content() if callable(content) else content
    done = scrub({f"{EVENT}.avro": content + GOOD, "other.json": b"{}\n" if code else b""})
    if code is None:
        assert done.status in (0, 2, 3)
        return
    assert done.status == 2
    assert {p["file"]: p["code"] for p in done.report["problems"]}[f"{EVENT}.avro"] == code
    assert not (done.out / f"{EVENT}.avro").exists()


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_only_read(run, tmp_path, name):
    """What only looks at schemas ends with all of them, and soon."""
    content, _ = HEADERS[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{EVENT}.avro").write_bytes((content() if callable(content) else content) + GOOD)
    for command in (["inspect"], ["catalog", "drift"], ["export", "--subject", "email=ada@example.test", "--dry-run"]):
        assert run(*command, tmp_path / "in", expect=None, timeout=60).returncode in (0, 2), command


def test_what_is_odd_and_no_damage_is_kept(scrub):
    """A sync marker within data, a default of another type, code to be loaded: none of our business, and kept."""
    odd = json.dumps({**PLAIN, "java-class": "java.lang.Runtime", "fields": [
        {"name": "id", "type": {"type": "string", "avro.java.string": "String", "java-class": "java.net.URL"}, "default": 7},
        {"name": "email_address", "type": "string"}]})
    file = header(odd, more=[(b"java-class", "java.lang.Runtime"), (b"\xff\0", b"\xc0\x80")]) + block(1, text(b"x" + SYNC + b"y") + text(""))
    done = scrub({f"{EVENT}.avro": file})
    assert done.status == 0
    written = (done.out / f"{EVENT}.avro").read_bytes()
    assert written.count(odd.encode()) == 1 and written.count(text(b"\xff\0") + text(b"\xc0\x80")) == 1
    assert written.endswith(file[-len(block(1, text(b"x" + SYNC + b"y") + text(""))):])


def test_counts_of_files_that_nobody_knows_add_up(scrub):
    """A file of no known type is withheld by the counts that its blocks tell."""
    unknown = header(json.dumps({**PLAIN, "name": "nobody.knows.This"}))
    done = scrub({"x.avro": unknown + block(1 << 31, RECORD) * 3 + block(MAX, RECORD) * 2})
    assert done.status == 2 and "event.unknown" in done.codes


def test_two_large_files_at_once_stay_within_bounds(scrub):
    """Blocks of just under 16 MiB, in two files for two workers."""
    piece = text("e1") + text("p" * 90 + "@example.test")
    content = piece * ((16 << 20) // len(piece) - 1)
    count = len(content) // len(piece)
    file = header(PLAIN, "deflate") + block(count, deflate(content)) * 2
    done = scrub({f"a/{EVENT}.avro": file, f"b/{EVENT}.avro": file})
    assert done.status == 0 and done.report["totals"]["events_out"] == 4 * count


# MARK: the limit that can be set


def test_the_limit_of_a_block_is_exact(scrub):
    """As it is stored, and as it is expanded."""
    for number, codec in enumerate(["null", "deflate"]):
        blocks = b""
        for size in ((1 << 20), (1 << 20) + 1):
            record = text("e") + text("x" * (size - 5))
            assert len(record) == size
            blocks += block(1, deflate(record) if codec == "deflate" else record)
        done = scrub({f"{number}/{EVENT}.avro": header(PLAIN, codec) + blocks}, "--max-block", "1")
        assert done.codes == {"avro.block-too-large"}
        assert done.report["totals"]["events_out"] == number + 1


def test_a_higher_limit_lets_larger_ones_pass(scrub):
    """A line, a block and the window of a stream of more than 64 MiB; each costs no more than four times its size."""
    size = 70 << 20
    files = {f"{EVENT}.json": b'{"id":"' + b"x" * size + b'"}\n', f"{EVENT}.avro": header(PLAIN) + block(1, text("e") + text("x" * size))}
    if shutil.which("zstd"):
        files[f"{EVENT}.json.zst"] = subprocess.run(["zstd", "-q", "--long=27", "-c"], input=LINES, capture_output=True, check=True).stdout
    assert scrub(files).status == 2
    done = scrub(files, "--max-block", "128", rss=RSS + 4 * (size >> 10))
    assert done.status == 0


@pytest.mark.parametrize("limit", ["0", "-1", "1025", "x", "99999999999999999999"])
def test_limits_that_are_none(scrub, limit):
    done = scrub({f"{EVENT}.json": b"{}\n"}, f"--max-block={limit}")
    assert done.status == 64 and "--max-block" in done.stderr and not done.out.exists()


# MARK: gzip

LINES = b'{"id":"1","email_address":"person@example.test"}\n{"id":"2","email_address":null}\n'


def member(content, name=None, mtime=7):
    head = b"\x1f\x8b\x08" + (b"\x08" if name else b"\0") + struct.pack("<I", mtime) + b"\0\x03" + (name + b"\0" if name else b"")
    return head + deflate(content) + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)


WHOLE = {
    "one member": member(LINES),
    "two members": member(LINES[:30]) + member(LINES[30:]),
    "a hundred members": b"".join(member(LINES[n:n + 1]) for n in range(len(LINES))),
    "zeros behind": member(LINES) + bytes(1000),
    "an empty member": member(b"") + member(LINES) + member(b""),
    "a name and a time": member(LINES, b"person@example.test.json"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_gzip_files_that_are_whole(scrub, name):
    done = scrub({f"{EVENT}.json.gz": WHOLE[name]})
    assert done.status == 0
    written = (done.out / f"{EVENT}.json.gz").read_bytes()
    assert written[:10] == bytes.fromhex("1f8b08000000000000ff")
    assert written.count(b"\x1f\x8b\x08") == 1 and b"person" not in written
    assert gzip.decompress(written).count(b"\n") == 2


BROKEN = {
    "garbage behind": member(LINES) + b"garbage",
    "no trailer": member(LINES)[:-8],
    "half a trailer": member(LINES)[:-3],
    "another checksum": member(LINES)[:-8] + b"\0\0\0\0" + member(LINES)[-4:],
    "another size": member(LINES)[:-4] + b"\xff\xff\xff\x7f",
    "a cut stream": member(LINES * 100)[:100],
    "a second member that is none": member(LINES) + b"\x1f\x8b\x07",
    "a method that is none": b"\x1f\x8b\x07" + member(LINES)[3:],
    "reserved flags": b"\x1f\x8b\x08\xe0" + member(LINES)[4:],
}


@pytest.mark.parametrize("name", BROKEN)
def test_gzip_files_that_are_not(scrub, name):
    done = scrub({f"{EVENT}.json.gz": BROKEN[name]})
    assert done.status == 2 and done.codes == {"gzip.damaged"}
    for place in done.report["withheld"] + done.report["problems"]:
        assert place["file"] == f"{EVENT}.json.gz"
    written = done.out / f"{EVENT}.json.gz"
    if written.exists():
        # Whole lines in front of the damage were written, and never half of one.
        assert all(json.loads(line) for line in gzip.decompress(written.read_bytes()).splitlines())


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_bomb_of_a_gibibyte(scrub, codec):
    if codec == "zstd" and not shutil.which("zstd"):
        pytest.skip("no zstd is installed")
    start = LINES + b'{"id":"'
    if codec == "gzip":
        checksum = zlib.crc32(start)
        for _ in range(1024):
            checksum = zlib.crc32(bytes(1 << 20), checksum)
        bomb = bytes.fromhex("1f8b0800000000000003") + zeros(1024, before=start) + struct.pack("<II", checksum, (1 << 30) + len(start))
    else:
        bomb = subprocess.run(["sh", "-c", "{ cat; head -c 1073741824 /dev/zero; } | zstd -q -c"], input=start, capture_output=True, check=True).stdout
    done = scrub({f"{EVENT}.json.{codec}": bomb})
    assert done.status == 2 and done.codes == {"json.line-too-long"}
    assert done.report["totals"]["events_out"] == 2


def test_a_zstd_window_of_2_gib(scrub):
    frame = bytes.fromhex("28b52ffd04a8") + b"\x01\x00\x00"
    assert scrub({f"{EVENT}.json.zst": frame}).codes == {"zstd.window-too-large"}


# MARK: lines of JSON


def scrubbed(done):
    return (done.out / f"{EVENT}.json").read_bytes()


ADA = reference.pseudonym("email", "ada@example.test")
# A line, and what becomes of it; nothing where it is withheld.
JSON_LINES = {
    "a key twice, as it is": ('{"email_address":"ada@example.test","email_address":"ada@example.test"}', f'{{"email_address":"{ADA}","email_address":"{ADA}"}}'),
    "a key twice, once with escapes": ('{"email_address":"ada@example.test","\\u0065mail_address":"ada@example.test"}', f'{{"email_address":"{ADA}","\\u0065mail_address":"{ADA}"}}'),
    "an address behind escapes": ('{"email_address":"\\u0061da@ex\\u0061mple.test"}', f'{{"email_address":"{ADA}"}}'),
    "an address behind every escape": ('{"email_address":"' + "".join("\\u%04X" % ord(c) for c in "ada@example.test") + '"}', f'{{"email_address":"{ADA}"}}'),
    "an address behind escapes in a text": ('{"bounce_reason":"to \\u0061da\\u0040example.test"}', '{"bounce_reason":"to [email]"}'),
    "an address in JSON in JSON": ('{"properties":"{\\"note\\":\\"ad\\\\u0061@example.test\\"}"}', '{"properties":"{\\"note\\":\\"[email]\\"}"}'),
    "a lone surrogate where text is kept": ('{"new_field":"\\ud800"}', '{"new_field":"\\ud800"}'),
    "a lone surrogate where text is hashed": ('{"email_address":"ada\\udc00@example.test"}', '{"email_address":"[REDACTED]"}'),
    "a lone surrogate in a text that is searched": ('{"bounce_reason":"ada@example.test \\ud800"}', '{"bounce_reason":null}'),
    "a lone surrogate in a name": ('{"\\ud800":1}', '{"\\ud800":1}'),
    "a zero where text is kept": ('{"new_field":"a\\u0000b"}', '{"new_field":"a\\u0000b"}'),
    "a zero where text is hashed": ('{"email_address":"\\u0000"}', '{"email_address":"' + reference.pseudonym("email", "\0") + '"}'),
    "numbers of any size": ('{"new_field":123456789012345678901234567890e999999,"id":-0.0,"time":1E400}', '{"new_field":123456789012345678901234567890e999999,"id":-0.0,"time":1E400}'),
    "a number where text is hashed": ('{"email_address":1e999999}', '{"email_address":0}'),
    "511 arrays": ('{"new_field":' + "[" * 511 + "]" * 511 + "}", '{"new_field":' + "[" * 511 + "]" * 511 + "}"),
    "512 arrays": ('{"new_field":' + "[" * 512 + "]" * 512 + "}", None),
    "a million arrays": ('{"new_field":' + "[" * 1_000_000 + "]" * 1_000_000 + "}", None),
    "a million objects": ('{"":' * 1_000_000 + "1" + "}" * 1_000_000, None),
    "a name of 64 kB": ('{"' + "k" * 65536 + '":1}', '{"' + "k" * 65536 + '":1}'),
    "a comma too many": ('{"id":"ada@example.test",}', None),
    "an array": ('["ada@example.test"]', None),
    "a text": ('"ada@example.test"', None),
    "two objects": ('{"id":"1"}{"id":"2"}', None),
    "a control character": ('{"id":"ada\x01@example.test"}', None),
    "what ends a line elsewhere": ('{"new_field":"\u2028\u2029\x85","email_address":"ada@example.test"\r}', f'{{"new_field":"\u2028\u2029\x85","email_address":"{ADA}"\r}}'),
    "a byte order mark in the middle": ('\ufeff{"id":"1"}', None),
}


@pytest.mark.parametrize("name", JSON_LINES)
@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_lines(scrub, name, ending):
    line, result = JSON_LINES[name]
    content = '{"id":"0"}' + (ending or "\n") + line + ending
    done = scrub({f"{EVENT}.json": content.encode()})
    assert done.status == (2 if result is None else 0)
    rest = b"" if result is None else result.encode() + ending.encode()
    assert scrubbed(done) == b'{"id":"0"}' + (ending or "\n").encode() + rest
    for place in done.report["withheld"]:
        assert (place["file"], place["line"]) == (f"{EVENT}.json", 2) and place["code"].startswith("json.")


def test_names_in_two_normal_forms_are_two_names(scrub):
    composed, decomposed = (unicodedata.normalize(f, "caf\u00e9") for f in ("NFC", "NFD"))
    policy = POLICY + f"  - fields: [{composed}]\n    action: redact\n    optional: true\n"
    line = json.dumps({composed: "a", decomposed: "b"}, ensure_ascii=False).encode()
    done = scrub({f"{EVENT}.json": line}, policy=policy)
    assert scrubbed(done) == json.dumps({composed: None, decomposed: "b"}, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", ['"\\ud800"', '"' + "k" * 65536 + '"', '"\u00e9"', '"ada@example.test"', '"\\u0061da\\u0040example.test"'])
def test_names_that_are_none_of_a_field(scrub, name):
    """Where unknown fields do not stay, such names do not either."""
    done = scrub({f"{EVENT}.json": ("{" + name + ':"ada@example.test","id":"1"}\n').encode()}, policy=POLICY.replace("unknown_field: keep", "unknown_field: redact"))
    assert done.status == 0 and scrubbed(done) == b'{"id":"1"}\n'


@pytest.mark.parametrize("bad", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"])
def test_bytes_that_are_no_utf8(scrub, bad):
    line = b'{"new_field":"a' + bad + b'b","email_address":"ada' + bad + b'@example.test","bounce_reason":"ada@example.test ' + bad + b'"}\n'
    done = scrub({f"{EVENT}.json": line})
    assert done.status == 0
    assert scrubbed(done) == b'{"new_field":"a' + bad + b'b","email_address":"[REDACTED]","bounce_reason":null}\n'


@pytest.mark.parametrize("size,taken", [((1 << 20), True), ((1 << 20) + 1, False)])
@pytest.mark.parametrize("ending", [b"\n", b""])
def test_the_limit_of_a_line_is_exact(scrub, size, taken, ending):
    line = b'{"id":"' + b"x" * (size - 9) + b'"}'
    done = scrub({f"{EVENT}.json": b'{"id":"0"}\n' + line + ending}, "--max-block", "1")
    assert done.codes == (set() if taken else {"json.line-too-long"})
    assert scrubbed(done) == b'{"id":"0"}\n' + (line + ending if taken else b"")


def test_more_members_than_anyone_has(scrub):
    few, many = b'{"a":1,' + b'"":0,' * 500_000 + b'"z":1}\n', b'{"a":1,' + b'"":0,' * 3_000_000 + b'"z":1}\n'
    done = scrub({f"a/{EVENT}.json": few + many, f"b/{EVENT}.json": many + few})
    assert done.status == 2 and done.codes == {"json.too-many-members"}
    assert done.report["totals"]["events_out"] == 2


def test_a_batch_of_very_many_events(scrub):
    """What is asked of each event of a batch is not asked of all the others each time."""
    policy = POLICY + ("  - events: ['users.messages.email.*']\n    where: { campaign_id: [gone] }\n    action: drop_event\n")
    event = '{"data":{"event_name":"Email Open","custom_attributes":{"campaign_id":"x"}},"event_type":"custom_event"}'
    around = ",".join('"user_attributes":{"a%d":"gone"}' % n for n in range(1000))
    line = '{"events":[' + ",".join([event] * 60_000) + '],"user_identities":{"email":"ada@example.test"},' + around + "}\n"
    done = scrub({"batch.json": line.encode()}, "--destination", "mparticle", policy=policy)
    assert done.status in (0, 2)


def test_very_many_lines_that_are_none(scrub):
    done = scrub({f"{EVENT}.json": b'{"id":"1"}\n' + b"x\n" * 1_000_000})
    assert done.status == 2
    assert done.report["totals"]["withheld"] == 1_000_000 and len(done.report["withheld"]) <= 1000


@pytest.mark.parametrize("place", ["in front", "behind"])
def test_very_many_blank_lines(scrub, place):
    (event, blanks) = (b'{"id":"1"}\n', b"\n" * 30_000_000)
    content = blanks + event if place == "in front" else event + blanks
    done = scrub({f"{EVENT}.json": content})
    assert done.status == 0 and scrubbed(done) == content


SEARCHED = {
    "an address without an end": "a" * 4_000_000,
    "addresses without a domain": "a@" * 2_000_000,
    "dots": "a@" + "b." * 2_000_000,
    "numbers without an end": "1 " * 2_000_000,
    "digits": "1" * 4_000_000,
    "brackets": "(1" * 2_000_000,
    "colons": "a:" * 2_000_000,
    "letters and digits": "GB82" * 1_000_000,
    "base64": "YWRhQGV4YW1wbGUudGVzdA" * 180_000,
    "percents": "%2" * 2_000_000,
    "nothing but equals": "=" * 4_000_000,
    "escapes": "\\u0061" * 600_000,
    "addresses": "ada@example.test " * 230_000,
}


@pytest.mark.parametrize("name", SEARCHED)
def test_texts_that_are_searched_take_linear_time(scrub, name):
    known = ",".join(f'"external_user_id":"{"ab" * 20}{n}"' for n in range(64))
    line = "{" + known + ',"bounce_reason":"' + SEARCHED[name] + '"}\n'
    assert scrub({"users.messages.email.Bounce.json": line.encode()}).status == 0


def test_a_text_that_is_too_long_to_be_searched_is_redacted(scrub):
    line = '{"bounce_reason":"ada@example.test ' + "x" * (4 << 20) + '"}\n'
    done = scrub({"users.messages.email.Bounce.json": line.encode()})
    assert done.status == 0 and (done.out / "users.messages.email.Bounce.json").read_bytes() == b'{"bounce_reason":null}\n'


def test_json_within_json_within_json(scrub):
    """As deep as it may be in each of the texts that are entered."""
    inner = '{"note":' + "[" * 500 + '"ada@example.test"' + "]" * 500 + "}"
    for _ in range(5):
        inner = '{"note":' + "[" * 400 + json.dumps(inner) + "]" * 400 + "}"
    done = scrub({f"{EVENT}.json": json.dumps({"properties": inner}).encode() + b"\n"})
    assert done.status == 0 and b"example.test" not in scrubbed(done)


# MARK: policies


def bomb(of, levels=20):
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for n in range(1, levels):
        text += of.format(n, ", ".join([f"*a{n - 1}"] * 9))
    return text


HEAD = "policy: p\nversion: 1\n"
POLICIES = {
    "aliases": (HEAD + bomb("a{0}: &a{0} [{1}]\n"), "E005"),
    "aliases in mappings": (HEAD + "a0: &a0 {x: 1}\n" + "".join("a%d: &a%d {%s}\n" % (n, n, ", ".join(f"k{i}: *a{n - 1}" for i in range(9))) for n in range(1, 20)), "E005"),
    "aliases as keys": (HEAD + bomb("? &a{0} [{1}]\n: 1\n"), "E005"),
    "an alias of itself": (HEAD + "title: &a [*a]\n", "E005"),
    "an alias of nothing": (HEAD + "title: *a\n", "E005"),
    "200,000 aliases": (HEAD + "title: [" + "*a, " * 200_000 + "]\n", "E005"),
    "150,000 anchors": (HEAD + "title: [" + "&a x, " * 150_000 + "]\n", "E005"),
    "33 lists": (HEAD + "title: " + "[" * 33 + "]" * 33 + "\n", "E002"),
    "900 lists": (HEAD + "title: " + "[" * 900 + "]" * 900 + "\n", "E002"),
    "a million lists": (HEAD + "title: " + "[" * 1_000_000 + "\n", "E002"),
    "200,000 mappings": (HEAD + "title: " + "{a: " * 200_000 + "\n", "E002"),
    "a key of a policy twice": (HEAD + "version: 1\n", "E004"),
    "a key 90,000 times": (HEAD + "version: 1\n" * 90_000, "E004"),
    "40,000 keys twice": (HEAD + "".join(f"k{n}: 1\n" for n in range(40_000)) * 2, "E004"),
    "a merge": (HEAD + "<<: {title: x}\n", "E005"),
    "a tag": (HEAD + "title: !!python/object:os.system x\n", "E005"),
    "a tag of our own": (HEAD + "title: !x y\n", "E005"),
    "two documents": (HEAD + "---\n" + HEAD, "E002"),
    "an unknown key": (HEAD + "rules:\n  - redcat: [email]\n", "E003"),
    "a word that is no boolean": (HEAD + "rules:\n  - fields: [id]\n    action: keep\n    optional: yes\n", "E006"),
    "a number of another notation": ("policy: p\nversion: 01\n", "E007"),
    "a number with a fraction": ("policy: p\nversion: 1.0\n", "E007"),
    "a key id that is no": (HEAD + "key: { env: K, id: 12:34:56 }\n", "E007"),
    "a key of 64 kB": (HEAD + "k" * 65536 + ": 1\n", "E002"),
    "a quoted key of 64 kB": (HEAD + '"' + "k" * 65536 + '": 1\n', "E0"),
    "a value of 900 kB": (HEAD + "title: [" + "k" * 900_000 + "]\n", "E006"),
    "a list of 500,000 words": (HEAD + "title: [" + "k," * 500_000 + "k]\n", "E006"),
    "a value of 7 MB": (HEAD + "title: [" + "k" * 7_000_000 + "]\n", "E002"),
    "100,000 unknown keys": (HEAD + "".join(f"k{n}: 1\n" for n in range(100_000)), "E003"),
    "100,000 words like keys": (HEAD + "# " + "".join("%064x\n# " % n for n in range(100_000)), "E013"),
    "no text": (b"\xff\xfe" + HEAD.encode(), "policy.unreadable"),
    "a zero": (HEAD.encode() + b"title: \0\n", "E002"),
    "nothing": (b"", "E002"),
    "a list": ("- policy: p\n", "E006"),
    "9 MB": (HEAD + "# " + "x" * 9_000_000 + "\n", "policy.unreadable"),
}


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("command", ["scrub", "check"])
def test_policies(scrub, tmp_path, name, command):
    policy, code = POLICIES[name]
    done = scrub({f"{EVENT}.json": b"{}\n"}, policy=policy, command=("policy", "check", "policy.yml") if command == "check" else ())
    assert done.status in ((3,) if code.startswith("E") else (1, 3))
    assert code in done.stderr, done.stderr[:2000]
    assert not done.out.exists()
    if code.startswith("E"):
        assert "policy.yml:" in done.stderr
    assert len(done.stderr) < 1_000_000


def test_texts_with_an_ampersand_are_no_anchors(scrub):
    policy = HEAD + 'title: R&D & more, "a & b" &\nrules:\n  - fields: [url]\n    action: generalise\n    to: path\n    query: ["a&b*"]\n'
    assert scrub({f"{EVENT}.json": b"{}\n"}, policy=policy).status == 0


# MARK: keyrings, additions and pages


@pytest.mark.parametrize("content", [
    b"{" * 1_000_000, b"[" * 7_000_000, b'{"events":[' + b"{}," * 1_000_000 + b"{}]}", b"```\n// a.b.C\n" * 400_000,
    b"```json\n// a.b.C\n" + b'{"a":' * 1_000_000, b"~" * 7_000_000, b"```\n// a.b.C\n{" + b",".join(b'"k%d":1' % n for n in range(300_000)) + b"}\n```\n",
    b"\xff" * 1_000_000,
], ids=["braces", "brackets", "events", "fences", "nesting", "tildes", "members", "bytes"])
def test_pages_and_additions(scrub, tmp_path, content):
    (tmp_path / "page.md").write_bytes(content)
    done = scrub({}, command=("catalog", "import", "page.md", "-o", "addition.json"))
    assert done.status in (1, 2, 3)
    (tmp_path / "policy.yml").write_text(HEAD + "rules:\n  - fields: [id]\n    action: keep\n")
    done = scrub({}, policy=HEAD, command=("catalog", "drift", "--catalog", "page.md", "."))
    assert done.status in (1, 2, 3, 64)


# MARK: what must not be gone through once for each of the rest


def custom_event(**more):
    return {"event_type": "users.behaviors.CustomEvent", "app_group_id": "ws", "id": "1", "time": 1700000000, **more}


def lines(events):
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def batch(around, event, count):
    return ('{"schema_version":2,"device_info":{},%s,"events":[%s]}\n' % (around, ",".join([json.dumps(event)] * count))).encode()


def braze_id(number):
    return f"6{number:023x}"


OPENED = {"event_type": "custom_event", "data": {"event_name": "Email Opened", "timestamp_unixtime_ms": 1_700_000_000_000}}
MANY = 10_000
SHARED = "shared@example.test"

GROWTH = {
    "identities around very many events": batch('"user_identities":{%s}' % ",".join([f'"user_id":"x","email":"{SHARED}"'] * MANY), {}, 2 * MANY),
    "people around very many events": batch('"user_identities":{%s}' % ",".join(f'"email":"p{n}@example.test"' for n in range(2 * MANY)), OPENED, MANY),
    "members around very many events": batch(
        '"user_attributes":{%s},"user_identities":{"email":"%s"}' % (",".join(f'"a{n}x":"{SHARED}"' for n in range(MANY)), SHARED), OPENED, MANY),
    "unknown members around very many events": batch(",".join(f'"a{n}x":"{SHARED}"' for n in range(MANY)), OPENED, MANY),
    "one event of very many people": lines([custom_event()])[:-2] + b"," + b",".join(b'"email_address":"p%d@example.test"' % n for n in range(5 * MANY)) + b"}\n",
    "very many events of one id": lines(custom_event(user_id="x", email_address=SHARED, name=str(n)) for n in range(MANY)),
    "very many workspaces": lines(custom_event(user_id="x", email_address=SHARED) | {"id": str(n), "app_group_id": f"w{n}"} for n in range(MANY)),
    "very many people with one address": lines(
        [custom_event(user_id=braze_id(n), email_address=SHARED) for n in range(MANY // 2)]
        + [custom_event(phone_number=f"+1202555{n:05d}", email_address=SHARED) for n in range(MANY // 2)]),
    "very many Braze ids of one customer": lines(custom_event(user_id=braze_id(n), external_user_id="x", email_address=SHARED) for n in range(MANY)),
    "profiles that lead on and on": lines(
        custom_event(user_id=braze_id(n), external_user_id=f"customer-{n + m}", email_address=None if n else SHARED)
        for n in range(MANY // 4) for m in (0, 1)),
    "contacts that lead on and on": lines(
        custom_event(email_address=f"p{(n + 1) // 2}@example.test" if n else SHARED, phone_number=f"+1202555{n // 2:05d}") for n in range(MANY // 4)),
    "merges that lead on and on": lines(
        [custom_event(user_id=braze_id(0), email_address=SHARED)]
        + [custom_event(user_id=braze_id(n), orphaned_by_id=braze_id(n - 1)) | {"event_type": "users.UserOrphan"} for n in range(1, MANY // 4)]),
    "lists in lists": b"".join(lines([custom_event(user_id="x", email_address=SHARED)])[:-2] + b',"more":' + b"[" * 400 + b"]" * 400 + b"}\n" for _ in range(400)),
}


@pytest.mark.parametrize("name", GROWTH)
def test_what_is_many_times_there_takes_its_time_only(scrub, tmp_path, name):
    file = {"users.behaviors.CustomEvent.json": GROWTH[name]}
    (tmp_path / "subject").write_text(f"email={SHARED}\n")
    asked = ("--subject-file", tmp_path / "subject", "--json", "--state", tmp_path / "state", "--reports", tmp_path / "reports")
    assert scrub(file).status in (0, 2)
    assert scrub(file, command=("inspect", tmp_path / "in", "--json")).status in (0, 2)
    assert scrub(file, command=("export", tmp_path / "in", "-o", tmp_path / "package", *asked[:-2])).status in (0, 2, 3)
    assert scrub(file, command=("erase", tmp_path / "in", "--yes", "--sweep", "redact", *asked)).status in (0, 2, 3)


def test_a_list_of_very_many_who_are_not_there(scrub, tmp_path):
    (tmp_path / "list.txt").write_text("".join(f"external_user_id=customer-{n}\n" for n in range(2 * MANY)))
    events = lines(custom_event(user_id=braze_id(n), external_user_id=f"customer-{n}") for n in range(MANY // 2))
    done = scrub({"a.json": events}, policy=POLICY.replace("defaults:", "audience: agency\nexclude: [{ list: list.txt }]\ndefaults:"))
    assert done.status == 0 and done.report["totals"]["events_out"] == 0


# MARK: what each case is there for

ATTACKS = {
    # Avro containers.
    "an expansion bomb": ["a bomb of 1 GiB", "bombs without records", "test_the_limit_of_a_block_is_exact"],
    "a block size beyond the file": ["a size beyond the file", "a size a little beyond the file", "a negative size", "the least size"],
    "a block count that lies": [
        "a negative count", "the least count", "the largest count, twice", "a large count", "no records and bytes", "a record too few",
        "a record too many", "test_counts_of_files_that_nobody_knows_add_up"],
    "counts and sizes of arrays and maps that lie": [
        "an array of the least count", "a map of the least count", "an array of the largest count", "an array with a lying size",
        "an array with a size of its own end", "a map with a negative size"],
    "items without bytes": ["nulls", "many blocks of nulls", "empty records", "arrays of nulls", "test_fields_without_bytes_cost_nothing"],
    "recursion of schemas and data": [
        "a list of 5,000 links", "records of records without an end", "records of 60 times two records", "records of 3,000 records",
        "a schema of 10,000 arrays", "a schema of 10,000 maps", "arrays of 60 arrays", "test_headers_that_are_only_read"],
    "lengths and branches out of range": [
        "a string of a negative length", "a string of the least length", "a string of the largest length", "an enum beyond its symbols",
        "a negative enum", "a union beyond its branches", "a negative union"],
    "numbers that are too long": ["a varint of eleven bytes", "a varint of more than 64 bits", "an int of 33 bits"],
    "sync markers and ends": [
        "another sync marker", "garbage behind the last block", "a few bytes behind the last block", "a truncated last block",
        "test_what_is_odd_and_no_damage_is_kept"],
    "metadata": [
        "a key twice", "no schema", "no metadata", "a count that overflows", "the least count of entries", "a key of the largest length",
        "two thousand keys", "a header that stops", "nothing but the magic", "test_the_most_that_a_header_may_hold"],
    "codecs": ["an unknown codec", "a codec that is no UTF-8", "no deflate"],
    "schemas": [
        "a schema of 100 MB", "a schema of 15 MB of numbers", "a schema of 15 MB of arrays", "a schema of 15 MB of objects",
        "a schema of 15 MB of branches", "a schema of 20,000 fields", "a field twice", "two types of one name", "an unknown type",
        "a schema that is no record", "a schema that is no JSON", "a schema that is no UTF-8", "test_what_is_odd_and_no_damage_is_kept"],
    "snappy and zstandard that lie": ["a snappy length that lies", "a snappy checksum of another block", "a zstd window of 2 GiB"],
    "values in messages": ["test_blocks", "test_headers", "test_lines", "test_gzip_files_that_are_not"],
    "code to be loaded": ["test_what_is_odd_and_no_damage_is_kept"],
    # Streams.
    "members and padding": ["two members", "a hundred members", "an empty member", "zeros behind"],
    "what a stream's header tells": ["a name and a time", "a method that is none", "reserved flags"],
    "ends and checksums of streams": [
        "garbage behind", "no trailer", "half a trailer", "another checksum", "another size", "a cut stream", "a second member that is none"],
    "bombs and windows of streams": ["test_a_bomb_of_a_gibibyte", "test_a_zstd_window_of_2_gib"],
    # JSON.
    "names that stand twice": ["a key twice, as it is", "a key twice, once with escapes"],
    "names that look alike or are none": ["test_names_in_two_normal_forms_are_two_names", "test_names_that_are_none_of_a_field"],
    "text that is none": [
        "a lone surrogate where text is kept", "a lone surrogate where text is hashed", "a lone surrogate in a text that is searched",
        "a lone surrogate in a name", "a zero where text is kept", "a zero where text is hashed", "test_bytes_that_are_no_utf8"],
    "numbers of any size": ["numbers of any size", "a number where text is hashed"],
    "ends of lines": ["test_lines", "what ends a line elsewhere", "test_very_many_blank_lines"],
    "depth and length": [
        "511 arrays", "512 arrays", "a million arrays", "a million objects", "a name of 64 kB", "test_the_limit_of_a_line_is_exact",
        "test_more_members_than_anyone_has", "test_a_text_that_is_too_long_to_be_searched_is_redacted"],
    "values behind escapes": [
        "an address behind escapes", "an address behind every escape", "an address behind escapes in a text", "an address in JSON in JSON"],
    "time that grows faster than the archive": ["test_what_is_many_times_there_takes_its_time_only", "test_a_list_of_very_many_who_are_not_there"],
    "time that grows faster than the text": ["test_texts_that_are_searched_take_linear_time", "test_a_batch_of_very_many_events"],
    # Policies.
    "alias bombs": ["aliases", "aliases in mappings", "aliases as keys", "an alias of itself", "an alias of nothing", "150,000 anchors"],
    "nesting of a policy": ["33 lists", "900 lists", "a million lists", "200,000 mappings"],
    "keys of a policy that stand twice": ["a key of a policy twice", "a key 90,000 times", "40,000 keys twice"],
    "types that are guessed": [
        "a word that is no boolean", "a number of another notation", "a number with a fraction", "a key id that is no"],
    "unknown keys of a policy": ["an unknown key", "100,000 unknown keys"],
    "merges, tags and documents": ["a merge", "a tag", "a tag of our own", "two documents"],
    "size of a policy": ["a value of 7 MB", "9 MB", "a value of 900 kB", "a list of 500,000 words"],
    # Pages of a glossary and additions to the catalog.
    "pages": ["test_pages_and_additions"],
}


def test_every_attack_has_its_cases():
    tables = [BLOCKS, HUGE, HEADERS, WHOLE, BROKEN, JSON_LINES, SEARCHED, GROWTH, POLICIES]
    names = [name for table in tables for name in table]
    assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
    assert {name for cases in ATTACKS.values() for name in cases} <= {*names, *(name for name in globals() if name.startswith("test_"))}
