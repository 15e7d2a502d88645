"""The book of disclosures: read by SQLite's own library, its days and counts against the events themselves."""

import contextlib
import datetime
import gzip
import hashlib
import json
import pathlib
import re
import sqlite3

import fastavro
import pytest
import reference

POLICY = """policy: share
version: 1
audience: {audience}
key: {{ env: CURRENTS_SCRUB_KEY, id: k1 }}
defaults: {{ unknown_event: quarantine }}
rules:
  - fields: [id, user_id, external_user_id, email_address]
    action: hash
  - events: ["users.messages.email.Bounce"]
    action: drop_event
"""
DAY = 86_400
START = 1_767_225_600  # 2026-01-01
SCHEMA = {"type": "record", "name": "users.messages.email.Click", "fields": [
    {"name": "id", "type": "string"}, {"name": "user_id", "type": "string"}, {"name": "email_address", "type": ["null", "string"]},
    {"name": "time", "type": ["null", "int"]}]}


def event(number, day=None, **more):
    made = {"id": f"e{number}-{day}", "user_id": f"b{number % 7}", "email_address": f"person.{number % 7}@example.test", **more}
    return made | ({} if day is None else {"time": START + day * DAY + 3600})


def fill(folder):
    """Opens of days 10 to 19, clicks of days 40 to 44, sends of no time, bounces, which are dropped."""
    folder.mkdir(exist_ok=True)
    with (folder / "users.messages.email.Open.json").open("w") as out:
        out.writelines(json.dumps(event(n, 10 + n)) + "\n" for n in range(10))
    with (folder / "users.messages.email.Click.avro").open("wb") as out:
        fastavro.writer(out, SCHEMA, [event(n, 40 + n) for n in range(5)], codec="deflate", sync_interval=100)
    with gzip.open(folder / "users.messages.email.Send.json.gz", "wt") as out:
        out.writelines(json.dumps(event(n)) + "\n" for n in range(3))
    (folder / "users.messages.email.Bounce.json").write_text(json.dumps(event(1, 300)) + "\n")
    return folder


@pytest.fixture
def place(tmp_path):
    fill(tmp_path / "currents")
    for audience in ("agency_x", "agency_y"):
        (tmp_path / f"{audience}.yml").write_text(POLICY.format(audience=audience))
    (tmp_path / "own.yml").write_text(POLICY.format(audience="x").replace("audience: x\n", ""))
    return tmp_path


def scrub(run, place, *arguments, policy="agency_x", out="out", source="currents", expect=0):
    return run("--policy", place / f"{policy}.yml", place / source, "-o", place / out, "--state", place / "state", "--reports",
               place / "reports", "--quiet", *arguments, expect=expect)


def book(place):
    path = place / "state/ledger.sqlite"
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        rows = [dict(row) for row in database.execute("SELECT * FROM disclosures ORDER BY number")]
        for row in rows:
            types = database.execute("SELECT * FROM disclosed WHERE disclosure = ?", (row["number"],))
            row["types"] = {t["type"]: (t["events"], t["first"], t["last"]) for t in types}
        return rows


def day(number):
    return str(datetime.date(2026, 1, 1) + datetime.timedelta(days=number))


def test_what_was_made_for_an_audience_is_noted(run, place):
    scrub(run, place)
    [row] = book(place)
    manifest = (place / "out/_currents-scrub/manifest.json").read_bytes()
    files = json.loads(manifest)["files"]
    assert row["types"] == {
        "users.messages.email.Open": (10, day(10), day(19)), "users.messages.email.Click": (5, day(40), day(44)),
        "users.messages.email.Send": (3, None, None)}
    assert (row["audience"], row["archive"], row["policy"], row["files"]) == ("agency_x", "currents", "share", len(files))
    assert row["output"] == str(place / "out") and row["manifest"] == hashlib.sha256(manifest).hexdigest()
    assert json.loads(row["plans"]) == sorted({f["plan"] for f in files})
    assert json.loads(row["keys"]) == [f"k1:{reference.check_value()}"]
    everything = b"".join(p.read_bytes() for p in (place / "state").rglob("*") if p.is_file())
    assert b"example.test" not in everything and b"person." not in everything


def test_what_discloses_nothing_new_is_noted_once(run, place):
    scrub(run, place)
    scrub(run, place)
    assert len(book(place)) == 1
    with (place / "currents/users.messages.email.Open.json").open("a") as out:
        out.write(json.dumps(event(99, 30)) + "\n")
    scrub(run, place)
    scrub(run, place, policy="agency_y", out="other")
    rows = book(place)
    assert [(r["audience"], r["types"]["users.messages.email.Open"]) for r in rows] == [
        ("agency_x", (10, day(10), day(19))), ("agency_x", (11, day(10), day(30))), ("agency_y", (11, day(10), day(30)))]


def test_what_writes_nothing_or_has_no_audience_is_not_noted(run, place):
    run("--policy", place / "agency_x.yml", place / "currents", "--dry-run", "--state", place / "state", "--quiet")
    scrub(run, place, policy="own")
    assert book(place) == [] and not (place / "state/ledger.sqlite").exists()


def test_a_stream_is_noted_where_there_is_a_state(run, place):
    text = (place / "currents/users.messages.email.Open.json").read_bytes()
    arguments = ["--policy", place / "agency_x.yml", "--event-type", "users.messages.email.Open", "--state", place / "state", "--quiet"]
    run(*arguments, stdin=text)
    assert not (place / "state").exists()
    scrub(run, place, policy="own", out="own")
    done = run(*arguments, stdin=text)
    run(*arguments, stdin=text)
    [row] = book(place)
    assert (row["archive"], row["output"], row["manifest"]) == ("-", "-", hashlib.sha256(done.stdout).hexdigest())
    assert row["types"] == {"users.messages.email.Open": (10, day(10), day(19))}


def test_times_of_events_in_batches(run, place):
    """Own times of events in a batch, and those of partners in their spellings."""
    (place / "partners").mkdir()
    batch = {"events": [
        {"event_type": "custom_event", "data": {"event_name": "Email Opens", "timestamp_unixtime_ms": (START + n * DAY) * 1000}}
        for n in (3, 7)], "user_identities": {"email": "ada@example.test"}, "schema_version": 2, "mpid": "1"}
    (place / "partners/mparticle.json").write_text(json.dumps(batch) + "\n")
    done = scrub(run, place, "--destination", "mparticle", source="partners", out="partners-out", expect=None)
    if not book(place):
        pytest.skip(done.stderr.decode())
    [row] = book(place)
    for events, first, last in row["types"].values():
        assert (events, first, last) == (2, day(3), day(7))


def test_a_person_is_told_who_was_sent_their_events(run, place):
    """By type and days: of an audience that got other events, nobody is told."""
    scrub(run, place)
    (place / "later").mkdir()
    (place / "later/users.messages.email.Open.json").write_text(json.dumps(event(1, 200)) + "\n")
    (place / "later/users.messages.email.Click.json").write_text(json.dumps(event(1, 12)) + "\n")
    scrub(run, place, policy="agency_y", source="later", out="later-out")
    (place / "who").write_text("braze_id=b3\n")

    def recipients(out):
        run("export", "--subject-file", place / "who", place / "currents", "-o", place / out, "--state", place / "state")
        return json.loads((place / out / "manifest.json").read_text())["recipients"]

    today = book(place)[0]["time"][:10]
    assert recipients("one") == [{"audience": "agency_x", "first_day": today, "last_day": today}]
    assert "agency_x" in (place / "one/index.html").read_text()
    assert recipients("two") == recipients("one")
    for path in (place / "one").rglob("*"):
        assert path.is_dir() or path.read_bytes() == (place / "two" / path.relative_to(place / "one")).read_bytes()
    (place / "who").write_text("braze_id=b1\n")
    (place / "later/users.messages.email.Open.json").write_text(json.dumps(event(1, 11)) + "\n")
    scrub(run, place, policy="agency_y", source="later", out="later-out")
    assert [r["audience"] for r in recipients("three")] == ["agency_x", "agency_y"]


def test_an_erasure_says_who_is_to_be_told(run, place):
    def receipt(*arguments, source="currents", who="b3"):
        (place / "who").write_text(f"braze_id={who}\n")
        done = run("erase", "--subject-file", place / "who", place / source, "--yes", "--json", "--state", place / "state",
                   *arguments, cwd=place)
        path = json.loads(done.stdout)["requests"][0]["receipt"]
        with open(path) as file:
            return json.load(file)["recipients"], path.removesuffix("/receipt.json")

    # Before there is a book nobody knows.
    assert receipt(who="b6")[0] == {"status": "not known", "audiences": []}
    scrub(run, place)
    known, folder = receipt()
    assert known == {"status": "known", "audiences": [{"audience": "agency_x", "file": "recipients/agency_x.csv", "tokens": 0}]}
    with open(f"{folder}/recipients/agency_x.csv", "rb") as file:
        assert file.read() == b"\xef\xbb\xbfkind,token\r\n"
    run("verify", "receipt", f"{folder}/receipt.json", "--state", place / "state")


HELD = re.compile(r"k1-s1-[a-z2-7]+|\b[a-z2-7]{26}@k1\.scrubbed\.invalid|k1-[a-z2-7]{26}|\b[0-9a-f]{64}\b|"
                  r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.mark.parametrize("inputs", (["raw", "one", "two"], ["one"]))
def test_recipients_are_told_the_tokens_that_they_hold_and_no_others(run, place, inputs):
    """Sealed ones, those of push tokens and those inside texts too; Braze's own digest of an address is in no output."""
    def all_of(person):
        address, number = f"person.{person}@example.test", f"+1202555{person:04}"
        common = {"user_id": f"{person:024x}", "external_user_id": f"cust-{person}", "app_group_id": "5c90f1d4aabbccddeeff0011"}
        for name, fields in (
            ("email.Click", {"email_address": address, "device_id": f"device-{person}"}),
            ("email.Bounce", {"email_address": hashlib.sha256(address.encode()).hexdigest(), "bounce_reason": f"550 {address} unknown"}),
            ("sms.Send", {"to_phone_number": number}),
        ):
            yield {**common, "event_type": f"users.messages.{name}", "time": START, **fields}
        yield {**common, "event_type": "users.behaviors.CustomEvent", "time": START, "properties": json.dumps({"mail": address})}
        yield {**common, "event_type": "users.behaviors.pushnotification.TokenStateChange", "time": START, "push_token": f"token-of-{person}"}

    (place / "raw").mkdir()
    (place / "raw/a.json").write_text("".join(json.dumps(e) + "\n" for person in (1, 2) for e in all_of(person)))
    for audience in ("one", "two"):
        (place / f"{audience}.yml").write_text(f"""policy: share_{audience}
version: 1
audience: {audience}
key: {{ env: CURRENTS_SCRUB_KEY, id: k1 }}
rules:
  - {{ kinds: [email], action: hash, format: email }}
  - {{ kinds: [phone], action: tokenise, store: sealed }}
  - {{ kinds: [external_user_id], action: hash, format: hex }}
  - {{ kinds: [braze_id], action: hash, format: uuid }}
  - {{ kinds: [device_id, push_token], action: hash }}
  - {{ fields: [bounce_reason], action: scan, find: [email, known], replace: hash, because: why mails bounce }}
  - {{ fields: [properties], action: json, hash: {{ mail: email }}, default: redact }}
""")
        scrub(run, place, policy=audience, source="raw", out=audience)
    mine = {}
    for audience in ("one", "two"):
        tokens = [set(HELD.findall(line)) for line in (place / audience / "a.json").read_text().splitlines()]
        mine[audience] = set().union(*tokens[:5]) - set().union(*tokens[5:])
    assert mine["one"] and not mine["one"] & mine["two"]
    (place / "who").write_text("external_user_id=cust-1\n")
    done = run("erase", "--subject-file", place / "who", *(place / name for name in inputs), "--made-with", place / "one.yml",
               "--made-with", place / "two.yml", "--yes", "--json", "--state", place / "state", cwd=place)
    folder = pathlib.Path(json.loads(done.stdout)["requests"][0]["receipt"]).parent
    told = json.loads((folder / "receipt.json").read_text())["recipients"]["audiences"]
    for audience, one in zip(("one", "two"), told):
        rows = (folder / one["file"]).read_text("utf-8-sig").splitlines()[1:]
        tokens = {row.split(",")[1] for row in rows}
        # Without the clear address nobody knows what stands for it inside texts.
        inside = {t for t in mine[audience] if "raw" not in inputs and f"{t[3:]}@k1.scrubbed.invalid" in mine[audience]}
        assert tokens == (mine[audience] - inside if audience in inputs else set()) and one["tokens"] == len(rows)


def test_a_night_notes_what_it_shared_under_the_name_of_the_archive(run, place):
    (place / "nightly.yml").write_text(json.dumps({
        "version": 1, "state": "state", "reports": "reports",
        "archives": [{"name": "europe", "input": "currents", "policy": "agency_x.yml", "output": "out", "settle": 0}]}))

    def night():
        return json.loads(run("nightly", place / "nightly.yml", "--json").stdout)

    first = night()
    [row] = book(place)
    assert (row["archive"], row["run"], row["output"]) == ("europe", first["run"], str(place / "out"))
    assert first["disclosures"] == [{
        "archive": "europe", "audience": "agency_x", "policy": "share", "files": 4, "events": 18, "first": day(10), "last": day(44)}]
    assert night()["disclosures"] == [] and len(book(place)) == 1
    (place / "currents/users.messages.email.Open.2.json").write_text(json.dumps(event(500, 60)) + "\n")
    third = night()
    assert [(d["files"], d["events"], d["first"]) for d in third["disclosures"]] == [(1, 1, day(60))]
    # Each night tells what it added.
    assert book(place)[1]["types"] == {"users.messages.email.Open": (1, day(60), day(60))}
