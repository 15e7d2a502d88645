import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_pages
import reference
import schemas


# The files whose tests take longest, which go first: what is begun last should be short, for the others wait for it.
LONG = ["test_stores_erase.py", "test_spark.py", "test_people_parts.py", "test_stores_erase_others.py", "test_stores.py", "test_nightly_crash.py",
        "test_erase_crash.py", "test_packaging.py", "test_counts.py", "test_check_page.py", "test_policy_schema.py", "test_inspect.py",
        "test_access_package.py", "test_schemas.py", "test_vault.py", "test_canaries.py", "test_parts.py", "test_crash.py"]


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Runs the program with a key in the environment and a state folder of its own."""
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    home = tmp_path_factory.mktemp("home")

    def call(*arguments, stdin=b"", cwd=None, expect=0, environment=None, timeout=600):
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
        env.update(environment or {})
        done = subprocess.run([binary, *map(str, arguments)], input=stdin, capture_output=True, cwd=cwd or home, env=env, timeout=timeout)
        if expect is not None:
            assert done.returncode == expect, (done.returncode, done.stderr.decode(errors="replace")[-2000:])
        if "--json" in arguments:
            schemas.held(done.stdout)
        return done

    return call


@pytest.fixture(scope="module")
def browser():
    program = shutil.which("chromium")
    if not program:
        pytest.skip("no chromium")
    browser = check_pages.Chromium(program)
    yield browser
    browser.close()
