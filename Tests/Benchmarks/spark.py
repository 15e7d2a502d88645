#!/usr/bin/env python3
"""Times a scrub by one machine, in parts one after the other, and by Spark with one and two executors of a core each.

    python3 Tests/Benchmarks/spark.py --binary .build/release/currents-scrub

Wants pyspark in the Python that runs it, and Java 17. Archive and outputs are in memory. Spark's own time is told apart by its
event log: from the start of the first task to the end of the last one, and how long a task took beside the part that it ran.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyspark
from bench import KEY, POLICY

SCRIPT = Path(__file__).resolve().parents[2] / "Packaging/spark/currents_scrub_spark.py"
SUBMIT = Path(pyspark.__file__).parent / "bin/spark-submit"


class Place:
    def __init__(self, folder, binary, events):
        self.folder, self.program = folder, folder / "currents-scrub"
        shutil.copy(binary, self.program)
        self.environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "CURRENTS_SCRUB_KEY": KEY,
                            "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
        self.call(self.program, "sample", "--events", events, "--quiet", "-o", "in")
        self.files = [path for path in (folder / "in").rglob("*.avro")]
        self.size = sum(path.stat().st_size for path in self.files)

    def call(self, *words):
        start = time.monotonic()
        subprocess.run(list(map(str, words)), cwd=self.folder, env=self.environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.monotonic() - start

    def scrub(self, *more):
        return self.call(self.program, "--policy", POLICY, "in", "-o", "out", "--state", "state", "--quiet", *more)

    def clear(self):
        shutil.rmtree(self.folder / "out", ignore_errors=True)

    def whole(self, jobs):
        self.clear()
        return self.scrub("--jobs", jobs)

    def in_parts(self, count):
        """Plan, the mean of the parts, merge; each with one worker."""
        self.clear()
        plan = self.scrub("--shard", f"plan/{count}")
        parts = [self.scrub("--jobs", 1, "--shard", f"{number}/{count}") for number in range(1, count + 1)]
        return plan, parts, self.call(self.program, "merge", "out", "--state", "state", "--quiet")

    def by_spark(self, executors, tasks):
        """All of it, from the first task to the end of the last, and each task, in seconds."""
        self.clear()
        log = self.folder / "events"
        shutil.rmtree(log, ignore_errors=True)
        log.mkdir()
        settings = {"spark.ui.enabled": "false", "spark.driver.memory": "512m", "spark.executor.memory": "512m", "spark.eventLog.enabled": "true",
                    "spark.eventLog.dir": log.as_uri(), "spark.eventLog.compress": "false"}
        conf = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        all_of_it = self.call(SUBMIT, "--master", f"local-cluster[{executors},1,1024]", *conf, "--files", self.program, SCRIPT, "scrub", "--policy",
                              POLICY, "in", "-o", "out", "--state", "state", "--tasks", tasks, "--quiet")
        lines = (json.loads(line) for path in log.rglob("*") if path.is_file() for line in path.read_text().splitlines() if line.startswith("{"))
        ends = [line["Task Info"] for line in lines if line.get("Event") == "SparkListenerTaskEnd"]
        times = [(end["Launch Time"] / 1000, end["Finish Time"] / 1000) for end in ends]
        return all_of_it, max(end for _, end in times) - min(start for start, _ in times), [end - start for start, end in times]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the release build of currents-scrub")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--tasks", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tmpfs", default="/dev/shm")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spark-", dir=options.tmpfs) as folder:
        place = Place(Path(folder), options.binary, options.events)
        print(f"{len(place.files)} files, {place.size / 1e6:.0f} MB, {options.tasks} parts, {os.cpu_count()} cores; medians of {options.runs}\n")
        for jobs in (1, 2):
            print(f"one machine, --jobs {jobs}: {statistics.median(place.whole(jobs) for _ in range(options.runs)):.2f} s")
        rounds = [place.in_parts(options.tasks) for _ in range(options.runs)]
        plan, merge = (statistics.median(one[index] for one in rounds) for index in (0, 2))
        each = statistics.median(part for one in rounds for part in one[1])
        print(f"in parts, one after the other: plan {plan:.2f} s, a part {each:.2f} s, merge {merge:.2f} s")
        for executors in (1, 2):
            rounds = [place.by_spark(executors, options.tasks) for _ in range(options.runs)]
            everything, tasks = (statistics.median(one[index] for one in rounds) for index in (0, 1))
            later = statistics.median(task for one in rounds for task in sorted(one[2])[:-executors])
            first = statistics.median(max(one[2]) for one in rounds)
            print(f"Spark, {executors} executors: {everything:.1f} s in all, tasks {tasks:.1f} s; the first task of an executor {first:.1f} s, others {later:.2f} s")


if __name__ == "__main__":
    main()
