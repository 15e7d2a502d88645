"""What a state folder vouches for: who was erased, under which key; and what nights do when a part of it, or of what they keep in
order, is other than it was."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

import pytest
from test_nightly import NOON, Bench


@pytest.fixture
def bench(run, tmp_path):
    return Bench(run, tmp_path)


def shared_ids(folder):
    """Ids of the events of an output."""
    ids = set()
    for path in folder.rglob("*.json"):
        if not any(part.startswith("_") for part in path.relative_to(folder).parts):
            ids |= {json.loads(line)["id"] for line in path.read_text().splitlines()}
    return ids


def erased_and_restored(bench):
    """A person was erased; then the source comes back from its backup."""
    ada, bob = bench.events("ada", 3), bench.events("bob", 4)
    path = bench.write("a.json", ada + bob)
    whole = path.read_bytes()
    bench.request("DSR-1", "ada", "erasure")
    assert bench.night()["requests"][0]["state"] == "done"
    path.write_bytes(whole)
    return {event["id"] for event in bob}


@pytest.mark.parametrize("what", ["gone", "another", "no list", "list of nothing"])
def test_nobody_is_shared_whom_the_state_cannot_know(bench, what):
    """Without the key, or with another, or without the list of erased people, every night is refused, and not only the first."""
    bob = erased_and_restored(bench)
    state = bench.folder / "state"
    key, suppressions = state / "state.key", state / "suppressions.sqlite"
    (bench.folder / "kept").mkdir()
    for path in state.iterdir():
        if path.is_file():
            shutil.copy2(path, bench.folder / "kept" / path.name)
    if what == "gone":
        key.unlink()
    elif what == "another":
        text = key.read_text()
        key.write_text(("1" if text[0] == "0" else "0") + text[1:])
    else:
        for path in state.glob("suppressions.sqlite*"):
            path.unlink()
        if what == "list of nothing":
            suppressions.touch(mode=0o600)
    code = {"gone": "key.state-key-lost", "another": "key.other-state-key"}.get(what, "suppression.missing")
    for _ in range(2):
        done = bench.run("nightly", bench.folder / "nightly.yml", "--json", expect=3)
        told = done.stderr.decode() + json.dumps([problem["code"] for problem in json.loads(done.stdout or '{"problems":[]}')["problems"]])
        assert code in told
        assert shared_ids(bench.output) == bob
    assert code in bench.run("nightly", "check", bench.folder / "nightly.yml", expect=None).stderr.decode() or what.endswith(("list", "nothing"))
    for path in (bench.folder / "kept").iterdir():
        shutil.copy2(path, state / path.name)
    bench.night()
    assert shared_ids(bench.output) == bob


def test_a_request_waits_for_files_that_were_there_when_it_came(bench):
    """They may still be on their way, and hold what links the person's ids; what comes later is none of its business."""
    linked = bench.events("ada", 1)
    others = [dict(event, external_user_id=None) for event in bench.events("ada", 2)]
    for event in others:
        del event["external_user_id"], event["email_address"]
    young, old = bench.write("young.json", linked), bench.write("old.json", others + bench.events("bob", 1))
    settle = {"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": "15m"}
    bench.config(archives=[settle])
    os.utime(old, (NOON, NOON))
    bench.request("DSR-1", "ada", "erasure")
    bench.request("DSR-2", "ada", "access")
    night = bench.night()
    assert {request["blocked"] for request in night["requests"]} == {"request.files-too-young"}
    # Another one comes; the first is old enough by now.
    os.utime(young, (NOON, NOON))
    time.sleep(1.1)
    bench.write("later.json", bench.events("bob", 1))
    night = bench.night()
    assert {request["request"]: request["state"] for request in night["requests"]} == {"DSR-1": "done", "DSR-2": "answered"}
    assert [event for events in bench.all(bench.archive).values() for event in events if event["user_id"] == "braze-ada"] == []


def test_a_file_from_the_future_settles(bench):
    """Clocks go wrong; what was written long ago is looked at, whatever time it claims."""
    path = bench.write("a.json", bench.events("ada", 2))
    os.utime(path, (NOON + 400 * 86_400,) * 2)
    bench.config(archives=[{"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": "1s"}])
    assert bench.night()["archives"][0]["young"] in (0, 1)
    time.sleep(2)
    bench.night()
    assert len(shared_ids(bench.output)) == 2


def test_who_was_erased_by_another_run_is_looked_for_in_what_nights_knew(bench):
    """An erasure by hand in one archive only; the other archive is taken care of by the next night."""
    bench.write("a.json", bench.events("ada", 2) + bench.events("bob", 1))
    bench.night()
    elsewhere = bench.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "users.messages.email.Open.json").write_text("".join(json.dumps(event) + "\n" for event in bench.events("ada", 1)))
    (bench.folder / "who.txt").write_text("external_user_id=customer-ada\n")
    call = ["erase", "--subject-file", bench.folder / "who.txt", elsewhere, "--yes", "--state", bench.folder / "state"]
    bench.run(*call, "--reports", bench.folder / "by-hand", expect=2)
    night = bench.night()
    assert sum(one["events"] for one in night["resurrections"]) == 2
    assert len(shared_ids(bench.output)) == 1
    assert bench.night()["resurrections"] == []


def test_an_output_that_comes_back_goes_again_where_its_source_is_empty(bench):
    """A backup of the whole output, its manifest with it, from before everything in a source went for its age."""
    old = bench.write("a.json", bench.events("ada", 2, at=NOON - 900 * 86_400))
    bench.write("b.json", bench.events("bob", 1))
    bench.night()
    shutil.copytree(bench.output, bench.folder / "backup")
    bench.config(retention={"enabled": True, "max_share_per_night": 1, "rules": [{"events": ["*"], "age": "1 year", "mode": "delete"}]})
    bench.night()
    assert (old.stat().st_size, len(shared_ids(bench.output))) == (0, 1)
    shutil.rmtree(bench.output)
    shutil.copytree(bench.folder / "backup", bench.output)
    assert len(shared_ids(bench.output)) == 3
    bench.night()
    assert len(shared_ids(bench.output)) == 1


def test_what_a_changed_policy_does_not_reach_is_told(bench):
    """An output whose source is gone stays as the policy was, in every night, until somebody removes it."""
    gone = bench.write("a.json", bench.events("ada", 1))
    bench.write("b.json", bench.events("bob", 1))
    bench.night()
    gone.unlink()
    assert bench.night()["problems"] == []
    policy = bench.folder / "policy.yml"
    policy.write_text(policy.read_text().replace("audience: agency", "audience: rival"))
    for _ in range(2):
        assert [(one["code"], one["path"].rsplit("/")[-1]) for one in bench.night(expect=2)["problems"]] == [("output.other-policy", "a.json")]
    next(bench.output.rglob("a.json")).unlink()
    bench.night()


def test_a_request_whose_last_line_has_no_end_is_not_carried_out(bench):
    """The id at its end may be the beginning of another person's."""
    bench.write("a.json", bench.events("ada", 1) + bench.events("adam", 1))
    bench.request("DSR-1", "adam", "erasure")
    path = bench.folder / "inbox/DSR-1.yml"
    whole = path.read_text()
    head, subjects = whole.split("subjects:")
    subject, rest = subjects.split("adam\n")
    path.write_text(head + rest + "subjects:" + subject + "ada")
    night = bench.night(expect=2)
    assert [problem["code"] for problem in night["problems"]] == ["requests.unfinished"]
    assert len(shared_ids(bench.output)) == 2
    path.write_text(whole)
    bench.night()
    assert [event["user_id"] for event in sum(bench.all(bench.archive).values(), [])] == ["braze-ada"]


def erase(run, folder, *more, expect=0):
    (folder / "who.txt").write_text("external_user_id=customer-ada\n")
    done = run("erase", "--subject-file", folder / "who.txt", folder / "archive", "--state", folder / "state", "--reports", folder / "reports",
               "--json", *more, expect=expect)
    return json.loads(done.stdout) if done.stdout else done


@pytest.mark.parametrize("key", ["missing", "exposed", "of another kind", "of the state folder"])
@pytest.mark.parametrize("step", ["--yes", "--plan", "look"])
def test_nothing_is_erased_that_cannot_be_signed_for(bench, key, step):
    """A signing key is read before anything changes; a night finds out likewise, and so does its check."""
    source = bench.write("a.json", bench.events("ada", 1) + bench.events("bob", 1))
    before, state = source.read_bytes(), bench.folder / "state"
    path = bench.folder / "signing.pem"
    if key == "of the state folder":
        state.mkdir(mode=0o700)
        path = state / "signing.pem"
    if key != "missing":
        subprocess.run(["openssl", "genpkey", "-algorithm", "rsa" if key == "of another kind" else "ed25519", "-out", path],
                       check=True, capture_output=True)
        path.chmod(0o600 if key == "of another kind" else 0o644)
    option = [] if key == "of the state folder" else ["--signing-key", path]
    steps = {"--yes": ["--yes"], "--plan": ["--plan", bench.folder / "plan.json"], "look": []}[step]
    done = erase(bench.run, bench.folder, *steps, *option, expect=3)
    assert str(path) in done.stderr.decode() and source.read_bytes() == before
    assert not (state / "journals").exists() or not list((state / "journals").iterdir())
    if step == "--yes" and key == "missing":
        bench.config(signing_key="signing.pem")
        assert any("key.unreadable" in problem["code"] for problem in json.loads(
            bench.run("nightly", "check", bench.folder / "nightly.yml", "--json", expect=3).stdout)["problems"])
        bench.request("DSR-1", "ada", "erasure")
        bench.night(expect=3)
        assert source.read_bytes() == before


def test_a_receipt_names_nobody_whom_the_search_found(bench):
    """An address in the grounds, by which the request does not name the person: the erasure is refused before anything changes."""
    source = bench.write("a.json", bench.events("ada", 1))
    before = source.read_bytes()
    for more in ["--ground", "ada@example.test asked"], ["--ground", "the desk called Ada@Example.TEST"]:
        done = erase(bench.run, bench.folder, "--yes", *more, expect=3)
        assert "requests.names-person" in done.stderr.decode() and source.read_bytes() == before
    assert erase(bench.run, bench.folder, "--yes", "--ground", "bob@example.test asked for her")["requests"][0]["state"] == "COMPLETE"


TOKENS = """\
policy: share
version: 1
audience: {audience}
key: {{ file: key.bin, id: k1 }}
rules:
  - {{ fields: [id], action: keep, because: "the test tells events by it" }}
  - {{ kinds: [external_user_id], action: tokenise, store: vault, domain: {domain} }}
  - {{ kinds: [braze_id], action: tokenise, store: vault, domain: {domain}_braze }}
"""


@pytest.mark.parametrize("after", [("rival", "crm"), ("agency", "shop"), ("rival", "shop")])
def test_originals_leave_the_vault_whatever_policy_put_them_there(bench, after):
    """Audience and domain of a policy change; what was tokenised before goes with the person, too."""
    bench.write("a.json", bench.events("ada", 1) + bench.events("bob", 1))
    policy = bench.folder / "policy.yml"
    policy.write_text(TOKENS.format(audience="agency", domain="crm"))
    bench.night()
    policy.write_text(TOKENS.format(audience=after[0], domain=after[1]))
    bench.night()
    vault = bench.folder / "state/vault.sqlite"

    def rows():
        with sqlite3.connect(vault) as db:
            return db.execute("SELECT COUNT(*) FROM tokens").fetchone()[0]

    assert rows() == 8
    bench.request("DSR-1", "ada", "erasure")
    bench.night()
    assert rows() == 4


def test_originals_of_who_comes_back_leave_the_vault_again(bench):
    """The source came back from its backup, and somebody scrubbed it by hand before the night."""
    path = bench.write("a.json", bench.events("ada", 1) + bench.events("bob", 1))
    policy = bench.folder / "policy.yml"
    policy.write_text(TOKENS.format(audience="agency", domain="crm"))
    whole = path.read_bytes()
    bench.request("DSR-1", "ada", "erasure")
    bench.night()

    def rows():
        with sqlite3.connect(bench.folder / "state/vault.sqlite") as db:
            return db.execute("SELECT COUNT(*) FROM tokens").fetchone()[0]

    assert rows() == 2
    path.write_bytes(whole)
    bench.run("--policy", policy, bench.archive, "-o", bench.folder / "by-hand", "--state", bench.folder / "state", "--reports",
              bench.folder / "reports", cwd=bench.folder)
    assert rows() == 4
    assert sum(one["events"] for one in bench.night()["resurrections"]) == 1
    assert rows() == 2


def test_an_erasure_says_when_it_has_no_key_for_the_vault(bench):
    """Rows under a key that is not at hand may be the person's."""
    bench.write("a.json", bench.events("ada", 1) + bench.events("bob", 1))
    (bench.folder / "policy.yml").write_text(TOKENS.format(audience="agency", domain="crm"))
    bench.night()
    (bench.folder / "other.bin").write_text("5a" * 16 + "c3" * 16 + "\n")
    (bench.folder / "other.bin").chmod(0o600)
    other = bench.folder / "other.yml"
    other.write_text(TOKENS.format(audience="agency", domain="crm").replace("file: key.bin, id: k1", f"file: {bench.folder}/other.bin, id: k2"))
    answer = erase(bench.run, bench.folder, "--yes", "--made-with", other, expect=2)["requests"][0]
    receipt = json.loads(pathlib.Path(answer["receipt"]).read_text())
    assert (receipt["state"], "vault.no-key" in [gap["code"] for gap in receipt["gaps"]]) == ("INCOMPLETE", True)


@pytest.mark.parametrize("name, old, new", [("vault.sqlite", b"key_id", b"kez_id"), ("ledger.sqlite", b"approved", b"approveD"),
                                           ("suppressions.sqlite", b"fingerprint", b"fingerprinT")])
def test_a_column_of_another_name_is_damage(bench, name, old, new):
    """A flipped bit in what SQLite says of a table is told, and nothing of a row is printed."""
    bench.write("a.json", bench.events("ada", 1))
    (bench.folder / "policy.yml").write_text(TOKENS.format(audience="agency", domain="crm"))
    bench.request("DSR-1", "bob", "erasure")
    bench.night()
    path = bench.folder / "state" / name
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    text = path.read_bytes()
    assert old in text
    path.write_bytes(text.replace(old, new))
    token = next(iter(bench.all(bench.output).values()))[0]["external_user_id"]
    command = ["reveal", token, "--policy", bench.folder / "policy.yml", "--reason", "a test", "--state", bench.folder / "state"]
    done = bench.run(*(command if name.startswith("vault") else ["nightly", bench.folder / "nightly.yml"]), cwd=bench.folder, expect=None)
    assert done.returncode == 3 and b"damaged" in done.stderr + done.stdout and b"Fatal" not in done.stderr
