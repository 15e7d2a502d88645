"""Nights whose archives and outputs lie in object stores: what holds of folders holds of them, and wherever a night is killed,
nothing is shared of somebody whose events have to go."""

import json
import os
import shutil
import subprocess
import time

import pytest
import reference
import stores
import test_nightly

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
ALL = os.environ.get("ERASE_TORTURE") == "1"
SERVERS = {"s3": stores.Amazon, "gs": stores.Google, "az": stores.Azure}


@pytest.fixture(scope="module")
def servers():
    running = {}

    def server(name):
        if name not in running:
            running[name] = SERVERS[name]()
            running[name].page_size = 10
        return running[name]

    yield server
    for one in running.values():
        one.stop()


class Bench(test_nightly.Bench):
    """The same folder, whose archives and outputs are copies of what a bucket holds: it is put there before each night, and
    taken from there after it."""

    def __init__(self, run, folder, server, bucket):
        self.server, self.bucket, self.places, self.url = server, bucket, [], None
        server.create(bucket)
        self.plain_run = run
        super().__init__(self.run_there, folder)

    def environment(self):
        return self.server.environment(self.url, HOME=str(self.folder), TMPDIR=str(self.folder))

    def run_there(self, *arguments, **more):
        self.push()
        try:
            return self.plain_run(*arguments, environment=self.environment(), **more)
        finally:
            self.pull()

    def config(self, **more):
        super().config(**more)
        text = json.loads((self.folder / "nightly.yml").read_text())
        for archive in text["archives"]:
            for place in ("input", "output"):
                self.places = sorted({*self.places, archive[place]})
                archive[place] = self.server.address(self.bucket, archive[place])
        (self.folder / "nightly.yml").write_text(json.dumps(text))

    def there(self, place):
        return self.server.objects(self.bucket, place + "/")

    def push(self):
        for place in self.places:
            folder, known = self.folder / place, self.there(place)
            here = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
            for name in {*here, *known}:
                if name not in here:
                    self.server.remove(self.bucket, f"{place}/{name}")
                elif here[name] != known.get(name):
                    self.server.put(self.bucket, f"{place}/{name}", here[name])

    def pull(self):
        """What did not change is not written."""
        for place in self.places:
            folder, known = self.folder / place, self.there(place)
            for path in [p for p in folder.rglob("*") if p.is_file() and str(p.relative_to(folder)) not in known]:
                path.unlink()
            for name, data in known.items():
                path = folder / name
                if not path.exists() or path.read_bytes() != data:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)


@pytest.fixture
def bench(request, run, servers, tmp_path):
    name = getattr(request, "param", "s3")
    bucket = ("n" + "".join(c for c in request.node.name.lower() if c.isalnum()))[:60]
    return Bench(run, tmp_path, servers(name), bucket)


@pytest.mark.parametrize("bench", SERVERS, indirect=True)
@pytest.mark.parametrize("test", [test_nightly.test_nothing_new_writes_no_file, test_nightly.test_a_week], ids=lambda test: test.__name__)
def test_in_every_store(test, bench):
    test(bench)


@pytest.mark.parametrize("test", [
    test_nightly.test_a_failing_archive_hides_no_other,
    test_nightly.test_an_archive_that_is_not_mounted_forgets_nothing,
    test_nightly.test_a_file_that_is_written_again_is_shared_again,
    test_nightly.test_an_output_that_is_gone_is_made_again,
    test_nightly.test_who_is_erased_is_erased_from_what_was_withheld,
    test_nightly.test_erasing_by_hand_knows_the_archives_of_nights,
    test_nightly.test_events_that_are_too_old_go,
    test_nightly.test_names_that_begin_with_a_mark,
    test_nightly.test_more_people_than_a_night_may_erase,
    test_nightly.test_people_on_a_list_stay_out_and_come_back,
    test_nightly.test_more_of_an_erased_person_than_a_guard_lets_go_is_not_shared,
    test_nightly.test_what_a_hold_keeps_of_an_erased_person_is_not_shared,
    test_nightly.test_who_is_held_whole_is_not_erased,
    test_nightly.test_one_brand_is_shared_and_proved,
], ids=lambda test: test.__name__)
def test_as_in_folders(test, bench):
    test(bench)


def test_objects_that_are_young_are_left_to_the_next_night(bench):
    bench.config(archives=[{"name": "one", "input": "archive", "policy": "policy.yml", "output": "shared", "settle": "3s"}])
    bench.write("f.avro", bench.events("ann", 5))
    told = bench.night()["archives"][0]
    assert (told["young"], told["written"]) == (1, 0)
    time.sleep(4)
    told = bench.night()["archives"][0]
    assert (told["young"], told["written"]) == (0, 1)
    bench.check()


def test_a_quiet_night_asks_for_lists_only(bench):
    """However many objects there are: none is asked for by itself, but for those of the output's lock and manifest."""
    for number in range(12):
        bench.write(f"f{number}.json", bench.events("ann", 3))
    bench.night()
    proxy = stores.Proxy(bench.server.port)
    bench.url = proxy.url
    bench.night()
    proxy.stop()
    asked = [(method, stores.key(path)) for method, path in proxy.log]
    assert not [one for one in asked if one[1].endswith(".json") and "/_" not in one[1]], asked
    assert {method for method, _ in asked} <= {"GET", "HEAD"} and 1 <= len(asked) <= 20


def test_a_store_that_does_not_answer_bars_what_depends_on_it(bench):
    """Nobody is erased while an archive may hold more than it tells; the archive beside it is shared."""
    bench.config(archives=[{"name": name, "input": place, "policy": "policy.yml", "output": f"out-{name}", "settle": 0}
                           for name, place in (("one", "archive"), ("two", "other"))])
    bench.write("f.avro", bench.events("ann", 5))
    shutil.copytree(bench.archive, bench.folder / "other")
    bench.request("erase-ann", "ann", "erasure")
    proxy = stores.Proxy(bench.server.port)
    proxy.rules = [lambda number, request: stores.error(403, "AccessDenied") if "prefix=other" in request.path else None]
    bench.url = proxy.url
    told = bench.night(expect=1)
    proxy.stop()
    bench.url = None
    archives = {one["name"]: one for one in told["archives"]}
    assert (archives["two"]["code"], archives["two"]["written"], archives["one"]["written"]) == ("store.denied", 0, 1)
    assert told["requests"][0]["blocked"] == "request.archive-away"
    told = bench.night()
    assert [one["state"] for one in told["requests"]] == ["done"]
    bench.erase("ann")
    bench.check(bench.folder / "out-one")


def test_the_check_asks_the_store(bench):
    bench.write("f.avro", bench.events("ann", 5))
    bench.push()
    told = json.loads(bench.run("nightly", "check", bench.folder / "nightly.yml", "--json", expect=None).stdout)
    assert told["archives"][0]["new"] == 1 and told["problems"] == []
    assert bench.there("shared") == {}
    done = bench.plain_run("nightly", "check", bench.folder / "nightly.yml", expect=1, environment={
        "AWS_ENDPOINT_URL_S3": bench.server.url, "AWS_EC2_METADATA_DISABLED": "true"})
    assert b"store.no-credentials" in done.stdout + done.stderr


def test_nothing_of_an_erased_person_is_left_in_earlier_versions(bench):
    """Neither in the archive, where a file was uploaded twice, nor in the output, which was scrubbed twice."""
    s3 = bench.server.s3
    s3.put_bucket_versioning(Bucket=bench.bucket, VersioningConfiguration={"Status": "Enabled"})

    def versions():
        found = s3.list_object_versions(Bucket=bench.bucket).get("Versions", [])
        return [(entry["Key"], s3.get_object(Bucket=bench.bucket, Key=entry["Key"], VersionId=entry["VersionId"])["Body"].read())
                for entry in found]

    def holding(person):
        values = [f"braze-{person}".encode(), reference.pseudonym("braze_id", f"braze-{person}", audience="agency").encode()]
        return {key.split("/")[0] for key, data in versions() if any(value in data for value in values)}

    for count in (5, 6):
        bench.write("f.avro", bench.events("ann", count) + bench.events("bob", count))
        bench.write("g.json", bench.events("ann", count) + bench.events("cid", count))
        bench.night()
    assert len(versions()) > 8 and holding("ann") == {"archive", "shared"}
    bench.request("erase-ann", "ann", "erasure")
    assert [one["state"] for one in bench.night()["requests"]] == ["done"]
    assert holding("ann") == set() and holding("bob") == holding("cid") == {"archive", "shared"}
    bench.erase("ann")
    bench.check()
    before = len(versions())
    assert bench.night()["archives"][0]["written"] == 0 and len(versions()) == before


@pytest.mark.parametrize("place", ["inbox", "state", "reports", "quarantine", "metrics", "signing_key", "legal_holds"])
def test_other_places_are_on_this_machine(run, tmp_path, place):
    told = {"version": 1, "archives": [{"name": "a", "input": "s3://bucket/a"}]}
    told |= {"requests": {"inbox": "s3://bucket/x"}} if place == "inbox" else {place: "s3://bucket/x"}
    (tmp_path / "n.yml").write_text(json.dumps(told))
    done = run("nightly", "check", tmp_path / "n.yml", expect=3)
    assert f"{place} is a place on this machine, not in a store".encode() in done.stderr


@pytest.mark.parametrize("address", ["s3://", "ftp://bucket/a", "s3://bucket//a", "az://account"])
def test_addresses_that_are_none(run, tmp_path, address):
    (tmp_path / "n.yml").write_text(json.dumps({"version": 1, "archives": [{"name": "a", "input": address}]}))
    done = run("nightly", "check", tmp_path / "n.yml", expect=3)
    assert b"1 finding" in done.stderr and address.encode() in done.stderr


class Killed:
    """A night in which everything happens, over and over from the same start: somebody who was erased is back in a restored
    object, Braze tells of another one, a third asks, events are too old, and objects are new."""

    GONE = ("back", "told", "asks", "old")

    def __init__(self, bench):
        self.bench = bench
        bench.config(
            jobs=1, harvest={"mode": "erase", "max_people": 9}, erasure={"max_share": 1},
            retention={"enabled": True, "max_share_per_night": "90%", "rules": [{"events": "*", "age": "400 days"}]})
        restored = bench.events("back", 2) + bench.events("stays", 2)
        bench.write("restored.json", restored)
        bench.request("r0", "back", "erasure")
        bench.night()
        bench.write("restored.json", restored)
        bench.write("new.avro", [event for who in ("asks", "stays", "told") for event in bench.events(who, 2)]
                    + bench.events("old", 2, at=test_nightly.NOON - 800 * 86_400))
        lines = [{"id": "d1", "user_id": "braze-told", "app_group_id": "w1", "time": test_nightly.NOON}]
        (bench.archive / "users.UserDeleteRequest.json").write_text(json.dumps(lines[0]) + "\n")
        bench.request("r1", "asks", "erasure")
        self.start_folder = bench.folder.parent / (bench.folder.name + "-start")
        shutil.copytree(bench.folder, self.start_folder)
        bench.push()
        self.start_objects = self.objects()

    def objects(self):
        return {f"{place}/{name}": data for place in self.bench.places for name, data in self.bench.there(place).items()
                if not name.startswith(".") and not name.endswith("/lock")}

    def start(self):
        shutil.rmtree(self.bench.folder)
        shutil.copytree(self.start_folder, self.bench.folder)
        for place in self.bench.places:
            for name in self.bench.there(place):
                if f"{place}/{name}" not in self.start_objects:
                    self.bench.server.remove(self.bench.bucket, f"{place}/{name}")
        for name, data in self.start_objects.items():
            self.bench.server.put(self.bench.bucket, name, data)

    def night(self, rule=None):
        """Status, what was said, and the requests."""
        proxy, process = stores.Proxy(self.bench.server.port), []
        proxy.rules = [rule(lambda: process[0].pid)] if rule else []
        process.append(subprocess.Popen(
            [BINARY, "nightly", "nightly.yml", "--quiet"], cwd=self.bench.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(self.bench.folder), "TMPDIR": str(self.bench.folder),
                 **self.bench.server.environment(proxy.url)}))
        _, said = process[0].communicate(timeout=120)
        proxy.stop()
        return process[0].returncode, said.decode(errors="replace"), list(proxy.log)

    def faults_at_once(self):
        for name, data in self.objects().items():
            if name.startswith("archive/") and data not in (self.start_objects.get(name), self.whole.get(name)):
                # Some steps change one object one after the other.
                if len(data) > len(self.start_objects[name]):
                    yield f"{name} grew"
            if name.startswith("shared/") and "/_" not in name:
                for who in self.GONE:
                    if reference.pseudonym("braze_id", f"braze-{who}", audience="agency").encode() in data and data != self.start_objects.get(name):
                        yield f"{name} shares somebody whose events go"

    def faults_after_rerun(self):
        status, said, _ = self.night()
        if status != 0:
            yield f"the rerun ends with {status}: {said}"
        now = self.objects()
        for name in {*now, *self.whole}:
            if now.get(name) != self.whole.get(name):
                yield f"the rerun leaves another {name}"
        journals = self.bench.folder / "state/journals"
        if journals.exists() and list(journals.iterdir()):
            yield "the rerun leaves a journal"


def test_killed_at_any_request_and_run_again(bench, capsys):
    killed = Killed(bench)
    killed.start()
    status, said, log = killed.night()
    assert status == 0, said
    killed.whole = killed.objects()
    for name, data in killed.whole.items():
        for who in killed.GONE:
            assert f"braze-{who}".encode() not in data or who == "told" and name.endswith("UserDeleteRequest.json"), name
    numbers = range(1, len(log) + 1) if ALL else range(3, len(log) + 1, max(len(log) // 10, 1))
    wrong, felt = [], 0
    for number in numbers:
        killed.start()
        status, said, _ = killed.night(lambda pid: stores.at(number, stores.kill(pid)))
        felt += status == -9
        at = f"{number} {log[number - 1][0]} {stores.key(log[number - 1][1])[-60:]}"
        wrong += [f"{at}: {fault}" for fault in (*killed.faults_at_once(), *killed.faults_after_rerun())]
    with capsys.disabled():
        print(f"\nnight in a store: killed at {felt} requests of {len(log)}, {len(wrong)} faults", flush=True)
    assert wrong == [] and felt >= 10
