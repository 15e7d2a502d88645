"""Limits that are counted, not timed: heap allocations and instructions per event, under valgrind.

Each is the difference between a run over a file of one size and one over a file of twice the size, so what the
program does once for all does not count.
"""

import json
import os
import re
import shutil
import subprocess

import fastavro
import pytest
import reference

SMALL, LARGE = 4000, 8000
ALLOCATIONS_PER_RECORD = 0.01

# Instructions per event that were measured, with the treatment of Tests/Benchmarks/bench.yml on the events below; a
# run may take 1.15 times as many. Lower them when the program gets better, and say why when they must go up.
# OpenSSL's block functions of SHA-256 and GHASH are left out: how many they take depends on the processor, and under
# valgrind they are most of a run, so that nothing else would show.
MEASURED = {"avro": 4_650, "ndjson": 9_500}
# The same for `inspect`, which reads every field and makes no digest.
INSPECTED = {"avro": 5_900, "ndjson": 11_200}
ALLOWANCE = 1.15

pytestmark = pytest.mark.skipif(
    not (shutil.which("valgrind") and shutil.which("strip")), reason="no valgrind, or no strip, is installed")

FIELDS = [
    ("id", "string"), ("user_id", "string"), ("external_user_id", ["null", "string"]), ("time", "int"),
    ("timezone", ["null", "string"]), ("app_group_id", ["null", "string"]), ("campaign_id", ["null", "string"]),
    ("campaign_name", ["null", "string"]), ("message_variation_id", ["null", "string"]),
    ("dispatch_id", ["null", "string"]), ("send_id", ["null", "string"]), ("email_address", "string"),
    ("url", ["null", "string"]), ("user_agent", ["null", "string"]), ("device_class", ["null", "string"]),
    ("device_os", ["null", "string"]), ("is_amp", ["null", "boolean"]),
]


def events(count):
    """Clicks in mails; a person comes back after 1,000 events, as a cache of pseudonyms would like it."""
    for number in range(count):
        person = number % 1000
        yield {
            "id": f"0d6a1c52-5a0f-4a7e-9d0c-{number:012x}", "user_id": f"6512f0a4c2b7e81d{person:08x}",
            "external_user_id": f"customer-{person}" if person % 5 else None, "time": 1777676985 + number,
            "timezone": "Europe/Paris", "app_group_id": "5c90f1d4-d2fb-4076-ac76-a92d6bfbf1ae",
            "campaign_id": "b454152d-1cef-4cae-8dee-1a89bc558246", "campaign_name": "2026-05 | Spring",
            "message_variation_id": None, "dispatch_id": f"{number:032x}", "send_id": "6a07b38085e8bbf31c253a91",
            "email_address": f"Person.{person}@mail.example.test",
            "url": f"https://shop.example.test/spring?item={number}", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "device_class": "mobile" if number % 3 else None, "device_os": "Android 16", "is_amp": number % 7 == 0,
        }


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Files of the same events: Avro without compression, so that no time goes there, and lines."""
    folder = tmp_path_factory.mktemp("counts")
    schema = fastavro.parse_schema({
        "type": "record", "name": "dataexport.S3.inner.users.messages.email.Click",
        "fields": [{"name": n, "type": t} | ({"default": None} if isinstance(t, list) else {}) for n, t in FIELDS]})
    for count in (SMALL, LARGE):
        for form in ("avro", "ndjson"):
            (folder / f"{form}-{count}").mkdir()
        with (folder / f"avro-{count}/events.avro").open("wb") as file:
            fastavro.writer(file, schema, events(count), codec="null", sync_marker=b"0123456789abcdef")
        lines = "".join(json.dumps(e, separators=(",", ":")) + "\n" for e in events(count))
        (folder / f"ndjson-{count}/users.messages.email.Click.json").write_text(lines)
    return folder


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program without debug information, which valgrind gives up on when it is of a newer form than it knows."""
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    copy = tmp_path_factory.mktemp("program") / "currents-scrub"
    subprocess.run(["strip", "--strip-debug", "-o", copy, binary], check=True)
    return copy


def measure(tool, found, program, archives, policy, form, count, place):
    """What valgrind says at the end of a run over one file."""
    done = subprocess.run(
        ["valgrind", *tool, program, "--policy", policy, archives / f"{form}-{count}", "-o", place / f"{form}-{count}",
         "--reports", place / "reports", "--state", place / "state", "--jobs", "1", "--quiet"],
        capture_output=True, text=True, timeout=300,
        env={"PATH": os.environ["PATH"], "HOME": str(place), "CURRENTS_SCRUB_KEY": reference.KEY.hex()})
    assert done.returncode == 0, done.stderr[-2000:]
    return int(re.search(found, done.stderr).group(1).replace(",", "")) if found else None


def instructions(program, archives, form, count, place):
    """All instructions of a run but those of the block functions of SHA-256 and GHASH."""
    profile = place / f"{form}-{count}.callgrind"
    tool = ["--tool=callgrind", f"--callgrind-out-file={profile}"]
    measure(tool, None, program, archives, reference.ROOT / "Tests/Benchmarks/bench.yml", form, count, place)
    said = subprocess.run(["callgrind_annotate", "--threshold=100", profile], capture_output=True, text=True, check=True).stdout
    digests = total = 0
    for line in said.splitlines():
        figure = re.match(r" *([\d,]+)", line)
        number = int(figure[1].replace(",", "")) if figure and figure[1].strip(",") else 0
        if "PROGRAM TOTALS" in line:
            total = number
        elif "sha256_block_data_order" in line or "gcm_ghash" in line:
            digests += number
    assert total > digests > 0
    return total - digests


@pytest.mark.parametrize("form", ["avro", "ndjson"])
def test_no_allocation_per_record(program, archives, tmp_path, form):
    tool = ["--tool=memcheck", "--undef-value-errors=no", "--leak-check=no"]
    # The state folder is made by a first run, so that both sizes find the same.
    measure(tool, r"total heap usage: ([\d,]+) allocs", program, archives, "builtin:gdpr-strict", form, SMALL, tmp_path)
    small, large = (
        measure(tool, r"total heap usage: ([\d,]+) allocs", program, archives, "builtin:gdpr-strict", form, count, tmp_path)
        for count in (SMALL, LARGE))
    assert (large - small) / (LARGE - SMALL) < ALLOCATIONS_PER_RECORD, (small, large)


@pytest.mark.parametrize("form", ["avro", "ndjson"])
def test_instructions_per_event(program, archives, tmp_path, form):
    small, large = (instructions(program, archives, form, count, tmp_path) for count in (SMALL, LARGE))
    each = (large - small) / (LARGE - SMALL)
    print(f"{form}: {each:.0f} instructions an event")
    assert each < ALLOWANCE * MEASURED[form], f"{each:.0f} instructions an event, {MEASURED[form]} were measured"
    assert each > MEASURED[form] / 2, f"only {each:.0f} instructions an event: lower the figure in this file"


def inspected(tool, program, archives, form, count, place):
    done = subprocess.run(
        ["valgrind", *tool, program, "inspect", archives / f"{form}-{count}", "--jobs", "1", "--quiet"],
        capture_output=True, text=True, timeout=300, env={"PATH": os.environ["PATH"], "HOME": str(place)})
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stderr


@pytest.mark.parametrize("form", ["avro", "ndjson"])
def test_no_allocation_per_inspected_record(program, archives, tmp_path, form):
    tool = ["--tool=memcheck", "--undef-value-errors=no", "--leak-check=no"]
    small, large = (
        int(re.search(r"total heap usage: ([\d,]+) allocs", inspected(tool, program, archives, form, count, tmp_path))[1].replace(",", ""))
        for count in (SMALL, LARGE))
    assert (large - small) / (LARGE - SMALL) < ALLOCATIONS_PER_RECORD, (small, large)


@pytest.mark.parametrize("form", ["avro", "ndjson"])
def test_instructions_per_inspected_event(program, archives, tmp_path, form):
    tool = ["--tool=callgrind", f"--callgrind-out-file={tmp_path / 'profile'}"]
    small, large = (
        int(re.search(r"Collected : (\d+)", inspected(tool, program, archives, form, count, tmp_path))[1])
        for count in (SMALL, LARGE))
    each = (large - small) / (LARGE - SMALL)
    print(f"{form}: {each:.0f} instructions an inspected event")
    assert each < ALLOWANCE * INSPECTED[form], f"{each:.0f} instructions an event, {INSPECTED[form]} were measured"
    assert each > INSPECTED[form] / 2, f"only {each:.0f} instructions an event: lower the figure in this file"
