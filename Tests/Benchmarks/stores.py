#!/usr/bin/env python3
"""Times a scrub of an archive in an object store beside `aws s3 cp` of the same objects, which only copies them.

    python3 Tests/Benchmarks/stores.py --binary .build/release/currents-scrub

The store is nginx (`apt install nginx-light`), which hands out files, pieces of them and one list of all, and looks at no
signature: it costs next to nothing, so that what is timed are the programs. Both write to a folder.
"""

import argparse
import html
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from bench import OURS, POLICY, VENV, Bench, median, note, prepare_peers, tree_size

COPY, FOLDER = "aws s3 cp", "currents-scrub, from a folder"

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off;
  sendfile on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
    location = /archive {{ rewrite ^ /list.xml break; }}
    location = /archive/ {{ rewrite ^ /list.xml break; }}
    location = /list.xml {{ types {{ application/xml xml; }} }}
  }}
}}
"""


def listing(folder):
    """One page of all objects, as `ListObjectsV2` has it."""
    entries = "".join(
        f"<Contents><Key>{html.escape(str(path.relative_to(folder)))}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>&quot;0&quot;</ETag><Size>{path.stat().st_size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for path in sorted(folder.rglob("*")) if path.is_file())
    return f"<ListBucketResult><Name>archive</Name><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"


@contextmanager
def store(folder, archive, port):
    """nginx with the archive as a bucket."""
    (folder / "archive").symlink_to(archive)
    (folder / "list.xml").write_text(listing(folder / "archive"))
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port))
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    server = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        for _ in range(50):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/archive?list-type=2").read()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


class Stores(Bench):
    def from_store(self, target):
        """With as many workers as it takes by itself."""
        command = [self.binary, "--policy", str(POLICY), "s3://archive", "-o", str(target), "--quiet"]
        return [*command, "--state", str(self.folder / "state"), "--reports", str(self.folder / "reports")]

    def measure(self, kind):
        archive = self.make_archive(kind)
        place = self.folder / f"store-{kind}"
        place.mkdir()
        target = self.folder / "out"
        # nginx's worker is another user.
        self.folder.chmod(0o755)
        with store(place, archive, self.options.port) as url:
            os.environ.update(
                AWS_ENDPOINT_URL_S3=url, AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing", AWS_REGION="us-east-1")
            commands = {
                OURS: self.from_store(target),
                COPY: [str(VENV / "bin" / "aws"), "s3", "cp", "--recursive", "--only-show-errors", "s3://archive", str(target)],
                FOLDER: self.ours(archive, target),
            }
            runs = {name: [] for name in commands}
            for round_number in range(1, self.options.runs + 1):
                for name, command in commands.items():
                    note(f"{kind}, round {round_number} of {self.options.runs}: {name}")
                    runs[name].append(vars(self.run(command, target)))
                    assert name != COPY or tree_size(target) == tree_size(archive)
        result = {"runs": runs, "bytes": tree_size(archive), "files": sum(path.is_file() for path in archive.rglob("*"))}
        shutil.rmtree(self.folder / f"sample-{kind}")
        return result


def report(kind, result):
    yield f"## From a store, {kind}: {result['files']} objects, {result['bytes'] / 1e6:,.0f} MB"
    yield ""
    yield "| | wall s | user s | system s | memory MiB | MB/s | of the copy's speed |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, runs in result["runs"].items():
        wall, user, system = (median(result, name, figure) for figure in ("wall", "user", "system"))
        memory = max(run["memory"] for run in runs)
        yield (f"| {name} | {wall:.3f} | {user:.3f} | {system:.3f} | {memory:.0f} | {result['bytes'] / 1e6 / wall:,.0f} "
               f"| {median(result, COPY, 'wall') / wall:.1f} |")
    yield ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the release build of currents-scrub")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--port", type=int, default=9876, help="of the store, on this machine")
    parser.add_argument("--tmpfs", default="/dev/shm", help="where archives and outputs go")
    options = parser.parse_args()
    prepare_peers()
    with tempfile.TemporaryDirectory(prefix="stores-", dir=options.tmpfs) as folder:
        bench = Stores(options, Path(folder), None)
        for kind in ("avro", "ndjson"):
            print("\n".join(report(kind, bench.measure(kind))))


if __name__ == "__main__":
    main()
