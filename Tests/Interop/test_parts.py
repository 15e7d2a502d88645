"""A run in parts: whoever does which part, how often and in what order, the end is what one machine makes in one run."""

import fcntl
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest
import reference
import stores
from test_vault import POLICY as TOKENS
from test_vault import opened

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
POLICY = TOKENS + "  - fields: [properties]\n    action: json\n    keep: [tier]\n    default: redact\n"


@pytest.fixture(scope="session")
def archive(run, tmp_path_factory):
    """Files of every sort, good and bad."""
    folder = tmp_path_factory.mktemp("parts") / "in"
    run("sample", "--events", "1500", "--users", "60", "-o", folder)
    run("sample", "--events", "300", "--users", "60", "--destination", "segment", "--format", "ndjson", "-o", folder / "segment")
    for path in folder.rglob("_truth.json"):
        path.unlink()
    lines = max((folder / "segment").rglob("*.json"), key=lambda p: p.stat().st_size).read_bytes().splitlines(True)
    (folder / "segment/broken.json").write_bytes(lines[0] + b'{"userId": \n' + lines[1] + b"[]\n")
    (folder / "segment/packed.json.gz").write_bytes(gzip.compress(b"".join(lines)))
    avro = max(folder.rglob("*.avro"), key=lambda p: p.stat().st_size)
    (folder / "cut.avro").write_bytes(avro.read_bytes()[:-9])
    (folder / "table.csv").write_text("a,b\n1,2\n")
    (folder / "empty.json").write_bytes(b"")
    (folder / "users.messages.pigeon.Open.json").write_text('{"id":"3","user_id":"u","time":1780000000,"wing":"left"}\n')
    (folder.parent / "policy.yml").write_text(POLICY)
    return folder


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "lock"}


class Place:
    """A machine's own folder, with the state key that all machines have."""

    def __init__(self, run, folder, archive, environment=None):
        self.program, self.folder, self.archive, self.environment = run, folder, archive, environment
        (folder / "state").mkdir(parents=True)
        (folder / "state").chmod(0o700)
        (folder / "state/state.key").write_text(bytes(range(100, 132)).hex() + "\n")
        (folder / "state/state.key").chmod(0o600)

    def run(self, *arguments, expect=None):
        return self.program(*arguments, "--state", self.folder / "state", cwd=self.folder, expect=expect, environment=self.environment)

    def scrub(self, *more, policy=None, out="out", **how):
        return self.run("--policy", policy or self.archive.parent / "policy.yml", self.archive, "-o", out, *more, **how)

    def inspect(self, *more, **how):
        return self.run("inspect", self.archive, *more, **how)

    def report(self):
        """The report and its page, without what is other in each run."""
        (folder,) = (self.folder / "Reports").iterdir()
        report = json.loads((folder / "report.json").read_text())
        page = (folder / "report.html").read_text()
        for fact in (report["run"], report["started"], report["started"].replace("T", " ").rstrip("Z")):
            page = page.replace(fact, "X")
        page = re.sub(r"\b\d+(\.\d+)? (s|seconds?|ms)\b|[\d.,]+ [kMG]?B a second|[\d,]+ events a second|\d\d:\d\d(:\d\d)?", "X", page)
        return {key: value for key, value in report.items() if key not in ("run", "started", "seconds")}, page

    def originals(self):
        """By token, and in one spelling: of several that have the same token the vault keeps the one that comes first."""
        with sqlite3.connect(self.folder / "state/vault.sqlite") as vault:
            rows = vault.execute("SELECT token, key_id, domain, original FROM tokens").fetchall()
            keys = vault.execute("SELECT * FROM keys").fetchall()
        return {row[:3]: reference.normalise(row[2], opened(row)) for row in rows}, keys

    def disclosures(self):
        with sqlite3.connect(self.folder / "state/ledger.sqlite") as ledger:
            told = ledger.execute("SELECT archive, audience, policy, plans, keys, files, manifest FROM disclosures").fetchall()
            return told, ledger.execute("SELECT * FROM disclosed ORDER BY type").fetchall()

    def everything(self):
        return tree(self.folder / "out"), *self.report(), self.originals(), self.disclosures()


@pytest.fixture
def place(run, archive, tmp_path):
    return lambda name="many", environment=None: Place(run, tmp_path / name, archive, environment)


@pytest.fixture(scope="session")
def whole(run, archive, tmp_path_factory):
    """What one machine makes in one run."""
    place = Place(run, tmp_path_factory.mktemp("whole"), archive)
    done = place.scrub()
    assert done.returncode == 2
    return place.everything(), done


def shards(count):
    return [f"{number}/{count}" for number in range(1, count + 1)]


# MARK: the law

@pytest.mark.parametrize("count", [1, 3, 25])
def test_parts_make_what_one_run_makes(place, whole, count):
    many = place()
    assert many.scrub("--shard", f"plan/{count}").returncode == 0
    order = shards(count)
    random.Random(count).shuffle(order)
    assert {many.scrub("--shard", shard).returncode for shard in order} <= {0, 2}
    done = many.run("merge", "out")
    assert done.returncode == 2
    assert many.everything() == whole[0]
    assert re.sub(rb"in \d+\.\d s|Report: .*", b"", done.stdout) == re.sub(rb"in \d+\.\d s|Report: .*", b"", whole[1].stdout)
    # What is said of policy and state key is said with the plan.
    assert whole[1].stderr.endswith(done.stderr) and b"json.not-an-object" in done.stderr
    assert {p.name for p in (many.folder / "out/_currents-scrub").iterdir()} == {"lock", "manifest.json"}
    assert sorted(p.name for p in (many.folder / "state").iterdir() if not p.name.startswith(("vault", "ledger"))) == ["state.key"]


@pytest.fixture(scope="session")
def objecting(archive, tmp_path_factory):
    """A policy by which five people stay out, whose list lies beside it, and their ids."""
    events = [json.loads(line) for line in (archive / "segment/broken.json").read_bytes().splitlines()[2:3]]
    for path in sorted((archive / "segment").rglob("*.json")):
        if path.name != "broken.json":
            events += [json.loads(line) for line in path.read_bytes().splitlines()]
    people = sorted({event["userId"] for event in events if event.get("userId")})[:5]
    folder = tmp_path_factory.mktemp("objecting")
    (folder / "policy.yml").write_text(POLICY + "exclude: [{ list: objections.txt }]\n")
    (folder / "objections.txt").write_text("".join(f"external_user_id={person}\n" for person in people))
    return folder, people


@pytest.mark.parametrize("count", [1, 4])
def test_people_stay_out_of_all_parts(place, objecting, archive, tmp_path, count):
    """They are found with the plan; whoever does a part needs no list of them, and learns nobody's id."""
    policy, people = objecting
    one, many = place("one"), place()
    one.scrub(policy=policy / "policy.yml")
    assert many.scrub("--shard", f"plan/{count}", policy=policy / "policy.yml").returncode == 0
    shutil.copy(policy / "policy.yml", tmp_path / "policy.yml")
    for path in (many.folder / "out/_currents-scrub").rglob("*"):
        assert not path.is_file() or not any(person.encode() in path.read_bytes() for person in people), path
    for shard in shards(count):
        assert many.scrub("--shard", shard, policy=tmp_path / "policy.yml").returncode in (0, 2)
    assert many.run("merge", "out").returncode == 2
    (told, _), (same, _) = one.report(), many.report()
    assert told["totals"]["dropped"] > 20 and told["totals"] == same["totals"]
    for facts in (told, same):
        facts["policy"] = {name: value for name, value in facts["policy"].items() if name != "source"}
    assert told == same
    assert (tree(one.folder / "out"), one.originals(), one.disclosures()) == (tree(many.folder / "out"), many.originals(), many.disclosures())
    assert not list((many.folder / "state").glob("excluding-*"))


def test_who_may_stand_in_a_file_that_changed_is_not_shared(run, objecting, archive, tmp_path):
    """Behind the plan somebody who stays out may have come into any file."""
    policy, people = objecting
    source = tmp_path / "in"
    shutil.copytree(archive, source)
    many = Place(run, tmp_path / "many", source)
    many.scrub("--shard", "plan/2", policy=policy / "policy.yml", expect=0)
    changed = sorted((source / "segment").rglob("*.json"))[0]
    data = changed.read_bytes()
    changed.write_bytes(data + data)
    codes = [json.loads(many.scrub("--shard", shard, "--json", policy=policy / "policy.yml").stdout) for shard in shards(2)]
    many.run("merge", "out", expect=2)
    report, _ = many.report()
    name = str(changed.relative_to(source))
    assert [one["code"] for one in report["problems"] if one["file"] == name] == ["file.changed-while-read"], codes
    assert name not in tree(many.folder / "out")


def test_a_plan_that_is_interrupted_is_none(run, objecting, archive, tmp_path):
    """Whoever was not found yet would not stay out."""
    policy, _ = objecting
    source = tmp_path / "in"
    for number in range(12):
        shutil.copytree(archive / "segment", source / str(number))
    for name in ("broken.json", "packed.json.gz"):
        data = (archive / "segment/broken.json").read_bytes().splitlines(True)[0]
        for number in range(12):
            (source / f"{number}/{name}").unlink()
            (source / f"{number}/large.json").write_bytes(data * 20_000)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    codes = []
    for delay in (0.03, 0.05, 0.08, 0.12, 0.2):
        many = Place(run, tmp_path / f"many-{delay}", source)
        process = subprocess.Popen([BINARY, "--policy", policy / "policy.yml", source, "-o", "out", "--shard", "plan/2", "--jobs", "1",
                                    "--state", "state", "--quiet"], cwd=many.folder, env=env, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        codes.append(process.wait())
        assert (many.folder / "out/_currents-scrub/parts/plan.json").exists() == (codes[-1] == 0), codes
    assert 130 in codes, codes


def test_a_list_that_changed_is_another_plan(place, objecting, tmp_path):
    policy, people = objecting
    for name in ("policy.yml", "objections.txt"):
        shutil.copy(policy / name, tmp_path / name)
    many = place()
    many.scrub("--shard", "plan/2", policy=tmp_path / "policy.yml", expect=0)
    many.scrub("--shard", "plan/2", policy=tmp_path / "policy.yml", expect=0)
    (tmp_path / "objections.txt").write_text(f"external_user_id={people[0]}\n")
    refused(many.scrub("--shard", "plan/2", policy=tmp_path / "policy.yml"), "parts.other-plan")


@pytest.mark.parametrize("count", [1, 3, 25])
def test_parts_of_an_inspection_find_what_one_finds(place, count):
    one = place()
    expected = one.inspect("--json", "--html", "one.html", expect=2)
    assert one.inspect("-o", "parts", "--shard", f"plan/{count}").returncode == 0
    for shard in reversed(shards(count)):
        assert one.inspect("-o", "parts", "--shard", shard).returncode in (0, 2)
    merged = one.run("merge", "parts", "--json", "--html", "many.html", expect=2)
    def still(text):
        return re.sub(rb'("seconds" : )[\d.]+|\b\d+(\.\d+)? (s|seconds?|ms)\b|[\d.,]+ [kMG]?B a second', b"X", text)
    assert still(merged.stdout) == still(expected.stdout) and merged.stderr == expected.stderr
    assert still((one.folder / "many.html").read_bytes()) == still((one.folder / "one.html").read_bytes())
    assert not (one.folder / "parts/_currents-scrub/parts").exists()


def test_parts_are_even_whatever_the_order(place, archive):
    one = place()
    one.scrub("--shard", "plan/4", expect=0)
    parts = one.folder / "out/_currents-scrub/parts"
    items = [[json.loads(line) for line in (parts / f"{n}.files").read_text().splitlines()] for n in range(1, 5)]
    assert sorted(item["number"] for part in items for item in part) == list(range(len([i for p in items for i in p])))
    weights = [sum(item["size"] + 65_536 for item in part) for part in items]
    assert max(weights) - min(weights) <= max(item["size"] + 65_536 for part in items for item in part)
    assert all(oct(path.stat().st_mode & 0o777) == "0o600" for path in parts.iterdir())


# MARK: again and again

def test_what_is_done_twice_changes_nothing(place, whole):
    many = place()
    first = json.loads(many.scrub("--shard", "plan/3", "--json", expect=0).stdout)
    again = json.loads(many.scrub("--shard", "plan/3", "--json", expect=0).stdout)
    assert again == first | {"already": True}
    for shard in shards(3):
        told = [json.loads(many.scrub("--shard", shard, "--json").stdout) for _ in range(2)]
        assert told[1] == told[0] | {"already": True}
    many.run("merge", "out", expect=2)
    many.run("merge", "out", expect=3)
    late = many.scrub("--shard", "2/3", expect=3)
    assert b"[parts.no-plan]" in late.stderr
    assert many.everything() == whole[0]


def test_two_attempts_at_the_same_time(place, whole):
    many = place()
    many.scrub("--shard", "plan/2", expect=0)
    environment = {"PATH": os.environ["PATH"], "HOME": str(many.folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    attempts = [subprocess.Popen([BINARY, "--policy", many.archive.parent / "policy.yml", many.archive, "-o", "out", "--state", "state", "--quiet",
                                  "--shard", shard], cwd=many.folder, env=environment) for shard in ("1/2", "2/2", "1/2", "2/2", "1/2")]
    assert {attempt.wait() for attempt in attempts} <= {0, 2}
    many.run("merge", "out", expect=2)
    assert many.everything() == whole[0]


def test_parts_that_are_killed_are_run_again(place, whole):
    many = place()
    many.scrub("--shard", "plan/2", expect=0)
    environment = {"PATH": os.environ["PATH"], "HOME": str(many.folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    dice = random.Random(5)
    for _ in range(12):
        attempt = subprocess.Popen([BINARY, "--policy", many.archive.parent / "policy.yml", many.archive, "-o", "out", "--state", "state", "--quiet",
                                    "--jobs", "1", "--shard", dice.choice(shards(2))], cwd=many.folder, env=environment, stderr=subprocess.DEVNULL)
        time.sleep(dice.random() * 0.6)
        attempt.send_signal(dice.choice([signal.SIGKILL, signal.SIGTERM]))
        assert attempt.wait() in (-signal.SIGKILL, -signal.SIGTERM, 130, 0, 2)
    for shard in shards(2):
        many.scrub("--shard", shard)
    many.run("merge", "out", expect=2)
    assert many.everything() == whole[0]


def test_a_second_run_in_parts_leaves_the_files_alone(place, whole):
    many = place()
    for _ in range(2):
        many.scrub("--shard", "plan/2", expect=0)
        for shard in shards(2):
            many.scrub("--shard", shard, expect=None)
        shutil.rmtree(many.folder / "Reports", ignore_errors=True)
        many.run("merge", "out", expect=2)
        states = {path: path.stat().st_mtime_ns for path in (many.folder / "out").rglob("*.avro")}
    assert many.everything() == whole[0]
    many.scrub("--shard", "plan/2", expect=0)
    for shard in shards(2):
        many.scrub("--shard", shard, expect=None)
    assert states == {path: path.stat().st_mtime_ns for path in (many.folder / "out").rglob("*.avro")}


def test_what_went_from_the_source_goes_from_the_output(place, archive, tmp_path):
    """A file that is withheld whole by now, and one that is empty: nothing of an earlier run stays."""
    both = []
    for name in ("one", "many"):
        here = place(name)
        here.archive = here.folder / "in"
        shutil.copytree(archive, here.archive)
        (here.archive.parent / "policy.yml").write_text(POLICY)
        here.scrub(expect=2)
        victims = sorted(here.archive.rglob("*.avro"))[:2]
        victims[0].write_bytes(b"")
        victims[1].write_bytes(b'{"id":"3","user_id":"u","event_type":"users.messages.pigeon.Open"}\n')
        (here.archive / "late.json").write_bytes((here.archive / "segment/broken.json").read_bytes())
        shutil.rmtree(here.folder / "Reports")
        if name == "one":
            here.scrub(expect=2)
        else:
            here.scrub("--shard", "plan/3", expect=0)
            for shard in shards(3):
                here.scrub("--shard", shard)
            here.run("merge", "out", expect=2)
        assert not (here.folder / "out" / victims[0].relative_to(here.archive)).exists()
        report, _ = here.report()
        both.append((tree(here.folder / "out"), {k: v for k, v in report.items() if k not in ("inputs", "policy")}))
    assert both[0] == both[1]


def test_a_merge_that_was_cut_off_is_merged_again(place, whole):
    """Behind the manifest, before what the parts left was removed."""
    many = place()
    many.scrub("--shard", "plan/2", expect=0)
    for shard in shards(2):
        many.scrub("--shard", shard)
    parts, kept = many.folder / "out/_currents-scrub/parts", many.folder / "kept"
    shutil.copytree(parts, kept)
    many.run("merge", "out", expect=2)
    shutil.copytree(kept, parts)
    shutil.rmtree(many.folder / "Reports")
    many.run("merge", "out", expect=2)
    assert many.everything() == whole[0]


@pytest.mark.parametrize("next", ["merge", "plan"])
def test_what_a_merge_left_that_was_cut_off_goes(place, next):
    """When the plan was gone, and nothing else."""
    many = place()
    parts = many.folder / "out/_currents-scrub/parts"
    for shard in ("plan/2", "1/2", "2/2"):
        many.scrub("--shard", shard, expect=None)
    (parts / "plan.json").unlink()
    (parts / "3.results").write_text("{}")
    if next == "merge":
        refused(many.run("merge", "out"), "parts.no-plan")
        assert not parts.exists()
    else:
        many.scrub("--shard", "plan/1", expect=0)
        assert {path.name for path in parts.iterdir()} == {"plan.json", "1.files"}


def test_a_merge_waits_for_an_attempt_that_is_on_its_way(place, whole):
    many = place()
    many.scrub("--shard", "plan/1", expect=0)
    many.scrub("--shard", "1/1")
    with (many.folder / "out/_currents-scrub/lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        environment = {"PATH": os.environ["PATH"], "HOME": str(many.folder)}
        merge = subprocess.Popen([BINARY, "merge", "out", "--state", "state", "--quiet"], cwd=many.folder, env=environment)
        time.sleep(2)
        assert merge.poll() is None
    assert merge.wait(20) == 2
    assert many.everything() == whole[0]


# MARK: refusals

def refused(done, code, exit=3):
    assert done.returncode == exit and f"[{code}]".encode() in done.stderr and b"hint: " in done.stderr, done.stderr
    return done.stderr.decode()


def test_a_missing_part_is_named(place):
    many = place()
    refused(many.run("merge", "out"), "parts.no-plan")
    refused(many.scrub("--shard", "1/4"), "parts.no-plan")
    many.scrub("--shard", "plan/4", expect=0)
    many.scrub("--shard", "1/4")
    many.scrub("--shard", "3/4")
    before = tree(many.folder)
    assert ": 2/4, and 1 more" in refused(many.run("merge", "out"), "parts.missing")
    assert tree(many.folder) == before
    (many.folder / "out/_currents-scrub/parts/2.results").write_bytes((many.folder / "out/_currents-scrub/parts/1.results").read_bytes())
    assert ": 2/4, and 1 more" in refused(many.run("merge", "out"), "parts.missing")
    (many.folder / "out/_currents-scrub/parts/2.results").write_bytes(b"{")
    refused(many.run("merge", "out"), "parts.damaged")


def test_other_policies_keys_options_and_numbers_are_refused(place, archive, tmp_path):
    many = place()
    many.scrub("--shard", "plan/2", expect=0)
    (tmp_path / "other.yml").write_text(POLICY.replace("audience: agency_x", "audience: agency_y"))
    refused(many.scrub("--shard", "1/2", policy=tmp_path / "other.yml"), "parts.other-plan")
    refused(many.scrub("--shard", "plan/2", policy=tmp_path / "other.yml"), "parts.other-plan")
    for more in (["--shard", "1/3"], ["--shard", "plan/3"], ["--shard", "1/2", "--max-block", "32"], ["--shard", "1/2", "--workspace", "w"],
                 ["--shard", "1/2", "--destination", "segment"], ["--shard", "plan/2", "--ignore", "broken.json"],
                 ["--shard", "1/2", "--ignore", "broken.json"]):
        refused(many.scrub(*more), "parts.other-plan")
    many.inspect("-o", "meeting", "--ignore", "broken.json", "--shard", "plan/2", expect=0)
    for shard in ("plan/2", "1/2"):
        refused(many.inspect("-o", "meeting", "--shard", shard), "parts.other-plan")
        refused(many.inspect("-o", "meeting", "--ignore", "packed.json.gz", "--shard", shard), "parts.other-plan")
    many.inspect("-o", "meeting", "--ignore", "broken.json", "--shard", "1/2", expect=2)
    many.environment = {"CURRENTS_SCRUB_KEY": bytes(range(40, 72)).hex()}
    refused(many.scrub("--shard", "1/2"), "parts.other-plan")
    many.environment = None
    refused(many.inspect("-o", "out", "--shard", "1/2"), "parts.other-plan")
    other = place("other")
    (other.folder / "state/state.key").write_text(bytes(32).hex().replace("00", "a7") + "\n")
    refused(other.run("--policy", archive.parent / "policy.yml", archive, "-o", many.folder / "out", "--shard", "1/2"), "parts.other-state-key")


def test_an_output_with_a_plan_is_for_its_parts_alone(place, archive):
    many = place()
    many.scrub("--shard", "plan/2", expect=0)
    refused(many.scrub(), "parts.under-way")
    refused(many.run("erase", "out", "--subject", "external_user_id=customer-17", "--yes"), "parts.under-way")
    shutil.rmtree(many.folder / "out/_currents-scrub/parts")
    many.scrub(expect=2)


def test_what_cannot_be_done_in_parts_is_a_usage_error(place, archive):
    many = place()
    for done in (many.scrub("--shard", "plan/2", "--dry-run"),
                 many.scrub("--shard", "0/2"), many.scrub("--shard", "3/2"), many.scrub("--shard", "2"), many.scrub("--shard", "plan/100001"),
                 many.run("--policy", "gdpr", archive, "--shard", "1/2"), many.inspect("--shard", "plan/2"), many.inspect("-o", "x"),
                 many.inspect("-o", archive / "x", "--shard", "plan/2"), many.inspect("-o", "x", "--shard", "plan/2", "--html", "x.html")):
        assert done.returncode == 64 and b"[usage]" in done.stderr
    assert not (many.folder / "out").exists()


def test_no_value_stands_in_what_parts_leave(place, whole):
    """Originals of tokens are there, and encrypted."""
    many = place()
    many.scrub("--shard", "plan/1", expect=0)
    many.scrub("--shard", "1/1")
    originals = set(whole[0][3][0].values())
    assert len(originals) > 100
    left = b"".join(path.read_bytes() for path in (many.folder / "out/_currents-scrub/parts").iterdir())
    assert b'"vault"' in left and not [value for value in originals if len(value) > 7 and value in left]


# MARK: stores

@pytest.fixture(scope="module", params=[stores.Amazon, stores.Google, stores.Azure], ids=["s3", "gs", "az"])
def server(request):
    server = request.param()
    server.page_size = 40
    yield server
    server.stop()


@pytest.mark.parametrize("server, local", [(stores.Amazon, False), (stores.Amazon, True), (stores.Google, False), (stores.Azure, False)],
                         ids=["s3", "s3 from a folder", "gs", "az"], indirect=["server"])
def test_parts_in_a_store(place, run, server, archive, whole, local):
    bucket = f"parts-{int(local)}"
    server.create(bucket)
    many = place(environment=server.environment())
    many.archive = archive
    if not local:
        server.upload(archive, bucket, "in/")
    source = archive if local else server.address(bucket, "in/")
    how = ("--policy", archive.parent / "policy.yml", source, "-o", server.address(bucket, "out/"))
    many.run(*how, "--shard", "plan/3", expect=0)
    refused(many.run(*how), "parts.under-way")
    for shard in ["1/3", "1/3", *shards(3)]:
        assert many.run(*how, "--shard", shard).returncode in (0, 2)
    refused(many.run("merge", server.address(bucket, "other/")), "parts.no-plan")
    many.run("merge", server.address(bucket, "out/"), expect=2)
    assert server.objects(bucket, "out/") == whole[0][0]
    assert many.originals() == whole[0][3]
    report, expected = many.report()[0], whole[0][1]
    assert {k: v for k, v in report.items() if k not in ("inputs", "output")} == {k: v for k, v in expected.items() if k not in ("inputs", "output")}
    # Once more, with attempts at the same time, over what stands there.
    many.run(*how, "--shard", "plan/2", expect=0)
    environment = {"PATH": os.environ["PATH"], "HOME": str(many.folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex(), **server.environment()}
    attempts = [subprocess.Popen([BINARY, *map(str, how), "--state", "state", "--quiet", "--shard", shard], cwd=many.folder, env=environment)
                for shard in ("1/2", "2/2", "1/2")]
    assert {attempt.wait() for attempt in attempts} <= {0, 2}
    shutil.rmtree(many.folder / "Reports")
    many.run("merge", server.address(bucket, "out/"), expect=2)
    assert server.objects(bucket, "out/") == whole[0][0]


def test_an_inspection_in_parts_in_a_store(place, server, archive):
    server.create("inspected")
    server.upload(archive, "inspected", "in/")
    many = place(environment=server.environment())
    source, meeting = server.address("inspected", "in/"), server.address("inspected", "parts")
    expected = json.loads(many.run("inspect", source, "--json", expect=2).stdout)
    many.run("inspect", source, "-o", meeting, "--shard", "plan/2", expect=0)
    for shard in shards(2):
        many.run("inspect", source, "-o", meeting, "--shard", shard)
    found = json.loads(many.run("merge", meeting, "--json", expect=2).stdout)
    assert found | {"seconds": 0} == expected | {"seconds": 0}
    assert server.objects("inspected", "parts") == {}


class Late:
    """A part of a scrub in a store that hangs at a request for its only file, and goes on when it is let."""

    def __init__(self, many, server, bucket, method):
        self.many, self.server, self.bucket = many, server, bucket
        self.proxy, self.came, self.gate = stores.Proxy(server.port), threading.Event(), threading.Event()
        name = "out/users.messages.email.Open.json"

        def hang(request, forward):
            self.came.set()
            self.gate.wait(60)
            request.answer(*forward())
        self.proxy.rules = [lambda number, request: hang if request.command == method and stores.key(request.path).endswith(name) else None]
        server.create(bucket)
        server.put(bucket, "in/users.messages.email.Open.json", b"".join(
            json.dumps({"id": f"o{n}", "user_id": f"5f{n:022d}", "email_address": f"ada{n}@example.test", "time": 1_780_000_000}).encode() + b"\n"
            for n in range(4)))

    def how(self, policy="gdpr"):
        return ["--policy", policy, self.server.address(self.bucket, "in/"), "-o", self.server.address(self.bucket, "out/"), "--state", "state"]

    def begin(self):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.many.folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex(),
                       **self.server.environment(self.proxy.url)}
        self.process = subprocess.Popen([BINARY, *self.how(), "--shard", "1/1"], cwd=self.many.folder, env=environment, stderr=subprocess.PIPE)
        assert self.came.wait(30)

    def end(self):
        self.gate.set()
        _, told = self.process.communicate(timeout=60)
        self.proxy.stop()
        return self.process.returncode, told


@pytest.mark.parametrize("again", ["scrubbed", "erased"])
@pytest.mark.parametrize("method", ["HEAD", "PUT"])
def test_an_attempt_that_comes_late_in_a_store_changes_nothing(place, server, method, again):
    """Another one did the part, and what was merged is other by now."""
    many = place(environment=server.environment())
    late = Late(many, server, f"late-{method.lower()}-{again}", method)
    many.run(*late.how(), "--shard", "plan/1", expect=0)
    late.begin()
    many.run(*late.how(), "--shard", "1/1", expect=0)
    many.run("merge", server.address(late.bucket, "out/"), expect=0)
    if again == "scrubbed":
        many.run(*late.how("gdpr-strict"), expect=0)
    else:
        many.run("erase", server.address(late.bucket, "in/"), server.address(late.bucket, "out/"), "--made-with", "gdpr",
                 "--subject", "email=ada1@example.test", "--yes", expect=0)
    before = server.objects(late.bucket)
    code, told = late.end()
    assert code == 3 and b"[parts.no-plan]" in told
    assert server.objects(late.bucket) == before


def test_an_attempt_that_comes_late_to_the_same_plan_is_refused(place, server):
    """What is planned again for the same is another plan."""
    many = place(environment=server.environment())
    late = Late(many, server, "late-again", "HEAD")
    many.run(*late.how(), "--shard", "plan/1", expect=0)
    late.begin()
    many.run(*late.how(), "--shard", "1/1", expect=0)
    many.run("merge", server.address(late.bucket, "out/"), expect=0)
    many.run(*late.how(), "--shard", "plan/1", expect=0)
    code, told = late.end()
    assert code == 3 and b"[parts.no-plan]" in told
    refused(many.run("merge", server.address(late.bucket, "out/")), "parts.missing")


@pytest.mark.parametrize("closed", [False, True])
def test_an_attempt_beside_a_merge_that_was_cut_off(place, server, closed):
    """Where a merge began, no part goes on, and the next merge does."""
    many = place(environment=server.environment())
    late = Late(many, server, f"late-merge-{int(closed)}", "HEAD")
    many.run(*late.how(), "--shard", "plan/1", expect=0)
    late.begin()
    many.run(*late.how(), "--shard", "1/1", expect=0)
    proxy = stores.Proxy(server.port)
    environment = {"PATH": os.environ["PATH"], "HOME": str(many.folder), **server.environment(proxy.url)}
    merge = ["merge", server.address(late.bucket, "out/"), "--state", "state", "--quiet"]
    process = []
    cut = stores.kill(lambda: process[0].pid, after=closed)
    proxy.rules = [lambda number, request: cut if request.command == "PUT" and "plan.json" in request.path else None]
    process.append(subprocess.Popen([BINARY, *merge], cwd=many.folder, env=environment))
    assert process[0].wait(60) == -signal.SIGKILL
    proxy.stop()
    code, told = late.end()
    assert (code, b"[parts.no-plan]" in told) == ((3, True) if closed else (0, False))
    if closed:
        refused(many.run(*late.how(), "--shard", "plan/1"), "parts.under-way")
        refused(many.run(*late.how(), "--shard", "1/1"), "parts.no-plan")
    many.run("merge", server.address(late.bucket, "out/"), expect=0)
    assert set(server.objects(late.bucket, "out/")) == {"_currents-scrub/manifest.json", "users.messages.email.Open.json"}


@pytest.mark.parametrize("hangs, other", [("GET", "is cut off"), ("GET", "is done"), ("PUT", "is done")])
def test_a_merge_that_another_one_overtakes(place, server, hangs, other):
    """It goes on with what the other one left, or is refused, and brings nothing back."""
    many = place(environment=server.environment())
    late = Late(many, server, f"overtaken-{hangs}-{other[3:]}".lower().replace(" ", "-"), "HEAD")
    late.proxy.rules = []
    out, done = server.address(late.bucket, "out/"), {"_currents-scrub/manifest.json", "users.messages.email.Open.json"}
    many.run(*late.how(), "--shard", "plan/1", expect=0)
    many.run(*late.how(), "--shard", "1/1", expect=0)
    came, gate = threading.Event(), threading.Event()

    def hang(request, forward):
        came.set()
        gate.wait(60)
        request.answer(*forward())

    def begin(rule):
        proxy = stores.Proxy(server.port)
        proxy.rules = [rule]
        environment = {"PATH": os.environ["PATH"], "HOME": str(many.folder), **server.environment(proxy.url)}
        return proxy, subprocess.Popen([BINARY, "merge", out, "--state", "state", "--quiet"], cwd=many.folder, env=environment, stderr=subprocess.PIPE)

    proxy, slow = begin(lambda number, request: hang if request.command == hangs and "plan.json" in request.path and not came.is_set() else None)
    assert came.wait(30)
    if other == "is cut off":
        process = []
        cut = stores.kill(lambda: process[0].pid, after=True)
        quick, merge = begin(lambda number, request: cut if request.command == "PUT" and "plan.json" in request.path else None)
        process.append(merge)
        assert merge.wait(60) == -signal.SIGKILL
        quick.stop()
    else:
        many.run("merge", out, expect=0)
    gate.set()
    _, told = slow.communicate(timeout=60)
    proxy.stop()
    late.proxy.stop()
    assert (slow.returncode, b"[parts.no-plan]" in told) == ((0, False) if other == "is cut off" else (3, True)), told
    assert set(server.objects(late.bucket, "out/")) == done


@pytest.mark.parametrize("server", [stores.Amazon], ids=["s3"], indirect=True)
def test_what_a_merge_left_in_a_store_that_was_cut_off_goes(place, server):
    many = place(environment=server.environment())
    late = Late(many, server, "left", "HEAD")
    late.proxy.rules = []
    out = server.address(late.bucket, "out/")
    for command in (["merge", out, "--state", "state"], [*late.how(), "--shard", "plan/1"]):
        many.run(*late.how(), "--shard", "plan/1", expect=0)
        many.run(*late.how(), "--shard", "1/1", expect=0)
        process = []
        cut = stores.kill(lambda: process[0].pid, after=True)
        late.proxy.rules = [lambda number, request: cut if request.command == "DELETE" and "plan.json" in request.path else None]
        environment = {"PATH": os.environ["PATH"], "HOME": str(many.folder), **server.environment(late.proxy.url)}
        process.append(subprocess.Popen([BINARY, "merge", out, "--state", "state", "--quiet"], cwd=many.folder, env=environment))
        assert process[0].wait(60) == -signal.SIGKILL
        parts = "out/_currents-scrub/parts/"
        assert set(server.objects(late.bucket, parts)) == {"1.files", "1.results"}
        if command[0] == "merge":
            refused(many.run(*command), "parts.no-plan")
            assert server.objects(late.bucket, parts) == {}
        else:
            many.run(*command, expect=0)
            assert set(server.objects(late.bucket, parts)) == {"1.files", "plan.json"}
    late.proxy.stop()


@pytest.mark.parametrize("server, local", [(stores.Amazon, False), (stores.Amazon, True)], ids=["s3", "folder"], indirect=["server"])
def test_an_output_in_an_archive_is_an_output(place, server, local):
    """Who erases in a folder above an output waits for its parts, and tells its manifest anew."""
    many = place(environment=server.environment())
    late = Late(many, server, f"inside-{int(local)}", "HEAD")
    late.proxy.stop()
    above = many.folder / "shared" if local else server.address(late.bucket, "shared/")
    out = many.folder / "shared/a/out" if local else server.address(late.bucket, "shared/a/out")
    how = ["--policy", "gdpr", server.address(late.bucket, "in/"), "-o", out]
    erase = ["erase", above, "--made-with", "gdpr", "--subject", "email=ada1@example.test", "--yes"]
    many.run(*how, "--shard", "plan/1", expect=0)
    many.run(*how, "--shard", "1/1", expect=0)
    refused(many.run(*erase), "parts.under-way")
    many.run("merge", out, expect=0)
    many.run("verify", "scrubbed", "--policy", "gdpr", out, expect=0)
    done = json.loads(many.run(*erase, "--json", expect=0).stdout)
    assert done["rewritten"] == 1
    many.run("verify", "scrubbed", "--policy", "gdpr", out, expect=0)
