"""What the document of operations says is true: its commands print what it shows, and what it names is there."""

import re

import consoles
import reference
import yaml

OPERATIONS = reference.ROOT / "Documentation/Operations.md"


def test_the_commands_of_the_document_print_what_it_says(tmp_path):
    """A night, and the drills: one folder from start to end."""
    for title in consoles.chapters(OPERATIONS):
        consoles.play(OPERATIONS, title, tmp_path)


def test_alerts_watch_metrics_that_there_are():
    source = (reference.ROOT / "Sources/ScrubOperations/Nightly/NightlyMetrics.swift").read_text()
    names = {f"currents_scrub_nightly_{name}" for name in re.findall(r'(?:Metric|each|parts)\(\s*"(\w+)"', source)}
    text = OPERATIONS.read_text()
    block = next(block for block in re.findall(r"```yaml\n(.*?)```", text, re.S) if "alert:" in block)
    rules = [rule for group in yaml.safe_load(block)["groups"] for rule in group["rules"]]
    assert len(rules) > 5 and len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule) <= {"alert", "expr", "labels", "annotations"}
        assert re.findall(r"currents_scrub_\w+", rule["expr"])
    assert set(re.findall(r"currents_scrub_nightly_\w+", text)) <= names
    for label, value in re.findall(r'\{(\w+)="(\w+)"\}', block):
        assert f'"{label}"' in source and f'"{value}"' in source


def test_codes_of_the_document_are_told_by_the_program():
    told = "".join(path.read_text() for path in (reference.ROOT / "Sources").rglob("*.swift") if "generated" not in path.name)
    codes = set(re.findall(r"`([a-z]+\.[a-z]+-?[a-z-]*)`", OPERATIONS.read_text())) - {"state.key"}
    codes = {code for code in codes if code.split(".")[1] not in ("sqlite", "ndjson", "pem", "yml", "yaml", "json", "lock", "html", "txt")}
    assert len(codes) > 25 and [code for code in sorted(codes) if f'"{code}"' not in told] == []


def test_everything_in_the_state_folder_is_told():
    text = OPERATIONS.read_text()
    sources = "".join(path.read_text() for path in (reference.ROOT / "Sources/ScrubLedger").rglob("*.swift"))
    names = set(re.findall(r'static let (?:name|folder) = "([\w.]+)"', sources)) | {"state.key", "keyring", "signing.pem", "nightly.lock"}
    assert len(names) > 7 and [name for name in sorted(names) if f"`{name}" not in text] == []


def test_exit_codes_are_those_of_the_program(run):
    said = run("nightly", "--help").stdout.decode()
    table = re.search(r"\| exit \|(.*?)\n\n", OPERATIONS.read_text(), re.S)[1]
    for code in re.findall(r"^\| (\d+) \|", table, re.M):
        if code != "130":
            assert re.search(rf"\b{code} +\w", said), code


def test_folders_are_made_where_the_example_looks_for_them():
    made = re.findall(r" (/(?:srv|var|etc)\S+)", re.search(r"```sh\nuseradd(.*?)```", OPERATIONS.read_text(), re.S)[1])
    example = (reference.ROOT / "Packaging/nightly.yml").read_text()
    for place in ("/srv/currents/production", "/srv/currents/inbox", "/var/lib/currents-scrub"):
        assert place in made and place in example
    for name in ("keyring", "signing.pem"):
        assert f"/etc/currents-scrub/secret/{name}" in made and f"secret/{name}" in example
