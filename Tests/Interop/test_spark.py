"""Parts of a run on Apache Spark, in real executors: processes of their own, which are lost now and then."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import reference
import stores
from test_parts import BINARY, Place, archive, tree, whole  # noqa: F401 (fixtures)
from test_people_parts import ARCHIVES, TRACES, Archive, asking, made, people  # noqa: F401 (fixtures)

pyspark = pytest.importorskip("pyspark")
sys.path.insert(0, str(reference.ROOT / "Packaging/spark"))
import currents_scrub_spark as script  # noqa: E402

pytestmark = pytest.mark.skipif(not shutil.which("java"), reason="no java")

SCRIPT = reference.ROOT / "Packaging/spark/currents_scrub_spark.py"
SUBMIT = pathlib.Path(pyspark.__file__).parent / "bin/spark-submit"
QUIET = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1", "spark.driver.memory": "512m", "spark.executor.memory": "512m",
         "spark.python.worker.reuse": "true"}


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """The program as it is shipped: by its own name."""
    path = tmp_path_factory.mktemp("shipped") / "currents-scrub"
    shutil.copy(BINARY, path)
    return path


def environment(place):
    return {"PATH": f"{pathlib.Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(place.folder), "PYSPARK_PYTHON": sys.executable,
            "CURRENTS_SCRUB_KEY": reference.KEY.hex(), "SPARK_LOCAL_IP": "127.0.0.1"}


def submitted(place, program, *arguments, settings=None):
    """A job with two executors."""
    conf = [word for name, value in (QUIET | (settings or {})).items() for word in ("--conf", f"{name}={value}")]
    return subprocess.Popen(
        [SUBMIT, "--master", "local-cluster[2,1,1024]", *conf, "--files", program, SCRIPT, *map(str, arguments)],
        cwd=place.folder, env=environment(place), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def ended(process, expect):
    """What was said: spark-submit prints what the program says on either output."""
    try:
        said = process.communicate(timeout=240)[0]
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == expect, (process.returncode, said.decode()[-3000:])
    return said.decode()


def scrub(place, *more):
    return ["scrub", "--policy", place.archive.parent / "policy.yml", place.archive, "-o", "out", "--state", place.folder / "state", *more]


@pytest.fixture
def place(run, archive, tmp_path):  # noqa: F811
    return Place(run, tmp_path / "many", archive)


def test_spark_makes_what_one_machine_makes(place, program, whole):  # noqa: F811
    """And no task, page or log of Spark holds the key, a value, or the name of a file of the archive."""
    log = place.folder / "events"
    log.mkdir()
    settings = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": log.as_uri(), "spark.eventLog.compress": "false"}
    said = ended(submitted(place, program, *scrub(place, "--tasks", "5"), settings=settings), 2)
    assert "5 parts done" in said and "incomplete: not everything could be scrubbed." in said
    assert place.everything() == whole[0]
    logged = b"".join(path.read_bytes() for path in log.rglob("*") if path.is_file())
    assert b"SparkListenerTaskEnd" in logged
    values = [value for value in whole[0][3][0].values() if value and len(value) > 9]
    assert len(values) > 50 and not [value for value in [*values, reference.KEY.hex().encode()] if value in logged + said.encode()]
    assert not [path.name for path in place.archive.rglob("*.avro") if path.name.encode() in logged]


def executors_of(process):
    """The executor processes of a job: Java that the driver's workers started."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
            if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words and os.getpgid(int(path.name)) == process.pid:
                found.append(int(path.name))
        except (OSError, ProcessLookupError):
            continue
    return found


def test_an_export_whose_executors_are_lost(place, program, people, run, tmp_path):  # noqa: F811
    """It is the package of one machine, and Spark was never told whom it is about."""
    alone = Place(run, tmp_path / "one", people / "in")
    how = ["export", *asking(people, "ada", "member"), people / "in", "-o", "out"]
    alone.run(*how, "--json", expect=2)
    slow, log = slowed(tmp_path, program), place.folder / "events"
    log.mkdir()
    settings = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": log.as_uri(), "spark.eventLog.compress": "false",
                "spark.task.maxFailures": "20"}
    process = submitted(place, slow, *how, "--parts", "parts", "--state", place.folder / "state", "--tasks", "3", settings=settings)
    hunter, killed = hunt(process, place.folder / "parts/_currents-scrub/parts", "*.found", (2,))
    said = ended(process, 2)
    hunter.join()
    assert killed and tree(place.folder / "out") == tree(alone.folder / "out")
    logged = b"".join(path.read_bytes() for path in log.rglob("*") if path.is_file()) + said.encode()
    assert b"SparkListenerTaskEnd" in logged and not [trace for trace in TRACES if trace in logged]


def slowed(folder, program):
    """The program, whose parts take a while."""
    slow = folder / "slow/currents-scrub"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\ncase "$*" in *plan/*|*merge*) ;; *) sleep 1 ;; esac\nexec {program} "$@"\n')
    slow.chmod(0o755)
    return slow


def hunt(process, parts, results, when):
    """Kills an executor each time that there are so many results."""
    killed = []

    def kill():
        for enough in when:
            while process.poll() is None and len(list(parts.glob(results))) < enough:
                time.sleep(0.05)
            for number in executors_of(process)[:1]:
                os.kill(number, signal.SIGKILL)
                killed.append(number)

    hunter = threading.Thread(target=kill)
    hunter.start()
    return hunter, killed


def test_lost_executors_and_tasks_that_run_twice_change_nothing(place, program, whole, tmp_path):  # noqa: F811
    """Executors are killed while they work; Spark starts others, and tries what was lost again. Each part is slow, so that
    the loss hits some, and speculation doubles others."""
    slow = slowed(tmp_path, program)
    settings = {"spark.speculation": "true", "spark.speculation.multiplier": "1.1", "spark.speculation.quantile": "0.3",
                "spark.speculation.interval": "200ms", "spark.task.maxFailures": "20"}
    process = submitted(place, slow, *scrub(place, "--tasks", "12"), settings=settings)
    hunter, killed = hunt(process, place.folder / "out/_currents-scrub/parts", "*.results", (1, 4, 7))
    ended(process, 2)
    hunter.join()
    assert len(killed) >= 2
    assert place.everything() == whole[0]


@pytest.fixture(scope="module")
def amazon():
    server = stores.Amazon()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def context(program, amazon):
    """Spark without executors of their own: it starts once, and is asked for by what is about the script alone."""
    from pyspark.sql import SparkSession
    more = amazon.environment() | {"CURRENTS_SCRUB_KEY": reference.KEY.hex(), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in more.items():
            patch.setenv(name, value)
        builder = SparkSession.builder.master("local[2,2]")
        for name, value in QUIET.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.addFile(str(program))
        session.sparkContext.addPyFile(str(SCRIPT))
        yield session.sparkContext
        session.stop()


@pytest.fixture
def submit(context, place, monkeypatch, capfd):
    """Has the script do a job, and returns its exit status and what was printed."""
    monkeypatch.chdir(place.folder)

    def call(*arguments):
        capfd.readouterr()
        status = script.run(context, *script.read([str(word) for word in arguments]))
        return status, *capfd.readouterr()
    return call


def test_an_inspection(submit, place):
    expected = json.loads(place.inspect("--json", expect=2).stdout)
    status, output, _ = submit("inspect", place.archive, "-o", "parts", "--tasks", "3", "--json")
    assert status == 2 and json.loads(output) | {"seconds": 0} == expected | {"seconds": 0}


def test_a_store(submit, place, amazon, archive, whole):  # noqa: F811
    amazon.create("spark")
    amazon.upload(archive, "spark", "in/")
    status, output, _ = submit("scrub", "--policy", archive.parent / "policy.yml", amazon.address("spark", "in/"), "-o",
                               amazon.address("spark", "out/"), "--state", place.folder / "state", "--tasks", "3", "--quiet")
    assert status == 2 and output == ""
    assert amazon.objects("spark", "out/") == whole[0][0]
    assert place.originals() == whole[0][3]


def test_a_job_that_failed_goes_on_when_it_is_submitted_again(submit, place, program, whole, tmp_path):  # noqa: F811
    """A part that cannot be done is named, with its exit status; what is done is not done again."""
    bad = tmp_path / "bad/currents-scrub"
    bad.parent.mkdir()
    bad.write_text(f'#!/bin/sh\ncase "$*" in *2/3*) echo "currents-scrub: no luck [state.unwritable]" >&2; exit 1 ;; esac\nexec {program} "$@"\n')
    bad.chmod(0o755)
    status, _, said = submit(*scrub(place, "--tasks", "3", "--binary", bad))
    assert status == 3 and "part 2 of 3 ended with 1: state.unwritable" in said and "no luck" not in said and "[parts.missing]" in said
    assert submit(*scrub(place, "--tasks", "3"))[0] == 2
    assert place.everything() == whole[0]


def test_an_erasure_in_rounds(submit, run, people, tmp_path):  # noqa: F811
    one, many = Archive(run, tmp_path / "one", people), Archive(run, tmp_path / "two", people)
    how = ["--yes", "--sweep", "redact", *asking(people, "ada"), *made(people)]
    alone = one.run("erase", *how, *[one.folder / name for name in ARCHIVES], "--json", "--reports", one.folder / "Reports", expect=2)
    status, output, _ = submit("erase", *how, *[many.folder / name for name in ARCHIVES], "--parts", many.folder / "parts", "--tasks", "3",
                               "--state", many.folder / "state", "--reports", many.folder / "Reports", "--json")
    assert status == 2 and many.json(output.encode()) == one.json(alone.stdout)
    assert (many.files(), many.reports()) == (one.files(), one.reports())


@pytest.mark.parametrize("arguments, what", [
    (["export", "in", "-o", "out"], "--parts PLACE is missing"),
    (["erase", "in", "--parts", "parts", "--subject", "email=ada@example.test"], "--subject would be shown by Spark"),
    (["erase", "in", "--parts", "parts", "--request", "a.yml", "--include-profile", "5f00000000000000000a0a01"], "--include-profile would be"),
    (["export", "in", "--parts", "parts", "--request=-"], "read more than once"),
    (["scrub", "--policy", "gdpr", "in"], "-o OUT is missing"), (["scrub", "in", "-o", "out", "--tasks", "some"], "--tasks"),
    (["sweep", "in"], "sweep")], ids=["nowhere", "subject", "profile", "standard input", "no output", "no number", "no command"])
def test_what_is_refused_before_spark_starts(tmp_path, arguments, what):
    done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 64 and what in done.stderr and "hint: " in done.stderr


def test_keys_in_the_configuration_are_refused():
    settings = [("spark.executorEnv.CURRENTS_SCRUB_KEY", reference.KEY.hex()), ("spark.executorEnv.LANG", "C.UTF-8"), ("spark.app.name", "a" * 64),
                ("spark.executorEnv.AWS_SESSION_TOKEN", "a" * 64)]
    assert script.keys_in(settings) == ["spark.executorEnv.CURRENTS_SCRUB_KEY"]
