"""Files in every codec and compression, written and read by other libraries: what is inside is scrubbed, what is
damaged is withheld, and what asks for too much memory is refused.
"""

import gzip
import io
import json
import os
import random
import struct
import subprocess
import sys
import zlib

import cramjam
import fastavro
import pytest
import reference
from backports import zstd

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
CODECS = ["null", "deflate", "snappy", "zstandard"]
EVENT = "users.messages.email.Open"
POLICY = """policy: codecs
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - kinds: [external_user_id, email]
    action: hash
"""
SCHEMA = {
    "type": "record", "name": f"dataexport.S3.inner.{EVENT}",
    "fields": [{"name": "id", "type": "string"}, {"name": "time", "type": "int"},
               {"name": "external_user_id", "type": ["null", "string"]}, {"name": "email_address", "type": "string"}]}


def events(count, start=0):
    return [{"id": f"0d6a1c52-5a0f-4a7e-9d0c-{n:012x}", "time": 1777676985 + n, "external_user_id": f"customer-{n % 50}",
             "email_address": f"person.{n % 50}@mail.example.test"} for n in range(start, start + count)]


def scrubbed(event):
    return event | {"external_user_id": reference.pseudonym("external_user_id", event["external_user_id"]),
                    "email_address": reference.pseudonym("email", event["email_address"])}


def varint(number):
    number = number << 1 ^ number >> 63
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


SYNC = b"0123456789abcdef"


def container(codec, *blocks):
    """A container of blocks given as (number of records, stored bytes)."""
    meta = {"avro.schema": json.dumps(SCHEMA).encode(), "avro.codec": codec.encode()}
    head = b"Obj\x01" + varint(len(meta))
    for key, value in meta.items():
        head += varint(len(key)) + key.encode() + varint(len(value)) + value
    return head + b"\0" + SYNC + b"".join(varint(n) + varint(len(b)) + b + SYNC for n, b in blocks)


def plain(records):
    out = io.BytesIO()
    for record in records:
        fastavro.schemaless_writer(out, SCHEMA, record)
    return out.getvalue()


def stored(codec, data):
    if codec == "snappy":
        return bytes(cramjam.snappy.compress_raw(data)) + struct.pack(">I", zlib.crc32(data))
    if codec == "zstandard":
        return zstd.compress(data)
    if codec == "deflate":
        return zlib.compress(data)[2:-4]
    return data


@pytest.fixture
def scrub(run, tmp_path):
    """Scrubs one file and returns its new content (nothing where there is none) and the report."""
    (tmp_path / "policy.yml").write_text(POLICY)

    def call(name, content, *flags, expect=0):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
        done = run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--json", "-q",
                   "--reports", tmp_path / "reports", *flags, expect=expect)
        out = tmp_path / "out" / name
        return (out.read_bytes() if out.exists() else None), json.loads(done.stdout)

    return call


PEAK = "import resource, subprocess, sys; status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); " \
    "print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def peak(binary, tmp_path, *arguments):
    """The exit status of a run, and the most memory it had, in MiB."""
    said = subprocess.run(
        [sys.executable, "-c", PEAK, binary, *map(str, arguments)], capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}).stdout
    status, kilobytes = map(int, said.split())
    return status, kilobytes / 1024


def read(content):
    reader = fastavro.reader(io.BytesIO(content))
    return list(reader), reader.metadata


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_is_read_and_written(scrub, codec):
    out = io.BytesIO()
    fastavro.writer(out, SCHEMA, events(5000), codec=codec, sync_interval=20_000, sync_marker=SYNC)
    content, _ = scrub("part.avro", out.getvalue())
    records, metadata = read(content)
    assert metadata["avro.codec"] == codec
    assert records == [scrubbed(e) for e in events(5000)]
    before, after = (sum(1 for _ in fastavro.block_reader(io.BytesIO(c))) for c in (out.getvalue(), content))
    assert before == after > 10


@pytest.mark.parametrize("codec", CODECS)
def test_a_block_without_a_change_keeps_its_stored_bytes(scrub, tmp_path, codec):
    """Written otherwise than we would, so that a block that was made again would show."""
    data = plain([e | {"external_user_id": None, "email_address": ""} for e in events(300)])
    block = zstd.compress(data, level=19) if codec == "zstandard" else stored(codec, data)
    content, _ = scrub("part.avro", container(codec, (300, block)))
    assert content.endswith(varint(300) + varint(len(block)) + block + SYNC)


@pytest.mark.parametrize("codec", CODECS[1:])
def test_a_damaged_block_is_withheld_and_the_rest_goes_on(scrub, codec):
    good = [(100, stored(codec, plain(events(100, n)))) for n in (0, 100)]
    bad = stored(codec, plain(events(50)))
    content, report = scrub("part.avro", container(codec, good[0], (50, bad[: len(bad) // 2]), good[1]), expect=2)
    assert read(content)[0] == [scrubbed(e) for e in events(200)]
    assert [(w["block"], w["events"]) for w in report["withheld"]] == [(1, 50)]
    assert report["withheld"][0]["code"].startswith("avro.")


@pytest.mark.parametrize("codec", ["snappy", "zstandard"])
def test_a_checksum_behind_a_block_is_checked(scrub, codec):
    data = plain(events(100))
    block = bytearray(
        stored(codec, data) if codec == "snappy" else zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}))
    block[-1] ^= 1
    content, report = scrub("part.avro", container(codec, (100, bytes(block))), expect=2)
    assert read(content)[0] == []
    assert [w["code"] for w in report["withheld"]] == ["avro.bad-compression"]


@pytest.mark.parametrize("codec,block,code", [
    ("snappy", bytes(cramjam.snappy.compress_raw(bytes(80 << 20))) + struct.pack(">I", zlib.crc32(bytes(80 << 20))),
     "avro.block-too-large"),
    ("snappy", b"\xff\xff\xff\xff\x0f" + bytes(100), "avro.bad-compression"),
    ("zstandard", zstd.compress(bytes(80 << 20)), "avro.block-too-large"),
    ("deflate", zlib.compress(bytes(80 << 20))[2:-4], "avro.block-too-large"),
], ids=["snappy", "snappy that lies", "zstandard", "deflate"])
def test_bombs_are_withheld_within_the_memory_promised(scrub, tmp_path, codec, block, code):
    good = (100, stored(codec, plain(events(100))))
    content, report = scrub("part.avro", container(codec, (1, block), good), expect=2)
    assert [w["code"] for w in report["withheld"]] == [code]
    assert read(content)[0] == [scrubbed(e) for e in events(100)]
    for number in range(4):
        (tmp_path / f"in/{number}.avro").write_bytes((tmp_path / "in/part.avro").read_bytes())
    status, megabytes = peak(
        BINARY, tmp_path, "--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--jobs", "2", "-q")
    assert status == 2 and megabytes < 256, megabytes


def test_a_zstandard_bomb_that_keeps_its_size_to_itself(scrub):
    frame = zstd.ZstdCompressor()
    block = b"".join(frame.compress(bytes(1 << 20)) for _ in range(80)) + frame.flush()
    _, report = scrub("part.avro", container("zstandard", (1, block)), expect=2)
    assert [w["code"] for w in report["withheld"]] == ["avro.block-too-large"]


@pytest.mark.parametrize("codec", ["bzip2", "xz", "lz4", "brotli"])
def test_another_codec_is_unsupported_and_not_copied(scrub, codec):
    content, report = scrub("part.avro", container(codec, (1, b"x")), expect=2)
    assert content is None
    assert [p["code"] for p in report["problems"]] == ["avro.unsupported-codec"]


# MARK: streams around a file

LINES = b"".join(json.dumps(e).encode() + b"\n" for e in events(3000))
CLEAN = b"".join(json.dumps(scrubbed(e)).encode() + b"\n" for e in events(3000))
SKIPPABLE = struct.pack("<II", 0x184D2A53, 5) + b"note!"


def test_zstd_around_lines_and_avro(scrub):
    content, _ = scrub(f"{EVENT}.json.zst", zstd.compress(LINES))
    assert zstd.decompress(content) == CLEAN
    frame = zstd.get_frame_info(content)
    assert content[:4] == bytes.fromhex("28b52ffd") and content[4] & 0x04, "a checksum follows"
    assert zstd.get_frame_size(content) == len(content), (frame, "one frame")
    out = io.BytesIO()
    fastavro.writer(out, SCHEMA, events(500), codec="snappy")
    content, _ = scrub("part.avro.zst", zstd.compress(out.getvalue()))
    assert read(zstd.decompress(content))[0] == [scrubbed(e) for e in events(500)]


def test_many_frames_come_out_as_one(scrub):
    cut = LINES.index(b"\n", 1000) - 20
    frames = SKIPPABLE + zstd.compress(LINES[:cut]) + SKIPPABLE + zstd.compress(b"") + zstd.compress(LINES[cut:]) + SKIPPABLE
    content, _ = scrub(f"{EVENT}.json.zst", frames)
    assert zstd.decompress(content) == CLEAN
    assert zstd.get_frame_size(content) == len(content)
    whole, _ = scrub(f"{EVENT}.2.json.zst", zstd.compress(LINES, level=1))
    assert whole == content, "how the source was made does not show"


def test_members_and_padding_come_out_as_one(scrub):
    cut = LINES.index(b"\n", 1000) - 20
    content, _ = scrub(f"{EVENT}.json.gz", gzip.compress(LINES[:cut]) + gzip.compress(b"") + gzip.compress(LINES[cut:]) + bytes(512))
    assert gzip.decompress(content) == CLEAN
    expander = zlib.decompressobj(31)
    expander.decompress(content)
    assert expander.eof and not expander.unused_data


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_a_truncated_stream_keeps_its_whole_lines(scrub, form):
    random.seed(5)
    lines = [json.dumps(e | {"id": f"{random.getrandbits(128):032x}"}).encode() + b"\n" for e in events(30_000)]
    packed, unpack = (gzip.compress(b"".join(lines)), gzip) if form == "gzip" else (zstd.compress(b"".join(lines)), zstd)
    content, report = scrub(f"{EVENT}.json.x", packed[: len(packed) * 2 // 3], expect=2)
    kept = unpack.decompress(content).splitlines(keepends=True)
    assert 1000 < len(kept) < len(lines)
    assert kept == [json.dumps(scrubbed(json.loads(line))).encode() + b"\n" for line in lines[: len(kept)]]
    assert [w["code"] for w in report["withheld"]] == [f"{form}.damaged"]


def test_a_wrong_checksum_is_told(scrub):
    content = bytearray(zstd.compress(LINES, options={zstd.CompressionParameter.checksum_flag: 1}))
    content[-1] ^= 1
    _, report = scrub(f"{EVENT}.json.zst", bytes(content), expect=2)
    assert [w["code"] for w in report["withheld"]] == ["zstd.damaged"]


def test_what_follows_a_frame_is_a_frame(scrub):
    content, report = scrub(f"{EVENT}.json.zst", zstd.compress(LINES) + b"trailing", expect=2)
    assert zstd.decompress(content) == CLEAN
    assert [w["code"] for w in report["withheld"]] == ["zstd.damaged"]


def test_a_window_over_the_limit_is_refused_until_the_limit_is_raised(scrub):
    frame = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    packed = frame.compress(LINES) + frame.flush()
    content, report = scrub(f"{EVENT}.json.zst", packed, expect=2)
    assert content is None
    assert [p["code"] for p in report["problems"]] == ["zstd.window-too-large"]
    content, _ = scrub(f"{EVENT}.json.zst", packed, "--max-block", "128")
    assert zstd.decompress(content) == CLEAN


def test_an_empty_stream_is_an_empty_file(scrub):
    for name, content in ((f"{EVENT}.json.zst", zstd.compress(b"")), (f"{EVENT}.json.gz", gzip.compress(b""))):
        _, report = scrub(name, content)
        assert not report["problems"]


def test_standard_input_may_be_zstd(run, tmp_path):
    (tmp_path / "policy.yml").write_text(POLICY)
    done = run("--policy", tmp_path / "policy.yml", "--event-type", EVENT, stdin=zstd.compress(LINES))
    assert zstd.decompress(done.stdout) == CLEAN


def test_inspect_names_codec_and_compression(run, tmp_path):
    (tmp_path / "in").mkdir()
    out = io.BytesIO()
    fastavro.writer(out, SCHEMA, events(50), codec="zstandard")
    (tmp_path / "in/part.avro.gz").write_bytes(gzip.compress(out.getvalue()))
    (tmp_path / f"in/{EVENT}.json.zst").write_bytes(zstd.compress(LINES))
    found = json.loads(run("inspect", tmp_path / "in", "--json").stdout)
    assert [(c["format"], c["codec"], c["compression"], c["events"]) for c in found["containers"]] == [
        ("avro", "zstandard", "gzip", 50), ("ndjson", None, "zstd", 3000)]


def test_the_program_needs_nothing_beside_it():
    said = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
    names = {line.split()[0].split("/")[-1].split(".so")[0] for line in said.splitlines()}
    assert names <= {"linux-vdso", "libm", "libc", "libstdc++", "libgcc_s", "ld-linux-x86-64", "ld-linux-aarch64"}, said


# MARK: what is cut short

@pytest.mark.parametrize("codec", CODECS)
def test_a_truncated_last_block_is_withheld_wherever_the_cut_is(scrub, codec):
    whole = container(codec, (100, stored(codec, plain(events(100)))))
    last = container(codec, (100, stored(codec, plain(events(100)))), (50, stored(codec, plain(events(50, 100)))))
    assert last.startswith(whole)
    for cut in sorted({len(whole) + 1, len(whole) + 2, len(whole) + 4, len(last) - 17, len(last) - 16, len(last) - 1}):
        content, report = scrub("part.avro", last[:cut], expect=2)
        assert read(content)[0] == [scrubbed(e) for e in events(100)], cut
        assert [(w["block"], w["offset"], w["bytes"], w["code"]) for w in report["withheld"]] == [
            (1, len(whole), cut - len(whole), "avro.truncated-block")], cut
    assert scrub("part.avro", whole)[1]["withheld"] == []


def test_a_tail_is_kept_apart_where_asked(scrub, tmp_path):
    last = container("null", (100, plain(events(100))), (50, plain(events(50, 100))))[:-5]
    scrub("part.avro", last, "--quarantine", tmp_path / "kept", expect=2)
    tail = (tmp_path / "kept/part.avro/block-1").read_bytes()
    assert last.endswith(tail) and len(tail) > 1000


def test_nothing_that_is_kept_apart_is_lost(scrub, tmp_path):
    last = container("null", (100, plain(events(100))), (50, plain(events(50, 100))))[:-5]
    (tmp_path / "kept/part.avro").mkdir(parents=True)
    mine = tmp_path / "kept/part.avro/block-1"
    mine.write_bytes(b"mine")
    mine.chmod(0o644)
    (tmp_path / "linked").write_bytes(b"linked")
    (tmp_path / "kept/part.avro/block-1.2").symlink_to(tmp_path / "linked")
    for content in (last, last, last[:-1], last):
        scrub("part.avro", content, "--quarantine", tmp_path / "kept", expect=2)
    names = ["block-1", "block-1.2", "block-1.3", "block-1.4"]
    assert sorted(path.name for path in (tmp_path / "kept/part.avro").iterdir()) == names
    assert (mine.read_bytes(), (tmp_path / "linked").read_bytes()) == (b"mine", b"linked")
    for name, content in (("block-1.3", last), ("block-1.4", last[:-1])):
        path = tmp_path / "kept/part.avro" / name
        assert content.endswith(path.read_bytes()) and path.stat().st_mode & 0o777 == 0o600
