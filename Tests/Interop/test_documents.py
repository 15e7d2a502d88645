"""Documents tell the truth: examples are run, names and codes are compared with the sources, links lead somewhere."""

import json
import os
import re

import commands
import pytest
import reference
import yaml

ROOT = reference.ROOT
DOCUMENTS = [p for p in ROOT.rglob("*.md") if not any(part.startswith(".") or part == "demo" for part in p.relative_to(ROOT).parts)]


def policies():
    for path in DOCUMENTS:
        for number, block in enumerate(re.findall(r"<!-- policy -->\n```yaml\n(.*?)```", path.read_text(), re.S)):
            yield pytest.param(block, id=f"{path.name}-{number}")


@pytest.mark.parametrize("text", policies())
def test_every_whole_policy_is_accepted(run, tmp_path, text):
    (tmp_path / "p.yml").write_text(text)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_text('{"id":"1","user_id":"u"}\n')
    run("--policy", tmp_path / "p.yml", tmp_path / "in", "-o", tmp_path / "out")


def test_the_tests_of_a_policy_in_the_documents_pass(run, tmp_path):
    blocks = [block for path in DOCUMENTS
              for block in re.findall(r"<!-- policy tests -->\n```yaml\n(.*?)```", path.read_text(), re.S)]
    assert blocks
    for block in blocks:
        (tmp_path / "tests.yml").write_text(block)
        run("policy", "test", "gdpr", tmp_path / "tests.yml")


def test_the_tour_of_the_readme_is_what_one_sees(run, tmp_path):
    block = re.search(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.S)[1]
    fixed = [re.compile(r"in \d+\.\d s$"), re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")]
    commands, expected = [], []
    for line in block.splitlines():
        if line.startswith("$ currents-scrub "):
            commands.append(line.removeprefix("$ currents-scrub ").split())
        else:
            expected.append(line)
    said = []
    for command in commands:
        said += run(*command, cwd=tmp_path).stdout.decode().splitlines()
    for pattern in fixed:
        expected = [pattern.sub("X", line) for line in expected]
        said = [pattern.sub("X", line) for line in said]
    assert said == expected


def test_every_message_of_a_policy_is_in_the_reference():
    ids = set(re.findall(r'= "([EW]\d{3})"', (ROOT / "Sources/ScrubPolicy/Diagnostic.swift").read_text()))
    told = set(re.findall(r"\b[EW]\d{3}\b", (ROOT / "Documentation/PolicyReference.md").read_text()))
    assert ids == told


def test_every_code_is_in_the_limits():
    sources = (ROOT / "Sources/ScrubArchive/Failure.swift").read_text() + (ROOT / "Sources/ScrubCore/Record/RecordError.swift").read_text()
    sources += "".join((ROOT / "Sources" / name).read_text() for name in (
        "ScrubLedger/LedgerProblem.swift", "ScrubLedger/Evidence/EvidenceCheck.swift", "ScrubOperations/Vault/Revelation.swift",
        "ScrubOperations/Request/RequestFault.swift"))
    codes = set(re.findall(r'= "([a-z]+\.[a-z-]+)"', sources))
    refusals = (ROOT / "Sources/ScrubOperations/Run/ScrubRefusal.swift").read_text()
    refusals += "".join(path.read_text() for path in (ROOT / "Sources/ScrubOperations/Nightly").glob("*.swift"))
    codes |= set(re.findall(r'(?:case \.?\w+(?: =|:)|code:) "([a-z]+\.[a-z-]+)"', refusals)) - {"keyring.refused"}
    assert {"nightly.refused", "nightly.locked", "harvest.too-many", "request.archive-away", "input.empty"} <= codes
    text = (ROOT / "Documentation/Limits.md").read_text()
    assert [code for code in sorted(codes) if f"`{code}`" not in text] == []


def test_every_refusal_of_a_key_is_told():
    codes = set(re.findall(r'case \w+ = "([a-z]+\.[a-z-]+)"', (ROOT / "Sources/ScrubOperations/Keys/MasterKey.swift").read_text()))
    text = (ROOT / "Documentation/Keys.md").read_text()
    assert len(codes) > 15 and [code for code in sorted(codes) if f"`{code}`" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target


# Options that documents tell of other programs.
OTHERS = {"--ultra", "--long", "--nocapture", "--sanitize", "--filter", "--workspace-id", "--basetemp", "--file", "--binary", "--disk", "--large", "--tmpfs", "--failed", "--resource", "--query"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_commands_and_options_exist(path):
    text = path.read_text()
    blocks = "\n".join(re.findall(r"```(?:sh|console|text)?\n(.*?)```", text, re.S))
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    assert commands.faults(blocks + "\n" + "\n".join(re.findall(r"`([^`]*)`", prose))) == []
    known = {"--" + name for command in commands.COMMANDS for name in commands.names(command)} | OTHERS
    spoken = {option for code in re.findall(r"`([^`]*)`", prose) for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", code)}
    assert spoken - known == set()


def test_exit_codes_are_those_of_the_program():
    def codes(text):
        return {int(code): what for code, what in re.findall(r"(?m)^\| (\d+) \| (.*) \|$", text)}

    readme = codes((ROOT / "README.md").read_text())
    told = dict(re.findall(r"(?m)^  (\d+) +(.*)$", commands.COMMANDS[()]["discussion"]))
    assert readme.keys() == {int(code) for code in told}
    for number in re.findall(r"\bexit (?:status |code )?(\d+)", "".join(path.read_text() for path in DOCUMENTS), re.I):
        assert int(number) in readme, number


def test_documents_that_are_named_have_schemas():
    for path in DOCUMENTS:
        for name, number in re.findall(r"currents-scrub/([a-z-]+)/(\d+)", path.read_text()):
            assert (ROOT / f"Reports/schemas/{name}-{number}.json").exists(), (path.name, name)


def test_the_actions_of_the_reference_are_those_of_the_program(run, tmp_path):
    """Every action with its options stands in the table, and an example of each is what the program makes of it."""
    path = ROOT / "Documentation/PolicyReference.md"
    text = path.read_text()
    schema = run("policy", "schema").stdout.decode()
    rules = json.loads(schema)["properties"]["rules"]["items"]
    actions = set(rules["properties"]["action"]["enum"])
    table = text.split("| action | effect | options |")[1].split("\n\n")[0]
    assert actions == set(re.findall(r"(?m)^\| `([a-z_]+)` \|", table))
    block = re.search(r"<!-- actions -->\n((?:\|.*\n)+)", text)[1]
    seen, lines = set(), block.splitlines()[:2]
    for row in block.splitlines()[2:]:
        rule, before, _ = re.fullmatch(r"\| `(.*)` \| `(.*)` \| (.*?) ?\|", row).groups()
        seen.add(yaml.safe_load(rule)["action"])
        (tmp_path / "p.yml").write_text(f"policy: p\nversion: 1\nkey: {{ env: CURRENTS_SCRUB_KEY, id: k1 }}\nrules:\n  - {rule}\n"
                                        "acknowledge: [{ id: W101, because: an example }, { id: W201, because: an example }]\n")
        event = '{"name":"Bounce","event_type":"users.messages.email.Bounce",' + before + "}\n"
        done = run("--policy", tmp_path / "p.yml", "--event-type", "users.messages.email.Bounce", stdin=event.encode(), expect=None)
        assert done.returncode == 0, (rule, done.stderr)
        after = re.sub(r'^\{"name":"Bounce","event_type":"users.messages.email.Bounce",?(.*)\}\n$', r"\1", done.stdout.decode())
        told = f"`{after}`" if after else "the member is gone" if done.stdout else "the event is gone"
        lines.append(f"| `{rule}` | `{before}` | {told} |")
    assert seen == actions
    recorded = "\n".join(lines) + "\n"
    if os.environ.get("RECORD") == "1":
        path.write_text(text.replace(block, recorded))
    assert block == recorded


def test_imports_point_down():
    manifest = (ROOT / "Package.swift").read_text()
    allowed = {
        "ScrubNative": {"COpenSSL", "CDeflate", "CZlib", "CSnappy", "CZstd", "CExpat", "CLinux", "Glibc", "Synchronization"},
        "ScrubCore": {"ScrubNative"},
        "ScrubPolicy": {"ScrubCore", "ScrubNative", "Yams", "Synchronization"},
        "ScrubArchive": {"ScrubCore", "ScrubNative", "Glibc", "Synchronization"},
        "ScrubLedger": {"ScrubNative", "GRDB", "GRDBSQLite", "Foundation", "Glibc"},
        "ScrubOperations": {"ScrubArchive", "ScrubPolicy", "ScrubLedger", "ScrubCore", "ScrubNative", "Mustache", "Foundation", "Glibc", "Synchronization"},
        "currents-scrub": {"ScrubOperations", "ScrubArchive", "ScrubPolicy", "ScrubLedger", "ScrubNative", "ArgumentParser", "Foundation", "Glibc"},
    }
    for target, modules in allowed.items():
        assert f'name: "{target}"' in manifest
        for path in (ROOT / "Sources" / target).rglob("*.swift"):
            imported = set(re.findall(r"^(?:\w+ )?import (\w+)", path.read_text(), re.M))
            assert imported <= modules, (path.name, imported - modules)


def code(path):
    """The lines of a source with their numbers, without texts and comments."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        yield number, re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]


def test_nothing_is_unwrapped_by_force():
    """Where a file's bytes can reach, a crash is an attack. `!=` and `!condition` are none."""
    found = [f"{path.name}:{number}" for path in (ROOT / "Sources").rglob("*.swift") if "generated" not in path.name
             for number, line in code(path) if re.search(r"[\w)\]]!(?!=)", line)]
    assert found == []


# These read lengths and counts of any 64 bits from a file.
DECODERS = ["ScrubCore/Record/AvroScanner.swift", "ScrubCore/Sweep/AvroSweep.swift", "ScrubArchive/Avro/AvroHeader.swift",
            "ScrubArchive/Avro/AvroBlocks.swift", "ScrubArchive/Lines/LineChunks.swift"]
NUMBER = r"(?:0x[\da-f_]+|\d[\d_]*)(?![\w.(])"


def test_decoders_do_no_arithmetic_that_traps():
    """Of two variables only with &+, &- and &*, behind a guard: see CONTRIBUTING.md."""
    found = []
    for name in DECODERS:
        for number, line in code(ROOT / "Sources" / name):
            for sign in re.finditer(r"(?<=[\w)\]}])\s[-+*]=?\s(?=[\w(\[])", line):
                if not re.match(NUMBER, line[sign.end():]):
                    found.append(f"{name}:{number}")
    assert found == []


def test_no_trap_can_be_reached_on_purpose():
    for path in (ROOT / "Sources").rglob("*.swift"):
        text = path.read_text()
        for word in ("try!", "as!", "fatalError(", "replaceItemAt", "options: .atomic", "@unchecked Sendable", "nonisolated(unsafe)"):
            assert word not in text, (path.name, word)
