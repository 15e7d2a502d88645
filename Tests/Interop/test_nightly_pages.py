"""What people and Prometheus see of a night: the summary and the history in a browser, the metrics in a reader of theirs.

They are made by the Swift test `NightlySamplesForReaders`, so this needs what `make unit` builds: NIGHTLY_SAMPLES=DIR names
some that are made already; SHOTS=DIR keeps screenshots and the printed pages.
"""

import json
import os
import pathlib
import shutil
import subprocess

import check_pages
import pytest
import reference
from prometheus_client.parser import text_string_to_metric_families

NIGHTS = ["quiet", "busy", "failing", "overdue", "check", "hostile", "empty"]
PREFIX = "currents_scrub_nightly_"


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    if "NIGHTLY_SAMPLES" in os.environ:
        return pathlib.Path(os.environ["NIGHTLY_SAMPLES"])
    folder = tmp_path_factory.mktemp("nights")
    made = subprocess.run(
        ["swift", "test", "--skip-build", "--filter", "NightlySamplesForReaders"], cwd=reference.ROOT, capture_output=True,
        text=True, env=os.environ | {"NIGHTLY_SAMPLES": str(folder)})
    if made.returncode != 0 or not (folder / "quiet").is_dir():
        pytest.skip("the Swift tests are not built: make unit")
    return folder


def look(browser, samples, page, name):
    shots = pathlib.Path(os.environ["SHOTS"]) if "SHOTS" in os.environ else None
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
        page = pathlib.Path(shutil.copy(page, samples / f"{name}-shot.html"))
    assert check_pages.check(browser, page, shots, None) == []


@pytest.mark.parametrize("name", NIGHTS)
def test_the_page_of_a_night_reads_everywhere(samples, browser, name):
    look(browser, samples, samples / name / "nightly.html", name)


@pytest.mark.parametrize("count", [0, 1, 7, 400])
def test_the_page_of_a_history_reads_everywhere(samples, browser, count):
    look(browser, samples, samples / f"history-{count}.html", f"history-{count}")


# --- metrics

def metrics(samples, name):
    text = (samples / name / "nightly.prom").read_text()
    families = list(text_string_to_metric_families(text))
    assert text.count("# TYPE") == text.count("# HELP") == len(families) == len({family.name for family in families})
    for family in families:
        assert family.name.startswith(PREFIX) and family.type == "gauge" and family.documentation.endswith(".")
        labels = [tuple(sorted(sample.labels.items())) for sample in family.samples]
        assert labels and len(set(labels)) == len(labels), f"{family.name} has the same labels twice"
    return {family.name[len(PREFIX):]: {tuple(sorted(sample.labels.items())): sample.value for sample in family.samples}
            for family in families}


@pytest.mark.parametrize("name", NIGHTS)
def test_metrics_say_what_the_summary_says(samples, name):
    summary = json.loads((samples / name / "nightly.json").read_text())
    found = metrics(samples, name)
    assert found["exit_code"] == {(): summary["exit"]}
    assert found["duration_seconds"] == {(): summary["seconds"]}
    assert found["state"].pop((("state", summary["state"]),)) == 1 and set(found["state"].values()) == {0}
    assert found["requests_overdue"] == {(): summary["deadlines"]["overdue"]}
    assert sum(found.get("requests", {}).values()) == len(summary["requests"])
    for archive in summary["archives"]:
        label = ("archive", archive["name"])
        assert found["events_shared"][(label,)] == archive["shared"]
        assert found["pseudonyms"][(label,)] == archive["pseudonyms"]
        files = {dict(labels)["state"]: value for labels, value in found["files"].items() if label in labels}
        assert files["new"] == archive["new"] and sum(files.values()) == archive["files"]
        drift = {dict(labels)["kind"]: value for labels, value in found["drift"].items() if label in labels}
        assert drift == {kind: len(archive["drift"][names]) for kind, names in (
            ("new_mark", "new_marks"), ("unknown_event", "unknown_events"), ("unknown_field", "unknown_fields"), ("content", "content"))}


def test_metrics_tell_times(samples):
    assert metrics(samples, "quiet")["last_run_timestamp_seconds"] == {(): 1795399200.4}
    assert metrics(samples, "quiet")["last_success_timestamp_seconds"] == {(): 1795399200.4}
    assert metrics(samples, "failing")["last_success_timestamp_seconds"] == {(): 1795000000}
    # 2026-12-20 ends when 2026-12-21 begins, in UTC.
    assert metrics(samples, "quiet")["next_due_timestamp_seconds"] == {(): 1797811200}
    assert "next_due_timestamp_seconds" not in metrics(samples, "failing")


def test_the_history_tells_every_run(samples):
    history = json.loads((samples / "history-400.json").read_text())
    assert history["schema"] == "currents-scrub/nightly-history/1" and len(history["nights"]) == 400
    starts = [night["started"] for night in history["nights"]]
    assert starts == sorted(starts, reverse=True)
