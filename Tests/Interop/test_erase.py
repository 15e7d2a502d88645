"""Erasure: exactly the events of one person, read by other readers, and every other byte as it was."""

import collections
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import fastavro
import people
import pytest
import reference
import test_codecs
from backports import zstd
from test_export import FIELDS, write

ARCHIVES = int(os.environ.get("ERASE_ARCHIVES", "60"))
# In 290 those who shared an address are all who is left: what the id leads to then is theirs.
NUMBERS = sorted({*range(ARCHIVES), 290})


def subject_file(folder, **values):
    path = folder / "who"
    path.write_text("".join(f"{kind}={value}\n" for kind, value in values.items()))
    return path


def erase(run, folder, *arguments, expect=0):
    done = run("erase", *arguments, "--json", "--state", folder / "state", "--reports", folder / "reports", cwd=folder, expect=expect)
    return json.loads(done.stdout)


def stamp(path):
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, path.read_bytes()


def receipt(result, number=0):
    return json.loads(pathlib.Path(result["requests"][number]["receipt"]).read_text())


# What other readers see.


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def records_of(path):
    with open(path, "rb") as file:
        return list(fastavro.reader(file))


def ids_in(folder):
    ids = collections.Counter()
    for path in folder.rglob("*"):
        if not path.is_file() or path.name.startswith("."):
            continue
        found = records_of(path) if path.suffix == ".avro" else [json.loads(line) for line in lines_of(path)]
        ids.update(record["id"] for record in found)
    return ids


@pytest.mark.parametrize("part", range(4))
def test_exported_before_is_erased_and_nothing_else(run, tmp_path, part):
    """Generated archives: what an export finds is what goes; afterwards it finds nothing; the rest is as it was."""
    seen = collections.Counter()
    for number in NUMBERS[part::4]:
        chance = random.Random(f"erase {number}")
        place = tmp_path / str(number)
        place.mkdir()
        events, graphs = [], []
        for graph in range(3):
            profiles, own = people.graph(chance, f"e{number}x{graph}", ["ws-a", "ws-b"] if graph else ["ws-a"])
            events += own
            graphs.append(profiles)
        if number % 5:
            events = [e for e in events if set(e) - {"id", "time", "workspace"}]
        subjects, workspaces = people.subjects_of(chance, chance.choice(graphs))
        write(place / "archive", events, chance)
        before = {p.name: stamp(p) for p in (place / "archive").iterdir()}
        (place / "who").write_text("".join(f"{kind}={value}\n" for kind, value in subjects))
        options = [x for w in workspaces for x in ("--workspace", w)]
        export = json.loads(run("export", "--subject-file", place / "who", place / "archive", *options, "--dry-run", "--json",
                                "--state", place / "state", expect=None).stdout)["requests"][0]
        result = erase(run, place, "--subject-file", place / "who", place / "archive", *options, "--yes", "--max-share", "1",
                       expect=None)
        answer = result["requests"][0]
        told = people.answer(events, subjects, workspaces)
        seen[told[0]] += 1
        if told[0] == "refused":
            assert (result["exit"], answer["state"], answer["reasons"]) == (3, "REFUSED", [told[1]])
            assert {p.name: stamp(p) for p in (place / "archive").iterdir() if p.name[0] != "."} == before
            continue
        mine, held = told[1], told[2]
        assert export["events"] + export["repeats"] + export["copies"] == len(mine)
        assert answer["counts"]["matched"] == answer["counts"]["deleted"] == len(mine)
        assert answer["counts"]["held_back"] == len(held)
        # An event in which nothing tells whose it is may be anybody's.
        is_open = held or result["nameless"]
        assert answer["state"] == ("INCOMPLETE" if is_open else "COMPLETE" if mine else "NOTHING_FOUND")
        assert result["exit"] == (2 if is_open else 0)
        seen["complete"] += not is_open
        assert ids_in(place / "archive") == collections.Counter(e["id"] for e in events if e["id"] not in mine)
        for path in (place / "archive").iterdir():
            if path.name not in before:
                continue
            old = before[path.name][3]
            if path.suffix == ".json":
                stay = [line for line in old.splitlines(keepends=True) if json.loads(line)["id"] not in mine]
                assert path.read_bytes() == b"".join(stay)
                touched = len(stay) != len(old.splitlines())
            else:
                touched = any(record["id"] in mine for record in fastavro.reader(io.BytesIO(old)))
            assert touched or stamp(path) == before[path.name], "an untouched file keeps inode, times and bytes"
        again = json.loads(run("export", "--subject-file", place / "who", place / "archive", *options, "--dry-run", "--json",
                               "--state", place / "state", expect=None).stdout)["requests"][0]
        if again["state"] != "refused":
            assert again["events"] == 0, (number, subjects, workspaces, held)
    assert seen["found"] > 5 and seen["complete"] > 0 and (seen["refused"] > 0 or ARCHIVES < 400)


# Containers of Avro.

ME, OTHER = "customer-me", "somebody else"


def avro(codec, *blocks):
    return test_codecs.container(codec, *blocks)


def event(n, who):
    return {**test_codecs.events(1, n)[0], "external_user_id": who, "email_address": f"{who.split()[0]}@example.test"}


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "zstandard"])
def test_blocks_without_a_match_keep_their_bytes(run, tmp_path, codec):
    blocks = [[event(0, OTHER), event(1, OTHER)], [event(2, OTHER), event(3, ME), event(4, OTHER)], [event(5, ME)], [event(6, OTHER)]]
    content = avro(codec, *((len(b), test_codecs.stored(codec, test_codecs.plain(b))) for b in blocks))
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.avro"
    path.write_bytes(content)
    mode = path.stat().st_mode
    old = fastavro_blocks(content)
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes")
    assert result["requests"][0]["state"] == "COMPLETE" and path.stat().st_mode == mode
    new = fastavro_blocks(path.read_bytes())
    assert [b for b in new[1]] == [old[1][0], new[1][1], old[1][3]], "the emptied block is gone, two are byte for byte"
    assert new[0] == old[0], "the header is the same, to the last byte"
    assert [r["external_user_id"] for r in records_of(path)] == [OTHER] * 5


def fastavro_blocks(content):
    """The header's bytes, and those of each block."""
    file = io.BytesIO(content)
    starts = [(block.offset, block.size) for block in fastavro.block_reader(file)]
    ends = [start for start, _ in starts[1:]] + [len(content)]
    return content[:starts[0][0]] if starts else content, [content[start:end] for (start, _), end in zip(starts, ends)]


def test_an_emptied_container_is_one(run, tmp_path):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.avro"
    path.write_bytes(avro("deflate", (2, test_codecs.stored("deflate", test_codecs.plain([event(0, ME), event(1, ME)])))))
    (tmp_path / "a/users.messages.email.Click.json").write_bytes(json.dumps({"id": "1", "external_user_id": ME, "time": 1}).encode())
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1")
    assert records_of(path) == []
    assert (tmp_path / "a/users.messages.email.Click.json").read_bytes() == b""


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_compressed_lines_stay_compressed(run, tmp_path, form):
    lines = [json.dumps({"id": str(n), "external_user_id": ME if n % 7 == 3 else f"o{n}", "time": n}).encode() + b"\r\n" for n in range(5000)]
    content = b"".join(lines)[:-2]
    pack = gzip.compress if form == "gzip" else zstd.compress
    unpack = gzip.decompress if form == "gzip" else zstd.decompress
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json.gz"
    path.write_bytes(pack(content))
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes")
    assert unpack(path.read_bytes()) == b"".join(line for n, line in enumerate(lines) if n % 7 != 3)[:-2]
    if form == "gzip":
        assert path.read_bytes()[:10] == bytes.fromhex("1f8b08000000000000ff")


# Documents and batches.


def of(n, who):
    return {"event_type": "users.messages.email.Open", "id": str(n), "time": 1700000000 + n,
            "user": {"user_id": f"braze-{who}", "external_user_id": who}, "properties": {"app_group_id": "ws"}}


WHO = {"m": ME, "o": OTHER}


@pytest.mark.parametrize("pattern", ["o", "m", "mo", "om", "omo", "mmo", "omm", "ommo", "momom", "mmm", "oomoo"])
@pytest.mark.parametrize("layout", ["array", "objects", "lines"])
def test_items_of_documents(run, tmp_path, pattern, layout):
    events = [json.dumps({"id": str(n), "external_user_id": WHO[who], "user_id": "b-" + WHO[who], "time": n}, indent=None if layout == "lines" else 2)
              for n, who in enumerate(pattern)]
    joined = {"array": "[\n" + " ,\n ".join(events) + "\n ]\n", "objects": "\n\n".join(events) + "\n", "lines": "\n".join(events)}[layout]
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json"
    path.write_text(joined)
    (tmp_path / "a/users.messages.email.Click.json").write_text(json.dumps({"id": "x", "external_user_id": ME, "time": 1}) + "\n")
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1")
    text = path.read_text()
    stay = [event for event, who in zip(events, pattern) if who == "o"]
    if layout == "array":
        assert json.loads(text) == [json.loads(event) for event in stay]
        assert all(event in text for event in stay)
    else:
        assert text.split() == " ".join(stay).split()
        assert text.endswith("\n") or layout == "lines" or not stay


@pytest.mark.parametrize("pattern", ["m", "mo", "om", "omo", "mmo", "momom", "mmm"])
@pytest.mark.parametrize("indent", [None, 1])
def test_bodies_lose_single_events(run, tmp_path, pattern, indent):
    body = {"events": [of(n, WHO[who]) for n, who in enumerate(pattern)]}
    other = {"events": [of(100, OTHER)]}
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/bodies.json"
    path.write_text(json.dumps(body, indent=indent) + "\n" + json.dumps(other, indent=indent) + "\n")
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1")
    text = path.read_text()
    decoder, left, position = json.JSONDecoder(), [], 0
    while position < len(text.rstrip()):
        while text[position].isspace():
            position += 1
        value, position = decoder.raw_decode(text, position)
        left.append(value)
    mine = {"events": [of(n, OTHER) for n, who in enumerate(pattern) if who == "o"]}
    assert left == ([mine, other] if mine["events"] else [other])


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("lists", [("mo", "om"), ("om", "mo"), ("mm", "o"), ("o", "mm"), ("momo", "mm", "", "oom"), ("m", "m")])
def test_a_body_with_two_lists_of_events_keeps_what_stands_between(run, tmp_path, lists, indent):
    """A name may stand twice, and what stands around the events is nobody's."""
    def body(numbered):
        members = [part for n, events in enumerate(numbered) for part in (
            '"events":' + json.dumps([of(number, WHO[who]) for number, who in events], indent=indent), '"x%d":%d' % (n, n))]
        return "{" + ",".join(members) + "}\n"

    def pairs(text):
        return json.loads(text, object_pairs_hook=tuple)

    numbers = iter(range(100))
    numbered = [[(next(numbers), who) for who in pattern] for pattern in lists]
    other = json.dumps({"events": [of(100, OTHER)]}) + "\n"
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/bodies.json"
    path.write_text(body(numbered) + other)
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1")
    left = [[one for one in events if one[1] == "o"] for events in numbered]
    text = path.read_text()
    assert text.endswith(other)
    if not any(left):
        assert text == other
        return
    assert pairs(text[:-len(other)]) == pairs(body(left))


def test_a_sweep_counts_what_is_no_event_of_a_body(run, tmp_path):
    """Beside it stands somebody's event that names the person, and then one of the person."""
    body = {"events": [None, of(1, OTHER) | {"properties": {"note": f"as {ME} said"}}, of(2, ME)]}
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/bodies.json"
    path.write_text(json.dumps(body) + "\n")
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1",
                   "--sweep", "redact", expect=2)
    assert [place["count"] for place in result["requests"][0]["residual"]["places"]] == [1] and ME not in path.read_text()


def test_a_batch_that_loses_its_last_event_goes_entirely(run, tmp_path):
    def batch(who, count):
        return {"user_identities": {"customerid": who, "email": f"{who.split()[0]}@example.test"}, "schema_version": 2,
                "events": [{"event_type": "custom_event", "data": {"source_message_id": f"{who}{n}", "event_name": "Email Opens"}}
                           for n in range(count)]}
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/mp.json"
    path.write_text("".join(json.dumps(batch(who, n)) + "\n" for who, n in [(OTHER, 2), (ME, 3), (OTHER, 1)]))
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1")
    assert result["requests"][0]["counts"]["deleted"] == 3
    assert path.read_text() == json.dumps(batch(OTHER, 2)) + "\n" + json.dumps(batch(OTHER, 1)) + "\n"


# Blanked, kept, held.


def policy(folder, text):
    path = folder / "erase.yml"
    path.write_text("policy: erase\nversion: 1\n" + text)
    return path


@pytest.mark.parametrize("mode", ["delete", "blank"])
@pytest.mark.parametrize("by", ["rule", "hold", "both"])
@pytest.mark.parametrize("names", [["Email Opens", "Email Unsubscribes"], ["Email Unsubscribes", "Email Opens", "Email Opens"],
                                   ["Email Opens", "Email Unsubscribes", "Email Unsubscribes"]])
def test_around_an_event_of_a_batch_that_stays_the_person_is_named(run, tmp_path, mode, by, names):
    """What stands around events of mParticle is all that tells whose they are."""
    events = [{"event_type": "custom_event", "data": {"source_message_id": f"e{n}", "event_name": name,
               "timestamp_unixtime_ms": 1700000000000 if name == "Email Opens" else 1710000000000}} for n, name in enumerate(names)]
    batch = {"user_identities": {"customerid": ME}, "schema_version": 2, "events": events, "environment": "production"}
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/mp.json"
    path.write_text(json.dumps(batch) + "\n")
    rule = "  keep:\n    - { events: ['*Unsubscribe'], basis: consent, review: 2030-01-31 }\n" if by != "hold" else ""
    more = []
    if by != "rule":
        (tmp_path / "holds.yml").write_text("holds:\n  - { from: 2024-01-01, basis: dispute, owner: legal, review: 2030-01-31 }\n")
        more = ["--legal-hold", tmp_path / "holds.yml"]
    answer = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1",
                   "--policy", policy(tmp_path, f"erasure:\n  mode: {mode}\n{rule}"), *more)["requests"][0]
    kept = names.count("Email Unsubscribes")
    assert (answer["state"], answer["counts"]["deleted"], answer["counts"]["blanked"]) == ("COMPLETE_EXCEPT", len(names) - kept, 0)
    assert answer["counts"]["kept"] + answer["counts"]["held"] == kept
    left = json.loads(path.read_text())
    assert left["user_identities"] == {"customerid": ME} and [e["data"]["event_name"] for e in left["events"]] == ["Email Unsubscribes"] * kept
    found = run("export", "--subject-file", tmp_path / "who", tmp_path / "a", "--dry-run", "--json", "--state", tmp_path / "state")
    assert json.loads(found.stdout)["requests"][0]["events"] == kept


def test_blanked_rows_stay_for_totals(run, tmp_path):
    (tmp_path / "a").mkdir()
    avro_path = tmp_path / "a/users.messages.email.Open.avro"
    records = [event(0, OTHER), event(1, ME), event(2, OTHER)]
    avro_path.write_bytes(avro("deflate", (3, test_codecs.stored("deflate", test_codecs.plain(records)))))
    lines = tmp_path / "a/users.messages.email.Click.json"
    original = [{"id": "e1", "user_id": "b1", "external_user_id": ME, "time": 1700000000, "campaign_name": "Spring", "timezone": "UTC",
                 "email_address": "me@example.test", "nobody_knows": 5},
                {"id": "e2", "user_id": "b2", "external_user_id": OTHER, "time": 1700000001, "campaign_name": "Spring"}]
    lines.write_text("".join(json.dumps(one) + "\n" for one in original))
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1",
                   "--policy", policy(tmp_path, "erasure: { mode: blank }\n"))
    assert result["requests"][0]["state"] == "COMPLETE" and result["requests"][0]["counts"]["blanked"] == 2
    new = [json.loads(line) for line in lines.read_text().splitlines()]
    assert new[1] == original[1] and lines.read_text().splitlines()[1] == json.dumps(original[1])
    assert (new[0]["time"], new[0]["campaign_name"]) == (1700000000, "Spring")
    assert new[0]["id"] not in ("e1", None) and len(new[0]["id"]) == 36
    for name in ("user_id", "external_user_id", "email_address", "timezone", "nobody_knows"):
        assert new[0].get(name) in (None, "[REDACTED]", "", 0, "[ERASED]"), name
    got = records_of(avro_path)
    assert got[0] == records[0] and got[2] == records[2]
    assert ME not in json.dumps(got[1], default=str) and got[1]["id"] != records[1]["id"]
    again = run("export", "--subject-file", tmp_path / "who", tmp_path / "a", "--dry-run", "--json", "--state", tmp_path / "state")
    assert json.loads(again.stdout)["requests"][0]["state"] == "nothing"


def test_single_events_of_a_body_are_blanked(run, tmp_path):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/bodies.json"
    path.write_text(json.dumps({"events": [of(0, OTHER), of(1, ME), of(2, OTHER)]}) + "\n")
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1",
          "--policy", policy(tmp_path, "erasure: { mode: blank }\n"))
    events = json.loads(path.read_text())["events"]
    assert [events[0], events[2]] == [of(0, OTHER), of(2, OTHER)]
    assert ME not in json.dumps(events[1]) and events[1]["time"] == of(1, ME)["time"]


def test_what_is_kept_has_a_reason(run, tmp_path):
    (tmp_path / "a").mkdir()
    consent = tmp_path / "a/users.behaviors.subscription.GlobalStateChange.json"
    original = {"id": "c1", "user_id": "b1", "external_user_id": ME, "time": 1700000000, "subscription_status": "unsubscribed",
                "email_address": "me@example.test", "timezone": "UTC"}
    consent.write_text(json.dumps(original) + "\n")
    (tmp_path / "a/users.messages.email.Open.json").write_text(json.dumps({"id": "o1", "external_user_id": ME, "time": 1}) + "\n")
    rule = "erasure:\n  keep:\n    - { events: ['*subscription*'], basis: 'Art. 17(3)(b) proof of consent', review: 2030-01-31 }\n"
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1",
                   "--policy", policy(tmp_path, rule))
    answer = result["requests"][0]
    assert (answer["state"], answer["counts"]["kept"], answer["counts"]["deleted"]) == ("COMPLETE_EXCEPT", 1, 1)
    kept = json.loads(consent.read_text())
    assert {name: kept[name] for name in ("id", "user_id", "external_user_id", "time", "subscription_status")} == {
        name: original[name] for name in ("id", "user_id", "external_user_id", "time", "subscription_status")}
    assert kept.get("email_address") != "me@example.test" and kept.get("timezone") != "UTC"
    (retained,) = receipt(result)["retained"]
    assert (retained["kind"], retained["events"], retained["review"]) == ("keep", 1, "2030-01-31")
    before = stamp(consent)
    again = erase(run, tmp_path, "--subject-file", tmp_path / "who", "a", "--yes", "--max-share", "1", "--policy", tmp_path / "erase.yml")
    assert stamp(consent) == before and again["rewritten"] == 0
    assert (again["requests"][0]["state"], again["requests"][0]["counts"]["kept"]) == ("COMPLETE_EXCEPT", 1)
    run("verify", "receipt", again["requests"][0]["receipt"], tmp_path / "a", "--subject-file", tmp_path / "who")
    without = erase(run, tmp_path, "--subject-file", tmp_path / "who", "a", expect=None)
    assert without["consent_events"] == 1


HOLDS = {
    "person": ("- { subjects: [{external_user_id: customer-me}], basis: dispute, owner: legal, review: 2030-01-31 }", {"1", "2", "3"}),
    "days": ("- { from: 2023-11-14, until: 2023-11-15, basis: dispute, owner: legal, review: 2030-01-31 }", {"1"}),
    "workspace": ("- { workspaces: [ws-a], basis: dispute, owner: legal, review: 2030-01-31 }", {"1", "2"}),
    "somebody else": ("- { subjects: [{external_user_id: other}], basis: dispute, owner: legal, review: 2030-01-31 }", set()),
    "both": ("- { subjects: [{email: ME@example.test}], workspaces: [ws-b], basis: dispute, owner: legal, review: 2030-01-31 }", {"3"}),
}


@pytest.mark.parametrize("name", HOLDS)
def test_a_hold_goes_before_everything(run, tmp_path, name):
    text, held = HOLDS[name]
    (tmp_path / "holds.yml").write_text("holds:\n  " + text + "\n")
    events = [{"id": "1", "external_user_id": ME, "user_id": "b1", "email_address": "me@example.test", "time": 1700000000, "app_group_id": "ws-a"},
              {"id": "2", "external_user_id": ME, "user_id": "b1", "time": 1710000000, "app_group_id": "ws-a"},
              {"id": "3", "external_user_id": ME, "user_id": "b9", "time": 1720000000, "app_group_id": "ws-b"},
              {"id": "4", "external_user_id": "other", "user_id": "b2", "time": 1700000000, "app_group_id": "ws-a"}]
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in events))
    before = stamp(path)
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1",
                   "--workspace", "ws-a", "--workspace", "ws-b", "--legal-hold", "holds.yml", expect=None)
    state = "REFUSED" if len(held) == 3 else "COMPLETE_EXCEPT" if held else "COMPLETE"
    answer = result["requests"][0]
    assert (answer["state"], result["exit"]) == (state, 3 if state == "REFUSED" else 0)
    assert answer["counts"]["held"] == len(held)
    left = [json.loads(line)["id"] for line in path.read_text().splitlines()]
    assert left == sorted(held | {"4"})
    if len(held) == 3:
        assert stamp(path) == before
    retained = receipt(result)["retained"]
    assert sum(one["events"] for one in retained) == len(held) and all(one["basis"] == "dispute" for one in retained)


NO_WORKSPACE = {
    "none tells one": ([{"id": "1", "external_user_id": ME, "user_id": "b1"}, {"id": "2", "user_id": "b1"}], {}, {"1", "2"}),
    "by address": ([{"id": "1", "email_address": "me@example.test", "user_id": "b1"}], {"email": "me@example.test"}, {"1"}),
    "some do": ([{"id": "1", "external_user_id": ME, "user_id": "b1", "email_address": "me@example.test", "app_group_id": "ws-a"},
                 {"id": "2", "user_id": "b1"}, {"id": "3", "email_address": "me@example.test"}], {}, {"3"}),
    "elsewhere": ([{"id": "1", "external_user_id": ME, "user_id": "b1", "app_group_id": "ws-b"},
                   {"id": "2", "external_user_id": ME, "user_id": "b3", "app_group_id": "ws-c"},
                   {"id": "3", "external_user_id": ME}], {}, None),
}


@pytest.mark.parametrize("name", NO_WORKSPACE)
def test_what_tells_no_workspace_is_held_back_where_one_is_asked_for(run, tmp_path, name):
    """It may be of the one that is meant: neither nothing nor everything was found."""
    events, subject, held = NO_WORKSPACE[name]
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json"
    path.write_text("".join(json.dumps({"time": 1700000000, **one}) + "\n" for one in events))
    options = ["--subject-file", subject_file(tmp_path, **(subject or {"external_user_id": ME})), "a"]
    limit = ["--workspace", "ws-a", "--max-share", "1", "--yes"]
    told = run("export", *options, "--workspace", "ws-a", "-o", "package", cwd=tmp_path)
    assert (b"held back" in told.stdout) == bool(held)
    found = [json.loads(line)["event"]["id"] for line in (tmp_path / "package/events.ndjson").read_text().splitlines()]
    assert not set(found) & (held or set())
    manifest = json.loads((tmp_path / "package/manifest.json").read_text())
    assert sum(manifest["scope"]["held_back"].values()) == len(held or ())
    # What is held back tells nobody's ids, either.
    if not found:
        assert [one["value"] for one in json.loads((tmp_path / "package/profile.json").read_text())["identifiers"]] in (
            [], list((subject or {"x": ME}).values()))
    answer = erase(run, tmp_path, *options, *limit, expect=2 if held else 0)["requests"][0]
    assert answer["state"] == ("INCOMPLETE" if held else "NOTHING_FOUND")
    left = {json.loads(line)["id"] for line in path.read_text().splitlines()}
    assert left == (held or {"1", "2", "3"})
    for choice in answer["held_back_from"]:
        limit += ["--include-profile", choice["profile"]]
    if held:
        assert erase(run, tmp_path, *options, *limit)["requests"][0]["state"] == "COMPLETE"
        assert not path.exists() or not path.read_text()


@pytest.mark.parametrize("text", ["holds: 5", "holds:\n  - { basis: x, owner: y, review: 2030-01-01 }", "hold: []",
                                  "holds:\n  - { from: soon, basis: x, owner: y, review: 2030-01-01 }",
                                  "holds:\n  - { from: 2026-12-31, until: 2026-01-01, basis: x, owner: y, review: 2030-01-01 }",
                                  "holds:\n  - { subjects: [{user_id: a}], basis: x, owner: y, review: 2030-01-01 }"])
def test_a_file_of_holds_with_mistakes_stops_all(run, tmp_path, text):
    (tmp_path / "holds.yml").write_text(text + "\n")
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json"
    path.write_text(json.dumps({"id": "1", "external_user_id": ME, "time": 1}) + "\n")
    before = stamp(path)
    run("erase", "--subject-file", subject_file(tmp_path, external_user_id=ME), tmp_path / "a", "--yes", "--legal-hold", tmp_path / "holds.yml",
        "--state", tmp_path / "state", expect=3)
    assert stamp(path) == before


# Guards, plans, what is in the way.


def many(folder, mine, others):
    folder.mkdir(exist_ok=True)
    path = folder / "users.messages.email.Open.json"
    path.write_text("".join(json.dumps({"id": str(n), "external_user_id": ME if n < mine else f"o{n}", "time": 1}) + "\n"
                            for n in range(mine + others)))
    return path


def test_guards(run, tmp_path):
    path = many(tmp_path / "a", 1001, 1000)
    before = stamp(path)
    who = subject_file(tmp_path, external_user_id=ME)
    result = erase(run, tmp_path, "--subject-file", who, "a", "--yes", expect=3)
    assert result["requests"][0]["reasons"] == ["erase.too-large-a-share"]
    assert receipt(result)["state"] == "REFUSED" and receipt(result)["events"]["total"]["left"] == 1001
    result = erase(run, tmp_path, "--subject-file", who, "a", "--yes", "--max-share", "60%", "--max-events", "1000", expect=3)
    assert result["requests"][0]["reasons"] == ["erase.too-many-events"]
    assert stamp(path) == before
    result = erase(run, tmp_path, "--subject-file", who, "a", "--yes", "--max-share", "60%")
    assert result["requests"][0]["counts"]["deleted"] == 1001


def test_a_plan_is_carried_out_as_it_stands(run, tmp_path):
    first, second = many(tmp_path / "a", 3, 10), many(tmp_path / "a/more", 2, 10)
    who = subject_file(tmp_path, external_user_id=ME)
    before = stamp(first), stamp(second)
    planned = erase(run, tmp_path, "--subject-file", who, "a", "--plan", "plan.json")
    assert (stamp(first), stamp(second)) == before and planned["dry_run"]
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert (tmp_path / "plan.json").read_text() == json.dumps(plan, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    assert [(f["path"], f["counts"]["deleted"], f["events"]) for f in plan["files"]] == [
        ("more/users.messages.email.Open.json", 2, 12), ("users.messages.email.Open.json", 3, 13)]
    third = many(tmp_path / "a/later", 1, 1)
    with first.open("a") as file:
        file.write(json.dumps({"id": "new", "external_user_id": "o", "time": 1}) + "\n")
    changed, late = stamp(first), stamp(third)
    result = erase(run, tmp_path, "--subject-file", who, "a", "--apply", "plan.json", expect=2)
    assert stamp(first) == changed and stamp(third) == late, "what changed, and what came later, is left"
    assert len(lines_of(second)) == 10
    paper = receipt(result)
    assert paper["state"] == "INCOMPLETE" and [(g["path"], g["code"]) for g in paper["gaps"]] == [
        ("users.messages.email.Open.json", "file.changed-while-read"), ("later/users.messages.email.Open.json", "erase.not-in-plan")]
    assert result["rewritten"] == paper["files"]["rewritten"] == 1
    assert {kind: count for kind, count in paper["events"]["total"].items() if count} == {"matched": 6, "deleted": 2, "left": 4}
    assert "erase.left" in paper["reasons"]
    run("verify", "receipt", result["requests"][0]["receipt"], tmp_path / "a", "--subject-file", who)
    run("erase", "--subject", "external_user_id=o5", tmp_path / "a", "--apply", tmp_path / "plan.json", "--request-id", "another",
        "--state", tmp_path / "state", expect=3)
    (tmp_path / "plan.json").write_text("{}")
    run("erase", "--subject-file", who, tmp_path / "a", "--apply", tmp_path / "plan.json", "--state", tmp_path / "state", expect=3)


def test_an_archive_that_was_emptied_holds_nobody(run, tmp_path):
    path = many(tmp_path / "a", 3, 0)
    who = subject_file(tmp_path, external_user_id=ME)
    for state in ("COMPLETE", "NOTHING_FOUND"):
        assert erase(run, tmp_path, "--subject-file", who, "a", "--yes", "--max-share", "1")["requests"][0]["state"] == state
        assert path.read_bytes() == b""


def test_a_plan_for_somebody_else_is_refused(run, tmp_path):
    """Who is not asked about must not come onto the list of the erased, though the request has the same id."""
    path = many(tmp_path / "a", 3, 10)
    erase(run, tmp_path, "--subject", "external_user_id=o1", "a", "--plan", "plan.json")
    before = stamp(path)
    refused = run("erase", "--subject", f"external_user_id={ME}", tmp_path / "a", "--apply", tmp_path / "plan.json", "--state",
                  tmp_path / "state", expect=3)
    assert b"plan.refused" in refused.stderr and stamp(path) == before
    (tmp_path / "n.yml").write_text("version: 1\nstate: state\narchives: [{ name: a, input: a, settle: 0 }]\n")
    run("nightly", tmp_path / "n.yml", cwd=tmp_path)
    assert stamp(path) == before, "nobody is on the list of the erased"
    erase(run, tmp_path, "--subject", "external_user_id=o1", "a", "--apply", "plan.json")


@pytest.mark.parametrize("planned, applied", [("count", "redact"), ("redact", "count"), ("redact", "redact")])
def test_a_plan_is_carried_out_with_the_sweep_that_it_was_made_with(run, tmp_path, planned, applied):
    path = many(tmp_path / "a", 2, 10)
    other = tmp_path / "a/users.behaviors.CustomEvent.json"
    other.write_text(json.dumps({"id": "c", "external_user_id": "o1", "name": "n", "properties": json.dumps({"ref": ME})}) + "\n")
    who = subject_file(tmp_path, external_user_id=ME)
    erase(run, tmp_path, "--subject-file", who, "a", "--max-share", "1", "--sweep", planned, "--plan", "plan.json")
    before = stamp(path), stamp(other)
    if planned != applied:
        refused = run("erase", "--subject-file", who, tmp_path / "a", "--max-share", "1", "--sweep", applied, "--apply", tmp_path / "plan.json",
                      "--state", tmp_path / "state", expect=3)
        assert b"plan.refused" in refused.stderr and (stamp(path), stamp(other)) == before
        return
    # Another one comes later: it is not touched, and nothing is told as redacted.
    (tmp_path / "a/late.json").write_bytes(other.read_bytes())
    result = erase(run, tmp_path, "--subject-file", who, "a", "--max-share", "1", "--sweep", applied, "--apply", "plan.json", expect=2)
    assert ME not in other.read_text() and ME in (tmp_path / "a/late.json").read_text()
    assert {place["redacted"] for place in receipt(result)["residual"]["places"]} == {0}
    run("verify", "receipt", result["requests"][0]["receipt"])


def test_a_plan_under_a_hold_is_no_plan_without_it(run, tmp_path):
    """What is found now and stands in no plan is left, and the receipt does not say that nothing was found."""
    path = many(tmp_path / "a", 2, 10)
    who = subject_file(tmp_path, external_user_id=ME)
    holds = tmp_path / "holds.yml"
    holds.write_text("holds:\n  - { subjects: [{external_user_id: %s}], basis: dispute, owner: legal, review: 2030-01-31 }\n" % ME)
    erase(run, tmp_path, "--subject-file", who, "a", "--plan", "plan.json", "--legal-hold", "holds.yml", expect=3)
    before = stamp(path)
    result = erase(run, tmp_path, "--subject-file", who, "a", "--apply", "plan.json", expect=2)
    assert stamp(path) == before and result["rewritten"] == 0
    paper = receipt(result)
    assert paper["state"] == "INCOMPLETE" and [g["code"] for g in paper["gaps"]] == ["erase.not-in-plan"]
    assert paper["events"]["total"]["matched"] == paper["events"]["total"]["left"] == 2
    run("verify", "receipt", result["requests"][0]["receipt"])


def test_a_run_that_looks_writes_nothing(run, tmp_path):
    path = many(tmp_path / "a", 3, 10)
    before = stamp(path)
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a")
    assert result["requests"][0]["counts"]["deleted"] == 3 and result["rewritten"] == 1
    assert stamp(path) == before and sorted(p.name for p in tmp_path.iterdir()) == ["a", "who"]


def test_other_names_and_links(run, tmp_path):
    path = many(tmp_path / "a", 3, 10)
    os.link(path, tmp_path / "other-name")
    os.symlink(path, tmp_path / "a/link.json")
    who = subject_file(tmp_path, external_user_id=ME)
    result = erase(run, tmp_path, "--subject-file", who, "a", "--yes", expect=2)
    assert [g["code"] for g in result["gaps"]] == ["file.hard-linked"] and len(lines_of(path)) == 13
    (tmp_path / "a/link.json").unlink()
    result = erase(run, tmp_path, "--subject-file", who, "a", "--yes", "--hardlinks", "break")
    assert len(lines_of(path)) == 10 and len(lines_of(tmp_path / "other-name")) == 13
    paper = receipt(result)
    assert result["with_other_names"] == 1 and [file["after"]["other_names"] for file in paper["rewritten"]] == [1]
    assert paper["state"] == "COMPLETE" and "hard-links" in paper["not_covered"], "nothing is left in what was searched"


def test_owner_mode_and_attributes_stay(run, tmp_path):
    path = many(tmp_path / "a", 3, 10)
    path.chmod(0o640)
    os.setxattr(path, "user.origin", b"braze")
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
    before = path.stat()
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes")
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert os.getxattr(path, "user.origin") == b"braze" and after.st_mtime_ns > before.st_mtime_ns


def test_what_cannot_be_read_is_copied_and_told(run, tmp_path):
    (tmp_path / "a").mkdir()
    lines = tmp_path / "a/users.messages.email.Open.json"
    good, mine = json.dumps({"id": "1", "external_user_id": "o", "time": 1}), json.dumps({"id": "2", "external_user_id": ME, "time": 1})
    bad = '{"id": "3", "external_user_id": "customer-me", broken'
    lines.write_text("\n".join([good, bad, mine, bad, good, bad]))
    blocks = [(1, test_codecs.stored("deflate", test_codecs.plain([event(n, who)]))) for n, who in enumerate([OTHER, ME, OTHER])]
    content = avro("deflate", *blocks) + b"a tail that is no block"
    path = tmp_path / "a/users.messages.email.Click.avro"
    path.write_bytes(content)
    old = fastavro_blocks(content[:-23])
    (tmp_path / "a/table.parquet").write_bytes(b"PAR1....PAR1")
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1", expect=2)
    assert lines.read_text() == "\n".join([good, bad, bad, good, bad])
    assert path.read_bytes() == old[0] + old[1][0] + old[1][2] + b"a tail that is no block"
    paper = receipt(result)
    assert paper["state"] == "INCOMPLETE" and paper["events"]["total"]["deleted"] == 2
    codes = {gap["code"]: gap.get("places") for gap in paper["gaps"]}
    assert codes["json.syntax"] == 3 and "format.unsupported" in codes, codes


# What would tell other formats, and none, if it stood at the front of a file.
@pytest.mark.parametrize("compression", ["", ".gz"])
@pytest.mark.parametrize("rest, exit", [
    (b'le.test","time":1777600000}\n%b', 2), (b'le.test","time":1777600000}\n', 2), (b"\0\0\0\0", 2), (b"[1]\n%b", 2), (b"[\n%b", 2),
    (b'{\n"id":"b"}\n%b', 2), (b'{"id":"b","user_id":"639a\n%b', 2), (b"Obj\x01\n%b", 2), (b"\n", 0), (b"\r\n \n\t\n", 0), (b"\n%b", 0),
])
def test_what_is_left_of_lines_need_not_look_like_lines(run, tmp_path, rest, exit, compression):
    def line(number, who):
        told = {"id": f"e{number}", "event_type": "users.messages.email.Open", "external_user_id": who, "app_group_id": "w1"}
        return (json.dumps({**told, "time": 1777600000}) + "\n").encode()

    rest = rest.replace(b"%b", line(2, "grace"))
    path = tmp_path / f"in/a.json{compression}"
    path.parent.mkdir()
    (tmp_path / "in/z.json").write_bytes(line(3, "grace"))
    written, opened = (gzip.compress, gzip.decompress) if compression else (bytes, bytes)
    path.write_bytes(written(line(0, "ada") + rest + (line(1, "ada") if rest.endswith(b"\n") else b"")))
    who = subject_file(tmp_path, external_user_id="ada")
    result = erase(run, tmp_path, "in", "--subject-file", who, "--yes", expect=exit)
    assert result["rewritten"] == 1 and opened(path.read_bytes()) == rest
    assert receipt(result)["state"] == ("INCOMPLETE" if exit else "COMPLETE")


def test_a_damaged_item_between_two_that_go_stays(run, tmp_path):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json"
    mine = json.dumps({"id": "2", "external_user_id": ME, "time": 1})
    odd = '{"id": "9", "external_user_id": "o", "big": "' + "x" * (2 << 20) + '"}'
    path.write_text("[\n" + ",\n".join([mine, odd, mine, json.dumps({"id": "4", "external_user_id": "o", "time": 1})]) + "\n]\n")
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", "--max-share", "1", "--max-block", "1", expect=2)
    assert [one["id"] for one in json.loads(path.read_text())] == ["9", "4"]


def test_a_broken_stream_is_left_as_it_is(run, tmp_path):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json.gz"
    lines = b"".join(json.dumps({"id": str(n), "external_user_id": ME if n == 1 else "o", "time": n}).encode() + b"\n" for n in range(3000))
    path.write_bytes(gzip.compress(lines)[:-400])
    before = stamp(path)
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", expect=2)
    assert stamp(path) == before and receipt(result)["state"] == "INCOMPLETE"
    assert receipt(result)["events"]["total"]["left"] == 1


def test_an_archive_without_a_file_that_can_be_read(run, tmp_path):
    (tmp_path / "a").mkdir()
    who = subject_file(tmp_path, external_user_id=ME)
    run("erase", "--subject-file", who, tmp_path / "a", "--yes", "--state", tmp_path / "s", expect=1)
    (tmp_path / "a/users.messages.email.Open.avro").write_bytes(b"Obj\x01 broken")
    assert run("erase", "--subject-file", who, tmp_path / "a", "--yes", "--state", tmp_path / "s", expect=None).returncode not in (0, 2)


def test_several_requests_at_once(run, tmp_path):
    path = many(tmp_path / "a", 3, 50)
    for name, who in (("r1", ME), ("r2", "o10"), ("r3", "nobody")):
        (tmp_path / f"{name}.yml").write_text(f"request: {name}\nsubjects: [external_user_id={who}]\n")
    result = erase(run, tmp_path, "--request", "r1.yml", "--request", "r2.yml", "--request", "r3.yml", "a", "--yes")
    assert [(a["request"], a["state"], a["counts"]["deleted"]) for a in result["requests"]] == [
        ("r1", "COMPLETE", 3), ("r2", "COMPLETE", 1), ("r3", "NOTHING_FOUND", 0)]
    assert len(lines_of(path)) == 49
    for number in range(3):
        run("verify", "receipt", result["requests"][number]["receipt"], tmp_path / "a", "--state", tmp_path / "state")


def test_what_one_left_is_not_done_for_another(run, tmp_path):
    """Without files all requests have one id: an erasure that is incomplete waits for the person it was about."""
    def archive(name, *users):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "users.messages.email.Open.json"
        path.write_text("".join(json.dumps({"id": str(n), "user_id": user, "time": 1700000000}) + "\n" for n, user in enumerate(users)))
        return path

    for who in ("b-alice", "b-bob"):
        (tmp_path / who).write_text(f"braze_id={who}\n")
    archive("other", "b-alice")
    (tmp_path / "other/users.messages.email.Click.json").write_text('{"id":"8","user_id":"b-al')
    result = erase(run, tmp_path, "--subject-file", "b-alice", "other", "--max-share", "1", "--yes", expect=2)
    assert result["requests"][0]["state"] == "INCOMPLETE"
    left = list((tmp_path / "state/journals").iterdir())
    path = archive("arch", "b-alice", "b-bob", "b-carol")
    result = erase(run, tmp_path, "--subject-file", "b-bob", "arch", "--max-share", "1", "--yes")
    assert result["requests"][0]["counts"]["deleted"] == 1 and receipt(result)["subject"]["identifiers"] == {"braze_id": 1}
    assert [json.loads(line)["user_id"] for line in lines_of(path)] == ["b-alice", "b-carol"]
    assert list((tmp_path / "state/journals").iterdir()) == left
    # Her own request goes on with it.
    (tmp_path / "other/users.messages.email.Click.json").unlink()
    erase(run, tmp_path, "--subject-file", "b-alice", "other", "arch", "--max-share", "1", "--yes")
    assert [json.loads(line)["user_id"] for line in lines_of(path)] == ["b-carol"]
    assert list((tmp_path / "state/journals").iterdir()) == []


def test_scrubbed_archives_and_the_vault(run, tmp_path):
    scrub = tmp_path / "share.yml"
    scrub.write_text("""policy: share
version: 1
audience: agency
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - { kinds: [braze_id, external_user_id], action: hash }
  - { kinds: [phone], action: tokenise, store: vault }
  - { kinds: [email], action: hash, format: email }
""")
    raw = tmp_path / "raw"
    raw.mkdir()
    events = [{"id": str(n), "user_id": f"b{n % 5}", "external_user_id": f"customer-{n % 5}", "to_phone_number": f"+1202555012{n % 5}",
               "email_address": f"p{n % 5}@example.test", "time": 1700000000 + n} for n in range(40)]
    (raw / "users.messages.sms.Send.json").write_text("".join(json.dumps(e) + "\n" for e in events))
    run("--policy", scrub, raw, "-o", tmp_path / "clean", "--state", tmp_path / "state", "--reports", tmp_path / "r")
    clean = tmp_path / "clean/users.messages.sms.Send.json"
    old = clean.read_bytes().splitlines(keepends=True)
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id="customer-3", phone="+12025550123"), "raw", "clean",
                   "--made-with", scrub, "--yes", "--max-share", "1")
    assert result["requests"][0]["state"] == "COMPLETE" and result["requests"][0]["counts"]["deleted"] == 16
    assert clean.read_bytes() == b"".join(line for n, line in enumerate(old) if n % 5 != 3)
    assert receipt(result)["vault_rows_removed"] == 1
    manifest = json.loads((tmp_path / "clean/_currents-scrub/manifest.json").read_text())["files"][0]
    assert manifest["sha256"] == hashlib.sha256(clean.read_bytes()).hexdigest() and manifest["events"] == {"users.messages.sms.Send": 32}
    done = run("--policy", scrub, raw, "-o", tmp_path / "clean", "--state", tmp_path / "state", "--reports", tmp_path / "r")
    assert done.returncode == 0


def share_with_a_vault(folder):
    policy = folder / "share.yml"
    policy.write_text("""policy: share
version: 1
audience: agency
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - { kinds: [braze_id, external_user_id], action: hash }
  - { kinds: [phone, email], action: tokenise, store: vault }
""")
    return policy


def test_each_receipt_tells_of_the_rows_of_its_person(run, tmp_path):
    scrub = share_with_a_vault(tmp_path)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/users.messages.sms.Send.json").write_text("".join(json.dumps(
        {"id": str(n), "external_user_id": f"customer-{n % 5}", "to_phone_number": f"+1202555012{n % 5}",
         **({"email_address": "p1@example.test"} if n % 5 == 1 else {}), "time": 1700000000 + n}) + "\n" for n in range(40)))
    run("--policy", scrub, tmp_path / "raw", "-o", tmp_path / "clean", "--state", tmp_path / "state", "--reports", tmp_path / "r")
    for name, who in (("r1", "customer-1"), ("r2", "customer-2"), ("r3", "customer-7")):
        (tmp_path / f"{name}.yml").write_text(f"request: {name}\nsubjects: [external_user_id={who}]\n")
    result = erase(run, tmp_path, "--request", "r1.yml", "--request", "r2.yml", "--request", "r3.yml", "raw", "clean", "--made-with", scrub,
                   "--yes", "--max-share", "1")
    assert [receipt(result, number)["vault_rows_removed"] for number in range(3)] == [2, 1, 0]


@pytest.mark.skipif(os.environ.get("ERASE_TORTURE") != "1", reason="waits for the reader for a minute: make crashes")
def test_a_vault_that_somebody_reads_makes_an_erasure_incomplete(run, tmp_path):
    """SQLite's log keeps what was removed as long as a reader may want it: no receipt says that it is gone before it is."""
    import sqlite3
    scrub = share_with_a_vault(tmp_path)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/users.messages.sms.Send.json").write_text("".join(json.dumps(
        {"id": str(n), "external_user_id": f"customer-{n % 5}", "to_phone_number": f"+1202555012{n % 5}", "time": 1700000000 + n}) + "\n"
        for n in range(40)))
    run("--policy", scrub, tmp_path / "raw", "-o", tmp_path / "clean", "--state", tmp_path / "state", "--reports", tmp_path / "r")
    (tmp_path / "r1.yml").write_text("request: r1\nsubjects: [external_user_id=customer-1]\n")
    asked = ("--request", "r1.yml", "raw", "clean", "--made-with", scrub, "--max-share", "1")
    reader = sqlite3.connect(tmp_path / "state/vault.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM tokens").fetchone() == (5,)
    left = erase(run, tmp_path, *asked, "--yes", expect=2)
    assert receipt(left)["state"] == "INCOMPLETE" and receipt(left)["vault_rows_removed"] == 1
    assert [(gap["code"], pathlib.Path(gap["path"]).name) for gap in receipt(left)["gaps"]] == [("vault.log-in-use", "vault.sqlite")]
    reader.execute("COMMIT")
    reader.close()
    done = erase(run, tmp_path, *asked, "--yes")
    assert receipt(done)["state"] == "COMPLETE" and receipt(done)["vault_rows_removed"] == 1 and receipt(done)["gaps"] == []


def test_nothing_tells_the_person(run, tmp_path):
    """Identifiers stand in no receipt, plan, journal or message; downstream bodies aside."""
    path = many(tmp_path / "a", 3, 10)
    events = [{"id": str(n), "user_id": "6512f0a4c2b7e81d00000001", "external_user_id": "customer-canary", "to_phone_number": "+12025550199",
               "email_address": "canary@example.test", "time": 1700000000 + n} for n in range(3)]
    path.write_text(path.read_text() + "".join(json.dumps(e) + "\n" for e in events))
    who = subject_file(tmp_path, email="canary@example.test")
    erase(run, tmp_path, "--subject-file", who, "a", "--plan", "plan.json", "--max-share", "1")
    done = run("erase", "--subject-file", who, tmp_path / "a", "--yes", "--max-share", "1", "--state", tmp_path / "state", "--reports", tmp_path / "reports")
    who.unlink()
    told = done.stdout + done.stderr
    for file in tmp_path.rglob("*"):
        if file.is_file() and "downstream" not in file.parts:
            told += file.read_bytes()
    for canary in ("6512f0a4c2b7e81d00000001", "customer-canary", "2025550199", "canary@example.test"):
        for form in (canary, hashlib.md5(canary.encode()).hexdigest(), hashlib.sha256(canary.encode()).hexdigest()):
            assert form.encode() not in told.lower(), canary


def test_a_second_run_at_once_is_refused(run, tmp_path):
    import fcntl
    many(tmp_path / "a", 3, 10)
    with open(tmp_path / "a/.currents-scrub.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        who = subject_file(tmp_path, external_user_id=ME)
        run("erase", "--subject-file", who, tmp_path / "a", "--yes", "--state", tmp_path / "state", expect=4)
        run("erase", "--subject-file", who, tmp_path / "a", "--state", tmp_path / "state")


def test_an_archive_in_which_everything_is_too_young_is_named(run, tmp_path):
    many(tmp_path / "a", 3, 10)
    who = subject_file(tmp_path, external_user_id=ME)
    result = erase(run, tmp_path, "--subject-file", who, tmp_path / "a", "--yes", "--settle", "1h", expect=2)
    assert receipt(result)["state"] == "INCOMPLETE" and {gap["code"] for gap in receipt(result)["gaps"]} == {"file.too-young"}


def test_what_a_receipt_names_as_left_does_not_speak_against_it(run, tmp_path):
    """Each gap says in which archive it is."""
    old, young = many(tmp_path / "a", 3, 10), many(tmp_path / "b", 2, 10)
    os.utime(old, (1, 1))
    (tmp_path / "a/odd.csv").write_text("x,y\n")
    os.utime(tmp_path / "a/odd.csv", (1, 1))
    who = subject_file(tmp_path, external_user_id=ME)
    result = erase(run, tmp_path, "--subject-file", who, "a", "b", "--yes", "--settle", "1h", expect=2)
    paper = receipt(result)
    assert {(gap.get("archive"), gap["path"], gap["code"]) for gap in paper["gaps"]} == {
        (0, "odd.csv", "format.unsupported"), (1, young.name, "file.too-young")}
    verify = ("verify", "receipt", result["requests"][0]["receipt"], "a", "b", "--subject-file", who, "--json")
    proof = json.loads(run(*verify, cwd=tmp_path, expect=2).stdout)
    assert {finding["code"] for finding in proof["findings"]} == {"receipt.person-left", "receipt.not-searched"}
    shutil.copy(young, tmp_path / "a/more.json")
    proof = json.loads(run(*verify, cwd=tmp_path, expect=3).stdout)
    assert [finding["at"] for finding in proof["findings"] if finding["code"] == "receipt.person-found"] == ["a/more.json"]


def test_an_output_into_which_a_scrub_writes_is_left_alone(run, tmp_path):
    import fcntl
    many(tmp_path / "a", 3, 10)
    run("--policy", "gdpr", tmp_path / "a", "-o", tmp_path / "out", "--state", tmp_path / "state", "--reports", tmp_path / "scrubs")
    before = {path: stamp(path) for path in tmp_path.rglob("*.json")}
    who = subject_file(tmp_path, external_user_id=ME)
    both = ["erase", "--subject-file", who, tmp_path / "a", tmp_path / "out", "--made-with", "gdpr", "--max-share", 1, "--yes",
            "--state", tmp_path / "state", "--reports", tmp_path / "reports"]
    with open(tmp_path / "out/_currents-scrub/lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert b"[output.locked]" in run(*both, expect=4).stderr
        assert {path: stamp(path) for path in tmp_path.rglob("*.json")} == before
    run(*both)


def test_an_output_of_which_a_part_is_an_archive_is_told_of_it(run, tmp_path):
    """A folder or a file of an output, and both kinds of locks: what is rewritten there stands in the manifest above."""
    import fcntl
    (tmp_path / "a/deep").mkdir(parents=True)
    for name in ("a", "a/deep/er", "a/other"):
        many(tmp_path / name, 3, 10)
    run("--policy", "gdpr", tmp_path / "a", "-o", tmp_path / "out", "--state", tmp_path / "state", "--reports", tmp_path / "scrubs")
    who = subject_file(tmp_path, external_user_id=ME)
    parts = [tmp_path / "out/deep/er", tmp_path / "out/other/users.messages.email.Open.json"]
    erase = ["erase", "--subject-file", who, *parts, "--made-with", "gdpr", "--max-share", 1, "--yes", "--state", tmp_path / "state",
             "--reports", tmp_path / "reports"]
    with open(tmp_path / "out/_currents-scrub/lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert b"[output.locked]" in run(*erase, expect=4).stderr
    run(*erase)
    assert [len(lines_of(path)) for path in sorted((tmp_path / "out").rglob("users*.json"))] == [10, 10, 13]
    run("verify", "scrubbed", "--policy", "gdpr", tmp_path / "out")
    run("--policy", "gdpr", tmp_path / "a", "-o", tmp_path / "out", "--state", tmp_path / "state", "--reports", tmp_path / "scrubs")


def test_what_a_hold_keeps_in_a_file_that_came_later_is_held(run, tmp_path):
    first = many(tmp_path / "a", 3, 10)
    first.write_text(first.read_text().replace('"time": 1', '"time": 1700000000'))
    who = subject_file(tmp_path, external_user_id=ME)
    (tmp_path / "holds.yml").write_text(
        "holds:\n  - { from: 2020-01-01, until: 2020-12-31, basis: dispute, owner: legal, review: 2030-01-31 }\n")
    held = ["--subject-file", who, "a", "--legal-hold", "holds.yml"]
    erase(run, tmp_path, *held, "--plan", "plan.json")
    (tmp_path / "a/later.json").write_text("".join(
        json.dumps({"event_type": "users.messages.email.Open", "id": str(n), "external_user_id": ME, "time": time}) + "\n"
        for n, time in enumerate((1590000000, 1700000000))))
    paper = receipt(erase(run, tmp_path, *held, "--apply", "plan.json", expect=2))
    assert {kind: count for kind, count in paper["events"]["total"].items() if count} == {"matched": 5, "deleted": 3, "held": 1, "left": 1}
    assert [(one["basis"], one["events"]) for one in paper["retained"]] == [("dispute", 1)]


# Values of the person in events of others.


def test_what_stands_elsewhere_is_counted_and_redacted_where_asked(run, tmp_path):
    import base64
    (tmp_path / "a").mkdir()
    mail, who = "ada.byron@example.test", "customer-ada-1815"
    lines = [
        {"id": "1", "user_id": "b1", "external_user_id": who, "email_address": mail, "time": 1},
        {"id": "2", "user_id": "b2", "external_user_id": "agent", "time": 2, "message_body": f"write to {mail.upper()} please"},
        {"id": "3", "user_id": "b3", "external_user_id": "other", "time": 3, "url": "https://example.test/?u=ada.byron%40example.test&x=1"},
        {"id": "4", "user_id": "b4", "external_user_id": "third", "time": 4, "properties": json.dumps({"note": {"to": mail}})},
        {"id": "5", "user_id": "b5", "external_user_id": "fourth", "time": 5, "message_body": "token " + base64.b64encode(mail.encode()).decode()},
        {"id": "6", "user_id": "b6", "external_user_id": "fifth", "time": 6, "message_body": f"x{mail}x and {who}99, somebody else's"},
    ]
    path = tmp_path / "a/users.messages.sms.InboundReceive.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    blocks = [event(7, OTHER) | {"email_address": f"cc {mail}"}, event(8, OTHER)]
    second = tmp_path / "a/users.messages.email.Open.avro"
    second.write_bytes(avro("deflate", (2, test_codecs.stored("deflate", test_codecs.plain(blocks)))))
    subject = subject_file(tmp_path, external_user_id=who)
    before = stamp(second)
    result = erase(run, tmp_path, "--subject-file", subject, "a", "--yes", "--max-share", "1")
    places = {(p["event_type"], p["path"]): (p["count"], p["redacted"]) for p in receipt(result)["residual"]["places"]}
    assert sum(count for count, _ in places.values()) == 5 and not any(redacted for _, redacted in places.values()), places
    assert stamp(second) == before and path.read_text() == "".join(json.dumps(one) + "\n" for one in lines[1:])
    (tmp_path / "a2").mkdir()
    for file, text in ((path, "".join(json.dumps(one) + "\n" for one in lines)), (second, before[3])):
        target = tmp_path / "a2" / file.name
        target.write_text(text) if isinstance(text, str) else target.write_bytes(text)
    result = erase(run, tmp_path, "--subject-file", subject, "a2", "--yes", "--max-share", "1", "--sweep", "redact")
    assert result["requests"][0]["state"] == "COMPLETE"
    places = receipt(result)["residual"]["places"]
    assert sum(p["count"] for p in places) == sum(p["redacted"] for p in places) == 5
    left = (tmp_path / "a2" / path.name).read_text().splitlines()
    assert len(left) == 5 and left[4] == json.dumps(lines[5]), "what only looks like it stays"
    assert json.loads(left[0])["message_body"] == "write to [ERASED] please"
    assert "ERASED" in json.loads(left[1])["url"] and json.loads(left[1])["url"].endswith("&x=1")
    assert json.loads(json.loads(left[2])["properties"]) == {"note": {"to": "[ERASED]"}}
    assert base64.b64encode(mail.encode()).decode() not in left[3]
    got = records_of(tmp_path / "a2" / second.name)
    assert got == [blocks[0] | {"email_address": "cc [ERASED]"}, blocks[1]]
    again = erase(run, tmp_path, "--subject-file", subject, "a2")
    assert again["requests"][0]["counts"]["matched"] == 0
    proof = run("verify", "receipt", result["requests"][0]["receipt"], tmp_path / "a2", "--state", tmp_path / "state", "--subject-file", subject,
                "--json", expect=None)
    assert json.loads(proof.stdout)["exit"] in (0, 2), proof.stdout


def test_ids_of_others_are_searched_too(run, tmp_path):
    """What stands within the id of somebody's profile is told, and stays; letters of the other case are no other value."""
    (tmp_path / "a").mkdir()
    who, mail = "customer-777", "ada@example.test"
    fields = {"device_id": f"ios:{who}", "ad_id": f"ios/{mail}", "native_line_id": f"line:{who}", "bsuid": f"FR.{who}", "request_id": f"r-{who}",
              "push_token_device_id": f"of {mail}", "properties": json.dumps({"ref": who.upper()}), "link_alias": f"for {who}"}
    ids = {"external_user_id": f"shop:{who}", "orphaned_by_id": f"b-{who}"}
    mine = opened("1", user_id="b1", external_user_id=who, email_address=mail)
    others = [opened(str(number), user_id="b2", **{field: value}) for number, (field, value) in enumerate((fields | ids).items(), 2)]
    path = tmp_path / "a/users.messages.email.Open.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in [mine, *others]))
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=who), "a", "--yes", "--max-share", "1", "--sweep", "redact")
    places = {place["path"]: (place["count"], place["redacted"]) for place in receipt(result)["residual"]["places"]}
    assert places == {field: (1, 1) for field in fields} | {field: (1, 0) for field in ids}
    left = [json.loads(line) for line in path.read_text().splitlines()]
    for one, (field, value) in zip(left, (fields | ids).items()):
        gone = value if field in ids else value.replace(who, "[ERASED]").replace(mail, "[ERASED]").replace(who.upper(), "[ERASED]")
        assert one[field] == gone


def test_an_id_that_differs_in_case_may_be_somebody_elses(run, tmp_path):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.sms.InboundReceive.json"
    lines = [opened("1", user_id="b1", external_user_id="customer-777"), opened("2", user_id="b2", external_user_id="Customer-777"),
             opened("3", user_id="b3", message_body="customer-777, Customer-777 and CUSTOMER-777")]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id="customer-777"), "a", "--yes", "--max-share", "1",
                   "--sweep", "redact")
    assert [(place["path"], place["count"], place["redacted"]) for place in receipt(result)["residual"]["places"]] == [("message_body", 1, 1)]
    left = [json.loads(line) for line in path.read_text().splitlines()]
    assert left == [lines[1], lines[2] | {"message_body": "[ERASED], Customer-777 and CUSTOMER-777"}]


def told_of(number, workspace, text):
    """What others say in an event of a workspace."""
    return opened(f"t{number}", user_id=f"b{number}", external_user_id=f"agent-{number}", app_group_id=workspace, properties=text)


def swept_within(folder, form):
    """An archive of two workspaces, each with a customer of one id and address, and with others who write of them; what it holds, read anew."""
    who, mail = "customer-777", "ada@example.test"
    text = json.dumps({"ref": who, "mail": mail})
    events = [opened("a", user_id="b-a", external_user_id=who, email_address=mail, app_group_id="ws-a"), told_of(1, "ws-a", text), told_of(2, "ws-b", text),
              opened("b", user_id="b-b", external_user_id=who, email_address=mail, app_group_id="ws-b"), told_of(3, "", text)]
    path = folder / "a" / ("users.messages.email.Open." + ("avro" if form == "avro" else "json"))
    path.parent.mkdir()
    if form == "avro":
        schema = {"type": "record", "name": "users.messages.email.Open", "fields": [{"name": name, "type": ["null", "string"]} for name in (
            "id", "user_id", "external_user_id", "email_address", "properties", "app_group_id")]}
        with open(path, "wb") as file:
            fastavro.writer(file, schema, events)
    elif form == "lines":
        path.write_text("".join(json.dumps(one) + "\n" for one in events))
    else:
        path.write_text(json.dumps(events, indent=1))

    def left(path=path):
        found = records_of(path) if form == "avro" else json.loads(path.read_text()) if form == "array" else [json.loads(line) for line in lines_of(path)]
        return {one["id"]: one.get("properties") for one in found}
    return left, text, json.dumps({"ref": "[ERASED]", "mail": "[ERASED]"})


@pytest.mark.parametrize("form", ["lines", "array", "avro"])
@pytest.mark.parametrize("step", ["count", "redact", "apply"])
def test_what_stands_in_another_workspace_is_nobodys_residue(run, tmp_path, form, step):
    left, text, gone = swept_within(tmp_path, form)
    asked = ["--subject-file", subject_file(tmp_path, external_user_id="customer-777"), "--workspace", "ws-a", "a", "--max-share", "1",
             "--sweep", "count" if step == "count" else "redact"]
    if step == "apply":
        erase(run, tmp_path, *asked, "--plan", "plan.json")
    result = erase(run, tmp_path, *asked, *(["--apply", "plan.json"] if step == "apply" else ["--yes"]))
    assert result["requests"][0]["state"] == "COMPLETE"
    redacted = 0 if step == "count" else 4
    # Where no workspace is told, it may be theirs.
    assert [(place["count"], place["redacted"]) for place in receipt(result)["residual"]["places"]] == [(4, redacted)]
    now = gone if redacted else text
    assert left() == {"t1": now, "t2": text, "b": None, "t3": now}


@pytest.mark.parametrize("treated", ["action: keep", "action: hash", "action: tokenise\n    store: sealed", "action: redact"])
def test_what_stands_in_another_workspace_of_an_output_stays(run, tmp_path, treated):
    """Where none is told any more, the other customer's pseudonym may be theirs, and stays everywhere."""
    left, text, gone = swept_within(tmp_path, "lines")
    share = policy(tmp_path, f"""audience: agency
key: {{ env: CURRENTS_SCRUB_KEY, id: k1 }}
rules:
  - fields: [id]
    action: keep
    because: events are told by it
  - fields: [app_group_id]
    {treated}
  - fields: [properties]
    action: json
    hash: {{ mail: email, ref: external_user_id }}
  - kinds: [braze_id, external_user_id, email]
    action: hash
""")
    run("--policy", share, tmp_path / "a", "-o", tmp_path / "out", "--state", tmp_path / "state", "--reports", tmp_path / "reports")
    output = tmp_path / "out/users.messages.email.Open.json"
    before = left(output)
    who = subject_file(tmp_path, external_user_id="customer-777")
    result = erase(run, tmp_path, "--subject-file", who, "--workspace", "ws-a", "a", "out", "--made-with", share, "--yes", "--max-share", "1",
                   "--sweep", "redact")
    known = treated != "action: redact"
    assert [(place["count"], place["redacted"]) for place in receipt(result)["residual"]["places"]] == [(4, 4)] * (2 if known else 1)
    assert left() == {"t1": gone, "t2": text, "b": None, "t3": gone}
    now = {"t1": gone, "t3": gone} if known else {}
    assert {number: value and json.loads(value) for number, value in left(output).items()} == {
        number: value and json.loads(value) for number, value in (before | now).items() if number != "a"}


def test_each_of_two_requests_sweeps_in_its_workspace(run, tmp_path):
    left, text, gone = swept_within(tmp_path, "lines")
    for name in ("a", "b"):
        (tmp_path / f"{name}.yml").write_text(f"request: {name}\nsubjects: [external_user_id=customer-777]\nworkspaces: [ws-{name}]\n")
    path = tmp_path / "a/users.messages.email.Open.json"
    path.write_text(path.read_text() + json.dumps(told_of(4, "ws-c", text)) + "\n")
    result = erase(run, tmp_path, "--request", "a.yml", "--request", "b.yml", "a", "--yes", "--max-share", "1", "--sweep", "redact")
    assert [answer["state"] for answer in result["requests"]] == ["COMPLETE", "COMPLETE"]
    for number in (0, 1):
        assert [(place["count"], place["redacted"]) for place in receipt(result, number)["residual"]["places"]] == [(4, 4)]
    assert left() == {"t1": gone, "t2": gone, "t3": gone, "t4": text}


@pytest.mark.parametrize("named", ["external_user_id", "email"])
def test_pseudonyms_of_what_is_named_stand_elsewhere_too(run, tmp_path, named):
    """In an archive that was scrubbed, by whichever of their identifiers the request names the person."""
    (tmp_path / "a").mkdir()
    mine = {"external_user_id": "customer-1", "email": "ada@example.test"}
    events = [opened("1", user_id="b1", external_user_id=mine["external_user_id"], email_address=mine["email"]),
              opened("2", user_id="b2", external_user_id="customer-2",
                     properties=json.dumps({"gift_for": mine["email"], "ref": mine["external_user_id"], "by": "customer-2"}))]
    (tmp_path / "a/users.messages.email.Open.json").write_text("".join(json.dumps(one) + "\n" for one in events))
    share = policy(tmp_path, """audience: agency
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
rules:
  - fields: [properties]
    action: json
    hash: { gift_for: email, ref: external_user_id, by: external_user_id }
  - kinds: [braze_id, external_user_id, email]
    action: hash
""")
    run("--policy", share, tmp_path / "a", "-o", tmp_path / "out", "--state", tmp_path / "state", "--reports", tmp_path / "reports")
    who = subject_file(tmp_path, **{named: mine[named]})
    result = erase(run, tmp_path, "--subject-file", who, "out", "--made-with", share, "--yes", "--max-share", "1", "--sweep", "redact")
    assert [(place["path"], place["count"], place["redacted"]) for place in receipt(result)["residual"]["places"]] == [("properties", 2, 2)]
    left = json.loads(json.loads((tmp_path / "out/users.messages.email.Open.json").read_text())["properties"])
    assert left["gift_for"] == left["ref"] == "[ERASED]" and left["by"].startswith("k1-")


@pytest.mark.parametrize("sweep", ["count", "redact"])
def test_values_in_paths_of_files_are_told(run, tmp_path, sweep):
    """A name stays, so nobody may say that it was redacted."""
    folder = tmp_path / "a/of ada@example.test/event_type=users.messages.email.Open"
    folder.mkdir(parents=True)
    mine = {"id": "1", "user_id": "b1", "external_user_id": "cust-0001111", "email_address": "ada@example.test", "time": 1}
    text = {"id": "2", "user_id": "b2", "time": 2, "message_body": "ask ada@example.test"}
    (folder / "cust-0001111.json").write_text(json.dumps(mine) + "\n" + json.dumps(text) + "\n")
    (folder / "other.json").write_text(json.dumps(text | {"id": "3"}) + "\n")
    subject = subject_file(tmp_path, external_user_id="cust-0001111")
    result = erase(run, tmp_path, "--subject-file", subject, "a", "--yes", "--max-share", "1", "--sweep", sweep)
    places = {p["path"]: (p["count"], p["redacted"]) for p in receipt(result)["residual"]["places"]}
    assert places == {"(paths of files)": (3, 0), "message_body": (2, 2 if sweep == "redact" else 0)}


def test_traces_in_events_of_no_known_type_are_told_with_a_place(run, tmp_path):
    """And those in paths of files, which are of no event."""
    folder = tmp_path / "a/of cust-0001111"
    folder.mkdir(parents=True)
    mine = {"id": "1", "event_type": "users.messages.email.Open", "user_id": "b1", "external_user_id": "cust-0001111", "time": 1}
    (folder / "mine.json").write_text(json.dumps(mine) + "\n")
    (folder / "more.json").write_text(json.dumps({"sent_to": "cust-0001111", "user_id": "b2"}) + "\n")
    subject = subject_file(tmp_path, external_user_id="cust-0001111")
    said = run("erase", "--subject-file", subject, "a", "--yes", "--reports", "reports", "--max-share", "1", cwd=tmp_path, expect=None).stdout.decode()
    assert "1 of their values in sent_to of (unknown), left\n" in said and "2 of their values in (paths of files), left\n" in said, said
    page = next((tmp_path / "reports").rglob("receipt.html")).read_text()
    assert "(unknown)" in page


def test_nothing_is_redacted_for_a_person_who_is_refused(run, tmp_path):
    """Two requests in one run: one is carried out, the other one stopped by a hold; of that one nothing is touched."""
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.sms.InboundReceive.json"
    held, gone = "held.person@example.test", "gone.person@example.test"
    lines = [{"id": "1", "user_id": "b1", "external_user_id": "customer-held", "email_address": held, "time": 1},
             {"id": "2", "user_id": "b2", "external_user_id": "customer-gone", "email_address": gone, "time": 2},
             {"id": "3", "user_id": "b3", "external_user_id": "agent", "time": 3, "message_body": f"ask {held} and {gone} too"}]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    (tmp_path / "holds.yml").write_text(
        "holds:\n  - { subjects: [{external_user_id: customer-held}], basis: dispute, owner: legal, review: 2030-01-31 }\n")
    for name in ("held", "gone"):
        (tmp_path / f"{name}.yml").write_text(f"request: {name}\nsubjects: [external_user_id=customer-{name}]\n")
    result = erase(run, tmp_path, "--request", "held.yml", "--request", "gone.yml", "a", "--yes", "--max-share", "1", "--sweep", "redact",
                   "--legal-hold", "holds.yml", expect=3)
    assert [answer["state"] for answer in result["requests"]] == ["REFUSED", "COMPLETE"]
    left = [json.loads(line) for line in path.read_text().splitlines()]
    assert left == [lines[0], lines[2] | {"message_body": f"ask {held} and [ERASED] too"}]


def opened(name, **values):
    return {"event_type": "users.messages.email.Open", "id": name, "app_group_id": "ws", "time": 1767225600, **values}


def lines(folder, name, *events, broken=False):
    """A file of the archive, perhaps with a line that cannot be read."""
    (folder / "archive").mkdir(exist_ok=True)
    text = "".join(json.dumps(event) + "\n" for event in events)
    (folder / "archive" / name).write_text(text + ('{"id":"broken\n' if broken else ""))


def whole_ids_in(folder):
    found = []
    for path in sorted((folder / "archive").glob("*.json")):
        found += [json.loads(line)["id"] for line in path.read_text().splitlines() if line.endswith("}")]
    return found


ANN = {"user_id": "b-ann", "external_user_id": "c-ann"}
BOB = {"user_id": "b-bob", "external_user_id": "c-bob"}


@pytest.mark.parametrize("field, value", [("email_address", "one@example.test"), ("to_phone_number", "+12025550143")])
def test_what_a_run_learned_leads_to_nobody_else(run, tmp_path, field, value):
    """A request that is tried again knows the person's ids and values, but not as if it had named them."""
    lines(tmp_path, "a.json", opened("1", **ANN, **{field: value}), opened("2", user_id="b-ann"), broken=True)
    who = subject_file(tmp_path, external_user_id="c-ann")
    call = ["--subject-file", who, tmp_path / "archive", "--yes"]
    assert erase(run, tmp_path, *call, expect=2)["requests"][0]["counts"]["deleted"] == 2
    # Somebody else has the value by now; of the person, an id turns up that only what is gone linked to theirs.
    lines(tmp_path, "b.json", opened("3", **BOB, **{field: value}), opened("4", user_id="b-bob"), opened("5", user_id="b-ann"),
          opened("6", **{field: value}))
    answer = erase(run, tmp_path, *call, expect=2)["requests"][0]
    assert (answer["counts"]["deleted"], answer["counts"]["held_back"]) == (1, 2)
    assert whole_ids_in(tmp_path) == ["3", "4", "6"]


def test_what_a_run_learned_leads_to_what_carries_nothing_else(run, tmp_path):
    lines(tmp_path, "a.json", opened("1", **ANN, email_address="one@example.test"), opened("2", email_address="one@example.test"), broken=True)
    who = subject_file(tmp_path, external_user_id="c-ann")
    call = ["--subject-file", who, tmp_path / "archive", "--yes"]
    assert erase(run, tmp_path, *call, expect=2)["requests"][0]["counts"]["deleted"] == 2
    (tmp_path / "archive" / "a.json").write_text("")
    lines(tmp_path, "b.json", opened("3", email_address="One@example.test"), opened("5", user_id="b-ann", email_address="two@example.test"),
          opened("6", email_address="two@example.test"))
    answer = erase(run, tmp_path, *call)["requests"][0]
    assert (answer["state"], answer["counts"]["deleted"]) == ("COMPLETE", 3)
    assert whole_ids_in(tmp_path) == [] and not list((tmp_path / "state" / "journals").iterdir())


def test_what_an_erased_person_shared_stays_shared(run, tmp_path):
    """Whoever is left with a value of two is not told what only the value leads to, and does not take it along."""
    shared = {"email_address": "both@example.test"}
    lines(tmp_path, "a.json", opened("1", **ANN, **shared), opened("2", **BOB, **shared), opened("3", **shared),
          opened("4", **shared, to_phone_number="+12025550143"), opened("5", to_phone_number="+12025550143"))
    who = subject_file(tmp_path, external_user_id="c-ann")
    answer = erase(run, tmp_path, "--subject-file", who, tmp_path / "archive", "--yes", "--request-id", "A", expect=2)["requests"][0]
    assert (answer["counts"]["deleted"], answer["counts"]["held_back"]) == (1, 3)
    who = subject_file(tmp_path, external_user_id="c-bob")
    call = ["--subject-file", who, tmp_path / "archive", "--state", tmp_path / "state", "--json"]
    answer = json.loads(run("export", *call, "-o", tmp_path / "out").stdout)["requests"][0]
    assert (answer["events"], answer["held_back"]) == (1, {"email": 2})
    answer = erase(run, tmp_path, *call[:3], "--yes", "--request-id", "B", expect=2)["requests"][0]
    assert (answer["counts"]["deleted"], answer["counts"]["held_back"]) == (1, 2)
    assert whole_ids_in(tmp_path) == ["3", "4", "5"]
    # Nobody is left who could be asked.
    who = subject_file(tmp_path, email="both@example.test")
    answer = json.loads(run("export", *call, "-o", tmp_path / "out2", expect=3).stdout)["requests"][0]
    assert (answer["code"], [choice["events"] for choice in answer["choices"]]) == ("person.shared", [3])


def test_what_is_not_decided_waits_for_a_decision(run, tmp_path):
    """However often a request is tried again, and though nothing is left that leads to what is held back."""
    shared = {"email_address": "both@example.test"}
    lines(tmp_path, "a.json", opened("1", **ANN, **shared), opened("2", **BOB, **shared), opened("3", **shared))
    who = subject_file(tmp_path, external_user_id="c-ann")
    call = ["--subject-file", who, tmp_path / "archive"]
    told = erase(run, tmp_path, *call, "--yes", expect=2)["requests"][0]
    assert (told["reasons"], told["counts"]["deleted"], told["held_back"]) == (["erase.undecided"], 1, {"email": 2})
    run("verify", "receipt", told["receipt"])
    for options in ["--yes"], ["--yes"], []:
        again = erase(run, tmp_path, *call, *options, expect=2)["requests"][0]
        assert (again["state"], again["reasons"], again["held_back"]) == ("INCOMPLETE", ["erase.undecided"], {"email": 2})
        assert again["held_back_from"] == told["held_back_from"]
        assert len(list((tmp_path / "state" / "journals").iterdir())) == 1
    chosen = next(choice["profile"] for choice in told["held_back_from"] if choice["profile"] != "none")
    answer = erase(run, tmp_path, *call, "--yes", "--include-profile", chosen)["requests"][0]
    assert (answer["state"], answer["counts"]["deleted"]) == ("COMPLETE", 2)
    assert whole_ids_in(tmp_path) == [] and not list((tmp_path / "state" / "journals").iterdir())


def test_what_is_not_theirs_is_left_once_somebody_decided(run, tmp_path):
    """By options or by the request itself; by what the request names a profile is the person's, and cannot be left out."""
    shared = {"email_address": "both@example.test"}
    all_lines = [opened("1", **ANN, **shared), opened("2", **BOB, **shared), opened("3", **shared)]

    def fill():
        shutil.rmtree(tmp_path / "archive", ignore_errors=True)
        shutil.rmtree(tmp_path / "state", ignore_errors=True)
        lines(tmp_path, "a.json", *all_lines)

    fill()
    who = subject_file(tmp_path, external_user_id="c-ann")
    call = ["--subject-file", who, tmp_path / "archive"]
    told = erase(run, tmp_path, *call, "--yes", expect=2)["requests"][0]["held_back_from"]
    assert sorted((choice["profile"] == "none", choice["events"]) for choice in told) == [(False, 1), (True, 1)]
    bob = next(choice["profile"] for choice in told if choice["profile"] != "none")
    left = erase(run, tmp_path, *call, "--yes", "--exclude-profile", bob, expect=2)["requests"][0]
    assert (left["reasons"], left["held_back"]) == (["erase.undecided"], {"email": 1})
    # Tried again: what was the person's is gone.
    done = erase(run, tmp_path, *call, "--yes", "--exclude-profile", bob, "--exclude-profile", "none")["requests"][0]
    assert (done["state"], done["held_back"], whole_ids_in(tmp_path)) == ("NOTHING_FOUND", {}, ["2", "3"])
    receipt = json.loads(pathlib.Path(done["receipt"]).read_text())
    assert receipt["request"]["profiles"] == {"included": 0, "excluded": 2}
    assert not list((tmp_path / "state" / "journals").iterdir())
    run("verify", "receipt", done["receipt"])

    # The same in the request; what tells nobody may be theirs, too.
    fill()
    request = tmp_path / "request.yml"
    for word, gone in ("exclude", []), ("include", ["3"]):
        fill()
        profiles = {"exclude": [BOB["user_id"], "none"]} if word == "exclude" else {"exclude": [BOB["user_id"]], "include": ["none"]}
        request.write_text(f"request: r\nsubjects: [external_user_id: c-ann]\nprofiles: {json.dumps(profiles)}\n")
        done = erase(run, tmp_path, "--request", request, tmp_path / "archive", "--yes")["requests"][0]
        assert (done["state"], whole_ids_in(tmp_path)) == ("COMPLETE", sorted({"2", "3"} - set(gone)))
    fill()
    mine = erase(run, tmp_path, *call, "--yes", "--exclude-profile", ANN["user_id"], expect=3)["requests"][0]
    assert (mine["state"], mine["reasons"], whole_ids_in(tmp_path)) == ("REFUSED", ["person.excluded"], ["1", "2", "3"])
    both = run("erase", *call, "--include-profile", bob, "--exclude-profile", bob, "--state", tmp_path / "state", expect=64)
    assert b"which is it" in both.stderr


def test_one_request_is_about_one_person(run, tmp_path):
    """Identifiers that lead to profiles which nothing links are refused until somebody chooses."""
    def fill():
        lines(tmp_path, "a.json", opened("1", **ANN, email_address="ann@example.test"), opened("2", **BOB, email_address="bob@example.test"),
              opened("3", email_address="nobody@example.test"))

    fill()
    who = subject_file(tmp_path, external_user_id="c-ann", email="bob@example.test")
    call = ["--subject-file", who, tmp_path / "archive"]
    answer = json.loads(run("export", *call, "-o", tmp_path / "out", "--json", "--state", tmp_path / "state", expect=3).stdout)["requests"][0]
    assert (answer["code"], [choice["events"] for choice in answer["choices"]]) == ("person.several", [1, 1])
    assert not (tmp_path / "out").exists()
    answer = erase(run, tmp_path, *call, "--yes", expect=3)["requests"][0]
    assert (answer["state"], answer["reasons"]) == ("REFUSED", ["person.several"])
    chosen = [choice["profile"] for choice in answer["choices"]]
    gone = []
    for profile in chosen:
        assert erase(run, tmp_path, *call, "--yes", "--include-profile", profile)["requests"][0]["state"] == "COMPLETE"
        gone += {"1", "2", "3"} - set(whole_ids_in(tmp_path))
        fill()
    assert sorted(gone) == ["1", "2"]
    both = [x for profile in chosen for x in ("--include-profile", profile)]
    assert erase(run, tmp_path, *call, "--yes", *both)["requests"][0]["counts"]["deleted"] == 2
    # A value that no profile carries is nobody else's.
    fill()
    who = subject_file(tmp_path, external_user_id="c-ann", email="nobody@example.test")
    assert erase(run, tmp_path, *call, "--yes")["requests"][0]["counts"]["deleted"] == 2
    assert whole_ids_in(tmp_path) == ["2"]


@pytest.mark.parametrize("hold", ["subjects: [{external_user_id: agent-two}]", "workspaces: [ws-b]", "from: 2026-01-01, until: 2026-01-31"])
def test_nothing_is_redacted_in_what_a_hold_keeps(run, tmp_path, hold):
    """A hold on somebody else's events, by whose they are, where, or when: they stay, and are told to."""
    (tmp_path / "a").mkdir()
    who, january, may = "customer-ada-1815", 1_767_700_000, 1_778_000_000
    lines = [
        {"id": "1", "user_id": "b1", "external_user_id": who, "app_group_id": "ws-a", "time": may},
        {"id": "2", "user_id": "b2", "external_user_id": "agent-one", "app_group_id": "ws-a", "time": may, "properties": json.dumps({"ref": who})},
        {"id": "3", "user_id": "b3", "external_user_id": "agent-two", "app_group_id": "ws-b", "time": january, "properties": json.dumps({"ref": who})},
    ]
    path = tmp_path / "a/users.behaviors.CustomEvent.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    (tmp_path / "holds.yml").write_text("holds:\n  - { %s, basis: dispute, owner: legal, review: 2030-01-31 }\n" % hold)
    arguments = ["--subject-file", subject_file(tmp_path, external_user_id=who), "a", "--max-share", "1", "--sweep", "redact", "--legal-hold", "holds.yml"]
    looked = erase(run, tmp_path, *arguments)
    result = erase(run, tmp_path, *arguments, "--yes")
    assert [answer["requests"][0]["state"] for answer in (looked, result)] == ["COMPLETE_EXCEPT"] * 2
    assert path.read_text().splitlines() == [json.dumps(lines[1]).replace(who, "[ERASED]"), json.dumps(lines[2])]
    told = receipt(result)
    assert [(place["count"], place["redacted"], place.get("kept")) for place in told["residual"]["places"]] == [(2, 1, 1)]
    assert told["reasons"] == ["erase.residue-kept"] and told["events"]["total"]["held"] == 0
    run("verify", "receipt", result["requests"][0]["receipt"], tmp_path / "a")


@pytest.mark.parametrize("arguments", [
    ["--yes", "--reports", "a/reports"], ["--yes", "--state", "a/state"], ["--plan", "a/plan.json"], ["--reports", "elsewhere", "--state", "a"]])
def test_nothing_of_its_own_is_left_in_an_archive(run, tmp_path, arguments):
    path = many(tmp_path / "a", 2, 10)
    before = stamp(path)
    who = subject_file(tmp_path, external_user_id=ME)
    done = run("erase", "--subject-file", who, "a", *arguments, cwd=tmp_path, expect=64)
    assert b"inside" in done.stderr and stamp(path) == before and len(list((tmp_path / "a").rglob("*"))) == 1
    run("erase", "--subject-file", who, ".", "--yes", "--state", tmp_path / "state", cwd=tmp_path / "a", expect=64)
    assert stamp(path) == before and not (tmp_path / "state").exists()


@pytest.mark.parametrize("command", [["export", "-o", "out"], ["erase"]], ids=lambda command: command[0])
def test_a_search_that_is_interrupted_says_so(tmp_path, command):
    """Wherever it is: what was cut short is neither unreadable nor empty."""
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    many(tmp_path / "a", 2, 300_000)
    arguments = [binary, *command, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--state", "state"]
    began = time.monotonic()
    subprocess.run(arguments, cwd=tmp_path, check=True, capture_output=True)
    whole = time.monotonic() - began
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    status = collections.Counter()
    for number in range(24):
        process = subprocess.Popen(arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(whole * number / 24)
        process.send_signal(signal.SIGINT if number % 2 else signal.SIGTERM)
        said = process.communicate()[1]
        status[process.returncode] += 1
        assert process.returncode in (0, 130, -signal.SIGINT, -signal.SIGTERM), said
        assert process.returncode != 130 or b"file.unreadable" not in said
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
    assert status[130] > 0, status


MINE, HERS = (json.dumps({"id": who, "external_user_id": who, "time": 1}) for who in (ME, "she"))
SPREAD = json.dumps({"id": "3", "external_user_id": "he", "time": 1}, indent=1)


@pytest.mark.parametrize("front, behind, status", [
    ("", 'le.test","time":1}\n' + HERS, 2), ("", 'le.test","time":1}', 2), ("", "\0\0\0\0", 2), ("", "[1]\n" + HERS, 2), ("\n", "\n", 0),
    ("", "\r\n \n", 0), ("", f"{HERS}\n{SPREAD}", 0)], ids=["torn", "torn alone", "zeros", "array", "blank", "blanks", "documents"])
def test_what_is_left_is_read_as_the_file_was(run, tmp_path, front, behind, status):
    """The first events, which tell how all of them stand, may be those that go."""
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json"
    mine = json.dumps(json.loads(MINE), indent=1) if SPREAD in behind else MINE
    path.write_bytes(f"{front}{mine}\n{behind}".encode())
    other = tmp_path / "a/users.messages.email.Click.json"
    other.write_text(HERS.replace('"she"', '"another"', 1) + "\n")
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", expect=status)
    assert path.read_bytes().strip(b"\n") == behind.encode().strip(b"\n")
    assert result["requests"][0]["counts"]["deleted"] == 1
    told = json.loads(run("export", "--subject", "external_user_id=she", "a", "--dry-run", "--json", "--state", tmp_path / "state",
                          cwd=tmp_path, expect=None).stdout)
    assert told["requests"][0]["events"] == behind.count('"she"') // 2 + 1


@pytest.mark.parametrize("common", ["{{${user_id}}}", "(not set)", "default-customer"])
def test_an_id_that_many_have_joins_nobody(run, tmp_path, common):
    (tmp_path / "a").mkdir()
    path = tmp_path / "a/users.messages.email.Open.json"
    ids = [(f"b{number}", external) for number in range(10, 50) for external in (f"cust-{number}", common)]
    path.write_text("".join(json.dumps({"id": str(number), "user_id": braze, "external_user_id": external, "time": 1}) + "\n"
                            for number, (braze, external) in enumerate(ids)))
    erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id="cust-10"), "a", "--yes")
    left = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(left) == 78 and "b10" not in {event["user_id"] for event in left}
    if common == "default-customer":
        who = subject_file(tmp_path, external_user_id=common)
        assert erase(run, tmp_path, "--subject-file", who, "a", "--yes", expect=3)["requests"][0]["reasons"] == ["person.shared"]
        found = json.loads(run("export", "--subject-file", who, "a", "--dry-run", "--json", "--state", tmp_path / "state", cwd=tmp_path, expect=3).stdout)
        assert len(found["requests"][0]["choices"]) == 39


def two_people_scrubbed(run, tmp_path, rules="", time=1, workspaces=(None, None)):
    """`raw` holds two events of each of two people, in a workspace each, and `out` what a policy made of them."""
    (tmp_path / "raw").mkdir()
    events = [{"id": str(n), "user_id": f"b{n % 2}-{n // 2 if all(workspaces) else 0}", "external_user_id": f"cust-{n % 2}",
               "email_address": ["bob@example.test", "ada@example.test"][n % 2], "time": time, "app_group_id": workspaces[n // 2]} for n in range(4)]
    (tmp_path / "raw/users.messages.email.Open.json").write_text("".join(json.dumps(event) + "\n" for event in events))
    (tmp_path / "p.yml").write_text(f"policy: p\nversion: 1\naudience: agency\nkey: {{ env: CURRENTS_SCRUB_KEY, id: k1 }}\nrules:\n{rules}"
                                    "  - { kinds: [braze_id, external_user_id, email], action: hash }\n")
    run("--policy", "p.yml", "raw", "-o", "out", "--state", "state", "--reports", "reports", cwd=tmp_path)


@pytest.mark.parametrize("asked", ["external_user_id=cust-1", "email=ada@example.test", "braze_id=b1-0"])
def test_a_hold_holds_in_scrubbed_archives_by_any_name(run, tmp_path, asked):
    two_people_scrubbed(run, tmp_path)
    (tmp_path / "who").write_text(asked + "\n")
    (tmp_path / "holds.yml").write_text("holds:\n  - { subjects: [{ external_user_id: cust-1 }], basis: dispute, owner: legal, review: 2030-01-31 }\n")
    result = erase(run, tmp_path, "--subject-file", "who", "out", "--made-with", "p.yml", "--legal-hold", "holds.yml", "--yes", expect=3)
    assert result["requests"][0]["reasons"] == ["erase.all-held"]
    assert len((tmp_path / "out/users.messages.email.Open.json").read_text().splitlines()) == 4


@pytest.mark.parametrize("format", ["sha256", "md5"])
@pytest.mark.parametrize("kind, value", [("external_user_id", "cust-1"), ("email", "ada@example.test")])
def test_a_hold_by_a_digest_holds_whoever_is_known_by_a_pseudonym_only(run, tmp_path, kind, value, format):
    """No pseudonym can be made of a digest; where the value itself is known, it tells."""
    two_people_scrubbed(run, tmp_path)
    digest = hashlib.new(format, value.encode()).hexdigest()
    (tmp_path / "holds.yml").write_text(
        f"holds:\n  - {{ subjects: [{{ kind: {kind}, value: {digest}, format: {format} }}], basis: dispute, owner: legal, review: 2030-01-31 }}\n")

    def asked(who, *archives, expect):
        (tmp_path / "who").write_text(who + "\n")
        return erase(run, tmp_path, "--subject-file", "who", *archives, "--made-with", "p.yml", "--legal-hold", "holds.yml", "--yes", expect=expect)
    assert asked("braze_id=b1-0", "out", expect=3)["requests"][0]["reasons"] == ["erase.all-held"]
    assert asked("braze_id=b1-0", "raw", "out", expect=3)["requests"][0]["reasons"] == ["erase.all-held"]
    assert len((tmp_path / "out/users.messages.email.Open.json").read_text().splitlines()) == 4
    assert asked("braze_id=b0-0", "raw", "out", expect=0)["requests"][0]["state"] == "COMPLETE"
    assert len((tmp_path / "out/users.messages.email.Open.json").read_text().splitlines()) == 2


@pytest.mark.parametrize("rules, limit", [
    ("  - { fields: [app_group_id], action: hash }\n", "workspaces: [w1]"),
    ("  - { fields: [app_group_id], action: tokenise, store: sealed }\n", "workspaces: [w1]"),
    ("  - { fields: [app_group_id], action: redact, with: '[REDACTED]' }\n", "workspaces: [w1]"),
    ("  - { kinds: [time], action: generalise, to: month }\n", "from: 2026-03-14\n    until: 2026-03-16"),
    ("  - { kinds: [time], action: generalise, to: week }\n", "from: 2026-03-14\n    until: 2026-03-16"),
    ("  - { kinds: [time], action: generalise, to: year }\n", "from: 2026-03-14\n    until: 2026-03-16"),
], ids=["hashed", "sealed", "redacted", "month", "week", "year"])
def test_a_hold_of_a_workspace_or_of_days_holds_in_scrubbed_archives(run, tmp_path, rules, limit):
    two_people_scrubbed(run, tmp_path, rules, time=1773568800, workspaces=("w1", "w1"))
    (tmp_path / "who").write_text("email=ada@example.test\n")
    (tmp_path / "holds.yml").write_text(f"holds:\n  - subjects: [{{ external_user_id: cust-1 }}]\n    {limit}\n    basis: dispute\n"
                                        "    owner: legal\n    review: 2030-01-31\n")
    asked = ["--subject-file", "who", "out", "--made-with", "p.yml", "--legal-hold", "holds.yml", "--include-profile", "b1-0", "--include-profile", "b1-1"]
    assert erase(run, tmp_path, *asked, "--yes", expect=3)["requests"][0]["reasons"] == ["erase.all-held"]
    assert len((tmp_path / "out/users.messages.email.Open.json").read_text().splitlines()) == 4


@pytest.mark.parametrize("action", ["hash", "tokenise, store: sealed"])
def test_a_request_of_one_workspace_finds_it_where_it_is_a_pseudonym(run, tmp_path, action):
    two_people_scrubbed(run, tmp_path, f"  - {{ fields: [app_group_id], action: {action} }}\n", workspaces=("w1", "w2"))
    (tmp_path / "who").write_text("external_user_id=cust-1\n")
    asked = ["--subject-file", "who", "--made-with", "p.yml", "--workspace", "w2"]
    assert erase(run, tmp_path, *asked, "out")["requests"][0]["counts"]["matched"] == 1
    assert erase(run, tmp_path, *asked, "raw", "out", "--yes")["requests"][0]["counts"]["deleted"] == 2
    left = [json.loads(line) for line in (tmp_path / "raw/users.messages.email.Open.json").read_text().splitlines()]
    assert [event["id"] for event in left] == ["0", "1", "2"]
    assert len((tmp_path / "out/users.messages.email.Open.json").read_text().splitlines()) == 3
    assert erase(run, tmp_path, "--subject-file", "who", "--made-with", "p.yml", "--workspace", "w3", "out")["requests"][0]["state"] == "NOTHING_FOUND"


def test_a_workspace_that_was_redacted_is_none(run, tmp_path):
    two_people_scrubbed(run, tmp_path, "  - { fields: [app_group_id], action: redact, with: '[REDACTED]' }\n", workspaces=("w1", "w2"))
    (tmp_path / "who").write_text("external_user_id=cust-1\n")
    told = erase(run, tmp_path, "--subject-file", "who", "--made-with", "p.yml", "--workspace", "w2", "out", "--yes", expect=2)["requests"][0]
    assert told["state"] == "INCOMPLETE" and told["counts"]["held_back"] == 2


def test_what_a_digest_or_a_removed_kind_cannot_lead_to_is_told(run, tmp_path):
    """A digest becomes no pseudonym, and what a policy takes out is not there: nobody may say that nothing was found."""
    two_people_scrubbed(run, tmp_path, "  - { kinds: [email], action: mask }\n")
    digest = hashlib.sha256(b"cust-1").hexdigest()
    by_digest = f"request: r\nsubjects: [{{ kind: external_user_id, value: {digest}, format: sha256 }}]\n"
    by_address = "request: r\nsubjects: [{ email: ada@example.test }]\n"
    for asked in by_digest, by_address:
        (tmp_path / "r.yml").write_text(asked)
        told = erase(run, tmp_path, "--request", "r.yml", "--made-with", "p.yml", "out", "--yes", expect=2)
        assert told["not_searchable"] == {"k1": 1}
        paper = receipt(told)
        assert paper["state"] == "INCOMPLETE" and paper["reasons"] == ["erase.not-searchable"] and paper["not_searchable"]["files"] == {"k1": 1}
        export = json.loads(run("export", "--request", "r.yml", "--made-with", "p.yml", "out", "--dry-run", "--json", "--state", "state",
                                cwd=tmp_path, expect=2).stdout)
        assert export["not_searchable"] == {"k1": 1}
        # Where the value itself is known from elsewhere, it leads on; of what is not done yet a dry run tells.
        found = erase(run, tmp_path, "--request", "r.yml", "--made-with", "p.yml", "raw", "out", expect=2)
        assert found["not_searchable"] == {} and found["requests"][0]["counts"]["matched"] == 4
    (tmp_path / "r.yml").write_text("request: r\nsubjects: [{ external_user_id: cust-1 }, { email: ada@example.test }]\n")
    assert erase(run, tmp_path, "--request", "r.yml", "--made-with", "p.yml", "out", expect=2)["not_searchable"] == {}


@pytest.mark.parametrize("name, packed", [("gz", gzip), ("zst", zstd)])
def test_a_compressed_file_that_loses_all_events(run, tmp_path, name, packed):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/users.messages.email.Click.json").write_text(HERS + "\n")
    path = tmp_path / f"a/users.messages.email.Open.json.{name}"
    path.write_bytes(packed.compress(f"{MINE}\n".encode()))
    result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes")
    assert result["requests"][0]["state"] == "COMPLETE"
    assert packed.decompress(path.read_bytes()) == b""
    again = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes")
    assert again["requests"][0]["state"] == "NOTHING_FOUND"


def test_an_archive_that_is_not_there(run, tmp_path):
    done = run("erase", "--subject-file", subject_file(tmp_path, external_user_id=ME), "nowhere", "--yes", "--state", "state", cwd=tmp_path, expect=None)
    assert done.returncode == 1 and b"input.empty" in done.stderr


def test_what_stays_incomplete_leaves_one_journal(run, tmp_path):
    path = many(tmp_path / "a", 3, 10)
    with path.open("a") as file:
        file.write('{"id": "broken\n')
    for _ in range(3):
        result = erase(run, tmp_path, "--subject-file", subject_file(tmp_path, external_user_id=ME), "a", "--yes", expect=2)
        assert result["requests"][0]["state"] == "INCOMPLETE"
        assert len(list((tmp_path / "state/journals").iterdir())) == 1
