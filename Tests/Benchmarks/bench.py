#!/usr/bin/env python3
"""Times currents-scrub beside what people use today, on one synthetic archive, and beside the least it could cost.

    python3 Tests/Benchmarks/bench.py --binary .build/release/currents-scrub [--large] [--disk DIR]

Whole processes are timed, one contender after the other, round by round; the table shows medians. See README.md.
Standard library only: a child's memory figure starts from that of its parent, so the parent stays small.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
POLICY = HERE / "bench.yml"
VENV = HERE / ".venv-bench"
JOBS = 2
MEMORY_LIMIT = 256  # MiB
KEY = hashlib.sha256(b"the key of the benchmark, known to everybody").hexdigest()

OURS, FLOOR = "currents-scrub", "floor"
SCRIPT = {"avro": "fastavro script", "ndjson": "orjson script"}
ASKED = [  # format, contender, how many times as long it should take
    ("avro", SCRIPT["avro"], 40),
    ("avro", "polars", 8),
    ("ndjson", SCRIPT["ndjson"], 10),
    ("ndjson", "polars", 5),
]
ASKED_OF_FLOOR = 1.3  # our user time over the floor's


@dataclass
class Run:
    """What one process cost: seconds and MiB, its children included."""

    wall: float
    user: float
    system: float
    memory: float


class Bench:
    """The binary, the peers and the folders that the runs share."""

    def __init__(self, options, folder, disk):
        self.binary = str(Path(options.binary).resolve())
        self.folder = folder
        self.disk = disk
        self.options = options
        self.python = str(VENV / "bin" / "python")
        self.floor = str(folder / "floor")
        subprocess.run(["cc", "-O2", str(HERE / "floor.c"), "-lcrypto", "-o", self.floor], check=True)

    def make_archive(self, kind):
        """The synthetic archive of a format; its `currents` folder where there is one."""
        archive = self.folder / f"sample-{kind}"
        sizes = ["--events", str(self.options.events), "--users", "20000", "--seed", "1"]
        self.run([self.binary, "sample", *sizes, "--format", kind, "-o", str(archive)])
        return archive / "currents" if (archive / "currents").is_dir() else archive

    def ours(self, source, target):
        command = [self.binary, "--policy", str(POLICY), str(source), "-o", str(target), "--jobs", str(JOBS), "--quiet"]
        return [*command, "--state", str(self.folder / "state"), "--reports", str(self.folder / "reports")]

    def peer(self, script, source, target, *more):
        return [self.python, str(HERE / "peers" / script), str(source), str(target), *more]

    def contenders(self, kind, source, target, hashes):
        """Name -> command; the scripts in their plain form and with their files shared out to processes."""
        parallel = ["--processes", str(JOBS)]
        peers = {
            "avro": [(SCRIPT["avro"], "fastavro_hmac.py", []), ("polars", "polars_hmac.py", [])],
            "ndjson": [
                (SCRIPT["ndjson"], "orjson_hmac.py", []),
                ("polars", "polars_hmac.py", ["--ndjson"]),
                ("duckdb", "duckdb_hash.py", []),
            ],
        }[kind]
        commands = {
            OURS: self.ours(source, target),
            FLOOR: [self.floor, str(source), str(target), str(hashes), str(JOBS)],
        }
        for name, script, more in peers:
            commands[name] = self.peer(script, source, target, *more)
            commands[f"{name}, {JOBS} processes"] = self.peer(script, source, target, *more, *parallel)
        return commands

    def run(self, command, target=None):
        """Runs a command with a clean slate and says what it cost."""
        for leftover in (target, self.folder / "state", self.folder / "reports"):
            if leftover:
                shutil.rmtree(leftover, ignore_errors=True)
        with open(self.folder / "output", "w+") as output:
            environment = {**os.environ, "CURRENTS_SCRUB_KEY": KEY}
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                output.seek(0)
                sys.exit(f"exit {process.returncode}: {' '.join(command)}\n{output.read()[-2000:]}")
        return Run(wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024)

    def answer(self):
        """The last line that the last command printed, as JSON."""
        return json.loads((self.folder / "output").read_text().splitlines()[-1])

    def check(self, kind, source):
        """Runs ours and the plain script once, untimed: how much work there is, and in what the outputs differ."""
        script = {"avro": "fastavro_hmac.py", "ndjson": "orjson_hmac.py"}[kind]
        ours, theirs = self.folder / "out-ours", self.folder / "out-script"
        self.run(self.peer(script, source, theirs), theirs)
        counts = self.answer()
        self.run(self.ours(source, ours), ours)
        self.run([self.python, str(HERE / "compare.py"), kind, str(ours), str(theirs)])
        compared = self.answer()
        shutil.rmtree(ours)
        shutil.rmtree(theirs)
        return counts, compared

    def measure(self, kind):
        """All runs of a format."""
        source = self.make_archive(kind)
        counts, compared = self.check(kind, source)
        target = self.folder / "out"
        commands = self.contenders(kind, source, target, counts["hashes"])
        targets = dict.fromkeys(commands, target)
        if self.disk:
            on_disk = self.disk / "out"
            commands[f"{OURS}, output on disk"] = self.ours(source, on_disk)
            targets[f"{OURS}, output on disk"] = on_disk

        runs = {name: [] for name in commands}
        for round_number in range(1, self.options.runs + 1):
            for name, command in commands.items():
                note(f"{kind}, round {round_number} of {self.options.runs}: {name}")
                runs[name].append(self.run(command, targets[name]))
                if targets[name] != target:
                    os.sync()  # so that the next contender does not share the disk's work
        result = {
            **counts,
            "bytes": tree_size(source),
            "compared": compared,
            "runs": {name: [asdict(run) for run in times] for name, times in runs.items()},
        }
        if self.options.large:
            result["large"] = asdict(self.measure_large(kind, source, target))
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(self.folder / f"sample-{kind}")
        return result

    def measure_large(self, kind, source, target):
        """One run over one file of many times the sample's largest."""
        shutil.rmtree(target, ignore_errors=True)
        sample = max((path for path in source.rglob("event_type=*/**/*.*")), key=lambda path: path.stat().st_size)
        large = self.folder / "large" / sample.relative_to(source)
        large.parent.mkdir(parents=True)
        note(f"{kind}: one file of {self.options.large:g} GB")
        repeat_body(sample, large, avro_header_size(sample) if kind == "avro" else 0, self.options.large * 1e9)
        run = self.run(self.ours(self.folder / "large", target), target)
        shutil.rmtree(self.folder / "large")
        return run


def repeat_body(sample, large, header_size, size):
    """Writes the sample's header once, and what follows it (blocks or lines) until the size is reached."""
    with open(sample, "rb") as source, open(large, "wb") as target:
        target.write(source.read(header_size))
        while target.tell() < size:
            source.seek(header_size)
            shutil.copyfileobj(source, target, 1 << 20)


def avro_header_size(path):
    """Where the first block of an Avro file starts: after magic, metadata map and sync marker."""
    with open(path, "rb") as file:

        def long():
            value = shift = 0
            while True:
                byte = file.read(1)[0]
                value |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    return (value >> 1) ^ -(value & 1)

        file.seek(4)
        while count := long():
            if count < 0:
                long()
            for _ in range(2 * abs(count)):
                file.seek(long(), os.SEEK_CUR)
        return file.tell() + 16


def tree_size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def median(result, name, figure):
    return statistics.median(run[figure] for run in result["runs"][name])


def ratio(result, name, figure="wall"):
    return median(result, name, figure) / median(result, OURS, figure)


def format_report(kind, result):
    """The Markdown of one format."""
    differing = result["compared"]["differing"]
    verdict = "no value differs" if not differing else f"values differ in {json.dumps(differing)}"
    yield f"## {kind.upper() if kind == 'ndjson' else 'Avro'}"
    yield ""
    yield (
        f"{result['events']:,} events, {result['bytes'] / 1e6:,.0f} MB, {result['hashes']:,} HMACs "
        f"({result['hashes'] / result['events']:.1f} an event). "
        f"Ours beside the {SCRIPT[kind]}, {result['compared']['events']:,} events: {verdict}."
    )
    yield ""
    yield "| | wall s | min to max | user s | system s | memory MiB | MB/s | times our wall | times our CPU |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    our_cpu = median(result, OURS, "user") + median(result, OURS, "system")
    for name, runs in result["runs"].items():
        wall, user, system = (median(result, name, figure) for figure in ("wall", "user", "system"))
        walls, memory = [run["wall"] for run in runs], max(run["memory"] for run in runs)
        yield (
            f"| {name} | {wall:.3f} | {min(walls):.3f} to {max(walls):.3f} | {user:.3f} | {system:.3f} | {memory:.0f} "
            f"| {result['bytes'] / 1e6 / wall:,.0f} | {ratio(result, name):.2f} | {(user + system) / our_cpu:.2f} |"
        )
    yield ""


def verdicts(results, large_size):
    """Rows of (asked for, seen, holds)."""
    for kind, name, times in ASKED:
        if kind in results:
            seen, parallel = ratio(results[kind], name), ratio(results[kind], f"{name}, {JOBS} processes")
            shown = f"{seen:.1f} (its {JOBS}-process form: {parallel:.1f})"
            yield f"{kind}: {times} times as fast as {name}", shown, seen >= times
    for kind, result in results.items():
        seen = 1 / ratio(result, FLOOR, "user")
        yield f"{kind}: user time at most {ASKED_OF_FLOOR} of the floor's", f"{seen:.2f}", seen <= ASKED_OF_FLOOR
    for kind, result in results.items():
        seen = max(run["memory"] for run in result["runs"][OURS])
        yield f"{kind}: memory under {MEMORY_LIMIT} MiB", f"{seen:.0f} MiB", seen < MEMORY_LIMIT
        if "large" in result:
            memory, wall = result["large"]["memory"], result["large"]["wall"]
            shown = f"{memory:.0f} MiB ({wall:.1f} s)"
            yield f"{kind}: the same for one file of {large_size:g} GB", shown, memory < MEMORY_LIMIT


def report(results, options):
    """The whole page."""
    yield "# currents-scrub beside its peers"
    yield ""
    yield (
        f"Medians of {options.runs} rounds on {os.cpu_count()} CPUs, ours and the floor with {JOBS} jobs; "
        "archives and outputs in memory. Peers without \"processes\": one process, with the library's own threads."
    )
    yield ""
    for kind, result in results.items():
        yield from format_report(kind, result)
    yield "## Asked for and seen"
    yield ""
    yield "| asked for | seen | holds |"
    yield "|---|--:|---|"
    for asked, seen, holds in verdicts(results, options.large):
        yield f"| {asked} | {seen} | {'yes' if holds else 'no'} |"


def prepare_peers():
    """Makes the virtual environment of the peers, or makes it anew where the versions changed."""
    wanted, installed = HERE / "requirements.txt", VENV / "requirements.txt"
    if installed.exists() and installed.read_text() == wanted.read_text():
        return
    note("installing the peers")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    subprocess.run([str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(wanted)], check=True)
    shutil.copy(wanted, installed)


def note(text):
    print(text, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the release build of currents-scrub")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tmpfs", default="/dev/shm", help="where archives and outputs go")
    parser.add_argument("--disk", help="also time ours with its output in this folder of a disk")
    parser.add_argument("--large", type=float, nargs="?", const=4.0, metavar="GB", help="also one file of so many GB")
    parser.add_argument("--only", choices=["avro", "ndjson"])
    parser.add_argument("--json", metavar="FILE", help="also write every run")
    options = parser.parse_args()

    prepare_peers()
    with ExitStack() as stack:
        folder, disk = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=place))) if place else None
            for place in (options.tmpfs, options.disk)
        )
        bench = Bench(options, folder, disk)
        kinds = [options.only] if options.only else ["avro", "ndjson"]
        results = {kind: bench.measure(kind) for kind in kinds}
    print("\n".join(report(results, options)))
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
