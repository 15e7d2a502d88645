"""The book of requests: days against the calendar of another library, changes against the evidence log, and nobody in it."""

import concurrent.futures
import datetime
import json
import random
import sqlite3

import pytest
from dateutil.relativedelta import relativedelta

FIRST = {
    "gdpr": relativedelta(months=1), "uk": relativedelta(months=1), "ccpa": relativedelta(days=45), "lgpd": relativedelta(days=15)}
LONGER = {"gdpr": relativedelta(months=3), "uk": relativedelta(months=3), "ccpa": relativedelta(days=90)}
PEOPLE = ["ada.lovelace@example.test", "customer-4711", "+12025550143"]


@pytest.fixture
def book(run, tmp_path):
    """Runs `requests` with a state folder of its own, and gives what it prints."""

    def call(*arguments, expect=0, parse=True):
        done = run("requests", *arguments, "--state", tmp_path / "state", *(["--json"] if parse else []), cwd=tmp_path, expect=expect)
        return json.loads(done.stdout) if parse and done.stdout else done.stderr.decode()

    return call


def request(folder, number, kind="access", law="gdpr", received="2026-01-31", more=""):
    path = folder / f"{number}.yml"
    path.write_text(
        f"request: {number}\nkind: {kind}\nreceived: {received}\nlaw: {law}\n"
        f"subjects:\n  - email: {PEOPLE[0]}\n  - external_user_id: {PEOPLE[1]}\n  - {{ phone: '{PEOPLE[2]}' }}\n{more}")
    return path


VERIFIED = "verified: { by: privacy desk, on: 2026-02-01, method: signed in }\n"
APPROVED = "approved: { by: privacy desk, on: 2026-02-02 }\n"


def lines(folder):
    text = "".join(p.read_text() for p in sorted((folder / "state/evidence").glob("*.ndjson")))
    return [json.loads(line) for line in text.splitlines()]


def archive(folder, *events):
    folder.mkdir(exist_ok=True)
    (folder / "users.messages.email.Open.json").write_text("".join(json.dumps(e) + "\n" for e in events))
    return folder


HERS = {"id": "e1", "user_id": "b1", "external_user_id": PEOPLE[1], "email_address": PEOPLE[0], "time": 1777600000}
OTHERS = {"id": "e2", "user_id": "b2", "email_address": "bob@example.test", "time": 1777600000}


@pytest.mark.parametrize("law", FIRST)
def test_days_of_an_answer_and_of_a_longer_one(book, tmp_path, law):
    chance = random.Random(law)
    days = [datetime.date(2024, 1, 29), datetime.date(2023, 12, 31), datetime.date(2026, 11, 30)]
    days += [datetime.date(2024, 1, 1) + datetime.timedelta(days=chance.randrange(1000)) for _ in range(5)]
    for number, day in enumerate(days):
        added = book("add", "--request", request(tmp_path, f"r{number}", law=law, received=day), "--today", day)
        item = added["changes"][0]["request"]
        assert (item["due"], item["days_left"]) == (str(day + FIRST[law]), (day + FIRST[law] - day).days)
        last = day + FIRST[law]
        late = last + datetime.timedelta(days=1)
        extend = ["extend", f"r{number}", "--reason", "many archives"]
        if law == "lgpd":
            assert "[requests.no-extension]" in book(*extend, "--told", day, "--today", day, expect=3)
            continue
        assert "[requests.told-too-late]" in book(*extend, "--told", late, "--today", late, expect=3)
        # Told in time, noted later.
        changed = book(*extend, "--told", last, "--today", late)["changes"][0]
        assert changed["what"] == "extended" and changed["request"]["due"] == str(day + LONGER[law])
        assert changed["request"]["extended"] == {"told": str(last), "due": str(day + LONGER[law]), "reason": "many archives"}
        assert "[requests.extended-already]" in book(*extend, "--told", last, "--today", last, expect=3)


def test_days_that_cannot_be(book, tmp_path):
    book("add", "--request", request(tmp_path, "r"), "--today", "2026-02-01")
    for told, today in (("2026-01-30", "2026-02-01"), ("2026-02-02", "2026-02-01")):
        assert "[requests.bad-day]" in book("extend", "r", "--reason", "x", "--told", told, "--today", today, expect=3)
        assert "[requests.bad-day]" in book("close", "r", "--outcome", "x", "--on", told, "--today", today, expect=3)
    assert "[requests.unknown]" in book("close", "other", "--outcome", "x", expect=3)
    book("close", "r", "--outcome", "handed over", "--on", "2026-02-01", "--today", "2026-02-01")
    assert "[requests.over]" in book("close", "r", "--outcome", "handed over", expect=3)
    assert "[requests.over]" in book("extend", "r", "--reason", "x", expect=3)


def test_only_the_clock_of_the_uk_can_stand(book, tmp_path):
    for law in FIRST:
        book("add", "--request", request(tmp_path, law, law=law), "--today", "2026-02-01")
        pause = ["extend", law, "--reason", "asked which account", "--paused", "6", "--today", "2026-02-10"]
        if law != "uk":
            assert "[requests.no-pause]" in book(*pause, expect=3)
            continue
        item = book(*pause)["changes"][0]["request"]
        assert (item["due"], item["paused_days"]) == ("2026-03-06", 6)
        # It moves the day until which the person may be told of more time, and the day after it.
        item = book("extend", law, "--reason", "many archives", "--told", "2026-03-05", "--today", "2026-03-05")["changes"][0]["request"]
        assert item["due"] == "2026-05-06"


def test_what_is_open_comes_by_its_last_day_and_what_is_overdue_is_told(book, tmp_path):
    for number, (kind, received, more) in enumerate([
            ("access", "2026-01-20", VERIFIED), ("erasure", "2026-01-10", VERIFIED), ("erasure", "2026-01-15", VERIFIED + APPROVED),
            ("portability", "2026-01-05", "")]):
        book("add", "--request", request(tmp_path, f"r{number}", kind, received=received, more=more), "--today", "2026-02-01")
    book("close", "r3", "--outcome", "withdrawn", "--on", "2026-02-01", "--today", "2026-02-01")
    listed = book("list", "--today", "2026-02-10")
    assert [(r["request"], r["days_left"], r["blocked"]) for r in listed["requests"]] == [
        ("r1", 0, ["not-approved"]), ("r2", 5, []), ("r0", 10, [])]
    assert (listed["open"], listed["overdue"], listed["exit"]) == (3, 0, 0)
    listed = book("list", "--all", "--today", "2026-02-16", expect=5)
    assert [r["request"] for r in listed["requests"]] == ["r1", "r2", "r0", "r3"]
    assert (listed["open"], listed["overdue"], listed["exit"]) == (3, 2, 5)
    over = listed["requests"][3]
    assert (over["state"], over["outcome"], over["closed"]) == ("closed", "withdrawn", "2026-02-01") and "days_left" not in over
    assert [c["note"] for c in over["history"]] == ["added", "closed: withdrawn"]


def test_a_file_that_says_something_else_is_told(book, tmp_path):
    path = request(tmp_path, "r", "erasure")
    assert book("add", "--request", path, "--today", "2026-02-01")["changes"][0]["what"] == "added"
    assert book("add", "--request", path, "--today", "2026-02-01")["changes"][0]["what"] == "known"
    request(tmp_path, "r", "erasure", received="2026-01-30", more=VERIFIED + APPROVED)
    dry = book("add", "--request", path, "--today", "2026-02-01", "--dry-run")
    assert (dry["changes"][0]["what"], dry["dry_run"]) == ("changed", True)
    assert book("list", "--today", "2026-02-01")["requests"][0]["received"] == "2026-01-31"
    changed = book("add", "--request", path, "--today", "2026-02-01")["changes"][0]
    assert changed["what"] == "changed" and changed["request"]["due"] == "2026-02-28"
    assert changed["request"]["blocked"] == [] and changed["request"]["approved"] == {"by": "privacy desk", "on": "2026-02-02"}
    book("close", "r", "--outcome", "done")
    assert book("add", "--request", path)["changes"][0]["what"] == "known"
    request(tmp_path, "r", "erasure")
    assert "[requests.over]" in book("add", "--request", path, expect=3)
    assert [(line["command"], line["result"]) for line in lines(tmp_path)] == [
        ("requests add", "done"), ("requests add", "changed"), ("requests close", "done")]


def test_what_the_book_must_know_is_asked_for(book, tmp_path):
    for line, lacking in (("kind: access\n", "`kind`"), ("received: 2026-01-31\n", "`received`")):
        path = request(tmp_path, "r")
        path.write_text(path.read_text().replace(line, ""))
        said = book("add", "--request", path, expect=3)
        assert "E008" in said and lacking in said
    assert not (tmp_path / "state").exists()


def test_a_dry_run_makes_no_state(book, tmp_path):
    assert book("add", "--request", request(tmp_path, "r"), "--today", "2026-02-01", "--dry-run")["changes"][0]["what"] == "added"
    assert book("list")["requests"] == []
    assert "[requests.unknown]" in book("close", "r", "--outcome", "x", "--dry-run", expect=3)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("text", [
    "ada.lovelace@example.test is gone", "ada%2Elovelace%40example.test", "ada@ex\u00e4mple.test", "ada\uff20example.test",
    "called +1 (202) 555-0143", "called 12025550143", "5f0000000000000000000a0a", "0f7d" * 16, " ", "x" * 401, "two\nlines"])
def test_what_is_written_down_names_nobody(run, book, tmp_path, text):
    book("add", "--request", request(tmp_path, "r"))
    for arguments in (["close", "r", "--outcome", text], ["extend", "r", "--reason", text]):
        run("requests", *arguments, "--state", tmp_path / "state", expect=64)


@pytest.mark.parametrize("text", [
    PEOPLE[1], f"answered ({PEOPLE[1]}).", f"({PEOPLE[1].upper()})", f"({PEOPLE[1].title()})", PEOPLE[0].upper(), "rang 001-202-555-0143"])
def test_what_is_written_down_names_nobody_whom_the_request_names(run, book, tmp_path, text):
    book("add", "--request", request(tmp_path, "r", law="uk"), "--today", "2026-02-01")
    for arguments in (["close", "r", "--outcome", text], ["extend", "r", "--reason", text], ["extend", "r", "--reason", text, "--paused", "2"]):
        for dry in ([], ["--dry-run"]):
            done = run("requests", *arguments, *dry, "--today", "2026-02-01", "--state", tmp_path / "state", expect=None)
            if text == PEOPLE[1] or "(" in text:
                assert b"[requests.names-person]" in done.stderr
            assert done.returncode in (3, 64) and text.encode() not in done.stderr
    book("close", "r", "--outcome", "handed over to the customer, 3f2504e0-4f89-41d3-9a0c-0305e82c3301", "--on", "2026-02-01", "--today", "2026-02-01")


def test_what_runs_make_of_requests_is_in_the_book_and_nobody_is(run, book, tmp_path):
    """Access, plan, erasure, refusal: each leaves what became of it, and no identifier in any byte of the state folder."""
    folder = archive(tmp_path / "archive", HERS, OTHERS)
    state = ["--state", tmp_path / "state"]
    access, erasure = request(tmp_path, "a", more=VERIFIED), request(tmp_path, "e", "erasure", more=VERIFIED + APPROVED)
    book("add", "--request", access, "--request", erasure, "--today", "2026-02-01")

    def item(number):
        return {r["request"]: r for r in book("list", "--all", "--today", "2026-02-01")["requests"]}[number]

    run("export", "--request", access, folder, "-o", tmp_path / "answer", *state)
    assert (item("a")["state"], item("a")["outcome"], item("a")["place"]) == ("answered", "answered", str(tmp_path / "answer"))
    run("erase", "--request", erasure, folder, *state, cwd=tmp_path)
    assert item("e")["state"] == "open"
    run("erase", "--request", erasure, folder, *state, "--plan", "plan.json", cwd=tmp_path)
    assert (item("e")["state"], item("e")["place"]) == ("planned", str(tmp_path / "plan.json"))
    (tmp_path / "hold.yml").write_text(
        f"holds:\n  - subjects: [{{ email: {PEOPLE[0]} }}]\n    basis: litigation\n    owner: legal\n    review: 2027-01-31\n")
    run("erase", "--request", erasure, folder, *state, "--yes", "--legal-hold", "hold.yml", cwd=tmp_path, expect=3)
    assert (item("e")["state"], item("e")["blocked"]) == ("refused", ["refused"])
    (folder / "damaged.avro").write_bytes(b"Obj\x01")
    run("erase", "--request", erasure, folder, *state, "--yes", cwd=tmp_path, expect=2)
    assert (item("e")["state"], item("e")["outcome"]) == ("incomplete", "INCOMPLETE")
    (folder / "damaged.avro").unlink()
    result = json.loads(run("erase", "--request", erasure, folder, *state, "--yes", "--json", cwd=tmp_path).stdout)
    assert item("e")["state"] == "done" and item("e")["place"] == result["requests"][0]["receipt"]
    assert [c["state"] for c in item("e")["history"]] == ["open", "planned", "refused", "incomplete", "done"]
    # An access request that is answered is not open, and nothing is overdue for it.
    assert book("list", "--today", "2027-01-01")["requests"] == []
    everything = b"".join(p.read_bytes() for p in sorted((tmp_path / "state").rglob("*")) if p.is_file())
    for value in [*PEOPLE, "12025550143", "lovelace"]:
        assert value.encode() not in everything
    database = sqlite3.connect(f"file:{tmp_path}/state/ledger.sqlite?mode=ro", uri=True)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    subjects = [json.loads(row[0]) for row in database.execute("SELECT subjects FROM requests")]
    database.close()
    # The same person is known again by the same fingerprints.
    assert subjects[0] == subjects[1] and [s.split(":")[0] for s in subjects[0]] == ["email", "external_user_id", "phone"]
    assert (tmp_path / "state/ledger.sqlite").stat().st_mode & 0o777 == 0o600
    run("verify", "log", *state)


def test_a_request_of_another_kind_is_not_carried_out(run, book, tmp_path):
    folder = archive(tmp_path / "archive", HERS, OTHERS)
    for kind, command, right in (
            ("access", ["erase", "--yes"], "export"), ("portability", ["erase"], "export"),
            ("erasure", ["export", "-o", tmp_path / "out"], "erase")):
        said = run(*command, "--request", request(tmp_path, "r", kind), folder, "--state", tmp_path / "state", cwd=tmp_path,
                   expect=64).stderr.decode()
        assert f"`{right}`" in said
    assert not (tmp_path / "out").exists() and (folder / "users.messages.email.Open.json").read_text().count("\n") == 2


def test_grounds_of_a_request_stand_in_its_receipt(run, tmp_path):
    folder = archive(tmp_path / "archive", HERS, OTHERS)
    path = request(tmp_path, "r", "erasure", more='grounds: ["Art. 17(1)(b)", "Art. 17(1)(a)"]\n')
    result = json.loads(run("erase", "--request", path, folder, "--yes", "--ground", "Art. 17(1)(a)", "--json", "--state",
                            tmp_path / "state", cwd=tmp_path).stdout)
    with open(result["requests"][0]["receipt"]) as file:
        assert json.load(file)["request"]["grounds"] == ["Art. 17(1)(a)", "Art. 17(1)(b)"]


def test_opendsr_says_its_kind(book, tmp_path):
    for kind in ("access", "portability", "erasure"):
        (tmp_path / "r.json").write_text(json.dumps({
            "regulation": "ccpa", "subject_request_id": f"r-{kind}", "subject_request_type": kind,
            "submitted_time": "2026-01-31T10:00:00Z", "api_version": "2.0",
            "subject_identities": [{"identity_type": "email", "identity_format": "raw", "identity_value": PEOPLE[0]}]}))
        item = book("add", "--request", tmp_path / "r.json", "--today", "2026-02-01")["changes"][0]["request"]
        assert (item["kind"], item["law"], item["due"]) == (kind, "ccpa", "2026-03-17")


@pytest.mark.parametrize("text", [
    '{"identity_type": "email", "identity_value": "ada@example.test", "identity_value": "bob@example.test"}',
    '{"identity_type": "email", "identity_value": "ada@example.test", "identity_v\\u0061lue": "bob@example.test"}'])
def test_opendsr_that_readers_read_otherwise_is_refused(run, tmp_path, text):
    (tmp_path / "r.json").write_text('{"subject_request_id": "r1", "subject_request_type": "erasure", "subject_identities": [%s]}' % text)
    done = run("requests", "add", "--request", tmp_path / "r.json", "--state", tmp_path / "state", expect=None)
    assert done.returncode == 3 and b"stands twice" in done.stderr and b"example.test" not in done.stderr


def test_a_workspace_without_a_name_is_refused(run, tmp_path):
    (tmp_path / "r.yml").write_text("request: r1\nsubjects: [{ email: ada@example.test }]\nworkspaces: [\"\"]\n")
    done = run("requests", "add", "--request", tmp_path / "r.yml", "--state", tmp_path / "state", expect=3)
    assert b"r.yml:3:" in done.stderr and b"workspace" in done.stderr


def test_two_at_once_lose_nothing(run, book, tmp_path):
    paths = [request(tmp_path, f"r{number}") for number in range(16)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: run("requests", "add", "--request", path, "--state", tmp_path / "state"), paths))
    assert book("list", "--today", "2026-02-01")["open"] == 16
    assert len(lines(tmp_path)) == 16
    run("verify", "log", "--state", tmp_path / "state")
