"""Messages name what they are about, and never what may be somebody's; exit codes are those of the help."""

import json
import os
import pathlib

import pytest
import reference

EVENT = '{"event_type":"users.messages.email.Open","id":"e1","user_id":"u1","external_user_id":"c1","email_address":"a@example.test","time":1777600000}\n'


@pytest.fixture
def work(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_text(EVENT)
    (tmp_path / "p.yml").write_text(reference.POLICY)
    (tmp_path / "p.txt").write_text("external_user_id=c1\n")
    return tmp_path


def test_a_refused_key_names_its_variable_or_file(run, work):
    done = run("--policy", "p.yml", "in", "-o", "out", cwd=work, expect=3, environment={"CURRENTS_SCRUB_KEY": ""})
    assert b"CURRENTS_SCRUB_KEY: the key is empty [key.empty]" in done.stderr
    (work / "k").write_text("00" * 16 + "11" * 16)
    (work / "k").chmod(0o644)
    (work / "f.yml").write_text(reference.POLICY.replace("env: CURRENTS_SCRUB_KEY", "file: k"))
    assert b"k: the key file can be read by others" in run("--policy", "f.yml", "in", "-o", "out", cwd=work, expect=3).stderr
    (work / "r.yml").write_text(reference.POLICY.replace("env: CURRENTS_SCRUB_KEY", "keyring: nosuch").replace(", id: k1", ""))
    assert b"nosuch: there is no such keyring" in run("--policy", "r.yml", "in", "-o", "out", cwd=work, expect=3).stderr


def test_a_path_that_is_not_there_is_told_as_that(run, work):
    assert b"nosuch: there is no such file or folder [input.empty]" in run("inspect", "nosuch", cwd=work, expect=1).stderr


def test_a_key_file_gets_its_folder(run, work):
    run("keys", "new", "secret/k", cwd=work)
    assert (work / "secret").stat().st_mode & 0o777 == 0o700
    assert b"the file exists" in run("keys", "new", "secret/k", cwd=work, expect=1).stderr


def test_a_keyring_without_an_active_key_cannot_be_used(run, work):
    run("keys", "new", "--keyring", "r", cwd=work)
    run("keys", "retire", "k1", "--keyring", "r", "--yes", cwd=work)
    assert b"keyring.no-active-key" in run("keys", "check", "--keyring", "r", cwd=work, expect=3).stderr


def test_keys_of_a_request_and_stray_arguments_are_not_shown(run, work):
    (work / "r.yml").write_text('request: D-1\nkind: erasure\nreceived: 2026-11-20\nsubjects:\n  - external_user_id: x1\nada@example.test: yes\n')
    assert b"ada@" not in run("requests", "add", "--request", "r.yml", cwd=work, expect=3).stderr
    (work / "h.yml").write_text('holds:\n  - basis: "x"\n    owner: legal\n    review: 2030-01-31\n    ada@example.test: yes\n')
    assert b"ada@" not in run("erase", "--subject-file", "p.txt", "in", "--legal-hold", "h.yml", cwd=work, expect=3).stderr
    for words in (["pseudonym", "email", "ada@example.test", "--policy", "p.yml"], ["sample", "--events", "ada@example.test", "-o", "s"],
                  ["export", "--subject-file", "email=ada@example.test", "in", "-o", "x"]):
        assert b"ada@" not in run(*words, cwd=work, expect=64).stderr


def test_a_book_that_is_not_there_is_told(run, work):
    done = run("requests", "list", "--state", "nosuch", cwd=work)
    assert b"there is no book yet in nosuch" in done.stderr and b"no request is open" not in done.stdout


def test_a_head_that_is_none_is_a_mistake(run, work):
    assert b"--head is the number" in run("verify", "log", "--head", "1:zz", cwd=work, expect=64).stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="not root")
def test_a_folder_that_cannot_be_made_is_a_failure(run, work):
    (work / "file").write_text("")
    run("sample", "--events", "10", "-o", "file/s", cwd=work, expect=64)
    run("sample", "--events", "10", "-o", "/proc/1/nosuch", cwd=work, expect=1)


def test_results_that_find_no_room_are_told(run, work):
    import subprocess
    binary = os.environ.get("SCRUB_BINARY", "currents-scrub")
    with open("/dev/full", "w") as full:
        done = subprocess.run([binary, "catalog", "list"], stdout=full, stderr=subprocess.PIPE, cwd=work)
    assert done.returncode == 1 and b"standard output: there is no space left" in done.stderr


def test_a_dry_erasure_speaks_of_what_would_be(run, work):
    text = run("erase", "--subject-file", "p.txt", "in", "--max-share", "1", cwd=work).stdout.decode()
    assert "COMPLETE (nothing is done yet)" in text and "to be deleted" in text


def test_a_place_that_cannot_be_written_is_told_before_anything_is_read(run, work):
    for option in ("--reports", "--quarantine"):
        done = run("--policy", "p.yml", "in", "-o", "out", option, "p.yml", cwd=work, expect=1)
        assert f"p.yml: the {option[2:]} folder cannot be written".encode() in done.stderr
        assert not (work / "out").exists()


def test_many_files_of_one_kind_are_one_line(run, work):
    for number in range(20):
        (work / f"in/{number}.avro").write_bytes(b"Obj\x01rubbish")
    done = run("export", "--subject-file", "p.txt", "in", "-o", "x", cwd=work, expect=2)
    assert done.stderr.count(b"cannot be read") == 1 and b"(and 19 more)" in done.stderr


def test_names_that_turn_text_are_shown_as_they_are(run, work):
    (work / "in/RTL\u202eevil.json").write_text("x")
    stderr = run("--policy", "p.yml", "in", "-o", "out", cwd=work, expect=2).stderr
    assert "\u202e".encode() not in stderr and b"\\u{202e}" in stderr


def test_a_name_that_is_no_text_needs_a_look(run, work):
    pathlib.Path(os.fsdecode(bytes(work) + b"/in/\xff\xfe.json")).write_text("{}")
    run("--policy", "p.yml", "in", "-o", "out", "--reports", "R", cwd=work, expect=2)
    page = next((work / "R").glob("*/report.html")).read_text()
    assert "1 other problem needs a look" in page


def test_an_output_of_ours_is_not_to_be_scrubbed_next(run, work):
    run("--policy", "p.yml", "in", "-o", "out", cwd=work)
    assert b"Next:" in run("inspect", "in", cwd=work).stdout
    assert b"Next:" not in run("inspect", "out", cwd=work).stdout


def test_inputs_that_overlap_are_refused_by_name(run, work):
    for words in (["inspect", "in", "in/users.messages.email.Open.json"], ["inspect", "in", "in"]):
        assert b"lies in" in run(*words, cwd=work, expect=64).stderr or b"is given twice" in run(*words, cwd=work, expect=64).stderr


def test_a_policy_or_output_given_twice_is_a_mistake(run, work):
    assert b"--policy is given twice" in run("--policy", "p.yml", "--policy", "ccpa", "in", "-o", "out", cwd=work, expect=64).stderr
    assert b"-o is given twice" in run("--policy", "p.yml", "in", "-o", "out", "-o", "out2", cwd=work, expect=64).stderr


def test_a_page_takes_the_place_of_nothing_else(run, work):
    before = (work / "p.yml").read_text()
    assert b"file.exists" in run("inspect", "in", "--html", "p.yml", cwd=work, expect=1).stderr
    assert b"file.exists" in run("policy", "check", "p.yml", "--html", "p.yml", cwd=work, expect=1).stderr
    assert b"file.exists" in run("erase", "--subject-file", "p.txt", "in", "--max-share", "1", "--plan", "p.yml", cwd=work, expect=1).stderr
    assert (work / "p.yml").read_text() == before
    for _ in range(2):
        run("inspect", "in", "--html", "page.html", cwd=work)
        run("erase", "--subject-file", "p.txt", "in", "--max-share", "1", "--plan", "plan.json", cwd=work)


def test_a_blank_line_stays_a_blank_line(run, work):
    (work / "t.yml").write_text(reference.POLICY.replace("action: hash", "action: tokenise\n    store: sealed"))
    token = json.loads(run("--policy", "t.yml", stdin=EVENT.encode(), cwd=work).stdout)["external_user_id"]
    done = run("reveal", "-", "--policy", "t.yml", "--reason", "D-1", stdin=f"{token}\n\n{token}\n".encode(), cwd=work)
    assert done.stdout == b"c1\n\nc1\n"
