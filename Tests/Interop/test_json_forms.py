"""Events in JSON in every form but a line each: documents, arrays, bodies, batches, and Avro's own JSON.

What a document must become is its own text with other values in their places: nothing else of it may move.
"""

import gzip
import io
import json
import random

import fastavro
import pytest
import reference
from backports import zstd
from test_codecs import BINARY, peak

OPEN, CLICK = "users.messages.email.Open", "users.messages.email.Click"
POLICY = """policy: forms
version: 1
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - events: [users.messages.email.Bounce]
    action: drop_event
  - kinds: [external_user_id, email]
    action: hash
"""


def event(n, type_=OPEN):
    return {"event_type": type_, "id": f"event-{n}", "time": 1777676985 + n, "external_user_id": f"customer-{n}",
            "email_address": f"pérson.{n}@mail.example.test", "campaign_name": "a \"b\" {c} [d], \\ \n", "device_class": None}


def body_event(n, type_=OPEN):
    """As the connector for HTTP sends it."""
    flat = event(n, type_)
    return {"event_type": type_, "id": flat["id"], "time": flat["time"],
            "user": {"external_user_id": flat["external_user_id"], "timezone": "Europe/Paris"},
            "properties": {"email_address": flat["email_address"], "campaign_name": "Spring"}}


def batch(n, *types):
    return {"schema_version": 2, "user_identities": {"customerid": f"customer-{n}", "email": f"pérson.{n}@mail.example.test"},
            "events": [{"event_type": "custom_event", "data": {"event_name": t, "custom_attributes": {"campaign_name": "Spring"}}}
                       for t in types]}


def scrubbed(text):
    """The text with every value that the policy hashes in other words."""
    for n in range(200, -1, -1):
        email = f"pérson.{n}@mail.example.test"
        for kind, value in (("external_user_id", f"customer-{n}"), ("email", email)):
            for spelled in (value, json.dumps(value)[1:-1]):
                text = text.replace(f'"{spelled}"', f'"{reference.pseudonym(kind, value)}"')
    return text


@pytest.fixture
def scrub_all(run, tmp_path):
    """Scrubs files, given by name, and returns their new bytes and the report."""
    (tmp_path / "policy.yml").write_text(POLICY)

    def call(files, *flags, expect=0):
        (tmp_path / "in").mkdir(exist_ok=True)
        for name, content in files.items():
            (tmp_path / "in" / name).write_bytes(content)
        done = run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--json", "-q", *flags,
                   expect=expect)
        return {name: (tmp_path / "out" / name).read_bytes() for name in files}, json.loads(done.stdout)

    return call


@pytest.fixture
def scrub(scrub_all):
    """Scrubs one file and returns its new text and the report."""

    def call(text, *flags, name="events.json", expect=0):
        files, report = scrub_all({name: text.encode()}, *flags, expect=expect)
        return files[name].decode(), report

    return call


def counts(report):
    return tuple(report["totals"][k] for k in ("events_in", "events_out", "dropped", "withheld"))


WHOLE = [event(n) for n in range(5)]
FORMS = {
    "an object": (json.dumps(event(1), indent=2), 1),
    "an object with an end of line": (json.dumps(event(1), indent="\t") + "\n", 1),
    "an object over two lines": ('{\n"event_type": "%s", "email_address": "pérson.1@mail.example.test"}' % OPEN, 1),
    "objects": ("".join(json.dumps(e, indent=2) + "\n" for e in WHOLE), 5),
    "objects back to back": ("".join(json.dumps(e, indent=2) for e in WHOLE), 5),
    "an array": (json.dumps(WHOLE, indent=2), 5),
    "an array in a line": (json.dumps(WHOLE) + "\n", 5),
    "an array of compact objects": ("[\n" + ",\n".join(json.dumps(e) for e in WHOLE) + "\n]\n", 5),
    "commas in front": ("[ " + "\n, ".join(json.dumps(e) for e in WHOLE) + "\n]", 5),
    "an array without spaces": (json.dumps(WHOLE, separators=(",", ":"), ensure_ascii=False), 5),
    "an empty array": ("[\n]\n", 0),
    "a body": (json.dumps({"events": [body_event(n) for n in range(5)]}, indent=1), 5),
    "a body in a line": (json.dumps({"events": [body_event(n) for n in range(5)]}) + "\n", 5),
    "bodies a line": ("".join(json.dumps({"events": [body_event(n)]}) + "\n" for n in range(3)), 3),
    "a body of flat events": (json.dumps({"events": WHOLE}, indent=1), 5),
    "an array of bodies": (json.dumps([{"events": [body_event(n)]} for n in range(3)], indent=1), 3),
    "grouped events a line": ("".join(json.dumps(body_event(n)) + "\n" for n in range(3)), 3),
    "a grouped event": (json.dumps(body_event(1), indent=2), 1),
    "an array of grouped events": (json.dumps([body_event(n) for n in range(3)]), 3),
    "a batch": (json.dumps(batch(1, OPEN, CLICK), indent=2), 2),
    "an array of batches": (json.dumps([batch(n, OPEN, CLICK) for n in range(3)], indent=2), 6),
}


AROUND = {
    "nothing": (bytes, bytes), "line ends": (lambda b: b.replace(b"\n", b"\r\n"), lambda b: b.replace(b"\r\n", b"\n")),
    "a mark": (lambda b: b"\xef\xbb\xbf" + b, lambda b: b.removeprefix(b"\xef\xbb\xbf")),
    "gzip": (gzip.compress, gzip.decompress), "zstd": (zstd.compress, zstd.decompress),
}


@pytest.mark.parametrize("around", AROUND)
def test_nothing_moves_but_values(run, scrub_all, tmp_path, around):
    pack, unpack = AROUND[around]
    out, report = scrub_all({f"{form}.json": pack(text.encode()) for form, (text, _) in FORMS.items()})
    for form, (text, _) in FORMS.items():
        assert unpack(out[f"{form}.json"]).decode() == scrubbed(text), form
        if around in ("line ends", "a mark"):
            assert out[f"{form}.json"] == pack(scrubbed(text).encode()), form
    events = sum(n for _, n in FORMS.values())
    assert counts(report) == (events, events, 0, 0)
    run("verify", "scrubbed", "--policy", tmp_path / "policy.yml", tmp_path / "out", "-q")
    assert scrub_all({f"{form}.json": pack(text.encode()) for form, (text, _) in FORMS.items()})[1]["totals"]["events_out"] == events


def test_standard_input_may_be_any_form(run, tmp_path):
    (tmp_path / "policy.yml").write_text(POLICY)
    for text, _ in FORMS.values():
        assert run("--policy", tmp_path / "policy.yml", stdin=text.encode()).stdout.decode() == scrubbed(text)


def test_inspect_reads_every_form(run, tmp_path):
    (tmp_path / "in").mkdir()
    for form, (text, _) in FORMS.items():
        (tmp_path / f"in/{form}.json").write_text(text)
    found = json.loads(run("inspect", tmp_path / "in", "--json").stdout)
    total = sum(n for _, n in FORMS.values())
    assert {c["format"]: c["events"] for c in found["containers"]} == {"ndjson": 11, "json": total - 11}
    assert sum(e["events"] for e in found["events"]) == total
    assert not found["damaged"]
    assert {u["path"] for u in found["drift"]["unknown_fields"]} <= {"schema_version"}


def without(items, gone, indent):
    return scrubbed(json.dumps([e for n, e in enumerate(items) if n not in gone], indent=indent))


@pytest.mark.parametrize("indent", [2, None])
@pytest.mark.parametrize("why", ["dropped", "unknown"])
def test_events_that_go_take_their_comma_along(scrub_all, indent, why):
    type_ = {"dropped": "users.messages.email.Bounce", "unknown": "users.messages.telepathy.Send"}[why]
    files, expected = {}, {}
    for bits in range(31):
        gone = {n for n in range(5) if bits >> n & 1}
        items = [event(n, type_ if n in gone else OPEN) for n in range(5)]
        files[f"{bits}.array.json"] = json.dumps(items, indent=indent).encode()
        expected[f"{bits}.array.json"] = without(items, gone, indent).encode()
        files[f"{bits}.objects.json"] = "".join(json.dumps(e, indent=indent) + "\n" for e in items).encode()
        expected[f"{bits}.objects.json"] = scrubbed(
            "".join(json.dumps(e, indent=indent) + "\n" for n, e in enumerate(items) if n not in gone)).encode()
    out, report = scrub_all(files, expect=0 if why == "dropped" else 2)
    assert out == expected
    gone = 2 * sum(bits.bit_count() for bits in range(31))
    assert counts(report) == (310, 310 - gone, *((gone, 0) if why == "dropped" else (0, gone)))


@pytest.mark.parametrize("gone", [{0}, {2}, {4}, {0, 1}, {3, 4}])
@pytest.mark.parametrize("indent", [1, None])
def test_an_unknown_event_of_a_body_is_withheld_alone(scrub, tmp_path, gone, indent):
    items = [body_event(n, "users.messages.telepathy.Send" if n in gone else OPEN) for n in range(5)]
    text, report = scrub(json.dumps({"events": items}, indent=indent), expect=2)
    assert text == scrubbed(json.dumps({"events": [e for n, e in enumerate(items) if n not in gone]}, indent=indent))
    assert counts(report) == (5, 5 - len(gone), 0, len(gone))
    assert {w["code"] for w in report["withheld"]} == {"event.unknown"}


def test_a_batch_without_a_known_event_goes_with_the_person(scrub):
    text, report = scrub(json.dumps([batch(1, "Something Else", "More"), batch(2, OPEN, "Something Else")], indent=2), expect=2)
    assert text == scrubbed(json.dumps([batch(2, OPEN)], indent=2))
    assert counts(report) == (4, 1, 0, 3)


def test_all_events_gone(scrub):
    gone = [event(n, "users.messages.email.Bounce") for n in range(3)]
    assert scrub(json.dumps(gone, indent=2))[0] == "[\n  \n]"
    assert scrub("".join(json.dumps(e, indent=2) + "\n" for e in gone))[0] == ""
    assert scrub(json.dumps({"events": gone}, indent=2) + "\n")[0] == ""


def test_what_is_no_event_is_withheld_alone(scrub):
    text, report = scrub("[\n1,\n" + json.dumps(event(1)) + ',\n"a, ] string",\nnull,\n[{}],\n' + json.dumps(event(2)) + "]", expect=2)
    assert text == scrubbed("[\n" + json.dumps(event(1)) + ",\n" + json.dumps(event(2)) + "]")
    assert [(w["line"], w["code"]) for w in report["withheld"]] == [(n, "json.not-an-object") for n in (2, 4, 5, 6)]


@pytest.mark.parametrize("strangers, withheld", [([None], 1), ([None, 5, "a, ] {", True], 4), ([[1, {}]], 1)])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("front", [True, False])
def test_what_is_no_event_of_a_batch_is_withheld_alone(scrub, strangers, withheld, indent, front):
    good = batch(1, OPEN, CLICK)
    whole = dict(good, events=strangers + good["events"] if front else good["events"][:1] + strangers + good["events"][1:])
    text, report = scrub(json.dumps(whole, indent=indent) + "\n", expect=2)
    assert text == scrubbed(json.dumps(good, indent=indent) + "\n")
    assert [w["code"] for w in report["withheld"]] == ["json.not-an-object"] * withheld
    assert counts(report) == (2 + withheld, 2, 0, withheld)


def test_a_batch_without_any_event_goes(scrub):
    text, report = scrub(json.dumps(dict(batch(1), events=[None, 7])) + "\n" + json.dumps(batch(2, OPEN)) + "\n", expect=2)
    assert text == scrubbed(json.dumps(batch(2, OPEN)) + "\n")
    assert [(w["code"], w["events"]) for w in report["withheld"]] == [("json.not-an-object", 2)]


@pytest.mark.parametrize("mode", ["delete", "blank"])
def test_a_person_is_found_beside_what_is_no_event(run, tmp_path, mode):
    archive, lines = tmp_path / "in", [dict(batch(n, OPEN, CLICK)) for n in (1, 2)]
    archive.mkdir()
    for line in lines:
        line["events"].insert(1, None)
    (archive / "a.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "p.yml").write_text(POLICY + f"erasure: {{ mode: {mode} }}\nexclude: [{{ list: list.txt }}]\n")
    (tmp_path / "list.txt").write_text("external_user_id=customer-1\n")
    state = ["--state", tmp_path / "state"]
    run("--policy", tmp_path / "p.yml", archive, "-o", tmp_path / "out", "--reports", tmp_path / "reports", *state, expect=2)
    assert (tmp_path / "out/a.json").read_text() == scrubbed(json.dumps(batch(2, OPEN, CLICK)) + "\n")
    done = run("erase", "--subject", "external_user_id=customer-1", archive, "--policy", tmp_path / "p.yml", "--yes", *state,
               "--reports", tmp_path / "reports", expect=None)
    left = [json.loads(line) for line in (archive / "a.json").read_text().splitlines()]
    assert done.returncode in (0, 2) and left[-1] == lines[1]
    if mode == "blank":
        assert [event is None for event in left[0]["events"]] == [False, True, False] and "customer-1" not in json.dumps(left[0])
    else:
        assert len(left) == 1


def test_custom_properties_of_a_grouped_event_are_those_of_the_event(scrub):
    bought = body_event(1, "users.behaviors.Purchase")
    bought["properties"] |= {"custom_properties": {"name": "Zoe"}, "purchase_properties": {"name": "Zoe"}, "product_id": "shirt"}
    own = dict(bought["properties"], custom_properties={}, purchase_properties={})
    for text, expected in ((bought, dict(bought, properties=own)), ({"events": [bought]}, {"events": [dict(bought, properties=own)]})):
        out, report = scrub(json.dumps(text))
        assert out == scrubbed(json.dumps(expected))
        assert {(row["field"], row["action"]) for row in report["fields"] if row["field"] == "properties"} == {("properties", "redact")}


FLAT = event(1) | {"user": {"external_user_id": "customer-1"}, "properties": {"name": "Zoe", "email_address": "pérson.1@mail.example.test"}}


@pytest.mark.parametrize("what, text", [
    ("members of flat events beside groups", FLAT),
    ("no user", {name: value for name, value in body_event(1).items() if name != "user"}),
    ("a user that is none", body_event(1) | {"user": "customer-1"}), ("properties in a text", body_event(1) | {"properties": "{}"}),
    ("a list of properties", body_event(1) | {"properties": [body_event(1)["properties"]]}),
    ("a name with an escape", body_event(1)), ("groups in groups", body_event(1) | {"user": {"user": {"email_address": "Zoe"}}}),
])
def test_what_looks_like_a_group_and_is_none_goes_whole(scrub, what, text):
    text = json.dumps(text)
    if what == "a name with an escape":
        text = text.replace('"user"', r'"\u0075ser"')
    out = json.loads(scrub(text)[0])
    if what == "groups in groups":
        assert out["user"] == {"user": None}
    else:
        assert [out.get(name) for name in ("user", "properties")] == [None, None]


def test_many_groups_take_no_more_time_than_their_bytes(scrub):
    """Whether an event groups its members is asked once."""
    many = ",".join(['"user":{},"properties":{}'] * 100_000)
    assert scrub('{"event_type":"%s",%s}' % (OPEN, many))[1]["totals"]["events_out"] == 1


def test_the_people_of_grouped_events_are_found_and_erased(run, tmp_path):
    (tmp_path / "in").mkdir()
    forms = {"lines.json": "".join(json.dumps(body_event(n)) + "\n" for n in range(4)),
             "array.json": json.dumps([body_event(n) for n in range(4)], indent=1)}
    for name, text in forms.items():
        (tmp_path / "in" / name).write_text(text)
    (tmp_path / "p.yml").write_text(POLICY)
    rest = ["--state", tmp_path / "state", "--policy", tmp_path / "p.yml"]
    for n, subject in enumerate(["external_user_id=customer-0", "email=pérson.1@mail.example.test"]):
        folder = tmp_path / f"package-{n}"
        run("export", "--subject", subject, tmp_path / "in", "-o", folder, *rest)
        found = [json.loads(line) for line in (folder / "events.ndjson").read_text().splitlines()]
        assert {e["event"]["user"]["external_user_id"] for e in found} == {f"customer-{n}"} and found
        run("erase", "--subject", subject, tmp_path / "in", "--yes", "--reports", tmp_path / "reports", *rest)
    lines = [json.loads(line) for line in (tmp_path / "in/lines.json").read_text().splitlines()]
    assert lines == json.loads((tmp_path / "in/array.json").read_text()) == [body_event(n) for n in (2, 3)]


def test_unknown_members_of_groups_are_told_by_their_paths(run, tmp_path):
    strange = body_event(1)
    strange["user"]["shoe_size"] = strange["properties"]["mood"] = "x"
    (tmp_path / "a.json").write_text(json.dumps(strange) + "\n")
    found = json.loads(run("inspect", tmp_path / "a.json", "--json").stdout)
    assert {u["path"] for u in found["drift"]["unknown_fields"]} == {"user.shoe_size", "properties.mood"}


def test_a_sweep_knows_the_fields_of_groups(run, tmp_path):
    other = body_event(2)
    other["properties"]["campaign_name"] = "for pérson.1@mail.example.test"
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.json").write_text(json.dumps(body_event(1)) + "\n" + json.dumps(other) + "\n")
    (tmp_path / "p.yml").write_text(POLICY)
    run("erase", "--subject", "external_user_id=customer-1", tmp_path / "in", "--yes", "--sweep", "redact", "--policy",
        tmp_path / "p.yml", "--state", tmp_path / "state", "--reports", tmp_path / "reports")
    left = json.loads((tmp_path / "in/a.json").read_text())
    assert "pérson.1" not in json.dumps(left, ensure_ascii=False) and left["user"] == other["user"]


BROKEN = [
    ("a missing value", '{"a":}', "json.syntax"), ("a missing comma", '{"a":1 "b":2}', "json.syntax"),
    ("no comma between", json.dumps(event(9)) + json.dumps(event(9)), None), ("an end without a start", "]", None),
    ("a word", "nonsense", "json.not-an-object"), ("a trailing comma", "", None), ("an open string", '{"a":"b', None),
    ("an open object", '{"a":{"b":1}', None), ("a control character", '{"a":"\x01"}', "json.syntax"),
]


@pytest.mark.parametrize("what,item,code", BROKEN, ids=[b[0] for b in BROKEN])
def test_the_rest_of_a_broken_array_is_withheld(scrub, tmp_path, what, item, code):
    """What was read is written, and the array is closed; nothing behind the break comes out."""
    good = json.dumps(event(1)) + ",\n " + json.dumps(event(2))
    text = "[\n " + good + ",\n " + item + ",\n " + json.dumps(event(3)) + "\n]\n"
    if what == "a trailing comma":
        text = "[\n " + good + ",\n]\n"
    result, report = scrub(text, expect=2)
    if what == "a word":
        assert result == scrubbed("[\n " + good + ",\n " + json.dumps(event(3)) + "\n]\n")
        return
    assert json.loads(result)[:2] == json.loads(scrubbed("[" + good + "]"))
    assert "customer-3" not in result and "customer-9" not in result
    assert len(json.loads(result)) == (3 if what == "no comma between" else 2)
    # Where a bracket or a quote is missing, what follows may be read as part of the item.
    codes = [code] if code else ["json.bad-document", "json.syntax"]
    assert [w["code"] in codes for w in report["withheld"]] == [True]


def test_a_truncated_document(scrub, tmp_path):
    whole = json.dumps(WHOLE, indent=2)
    for cut in range(1, len(whole), 61):
        result, report = scrub(whole[:cut], "--quarantine", tmp_path / f"kept-{cut}", expect=2)
        assert json.loads(result or "[]") == json.loads(scrubbed(json.dumps(WHOLE[: report["totals"]["events_out"]])))
        (place,) = report["withheld"]
        assert place["code"] == "json.bad-document"
        tail = tmp_path / f"kept-{cut}/events.json/byte-{place['offset']}"
        assert (tail.read_text() if tail.exists() else "") == whole[place["offset"]:cut]
        assert place["line"] == whole[: place["offset"]].count("\n") + 1
    one = json.dumps(event(1), indent=2)
    for cut in range(len(one) - 1, 30, -41):
        result, report = scrub(one[:cut], expect=2)
        assert result == ""


@pytest.mark.parametrize("tail", ["x", "{}", "]", "[]", ","])
def test_nothing_may_follow_an_array(scrub, tail):
    text, report = scrub(json.dumps(WHOLE) + "\n" + tail, expect=2)
    assert json.loads(text) == json.loads(scrubbed(json.dumps(WHOLE)))
    assert [w["code"] for w in report["withheld"]] == ["json.bad-document"]


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_a_compressed_array_that_breaks_off(scrub_all, form):
    dice = random.Random(4)
    items = [event(n % 100) | {"id": f"{dice.getrandbits(128):032x}"} for n in range(20_000)]
    text = json.dumps(items, indent=2).encode()
    packed = gzip.compress(text) if form == "gzip" else zstd.compress(text)
    out, report = scrub_all({"events.json": packed[: len(packed) * 2 // 3]}, expect=2)
    kept = json.loads((gzip if form == "gzip" else zstd).decompress(out["events.json"]))
    assert 1000 < len(kept) < len(items)
    assert kept == json.loads(scrubbed(json.dumps(items[: len(kept)])))
    assert [w["code"] for w in report["withheld"]] == [f"{form}.damaged"]


def test_an_item_over_the_limit_is_passed_over(scrub):
    large = event(9) | {"campaign_name": "\n[{" * 500_000}
    for indent in (None, 2):
        items = [event(1), large, event(2), large]
        text, report = scrub(json.dumps(items, indent=indent), "--max-block", "1", expect=2)
        assert text == scrubbed(json.dumps([event(1), event(2)], indent=indent))
        first, second = report["withheld"]
        assert {first["code"], second["code"]} == {"json.line-too-long"}
        assert counts(report) == (4, 2, 0, 2)
        whole = json.dumps(items, indent=indent)
        assert second["line"] == whole[: second["offset"]].count("\n") + 1 and whole[second["offset"]] == "{"


def test_the_memory_of_a_large_array_is_that_of_an_item(run, tmp_path):
    (tmp_path / "policy.yml").write_text(POLICY)
    (tmp_path / "in").mkdir()
    part = (",\n" + json.dumps([event(n) for n in range(200)], indent=2)[1:-1]) * 40
    for name in ("a", "b"):
        with zstd.open(tmp_path / f"in/{name}.json.zst", "wb") as file:
            file.write(("[" + json.dumps(event(0))).encode())
            for _ in range(160):
                file.write(part.encode())
            file.write(b"]")
    assert len(part) * 160 > 300 << 20
    status, megabytes = peak(
        BINARY, tmp_path, "--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--jobs", "2", "-q")
    assert (status, megabytes < 256) == (0, True), megabytes


# MARK: lines stay lines

@pytest.mark.parametrize("first", [
    '{"event_type": "x", ', '{"a": "b', '{"a": 1 2}', '{"a": 1}}', '{"a" 1', "{nonsense}", '{"a": "\\x"}', "{",
])
def test_a_bad_first_line_does_not_make_a_document(scrub, first):
    rest = "".join(json.dumps(e) + "\n" for e in WHOLE)
    text, report = scrub(first + "\n" + rest, expect=2)
    assert text == scrubbed(rest)
    assert [(w["line"], w["code"]) for w in report["withheld"]] == [(1, "json.syntax")]


def test_a_long_string_behind_the_first_line_is_read_before_the_form_is_told(scrub):
    one = json.dumps({"campaign_name": "x" * 900_000} | event(1), indent=2)
    text, _ = scrub(one)
    assert text == scrubbed(one)


# MARK: Avro's own JSON

SCHEMA = fastavro.parse_schema({
    "type": "record", "name": f"dataexport.S3.inner.{OPEN}",
    "fields": [
        {"name": "id", "type": "string"}, {"name": "time", "type": "int"},
        {"name": "external_user_id", "type": ["null", "string"], "default": None},
        {"name": "email_address", "type": "string"},
        {"name": "media_urls", "type": ["null", {"type": "array", "items": ["null", "string"]}], "default": None},
        {"name": "message_tags", "type": ["null", {"type": "array", "items": ["null", "string"]}], "default": None},
        {"name": "is_amp", "type": ["null", "boolean"], "default": None},
        {"name": "latitude", "type": ["null", "double"], "default": None},
        {"name": "ad_tracking_enabled", "type": ["null", "boolean"], "default": None},
        {"name": "timezone", "type": ["null", "string"], "default": None},
        {"name": "unheard_of", "type": ["null", "string", "long", {"type": "map", "values": "string"}], "default": None},
    ]})


def records(count):
    return [{"id": f"event-{n}", "time": 1777676985 + n, "external_user_id": f"customer-{n}" if n % 4 else None,
             "email_address": f"pérson.{n}@mail.example.test", "media_urls": ["https://a.example.test/x", None] if n % 3 else None,
             "message_tags": ["spring", None, "{"] if n % 3 else None,
             "is_amp": bool(n % 2), "latitude": 48.5 if n % 2 else None, "ad_tracking_enabled": None,
             "timezone": "Europe/Paris", "unheard_of": [None, "a text", 7, {"string": "x"}][n % 4]} for n in range(count)]


def expected(record):
    return record | {
        "external_user_id": record["external_user_id"] and reference.pseudonym("external_user_id", record["external_user_id"]),
        "email_address": reference.pseudonym("email", record["email_address"]),
        "media_urls": None, "latitude": None, "unheard_of": None}


def avro_json(items):
    out = io.StringIO()
    fastavro.json_writer(out, SCHEMA, items)
    return out.getvalue()


@pytest.mark.parametrize("pretty", [False, True])
def test_wrapped_values_are_treated_inside_their_wrappers(run, scrub, pretty):
    lines = avro_json(records(40)).splitlines()
    assert '{"string": "customer-1"}' in lines[1]
    text = "\n".join(json.dumps(json.loads(line), indent=2) if pretty else line for line in lines) + "\n"
    result, report = scrub(text, name=f"{OPEN}.json")
    decoder, at, compact = json.JSONDecoder(), 0, ""
    while result[at:].strip():
        value, at = decoder.raw_decode(result, at + len(result[at:]) - len(result[at:].lstrip()))
        compact += json.dumps(value) + "\n"
    got = list(fastavro.json_reader(io.StringIO(compact), SCHEMA))
    assert [{k: v for k, v in g.items() if k != "message_tags"} for g in got] == [
        {k: v for k, v in expected(r).items() if k != "message_tags"} for r in records(40)]
    # What is kept is not touched, wrappers and all.
    for line, new in zip(lines, compact.splitlines()):
        old, new = json.loads(line), json.loads(new)
        for name in ("id", "time", "is_amp", "timezone"):
            assert old[name] == new[name]
        assert new["external_user_id"] is None or set(new["external_user_id"]) == {"string"}
        assert new["media_urls"] is None and new["unheard_of"] is None
    assert counts(report) == (40, 40, 0, 0)


def test_wrapped_arrays_of_texts_are_kept_where_the_field_is(scrub):
    items = avro_json(records(6))
    result, _ = scrub(items, name=f"{OPEN}.json")
    tags = [json.loads(line)["message_tags"] for line in items.splitlines()]
    # A brace in a text is not looked into: the array may hold anything.
    assert [json.loads(line)["message_tags"] for line in result.splitlines()] in (tags, [None] * 6)


def test_drop_takes_the_wrapper_along(run, tmp_path):
    (tmp_path / "policy.yml").write_text(POLICY + "  - fields: [timezone]\n    action: drop\n")
    source = json.dumps({"id": "a", "timezone": {"string": "Europe/Paris"}, "time": {"int": 5}}, indent=2)
    done = run("--policy", tmp_path / "policy.yml", "--event-type", OPEN, stdin=source.encode())
    assert done.stdout.decode() == json.dumps({"id": "a", "time": {"int": 5}}, indent=2)


def test_an_object_that_is_no_wrapper_is_none(run, tmp_path):
    """Two members, a name that is no type, or a value that is not of the type: an object, and redacted whole."""
    (tmp_path / "policy.yml").write_text(POLICY)
    for value in ('{"string": "a", "int": 5}', '{"text": "a"}', '{"string": 5}', '{"string": {"string": "a"}}', "{}"):
        done = run("--policy", tmp_path / "policy.yml", "--event-type", OPEN, stdin=b'{"external_user_id": %s}\n' % value.encode())
        assert done.stdout == b'{"external_user_id": null}\n', value


def test_other_destinations_have_no_wrappers(run, tmp_path):
    (tmp_path / "policy.yml").write_text(POLICY)
    done = run("--policy", tmp_path / "policy.yml", "--event-type", OPEN, "--destination", "segment",
               stdin=b'{"userId": {"string": "customer-1"}}\n')
    assert b"string" not in done.stdout and b"customer" not in done.stdout


@pytest.mark.parametrize("front, more", [
    (" ", ""), ("\t", ""), ("\r\n \n  ", ""), ("", "x" * 70_000), (" ", "x" * 300_000), ("{\"cut\n", ""),
], ids=["blank", "tab", "lines", "long", "longer", "damage"])
@pytest.mark.parametrize("ending", ["", "\n", "\n {}\n"], ids=["open", "one", "two"])
def test_the_destination_of_lines_is_told_behind_blanks_and_of_long_ones(run, tmp_path, front, more, ending):
    (tmp_path / "policy.yml").write_text(POLICY)
    (tmp_path / "in").mkdir()
    line = json.dumps({
        "event_properties": {"campaign_name": "Spring" + more, "email_address": "ada@mail.example.test"}, "event_type": "Email Open",
        "insert_id": "i1", "library": "Braze", "user_id": "customer-1", "time": 1777600025})
    (tmp_path / "in/a.json").write_text(front + line + ending.replace("{}", line))
    done = run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "reports",
               expect=2 if "cut" in front else 0)
    written = (tmp_path / "out/a.json").read_text()
    assert reference.pseudonym("external_user_id", "customer-1") in written and "customer-1" not in written
    assert reference.pseudonym("email", "ada@mail.example.test") in written, done.stderr


STORED = {"id": "e1", "time": 1777600000, "user_id": "braze-1", "external_user_id": "customer-1", "campaign_name": "Spring"}
SENT = {
    "amplitude": {"event_type": "Email Open", "user_id": "customer-1", "insert_id": "i1", "time": 1777600000,
                  "event_properties": {"campaign_name": "Spring"}},
    "mixpanel": {"event": "Email Open", "properties": {"distinct_id": "customer-1", "campaign_name": "Spring"}},
    "segment": {"type": "track", "event": "Email Opened", "userId": "customer-1", "anonymousId": "braze-1",
                "properties": {"campaign_name": "Spring"}},
    "mparticle": {"user_identities": {"customerid": "customer-1"}, "events": [
        {"event_type": "custom_event", "data": {"event_name": "Email Opens", "custom_attributes": {"campaign_name": "Spring"}}}]},
}
SHAPES = {"storage": STORED, **SENT}


@pytest.mark.parametrize("where, given, more", [
    ("", "in", "event_type=users.messages.sms.Send/event_type=" + OPEN + "/day/"), ("", "in/event_type=" + OPEN, "day/"),
    ("", "in/event_type=" + OPEN + "/day", ""), ("", "in/event_type=" + OPEN + "/day/a.json", ""), ("in/event_type=" + OPEN, ".", "day/"),
    ("in/event_type=" + OPEN + "/day", "a.json", ""), ("in/other", "../event_type=" + OPEN, "day/"),
    ("in/event_type=users.messages.sms.Send", "../event_type=" + OPEN + "/day", "")])
def test_the_input_and_what_lies_above_it_tell_the_event_type(run, tmp_path, where, given, more):
    """The nearest of them does. What was made of it is known without them."""
    (tmp_path / "policy.yml").write_text(POLICY)
    place = tmp_path / "in" / (more if given == "in" else f"event_type={OPEN}/day")
    place.mkdir(parents=True)
    (tmp_path / where).mkdir(exist_ok=True)
    (place / "a.json").write_text(json.dumps(STORED) + "\n")
    common = ["--policy", tmp_path / "policy.yml", "--state", tmp_path / "state"]
    cwd = tmp_path / where
    run(*common, given, "-o", tmp_path / "out", "--reports", tmp_path / "reports", cwd=cwd)
    manifest = json.loads((tmp_path / "out/_currents-scrub/manifest.json").read_text())
    assert [(file["path"], file["events"]) for file in manifest["files"]] == [(more + "a.json", {OPEN: 1})]
    done = run("inspect", given, "--json", cwd=cwd)
    assert [row["event"] for row in json.loads(done.stdout)["events"]] == [OPEN]
    run("verify", "scrubbed", *common, "out", cwd=tmp_path)
    done = run(*common, "out", "-o", "again", "--reports", tmp_path / "reports", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["totals"]["files_out"] == 0


@pytest.mark.parametrize("second", SHAPES)
@pytest.mark.parametrize("first", SHAPES)
@pytest.mark.parametrize("form", ["lines", "array"])
def test_an_event_of_another_destination_is_not_read_as_one_of_its_file(run, tmp_path, first, second, form):
    """What is one's id in one destination is another's in the next."""
    (tmp_path / "policy.yml").write_text(POLICY)
    place = tmp_path / f"in/event_type={OPEN}"
    place.mkdir(parents=True)
    events = [SHAPES[first], SHAPES[second], SHAPES[first]]
    (place / "a.json").write_text("".join(json.dumps(e) + "\n" for e in events) if form == "lines" else json.dumps(events))
    mixed = first != second
    run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "reports",
        expect=2 if mixed else 0)
    text = (tmp_path / f"out/event_type={OPEN}/a.json").read_text()
    left = [json.loads(line) for line in text.splitlines()] if form == "lines" else json.loads(text)
    wanted = json.loads(json.dumps(events[::2] if mixed else events).replace("customer-1", reference.pseudonym("external_user_id", "customer-1")))
    for event in left:
        event.pop("user_id", None) if first == "storage" else event.pop("anonymousId", None)
    for event in wanted:
        event.pop("user_id", None) if first == "storage" else event.pop("anonymousId", None)
    assert left == wanted
    if mixed:
        report = json.loads(next((tmp_path / "reports").rglob("report.json")).read_text())
        assert "event.other-destination" in json.dumps(report)
    # Whoever says whose events they are is believed.
    run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "told", "--reports", tmp_path / "reports",
        "--destination", first)
    # Nobody is erased, and nobody's events are left in silence.
    done = run("erase", "--subject", "external_user_id=customer-1", place, "--yes", "--state", tmp_path / "state", "--reports",
               tmp_path / "reports", "--json", expect=2 if mixed else 0)
    assert (b"event.other-destination" in done.stdout + done.stderr) == mixed


@pytest.mark.parametrize("destination", SENT)
@pytest.mark.parametrize("front", [{}, {"comment": "of May"}, {"event": "own"}, {"event_type": "$identify", "user_id": "e"}, {"events": []}])
def test_events_without_marks_tell_no_destination(run, tmp_path, destination, front):
    (tmp_path / "policy.yml").write_text(POLICY)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.json").write_text(f"{json.dumps(front)}\n{json.dumps(SENT[destination])}\n")
    # A body without events is passed on where bodies are.
    isBody = "events" in front and destination == "mparticle"
    run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "reports", expect=0 if isBody else 2)
    assert reference.pseudonym("external_user_id", "customer-1") in (tmp_path / "out/a.json").read_text()


@pytest.mark.parametrize("names", [
    '"event":"Email Opened","event":"ada@mail.example.test"', '"event":"ada@mail.example.test","event":"Email Opened"',
    '"event":"Email Opened","\\u0065vent":"ada@mail.example.test"'], ids=["behind", "before", "escaped"])
def test_a_second_name_of_an_event_is_not_passed_on(run, tmp_path, names):
    """Most readers take the last."""
    (tmp_path / "policy.yml").write_text(POLICY)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.json").write_text('{"type":"track",%s,"userId":"customer-1"}\n' % names)
    done = run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "reports", expect=2)
    assert b"event.conflicting-names" in done.stderr and (tmp_path / "out/a.json").read_bytes() == b""


@pytest.mark.parametrize("told", ["path", "option", "file"])
@pytest.mark.parametrize("shape, name", [
    ("segment", '"event":'), ("mixpanel", '"event":'), ("amplitude", '"event_type":'), ("mparticle", '"event_name":'), ("storage", '"event_type":')])
def test_a_name_that_nobody_knows_is_not_passed_on_where_the_type_is_told(run, tmp_path, told, shape, name):
    """Whatever stands where events name themselves is a text of anybody's."""
    (tmp_path / "policy.yml").write_text(POLICY)
    place = tmp_path / (f"in/event_type={OPEN}/a.json" if told == "path" else f"in/{OPEN}.json" if told == "file" else "in/a.json")
    place.parent.mkdir(parents=True)
    known = json.dumps({"event_type": OPEN, **STORED} if shape == "storage" else SHAPES[shape], separators=(",", ":"))
    start = known.index(name) + len(name) + 1
    odd = known[:start] + "ada@mail.example.test" + known[known.index('"', start):]
    place.write_text(f"{known}\n{odd}\n")
    done = run("--policy", tmp_path / "policy.yml", tmp_path / "in", "-o", tmp_path / "out", "--reports", tmp_path / "reports", "--json",
               *(["--event-type", OPEN] if told == "option" else []))
    first, second = (tmp_path / "out" / place.relative_to(tmp_path / "in")).read_text().splitlines()
    assert known[known.index(name):start] in first and "ada@" not in second
    assert first.replace(known[start:known.index('"', start)], "", 1) != first and name in second
    assert "customer-1" not in first + second and json.loads(done.stdout)
