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
OTHERS = {"--ultra", "--long", "--nocapture", "--sanitize", "--filter", "--workspace-id", "--basetemp", "--file", "--binary", "--disk", "--large", "--tmpfs", "--failed", "--resource", "--query", "--files", "--tasks", "--wait", "--array",
          "--wrap"}


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


def constant(path, name):
    """A number of a source, as it stands there: `64 << 20`, `262_144`."""
    text = re.search(rf"\b(?:let|var) {name}\b[^=\n]*= ([0-9_]+(?: << [0-9]+)?)", (ROOT / "Sources" / path).read_text())[1]
    return eval(text.replace("_", ""), {})


def bytes_of(number):
    return f"{number >> 20} MiB" if number >= 1 << 20 else f"{number:,}"


def test_the_sizes_of_the_limits_are_those_of_the_sources():
    """Each number of the table, row by row; a row without a rule here fails."""
    text = (ROOT / "Documentation/Limits.md").read_text()
    table = text.split("| what | at most | flag | beyond it |")[1].split("\n\n")[0]
    told = {row.split(" | ")[0].strip("| "): row.split(" | ")[1].strip() for row in table.splitlines()[2:]}
    block = bytes_of(constant("ScrubOperations/Scrub/ScrubOptions.swift", "maxBlock"))
    json_values = f'{constant("ScrubPolicy/Schema/JSONValue.swift", "valueLimit"):,} JSON values'
    rules = {
        "a block, line or item": block,
        "blanks in front of the first event of a file of JSON": block,
        "the window of a zstd stream": block,
        "nesting of JSON": f'{constant("ScrubCore/Record/JSONGrammar.swift", "depthLimit")} levels',
        "members of a line or item": bytes_of(constant("ScrubCore/Record/JSONScanner.swift", "limit")),
        "nesting of Avro data": f'{constant("ScrubCore/Record/AvroScanner.swift", "depthLimit")} levels',
        "records of an Avro block": f'2^{constant("ScrubArchive/Avro/AvroBlocks.swift", "recordLimit").bit_length() - 1}',
        "an Avro header": f'{bytes_of(constant("ScrubArchive/Avro/AvroHeader.swift", "sizeLimit"))}, '
                          f'{constant("ScrubArchive/Avro/AvroHeader.swift", "entryLimit"):,} entries',
        "an Avro schema": f'{json_values} in {constant("ScrubPolicy/Schema/JSONValue.swift", "depthLimit")} levels, '
                          f'{constant("ScrubPolicy/Schema/AvroSchema.swift", "placeLimit"):,} times that a type is named',
        "a text that is searched": bytes_of(constant("ScrubCore/Transform/TextScan.swift", "sizeLimit")),
        "a policy": f'{bytes_of(constant("ScrubPolicy/Policy/YAMLReader.swift", "sizeLimit"))}, '
                    f'{constant("ScrubPolicy/Policy/YAMLReader.swift", "depthLimit")} levels',
        "other files that are read as a whole": f'{bytes_of(constant("ScrubOperations/Files/GivenFile.swift", "limit"))}, {json_values}',
        "folders within folders": str(constant("ScrubArchive/Walk/ArchiveWalker.swift", "depthLimit")),
        "an answer of a store": f'{bytes_of(constant("ScrubNative/XMLElement.swift", "sizeLimit"))}, '
                                f'{constant("ScrubNative/XMLElement.swift", "depthLimit")} levels of XML',
    }
    for what, size in told.items():
        rule = [value for start, value in rules.items() if what.startswith(start)]
        assert rule == [size], what
    assert len(told) == len(rules)
    assert constant("ScrubCore/Find/OtherPeople.swift", "sizeLimit") == constant("ScrubCore/Transform/TextScan.swift", "sizeLimit")
    for path in ("ScrubCore/Sweep/AvroSweep.swift", "ScrubOperations/Access/AvroDecoder.swift"):
        assert constant(path, "depthLimit") == constant("ScrubCore/Record/AvroScanner.swift", "depthLimit")


def test_the_numbers_of_the_catalog_are_those_of_the_program(run):
    events = json.loads(run("catalog", "list", "--json").stdout)["events"]
    glossary = [event for event in events if len(event["destinations"]) > 1]
    destinations = {name for event in events for name in event["destinations"]}
    fields = len(json.loads(run("policy", "check", ROOT / "Policies/gdpr.yml", "--json").stdout)["fields"])
    readme = " ".join((ROOT / "README.md").read_text().split())
    assert f"marks of {len(glossary)} event types in {len(destinations)} destinations" in readme
    newest, older = re.search(r"of (\d+) storage event types of Currents v10 are built in, with those of (\w+) types that older", readme).groups()
    assert int(newest) + ["six", "seven", "eight"].index(older) + 6 == len(events)
    assert f"What is built in holds {len(events)} event types" in (ROOT / "Documentation/Catalog.md").read_text()
    assert f"finite: {len(events)} event types, five destinations, {fields:,} paths" in (ROOT / "Documentation/Policies.md").read_text()
    assert len(destinations) == 5


def test_the_guards_of_erasures_are_those_of_the_program(run):
    told = (ROOT / "Documentation/Erasure.md").read_text()
    help_text = " ".join(run("erase", "--help").stdout.decode().split())
    events = constant("ScrubOperations/Erase/EraseOptions.swift", "maxEvents")
    assert f"`--max-events` ({events:,}) events" in told and re.search(rf"--max-events .*?\(default: {events}\)", help_text)
    share = re.search(r"--max-share .*?\(default: (\d+)%\)", help_text)[1]
    assert f"`--max-share` ({share} %) of" in told


def values_of(shape):
    """What an option may be, as the reference writes it."""
    if "enum" in shape:
        return ", ".join(shape["enum"])
    if "minimum" in shape:
        return f"{shape['minimum']} to {shape['maximum']}" + (f", a multiple of {shape['multipleOf']}" if "multipleOf" in shape else "")
    if shape.get("type") == "array":
        inner = values_of(shape["items"])
        return "a list of " + (inner if "enum" in shape["items"] else "texts" if "pattern" not in shape["items"] else "paths")
    if shape.get("type") == "object" and "properties" in shape:
        return " or ".join(f"`{{ {name}: {values_of(of)} }}`" for name, of in shape["properties"].items())
    if shape.get("type") == "object":
        return "`{ PATH: KIND, ... }`" if "propertyNames" in shape else "`{ FIELD: [VALUE, ...], ... }`"
    if "const" in shape:
        return json.dumps(shape["const"])
    if isinstance(shape.get("type"), list):
        return ", ".join(shape["type"])
    return f"`{shape['pattern'].strip('^$')}`" if "pattern" in shape else "see the meaning"


def test_the_tables_of_actions_are_those_of_the_program(run):
    """What each action does, its options, and what these may be, is what the reader of policies goes by."""
    path = ROOT / "Documentation/PolicyReference.md"
    rule = json.loads(run("policy", "schema").stdout)["properties"]["rules"]["items"]
    actions, used = [], []
    for need in rule["allOf"]:
        then = need["then"]
        if "description" not in then:
            continue
        name, gone = need["if"]["properties"]["action"]["const"], then["properties"]
        options = [key for key in rule["properties"] if key not in gone and rule["properties"][key]["description"].split(":")[0].split(", ").count(name)]
        used += [option for option in options if option not in used]
        code = ", ".join(f"`{option}`" for option in options)
        actions.append(f"| `{name}` | {then['description']} | {code} |")
    assert [a.split("`")[1] for a in actions] == rule["properties"]["action"]["enum"]
    # Every key that some action refuses is an option of another.
    assert set(used) == {key for need in rule["allOf"] if "description" in need["then"] for key in need["then"]["properties"]}
    options = []
    for option in used:
        of, meaning = rule["properties"][option]["description"].split(": ", 1)
        options.append(f"| `{option}` of {of} | {values_of(rule['properties'][option])} | {meaning[0].upper()}{meaning[1:]} |".replace("|/", "\\|/"))
    text = path.read_text()
    for name, rows in (("action", actions), ("option", options)):
        start, block = re.search(rf"(<!-- {name} table -->\n(?:\|.*\n){{2}})((?:\|.*\n)*)", text).groups()
        recorded = "\n".join(rows) + "\n"
        if os.environ.get("RECORD") == "1":
            path.write_text(path.read_text().replace(start + block, start + recorded))
        assert block == recorded


def test_the_examples_of_the_reference_are_what_the_program_makes(run, tmp_path):
    """Every action has an example in the reference, and what it shows is what the program makes of it."""
    path = ROOT / "Documentation/PolicyReference.md"
    text = path.read_text()
    schema = run("policy", "schema").stdout.decode()
    rules = json.loads(schema)["properties"]["rules"]["items"]
    actions = set(rules["properties"]["action"]["enum"])
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
