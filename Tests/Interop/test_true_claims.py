"""What verdicts and summaries claim is the whole truth: what a policy keeps, and what was left out for its workspace."""

import json

import pytest
import reference

PLAIN = reference.POLICY
KEEPING = PLAIN + """\
  - fields: [country]
    action: keep
    because: coarse enough
"""


def event(number, **more):
    return json.dumps({"event_type": "users.messages.email.Open", "id": f"e{number}", "user_id": f"u{number}",
                       "email_address": f"a{number}@example.test", "time": 1777600000, **more}) + "\n"


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/users.messages.email.Open.json").write_text(
        event(1, country="FR", app_group_id="red") + event(2, country="DE", app_group_id="blue") + event(3, app_group_id="blue"))
    (tmp_path / "keeping.yml").write_text(KEEPING)
    (tmp_path / "plain.yml").write_text(PLAIN)
    return tmp_path


def test_a_verdict_names_the_marked_fields_that_the_policy_keeps(run, archive):
    run("--policy", "keeping.yml", "in", "-o", "out", cwd=archive)
    text = run("verify", "scrubbed", "--policy", "keeping.yml", "out", cwd=archive).stdout.decode()
    assert "holds a clear value, but for 1 that the policy leaves in clear for a stated reason: country, under this very plan." in text
    proof = json.loads(run("verify", "scrubbed", "--policy", "keeping.yml", "out", "--json", cwd=archive).stdout)
    assert [(kept["field"], kept["action"], kept["because"]) for kept in proof["kept"]] == [("country", "keep", "coarse enough")]
    assert "but for 1 that the policy leaves in clear for a stated reason: country." in run(
        "policy", "check", "keeping.yml", cwd=archive).stdout.decode()


def test_a_verdict_without_exceptions_stays_short(run, archive):
    run("--policy", "plain.yml", "in", "-o", "out", cwd=archive)
    assert "holds a clear value, under this very plan." in run("verify", "scrubbed", "--policy", "plain.yml", "out", cwd=archive).stdout.decode()
    assert "every marked or personal field is treated." in run("policy", "check", "plain.yml", cwd=archive).stdout.decode()


def test_what_a_workspace_leaves_out_is_no_decision_of_the_policy(run, archive):
    done = run("--policy", "plain.yml", "in", "-o", "out", "--reports", "R", "--workspace", "red", cwd=archive)
    assert b"left out             2 events   of other workspaces than red" in done.stdout
    assert b"as the policy says" not in done.stdout
    folder = next((archive / "R").iterdir())
    report = json.loads((folder / "report.json").read_text())
    assert (report["totals"]["dropped"], report["totals"]["elsewhere"]) == (2, 2)
    assert report["workspaces"] == {"ids": ["red"], "without_events": []}
    page = (folder / "report.html").read_text()
    assert "2 of other workspaces were left out" in page and "dropped by the policy" not in page and "red" in page


def test_a_workspace_that_no_event_has_is_warned_about(run, archive):
    done = run("--policy", "plain.yml", "in", "-o", "out", "--json", "--workspace", "red", "--workspace", "grene", cwd=archive)
    assert b"no event is of the workspace grene" in done.stderr
    assert json.loads(done.stdout)["workspaces"]["without_events"] == ["grene"]


def test_an_export_without_a_find_names_the_workspaces(run, archive):
    (archive / "p.txt").write_text("email=a1@example.test\n")
    done = run("export", "--subject-file", "p.txt", "in", "-o", "pk", "--workspace", "grene", cwd=archive)
    assert b"nothing was found in the workspace grene" in done.stdout
    assert b"warning: nothing was found in the workspace grene" in done.stderr
    done = run("export", "--subject-file", "p.txt", "in", "-o", "pk2", "--json", "--workspace", "grene", cwd=archive)
    assert json.loads(done.stdout)["requests"][0]["workspaces"] == ["grene"]
