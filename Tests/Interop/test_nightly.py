"""Nights: what a cron does with archives that grow, change and come back, checked by a second reader after each night."""

import datetime
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import fastavro
import pytest
import reference

TODAY = datetime.datetime.now(datetime.timezone.utc).date()
NOON = int(datetime.datetime.now(datetime.timezone.utc).timestamp()) - 86_400
TYPE = "users.messages.email.Open"
TEXT = ["null", "string"]

POLICY = """\
policy: share
version: 1
audience: agency
key: { file: key.bin, id: k1 }
rules:
  - { fields: [id], action: keep, because: "the test tells events by it" }
  - kinds: [external_user_id, braze_id]
    action: hash
"""


class Bench:
    """A folder with a configuration, an archive of one workspace, and people who leave events in it."""

    def __init__(self, run, folder):
        self.run, self.folder = run, folder
        self.archive, self.output = folder / "archive", folder / "shared"
        self.archive.mkdir(parents=True)
        (folder / "inbox").mkdir()
        (folder / "key.bin").write_text(reference.KEY.hex() + "\n")
        (folder / "key.bin").chmod(0o600)
        (folder / "policy.yml").write_text(POLICY)
        self.config()
        self.number = 0
        self.erased = {}

    def config(self, **more):
        text = {
            "version": 1, "state": "state", "reports": "reports", "requests": "inbox", "metrics": "nightly.prom",
            "archives": [{"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": 0}],
        }
        text.update(more)
        (self.folder / "nightly.yml").write_text(json.dumps(text))

    def night(self, expect=0):
        done = self.run("nightly", self.folder / "nightly.yml", "--json", expect=expect)
        return json.loads(done.stdout)

    def events(self, person, count, at=NOON, **more):
        events = []
        for _ in range(count):
            self.number += 1
            events.append({
                "id": f"e{self.number}", "user_id": f"braze-{person}", "external_user_id": f"customer-{person}",
                "email_address": f"{person}@example.test", "app_group_id": "w1", "time": at + self.number % 60, **more})
        return events

    def write(self, name, events, day=None, marked=()):
        """A file of events: Avro in a partition, or lines."""
        folder = self.archive / f"dataexport.prod-01.S3.integration.0123456789abcdef01234567/event_type={TYPE}"
        folder /= f"date={day or TODAY.isoformat()}-02/version=6/us-01"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        if name.endswith(".json"):
            path.write_text("".join(json.dumps(event) + "\n" for event in events))
            return path
        names = sorted({key for event in events for key in event})
        schema = fastavro.parse_schema({
            "type": "record", "name": f"dataexport.S3.inner.{TYPE}",
            "fields": [{"name": key, "type": "long" if key == "time" else TEXT} | ({"doc": "[PII] told here"} if key in marked else {})
                       for key in names]})
        with open(path, "wb") as file:
            fastavro.writer(file, schema, [{key: event.get(key) for key in names} for event in events], sync_interval=500)
        return path

    def request(self, identifier, person, kind, verified=True, approved=True, received=None):
        text = f"request: {identifier}\nkind: {kind}\nreceived: {received or TODAY}\nsubjects:\n  - external_user_id: customer-{person}\n"
        if verified:
            text += f"verified: {{ by: desk, on: {TODAY}, method: login }}\n"
        if kind == "erasure" and approved:
            text += f"approved: {{ by: dpo, on: {TODAY} }}\n"
        (self.folder / "inbox" / f"{identifier}.yml").write_text(text)

    # what is true, told by a second reader

    @staticmethod
    def read(path):
        if path.suffix == ".json":
            return [json.loads(line) for line in path.read_text().splitlines()]
        with open(path, "rb") as file:
            return list(fastavro.reader(file))

    def all(self, folder):
        files = {}
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if path.is_file() and not any(part.startswith(("_", ".")) for part in parts):
                files[str(path.relative_to(folder))] = self.read(path)
        return files

    def erase(self, person, ids=True):
        """From now on nothing of the person may be anywhere, but for what they leave when they come back."""
        self.erased[person] = True

    def check(self, output=None, held=()):
        """Every source with events has an output, with the same events in the same order, hashed; nobody who was erased is in either."""
        sources, outputs = self.all(self.archive), self.all(output or self.output)
        assert {name for name in sources if sources[name]} - set(held) == {name for name in outputs if outputs[name]}
        for name, shared in outputs.items():
            if name in held:
                continue
            assert [event["id"] for event in shared] == [event["id"] for event in sources[name]], name
            for event, source in zip(shared, sources[name]):
                wanted = reference.pseudonym("braze_id", source["user_id"], audience="agency")
                assert event["user_id"] == wanted, name
                assert "@" not in (event.get("email_address") or ""), name
        for name, events in [*sources.items(), *outputs.items()]:
            for event in events:
                for person in self.erased:
                    assert event["user_id"] != f"braze-{person}", name
                    assert event["user_id"] != reference.pseudonym("braze_id", f"braze-{person}", audience="agency"), name
        return sources, outputs


@pytest.fixture
def bench(run, tmp_path):
    return Bench(run, tmp_path)


@pytest.mark.parametrize("place", ["archive", "shared"])
@pytest.mark.parametrize("name", ["state", "reports", "quarantine", "metrics", "packages"])
def test_nothing_of_the_programs_own_lies_in_an_archive_or_an_output(bench, name, place):
    file = bench.write("a.avro", bench.events("ann", 2))
    before = file.read_bytes()
    told = f"{place}/{'a.avro' if name == 'metrics' else 'own'}"
    bench.config(**({"requests": {"inbox": "inbox", "packages": told}} if name == "packages" else {name: told}))
    for command in (["nightly", "check"], ["nightly"]):
        said = bench.run(*command, bench.folder / "nightly.yml", expect=3).stderr.decode()
        assert f"error E007: `{name}` lies in its input or its output" in said
    assert [path for path in bench.archive.rglob("*") if path.is_file()] == [file] and file.read_bytes() == before
    assert not (bench.folder / "shared").exists()


def test_a_page_of_history_does_not_lie_in_an_archive(bench):
    file = bench.write("a.avro", bench.events("ann", 2))
    bench.night()
    before = file.read_bytes()
    said = bench.run("nightly", "history", bench.folder / "nightly.yml", "--html", file, expect=64).stderr.decode()
    assert "--html" in said and file.read_bytes() == before


def stamps(folder):
    return {str(p): (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file() and p.name not in ("lock", ".currents-scrub.lock")}


def test_nothing_new_writes_no_file(bench):
    for number in range(5):
        bench.write(f"f{number}.avro", bench.events("ann", 40) + bench.events("bob", 40))
    first = bench.night()
    archive = first["archives"][0]
    assert (archive["files"], archive["new"], archive["written"], archive["events"], archive["shared"]) == (5, 5, 5, 400, 400)
    bench.check()
    before = stamps(bench.archive) | stamps(bench.output)
    second = bench.night()
    assert (second["archives"][0]["new"], second["archives"][0]["written"], second["exit"]) == (0, 0, 0)
    assert stamps(bench.archive) | stamps(bench.output) == before
    assert bench.run("verify", "log", "--state", bench.folder / "state").returncode == 0


def test_a_week(bench):
    """Seven nights, each with something that happens to archives; after each the truth is told by a second reader."""
    # Night 1: what has been there all the time.
    for number, day in enumerate(["2026-01-05", "2026-01-06", "2026-01-07"]):
        bench.write(f"f{number}.avro", bench.events("ann", 30) + bench.events("bob", 20) + bench.events("cid", 10), day)
    bench.write("lines.json", bench.events("ann", 5) + bench.events("dot", 5), "2026-01-07")
    backup = bench.folder / "backup"
    shutil.copytree(bench.archive, backup)
    told = bench.night()
    assert told["archives"][0]["written"] == 4
    bench.check()

    # Night 2: new files, a late one; access asked for, once without a check of identity.
    bench.write("f9.avro", bench.events("eve", 30), "2026-01-08")
    bench.write("late.avro", bench.events("bob", 7), "2026-01-02")
    bench.request("access-bob", "bob", "access")
    bench.request("access-ann", "ann", "access", verified=False)
    told = bench.night()
    assert (told["archives"][0]["new"], told["archives"][0]["late"]) == (2, 1)
    states = {request["request"]: request for request in told["requests"]}
    assert states["access-bob"]["state"] == "answered" and states["access-bob"]["events"] == 67
    assert states["access-ann"]["blocked"] == "request.not-verified" and states["access-ann"]["state"] == "open"
    package = pathlib.Path(states["access-bob"]["path"])
    lines = (package / "events.ndjson").read_text().splitlines()
    assert len(lines) == 67 and "customer-ann" not in "".join(lines)
    bench.check()

    # Night 3: an erasure that was approved, and one that was not, of which a plan is written.
    bench.request("erase-ann", "ann", "erasure")
    bench.request("erase-cid", "cid", "erasure", approved=False)
    told = bench.night()
    states = {request["request"]: request for request in told["requests"]}
    assert states["erase-ann"]["state"] == "done" and states["erase-ann"]["events"] == 2 * 95
    assert states["erase-cid"]["blocked"] == "request.not-approved" and states["erase-cid"]["state"] == "planned"
    plan = json.loads(pathlib.Path(states["erase-cid"]["path"]).read_text())
    assert sum(file["counts"]["deleted"] for file in plan["files"]) == 2 * 30
    bench.erase("ann")
    bench.check()
    assert bench.night()["archives"][0]["written"] == 0

    # Night 4: a restored backup brings ann back, and ann signs up again.
    name = sorted(path.relative_to(backup) for path in backup.rglob("f1.avro"))[0]
    shutil.copy(backup / name, bench.archive / name)
    again = bench.events("ann", 3, at=NOON + 2 * 86_400, user_id="braze-ann-again")
    bench.write("again.avro", again, "2026-01-09")
    told = bench.night()
    assert [(one["request"], one["events"]) for one in told["resurrections"]] == [("erase-ann", 30)]
    sources, _ = bench.check()
    assert [event["id"] for event in next(v for k, v in sources.items() if k.endswith("again.avro"))] == [e["id"] for e in again]

    # Night 5: a schema with a field that nobody knows yet, and marks it.
    bench.write("drift.avro", bench.events("eve", 5, shoe_size="forty-two"), "2026-01-10", marked=["shoe_size"])
    told = bench.night()
    drift = told["archives"][0]["drift"]
    assert "shoe_size" in " ".join(drift["new_marks"] + drift["unknown_fields"])
    _, outputs = bench.check()
    assert "forty-two" not in json.dumps(outputs)

    # Night 6: the policy changes, and the night is killed on its way, several times.
    policy = POLICY.replace("rules:\n", "rules:\n  - fields: [app_group_id]\n    action: redact\n")
    (bench.folder / "policy.yml").write_text(policy)
    env = {"PATH": os.environ["PATH"], "HOME": str(bench.folder)}
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    for delay in (0.01, 0.03, 0.06, 0.1):
        process = subprocess.Popen([binary, "nightly", str(bench.folder / "nightly.yml")], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    bench.night()
    _, outputs = bench.check()
    assert all(not event.get("app_group_id") for events in outputs.values() for event in events)
    assert bench.night()["archives"][0]["redone"] == 0

    # Night 7: Braze tells of somebody who was deleted; first it is told, then done.
    gone = {"id": "d1", "user_id": "braze-dot", "external_user_id": "customer-dot", "app_group_id": "w1", "time": NOON}
    path = bench.archive / "users.UserDeleteRequest.json"
    path.write_text(json.dumps(gone) + "\n")
    told = bench.night()
    assert (told["harvest"]["mode"], told["harvest"]["people"], told["harvest"]["erased"]) == ("report", 1, 0)
    bench.config(harvest={"mode": "erase", "max_people": 5})
    told = bench.night()
    assert (told["harvest"]["people"], told["harvest"]["erased"], told["harvest"]["events"]) == (1, 1, 12)
    bench.erase("dot")
    bench.check()
    assert bench.night()["harvest"]["people"] == 0
    assert bench.run("verify", "log", "--state", bench.folder / "state").returncode == 0
    bench_history = json.loads(bench.run("nightly", "history", bench.folder / "nightly.yml", "--json").stdout)
    assert len(bench_history["nights"]) >= 10
    # Nobody is named in what is kept or mailed.
    for folder in ("state", "reports"):
        for file in (bench.folder / folder).rglob("*"):
            if file.is_file() and "recipients" not in str(file) and file.suffix in (".json", ".html", ".ndjson", ".sqlite", ".txt") and "downstream" not in str(file):
                data = file.read_bytes()
                for person in ("ann", "bob", "cid", "dot"):
                    if b"customer-" + person.encode() in data:
                        assert (file.stat().st_mode & 0o077) == 0 and file.name in DOWNSTREAM, file


DOWNSTREAM = {"braze-users-delete.json", "amplitude.json", "mixpanel.json", "segment.json", "mparticle.json"}


def test_two_at_once(bench):
    bench.write("f.avro", bench.events("ann", 5))
    bench.night()
    import fcntl
    with open(bench.folder / "state/nightly.lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        start = time.monotonic()
        done = bench.run("nightly", bench.folder / "nightly.yml", expect=4)
        assert time.monotonic() - start < 5 and b"nightly.locked" in done.stderr
    bench.night()


def test_a_failing_archive_hides_no_other(bench):
    """Next to one that is well: one that is not there, one whose policy is refused, one with a broken file."""
    bench.write("f.avro", bench.events("ann", 5))
    for name in ("refused", "broken"):
        shutil.copytree(bench.archive, bench.folder / name)
    broken = next((bench.folder / "broken").rglob("*.avro"))
    broken.write_bytes(broken.read_bytes()[:-40])
    (broken.parent / "g.avro").write_bytes(next(bench.archive.rglob("*.avro")).read_bytes())
    (bench.folder / "leaky.yml").write_text(POLICY + "  - { fields: [email_address], action: keep }\n")
    archive = {"policy": "policy.yml", "settle": 0}
    bench.config(archives=[
        {"name": "away", "input": "nowhere", "output": "out-away", **archive},
        {"name": "refused", "input": "refused", "output": "out-refused", **archive, "policy": "leaky.yml"},
        {"name": "broken", "input": "broken", "output": "out-broken", **archive},
        {"name": "one", "input": "archive", "output": "shared", **archive}])
    told = bench.night(expect=1)
    archives = {one["name"]: one for one in told["archives"]}
    assert (archives["away"]["exit"], archives["away"]["code"]) == (1, "input.empty")
    assert (archives["refused"]["exit"], archives["refused"]["code"]) == (3, "policy.refused")
    assert archives["broken"]["exit"] == 2 and archives["broken"]["written"] >= 1
    assert (archives["one"]["exit"], archives["one"]["written"]) == (0, 1)
    assert any(problem["path"].startswith(str(bench.folder / "leaky.yml")) and problem["code"] == "E101" for problem in told["problems"])
    assert not (bench.folder / "out-refused").exists()
    bench.check()
    # What is known to be broken is told once.
    told = bench.night(expect=1)
    assert {one["name"]: one["exit"] for one in told["archives"]}["broken"] == 0
    # Nobody is told that an erasure is complete while an archive is away.
    bench.request("erase-ann", "ann", "erasure")
    told = bench.night(expect=1)
    assert told["requests"][0]["blocked"] == "request.archive-away" and told["requests"][0]["state"] == "open"


def test_an_archive_that_is_not_mounted_forgets_nothing(bench):
    bench.write("f.avro", bench.events("ann", 5))
    bench.night()
    bench.archive.rename(bench.folder / "unmounted")
    bench.archive.mkdir()
    told = bench.night(expect=1)
    assert told["archives"][0]["code"] == "input.empty"
    bench.archive.rmdir()
    (bench.folder / "unmounted").rename(bench.archive)
    assert bench.night()["archives"][0]["new"] == 0
    bench.check()


def test_files_that_change_are_left_to_the_next_night(bench):
    bench.config(archives=[{"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": "15m"}])
    path = bench.write("f.avro", bench.events("ann", 5))
    told = bench.night()
    assert (told["archives"][0]["young"], told["archives"][0]["written"]) == (1, 0)
    os.utime(path, (time.time() - 3600, time.time() - 3600))
    told = bench.night()
    assert (told["archives"][0]["young"], told["archives"][0]["written"]) == (0, 1)
    bench.check()


def test_a_file_that_is_written_again_is_shared_again(bench):
    path = bench.write("f.avro", bench.events("ann", 5))
    bench.night()
    bench.write(path.name, bench.events("bob", 9))
    assert bench.night()["archives"][0]["changed"] == 1
    bench.check()
    path.unlink()
    bench.write("g.avro", bench.events("bob", 9))
    told = bench.night()
    assert (told["archives"][0]["vanished"], told["archives"][0]["written"]) == (1, 1)


def test_an_output_that_is_gone_is_made_again(bench):
    bench.write("f.avro", bench.events("ann", 5))
    bench.write("g.avro", bench.events("bob", 5))
    bench.night()
    next(bench.output.rglob("f.avro")).unlink()
    told = bench.night()["archives"][0]
    assert (told["redone"], told["written"]) == (1, 1)
    shutil.rmtree(bench.output)
    told = bench.night()["archives"][0]
    assert (told["redone"], told["written"]) == (2, 2)
    bench.check()


def restore(bench, backup, whole):
    """As somebody does who found something missing."""
    if whole:
        shutil.rmtree(bench.output)
        shutil.copytree(backup, bench.output)
        return
    for path in backup.rglob("f.*"):
        shutil.copy2(path, bench.output / path.relative_to(backup))


@pytest.mark.parametrize("whole", [False, True])
def test_an_output_that_a_backup_took_the_place_of_is_made_again(bench, whole):
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    bench.write("f.json", bench.events("ann", 5) + bench.events("bob", 5))
    bench.write("g.avro", bench.events("bob", 5))
    bench.night()
    backup = bench.folder / "backup"
    shutil.copytree(bench.output, backup)
    bench.request("erase-ann", "ann", "erasure")
    bench.night()
    bench.erase("ann")
    bench.check()
    restore(bench, backup, whole)
    told = bench.night()["archives"][0]
    assert (told["redone"], told["written"]) == ((3, 3) if whole else (2, 2))
    bench.check()
    before = stamps(bench.output)
    for path in bench.output.rglob("f.*"):
        path.chmod(0o640)
    assert bench.night()["archives"][0]["redone"] == 0 and stamps(bench.output) == before
    (bench.output / next(bench.output.rglob("g.avro"))).write_bytes(b"somebody else's")
    assert bench.night()["archives"][0]["redone"] == 1
    bench.check()


@pytest.mark.parametrize("whole", [False, True])
def test_an_output_without_a_source_that_a_backup_took_the_place_of_is_searched(bench, whole):
    path = bench.write("f.json", bench.events("ann", 5) + bench.events("bob", 5))
    more = bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    bench.write("g.avro", bench.events("bob", 5))
    bench.night()
    backup = bench.folder / "backup"
    shutil.copytree(bench.output, backup)
    for gone in (path, more):
        gone.unlink()
    bench.night()
    bench.request("erase-ann", "ann", "erasure")
    bench.night()
    shared = [next(bench.output.rglob(name)) for name in ("f.json", "f.avro")]
    assert [len(bench.read(one)) for one in shared] == [5, 5]
    before = stamps(bench.output)
    assert bench.night()["resurrections"] == [] and stamps(bench.output) == before
    restore(bench, backup, whole)
    assert [len(bench.read(one)) for one in shared] == [10, 10]
    assert [one["events"] for one in bench.night()["resurrections"]] == [10]
    assert [len(bench.read(one)) for one in shared] == [5, 5]
    before = stamps(bench.output)
    assert bench.night()["resurrections"] == [] and stamps(bench.output) == before


def test_a_changed_output_without_a_source_is_told_until_it_is_mended(bench):
    """Nobody can make it anew, and what is in it may be anybody's."""
    path = bench.write("f.json", bench.events("ann", 5))
    bench.write("g.json", bench.events("bob", 5))
    bench.night()
    path.unlink()
    bench.night()
    shared = next(bench.output.rglob("f.json"))
    made = shared.read_bytes()

    def codes(expect):
        return [(problem["path"].split("/")[-1], problem["code"]) for problem in bench.night(expect=expect)["problems"]]
    # Of the same size, and of another one, with and without anything new.
    for changed in made.replace(b"e1", b"e9", 1), made + json.dumps({"id": "raw", "email_address": "ann@example.test", "time": NOON}).encode() + b"\n":
        shared.write_bytes(changed)
        for new in (False, False, True):
            if new:
                bench.write(f"h{len(changed)}.json", bench.events("bob", 2))
            assert codes(2) == [("f.json", "output.changed")]
    done = bench.run("scrub", "--policy", "policy.yml", "archive", "-o", "shared", "--state", "state", cwd=bench.folder, expect=2)
    assert b"output.changed" in done.stderr and done.stderr.count(b"f.json") == 1
    shared.write_bytes(made)
    assert codes(0) == []
    (bench.output / "foreign.json").write_text("{}\n")
    assert codes(2) == codes(2) == [("foreign.json", "output.not-ours")]
    (bench.output / "foreign.json").unlink()
    shared.unlink()
    assert codes(0) == []


def test_a_single_file_is_no_archive_of_a_night(bench):
    """It would be looked for below itself, so that nobody would be found in it."""
    path = bench.write("f.json", bench.events("ann", 5))
    bench.config(archives=[{"name": "one", "input": str(path), "policy": "policy.yml", "output": "shared", "settle": 0}])
    bench.request("erase-ann", "ann", "erasure")
    told = bench.night(expect=3)
    assert told["archives"][0]["code"] == "input.no-folder" and [one["state"] for one in told["requests"]] == ["open"]
    assert len(bench.read(path)) == 5


def test_who_is_erased_is_erased_from_what_was_withheld(bench):
    bench.config(quarantine="quarantine")
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    odd = bench.write("odd.avro", bench.events("ann", 2) + bench.events("bob", 3))
    place = bench.archive / "dataexport.prod-01.S3.integration.0123456789abcdef01234567/event_type=users.messages.pigeon.Open"
    place.mkdir(parents=True)
    with open(odd, "rb") as file:
        events = list(fastavro.reader(file))
    odd.unlink()
    schema = {"type": "record", "name": "dataexport.S3.inner.users.messages.pigeon.Open",
              "fields": [{"name": key, "type": "long" if key == "time" else TEXT} for key in sorted(events[0])]}
    with open(place / "odd.avro", "wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), events)
    bench.night(expect=2)
    kept = [path for path in (bench.folder / "quarantine").rglob("*") if path.is_file()]
    assert kept and any(b"braze-ann" in path.read_bytes() for path in kept)
    bench.request("erase-ann", "ann", "erasure")
    told = bench.night(expect=2)
    assert told["requests"][0]["events"] == 5 + 5 + 2 + 2
    for folder in ("archive", "shared", "quarantine"):
        for path in (bench.folder / folder).rglob("*"):
            assert not path.is_file() or b"braze-ann" not in path.read_bytes(), path
    assert sum(b"braze-bob" in path.read_bytes() for path in (bench.folder / "quarantine").rglob("*") if path.is_file()) == 1


def test_an_output_goes_when_its_source_is_emptied(bench):
    """As by an erasure by hand, in the archive alone."""
    path = bench.write("f.json", bench.events("ann", 5))
    bench.write("g.avro", bench.events("bob", 5))
    bench.night()
    bench.run("erase", "--subject", "braze_id=braze-ann", "--yes", "--reports", "reports", "--state", "state", "archive", cwd=bench.folder, expect=2)
    assert path.stat().st_size == 0
    bench.night()
    assert not list(bench.output.rglob("f.json"))
    bench.erase("ann")
    bench.check()
    before = stamps(bench.output)
    bench.night()
    assert stamps(bench.output) == before


def test_what_cannot_be_looked_at_leaves_an_erasure_incomplete(bench):
    """Nobody knows what a link leads to: no receipt says that everything was looked at, nor does a package."""
    path = bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    (path.parent / "link.avro").symlink_to(path)
    bench.request("erase-ann", "ann", "erasure")
    bench.request("access-bob", "bob", "access")
    told = bench.night(expect=2)
    assert {one["request"]: one["state"] for one in told["requests"]} == {"erase-ann": "incomplete", "access-bob": "incomplete"}
    receipt = json.loads(next((bench.folder / "reports").rglob("receipt.json")).read_text())
    assert (receipt["state"], receipt["events"]["total"]["deleted"]) == ("INCOMPLETE", 5)
    (path.parent / "link.avro").unlink()
    told = bench.night()
    assert {one["request"]: one["state"] for one in told["requests"]}["erase-ann"] == "done"
    bench.erase("ann")
    bench.check()


def test_names_that_begin_with_a_mark(bench):
    """With the slash in front of it, it is one letter: the file is erased from, comes back, goes again, and becomes too old."""
    path = bench.archive / "\u0301f.json"
    old = bench.events("bob", 3, at=NOON - 800 * 86_400, event_type=TYPE)
    text = "".join(json.dumps(event) + "\n" for event in bench.events("ann", 4, event_type=TYPE) + bench.events("bob", 90, event_type=TYPE) + old)
    path.write_text(text)
    bench.request("erase-ann", "ann", "erasure")
    assert [one["state"] for one in bench.night()["requests"]] == ["done"]
    path.write_text(text)
    assert [one["events"] for one in bench.night()["resurrections"]] == [4]
    bench.erase("ann")
    bench.check()
    bench.config(retention={"enabled": True, "rules": [{"events": "users.messages.*", "age": "400 days"}], "max_share_per_night": "20%"})
    assert bench.night()["retention"]["rules"][0]["gone"] == 3
    sources, _ = bench.check()
    assert [len(events) for events in sources.values()] == [90]
    assert bench.night()["retention"]["files"] == 0


@pytest.mark.parametrize("acknowledged", [False, True])
def test_evidence_of_consent_that_goes_is_told(bench, acknowledged):
    if acknowledged:
        (bench.folder / "policy.yml").write_text(POLICY + "acknowledge: [{ id: W301, on: '*', because: proofs are kept elsewhere }]\n")
    kind = "users.behaviors.subscription.GlobalStateChange"
    (bench.archive / "states.json").write_text("".join(
        json.dumps({**event, "event_type": kind, "subscription_status": "unsubscribed"}) + "\n"
        for event in bench.events("ann", 2) + bench.events("ben", 1)))
    bench.request("go", "ann", "erasure")
    told = bench.run("nightly", bench.folder / "nightly.yml").stdout.decode()
    [page] = bench.folder.glob("reports/*/nightly.html")
    summary = json.loads((page.parent / "nightly.json").read_text())
    assert summary.get("consent_events") == (None if acknowledged else 2)
    words = "2 events that told of consent went with nothing to keep them"
    assert (f"{words} [W301]" in told) == (words in page.read_text()) == (not acknowledged)
    assert "W301" not in bench.run("nightly", bench.folder / "nightly.yml").stdout.decode()


def test_an_overdue_request(bench):
    bench.write("f.avro", bench.events("ann", 5))
    long_ago = (TODAY - datetime.timedelta(days=60)).isoformat()
    bench.request("late", "ann", "access", verified=False, received=long_ago)
    told = bench.night(expect=5)
    assert told["state"] == "overdue" and told["deadlines"]["overdue"] == 1 and told["requests"][0]["days_left"] < 0
    bench.run("requests", "close", "late", "--outcome", "answered on paper", "--state", bench.folder / "state")
    assert bench.night()["deadlines"] == {"open": 0, "overdue": 0, "soon": 0}


def test_requests_with_mistakes_are_told_without_names(bench):
    bench.write("f.avro", bench.events("ann", 5))
    (bench.folder / "inbox/ann@example.test.yml").write_text("request: x\nsubjects: [email=ann@example.test]\n")
    (bench.folder / "inbox/fine.yml").write_text("request: y\nkind: nonsense\nsubjects: [email=ann@example.test]\n")
    done = bench.run("nightly", bench.folder / "nightly.yml", "--json", expect=2)
    told = json.loads(done.stdout)
    assert [problem["path"] for problem in told["problems"]] == ["a file of the inbox", "fine.yml"]
    assert b"ann@" not in done.stdout + done.stderr


def test_of_two_files_with_one_id_one_counts(bench):
    """The one that the book has, or the first: the other is told, and the night goes on."""
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5) + bench.events("cid", 5))
    bench.request("same", "ann", "erasure", approved=False)
    bench.request("other", "cid", "erasure")
    inbox = bench.folder / "inbox"
    (inbox / "zzz.yml").write_text((inbox / "same.yml").read_text().replace("customer-ann", "customer-bob"))

    def night():
        told = bench.night(expect=2)
        assert [(problem["code"], problem["path"]) for problem in told["problems"]] == [("requests.twice", twin)]
        return {one["request"]: (one["state"], one["events"]) for one in told["requests"]}

    twin = "zzz.yml"
    assert night() == {"same": ("planned", 5), "other": ("done", 5)}
    # One that the book does not know does not take the place of one that it does.
    (inbox / "zzz.yml").rename(inbox / "aaa.yml")
    twin = "aaa.yml"
    before = (bench.folder / "state/evidence").glob("*")
    assert night()["same"][0] == "planned"
    assert sum(path.read_text().count("requests add") for path in before) == 2
    (inbox / "aaa.yml").unlink()
    with open(inbox / "same.yml", "a") as file:
        file.write(f"approved: {{ by: dpo, on: {TODAY} }}\n")
    assert [one["state"] for one in bench.night()["requests"]] == ["done"]
    bench.erase("ann")
    bench.erase("cid")
    bench.check()


def test_interrupted_and_gone_on_with(bench):
    for number in range(30):
        bench.write(f"f{number}.avro", bench.events("ann", 300))
    env = {"PATH": os.environ["PATH"], "HOME": str(bench.folder)}
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    codes = set()
    for delay in (0.02, 0.05, 0.1, 0.2):
        process = subprocess.Popen([binary, "nightly", str(bench.folder / "nightly.yml"), "--json"], env=env,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate()
        codes.add(process.returncode)
        if process.returncode == 130:
            assert json.loads(out)["state"] == "interrupted"
    assert codes <= {0, 130, -signal.SIGTERM}
    bench.night()
    bench.check()


def test_a_full_disk_for_the_output(bench, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs to mount")
    for number in range(4):
        bench.write(f"f{number}.avro", bench.events("ann", 400))
    small = bench.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("cannot mount")
    try:
        bench.config(archives=[{"name": "one", "input": "archive", "policy": "policy.yml", "output": "small/shared", "settle": 0}])
        told = bench.night(expect=1)
        assert told["archives"][0]["exit"] == 1
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        told = bench.night()
        assert told["archives"][0]["written"] >= 1
        bench.check(small / "shared")
    finally:
        subprocess.run(["umount", str(small)])


def test_erasing_by_hand_knows_the_archives_of_nights(bench):
    bench.write("f.avro", bench.events("ann", 5))
    other = bench.folder / "other"
    other.mkdir()
    shutil.copytree(bench.archive, other / "archive")
    bench.night()
    (bench.folder / "subject.txt").write_text("external_user_id=customer-ann\n")
    who = ["--subject-file", bench.folder / "subject.txt", "--request-id", "r1", "--max-share", "1", "--reports", bench.folder / "reports"]
    done = bench.run("erase", *who, other / "archive", "--state", bench.folder / "state", "--json", expect=2)
    told = json.loads(done.stdout)
    assert told["left_out"] == ["one", "one (output)"] and told["requests"][0]["state"] == "INCOMPLETE"
    done = bench.run("erase", *who, "--config", bench.folder / "nightly.yml", "--json", "--yes")
    told = json.loads(done.stdout)
    assert told["left_out"] == [] and told["requests"][0]["counts"]["deleted"] == 10
    bench.erase("ann")
    bench.check()
    assert bench.night()["archives"][0]["exit"] == 0


def test_events_that_are_too_old_go(bench):
    """First it is told, then done, and never more than a share of everything."""
    year = 366 * 86_400
    then = NOON - 2 * year
    day = datetime.datetime.fromtimestamp(then, datetime.timezone.utc).date().isoformat()
    bench.write("old.avro", bench.events("ann", 6, at=then), day)
    bench.write("mixed.avro", bench.events("bob", 4, at=then) + bench.events("bob", 90))
    rules = [{"events": "users.messages.*", "age": "400 days"}]
    bench.config(retention={"rules": rules})
    told = bench.night()["retention"]
    assert (told["enabled"], told["rules"][0]["due"], told["rules"][0]["gone"]) == (False, 10, 0)
    bench.config(retention={"enabled": True, "rules": rules})
    told = bench.night(expect=3)
    assert told["retention"]["stopped"] and told["retention"]["rules"][0]["gone"] == 0
    assert "retention.too-large-a-share" in [problem["code"] for problem in told["problems"]]
    bench.config(retention={"enabled": True, "rules": rules, "max_share_per_night": "20%"})
    told = bench.night()["retention"]
    assert (told["stopped"], told["rules"][0]["gone"], told["files"]) == (False, 10, 2)
    sources, _ = bench.check()
    assert sum(len(events) for events in sources.values()) == 90
    before = stamps(bench.archive) | stamps(bench.output)
    assert bench.night()["retention"]["rules"][0]["gone"] == 0
    assert stamps(bench.archive) | stamps(bench.output) == before


def test_a_hold_keeps_old_events_that_stand_by_pseudonyms(bench):
    """In an archive of what was shared earlier, by a policy that the configuration names."""
    then = NOON - 2 * 366 * 86_400
    bench.write("f.json", bench.events("ann", 3, at=then) + bench.events("bob", 2, at=then))
    bench.night()
    shutil.copytree(bench.output, bench.folder / "earlier")
    shutil.rmtree(bench.archive)
    bench.archive.mkdir()
    bench.write("g.json", bench.events("bob", 40))
    (bench.folder / "holds.yml").write_text(
        "holds: [{ subjects: [{ external_user_id: customer-ann }], basis: dispute, owner: legal, review: 2099-01-31 }]\n")
    archives = [{"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": 0},
                {"name": "two", "input": "earlier", "settle": 0}]
    bench.config(archives=archives, legal_holds=["holds.yml"], retention={
        "enabled": True, "rules": [{"events": "users.messages.*", "age": "400 days"}], "max_share_per_night": "20%"})
    told = bench.night()["retention"]
    assert told["rules"][0]["gone"] == 2
    left = bench.read(next((bench.folder / "earlier").rglob("f.json")))
    assert {event["user_id"] for event in left} == {reference.pseudonym("braze_id", "braze-ann", audience="agency")}


def test_more_people_than_a_night_may_erase(bench):
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    lines = [{"id": f"d{person}", "user_id": f"braze-{person}", "app_group_id": "w1", "time": NOON} for person in ("ann", "bob")]
    (bench.archive / "users.UserDeleteRequest.json").write_text("".join(json.dumps(line) + "\n" for line in lines))
    bench.config(harvest={"mode": "erase", "max_people": 1})
    told = bench.night(expect=3)
    assert told["harvest"] == {"mode": "erase", "people": 2, "erased": 0, "events": 0, "stopped": True}
    bench.check()
    # They are not forgotten with the night.
    bench.config(harvest={"mode": "erase", "max_people": 2})
    assert bench.night()["harvest"]["erased"] == 2
    for person in ("ann", "bob"):
        bench.erase(person)
    bench.check()


@pytest.mark.parametrize("until", [None, TODAY - datetime.timedelta(days=30)])
def test_whom_a_hold_keeps_whole_is_not_harvested(bench, until):
    """Of whom it keeps a part, the rest goes."""
    limit = f"until: {until}, " if until else ""
    (bench.folder / "holds.yml").write_text(
        f"holds:\n  - {{ subjects: [{{ external_user_id: customer-ann }}], {limit}basis: order, owner: legal, review: 2027-01-01 }}\n")
    bench.write("f.avro", bench.events("ann", 5) + bench.events("ann", 2, at=NOON - 60 * 86_400) + bench.events("bob", 5))
    (bench.archive / "users.UserDeleteRequest.json").write_text(json.dumps({"id": "d", "user_id": "braze-ann", "app_group_id": "w1", "time": NOON}) + "\n")
    bench.config(legal_holds=["holds.yml"], harvest={"mode": "erase", "max_people": 5})
    before = None
    for _ in range(3):
        told = bench.night(expect=0 if until else 3)
        if until:
            continue
        assert (told["harvest"]["people"], told["harvest"]["erased"], told["harvest"]["events"]) == (1, 0, 0)
        assert [problem["code"] for problem in told["problems"]] == ["erase.all-held"]
        before = before or stamps(bench.archive) | stamps(bench.output)
        assert stamps(bench.archive) | stamps(bench.output) == before
    sources, outputs = (bench.all(folder) for folder in (bench.archive, bench.output))
    assert [len(next(v for k, v in found.items() if k.endswith("f.avro"))) for found in (sources, outputs)] == ([7, 5] if until else [12, 12])


def test_who_is_harvested_with_gaps_is_told(bench):
    """A line is torn that is theirs, and a policy was changed; once the line is whole, it goes."""
    whole = bench.events("ann", 1)
    path = bench.write("torn.json", bench.events("bob", 3) + whole)
    text = path.read_text()
    path.write_text(text[:-10] + "\n")
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    bench.config(harvest={"mode": "erase", "max_people": 5})
    bench.night(expect=2)
    assert bench.night()["problems"] == []
    (bench.archive / "users.UserDeleteRequest.json").write_text(json.dumps({"id": "d", "user_id": "braze-ann", "app_group_id": "w1", "time": NOON}) + "\n")
    (bench.folder / "policy.yml").write_text(POLICY.replace("audience: agency", "audience: press"))
    told = bench.night(expect=2)
    problems = [problem for problem in told["problems"] if problem["code"].startswith("erase.")]
    assert [problem["code"] for problem in problems] == ["erase.files", "erase.not-searchable"]
    (receipt,) = {problem["path"] for problem in problems}
    assert json.loads(pathlib.Path(receipt).read_text())["state"] == "INCOMPLETE"
    mail = next((bench.folder / "reports").glob(told["run"] + "/nightly.txt")).read_text()
    assert mail.splitlines()[-1].startswith("next: ") and receipt in mail
    assert bench.night()["problems"] == []
    path.write_text(text)
    assert bench.night()["resurrections"][0]["events"] == 1
    assert not any(event["user_id"] == "braze-ann" for events in bench.all(bench.archive).values() for event in events)


def test_a_list_behind_a_link_that_changes_counts_at_once(bench):
    """As files of configurations stand where they are mounted: the link stays, and leads elsewhere."""
    lists = [bench.folder / name for name in ("one.txt", "two.txt")]
    for path, person in zip(lists, ("ann", "bob")):
        path.write_text(f"external_user_id=customer-{person}\n")
    link = bench.folder / "objections.txt"
    link.symlink_to(lists[0])
    (bench.folder / "policy.yml").write_text(POLICY + "exclude: [{ list: objections.txt }]\n")
    bench.write("f.json", bench.events("ann", 2) + bench.events("bob", 2))

    def shared():
        return {event["external_user_id"] for events in bench.all(bench.output).values() for event in events}

    bench.night()
    ann, bob = (reference.pseudonym("external_user_id", f"customer-{person}", audience="agency") for person in ("ann", "bob"))
    assert shared() == {bob}
    link.unlink()
    link.symlink_to(lists[1])
    bench.night()
    assert shared() == {ann}


def test_people_on_a_list_stay_out_and_come_back(bench):
    (bench.folder / "policy.yml").write_text(POLICY + "exclude: [{ list: objections.txt }]\n")
    (bench.folder / "objections.txt").write_text("external_user_id=customer-ann\n")
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    bench.write("g.json", bench.events("ann", 2) + bench.events("bob", 3))
    told = bench.night()["archives"][0]
    assert (told["events"], told["shared"]) == (15, 8)
    assert all(event["user_id"] == reference.pseudonym("braze_id", "braze-bob", audience="agency")
               for events in bench.all(bench.output).values() for event in events)
    assert sum(len(events) for events in bench.all(bench.archive).values()) == 15
    assert not [path for path in (bench.folder / "state").iterdir() if path.name.startswith("excluding")]
    (bench.folder / "objections.txt").write_text("\n")
    told = bench.night()["archives"][0]
    assert (told["redone"], told["shared"]) == (2, 15)
    assert [warning["id"] for warning in json.loads((pathlib.Path(told["report"]).parent / "report.json").read_text())["warnings"]] == ["W105"]
    bench.check()


def test_a_list_with_mistakes_is_told_by_its_line(bench):
    (bench.folder / "policy.yml").write_text(POLICY + "exclude: [{ list: people/objections.txt }]\n")
    bench.write("f.avro", bench.events("ann", 5))
    listed = bench.folder / "people/objections.txt"

    def is_refused(places):
        for command in (["nightly"], ["nightly", "check"]):
            told = json.loads(bench.run(*command, bench.folder / "nightly.yml", "--json", expect=3).stdout)
            assert [(one["path"].removeprefix(f"{bench.folder}/"), one["code"]) for one in told["problems"] if one["code"][0] == "E"] == places
        assert not bench.all(bench.output)

    is_refused([("people/objections.txt:1:1", "E001")])
    listed.parent.mkdir()
    listed.write_text("external_user_id=a\n\ncustomer-ann\nexternal_id=customer-ann\r\nexternal_user_id=null\n")
    is_refused([(f"people/objections.txt:{line}:1", "E007") for line in (3, 4, 5)])
    said = bench.run("--policy", bench.folder / "policy.yml", bench.archive, "-o", bench.folder / "x", cwd=bench.folder, expect=3).stderr.decode()
    assert "people/objections.txt:4:1: error E007" in said and "customer-ann" not in said
    said = bench.run("export", "--subject-file", listed, bench.archive, "--dry-run", cwd=bench.folder, expect=64).stderr.decode()
    assert "people/objections.txt:3: " in said and "customer-ann" not in said


@pytest.mark.parametrize("sweep", ["count", "redact"])
@pytest.mark.parametrize("damage", [True, False])
def test_who_comes_back_is_not_erased_by_a_request_that_stays_incomplete(bench, damage, sweep):
    """Night after night it is asked again; what it knew goes whenever it was, and what is new stays."""
    bench.config(erasure={"sweep": sweep})
    bench.write("a.json", bench.events("ann", 3) + bench.events("bob", 3))
    if damage:
        path = bench.write("torn.json", bench.events("bob", 1))
        path.write_text(path.read_text() + '{"id":"x","user_id":"63\n')
    received = TODAY - datetime.timedelta(days=40)
    bench.request("DSR-1", "ann", "erasure", received=received)
    told = bench.night(expect=2 if damage else 0)
    assert told["requests"][0]["state"] == ("incomplete" if damage else "done") and told["requests"][0]["events"] == 3
    back = int(datetime.datetime.combine(received, datetime.time(), datetime.timezone.utc).timestamp()) + 2 * 86_400
    new = bench.events("ann", 2, at=back, user_id="braze-ann-new", email_address="new@example.test")
    partner = {"event_type": "Email Open", "user_id": "customer-ann", "insert_id": "p1", "time": back, "library": "Braze", "event_properties": {}}
    kept, late = bench.write("again.json", new), bench.write("partner.json", [partner])
    # A late file has what she had before, and her old Braze id counts whenever.
    old = bench.write("late.json", bench.events("ann", 2, at=back) + bench.events("eve", 1))
    before = kept.read_bytes(), late.read_bytes()
    for _ in range(3):
        bench.night(expect=2 if damage else 0)
        assert (kept.read_bytes(), late.read_bytes()) == before
    assert [e["external_user_id"] for e in bench.read(old)] == ["customer-eve"]
    assert len(bench.all(bench.output)) == (5 if damage else 4)


def test_what_was_not_read_at_first_may_be_of_before(bench):
    """Nothing is called done that may hold the person's events of days between the request and its first attempt."""
    received = TODAY - datetime.timedelta(days=40)
    between = int(datetime.datetime.combine(received, datetime.time(), datetime.timezone.utc).timestamp()) + 2 * 86_400
    partner = {"event_type": "Email Open", "user_id": "customer-ann", "insert_id": "p1", "time": between, "library": "Braze", "event_properties": {}}
    bench.write("a.json", bench.events("ann", 3) + bench.events("bob", 3))
    torn = bench.archive / "partner.json.gz"
    whole = gzip.compress((json.dumps(partner) + "\n").encode())
    torn.write_bytes(whole[:-12])
    bench.request("DSR-1", "ann", "erasure", received=received)
    assert bench.night(expect=2)["requests"][0]["state"] == "incomplete"
    torn.write_bytes(whole)
    told = bench.night(expect=2)
    assert told["requests"][0]["state"] == "incomplete" and torn.read_bytes() == whole
    receipt = json.loads(max((bench.folder / "reports").rglob("receipt.json"), key=lambda path: path.stat().st_mtime).read_text())
    assert receipt["events"]["total"]["held_back"] == 1


@pytest.mark.parametrize("by", ["night", "hand"])
def test_an_archive_that_a_later_erasure_emptied_is_there(bench, by):
    """Nobody is missed in it, so requests do not wait for it."""
    emptied = bench.write("a.json", bench.events("ann", 2))
    bench.night()
    assert len(bench.all(bench.output)) == 1
    bench.request("DSR-1", "ann", "erasure")
    if by == "hand":
        bench.run("erase", "--config", bench.folder / "nightly.yml", "--request", bench.folder / "inbox/DSR-1.yml", "--yes")
        assert emptied.read_bytes() == b"" and bench.night()["archives"][0]["vanished"] == 1
    else:
        bench.night()
        assert emptied.read_bytes() == b""
    assert bench.all(bench.output) == {}
    for _ in range(2):
        told = bench.night()
        assert told["archives"][0]["vanished"] == 0 and told["problems"] == []
    bench.request("DSR-2", "bob", "erasure")
    assert bench.night()["requests"][0]["state"] == "done"


def test_a_file_that_an_erasure_emptied_is_not_gone(bench):
    emptied = bench.write("a.json", bench.events("ann", 2))
    bench.request("DSR-1", "ann", "erasure")
    bench.night()
    assert emptied.read_bytes() == b""
    # Nor is the archive, though nothing is left in it.
    for _ in range(2):
        told = bench.night()
        assert told["archives"][0]["vanished"] == 0 and told["problems"] == []
    other, third = (bench.write(name, bench.events("bob", 2)) for name in ("b.json", "c.json"))
    bench.night()
    other.write_bytes(b"")
    assert bench.night()["archives"][0]["vanished"] == 1
    for path in (emptied, other, third):
        path.unlink()
    bench.night(expect=1)


def test_old_evidence_goes(bench):
    bench.write("f.avro", bench.events("ann", 5))
    bench.night()
    segment = next((bench.folder / "state/evidence").glob("*.ndjson"))
    segment.rename(segment.parent / "2020-01.ndjson")
    bench.night()
    bench.config(evidence="3 years")
    assert bench.night()["expired_segments"] == 1
    assert not (segment.parent / "2020-01.ndjson").exists()
    assert bench.run("verify", "log", "--state", bench.folder / "state").returncode == 0


def test_more_of_an_erased_person_than_a_guard_lets_go_is_not_shared(bench):
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 95))
    bench.request("erase-ann", "ann", "erasure")
    bench.night()
    bench.config(erasure={"max_events": 1_000})
    bench.write("restored.avro", bench.events("ann", 1_200) + bench.events("bob", 800))
    told = bench.night(expect=3)
    assert "suppression.guarded" in [problem["code"] for problem in told["problems"]]
    assert not [name for name in bench.all(bench.output) if name.endswith("restored.avro")]
    assert bench.night(expect=3)["archives"][0]["new"] == 1
    bench.config(erasure={"max_events": 2_000})
    told = bench.night()
    assert [(one["request"], one["events"]) for one in told["resurrections"]] == [("erase-ann", 1_200)]
    bench.erase("ann")
    bench.check()


@pytest.mark.parametrize("damage", ["torn", "checksum", "trailing"])
def test_who_came_back_in_a_damaged_file_makes_every_night_incomplete(bench, damage):
    """Nobody can be taken out of it, so it is not shared, and no night is done."""
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    bench.request("erase-ann", "ann", "erasure")
    bench.night()
    path = bench.write("restored.json", bench.events("ann", 900) + bench.events("bob", 900))
    whole = gzip.compress(path.read_bytes())
    path.write_bytes({"torn": whole[:-100], "checksum": whole[:-6] + b"abcdef", "trailing": whole + b"xx"}[damage])
    bench.write("new.avro", bench.events("cid", 3))
    for _ in range(2):
        told = bench.night(expect=2)
        assert told["state"] == "incomplete" and [problem["code"] for problem in told["problems"]] == ["gzip.damaged"]
        assert [name for name in bench.all(bench.output) if name.endswith("new.avro")]
        assert not [name for name in bench.all(bench.output) if name.endswith("restored.json")]
    path.write_bytes(whole)
    assert [one["events"] for one in bench.night()["resurrections"]] == [900]


def test_who_asked_and_was_not_found_stays_out(bench):
    """An erasure that finds nobody holds for files that come late."""
    bench.write("f.avro", bench.events("bob", 5))
    bench.request("erase-ann", "ann", "erasure")
    assert {one["request"]: one["state"] for one in bench.night()["requests"]} == {"erase-ann": "done"}
    bench.write("late.avro", bench.events("ann", 4) + bench.events("bob", 1))
    told = bench.night()
    assert [(one["request"], one["events"]) for one in told["resurrections"]] == [("erase-ann", 4)]
    bench.erase("ann")
    bench.check()


def test_digests_of_every_spelling_that_was_known_go_again(bench):
    """Of the request's spellings, and of the one that stood in the archive."""
    given, met = ["Ann@Example.test", "ANN@example.test"], "aNN@example.test"
    bench.write("a.avro", bench.events("ann", 3, email_address=met) + bench.events("bob", 3))
    text = "".join(f"  - email: {one}\n" for one in given)
    bench.request("erase-ann", "ann", "erasure")
    path = bench.folder / "inbox/erase-ann.yml"
    path.write_text(path.read_text().replace("verified:", text + "verified:", 1))
    assert {one["request"]: one["state"] for one in bench.night()["requests"]} == {"erase-ann": "done"}
    digests = [hashlib.sha256(one.encode()).hexdigest() for one in [*given, met, "ann@example.test", "bob@example.test"]]
    bench.write("b.json", [{"id": one, "email_address": one, "app_group_id": "w1", "time": NOON} for one in digests])
    told = bench.night()
    assert [(one["request"], one["events"]) for one in told["resurrections"]] == [("erase-ann", 4)]
    kept = [event["id"] for name, events in bench.all(bench.archive).items() if name.endswith("b.json") for event in events]
    assert kept == digests[-1:]


def test_an_erasure_in_one_workspace_leaves_the_others_alone(bench):
    """Nights keep the person erased in the workspaces of the request, and nowhere else: ids and addresses may be others' there."""
    here, there = {"app_group_id": "w1"}, {"app_group_id": "w2", "user_id": "braze-there"}
    path = bench.write("f.json", bench.events("ann", 3, **here) + bench.events("ann", 2, **there) + bench.events("bob", 95))
    bench.request("erase-ann", "ann", "erasure")
    with open(bench.folder / "inbox/erase-ann.yml", "a") as file:
        file.write("workspaces: [w2]\n")

    def of_ann():
        return [event for event in bench.read(path) if event["email_address"] == "ann@example.test"]

    assert {one["request"]: one["state"] for one in bench.night()["requests"]} == {"erase-ann": "done"}
    assert [event["app_group_id"] for event in of_ann()] == ["w1"] * 3
    assert bench.night()["resurrections"] == []
    # A late file brings both; what tells no workspace is of the one in which its id stands.
    untold = bench.events("ann", 1, **there) + bench.events("ann", 1, **here)
    for event in untold:
        del event["app_group_id"], event["external_user_id"], event["email_address"]
    late = bench.write("late.json", bench.events("ann", 2, **here) + bench.events("ann", 4, **there) + untold)
    assert [(one["request"], one["events"]) for one in bench.night()["resurrections"]] == [("erase-ann", 5)]
    assert [event["user_id"] for event in bench.read(late)] == ["braze-ann"] * 3
    assert len(of_ann()) == 3 and bench.night()["resurrections"] == []


def test_who_has_the_address_of_an_erased_person_keeps_their_events(bench):
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 95))
    bench.request("erase-ann", "ann", "erasure")
    bench.night()
    nameless = bench.events("ann", 2)
    for event in nameless:
        del event["user_id"], event["external_user_id"]
    whole = bench.events("ann", 1, user_id="braze-of-old")
    late = bench.write("late.json", bench.events("cid", 3, email_address="Ann@example.test") + nameless + whole)
    told = bench.night(expect=2)
    assert [(one["request"], one["events"]) for one in told["resurrections"]] == [("erase-ann", 3)]
    assert [problem["code"] for problem in told["problems"]] == ["suppression.held-back"]
    assert [event["user_id"] for event in bench.read(late)] == ["braze-cid"] * 3
    # It is told when the file is looked through.
    told = bench.night()
    assert (told["problems"], told["resurrections"]) == ([], [])
    alone = bench.write("alone.json", bench.events("cid", 2, email_address="ann@example.test"))
    told = bench.night(expect=2)
    assert ([problem["code"] for problem in told["problems"]], told["resurrections"]) == (["suppression.held-back"], [])
    assert len(bench.read(alone)) == 2


def test_what_a_hold_keeps_of_an_erased_person_is_not_shared(bench):
    """It stays in the source, and nowhere else: be it shared before, scrubbed anew, or new. When the hold ends, it goes."""
    day = (TODAY - datetime.timedelta(days=10)).isoformat()
    (bench.folder / "holds.yml").write_text(
        f"holds:\n  - {{ subjects: [{{ external_user_id: customer-ann }}], from: {day}, basis: order, owner: legal, review: 2027-01-01 }}\n")

    def holds(**more):
        bench.config(legal_holds=["holds.yml"], **more)

    def shared():
        """What is shared is what the sources hold of others, and nobody finds the person there."""
        sources = bench.all(bench.archive)
        others = {name: [event["id"] for event in events if event["user_id"] != "braze-ann"] for name, events in sources.items()}
        others = {name: ids for name, ids in others.items() if ids}
        outputs = bench.all(bench.output)
        assert {name: [event["id"] for event in events] for name, events in outputs.items() if events} == others
        return sum(event["user_id"] == "braze-ann" for events in sources.values() for event in events)

    holds()
    bench.write("held.avro", bench.events("ann", 40) + bench.events("bob", 40))
    bench.write("all-held.json", bench.events("ann", 3))
    bench.write("old.avro", bench.events("ann", 20, at=NOON - 400 * 86_400) + bench.events("bob", 20))
    bench.night()
    bench.check()
    bench.request("erase-ann", "ann", "erasure")
    told = bench.night()
    # The old ones in the source, and everything in the output.
    assert [(one["state"], one["events"], one["kept"]) for one in told["requests"]] == [("done", 20 + 63, 43)]
    assert any("43 events kept by a hold or a rule" in path.read_text() for path in (bench.folder / "reports").rglob("nightly.txt"))
    assert shared() == 43
    receipt = json.loads(next((bench.folder / "reports").rglob("receipt.json")).read_text())
    assert receipt["state"] == "COMPLETE_EXCEPT"
    assert (receipt["events"]["total"]["held"], receipt["events"]["total"]["deleted"]) == (43, 20 + 63)
    assert bench.night()["archives"][0]["written"] == 0

    (bench.folder / "policy.yml").write_text(POLICY.replace("rules:\n", "rules:\n  - { fields: [app_group_id], action: redact }\n"))
    told = bench.night()["archives"][0]
    assert told["redone"] == 3
    assert shared() == 43
    bench.write("restored.avro", bench.events("ann", 6) + bench.events("bob", 4))
    told = bench.night()["archives"][0]
    assert (told["new"], told["shared"]) == (1, 4)
    assert shared() == 49
    assert not list((bench.folder / "state").glob("excluding-*"))

    bench.config()
    told = bench.night()
    assert [(one["request"], one["events"]) for one in told["resurrections"]] == [("erase-ann", 49)]
    bench.erase("ann")
    bench.check()
    told = bench.night()
    assert (told["resurrections"], told["archives"][0]["written"]) == ([], 0)


@pytest.mark.parametrize("by", ["hold", "rule"])
def test_what_is_kept_of_days_behind_the_request_is_not_shared(bench, by):
    """Between a request and its erasure days pass; what carries no Braze id then is the person's too."""
    received = TODAY - datetime.timedelta(days=10)
    if by == "hold":
        (bench.folder / "holds.yml").write_text(f"holds:\n  - {{ subjects: [{{ external_user_id: customer-ann }}], from: {received}, "
                                                "basis: order, owner: legal, review: 2027-01-01 }\n")
        bench.config(legal_holds=["holds.yml"])
    else:
        (bench.folder / "policy.yml").write_text(POLICY + "erasure: { keep: [{ events: ['*Click'], basis: proof, review: 2030-01-01 }] }\n")
    nameless = bench.events("ann", 2)
    for event in nameless:
        del event["user_id"]
        event["event_type"] = "users.messages.email.Click"
    old = bench.events("ann", 3, at=NOON - 20 * 86_400)
    path = bench.archive / "mixed.json"
    path.write_text("".join(json.dumps({"event_type": TYPE, **event}) + "\n" for event in old + nameless + bench.events("bob", 1)))
    bench.night()
    bench.request("erase-ann", "ann", "erasure", received=received)
    for _ in range(2):
        bench.night()
        assert len(bench.read(path)) == 3 and len(bench.read(bench.output / "mixed.json")) == 1
        bench.run("verify", "receipt", next((bench.folder / "reports").rglob("receipt.json")), "archive", "shared", cwd=bench.folder)


@pytest.mark.parametrize("mode", ["delete", "blank"])
def test_what_a_rule_keeps_is_kept_in_the_archive_alone(bench, mode):
    (bench.folder / "policy.yml").write_text(
        POLICY + f"erasure: {{ mode: {mode}, keep: [{{ events: ['*Click'], basis: proof, review: 2030-01-01 }}] }}\n")
    path = bench.archive / "n.json"
    path.write_text("".join(json.dumps({**event, "event_type": f"users.messages.email.{name}"}) + "\n" for event, name in zip(
        bench.events("ann", 2) + bench.events("bob", 1), ("Open", "Click", "Open"))))
    bench.night()
    bench.request("erase-ann", "ann", "erasure")
    assert [one["state"] for one in bench.night()["requests"]] == ["done"]
    people = [[event.get("external_user_id") for event in bench.read(place)] for place in (path, bench.output / "n.json")]
    token = reference.pseudonym("external_user_id", "customer-bob", audience="agency")
    assert [[one for one in people if one] for people in people] == [["customer-ann", "customer-bob"], [token]]
    # Beside a new file nothing of them comes back.
    bench.write("b.json", bench.events("bob", 2))
    assert bench.night()["problems"] == []
    assert len(bench.read(bench.output / "n.json")) == (2 if mode == "blank" else 1)


@pytest.mark.parametrize("back, asked", [("Open", "Click"), ("Click", "Click"), ("Click", "Open"), ("Open", "Open")])
def test_who_comes_back_goes_beside_what_a_rule_keeps_of_another(bench, back, asked):
    """In one file of one night: what was kept of one is not waited for when the other goes."""
    (bench.folder / "policy.yml").write_text(POLICY + "erasure: { keep: [{ events: ['*Click'], basis: proof, review: 2030-01-01 }] }\n")
    bench.write("a.json", bench.events("ann", 2) + bench.events("bob", 1))
    bench.request("erase-ann", "ann", "erasure")
    bench.night()
    path = bench.archive / "n.json"
    path.write_text("".join(json.dumps({**event, "event_type": f"users.messages.email.{name}"}) + "\n" for event, name in zip(
        bench.events("ann", 1) + bench.events("bob", 1) + bench.events("cid", 1), (back, asked, "Open"))))
    bench.request("erase-bob", "bob", "erasure")
    told = bench.night()
    assert told["problems"] == [] and [(one["request"], one["events"]) for one in told["resurrections"]] == [("erase-ann", 1)]
    left = [event["external_user_id"] for event in bench.read(path)]
    assert left == ["customer-ann"] * (back == "Click") + ["customer-bob"] * (asked == "Click") + ["customer-cid"]
    assert len(bench.read(bench.output / "n.json")) == 1
    assert bench.night()["resurrections"] == []


def test_who_is_held_whole_is_not_erased(bench):
    """The request is refused and nothing changes, in whichever order things come."""
    (bench.folder / "holds.yml").write_text(
        "holds:\n  - { subjects: [{ external_user_id: customer-ann }], basis: order, owner: legal, review: 2027-01-01 }\n")
    bench.config(legal_holds=["holds.yml"])
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5))
    bench.request("first", "ann", "erasure")
    assert bench.night(expect=3)["requests"][0]["state"] == "refused"
    bench.check()
    # Nothing is decided by that a night has passed.
    told = bench.night(expect=3)
    assert (told["requests"][0]["state"], told["requests"][0]["blocked"]) == ("refused", "erase.all-held")
    before = stamps(bench.archive) | stamps(bench.output)
    bench.request("second", "ann", "erasure")
    assert [one["state"] for one in bench.night(expect=3)["requests"]] == ["refused", "refused"]
    assert stamps(bench.archive) | stamps(bench.output) == before
    bench.check()


def test_one_brand_is_shared_and_proved(bench):
    bench.config(archives=[{"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": 0, "workspaces": ["w1"]}])
    bench.write("f.avro", bench.events("ann", 5) + bench.events("bob", 5, app_group_id="w2"))
    told = bench.night()["archives"][0]
    assert (told["events"], told["shared"]) == (10, 5)
    proof = bench.run("verify", "scrubbed", "--policy", "policy.yml", "--workspace", "w1", "shared", cwd=bench.folder)
    assert b"proved" in proof.stdout


def test_an_archive_without_an_input_has_one_mistake(run, tmp_path):
    (tmp_path / "n.yml").write_text("version: 1\narchives:\n  - {name: a, policy: builtin:gdpr, output: out}\n")
    done = run("nightly", "check", tmp_path / "n.yml", expect=3)
    assert b"has no `input`" in done.stderr and b"lies in" not in done.stderr and b"1 finding;" in done.stderr


@pytest.mark.parametrize("text, place", [
    ("version: 1\narchives: []\n", "2:11"),
    ("version: 2\narchives:\n  - {name: a, input: b}\n", "1:10"),
    ("version: 1\narchives:\n  - {name: a, input: b, polcy: c}\n", "3:25"),
    ("version: 1\narchives:\n  - {name: a, input: b}\n  - {name: a, input: c}\n", "4:5"),
    ("version: 1\narchives:\n  - {name: a, input: b}\n  - {name: c, input: b/d}\n", "4:5"),
    ("version: 1\narchives:\n  - {name: a, input: b, output: c}\n", "3:33"),
    ("version: 1\narchives:\n  - {name: a, input: b}\nharvest: erase\n", "4:10"),
    ("version: 1\narchives:\n  - {name: a, input: b}\nretention: {rules: [{events: x, age: long}]}\n", "4:38"),
    ("version: 1\narchives:\n  - {name: a, input: b}\nkey: {env: A, id: k1}\nkeyring: c\n", "5:10"),
    ("version: 1\narchives:\n  - {name: a, input: b, policy: builtin:gdpr, output: b/c}\n", "3:5"),
    ("version: 1\narchives:\n  - {name: a, input: 's3://b/c/'}\n  - {name: c, input: 's3://b/c/d'}\n", "4:5"),
])
def test_configurations_with_mistakes(run, tmp_path, text, place):
    (tmp_path / "n.yml").write_text(text)
    done = run("nightly", "check", tmp_path / "n.yml", expect=3)
    assert f"{tmp_path / 'n.yml'}:{place}: " in done.stderr.decode(), done.stderr.decode()
