"""People are searched for by many machines: packages, receipts and answers are those of one machine, and who is looked for stands
nowhere in what the parts leave."""

import base64
import gzip
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import pytest
import reference
import stores
from test_crash import KILLED, needs_strace
from test_parts import BINARY, Place, refused, shards, tree
from test_vault import POLICY as TOKENS

NEXT_ROUND = 75
# Who is looked for, in all spellings that stand in the archive.
ADA = {"email": "ada.lovelace@example.test", "braze_id": "5f00000000000000000a0a01", "external_user_id": "member-ada-1815", "phone": "+12025550143"}
SEALED = """policy: sealed
version: 1
audience: agency_y
key: { env: CURRENTS_SCRUB_KEY, id: k1 }
defaults: { linking: redact }
rules:
  - kinds: [email, external_user_id]
    action: tokenise
    store: sealed
  - kinds: [braze_id, phone]
    action: hash
"""


def events(*rows):
    return "".join(json.dumps({"time": 1_780_000_000 + number, "app_group_id": "ws-a", **row}) + "\n" for number, row in enumerate(rows))


@pytest.fixture(scope="session")
def people(run, tmp_path_factory):
    """An archive in which each file knows the next name of one person, an output of it, and who asks."""
    folder = tmp_path_factory.mktemp("people")
    archive = folder / "in"
    run("sample", "--events", "700", "--users", "30", "-o", archive)
    run("sample", "--events", "120", "--users", "30", "--destination", "segment", "--format", "ndjson", "-o", archive / "segment")
    for path in archive.rglob("_truth.json"):
        path.unlink()
    others = [{"id": f"o{n}", "user_id": f"5f00000000000000000b{n:04x}", "email_address": f"other{n}@example.test"} for n in range(40)]
    chain = {
        "a/users.messages.email.Open.json": [{"id": "a1", "user_id": ADA["braze_id"], "email_address": "Ada.Lovelace@example.test"}, *others[:9]],
        "b/users.messages.email.Click.json": [*others[9:19], {"id": "b1", "user_id": ADA["braze_id"], "external_user_id": ADA["external_user_id"]},
                                              {"id": "b1", "user_id": ADA["braze_id"], "external_user_id": ADA["external_user_id"]}],
        "c/users.messages.sms.Send.json": [{"id": "c1", "external_user_id": ADA["external_user_id"], "to_phone_number": ADA["phone"]}, *others[19:29]],
        "d/users.messages.sms.Delivery.json": [*others[29:], {"id": "d1", "to_phone_number": "0012025550143"}],
        # What others say of her, and a contact that two people have.
        "e/users.behaviors.CustomEvent.json": [
            {"id": "e1", "user_id": "5f00000000000000000c0001", "properties": json.dumps({"friend": ADA["email"]})},
            {"id": "e2", "user_id": "5f00000000000000000c0002", "email_address": "both@example.test"},
            {"id": "e3", "user_id": "5f00000000000000000c0003", "email_address": "both@example.test"}],
    }
    for name, rows in chain.items():
        (archive / name).parent.mkdir()
        (archive / name).write_text(events(*rows))
    (archive / "packed.json.gz").write_bytes(gzip.compress((archive / "a/users.messages.email.Open.json").read_bytes()))
    (archive / "broken.json").write_text('{"user_id":\n' + events({"id": "x1", "user_id": ADA["braze_id"]}) + "[]\n")
    (archive / "cut.avro").write_bytes(max(archive.rglob("*.avro"), key=lambda p: p.stat().st_size).read_bytes()[:-9])
    (archive / "table.csv").write_text("a,b\n1,2\n")
    for name, policy in {"tokens": TOKENS, "sealed": SEALED}.items():
        (folder / f"{name}.yml").write_text(policy)
        run("--policy", folder / f"{name}.yml", archive / "b", archive / "c", "-o", folder / f"{name}-out", "--state", folder / "earlier",
            "--reports", folder / "reports", "--quiet")
    for name, subject in {"ada": ("email", ADA["email"]), "both": ("email", "both@example.test"), "nobody": ("email", "nobody@example.test"),
                          "member": ("braze_id", "5f00000000000000000b0003")}.items():
        (folder / f"{name}.yml").write_text(
            f"request: {name}\nreceived: 2026-11-02\nlaw: gdpr\nsubjects: [{{ kind: {subject[0]}, value: '{subject[1]}' }}]\n"
            "verified: { by: desk, on: 2026-11-02, method: signed in }\n")
    return folder


@pytest.fixture
def place(run, people, tmp_path):
    return lambda name="many", environment=None: Place(run, tmp_path / name, people / "in", environment)


def asking(people, *names):
    return [word for name in names for word in ("--request", people / f"{name}.yml")]


def made(people):
    return ["--made-with", people / "tokens.yml", "--made-with", people / "sealed.yml"]


def traces():
    """What a value looks like to who searches for it: itself, in base64 at any place of three, and as plain digests."""
    found = set()
    for value in [v for text in [*ADA.values(), "12025550143"] for v in (text.encode(), text.lower().encode())]:
        found.add(value)
        found |= {base64.b64encode(b"x" * shift + value)[4 if shift else 0:-4] for shift in range(3)}
        for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5):
            found |= {digest(value).hexdigest().encode(), base64.b64encode(digest(value).digest())[:-2]}
    return found


TRACES = traces()


def parts_of(here):
    return here.folder / "parts/_currents-scrub/parts"


def no_trace(here):
    for path in parts_of(here).iterdir():
        left = path.read_bytes()
        assert oct(path.stat().st_mode & 0o777) == "0o600" and not [trace for trace in TRACES if trace in left], path.name


def by_many(here, count, command, *arguments, part=(), order=random.Random(7), expect=None, meeting="parts", already=False):
    """Runs a command in parts to its end, and returns its end and how many rounds it took."""
    planned = json.loads(here.run(command, *arguments, "--parts", meeting, "--shard", f"plan/{count}", "--json", expect=0).stdout)
    assert (planned["round"], planned["part"], planned["parts"], planned["already"]) == (1, None, count, already)
    for rounds in range(1, 12):
        for shard in order.sample(shards(count), count):
            done = here.run(command, "--parts", meeting, "--shard", shard, *part, "--json")
            assert done.returncode in (0, 2) and json.loads(done.stdout)["round"] == rounds, done.stderr
        if meeting == "parts":
            no_trace(here)
        done = here.run(command, *arguments, "--parts", meeting, "--shard", f"merge/{count}", "--json")
        if done.returncode != NEXT_ROUND:
            assert done.returncode == expect, done.stderr
            return done, rounds
        told = json.loads(done.stdout)
        assert (told["round"], told["exit"]) == (rounds + 1, NEXT_ROUND) and told["files"] <= planned["files"]
    raise AssertionError("it does not end")


def told_by(done, stays):
    """What was said on standard error, but that what the parts found stays there."""
    lines = done.stderr.splitlines(True)
    assert (b"what the parts found stays in parts" in done.stderr) == stays
    return b"".join(line for line in lines if b"what the parts found stays" not in line)


# MARK: exports

EXPORTS = {
    "one person": (["ada"], [], 2),
    "many, one of them shared": (["ada", "member", "both", "nobody"], [], 3),
    "nobody": (["nobody"], [], 2),
    "a dry run": (["ada", "both"], ["--dry-run"], 3),
}


@pytest.fixture(scope="module")
def exported(run, people, tmp_path_factory):
    """What one machine makes of each."""
    whole = {}
    for name, (who, more, expect) in EXPORTS.items():
        here = Place(run, tmp_path_factory.mktemp("one"), people / "in")
        done = here.run("export", *export(people, who, more), "--json", expect=expect)
        whole[name] = (tree(here.folder / "out"), done)
    assert json.loads(whole["one person"][1].stdout)["passes"] >= 4
    assert json.loads(whole["one person"][1].stdout)["requests"][0]["events"] >= 4
    return whole


def export(people, who, more):
    return [*asking(people, *who), people / "in", people / "tokens-out", people / "sealed-out", *made(people), "-o", "out", *more]


@pytest.mark.parametrize("name, count", [("one person", 1), ("one person", 7), ("many, one of them shared", 3), ("nobody", 1), ("nobody", 3),
                                         ("a dry run", 2)])
def test_packages_are_those_of_one_machine(place, people, exported, name, count):
    who, more, expect = EXPORTS[name]
    here = place()
    done, rounds = by_many(here, count, "export", *export(people, who, more), part=made(people), expect=expect)
    files, alone = exported[name]
    assert (tree(here.folder / "out"), done.stdout, told_by(done, "--dry-run" in more)) == (files, alone.stdout, alone.stderr)
    assert rounds <= json.loads(done.stdout)["passes"]
    # Who only looked may go on.
    assert parts_of(here).exists() == ("--dry-run" in more)
    if "--dry-run" in more:
        here.run("export", *export(people, who, []), "--parts", "parts", "--shard", f"merge/{count}", expect=expect)
        assert not parts_of(here).exists() and (here.folder / "out/ada/index.html").exists()


def test_a_pass_over_no_file_is_no_round(run, people, tmp_path):
    """What is learned stands nowhere but where it was learned."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_text(events({"id": "a1", "user_id": ADA["braze_id"], "email_address": ADA["email"]}))
    one, many = (Place(run, tmp_path / name, tmp_path / "in") for name in ("one", "many"))
    arguments = [*asking(people, "ada"), tmp_path / "in", "-o", "out"]
    alone = one.run("export", *arguments, "--json")
    done, rounds = by_many(many, 2, "export", *arguments, expect=0)
    assert (rounds, json.loads(done.stdout)["passes"]) == (1, 1)
    assert (done.stdout, tree(many.folder / "out")) == (alone.stdout, tree(one.folder / "out"))


def killed(here, dice, arguments):
    """Starts a command, and kills it somewhere."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(here.folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    attempt = subprocess.Popen([BINARY, *map(str, arguments), "--state", "state", "--quiet", "--jobs", "1"], cwd=here.folder, env=environment,
                               stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    time.sleep(dice.random() * 0.5)
    attempt.send_signal(dice.choice([signal.SIGKILL, signal.SIGTERM]))
    return attempt.wait()


def test_commands_that_are_killed_are_run_again(place, people, exported):
    here, dice = place(), random.Random(3)
    whole = [*export(people, ["ada"], []), "--parts", "parts"]
    for _ in range(3):
        killed(here, dice, ["export", *whole, "--shard", "plan/2"])
    here.run("export", *whole, "--shard", "plan/2", expect=0)
    for _ in range(12):
        for _ in range(4):
            killed(here, dice, ["export", "--parts", "parts", *made(people), "--shard", dice.choice(shards(2))])
        for shard in shards(2):
            here.run("export", "--parts", "parts", *made(people), "--shard", shard)
        killed(here, dice, ["export", *whole, "--shard", "merge/2"])
        done = here.run("export", *whole, "--shard", "merge/2", "--json")
        # A merge that was killed may have been through, or announced a round that nobody has done yet.
        if done.returncode != NEXT_ROUND and b"[parts.missing]" not in done.stderr:
            break
    assert done.returncode in (2, 3) and tree(here.folder / "out") == exported["one person"][0]
    assert not parts_of(here).exists()


def test_attempts_at_the_same_time(place, people, exported):
    here = place()
    whole = [*export(people, ["ada"], []), "--parts", "parts", "--quiet"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(here.folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}

    def at_once(*commands):
        running = [subprocess.Popen([BINARY, "export", *map(str, words), "--state", "state"], cwd=here.folder, env=environment) for words in commands]
        return {one.wait() for one in running}

    here.run("export", *whole, "--shard", "plan/2", expect=0)
    for _ in range(12):
        assert at_once(*[["--parts", "parts", *made(people), "--shard", shard, "--quiet"] for shard in ("1/2", "2/2", "1/2", "2/2")]) <= {0, 2}
        ended = at_once([*whole, "--shard", "merge/2"])
        if ended != {NEXT_ROUND}:
            break
        # What is announced already is announced again.
        assert at_once(*[[*whole, "--shard", "merge/2"]] * 2) <= {NEXT_ROUND, 3}
    assert ended == {2} and tree(here.folder / "out") == exported["one person"][0]


# MARK: erasures

OF_A_RUN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z-erase(-[0-9a-f]{6})?|\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}Z?|"
                      r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OF_A_FILE = {"device", "inode", "changed", "evidence_head"}


ARCHIVES = ["in", "tokens-out", "sealed-out"]


class Archive(Place):
    """A place with archives of its own, which change."""

    def __init__(self, run, folder, people):
        super().__init__(run, folder, folder / "in")
        for name in ARCHIVES:
            shutil.copytree(people / name, folder / name)

    def asked(self, people, who, *more):
        return [*asking(people, *who), *ARCHIVES, *made(people), *more]

    def files(self):
        return {name: tree(self.folder / name) for name in ARCHIVES}

    def still(self, text):
        """Without what is another in each run and place."""
        return OF_A_RUN.sub("X", text.decode().replace(str(self.folder), "HERE"))

    def reports(self):
        return {self.still(name.encode()): self.json(content) if name.endswith(".json") else self.still(content)
                for name, content in tree(self.folder / "Reports").items() if not name.endswith(".html")}

    def json(self, text):
        def cut(value):
            if isinstance(value, dict):
                return {key: cut(item) for key, item in value.items() if key not in OF_A_FILE}
            return [cut(item) for item in value] if isinstance(value, list) else value
        return cut(json.loads(self.still(text)))


@pytest.fixture
def archives(run, people, tmp_path):
    return lambda name="many": Archive(run, tmp_path / name, people)


ERASURES = {
    "one person": (["ada"], ["--yes"], 2),
    "many, and what others say": (["ada", "member", "both", "nobody"], ["--yes", "--sweep", "redact"], 3),
    "one person, and what others say in a workspace": (["ada"], ["--yes", "--sweep", "redact", "--workspace", "ws-a"], 2),
}


@pytest.fixture(scope="module")
def erased(run, people, tmp_path_factory):
    whole = {}
    for name, (who, more, expect) in ERASURES.items():
        here = Archive(run, tmp_path_factory.mktemp("one"), people)
        before = here.files()
        done = here.run("erase", *here.asked(people, who, *more), "--json", expect=expect)
        whole[name] = (here.files(), here.reports(), here.json(done.stdout), here.still(done.stderr))
        changed = [path for archive in before for path in before[archive] if whole[name][0][archive].get(path) != before[archive][path]]
        assert len(changed) >= 8 and ("e/users.behaviors.CustomEvent.json" in changed) == ("redact" in more)
    return whole


@pytest.mark.parametrize("name, count", [("one person", 1), ("one person", 7), ("many, and what others say", 3), ("one person, and what others say in a workspace", 2)])
def test_erasures_are_those_of_one_machine(archives, people, erased, name, count):
    who, more, expect = ERASURES[name]
    here = archives()
    done, _ = by_many(here, count, "erase", *here.asked(people, who, *more), part=made(people), expect=expect)
    assert (here.files(), here.reports(), here.json(done.stdout), here.still(done.stderr)) == erased[name]
    assert not parts_of(here).exists()


def test_what_was_looked_at_is_planned_and_carried_out(archives, people):
    """With one search for all three."""
    one, many = archives("one"), archives()
    searched, before = False, many.files()
    for more, name in ([], None), (["--plan", "plan.json"], "plan.json"), (["--apply", "plan.json"], None):
        alone = one.run("erase", *one.asked(people, ["ada"], *more), "--json", expect=2)
        if searched:
            done = many.run("erase", *many.asked(people, ["ada"], *more), "--parts", "parts", "--shard", "merge/3", "--json", expect=2)
        else:
            done, _ = by_many(many, 3, "erase", *many.asked(people, ["ada"], *more), part=made(people), expect=2)
        searched = True
        assert (many.json(done.stdout), many.still(told_by(done, "--apply" not in more))) == (one.json(alone.stdout), one.still(alone.stderr))
        if name:
            assert many.json((many.folder / name).read_bytes()) == one.json((one.folder / name).read_bytes())
        assert parts_of(many).exists() == ("--apply" not in more) == (many.files() == before)
    assert (many.files(), many.reports()) == (one.files(), one.reports())


@needs_strace
def test_an_erasure_that_is_killed_is_finished(archives, people, erased):
    """Files that it changed are searched again: the parts go through their rounds once more."""
    here = archives()
    whole = here.asked(people, ["ada"])
    by_many(here, 2, "erase", *whole, part=made(people), expect=2)
    merge = ["erase", *whole, "--yes", "--parts", "parts", "--shard", "merge/2"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(here.folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
    cut_off = subprocess.run(["strace", "-f", "-qq", "-o", "log", "-e", "trace=rename", "-e", "inject=rename:signal=SIGKILL:when=4", BINARY,
                              *map(str, merge), "--state", "state", "--jobs", "1"], cwd=here.folder, env=environment, capture_output=True)
    assert cut_off.returncode in KILLED and here.files() != erased["one person"][0]
    done = here.run(*merge, "--json")
    assert done.returncode == NEXT_ROUND and json.loads(done.stdout)["round"] == 1
    assert here.files() == erased["one person"][0]
    done, _ = by_many(here, 2, "erase", *whole, "--yes", part=made(people), expect=2, already=True)
    assert here.files() == erased["one person"][0] and not parts_of(here).exists()
    assert [(one["request"], one["counts"]["deleted"]) for one in json.loads(done.stdout)["recovered"]] == [("ada", 12)]


# MARK: refusals

def test_what_is_missing_or_other_is_refused(place, people, tmp_path):
    here = place()
    whole = [*export(people, ["ada"], []), "--parts", "parts"]
    part = ["--parts", "parts", *made(people)]
    refused(here.run("export", *whole, "--shard", "merge/3"), "parts.no-plan")
    refused(here.run("export", *part, "--shard", "1/3"), "parts.no-plan")
    first = json.loads(here.run("export", *whole, "--shard", "plan/3", "--json", expect=0).stdout)
    assert json.loads(here.run("export", *whole, "--shard", "plan/3", "--json", expect=0).stdout) == first | {"already": True}
    here.run("export", *part, "--shard", "1/3")
    told = [json.loads(here.run("export", *part, "--shard", "3/3", "--json").stdout) for _ in range(2)]
    assert told[1] == told[0] | {"already": True}
    assert ": 2/3 " in refused(here.run("export", *whole, "--shard", "merge/3"), "parts.missing")
    results = parts_of(here) / "2.1.found"
    for other in (parts_of(here) / "1.1.found", people / "ada.yml"):
        results.write_bytes(other.read_bytes())
        assert ": 2/3 " in refused(here.run("export", *whole, "--shard", "merge/3"), "parts.missing")
    for words in ([*part, "--shard", "2/4"], [*part[:2], "--shard", "2/3"], [*part, "--shard", "2/3", "--catalog", added(tmp_path)],
                  [*whole, "--shard", "merge/4"], [*whole, "--shard", "plan/4"], [*whole, "--workspace", "ws-b", "--shard", "merge/3"],
                  [*export(people, ["member"], []), "--parts", "parts", "--shard", "merge/3"],
                  [*export(people, ["ada"], ["--max-block", "32"]), "--parts", "parts", "--shard", "merge/3"]):
        refused(here.run("export", *words), "parts.other-plan")
    refused(here.run("erase", *part, "--shard", "2/3"), "parts.other-plan")
    assert "--shard merge/3" in here.run("merge", "parts", expect=64).stderr.decode()
    refused(here.run("inspect", people / "in", "-o", "parts", "--shard", "1/3"), "parts.other-plan")
    other = place("other")
    (other.folder / "state/state.key").write_text(bytes(32).hex().replace("00", "a7") + "\n")
    for words in ([*made(people), "--shard", "2/3"], [*export(people, ["ada"], []), "--shard", "merge/3"]):
        refused(other.run("export", "--parts", here.folder / "parts", *words), "parts.other-state-key")


@pytest.mark.parametrize("next", ["merge", "plan"])
def test_what_is_left_of_an_end_that_was_cut_off_goes(place, people, next):
    """What was found of people stays nowhere, though nobody can read it."""
    here = place()
    whole = [*export(people, ["ada"], []), "--parts", "parts"]
    here.run("export", *whole, "--shard", "plan/2", expect=0)
    here.run("export", "--parts", "parts", *made(people), "--shard", "1/2", expect=2)
    (parts_of(here) / "plan.json").unlink()
    assert (parts_of(here) / "1.1.found").exists()
    if next == "merge":
        refused(here.run("export", *whole, "--shard", "merge/2"), "parts.no-plan")
        assert not parts_of(here).exists()
    else:
        here.run("export", *whole, "--shard", "plan/1", expect=0)
        assert {path.name for path in parts_of(here).iterdir()} == {"plan.json", "listing", "1.1.files", "1.round"}


def added(folder):
    """An addition to the catalog."""
    members = [{"path": name, "type": "string", "required": name == "id", "annotated": name == "user_id", "fields": [name]} for name in ("id", "user_id")]
    event = {"event": "users.messages.pigeon.Open", "destination": "storage", "display_name": "", "members": members}
    path = folder / "added.json"
    path.write_text(json.dumps({"schema": "currents-scrub/catalog-addition/1", "events": [event], "fields": []}))
    return path


def test_a_file_that_changed_since_it_was_read_is_told(run, people, tmp_path):
    here = Place(run, tmp_path / "many", tmp_path / "in")
    shutil.copytree(people / "in", here.archive)
    whole = [*asking(people, "ada"), here.archive, "-o", "out"]
    by_many(here, 1, "export", *whole, "--dry-run", expect=2)
    changed = here.archive / "a/users.messages.email.Open.json"
    # The same length, and somebody else where she stood.
    changed.write_text(changed.read_text().replace(ADA["braze_id"], "5f00000000000000000dddd1"))
    refused(here.run("export", *whole, "--parts", "parts", "--shard", "merge/1"), "file.changed-while-read", exit=1)
    assert not (here.folder / "out").exists() and parts_of(here).exists()


def test_mistakes_in_the_command_line(place, people):
    here = place()
    for words in (["--shard", "plan/2"], ["--parts", "parts"], ["--parts", "parts", "--shard", "0/2"], ["--parts", "parts", "--shard", "merge"],
                  ["--parts", people / "in/parts", "--shard", "plan/2"]):
        done = here.run("export", *export(people, ["ada"], []), *words)
        assert done.returncode == 64 and b"[usage]" in done.stderr, words
    for command, words in (("export", asking(people, "ada")), ("export", [people / "in"]), ("export", ["-o", "out"]), ("erase", ["--yes"])):
        done = here.run(command, *words, "--parts", "parts", "--shard", "1/2")
        assert done.returncode == 64 and b"takes no request" in done.stderr, words
    for words in (["export", people / "in", "-o", "out"], ["erase", people / "in"]):
        assert b"whose data?" in here.run(*words, expect=64).stderr
    assert b"no archive" in here.run("export", *asking(people, "ada"), "-o", "out", expect=64).stderr
    assert not (here.folder / "parts").exists()


# MARK: stores

@pytest.fixture(scope="module", params=[stores.Amazon, stores.Google, stores.Azure], ids=["s3", "gs", "az"])
def server(request):
    server = request.param()
    server.page_size = 40
    yield server
    server.stop()


def test_parts_that_meet_in_a_store(place, people, server):
    server.create("people")
    server.upload(people / "in", "people", "in/")
    here, alone = place(environment=server.environment()), place("one", server.environment())
    source, meeting = server.address("people", "in/"), server.address("people", "parts")
    arguments = [*asking(people, "ada", "both"), source, "-o", "out"]
    expected = alone.run("export", *arguments, "--json", expect=3)
    done, _ = by_many(here, 2, "export", *arguments, expect=3, meeting=meeting)
    assert done.stdout == expected.stdout and tree(here.folder / "out") == tree(alone.folder / "out")
    assert server.objects("people", "parts") == {}
    # And erased there.
    erased = [*asking(people, "ada"), "--yes"]
    server.upload(people / "in", "people", "one/")
    alone.run("erase", *erased, server.address("people", "one/"), "--json", expect=2)
    done, _ = by_many(here, 2, "erase", *erased, source, expect=2, meeting=meeting)
    assert json.loads(done.stdout)["rewritten"] == 5
    assert server.objects("people", "in/") == server.objects("people", "one/") and server.objects("people", "parts") == {}


@pytest.mark.parametrize("server, after", [(stores.Amazon, False), (stores.Google, True)], ids=["before files change", "behind the receipt"],
                         indirect=["server"])
def test_an_erasure_in_a_store_that_is_killed_behind_the_search_is_ended(place, people, server, after):
    """Nothing is left of it but what the parts read, of files that are other by now: they are searched again."""
    bucket = f"people-killed-{int(after)}"
    server.create(bucket)
    server.upload(people / "in", bucket, "in/")
    here, meeting = place(environment=server.environment()), server.address(bucket, "parts")
    erased = [*asking(people, "ada"), "--yes", server.address(bucket, "in/")]
    merge = ["erase", *erased, "--parts", meeting, "--shard", "merge/2"]
    by_many(here, 2, "erase", *erased[:-2], erased[-1], expect=2, meeting=meeting)
    proxy, process = stores.Proxy(server.port), []
    cut, method = stores.kill(lambda: process[0].pid, after=not after), "DELETE" if after else "PUT"
    proxy.rules = [lambda number, request: cut if request.command == method and "parts/plan.json" in request.path else None]
    environment = {"PATH": os.environ["PATH"], "HOME": str(here.folder), "CURRENTS_SCRUB_KEY": reference.KEY.hex(), **server.environment(proxy.url)}
    process.append(subprocess.Popen([BINARY, *map(str, merge), "--state", "state", "--quiet"], cwd=here.folder, env=environment))
    assert process[0].wait(60) == -signal.SIGKILL
    proxy.stop()
    receipts = list((here.folder / "Reports").rglob("receipt.json"))
    assert len(receipts) == int(after)
    refused(here.run("erase", "--parts", meeting, "--shard", "1/2"), "parts.no-plan")
    told = json.loads(here.run(*merge, "--json", expect=NEXT_ROUND).stdout)
    assert (told["round"], told["already"]) == (1, False)
    by_many(here, 2, "erase", *erased, expect=2, meeting=meeting, already=True)
    left = b"".join(server.objects(bucket, "in/").values())
    assert ADA["braze_id"].encode() not in left.replace(b'"x1", "user_id": "' + ADA["braze_id"].encode(), b"")
    assert server.objects(bucket, "parts") == {}
