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
from contextlib import ExitStack, contextmanager
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
  map $args $page {{
    default "";
    "~continuation-token=(?<number>[0-9]+)" $number;
  }}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
    location = /archive {{ rewrite ^ /list-$page.xml break; }}
    location = /archive/ {{ rewrite ^ /list-$page.xml break; }}
  }}
}}
"""


def write_list(folder, archive, copies):
    """Pages of a thousand objects, as `ListObjectsV2` has them; the archive is so many times in the bucket."""
    (folder / "archive").mkdir()
    files = [(path.relative_to(archive), path.stat().st_size) for path in sorted(archive.rglob("*")) if path.is_file()]
    entries = []
    for number in range(copies):
        (folder / f"archive/{number:04}").symlink_to(archive)
        entries += [
            f"<Contents><Key>{number:04}/{html.escape(str(path))}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;0&quot;</ETag><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>" for path, size in files]
    for start in range(0, len(entries), 1000):
        more = "<IsTruncated>false</IsTruncated>"
        if start + 1000 < len(entries):
            more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{start + 1000}</NextContinuationToken>"
        page = f"<ListBucketResult><Name>archive</Name>{more}{''.join(entries[start:start + 1000])}</ListBucketResult>"
        (folder / f"list-{start or ''}.xml").write_text(page)


@contextmanager
def store(folder, archive, copies, port):
    """nginx with the archive as a bucket."""
    write_list(folder, archive, copies)
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
        target = (self.disk or self.folder) / "out"
        # nginx's worker is another user.
        self.folder.chmod(0o755)
        with store(place, archive, self.options.copies, self.options.port) as url:
            os.environ.update(
                AWS_ENDPOINT_URL_S3=url, AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing", AWS_REGION="us-east-1")
            commands = {
                OURS: self.from_store(target),
                COPY: [str(VENV / "bin" / "aws"), "s3", "cp", "--recursive", "--only-show-errors", "s3://archive", str(target)],
            }
            if self.options.copies == 1:
                commands[FOLDER] = self.ours(archive, target)
            runs = {name: [] for name in commands}
            for round_number in range(1, self.options.runs + 1):
                for name, command in commands.items():
                    note(f"{kind}, round {round_number} of {self.options.runs}: {name}")
                    runs[name].append(vars(self.run(command, target)))
                    assert name != COPY or tree_size(target) == tree_size(archive) * self.options.copies
                    shutil.rmtree(target)
        files = sum(path.is_file() for path in archive.rglob("*"))
        result = {"runs": runs, "bytes": tree_size(archive) * self.options.copies, "files": files * self.options.copies}
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
    parser.add_argument("--copies", type=int, default=1, help="how many times the archive is in the bucket")
    parser.add_argument("--tmpfs", default="/dev/shm", help="where archives and outputs go")
    parser.add_argument("--disk", help="outputs go into this folder of a disk instead")
    parser.add_argument("--only", choices=["avro", "ndjson"])
    options = parser.parse_args()
    prepare_peers()
    with ExitStack() as stack:
        folder, disk = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stores-", dir=place))) if place else None
            for place in (options.tmpfs, options.disk)
        )
        bench = Stores(options, folder, disk)
        for kind in [options.only] if options.only else ["avro", "ndjson"]:
            print("\n".join(report(kind, bench.measure(kind))))


if __name__ == "__main__":
    main()
