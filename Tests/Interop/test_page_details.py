"""Pages read well: dates beside each other, rows that stack on a phone, signs of the page's language."""

import json
import re

import pytest
import reference

NIGHTLY = reference.NIGHTLY.format(input="in")


@pytest.fixture
def work(tmp_path):
    (tmp_path / "in/currents/event_type=users.behaviors.Purchase/date=2026-04-30-23").mkdir(parents=True)
    (tmp_path / "in/currents/event_type=users.behaviors.Purchase/date=2026-04-30-23/a.json").write_text(json.dumps(
        {"id": "e1", "user_id": "u1", "external_user_id": "c1", "time": 1777600000, "price": 36.96, "currency": "EUR", "product_id": "p"}) + "\n")
    (tmp_path / "p.yml").write_text(reference.POLICY)
    (tmp_path / "p.txt").write_text("external_user_id=c1\n")
    (tmp_path / "n.yml").write_text(NIGHTLY)
    return tmp_path


def test_the_dates_of_few_nights_stand_side_by_side(run, work):
    for _ in range(2):
        run("nightly", "n.yml", cwd=work)
    run("nightly", "history", "n.yml", "--html", "h.html", cwd=work)
    labels = re.findall(r'<text x="([\d.]+)" y="116"( text-anchor="end")?>([^<]*)</text>', (work / "h.html").read_text())
    ends = [(float(x), text) for x, end, text in labels if end]
    # Two nights of one day have one date.
    assert ends and all(x >= 320 and not text for x, text in ends), labels


def test_rows_of_a_report_stack_on_a_phone(run, work):
    run("--policy", "p.yml", "in", "-o", "out", "--reports", "R", cwd=work)
    page = next((work / "R").glob("*/report.html")).read_text()
    assert page.count('class="sortable stack"') >= 3
    assert 'data-head="Treatment"' in page and ".stack td::before" in page


def test_a_french_package_has_french_signs(run, work):
    run("export", "--subject-file", "p.txt", "in", "-o", "pk", "--language", "fr", cwd=work)
    page = (work / "pk/index.html").read_text()
    assert "36,96" in page and "36.96" not in page
    assert ':lang(fr) .stack td::before { content: attr(data-head) "\\202f: "; }' in page
    assert re.search("in\u202f: 1.fichier", page)


def test_an_inspection_counts_days_by_partition_and_says_so(run, work):
    run("inspect", "in", "--html", "i.html", cwd=work)
    page = (work / "i.html").read_text()
    assert "Events by the day of their partition" in page and "2026-05-01T" not in page.split("<table")[1]


def test_a_package_of_nothing_names_no_tables(run, work):
    (work / "q.txt").write_text("external_user_id=nobody\n")
    run("export", "--subject-file", "q.txt", "in", "-o", "pk", cwd=work)
    assert "The events as tables" not in (work / "pk/index.html").read_text()
