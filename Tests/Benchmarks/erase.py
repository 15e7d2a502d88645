#!/usr/bin/env python3
"""Times erasing one person, and a thousand at once, beside finding them and copying the files that change.

    python3 Tests/Benchmarks/erase.py --binary .build/release/currents-scrub

The archive is that of bench.py, in memory, and put back before each round.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

from bench import JOBS, Bench, Run, median, note

FIND, COPY, ERASE = "find (export --dry-run)", "copy the files that change", "erase --yes"


class Erase(Bench):
    def command(self, name, source, people, *more):
        return [self.binary, name, str(source), "--json", "--jobs", str(JOBS), "--state", str(self.folder / "state"), *more, *people]

    def copy(self, files):
        """What a copy of the files that change costs, made durable nowhere: the disk is memory."""
        start = time.perf_counter()
        for number, file in enumerate(files):
            shutil.copyfile(file, self.folder / f"copy-{number}")
        wall = time.perf_counter() - start
        for number in range(len(files)):
            (self.folder / f"copy-{number}").unlink()
        return Run(wall, 0, 0, 0)

    def measure(self, kind):
        source = self.make_archive(kind)
        truth = json.loads((self.folder / f"sample-{kind}" / "_truth.json").read_text())["people"]
        person = next(p for p in truth if p["external_id"] and not p["merged_with"] and len(p["braze_ids"]) == 1)
        one = self.folder / "one.txt"
        one.write_text(f"external_user_id={person['external_id']}\n")
        many = []
        for number, other in enumerate(truth[:1000]):
            path = self.folder / f"r{number}.yml"
            path.write_text(f"request: r{number}\nsubjects: [braze_id={other['user_id']}]\n")
            many += ["--request", str(path)]
        pristine = self.folder / "pristine"
        shutil.copytree(source, pristine)
        results = {}
        for who, people in (("one person", ["--subject-file", str(one)]), ("1,000 people at once", many)):
            runs = {FIND: [], COPY: [], ERASE: []}
            sizes = {}
            for round_number in range(1, self.options.runs + 1):
                note(f"{kind}, {who}, round {round_number} of {self.options.runs}")
                runs[FIND].append(vars(self.run_freely(self.command("export", source, people, "--dry-run"))))
                plan = self.folder / "plan.json"
                self.run_freely(self.command("erase", source, people, "--plan", str(plan)))
                planned = json.loads(plan.read_text())["files"]
                files = [source / file["path"] for file in planned]
                sizes = {"files": len(files), "MB": sum(f.stat().st_size for f in files) / 1e6,
                         "events": sum(file["counts"]["deleted"] for file in planned)}
                runs[COPY].append(vars(self.copy(files)))
                runs[ERASE].append(vars(self.run_freely(
                    self.command("erase", source, people, "--yes", "--reports", str(self.folder / "reports")))))
                shutil.rmtree(source)
                shutil.copytree(pristine, source)
            results[who] = {"runs": runs, "sizes": sizes}
        shutil.rmtree(self.folder / f"sample-{kind}")
        shutil.rmtree(pristine)
        return results

    def run_freely(self, command):
        """Events that are held back make an erasure incomplete, which is no failure here."""
        return self.run(["sh", "-c", '"$@"; [ $? -le 3 ]', "sh", *command])


def report(kind, results):
    yield f"## Erasing, {kind}"
    for who, result in results.items():
        sizes = result["sizes"]
        yield ""
        yield f"### {who}: {sizes['events']:,} events in {sizes['files']} files of {sizes['MB']:.0f} MB"
        yield ""
        yield "| | wall s | user s | system s | memory MiB |"
        yield "|---|--:|--:|--:|--:|"
        walls = {}
        for name in result["runs"]:
            figures = [median(result, name, figure) for figure in ("wall", "user", "system", "memory")]
            walls[name] = figures[0]
            yield f"| {name} | {figures[0]:.3f} | {figures[1]:.3f} | {figures[2]:.3f} | {figures[3]:.0f} |"
        result["ratio"] = walls[ERASE] / (walls[FIND] + walls[COPY])
        result["rate"] = walls[ERASE] / sizes["MB"]
        yield ""
        yield f"Erasing takes {result['ratio']:.2f} times finding and copying."
    one, many = results.values()
    yield ""
    yield f"A megabyte that is rewritten costs {many['rate'] / one['rate']:.2f} times as much for a thousand people as for one."
    yield ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="erase-", dir="/dev/shm"))
    try:
        bench = Erase(options, folder, None)
        for kind in ("avro", "ndjson"):
            for text in report(kind, bench.measure(kind)):
                print(text, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
