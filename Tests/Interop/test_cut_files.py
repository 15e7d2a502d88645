"""What a file that breaks off loses is told as lost, and never as no event."""

import gzip
import json

import pytest
import reference

NIGHTLY = reference.NIGHTLY.format(input="archive")


def lines(count):
    return "".join(
        json.dumps({"event_type": "users.messages.email.Open", "id": f"{number * 7919 * 104729:032x}", "user_id": f"u{number}",
                    "email_address": f"a{number}@example.test", "time": 1777600000 + number}) + "\n"
        for number in range(count)).encode()


def half_a_gzip(folder):
    packed = gzip.compress(lines(5000))
    (folder / "a.json.gz").write_bytes(packed[:len(packed) // 2])


def half_an_avro(folder):
    data = (reference.ROOT / "Tests/Scenarios/a-truncated-last-block-is-withheld/in/part.avro").read_bytes()
    (folder / "a.avro").write_bytes(data)


def half_a_document(folder):
    items = lines(100).decode().splitlines()
    items[40] = '{"id": tru}'
    (folder / "a.json").write_text("[" + ",\n".join(items) + "]")


@pytest.fixture(params=[half_a_gzip, half_an_avro, half_a_document])
def archive(tmp_path, request):
    folder = tmp_path / "archive"
    folder.mkdir()
    (tmp_path / "p.yml").write_text(reference.POLICY)
    request.param(folder)
    return folder


def test_a_scrub_says_that_nobody_can_count_what_was_in_the_rest(run, archive, tmp_path):
    done = run("--policy", "p.yml", "archive", "-o", "out", "--reports", "R", cwd=tmp_path, expect=2)
    assert b"1 rest of a file" in done.stderr + done.stdout and b"nobody can count" in done.stderr + done.stdout
    report = json.loads(next((tmp_path / "R").glob("*/report.json")).read_text())
    assert report["totals"]["cut_files"] == 1
    assert [place["rest"] for place in report["withheld"]] == [True]
    page = next((tmp_path / "R").glob("*/report.html")).read_text()
    assert "none withheld" not in page
    assert "the rest of 1 file, with events that nobody can count, need" in page
    assert "how many events were in it is not known" in page


def test_a_night_names_the_file_and_says_what_to_do(run, archive, tmp_path):
    (tmp_path / "n.yml").write_text(NIGHTLY)
    done = run("nightly", "n.yml", cwd=tmp_path, expect=2)
    text = (done.stdout + done.stderr).decode()
    name = next(archive.iterdir()).name
    assert name in text and "the rest of the file cannot be read and was withheld" in text
    assert "nothing to do" not in text
    night = json.loads(next(tmp_path.glob("*/*/nightly.json")).read_text())
    assert [problem["path"] for problem in night["problems"]] == [name]
    assert night["archives"][0]["unreadable"] == 1
