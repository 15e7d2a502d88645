"""Archives in object stores: the same answers as from folders, whatever the store does."""

import base64
import contextlib
import gzip
import http.server
import json
import os
import pathlib
import re
import subprocess
import threading
import time
import urllib.parse

import pytest
import reference
import stores
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

BINARY = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))

PREFIX = "currents/dataexport.prod-01.S3.integration.0123456789abcdef01234567/"


@pytest.fixture(scope="session", params=["Amazon", "Google", "Azure"])
def store(request):
    """A store of each kind."""
    server = getattr(stores, request.param)()
    yield server
    server.stop()


def only(*names):
    """For what is asked of some kinds of stores only."""
    return pytest.mark.parametrize("store", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def archive(run, tmp_path_factory):
    """A sample archive as a folder."""
    folder = tmp_path_factory.mktemp("archive") / "in"
    run("sample", "--events", 150, "--users", 20, "-o", folder)
    return folder


@pytest.fixture(scope="session")
def bucket(store, archive):
    """The same archive in a bucket."""
    store.create("archive")
    store.upload(archive, "archive", PREFIX)
    return store.address("archive", PREFIX)


@pytest.fixture
def empty(store, request):
    """A bucket of the test's own."""
    name = "test-" + "".join(c for c in request.node.name.lower() if c.isalnum())[:50]
    store.create(name)
    return name


@pytest.fixture
def one(store, empty):
    """A bucket with one small object."""
    store.put(empty, "users.messages.email.Open.json", b'{"id":"1"}\n')
    return store.address(empty)


@pytest.fixture
def proxy(store):
    proxy = stores.Proxy(store.port)
    yield proxy
    proxy.stop()


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "lock"}


def scrub(run, environment, source, tmp_path, *more, expect=0, name="out"):
    done = run("--policy", "gdpr", source, "-o", tmp_path / name, "--reports", tmp_path / "reports", "--json", *more,
               environment=environment, expect=expect)
    return tree(tmp_path / name), done


@pytest.fixture(scope="session")
def expected(run, archive, tmp_path_factory):
    """What a scrub of the folder writes."""
    return scrub(run, {}, archive, tmp_path_factory.mktemp("expected"))[0]


@pytest.mark.parametrize("command", ["export", "erase"])
def test_what_is_replaced_after_the_search_is_read_as_nobodys(run, store, empty, proxy, tmp_path, command):
    """Where the person's event stood, somebody else's may stand by now."""
    def lines(*people):
        return b"".join(json.dumps({"id": who, "external_user_id": who, "email_address": f"{who}@example.test", "time": 1780000000}).encode() + b"\n"
                        for who in people)
    key = "x/users.messages.email.Open.json"
    store.put(empty, key, lines("ann", "bob"))
    store.put(empty, "y/" + key, lines("ann"))
    gets = []

    def replace(number, request):
        if request.command == "GET" and stores.key(request.path).endswith("/" + key) and "/y/" not in request.path:
            gets.append(request.path)
            if len(gets) == 2:
                store.put(empty, key, lines("bob", "ann"))
    proxy.rules = [replace]
    (tmp_path / "who").write_text("external_user_id=ann\n")
    more = ["-o", tmp_path / "package"] if command == "export" else ["--yes", "--max-share", "1", "--reports", tmp_path / "reports"]
    done = run(command, "--subject-file", tmp_path / "who", store.address(empty), "--state", tmp_path / "state", *more,
               environment=store.environment(proxy.url), expect=1)
    assert len(gets) >= 2 and b"[file.changed-while-read]" in done.stderr
    assert not (tmp_path / "package").exists() and store.objects(empty)[key] == lines("bob", "ann")


def test_an_inspection_tells_the_same(run, store, archive, bucket):
    def facts(source):
        found = json.loads(run("inspect", source, "--json", environment=store.environment()).stdout)
        return {key: value for key, value in found.items() if key not in ("seconds", "inputs")}
    assert facts(bucket) == facts(archive)


def test_a_scrub_writes_the_same(run, store, bucket, expected, tmp_path):
    assert scrub(run, store.environment(), bucket, tmp_path)[0] == expected
    # A prefix is one with and without a slash at its end, and what only begins alike is not in it.
    store.put("archive", PREFIX.rstrip("/") + "2/other.json", b"no event\n")
    assert scrub(run, store.environment(), bucket.rstrip("/"), tmp_path, name="again")[0] == expected
    store.remove("archive", PREFIX.rstrip("/") + "2/other.json")


def test_one_object_is_an_input(run, store, archive, bucket, tmp_path):
    name = max((p for p in archive.rglob("*.avro")), key=lambda p: p.stat().st_size).relative_to(archive)
    local, _ = scrub(run, {}, archive / name, tmp_path, name="local")
    assert scrub(run, store.environment(), bucket + str(name), tmp_path)[0] == local


def test_one_object_beside_the_mark_of_a_folder(run, store, empty, tmp_path):
    """Consoles make an empty object where somebody makes a folder."""
    store.put(empty, "c/", b"")
    done = run("inspect", store.address(empty, "c"), "--json", environment=store.environment())
    assert json.loads(done.stdout)["totals"]["files"] == 0
    store.put(empty, "c", b'{"event_type":"users.messages.email.Open","id":"1"}\n')
    done = run("inspect", store.address(empty, "c"), "--event-type", "users.messages.email.Open", "--json", environment=store.environment())
    assert json.loads(done.stdout)["totals"]["files"] == 1


def test_several_inputs_of_both_kinds(run, store, archive, bucket, tmp_path):
    done = run("inspect", archive, bucket, "--json", environment=store.environment())
    both = json.loads(done.stdout)
    assert both["totals"]["events"] == 300


def test_an_access_request_finds_the_same(run, store, archive, bucket, tmp_path):
    person = json.loads((archive / "_truth.json").read_text())["people"][3]["user_id"]
    (tmp_path / "person").write_text(f"braze_id={person}\n")
    packages = []
    for name, source in (("folder", archive), ("store", bucket)):
        run("export", "--subject-file", tmp_path / "person", source, "-o", tmp_path / name, "--state", tmp_path / "state",
            environment=store.environment())
        packages.append((tmp_path / name / "events.ndjson").read_bytes())
    assert packages[0] == packages[1] and packages[0].count(b"\n") > 5


NAMES = ["a=b/c+d.json", "with space/é ü 日本.json", "n/\u0301e.json", "per%cent/%41.json", "ques?tion&amp=1#x.json", "quo'te\"s<>.json", "tilde~*!().json"]


def test_keys_of_every_spelling(run, store, empty, tmp_path):
    line = b'{"event_type":"users.messages.email.Open","id":"1","email_address":"ada@example.test"}\n'
    for name in NAMES:
        store.put(empty, "x/" + name, line)
    written, done = scrub(run, store.environment(), store.address(empty, "x"), tmp_path, "--event-type", "users.messages.email.Open")
    assert sorted(name for name in written if not name.startswith("_")) == sorted(NAMES)
    for name in NAMES:
        alone, _ = scrub(run, store.environment(), store.address(empty, f"x/{name}"), tmp_path, "--event-type",
                         "users.messages.email.Open", name="alone-" + str(NAMES.index(name)))
        assert alone[name.rsplit("/")[-1]] == written[name]


@pytest.mark.parametrize("key", ["a//b.json", "a/../b.json", "../b.json", "./b.json", "/b.json", "a/../\u0301b.json", ""])
def test_keys_that_are_no_paths_are_named_not_written(run, store, empty, tmp_path, key):
    store.put(empty, "x/" + key, b'{"id":"1"}\n')
    store.put(empty, "x/users.messages.email.Open.json", b'{"id":"1"}\n')
    written, done = scrub(run, store.environment(), store.address(empty, "x"), tmp_path, expect=2)
    assert [name for name in written if not name.startswith("_")] == ["users.messages.email.Open.json"]
    assert b"[store.key-is-no-path]" in done.stderr


LONG = ["x" * 256 + "/b.json", "a/" + "é" * 125 + ".json.gz"]


@pytest.mark.parametrize("parts", [0, 2])
def test_keys_with_parts_that_no_folder_takes(run, store, empty, tmp_path, parts):
    """Such an object is named and counted, and the rest goes on; a store takes it."""
    names = [*LONG, "a/" + "é" * 125 + ".json"]
    for name in names:
        content = b'{"event_type":"users.messages.email.Open","id":"1","time":1780000000}\n'
        store.put(empty, "x/" + name, gzip.compress(content) if name.endswith("gz") else content)
    arguments = ["--policy", "gdpr", store.address(empty, "x"), "--state", tmp_path / "state", "--reports", tmp_path / "reports", "-o"]
    folder = tmp_path / "out"
    if parts:
        run(*arguments, folder, "--shard", f"plan/{parts}", environment=store.environment())
        for part in range(1, parts + 1):
            run(*arguments, folder, "--shard", f"{part}/{parts}", environment=store.environment(), expect=None)
        done = run("merge", folder, "--state", tmp_path / "state", "--reports", tmp_path / "reports", "--json", environment=store.environment(), expect=2)
    else:
        done = run(*arguments, folder, "--json", environment=store.environment(), expect=2)
    told = json.loads(done.stdout)
    assert {problem["file"]: problem["code"] for problem in told["problems"]} == dict.fromkeys(LONG, "file.name-too-long")
    assert told["files"]["failed"] == 2 and told["files"]["scrubbed"] + told["files"]["unchanged"] == 1
    assert [path.name for path in folder.rglob("*.json") if not path.parent.name.startswith("_")] == [names[2][2:]]
    if not parts:
        run(*arguments, store.address(empty, "out"), environment=store.environment())


@only("Amazon")
def test_more_keys_than_a_page_holds(run, store, empty, tmp_path):
    def put(numbers):
        client = store.client("s3", store.key, store.secret)
        for number in numbers:
            client.put_object(Bucket=empty, Key=f"x/_{number}" if number % 100 else f"x/{number}.json", Body=b'{"id":"1"}\n')
    threads = [threading.Thread(target=put, args=(range(start, 1100, 8),)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = run("inspect", store.address(empty, "x"), "--json", environment=store.environment())
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["totals"]["files"] == 11 and found["totals"]["ignored"] == 1089


def test_large_objects_come_in_pieces(run, store, empty, proxy, tmp_path):
    line = json.dumps({"id": "1", "email_address": "ada@example.test", "campaign_name": "x" * 900}).encode() + b"\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_bytes(line * 20_000)
    store.upload(tmp_path / "in", empty)
    local, _ = scrub(run, {}, tmp_path / "in", tmp_path, name="local")
    assert scrub(run, store.environment(proxy.url), store.address(empty), tmp_path)[0] == local
    pieces = [path for method, path in proxy.log if method == "GET" and stores.key(path).endswith(".json")]
    assert len(pieces) == 3


# What stores do

LIST = "list-type|comp=list"

FAULTS = {
    "resets": lambda: [stores.every(3, stores.reset)],
    "half-bodies": lambda: [stores.every(3, stores.half)],
    "busy": lambda: [stores.first(6, stores.error(503, "SlowDown"), path=LIST), stores.every(4, stores.error(503, "SlowDown"))],
    "too-many": lambda: [stores.every(4, stores.error(429, "TooManyRequests", Retry_After="0"))],
    "failing": lambda: [stores.every(5, stores.error(500, "InternalError"))],
    "slow": lambda: [stores.first(3, stores.slow(2), "GET", r"\.avro")],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_passes_changes_nothing(run, store, bucket, proxy, expected, tmp_path, fault):
    proxy.rules = FAULTS[fault]()
    assert scrub(run, store.environment(proxy.url), bucket, tmp_path)[0] == expected


LASTING = {
    "busy": (stores.error(503, "SlowDown"), "store.busy"),
    "denied": (stores.error(403, "AccessDenied"), "store.denied"),
    "archived": (stores.error(403, "InvalidObjectState"), "store.archived"),
    "refused": (stores.error(400, "InvalidRequest"), "store.refused"),
    "reset": (stores.reset, "store.unreachable"),
    "half": (stores.half, "store.unreachable"),
    "gone": (stores.error(404, "NoSuchKey"), "file.unreadable"),
    "whole": (stores.error(200, "x"), "format.unsupported"),
    "another-piece": (stores.changing(content_range="bytes 5-9/10"), "store.bad-answer"),
}


@only("Amazon")
@pytest.mark.parametrize("name", LASTING)
def test_an_object_that_cannot_be_read_is_named(run, store, bucket, proxy, expected, tmp_path, name):
    fault, code = LASTING[name]
    victim = sorted(name for name in expected if name.endswith(".avro"))[5]
    proxy.rules = [stores.first(1000, fault, "GET", re.escape(victim))]
    written, done = scrub(run, store.environment(proxy.url, AWS_MAX_ATTEMPTS="3"), bucket, tmp_path, expect=2)
    others = {name: data for name, data in expected.items() if name != victim and not name.startswith("_currents-scrub")}
    assert {name: data for name, data in written.items() if not name.startswith("_currents-scrub")} == others
    problems = json.loads(done.stdout)["problems"]
    assert [(p["file"], p["code"]) for p in problems] == [(victim, code)]


@only("Amazon")
def test_a_list_that_breaks_off_is_no_archive(run, store, bucket, proxy, tmp_path):
    proxy.rules = [stores.first(1000, stores.error(503, "SlowDown"), path="list-type")]
    _, done = scrub(run, store.environment(proxy.url, AWS_MAX_ATTEMPTS="2"), bucket, tmp_path, expect=1)
    assert b"[store.busy]" in done.stderr and b"HTTP 503 SlowDown" in done.stderr
    proxy.rules = [stores.first(1000, lambda request, forward: request.answer(200, [], b"<html><body/></html>"), path="list-type")]
    _, done = scrub(run, store.environment(proxy.url), bucket, tmp_path, expect=1)
    assert b"[store.bad-answer]" in done.stderr


@only("Google", "Azure")
def test_a_list_that_goes_in_circles_is_told(run, store, bucket, proxy, tmp_path):
    pages = []

    def first_page(request, forward):
        pages.append(forward())
        request.answer(*pages[0])
    proxy.rules = [stores.first(1000, first_page, path=LIST)]
    _, done = scrub(run, store.environment(proxy.url), bucket, tmp_path, expect=2)
    assert b"a list that does not go on" in done.stderr and b"[store.bad-answer]" in done.stderr
    assert len(pages) == 2


def test_an_object_replaced_while_it_is_read_is_neither(run, store, empty, proxy, tmp_path):
    line = json.dumps({"id": "1", "campaign_name": "x" * 900}).encode() + b"\n"
    body = line * 12_000
    store.put(empty, "users.messages.email.Open.json", body)

    def replace(request, forward):
        store.put(empty, "users.messages.email.Open.json", body.replace(b"xxx", b"yyy"))
        request.answer(*forward())
    seen = []

    def second(number, request):
        if request.command == "GET" and stores.key(request.path).endswith(".json"):
            seen.append(number)
            return replace if len(seen) == 2 else None
    for rule in (second, stores.first(1, stores.changing(etag='"0"'), "GET", r"\.json")):
        proxy.rules = [rule]
        written, done = scrub(run, store.environment(proxy.url), store.address(empty), tmp_path, expect=2, name="out-" + rule.__name__)
        assert b"[file.changed-while-read]" in done.stderr
        assert not [name for name in written if name.endswith(".json") and not name.startswith("_")]


@only("Amazon")
def test_silence_is_given_up(run, store, bucket, proxy, tmp_path):
    proxy.rules = [stores.first(1, stores.silence, "GET", r"\.avro")]
    start = time.monotonic()
    run("inspect", bucket, "--json", environment=store.environment(proxy.url))
    assert 15 < time.monotonic() - start < 35


@only("Amazon")
def test_the_region_and_the_time_are_learned(run, store, bucket, proxy, tmp_path):
    def rule(number, request):
        signed = request.headers["authorization"]
        if "/eu-central-1/" not in signed:
            return stores.error(301, "PermanentRedirect", x_amz_bucket_region="eu-central-1")
        stamp = request.headers["x-amz-date"]
        clock = time.strftime("%Y%m%dT%H", time.gmtime(time.time() + 5 * 3600))
        if not stamp.startswith(clock):
            date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 5 * 3600))
            return stores.error(403, "RequestTimeTooSkewed", Date=date)
    proxy.rules = [rule]
    done = run("inspect", bucket, "--json", environment=store.environment(proxy.url))
    assert len(proxy.log) == json.loads(done.stdout)["totals"]["files"] + 3


@only("Amazon")
def test_what_a_head_does_not_tell_is_asked_for(run, store, archive, expected, empty, proxy, tmp_path):
    """Answers to the first request, which has no body in its answers, are of a store whose clock is ahead, and of lent keys
    that ended."""
    def rule(number, request):
        date = time.time() + 5 * 3600
        if not request.headers["x-amz-date"].startswith(time.strftime("%Y%m%dT%H", time.gmtime(date))):
            return stores.error(403, "RequestTimeTooSkewed", Date=stores.stamp(date))
        if "Credential=ended/" in request.headers["authorization"]:
            return stores.error(400, "ExpiredToken")
    proxy.rules = [rule]
    lent = [{"AccessKeyId": key, "SecretAccessKey": store.secret, "Token": "", "Expiration": "2099-01-01T00:00:00Z"}
            for key in ("ended", store.key)]

    class Renewing(Lender):
        def do_GET(self):
            self.reply(json.dumps(lent.pop(0)).encode())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Renewing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    into(run, {"AWS_ENDPOINT_URL_S3": proxy.url, "HOME": str(tmp_path),
               "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{server.server_port}/"}, archive, store.address(empty), tmp_path)
    server.shutdown()
    assert proxy.log[0][0] == "HEAD" and lent == [] and store.objects(empty) == expected
    # One that is refused for good is told with its reason.
    proxy.rules = [lambda number, request: stores.error(403, "AccessDenied")]
    done = into(run, store.environment(proxy.url), archive, store.address(empty), tmp_path, expect=1)
    assert b"HTTP 403 AccessDenied" in done.stderr and b"[store.denied]" in done.stderr


@only("Amazon")
def test_redirects_are_not_followed(run, store, bucket, proxy, tmp_path):
    proxy.rules = [lambda number, request: stores.error(302, "Found", Location=store.url + request.path)]
    done = run("inspect", bucket, environment=store.environment(proxy.url), expect=1)
    assert b"HTTP 302" in done.stderr and b"[store.refused]" in done.stderr


# Who asks

@only("Amazon")
def test_a_wrong_secret_is_refused_and_told_to_nobody(run, store, bucket, tmp_path):
    secret = "not/the+secret" + "x" * 26
    done = run("inspect", bucket, environment=store.environment(AWS_SECRET_ACCESS_KEY=secret, AWS_SESSION_TOKEN="lenttoken"), expect=1)
    assert b"[store.denied]" in done.stderr
    for word in (secret, "lenttoken", store.key, "Signature=", "Authorization"):
        assert word.encode() not in done.stdout + done.stderr
    done = run("inspect", "s3://there-is-none", environment=store.environment(), expect=1)
    assert b"s3://there-is-none, HTTP 404 NoSuchBucket: " in done.stderr and b"[file.missing]" in done.stderr
    done = run("inspect", bucket + "nothing/here", environment=store.environment(), expect=1)
    assert b"[file.missing]" in done.stderr


@only("Amazon")
def test_profiles(run, store, bucket, tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(
        f"[default]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n\n# of the archive\n[archive]\n"
        f"aws_access_key_id={store.key}\naws_secret_access_key = {store.secret}\n")
    (tmp_path / ".aws/config").write_text(
        f"[profile archive]\nregion = eu-west-1\ns3 =\n  addressing_style = path\nendpoint_url = {store.url}\n[profile role]\nrole_arn = x\n")
    environment = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    run("inspect", bucket, environment={**environment, "AWS_PROFILE": "archive"})
    done = run("inspect", bucket, environment={**environment, "AWS_PROFILE": "nobody"}, expect=1)
    assert b"[store.no-credentials]" in done.stderr
    done = run("inspect", bucket, environment={**environment, "AWS_PROFILE": "role"}, expect=1)
    assert b"role_arn is not supported" in done.stderr
    # Keys beside a role are those that it is asked for with, or of somebody else.
    for setting in ("role_arn", "sso_session", "sso_start_url", "login_session", "credential_process"):
        (tmp_path / ".aws/config").write_text(f"[profile archive]\nendpoint_url = {store.url}\n{setting} = x\n")
        done = run("inspect", bucket, environment={**environment, "AWS_PROFILE": "archive"}, expect=1)
        assert f"{setting} is not supported".encode() in done.stderr
    done = run("inspect", bucket, environment={**environment, "HOME": "/nowhere", "AWS_ENDPOINT_URL": store.url}, expect=1)
    assert b"[store.no-credentials]" in done.stderr
    done = run("inspect", bucket, environment=store.environment("store.example.test"), expect=1)
    assert b"[store.bad-settings]" in done.stderr


@only("Amazon")
def test_credentials_that_cannot_be_meant(run, store, bucket, proxy, tmp_path):
    """Half a pair is no reason to ask as somebody else, and what ends with a line is put into no header."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text(f"[default]\naws_access_key_id = {store.key}\naws_secret_access_key = {store.secret}\n")
    base = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": proxy.url}
    run("inspect", bucket, environment=base)
    asked = len(proxy.log)
    pair = {"AWS_ACCESS_KEY_ID": store.key, "AWS_SECRET_ACCESS_KEY": store.secret}
    for name in pair:
        done = run("inspect", bucket, environment={**base, name: pair[name]}, expect=1)
        assert b"[store.no-credentials]" in done.stderr and b"it is not set" in done.stderr
    for more in ({"AWS_ACCESS_KEY_ID": store.key + "\n"}, {"AWS_SESSION_TOKEN": "abc\r\nX-Evil: 1"}, {"AWS_MAX_ATTEMPTS": "x"},
                 {"AWS_MAX_ATTEMPTS": "0"}):
        assert b"[store.bad-settings]" in run("inspect", bucket, environment={**base, **pair, **more}, expect=1).stderr
    assert len(proxy.log) == asked
    (tmp_path / ".aws/credentials").write_text(f"[my x]\naws_access_key_id = {store.key}\naws_secret_access_key = {store.secret}\n")
    for quote in ("'", '"'):
        (tmp_path / ".aws/config").write_text(f"[profile {quote}my x{quote}]\nendpoint_url = {store.url}\n")
        run("inspect", bucket, environment={"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "my x"})


@only("Amazon")
def test_a_lock_that_is_written_just_now_is_held(run, store, bucket, empty, proxy, tmp_path):
    """Why it cannot be read may take more room than the lock itself."""
    out = store.address(empty, "out")
    store.put(empty, "out/_currents-scrub/lock", b"{}")
    proxy.rules = [stores.first(1, stores.error(412, "PreconditionFailed"), "GET", "lock")]
    done = run("--policy", "gdpr", bucket, "-o", out, "--state", tmp_path / "state", "--reports", tmp_path / "reports",
               environment=store.environment(proxy.url), expect=4)
    assert b"[output.locked]" in done.stderr


@only("Amazon")
def test_endpoints_of_services_in_profiles(run, store, bucket, tmp_path):
    (tmp_path / ".aws").mkdir()
    keys = f"aws_access_key_id = {store.key}\naws_secret_access_key = {store.secret}\n"
    environment = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    nested = f"s3 =\n  # ours\n  endpoint_url = {store.url}\n  addressing_style = path\n"
    for text in (f"[default]\n{keys}{nested}", f"[services own]\n{nested}[default]\n{keys}services = own\nendpoint_url = http://127.0.0.1:1\n"):
        (tmp_path / ".aws/config").write_text(text)
        run("inspect", bucket, environment=environment)
    # What is indented belongs to a setting of its own section.
    (tmp_path / ".aws/config").write_text(f"[other]\ns3 =\n[default]\n  endpoint_url = http://127.0.0.1:1\n{keys}endpoint_url = {store.url}\n")
    run("inspect", bucket, environment=environment)
    (tmp_path / ".aws/config").write_text(f"[default]\n{keys}services = others\n")
    assert b"[store.bad-settings]" in run("inspect", bucket, environment=environment, expect=1).stderr


class Lender(http.server.BaseHTTPRequestHandler):
    """Endpoints of a container and of an instance."""
    answer, seen = b"", []

    def log_message(self, *_):
        pass

    def reply(self, body, status=200):
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        self.seen.append(self.path)
        self.reply(b"token of the instance" if self.headers["X-aws-ec2-metadata-token-ttl-seconds"] else b"", 200)

    def do_GET(self):
        self.seen.append(self.path)
        if self.path == "/container" and self.headers["Authorization"] == "token of the container":
            return self.reply(self.answer)
        if self.headers["X-aws-ec2-metadata-token"] != "token of the instance":
            return self.reply(b"", 401)
        role = "/latest/meta-data/iam/security-credentials/"
        return self.reply(b"the-role" if self.path == role else self.answer if self.path == role + "the-role" else b"",
                          200 if self.path.startswith(role) else 404)


@only("Amazon")
def test_containers_and_instances_lend_credentials(run, store, bucket, tmp_path):
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    Lender.answer = json.dumps({
        "Code": "Success", "AccessKeyId": store.key, "SecretAccessKey": store.secret, "Token": "", "Expiration": soon,
    }).replace("/", "\\/").encode()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lender)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    base = {"AWS_ENDPOINT_URL_S3": store.url, "HOME": str(tmp_path)}
    (tmp_path / "token").write_text("token of the container\n")
    run("inspect", bucket, environment={
        **base, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url + "/container", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token")})
    assert Lender.seen == ["/container"]
    run("inspect", bucket, environment={**base, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url})
    assert Lender.seen[1:] == ["/latest/api/token", "/latest/meta-data/iam/security-credentials/",
                               "/latest/meta-data/iam/security-credentials/the-role"]
    done = run("inspect", bucket, environment={
        **base, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://store.example.test/container"}, expect=1)
    assert b"[store.no-credentials]" in done.stderr
    # What stands in front of the host is a name that it is not.
    del Lender.seen[:]
    for front in ("localhost:80@", "localhost@", "localhost:80@\u0301@", "x:y@"):
        done = run("inspect", bucket, environment={
            **base, "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{front}127.0.0.1:{server.server_port}/container",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token of the container"}, expect=1)
        assert b"neither HTTPS nor a host of this machine" in done.stderr
    assert Lender.seen == []
    server.shutdown()


class TokenService(http.server.BaseHTTPRequestHandler):
    """Lends keys for a role to whoever brings the token."""
    key, secret, status, seen = "", "", 200, []

    def log_message(self, *_):
        pass

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(), strict_parsing=True)
        self.seen.append((self.path, form))
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        if self.status != 200 or form["WebIdentityToken"] != ["eyJ0b2tlbiI.of+the/service=="]:
            body = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"
        else:
            body = f"""<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>{self.key}</AccessKeyId>
              <SecretAccessKey>{self.secret}</SecretAccessKey><SessionToken></SessionToken><Expiration>{end}</Expiration>
              </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""
        self.send_response_only(400 if "<Error>" in body else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


@only("Amazon")
def test_a_role_is_lent_for_a_web_identity(run, store, bucket, tmp_path):
    TokenService.key, TokenService.secret = store.key, store.secret
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TokenService)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    service = f"http://127.0.0.1:{server.server_port}"
    role, token = "arn:aws:iam::123456789012:role/archive+reader", tmp_path / "token"
    token.write_text("eyJ0b2tlbiI.of+the/service==\n")
    base = {"AWS_ENDPOINT_URL_S3": store.url, "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    told = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": role, "AWS_ENDPOINT_URL_STS": service}
    run("inspect", bucket, environment={**base, **told, "AWS_ROLE_SESSION_NAME": "nightly@archive"})
    asked = {"Action": ["AssumeRoleWithWebIdentity"], "Version": ["2011-06-15"], "RoleArn": [role],
             "RoleSessionName": ["nightly@archive"], "WebIdentityToken": ["eyJ0b2tlbiI.of+the/service=="]}
    assert TokenService.seen == [("/", asked)]
    # Of a profile, before the keys that it has.
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(
        f"[default]\nweb_identity_token_file = {token}\nrole_arn = {role}\naws_access_key_id = x\naws_secret_access_key = y\n"
        f"sts =\n  endpoint_url = {service}/\n")
    run("inspect", bucket, environment=base)
    assert TokenService.seen[1:] == [("/", {**asked, "RoleSessionName": ["currents-scrub"]})]
    # Keys in the environment come first.
    run("inspect", bucket, environment={**store.environment(), **told})
    assert len(TokenService.seen) == 2
    (tmp_path / ".aws/config").unlink()

    def refused(**more):
        environment = {key: value for key, value in {**base, **told, **more}.items() if value}
        done = run("inspect", bucket, environment=environment, expect=1)
        assert b"[store.no-credentials]" in done.stderr and b"eyJ" not in done.stderr + done.stdout
        return done.stderr
    assert b"no role is named" in refused(AWS_ROLE_ARN="")
    assert b"neither HTTPS nor a host of this machine" in refused(AWS_ENDPOINT_URL_STS="http://sts.example.test")
    assert b"the token's file cannot be read" in refused(AWS_WEB_IDENTITY_TOKEN_FILE="/nowhere")
    token.write_text("another")
    assert b"the token service says HTTP 400 InvalidIdentityToken" in refused()
    server.shutdown()
    server.server_close()
    assert b"the token service does not answer" in refused()


# What is not built, and what is not there

@pytest.mark.parametrize("command", [
    ["inspect", "az://account"], ["inspect", "az://account//x"], ["inspect", "az://a@b/c"], ["inspect", "ftp://archive/x"], ["inspect", "s3://"],
    ["inspect", "s3://archive//x"], ["inspect", "s3://archive/x/.."], ["inspect", "s3://arch ive/x"], ["sample", "--events", "1", "-o", "s3://archive/x"],
    ["--policy", "gdpr", "s3://archive/x", "-o", "out", "--reports", "s3://archive/r"],
    ["--policy", "gdpr", "s3://archive/x", "-o", "out", "--quarantine", "s3://archive/q"],
    ["export", "--subject", "braze_id=x", "s3://archive/x", "-o", "s3://archive/p"],
    ["inspect", "s3://archive/x", "--state", "s3://archive/state"], ["inspect", "s3://archive/x", "--html", "s3://archive/page"],
    *(["erase", "--subject", "braze_id=x", "s3://archive/x", option, "s3://archive/file"]
      for option in ("--plan", "--apply", "--legal-hold", "--signing-key", "--reports", "--catalog", "--made-with", "--policy")),
    ["export", "--request", "s3://archive/file", "s3://archive/x", "-o", "p"],
    ["export", "--request", "one.yml", "--request", "s3://archive/file", "s3://archive/x", "-o", "p"],
    ["export", "--subject-file", "s3://archive/file", "s3://archive/x", "-o", "p"], ["keys", "new", "s3://archive/file"],
    ["verify", "receipt", "s3://archive/file"], ["nightly", "s3://archive/file"], ["vault", "merge", "s3://archive/file"],
], ids=lambda command: f"{command[0]} {command[-2]}")
def test_what_is_not_for_stores_is_a_usage_error(run, command, tmp_path):
    done = run(*command, cwd=tmp_path, expect=64)
    assert done.stdout == b"" and b"://" in done.stderr
    assert not list(tmp_path.iterdir())


@only("Amazon")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may hide a library")
def test_without_libcurl_everything_else_runs(archive, bucket, store, tmp_path):
    library = next(pathlib.Path("/usr/lib").glob("*/libcurl.so.4")).resolve()

    def inspect(source):
        script = 'mount --bind /dev/null "$1" && shift && exec "$@"'
        return subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", library, BINARY, "inspect", source], capture_output=True,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **store.environment()})
    assert inspect(archive).returncode == 0
    done = inspect(bucket)
    assert done.returncode == 1 and b"[store.no-library]" in done.stderr


# Writing

def outside(objects):
    """What an output is but for the files of our own."""
    return {name: data for name, data in objects.items() if not name.startswith("_currents-scrub/")}


def into(run, environment, source, target, tmp_path, *more, expect=0):
    return run("--policy", "gdpr", source, "-o", target, "--reports", tmp_path / "reports", "--state", tmp_path / "state", "--json",
               *more, environment={**environment, "TMPDIR": str(tmp_path)}, expect=expect)


def test_a_scrub_from_bucket_to_bucket(run, store, bucket, expected, empty, tmp_path):
    target = store.address(empty, "clean")
    into(run, store.environment(), bucket, target, tmp_path)
    written = store.objects(empty, "clean/")
    assert written == expected
    assert store.type(empty, "clean/_currents-scrub/manifest.json") == "application/json"
    run("verify", "scrubbed", "--policy", "gdpr", target, environment=store.environment())
    # What is scrubbed is not scrubbed again, wherever it stands.
    again = json.loads(into(run, store.environment(), target, tmp_path / "out", tmp_path).stdout)
    assert again["files"]["already_scrubbed"] == len(outside(expected))
    # Nothing waits on this machine.
    assert not [p for p in tmp_path.iterdir() if p.name not in ("reports", "state", "out")]


def test_a_second_run_writes_no_object(run, store, archive, expected, empty, proxy, tmp_path):
    into(run, store.environment(proxy.url), archive, store.address(empty), tmp_path)
    before = store.versions(empty)
    proxy.log.clear()
    into(run, store.environment(proxy.url), archive, store.address(empty), tmp_path)
    written = {path.split("?")[0] for method, path in proxy.log if method in ("PUT", "POST")}
    assert {name.rsplit("/")[-1] for name in written} == {"lock", "intent.json"}
    assert before == store.versions(empty)


@pytest.mark.parametrize("name", ["theirs.txt", "_theirs.json", "old/.theirs.json.swp", "_old/theirs.json", "theirs.crc"])
def test_what_is_not_ours_stays(run, store, archive, expected, empty, tmp_path, name):
    store.put(empty, f"clean/{name}", b"theirs")
    done = into(run, store.environment(), archive, store.address(empty, "clean"), tmp_path, expect=3)
    assert b"[output.not-ours]" in done.stderr
    assert store.objects(empty) == {f"clean/{name}": b"theirs"}


def test_who_writes_in_between_keeps_it(run, store, archive, expected, empty, proxy, tmp_path):
    victim = sorted(outside(expected))[7]

    def rule(number, request):
        if request.command == "PUT" and victim in urllib.parse.unquote(request.path):
            store.put(empty, victim, b"theirs")
    proxy.rules = [rule]
    done = into(run, store.environment(proxy.url), archive, store.address(empty), tmp_path, expect=1)
    assert [(p["file"], p["code"]) for p in json.loads(done.stdout)["problems"]] == [(victim, "output.not-ours")]
    written = store.objects(empty)
    assert written[victim] == b"theirs" and written[next(iter(outside(expected)))]
    assert victim not in [f["path"] for f in json.loads(written["_currents-scrub/manifest.json"])["files"]]


@only("Amazon")
@pytest.mark.parametrize("shard", [[], ["--shard", "plan/2"]], ids=["run", "plan"])
def test_where_conditions_are_not_known_nothing_is_written(run, store, archive, empty, proxy, tmp_path, shard):
    def ignore(request, forward):
        name = stores.key(request.path).partition(empty + "/")[2]
        kept = {"currents-scrub-sha256": request.headers["x-amz-meta-currents-scrub-sha256"]}
        store.s3.put_object(Bucket=empty, Key=name, Body=request.body, Metadata=kept)
        request.answer(200, [], b"")
    proxy.rules = [lambda number, request: ignore if request.command == "PUT" and {"if-match", "if-none-match"} & set(request.headers) else None]
    done = run("--policy", "gdpr", archive, "-o", store.address(empty, "out/"), *shard, "--state", tmp_path / "state", cwd=tmp_path,
               environment=store.environment(proxy.url), expect=1)
    assert b"[store.no-conditions]" in done.stderr and store.objects(empty) == {}


def test_who_writes_behind_the_list_keeps_it(run, store, archive, expected, empty, proxy, tmp_path):
    into(run, store.environment(), archive, store.address(empty), tmp_path)
    victim = sorted(outside(expected))[7]

    def rule(number, request):
        if request.command == "HEAD" and victim in urllib.parse.unquote(request.path):
            store.put(empty, victim, b"theirs")
    proxy.rules = [rule]
    done = into(run, store.environment(proxy.url), archive, store.address(empty), tmp_path, expect=1)
    assert [(p["file"], p["code"]) for p in json.loads(done.stdout)["problems"]] == [(victim, "output.not-ours")]
    assert store.objects(empty)[victim] == b"theirs"


def large(folder, count=40_000):
    lines = (json.dumps({"id": str(n), "email_address": f"ada{n}@example.test", "campaign_name": "x" * 900}) + "\n" for n in range(count))
    folder.mkdir()
    (folder / "users.messages.email.Open.json").write_text("".join(lines))


# What is asked to write a large object: how many parts there are, and what asks for one, and for their end.
PARTS = {
    "s3": (3, ("PUT", "partNumber="), ("POST", "uploadId=")),
    "gs": (1, ("PUT", r"\.json$"), ("PUT", r"\.json$")),
    "az": (3, ("PUT", "comp=block&"), ("PUT", "comp=blocklist")),
}


def test_large_objects(run, store, empty, proxy, tmp_path):
    large(tmp_path / "in")
    local, _ = scrub(run, {}, tmp_path / "in", tmp_path, name="local")
    into(run, store.environment(proxy.url), tmp_path / "in", store.address(empty, "a"), tmp_path)
    assert store.objects(empty, "a/") == local
    count, part, end = PARTS[store.scheme]
    assert len([path for method, path in proxy.log if method == part[0] and re.search(part[1], path) and "_currents" not in path]) == count
    # What is lost on the way is sent again.
    proxy.rules = [stores.first(1, stores.reset, *part), stores.first(1, stores.lose_the_answer, *end)]
    into(run, store.environment(proxy.url), tmp_path / "in", store.address(empty, "b"), tmp_path)
    assert store.objects(empty, "b/") == local and store.unfinished(empty) == []


@only("Amazon")
def test_parts_that_cannot_be_sent_are_taken_back(run, store, empty, proxy, tmp_path):
    large(tmp_path / "in")
    proxy.rules = [stores.first(9, stores.error(503, "SlowDown"), "PUT", "partNumber=3")]
    done = into(run, store.environment(proxy.url, AWS_MAX_ATTEMPTS="2"), tmp_path / "in", store.address(empty), tmp_path, expect=1)
    assert b"store.busy HTTP 503 SlowDown" in done.stderr and b"[file.unwritable]" in done.stderr
    assert outside(store.objects(empty)) == {} and store.unfinished(empty) == []


def test_a_bucket_that_is_not_there(run, store, archive, proxy, tmp_path):
    proxy.rules = [stores.first(99, stores.error(404, "NoSuchBucket"))]
    done = into(run, store.environment(proxy.url), archive, store.address("nowhere"), tmp_path, expect=1)
    assert b"HTTP 404 NoSuchBucket" in done.stderr


WRITE_FAULTS = {
    "resets": lambda: [stores.every(3, stores.reset)],
    "lost-answers": lambda: [stores.every(4, stores.lose_the_answer)],
    "busy": lambda: [stores.every(3, stores.error(503, "SlowDown"))],
    "conflicts": lambda: [stores.every(5, stores.error(409, "ConditionalRequestConflict"), "PUT")],
}


@pytest.mark.parametrize("fault", WRITE_FAULTS)
def test_what_passes_changes_nothing_that_is_written(run, store, archive, expected, empty, proxy, tmp_path, fault):
    proxy.rules = WRITE_FAULTS[fault]()
    into(run, store.environment(proxy.url), archive, store.address(empty), tmp_path)
    assert store.objects(empty) == expected


def test_two_runs_at_once(run, store, archive, expected, empty, proxy, tmp_path):
    """The second gives way while the first is at work; a lock of another machine holds for an hour."""
    said = []

    def rule(number, request):
        if request.command == "PUT" and stores.key(request.path).endswith(".avro") and not said:
            said.append(None)
            said[0] = into(run, store.environment(), archive, store.address(empty), tmp_path / "second", expect=4)
    proxy.rules = [rule]
    into(run, store.environment(proxy.url), archive, store.address(empty), tmp_path)
    assert b"[output.locked]" in said[0].stderr
    assert store.objects(empty) == expected
    lock = {"boot": "elsewhere", "namespace": "pid:[1]", "number": 1, "start": "1"}
    store.put(empty, "_currents-scrub/lock", json.dumps(lock).encode())
    into(run, store.environment(), archive, store.address(empty), tmp_path, expect=4)
    old = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() - 4000))
    proxy.rules = [stores.first(2, stores.changing(last_modified=old), "HEAD", "lock")]
    into(run, store.environment(proxy.url), archive, store.address(empty), tmp_path)
    assert store.objects(empty) == expected


def killed(store, source, target, tmp_path, rule):
    """A run that a rule of its proxy kills, unless it comes to its end before: whether it was killed."""
    proxy, process = stores.Proxy(store.port), []
    proxy.rules = [rule(lambda: process[0].pid)]
    command = [BINARY, "--policy", "gdpr", source, "-o", target, "--reports", tmp_path / "reports", "--state", tmp_path / "state",
               "--jobs", "1", "--quiet"]
    process.append(subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, env={
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path),
        **store.environment(proxy.url, CURRENTS_SCRUB_KEY=reference.KEY.hex())}))
    _, said = process[0].communicate(timeout=120)
    proxy.stop()
    assert process[0].returncode in (0, -9), said
    return process[0].returncode != 0


def test_killed_at_any_request_and_run_again(run, store, empty, tmp_path):
    """Whatever a killed run leaves: objects are whole, and the next run ends as if there had been none."""
    (tmp_path / "in").mkdir()
    (tmp_path / "old").mkdir()
    for event in ("Open", "Click", "Send"):
        (tmp_path / f"in/users.messages.email.{event}.json").write_text('{"id":"1","email_address":"ada@example.test"}\n')
        (tmp_path / f"old/users.messages.email.{event}.json").write_text('{"id":"0","email_address":"bob@example.test"}\n')
    local, _ = scrub(run, {}, tmp_path / "in", tmp_path, name="local")
    old, _ = scrub(run, {}, tmp_path / "old", tmp_path, name="older")
    number = 0
    while True:
        number += 1
        prefix = f"{number}/"
        # What is renewed; in the other runs all is new.
        before = old if number % 2 else {}
        for name, data in before.items():
            store.put(empty, prefix + name, data)
        # What the store has when it is killed behind a request is what it has when it is killed in front of the next.
        came = killed(store, tmp_path / "in", store.address(empty, prefix), tmp_path, lambda pid: stores.at(number, stores.kill(pid)))
        seen = outside(store.objects(empty, prefix))
        assert all(data in (local[name], before.get(name)) for name, data in seen.items())
        into(run, store.environment(), tmp_path / "in", store.address(empty, prefix), tmp_path)
        assert store.objects(empty, prefix) == local
        if not came:
            break
    assert number > 15


def test_killed_between_parts_and_run_again(run, store, empty, tmp_path):
    large(tmp_path / "in", 18_000)
    local, _ = scrub(run, {}, tmp_path / "in", tmp_path, name="local")
    _, part, end = PARTS[store.scheme]
    for number, (method, path) in enumerate([("POST", "uploads=")] * (store.scheme == "s3") + [part, end]):
        for after in (False, True):
            prefix = f"{number}-{after}/"
            assert killed(store, tmp_path / "in", store.address(empty, prefix), tmp_path,
                          lambda pid: stores.first(1, stores.kill(pid, after), method, path))
            assert outside(store.objects(empty, prefix)) in ({}, outside(local))
            into(run, store.environment(), tmp_path / "in", store.address(empty, prefix), tmp_path)
            assert store.objects(empty, prefix) == local and store.unfinished(empty) == []


# What is Google's own

@only("Google")
def test_google_with_keys(run, store, bucket):
    done = run("inspect", bucket, environment=store.environment(GS_SECRET_ACCESS_KEY="wrong" * 8), expect=1)
    assert b"HTTP 403 SignatureDoesNotMatch" in done.stderr and b"wrongwrong" not in done.stderr


class Endpoint:
    """A server of one's own that lends tokens: `answers` takes a request and says what is answered, or nothing."""

    def __init__(self, answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def serve(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                answer = answers(self)
                self.send_response_only(200 if answer else 404)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())
            do_GET = do_POST = serve
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


@only("Google")
def test_google_with_tokens(run, store, one, proxy):
    keyless = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{store.port}"}
    for name in ("GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"):
        run("inspect", one, environment={**keyless, name: store.token})
    run("inspect", one, environment={**keyless, "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.other"}, expect=1)
    for more in ({"NO_GCE_CHECK": "true"}, {"GOOGLE_APPLICATION_CREDENTIALS": "account.json"}):
        done = run("inspect", one, environment={**keyless, **more}, expect=1)
        assert b"[store.no-credentials]" in done.stderr
    lent = []

    def machine(request):
        if request.path == "/computeMetadata/v1/instance/service-accounts/default/token" and request.headers["Metadata-Flavor"] == "Google":
            lent.append("ya29.ended" if not lent else store.token)
            return {"access_token": lent[-1], "expires_in": 3599, "token_type": "Bearer"}
    # One that the store does not take any more is asked for anew.
    with Endpoint(machine) as endpoint:
        proxy.rules = [lambda number, request: stores.error(401, "AuthenticationRequired") if "ended" in request.headers["authorization"] else None]
        run("inspect", one, "--jobs", "1", environment={
            "STORAGE_EMULATOR_HOST": proxy.url, "GCE_METADATA_HOST": endpoint.host})
    assert len(lent) == 2


@only("Google")
def test_google_with_files_of_credentials(run, store, one, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    said = []

    def lend(request):
        form = dict(urllib.parse.parse_qsl(request.body))
        if form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in form["assertion"].split(".")]
            with contextlib.suppress(InvalidSignature):
                key.public_key().verify(parts[2], form["assertion"].rpartition(".")[0].encode(), padding.PKCS1v15(), hashes.SHA256())
                said.append((json.loads(parts[0]), json.loads(parts[1])))
                return {"access_token": store.token, "expires_in": 3599}
        elif form == {"grant_type": "refresh_token", "client_id": "c", "client_secret": "s/+", "refresh_token": "1//r"}:
            return {"access_token": store.token, "expires_in": 3599}
    with Endpoint(lend) as endpoint:
        base = {"STORAGE_EMULATOR_HOST": f"127.0.0.1:{store.port}", "NO_GCE_CHECK": "true"}
        server = f"http://{endpoint.host}/token"
        account = {"type": "service_account", "private_key_id": "k1", "private_key": pem, "client_email": "a@p.example.test", "token_uri": server}
        user = {"type": "authorized_user", "client_id": "c", "client_secret": "s/+", "refresh_token": "1//r", "token_uri": server}

        def inspect(credentials, expect=0, **more):
            (tmp_path / "file.json").write_text(json.dumps(credentials, indent=2))
            named = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "file.json")}
            return run("inspect", one, environment={**base, **(more or named)}, expect=expect).stderr
        inspect(account)
        header, claims = said[0]
        assert header == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
        assert claims["exp"] - claims["iat"] == 3600 and abs(claims["iat"] - time.time()) < 60
        assert (claims["iss"], claims["aud"]) == ("a@p.example.test", server)
        inspect(user)
        (tmp_path / "application_default_credentials.json").write_text(json.dumps(user))
        inspect({}, CLOUDSDK_CONFIG=str(tmp_path))
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()).decode()
        locked = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                   serialization.BestAvailableEncryption(b"word")).decode()
        for credentials, why in [
            ({**account, "private_key": other}, b"it is lent nothing"),
            ({**account, "private_key": locked}, b"no key that signs"),
            ({**account, "private_key": "no key"}, b"no key that signs"),
            ({**account, "client_email": 'a","aud":"b'}, b"no key that signs"),
            ({**account, "token_uri": "http://token.example.test"}, b"neither HTTPS nor a host of this machine"),
            ({**user, "refresh_token": "1//other"}, b"it is lent nothing"),
            ({"type": "external_account"}, b"neither of a service account nor of a user"),
        ]:
            errors = inspect(credentials, expect=1)
            assert b"[store.no-credentials]" in errors and why in errors
            assert b"PRIVATE" not in errors and b"1//" not in errors


@only("Google")
def test_google_keeps_what_is_compressed(run, store, empty):
    """The store would expand what it knows to be compressed, and then has no pieces of it."""
    data = gzip.compress(b'{"id":"1","email_address":"ada@example.test"}\n', mtime=0)
    store.put(empty, "users.messages.email.Open.json.gz", data, content_encoding="gzip")
    for name in ("", "users.messages.email.Open.json.gz"):
        found = json.loads(run("inspect", store.address(empty, name), "--json", environment=store.environment()).stdout)
        assert found["containers"][0]["compression"] == "gzip" and found["totals"]["bytes"] == len(data)


# What is Azure's own

@only("Azure")
def test_azure_with_shared_access(run, store, one):
    base = {"AZURE_STORAGE_SERVICE_ENDPOINT": f"http://127.0.0.1:{store.port}/account"}
    run("inspect", one, environment={**base, "AZURE_STORAGE_SAS_TOKEN": "?" + store.sas, "AZURE_STORAGE_ACCOUNT": "account"})
    run("inspect", one, environment={"AZURE_STORAGE_CONNECTION_STRING": (
        f"BlobEndpoint={base['AZURE_STORAGE_SERVICE_ENDPOINT']}/;AccountName=account;SharedAccessSignature={store.sas}")})
    done = run("inspect", one, environment={**base, "AZURE_STORAGE_SAS_TOKEN": "sv=2022-11-02&sig=wrongwrong"}, expect=1)
    assert b"[store.denied]" in done.stderr and b"HTTP 403 AuthenticationFailed" in done.stderr and b"wrongwrong" not in done.stderr
    for more, why in [
        ({"AZURE_STORAGE_SAS_TOKEN": store.sas, "AZURE_STORAGE_ACCOUNT": "another"}, b"the token is of another account"),
        ({"AZURE_STORAGE_SAS_TOKEN": "sv=1&sig=a\nb: c"}, b"no token of shared access"),
        ({"AZURE_STORAGE_SAS_TOKEN": "sv=1"}, b"no token of shared access"),
        ({"AZURE_STORAGE_KEY": "c2VjcmV0"}, b"keys of accounts are not supported"),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=account;AccountKey=c2VjcmV0"}, b"keys of accounts are not supported"),
    ]:
        done = run("inspect", one, environment={**base, **more}, expect=1)
        assert b"[store.no-credentials]" in done.stderr and why in done.stderr and b"c2VjcmV0" not in done.stderr
    done = run("inspect", one, environment=store.environment("store.example.test"), expect=1)
    assert b"[store.bad-settings]" in done.stderr


@only("Azure")
def test_azure_with_tokens(run, store, one, proxy, tmp_path):
    base = {"AZURE_STORAGE_SERVICE_ENDPOINT": f"{proxy.url}/account"}
    run("inspect", one, environment={**base, "AZURE_STORAGE_TOKEN": store.token})
    done = run("inspect", one, environment={**base, "AZURE_STORAGE_TOKEN": "eyJ0.other"}, expect=1)
    assert b"HTTP 401 InvalidAuthenticationInfo" in done.stderr and b"eyJ0" not in done.stderr
    (tmp_path / "federated").write_text("eyJ0.cluster\n")
    asked = []

    def lend(request):
        path, _, query = request.path.partition("?")
        form = dict(urllib.parse.parse_qsl(query or request.body))
        proofs = {
            "/metadata/identity/oauth2/token": request.headers["Metadata"] == "true" and form.get("api-version") == "2018-02-01",
            "/msi/token": request.headers["X-IDENTITY-HEADER"] == "proof" and form.get("api-version") == "2019-08-01",
            "/tenant/oauth2/v2.0/token": form.get("grant_type") == "client_credentials" and form["scope"] == "https://storage.azure.com/.default"
            and (form.get("client_secret") == "s+e/c=r&t" or form.get("client_assertion") == "eyJ0.cluster"
                 and form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        }
        assert request.command == "POST" or form["resource"] == "https://storage.azure.com/"
        asked.append((path, form.get("client_id")))
        return {"access_token": "eyJ0.ended" if len(asked) == 1 else store.token, "expires_in": 3599} if proofs.get(path) else None
    # One that the store does not take any more is asked for anew.
    with Endpoint(lend) as endpoint:
        url = f"http://{endpoint.host}"
        application = {"AZURE_AUTHORITY_HOST": url + "/", "AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client"}
        for more in [
            {"AZURE_POD_IDENTITY_AUTHORITY_HOST": url},
            {"AZURE_POD_IDENTITY_AUTHORITY_HOST": url, "AZURE_CLIENT_ID": "client"},
            {"IDENTITY_ENDPOINT": url + "/msi/token", "IDENTITY_HEADER": "proof"},
            {**application, "AZURE_CLIENT_SECRET": "s+e/c=r&t"},
            {**application, "AZURE_FEDERATED_TOKEN_FILE": str(tmp_path / "federated")},
        ]:
            run("inspect", one, "--jobs", "1", environment={**base, **more})
        for more in [{"AZURE_CLIENT_SECRET": "wrongwrong"}, {"AZURE_FEDERATED_TOKEN_FILE": "nowhere"},
                     {"AZURE_CLIENT_SECRET": "wrongwrong", "AZURE_AUTHORITY_HOST": "http://login.example.test"}]:
            done = run("inspect", one, environment={**base, **application, **more}, expect=1)
            assert b"[store.no-credentials]" in done.stderr and b"wrongwrong" not in done.stderr
    assert asked[:6] == [("/metadata/identity/oauth2/token", None), ("/metadata/identity/oauth2/token", None),
                         ("/metadata/identity/oauth2/token", "client"), ("/msi/token", None),
                         ("/tenant/oauth2/v2.0/token", "client"), ("/tenant/oauth2/v2.0/token", "client")]
    done = run("inspect", one, environment={**base, "AZURE_POD_IDENTITY_AUTHORITY_HOST": url}, expect=1)
    assert b"[store.no-credentials]" in done.stderr


@only("Amazon")
def test_the_examples_of_the_document(run, store, archive, bucket, tmp_path):
    """They are run as they stand, one after the other."""
    store.s3.create_bucket(Bucket="shared")
    text = (reference.ROOT / "Documentation/ObjectStores.md").read_text()
    commands = [line.split()[1:] for line in re.search(r"```sh\n(.*?)```", text, re.S)[1].splitlines()]
    (tmp_path / "gdpr.yml").write_bytes((reference.ROOT / "Policies/gdpr.yml").read_bytes())
    person = json.loads((archive / "_truth.json").read_text())["people"][3]["user_id"]
    (tmp_path / "request.yml").write_text(f"request: r1\nsubjects:\n  - braze_id: {person}\n")
    run("sample", "--events", 50, "--history", "-o", tmp_path / "archive-of-2018")
    assert len(commands) == 6
    for command in commands:
        run(*command, cwd=tmp_path, environment=store.environment(TMPDIR=str(tmp_path)))
    assert outside(tree(tmp_path / "clean")) == outside(store.objects("shared", "clean/"))
