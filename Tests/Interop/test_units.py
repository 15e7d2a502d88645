"""What is packed for nights: the example of a configuration has every key and is a night, and the units hold it in.

The service is not started here; what it forbids is compared with what a night does.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess

import consoles
import pytest
import reference

PACKAGING = reference.ROOT / "Packaging"


def keys(schema, definitions):
    """Every name of a member that a JSON Schema knows."""
    found = set()
    if isinstance(schema, dict):
        for name, part in schema.items():
            found |= set(part) | keys(list(part.values()), definitions) if name == "properties" else keys(part, definitions)
    elif isinstance(schema, list):
        for part in schema:
            found |= keys(part, definitions)
    return found


@pytest.fixture
def example(tmp_path):
    """The example with its places below a folder, and all that it needs there."""
    text = (PACKAGING / "nightly.yml").read_text()
    for place in ("/var/lib", "/srv"):
        text = text.replace(place, f"{tmp_path}{place}")
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "nightly.yml").write_text(text)
    (etc / "controller.yml").write_text((reference.ROOT / "Documentation/examples/controller.yml").read_text())
    (etc / "holds.yml").write_text("holds:\n  - subjects: [{ external_user_id: customer-17 }]\n    basis: litigation\n    owner: legal\n    review: 2099-01-31\n")
    for place in ("srv/currents/inbox", "var/lib/prometheus/node-exporter"):
        (tmp_path / place).mkdir(parents=True)
    consoles.shell(tmp_path, [
        "currents-scrub keys new --keyring etc/secret/keyring", "currents-scrub keys new --signing etc/secret/signing.pem",
        "currents-scrub policy init --purpose share --audience agency -o etc/agency.yml",
        *(f"currents-scrub sample --events 500 --seed {seed} -o srv/currents/{name} --quiet" for seed, name in enumerate(["production", "history"], 1)),
        "find srv -name '*.avro' -exec touch -d yesterday {} +"])
    return etc / "nightly.yml"


def test_the_example_says_every_key(run):
    schema = json.loads(run("nightly", "schema").stdout)
    text = (PACKAGING / "nightly.yml").read_text()
    wanted = keys(schema, schema.get("definitions", {}))
    assert len(wanted) > 35
    # Where a key is fetched from otherwise is told by the reference of policies.
    assert [name for name in sorted(wanted - {"env", "command"}) if not re.search(rf"\b{name}:", text)] == []


def test_the_example_is_a_night(run, example):
    told = json.loads(run("nightly", "check", example, "--json").stdout)
    assert told["problems"] == [] and [one["name"] for one in told["archives"]] == ["production", "history"]
    run("nightly", example)
    assert (example.parents[1] / "var/lib/prometheus/node-exporter/currents-scrub.prom").stat().st_mode & 0o777 == 0o644


def test_what_the_example_leaves_out_is_accepted(run, example):
    text = example.read_text().replace("keyring: secret/keyring", "").replace("# key: {", "key: {")
    run("keys", "new", example.parent / "secret/currents.key", "--quiet")
    example.write_text(text)
    assert json.loads(run("nightly", "check", example, "--json").stdout)["problems"] == []


# Units


@pytest.fixture
def units(tmp_path):
    for path in (PACKAGING / "systemd").iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace("/usr/bin/currents-scrub", str(pathlib.Path(consoles.BINARY).resolve())))
    return tmp_path


needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")


@needs_systemd
def test_units_are_well_formed(units):
    for name in ("currents-scrub.service", "currents-scrub.timer"):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", units / name], capture_output=True, text=True)
        about_us = [line for line in done.stderr.splitlines() if "currents-scrub" in line]
        assert done.returncode == 0 and about_us == [], done.stderr


@needs_systemd
def test_the_service_is_locked_up(units):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", units / "currents-scrub.service"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@needs_systemd
@pytest.mark.skipif(not shutil.which("strace"), reason="no strace")
def test_a_night_asks_for_nothing_that_the_service_forbids(example, tmp_path):
    """No call beyond the filter, no memory both written and run, no network; and it needs no rights of root."""
    person = json.loads((tmp_path / "srv/currents/production/_truth.json").read_text())["people"][4]["user_id"]
    (tmp_path / "srv/currents/inbox/r1.yml").write_text(
        f"request: r1\nkind: erasure\nreceived: 2026-01-01\nsubjects: [{{ braze_id: {person} }}]\n"
        "verified: { by: desk, on: 2026-01-01, method: login }\napproved: { by: dpo, on: 2026-01-01 }\n")
    before = ["strace", "-f", "-qq", "-o", str(tmp_path / "calls")]
    if os.geteuid() == 0:
        before += ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    done = subprocess.run([*before, consoles.BINARY, "nightly", example], capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert done.returncode in (0, 2, 5) and "r1" in done.stdout, done.stdout + done.stderr
    lines = (tmp_path / "calls").read_text().splitlines()
    called = {found[1] for line in lines if (found := re.match(r"\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)", line))}
    assert len(called) > 30 and called - allowed("@system-service") == set()
    assert [line for line in lines if "PROT_WRITE" in line and "PROT_EXEC" in line] == []
    assert [line for line in lines if re.search(r"\bsocket\((?!AF_UNIX)", line)] == []


def allowed(group):
    listed = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, text=True, check=True).stdout
    names = [line.strip() for line in listed.splitlines()[1:]]
    return set().union(*(allowed(name) if name.startswith("@") else {name} for name in names if name and not name.startswith("#")))


@pytest.mark.skipif(not shutil.which("logrotate"), reason="no logrotate")
def test_logrotate_reads_its_file(tmp_path):
    text = (PACKAGING / "logrotate").read_text().replace("currents-scrub currents-scrub", "root root")
    (tmp_path / "rotate").write_text(text)
    (tmp_path / "rotate").chmod(0o644)
    done = subprocess.run(["logrotate", "--debug", "--state", tmp_path / "state", tmp_path / "rotate"], capture_output=True, text=True)
    assert done.returncode == 0 and "error" not in done.stderr, done.stderr


def test_one_place_is_named_alike_everywhere():
    texts = {path.name: path.read_text() for path in [*PACKAGING.iterdir(), *(PACKAGING / "systemd").iterdir()] if path.is_file()}
    for name in ("currents-scrub.service", "crontab"):
        assert "/usr/bin/currents-scrub nightly /etc/currents-scrub/nightly.yml" in texts[name]
    log = "/var/log/currents-scrub/nightly.log"
    assert log in texts["crontab"] and log in texts["logrotate"]
    writable = re.findall(r"^ReadWritePaths=-?(.*)$", texts["currents-scrub.service"], re.M) + ["/var/lib/currents-scrub"]
    for place in re.findall(r": (/\S+)", re.sub(r"#.*", "", texts["nightly.yml"])):
        assert any(place.startswith(root) for root in writable), place
