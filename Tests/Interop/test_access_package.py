"""Access packages in the hands of other programs: a browser, spreadsheets' CSV, 7z, Python's pyzipper.

The packages are made by the Swift test `AccessSamplesForBrowsers`, so this needs what `make unit` builds.
ACCESS_SAMPLES=DIR names packages that are made already; SHOTS=DIR keeps screenshots and the printed pages.
"""

import csv
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import zipfile

import check_pages
import pytest
import pyzipper

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = [f"{name}-{language}" for name in ("full", "many", "none") for language in ("en", "fr")]
PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("access")
    if "ACCESS_SAMPLES" in os.environ:
        return pathlib.Path(os.environ["ACCESS_SAMPLES"])
    made = subprocess.run(
        ["swift", "test", "--skip-build", "--filter", "AccessSamplesForBrowsers"], cwd=ROOT, capture_output=True,
        text=True, env=os.environ | {"ACCESS_SAMPLES": str(folder)})
    if made.returncode != 0 or not (folder / "full-en").is_dir():
        pytest.skip("the Swift tests are not built: make unit")
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_the_page_reads_everywhere(samples, browser, name):
    shots = pathlib.Path(os.environ["SHOTS"]) if "SHOTS" in os.environ else None
    page = samples / name / "index.html"
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
        page = shutil.copy(page, samples / f"{name}.html")
    assert check_pages.check(browser, pathlib.Path(page), shots, None) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_no_names_of_fields_outside_the_folds(samples, name):
    page = (samples / name / "index.html").read_text()
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    running = re.sub(r"<code>.*?</code>", "", re.sub(r'<details class="event">.*?</details>', "", page, flags=re.S), flags=re.S)
    text = re.sub(r"<[^>]+>", " ", running)
    assert not re.findall(r"\b[a-z]+_[a-z_]+\b", text.replace("5a0000000000000000000001", ""))
    for jargon in ("Braze", "Currents", "canvas", "webhook", "payload", "UUID"):
        assert jargon not in text.replace("currents-scrub", ""), jargon


@pytest.mark.parametrize("name", NAMES)
def test_files_are_what_the_manifest_says(samples, name):
    folder = samples / name
    manifest = json.loads((folder / "manifest.json").read_text())
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert {file["name"] for file in manifest["files"]} == there - {"manifest.json"}
    for file in manifest["files"]:
        content = (folder / file["name"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"])


def test_lines_and_tables_hold_the_same_events(samples):
    folder = samples / "full-en"
    lines = [json.loads(line) for line in (folder / "events.ndjson").read_text().splitlines()]
    assert len(lines) == 300
    rows = 0
    for path in sorted((folder / "events").iterdir()):
        text = path.read_bytes().decode("utf-8-sig")
        assert text.endswith("\r\n")
        table = list(csv.DictReader(io.StringIO(text, newline="")))
        rows += len(table)
        mine = [line for line in lines if line["event_type"] == path.stem]
        assert [row["file"] for row in table] == [line["source"]["file"] for line in mine]
        for row, line in zip(table, mine):
            for field, value in line["event"].items():
                if field != "time":
                    assert row[field].lstrip("'") == value.lstrip("'") and row[field][:1] not in tuple("=+@"), field
    assert rows == 300
    glossary = json.loads((folder / "glossary.json").read_text())
    assert set(glossary["fields"]) == {field for line in lines for field in line["event"]}
    assert set(glossary["event_types"]) == {line["event_type"] for line in lines}


@pytest.mark.parametrize("name", NAMES)
def test_the_plain_archive_opens_with_anything(samples, name):
    with zipfile.ZipFile(samples / f"{name}.zip") as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            assert archive.read(entry) == (samples / name / entry.filename).read_bytes()
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_sealed_archive_opens_with_pyzipper(samples, name):
    with pyzipper.AESZipFile(samples / f"{name}-sealed.zip") as archive:
        archive.setpassword(PASSPHRASE.encode())
        assert "index.html" in archive.namelist()
        for entry in archive.infolist():
            # Bit 0: encrypted. Strength 3: AES-256. Of an empty file there is nothing to encrypt.
            assert entry.file_size == 0 or entry.flag_bits & 1 and entry.wz_aes_strength == 3
            assert archive.read(entry) == (samples / name / entry.filename).read_bytes()
    with pyzipper.AESZipFile(samples / f"{name}-sealed.zip") as archive:
        archive.setpassword(b"another passphrase")
        with pytest.raises(RuntimeError):
            archive.read("index.html")


@pytest.mark.parametrize("name", NAMES[:2])
def test_the_sealed_archive_opens_with_7z(samples, tmp_path, name):
    if not shutil.which("7z"):
        pytest.skip("no 7z")
    sealed = str(samples / f"{name}-sealed.zip")
    subprocess.run(["7z", "x", f"-p{PASSPHRASE}", f"-o{tmp_path}", sealed], check=True, capture_output=True)
    for path in (samples / name).rglob("*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(samples / name)).read_bytes() == path.read_bytes()
    assert subprocess.run(["7z", "t", "-pwrong passphrase", sealed], capture_output=True).returncode != 0
    listed = subprocess.run(["7z", "l", "-slt", sealed], check=True, capture_output=True, text=True).stdout
    assert listed.count("AES-256") == sum(1 for p in (samples / name).rglob("*") if p.is_file() and p.stat().st_size)
