"""What stands in Reports/samples is what the program makes today."""

import json
import shutil

import pytest
import reference
import scene

SAMPLES = reference.ROOT / "Reports/samples"

pytestmark = pytest.mark.skipif(not shutil.which("faketime"), reason="no faketime")


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    return scene.Scene(tmp_path_factory.mktemp("month")).play()


def test_the_samples_are_what_is_made(month):
    made = month.samples()
    kept = {path.relative_to(SAMPLES).as_posix(): path.read_bytes() for path in SAMPLES.rglob("*") if path.is_file()}
    kept.pop("README.md")
    assert kept.keys() == made.keys()
    other = [name for name, data in made.items() if scene.alike(name, data, month.folder) != scene.alike(name, kept[name], scene.PLACE)]
    assert other == [], "python3 Scripts/make-samples.py BINARY, and read the difference"


def test_the_receipt_among_them_is_proved(run):
    done = run("verify", "receipt", SAMPLES / "receipt/receipt.json", "--public-key", SAMPLES / "receipt/signing.pub.pem", "--json")
    assert json.loads(done.stdout)["signature"] == "valid"


def test_they_are_small_and_of_nobody():
    for path in SAMPLES.rglob("*"):
        if path.is_file():
            assert path.stat().st_size < 500_000, path
            if path.suffix != ".sig":
                text = path.read_text()
                assert "/home/" not in text and "/root" not in text and "/tmp/" not in text, path
                assert all(found.lower() == "example.test" for found in scene.addresses(text)), path


def test_the_pictures_of_the_readme_are_small():
    pictures = sorted((reference.ROOT / "Documentation/pictures").iterdir())
    assert [path.name for path in pictures] == ["access-package.png", "scrub-report.png"]
    text = (reference.ROOT / "README.md").read_text()
    for path in pictures:
        assert path.stat().st_size < 200_000 and f'src="Documentation/pictures/{path.name}"' in text
