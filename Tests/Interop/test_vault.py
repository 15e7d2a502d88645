"""The vault against a second implementation: SQLite read by Python, tokens by hmac, originals by `cryptography`.

And what only a process can show: kills at any time, two processes at once, memory, folders that cannot be written.
"""

import base64
import copy
import hashlib
import hmac
import json
import os
import random
import re
import resource
import sqlite3
import subprocess
import time

import kills
import pytest
import reference
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

POLICY = """policy: p
version: 1
audience: agency_x
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
defaults: { linking: redact }
rules:
  - kinds: [email, phone, external_user_id]
    action: tokenise
    store: vault
  - kinds: [braze_id]
    action: hash
"""
TOKEN = re.compile(rb"k1-[a-z2-7]{26}")


def token(domain, normal, audience="agency_x"):
    mac = hmac.new(reference.subkey(domain, "vault", audience), normal, hashlib.sha256).digest()
    return "k1-" + base64.b32encode(mac[:16]).decode().lower().rstrip("=")


def opened(row, audience="agency_x"):
    """The original of a row, by the documentation alone."""
    text, key_id, domain, stored = row
    assert key_id == "k1"
    return AESGCM(reference.subkey(domain, "vaultkey", audience)).decrypt(stored[:12], stored[12:], text.encode())


def test_the_python_of_the_documentation_opens_a_row(run, place):
    text = (reference.ROOT / "Documentation/Pseudonyms.md").read_text()
    names = {"HKDF": HKDF, "SHA256": SHA256, "AESGCM": AESGCM}
    exec(text.split("<!-- python -->\n```python\n", 1)[1].split("```", 1)[0], names)
    fill(place / "in", 1, 3)
    scrub(run, place)
    found = {names["original"](reference.KEY, "agency_x", *row) for row in rows(place / "state")}
    assert b"Person.2@example.test" in found and len(found) == 9


def rows(state):
    """Every row, read as SQLite's own library reads it, which first takes back what a kill left half done."""
    database = sqlite3.connect(f"file:{state}/vault.sqlite?mode=rw", uri=True)
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'tokens'").fetchone():
            return []
        return database.execute("SELECT token, key_id, domain, original FROM tokens").fetchall()
    finally:
        database.close()


def line(number, email, phone="+12025550143", external="c-1"):
    return json.dumps({"id": f"e-{number}", "user_id": f"6512f0a4c2b7e81d{number:08x}", "external_user_id": external,
                       "email_address": email, "to_phone_number": phone, "time": 1777676985 + number}) + "\n"


def fill(folder, files, per_file, start=0):
    """Files of sends, each with people of its own."""
    folder.mkdir(exist_ok=True)
    for file in range(files):
        with (folder / f"users.messages.sms.Send.{file}.json").open("w") as out:
            for number in range(per_file):
                n = start + file * per_file + number
                out.write(line(n, f"Person.{n}@example.test", f"+1 202 {n:08d}", f"customer-{n}"))


@pytest.fixture
def place(tmp_path):
    (tmp_path / "policy.yml").write_text(POLICY)
    return tmp_path


def scrub(run, place, source="in", out="out", state="state", expect=0, jobs=2):
    return run("--policy", place / "policy.yml", place / source, "-o", place / out, "--state", place / state,
               "--reports", place / "reports", "--jobs", jobs, "--quiet", expect=expect)


def tokens_below(folder):
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and "manifest" not in path.name:
            found |= {t.decode() for t in TOKEN.findall(path.read_bytes())}
    return found


def hashed(numbers):
    """The pseudonyms of Braze ids: they look like tokens of the vault, and are in none."""
    return {reference.pseudonym("braze_id", f"6512f0a4c2b7e81d{n:08x}", audience="agency_x") for n in numbers}


def test_many_values_have_rows_that_others_can_make_and_read(run, place):
    count = 50_000
    fill(place / "in", 5, count // 5)
    scrub(run, place)
    expected = {}
    for n in range(count):
        expected[token("email", f"person.{n}@example.test".encode())] = ("email", f"Person.{n}@example.test")
        expected[token("phone", f"1202{n:08d}".encode())] = ("phone", f"+1 202 {n:08d}")
        expected[token("external_user_id", f"customer-{n}".encode())] = ("external_user_id", f"customer-{n}")
    found = {}
    for row in rows(place / "state"):
        found[row[0]] = (row[2], opened(row).decode())
    assert found == expected and len(found) == 3 * count
    assert tokens_below(place / "out") - hashed(range(count)) == set(expected)
    nonces = [row[3][:12] for row in rows(place / "state")]
    assert len(set(nonces)) == len(nonces)
    assert os.stat(place / "state/vault.sqlite").st_mode & 0o777 == 0o600
    everything = b"".join(p.read_bytes() for p in (place / "state").rglob("*") if p.is_file())
    assert b"example.test" not in everything and b"customer-1" not in everything
    # The same again: no row more, no byte of the output other.
    before = (place / "state/vault.sqlite").read_bytes()
    states = {p: p.stat().st_mtime_ns for p in (place / "out").rglob("*.json")}
    scrub(run, place)
    assert (place / "state/vault.sqlite").read_bytes() == before
    assert {p: p.stat().st_mtime_ns for p in states} == states


def test_the_first_original_is_kept_and_reveal_gives_it_back(run, place):
    (place / "in").mkdir()
    (place / "in/users.messages.sms.Send.json").write_text(
        line(1, " Ada@Example.test", "+1 (202) 555-0143") + line(2, "ada@example.test", "0012025550143"))
    scrub(run, place)
    texts = [token("email", b"ada@example.test"), token("phone", b"12025550143"), token("external_user_id", b"c-1")]
    done = run("reveal", *texts, "--policy", place / "policy.yml", "--state", place / "state", "--reason", "DSR-1")
    assert done.stdout.decode().split("\n") == [" Ada@Example.test", "+1 (202) 555-0143", "c-1", ""]
    done = run("reveal", "-", "--policy", place / "policy.yml", "--state", place / "state", "--reason", "DSR-1", "--json",
               stdin="\n".join(texts).encode())
    document = json.loads(done.stdout)
    assert [t["value"] for t in document["tokens"]] == [" Ada@Example.test", "+1 (202) 555-0143", "c-1"]
    assert [t["domain"] for t in document["tokens"]] == ["email", "phone", "external_user_id"]
    log = b"".join(p.read_bytes() for p in (place / "state/evidence").glob("*.ndjson"))
    assert log.count(b'"command":"reveal"') == 2
    assert b"xample" not in log and not TOKEN.search(log)


def test_a_row_that_was_tampered_with_does_not_open(run, place):
    (place / "in").mkdir()
    (place / "in/users.messages.sms.Send.json").write_text("".join(line(n, f"p{n}@example.test") for n in range(3)))
    scrub(run, place)
    texts = [token("email", f"p{n}@example.test".encode()) for n in range(3)]
    database = sqlite3.connect(place / "state/vault.sqlite")
    originals = dict(database.execute("SELECT token, original FROM tokens"))
    changed = bytearray(originals[texts[0]])
    changed[14] ^= 1
    # One byte changed, and a row under the token of another.
    database.execute("UPDATE tokens SET original = ? WHERE token = ?", (bytes(changed), texts[0]))
    database.execute("UPDATE tokens SET original = ? WHERE token = ?", (originals[texts[2]], texts[1]))
    database.commit()
    database.close()
    with pytest.raises(InvalidTag):
        [opened(row) for row in rows(place / "state")]
    done = run("reveal", *texts, "--policy", place / "policy.yml", "--state", place / "state", "--reason", "DSR-2", "--json",
               expect=2)
    assert [t.get("code") for t in json.loads(done.stdout)["tokens"]] == ["token.does-not-open"] * 2 + [None]


@pytest.mark.parametrize("form", ["lines", "document"])
def test_a_stream_has_its_rows_before_its_bytes_leave(place, form):
    """What was read from standard output has its rows already, though the run goes on."""
    binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    process = subprocess.Popen(
        [binary, "--policy", place / "policy.yml", "--state", place / "state", "--event-type", "users.messages.sms.Send", "-q"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    lines = [line(n, f"s{n}@example.test", f"+1 202 {n:08d}", f"s-{n}") for n in range(20_000)]
    text = ("".join(lines) if form == "lines" else "[\n" + ",".join(lines) + "]\n").encode()
    os.set_blocking(process.stdout.fileno(), False)
    os.set_blocking(process.stdin.fileno(), False)
    sent, seen, checks = 0, b"", 0
    while process.poll() is None:
        if sent < len(text):
            try:
                sent += os.write(process.stdin.fileno(), text[sent : sent + (1 << 16)])
            except BlockingIOError:
                pass
        elif not process.stdin.closed:
            process.stdin.close()
        piece = process.stdout.read()
        if piece:
            seen += piece
            found = {t.decode() for t in TOKEN.findall(seen[: seen.rfind(b"\n") + 1])}
            assert found - {r[0] for r in rows(place / "state")} - HASHED == set()
            checks += 1
        else:
            time.sleep(0.002)
    seen += process.stdout.read() or b""
    assert process.returncode == 0 and checks > 3
    found = {r[0] for r in rows(place / "state")}
    assert len(found) == 60_000 and {t.decode() for t in TOKEN.findall(seen)} - HASHED == found


HASHED = hashed(range(20_000))


def test_killed_at_any_time_no_token_is_without_its_row(run, place):
    """Also those under temporary names: they may be renamed by the very next step."""
    binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    files, per_file = 30, 1000
    fill(place / "in", files, per_file)
    plain = hashed(range(files * per_file))
    fresh = kills.Killer(lambda: scrub(run, place, out="whole", state="whole-state"))
    resumed = copy.copy(fresh)
    whole = len(rows(place / "whole-state"))
    rng = random.Random(5)
    for number in range(20):
        if number % 2 == 0:
            subprocess.run(["rm", "-rf", place / "out", place / "state"], check=True)
        process = subprocess.Popen(
            [binary, "--policy", place / "policy.yml", place / "in", "-o", place / "out", "--state", place / "state",
             "--reports", place / "reports", "--quiet"], env=environment, stderr=subprocess.DEVNULL)
        (fresh if number % 2 == 0 else resumed).kill(process, rng.random())
        put = place / "out"
        final = {t for p in put.glob("*.json") for t in (x.decode() for x in TOKEN.findall(p.read_bytes()))} if put.exists() else set()
        known = {r[0] for r in rows(place / "state")} if (place / "state/vault.sqlite").exists() else set()
        assert final - known - plain == set(), number
    assert fresh.killed + resumed.killed >= 5
    scrub(run, place)
    assert tokens_below(place / "out") == tokens_below(place / "whole")
    assert len(rows(place / "state")) == whole == 3 * files * per_file


def test_two_processes_fill_one_vault(run, place):
    binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    # Half of the people are in both archives.
    fill(place / "a", 20, 500)
    fill(place / "b", 20, 500, start=5_000)
    started = [
        subprocess.Popen([binary, "--policy", place / "policy.yml", place / name, "-o", place / f"out-{name}", "--state",
                          place / "state", "--reports", place / f"reports-{name}", "--quiet"], env=environment)
        for name in ("a", "b")]
    assert [p.wait(timeout=120) for p in started] == [0, 0]
    found = {row[0]: opened(row) for row in rows(place / "state")}
    assert len(found) == 3 * 15_000
    assert (tokens_below(place / "out-a") | tokens_below(place / "out-b")) - hashed(range(15_000)) == set(found)


def test_vaults_of_several_workers_are_one_by_union(run, place):
    fill(place / "a", 2, 500)
    fill(place / "b", 2, 500, start=500)
    fill(place / "all", 3, 500)
    for name in ("a", "b", "all"):
        scrub(run, place, source=name, out=f"out-{name}", state=f"state-{name}")
    before = (place / "state-b/vault.sqlite").read_bytes()
    done = run("vault", "merge", place / "state-a/vault.sqlite", place / "state-b/vault.sqlite", "--state", place / "state",
               "--json")
    assert [v["added"] for v in json.loads(done.stdout)["vaults"]] == [3000, 1500]
    assert {r[0]: opened(r) for r in rows(place / "state")} == {r[0]: opened(r) for r in rows(place / "state-all")}
    assert (place / "state-b/vault.sqlite").read_bytes() == before
    status = json.loads(run("vault", "status", "--state", place / "state", "--json").stdout)
    assert status["rows"] == 4500 and {p["domain"]: p["rows"] for p in status["parts"]} == {
        "email": 1500, "phone": 1500, "external_user_id": 1500}
    assert status["keys"] == [f"k1:{reference.check_value()}"]


def test_a_damaged_vault_stops_everything_that_needs_it(run, place):
    fill(place / "in", 2, 500)
    scrub(run, place)
    vault = place / "state/vault.sqlite"
    whole = vault.read_bytes()
    # The head of the second page. What a changed original would be, only its tag tells.
    vault.write_bytes(whole[:4096] + b"\xff" * 16 + whole[4112:])
    place.joinpath("other").mkdir()
    for arguments in (["--policy", place / "policy.yml", place / "in", "-o", place / "out2"], ["vault", "status"],
                      ["vault", "merge", vault, "--state", place / "other"],
                      ["reveal", token("email", b"x@example.test"), "--policy", place / "policy.yml", "--reason", "DSR-1"]):
        if "--state" not in arguments:
            arguments += ["--state", place / "state"]
        done = run(*arguments, expect=3)
        assert b"[vault.damaged]" in done.stderr
    assert not (place / "out2").exists() and not (place / "other/vault.sqlite").exists()


def test_without_room_for_a_vault_nothing_is_written(run, place):
    fill(place / "in", 1, 5)
    (place / "file").write_text("")
    done = scrub(run, place, state="file/state", expect=1)
    assert b"[state.unwritable]" in done.stderr and not (place / "out").exists()
    done = run("--policy", place / "policy.yml", "--state", place / "file/state", "--event-type", "users.messages.sms.Send",
               stdin=line(1, "a@example.test").encode(), expect=1)
    assert done.stdout == b""


def test_a_full_disk_loses_no_row_of_a_file_that_is_there(run, place):
    """A limit on the size of files stops the vault in the middle."""
    fill(place / "in", 8, 2000)
    binary = os.path.abspath(os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub")))
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    done = subprocess.run(
        [binary, "--policy", place / "policy.yml", place / "in", "-o", place / "out", "--state", place / "state", "--reports",
         place / "reports", "--quiet"], env=environment, capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000)))
    assert done.returncode == 1
    assert b"[vault.not-stored]" in done.stderr
    assert tokens_below(place / "out") - hashed(range(16_000)) <= {r[0] for r in rows(place / "state")}
    scrub(run, place)
    assert len(rows(place / "state")) == 3 * 16_000


@pytest.mark.parametrize("arguments", [
    ["--dry-run", "IN"], ["verify", "scrubbed", "OUT"],
    ["policy", "explain", "POLICY", "users.messages.sms.Send", "to_phone_number"], ["policy", "check", "POLICY"],
])
def test_what_writes_nothing_fills_no_vault(run, place, arguments):
    fill(place / "in", 1, 50)
    scrub(run, place, state="made")
    names = {"IN": place / "in", "OUT": place / "out", "POLICY": place / "policy.yml"}
    arguments = [names.get(a, a) for a in arguments]
    if "POLICY" not in arguments and place / "policy.yml" not in arguments:
        arguments += ["--policy", place / "policy.yml"]
    state = place / "untouched"
    # `policy` knows no state folder, so its default is looked at.
    environment = {"XDG_STATE_HOME": str(state)}
    run(*arguments, environment=environment)
    assert not list(state.rglob("vault*"))


# MARK: forgetting


def person(place, *lines):
    (place / "person.txt").write_text("\n".join(lines) + "\n")
    return place / "person.txt"


def test_a_person_is_forgotten_and_nobody_else(run, place):
    fill(place / "in", 1, 1000)
    scrub(run, place)
    file = person(place, "email=person.7@example.test", "phone=+1 202 00000007")
    arguments = ["vault", "forget", "--request", "DSR-7", "--policy", place / "policy.yml", "--subject-file", file, "--state",
                 place / "state"]
    dry = json.loads(run(*arguments, "--dry-run", "--json").stdout)
    assert dry["removed"] == 2 and len(rows(place / "state")) == 3000 and not (place / "state/evidence").exists()
    done = json.loads(run(*arguments, "--json").stdout)
    assert done["removed"] == 2 and done["unsearched"] == 0
    left = {row[0]: opened(row).decode() for row in rows(place / "state")}
    assert len(left) == 2998
    assert token("email", b"person.7@example.test") not in left and token("external_user_id", b"customer-7") in left
    assert run("vault", "forget", "--request", "DSR-7", "--policy", place / "policy.yml", "--subject-file", file, "--state",
               place / "state").returncode == 0
    log = b"".join(p.read_bytes() for p in (place / "state/evidence").glob("*.ndjson"))
    assert b'"request":"DSR-7"' in log and b'"removed":2' in log and b"xample" not in log


def test_what_cannot_be_searched_is_told(run, place):
    fill(place / "in", 1, 10)
    scrub(run, place)
    (place / "other.yml").write_text(POLICY.replace("id: k1", "id: k2").replace("    store", "    domain: customers\n    store").replace(
        "kinds: [email, phone, external_user_id]", "kinds: [email]"))
    run("--policy", place / "other.yml", place / "in", "-o", place / "out2", "--state", place / "state", "--reports",
        place / "reports", "-q")
    file = person(place, "email=person.7@example.test")
    done = json.loads(run("vault", "forget", "--request", "R", "--policy", place / "policy.yml", "--subject-file", file,
                          "--state", place / "state", "--json", expect=2).stdout)
    assert {(p["key"], p["domain"]): (p["removed"], p["search"]) for p in done["parts"]} == {
        ("k1", "email"): (1, "searched"), ("k1", "phone"): (0, "no-identifier"),
        ("k1", "external_user_id"): (0, "no-identifier"), ("k2", "customers"): (0, "other-key")}
    assert done["unsearched"] == 10
    # The other policy knows its domain, and its key.
    done = json.loads(run("vault", "forget", "--request", "R", "--policy", place / "other.yml", "--subject-file", file,
                          "--state", place / "state", "--json", expect=2).stdout)
    assert [p["removed"] for p in done["parts"] if p["key"] == "k2"] == [1]


def test_an_equal_text_of_another_kind_stays(run, place):
    (place / "policy.yml").write_text(POLICY.replace("[email, phone, external_user_id]", "[email, external_user_id, line_id]"))
    (place / "in").mkdir()
    (place / "in/users.messages.line.Send.json").write_text(
        json.dumps({"id": "e", "external_user_id": "12345", "native_user_id": "12345", "line_channel_id": "1",
                    "user_id": "6512f0a4c2b7e81d00000001"}) + "\n")
    scrub(run, place)
    kinds = {row[2] for row in rows(place / "state")}
    assert "external_user_id" in kinds
    run("vault", "forget", "--request", "R", "--policy", place / "policy.yml", "--subject-file",
        person(place, "external_user_id=12345"), "--state", place / "state", "-q")
    assert {row[2] for row in rows(place / "state")} == kinds - {"external_user_id"}


# MARK: the evidence log


def evidence(state):
    return sorted((state / "evidence").glob("*.ndjson"))


def test_the_log_is_what_the_documentation_says(run, place):
    for number in range(3):
        run("reveal", "k1-aaaaaaaaaaaaaaaaaaaaaaaaaa", "--policy", place / "policy.yml", "--state", place / "state", "--reason",
            f"DSR-{number}", expect=1)
    key = reference.hkdf(bytes.fromhex((place / "state/state.key").read_text().strip()), b"state", b"currents-scrub/v1/evidence")
    before, sequence = "0" * 64, 0
    for path in evidence(place / "state"):
        assert path.stat().st_mode & 0o777 == 0o600
        for text in path.read_text().splitlines():
            entry = json.loads(text)
            body = text.removesuffix(f',"hmac":"{entry["hmac"]}"}}') + "}"
            assert hmac.new(key, (before + body).encode(), hashlib.sha256).hexdigest() == entry["hmac"]
            before, sequence = entry["hmac"], sequence + 1
            assert entry["sequence"] == sequence and entry["command"] == "reveal" and entry["result"] == "nothing-revealed"
            assert entry["counts"] == {"asked": 1, "revealed": 0, "vault.missing": 1}
            assert entry["keys"] == [f"k1:{reference.check_value()}"]
            assert entry["actor"]
    done = run("verify", "log", "--state", place / "state", "--json")
    assert json.loads(done.stdout)["head"] == f"{sequence}:{before}" and sequence == 3


def test_a_changed_log_is_found(run, place):
    for number in range(4):
        run("reveal", "k1-aaaaaaaaaaaaaaaaaaaaaaaaaa", "--policy", place / "policy.yml", "--state", place / "state", "--reason",
            f"DSR-{number}", expect=1)
    path = evidence(place / "state")[0]
    whole = path.read_text()
    lines = whole.splitlines(keepends=True)
    head = json.loads(run("verify", "log", "--state", place / "state", "--json").stdout)["head"]
    for changed in (whole.replace("DSR-1", "DSR-9"), "".join(lines[:1] + lines[2:]), "".join(lines[:2] + lines[1:]),
                    "".join([lines[0], lines[2], lines[1], lines[3]]), whole[:-1]):
        path.write_text(changed)
        done = run("verify", "log", "--state", place / "state", expect=3)
        assert b"[evidence." in done.stderr
    path.write_text("".join(lines[:3]))
    run("verify", "log", "--state", place / "state")
    run("verify", "log", "--state", place / "state", "--head", head, expect=3)
    path.write_text(whole)
    run("verify", "log", "--state", place / "state", "--head", head)


def test_nothing_is_revealed_that_is_not_in_the_log(run, place):
    (place / "in").mkdir()
    (place / "in/users.messages.sms.Send.json").write_text(line(1, "ada@example.test"))
    scrub(run, place)
    (place / "state/evidence").write_text("in the way")
    done = run("reveal", token("email", b"ada@example.test"), "--policy", place / "policy.yml", "--state", place / "state",
               "--reason", "DSR-1", expect=1)
    assert done.stdout == b"" and b"[evidence.unwritable]" in done.stderr


def test_a_call_without_the_key_is_in_the_log_too(run, place):
    run("reveal", "k1-aaaaaaaaaaaaaaaaaaaaaaaaaa", "--policy", place / "policy.yml", "--state", place / "state", "--reason", "DSR-1",
        environment={"CURRENTS_SCRUB_KEY": "short"}, expect=3)
    assert b'"result":"key.' in evidence(place / "state")[0].read_bytes()
