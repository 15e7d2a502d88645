"""What was scrubbed is known as that, whatever part of an output is given, and by whichever keys."""

import json

import fastavro
import pytest

EVENT = {"event_type": "users.messages.email.Open", "email_address": "ada@example.test"}
HASH = """policy: tests
version: 1
key: {{ env: CURRENTS_SCRUB_KEY, id: {key} }}
rules: [{{ kinds: [email], action: hash }}]
"""
KEEP = """policy: keeps
version: 1
rules: [{ kinds: [email], action: keep, because: these are tokens }]
"""


@pytest.fixture()
def scrub(run, tmp_path):
    (tmp_path / "hash.yml").write_text(HASH.format(key="k1"))
    (tmp_path / "keep.yml").write_text(KEEP)
    source = tmp_path / "in/sub"
    source.mkdir(parents=True)
    (source / "a.json").write_text(json.dumps(EVENT) + "\n")
    schema = {"type": "record", "name": "users.messages.email.Open", "fields": [{"name": "email_address", "type": "string"}]}
    with (source / "a.avro").open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(schema), [{"email_address": EVENT["email_address"]}])

    def call(policy, *arguments, expect=0, **more):
        return run("-p", policy, *arguments, "--reports", tmp_path / "reports", "--state", tmp_path / "state", "-q",
                   cwd=tmp_path, expect=expect, **more)

    call("hash.yml", "in", "-o", "out")
    return call


@pytest.mark.parametrize("part", ["out/sub", "out/sub/a.json", "around", "."])
def test_a_part_of_an_output_is_not_scrubbed_again(run, scrub, tmp_path, part):
    (tmp_path / "around").mkdir()
    if part == "around":
        (tmp_path / "out").rename(tmp_path / "around/out")
    inputs = ["out/sub", "out/sub/a.avro"] if part == "." else [part]
    scrub("hash.yml", *inputs, "-o", "again")
    assert [path.name for path in (tmp_path / "again").rglob("a.*")] == []
    done = scrub("keep.yml", *inputs, "-o", "other", expect=3)
    assert b"scrubbed.other-plan" in done.stderr
    # Nor is it searched as if it were in clear.
    for source in inputs:
        done = run("export", "--subject", "email=ada@example.test", source, "--dry-run", "--json", "--state", tmp_path / "state", cwd=tmp_path, expect=2)
        assert list(json.loads(done.stdout)["not_searchable"]) == ["k1"]


def test_keys_of_earlier_runs_stay_known(run, scrub, tmp_path):
    scrub("keep.yml", "out", "-o", "kept", "--again")
    (tmp_path / "k2.yml").write_text(KEEP + "key: { env: CURRENTS_SCRUB_KEY, id: k2 }\n")
    scrub("k2.yml", "out", "-o", "newer", "--again")
    for output, ids in [("kept", ["k1"]), ("newer", ["k2", "k1"])]:
        files = json.loads((tmp_path / output / "_currents-scrub/manifest.json").read_text())["files"]
        assert [[key.split(":")[0] for key in file["keys"]] for file in files] == [ids, ids]
        with (tmp_path / output / "sub/a.avro").open("rb") as file:
            marks = fastavro.reader(file).metadata["currents-scrub.keys"]
        assert [mark.split(":")[0] for mark in marks.split(",")] == ids
        run("export", "--subject", "email=ada@example.test", output, "--dry-run", "--state", tmp_path / "state", cwd=tmp_path, expect=2)


def test_pseudonyms_of_an_earlier_policy_stay_known(run, scrub, tmp_path):
    """The newer policy makes none by the same key: it alone finds nobody."""
    (tmp_path / "k1.yml").write_text(KEEP + "key: { env: CURRENTS_SCRUB_KEY, id: k1 }\n")
    scrub("k1.yml", "out", "-o", "twice", "--again")
    for made, expect in [(["k1.yml"], 2), (["k1.yml", "hash.yml"], 0)]:
        options = [option for policy in made for option in ("--made-with", policy)]
        run("export", "--subject", "email=ada@example.test", "twice", *options, "--dry-run", "--state", tmp_path / "state", cwd=tmp_path,
            expect=expect)


def test_what_a_policy_without_a_key_made_of_pseudonyms_is_proved(run, scrub, tmp_path):
    scrub("keep.yml", "out", "-o", "kept", "--again")
    run("verify", "scrubbed", "-p", "keep.yml", "kept", "--state", tmp_path / "state", cwd=tmp_path)
    done = run("verify", "scrubbed", "-p", "keep.yml", "out", "--json", "--state", tmp_path / "state", cwd=tmp_path, expect=3)
    assert {one["code"] for one in json.loads(done.stdout)["manifest"]} == {"manifest.plan"}


def test_another_key_of_an_id_is_refused_for_an_audience(scrub, tmp_path):
    for audience in ("agency", "partner"):
        (tmp_path / f"{audience}.yml").write_text(f"audience: {audience}\n" + HASH.format(key="k1"))
    other = {"CURRENTS_SCRUB_KEY": bytes(range(7, 39)).hex()}
    scrub("agency.yml", "in", "-o", "first")
    scrub("partner.yml", "in", "-o", "second", environment=other)
    done = scrub("agency.yml", "in", "-o", "third", environment=other, expect=3)
    assert b"ledger.sqlite" in done.stderr and b"key.other-check-value" in done.stderr
    assert not list((tmp_path / "third").glob("sub/*"))


def test_names_of_the_same_letters_trap_nobody(scrub, tmp_path, run):
    (tmp_path / "names").mkdir()
    for name in ("\u00e9.json", "e\u0301.json"):
        (tmp_path / "names" / name).write_text(json.dumps(EVENT) + "\n")
    done = run("verify", "scrubbed", "--policy", "hash.yml", "names", cwd=tmp_path, expect=None)
    assert done.returncode == 3
