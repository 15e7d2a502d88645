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


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """Runs the program with a key in the environment and a state folder of its own."""
    binary = os.environ.get("SCRUB_BINARY", str(reference.ROOT / ".build/release/currents-scrub"))
    home = tmp_path_factory.mktemp("home")

    def call(*arguments, stdin=b"", cwd=None, expect=0, environment=None):
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "CURRENTS_SCRUB_KEY": reference.KEY.hex()}
        env.update(environment or {})
        done = subprocess.run([binary, *map(str, arguments)], input=stdin, capture_output=True, cwd=cwd or home, env=env)
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
