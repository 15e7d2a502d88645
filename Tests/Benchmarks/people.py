#!/usr/bin/env python3
"""Times how long it takes to find a person, and a thousand, beside a script that reads everything and `rg`.

    python3 Tests/Benchmarks/people.py --binary .build/release/currents-scrub

The archive is that of bench.py. Ours finds, collects and counts (`export --dry-run`), following ids over passes; the
scripts look for one external id only, and `rg -c` for its bytes.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from bench import JOBS, Bench, median, note, prepare_peers

OURS, MANY = "currents-scrub", "currents-scrub, 1,000 people at once"


class People(Bench):
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
        ours = [self.binary, "export", str(source), "--dry-run", "--json", "--jobs", str(JOBS), "--state", str(self.folder / "state")]
        commands = {
            OURS: [*ours, "--subject-file", str(one)],
            MANY: [*ours, *many],
            {"avro": "fastavro scan", "ndjson": "orjson scan"}[kind]: self.peer(
                {"avro": "fastavro_find.py", "ndjson": "orjson_find.py"}[kind], source, person["external_id"]),
        }
        if kind == "ndjson" and shutil.which("rg"):
            commands["rg -c"] = ["rg", "-c", person["external_id"], str(source)]
        runs = {name: [] for name in commands}
        passes = 1
        for round_number in range(1, self.options.runs + 1):
            for name, command in commands.items():
                note(f"{kind}, round {round_number} of {self.options.runs}: {name}")
                runs[name].append(vars(self.run(command)))
                if name == OURS:
                    passes = json.loads((self.folder / "output").read_text())["passes"]
        shutil.rmtree(self.folder / f"sample-{kind}")
        return {"runs": runs, "passes": passes}


def report(kind, result):
    yield f"## Finding people, {kind} ({result['passes']} passes for one)"
    yield ""
    yield "| | wall s | user s | system s | memory MiB | times our wall |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, runs in result["runs"].items():
        wall, user, system = (median(result, name, figure) for figure in ("wall", "user", "system"))
        memory = max(run["memory"] for run in runs)
        yield f"| {name} | {wall:.3f} | {user:.3f} | {system:.3f} | {memory:.0f} | {wall / median(result, OURS, 'wall'):.1f} |"
    yield ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the release build of currents-scrub")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tmpfs", default="/dev/shm", help="where archives go")
    options = parser.parse_args()
    prepare_peers()
    with tempfile.TemporaryDirectory(prefix="people-", dir=options.tmpfs) as folder:
        bench = People(options, Path(folder), None)
        for kind in ("avro", "ndjson"):
            print("\n".join(report(kind, bench.measure(kind))))


if __name__ == "__main__":
    main()
