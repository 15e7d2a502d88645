"""Google's store as gcp-storage-emulator has it. It speaks the JSON API, the program the XML API: the emulator keeps the objects
with their metadata and gives them numbers of versions, and what the XML API says of them is `stores.Google`'s."""

import collections.abc
import contextlib
import datetime
import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import stores


class Objects(collections.abc.MutableMapping):
    """By bucket and key: bytes, number of version, time and headers."""

    def __init__(self, url):
        self.url = url

    def ask(self, path, method="GET", data=None, type="application/json"):
        request = urllib.request.Request(self.url + path, data, {"Content-Type": type}, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def path(self, name):
        bucket, _, key = name.partition("/")
        return f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(key, safe='')}"

    def __getitem__(self, name):
        try:
            facts = json.loads(self.ask(self.path(name)))
            data = self.ask(self.path(name) + "?alt=media")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise KeyError(name) from None
            raise
        written = datetime.datetime.fromisoformat(facts["updated"]).timestamp()
        return data, int(facts["generation"]), written, {**facts.get("metadata", {}), "content-type": facts["contentType"]}

    def __setitem__(self, name, entry):
        data, _, _, headers = entry
        bucket, _, key = name.partition("/")
        facts = {"name": key, "contentType": headers.get("content-type", "application/octet-stream"), "metadata": headers}
        body = (b"--part\r\nContent-Type: application/json\r\n\r\n" + json.dumps(facts).encode()
                + f"\r\n--part\r\nContent-Type: {facts['contentType']}\r\n\r\n".encode() + data + b"\r\n--part--\r\n")
        self.ask(f"/upload/storage/v1/b/{bucket}/o?uploadType=multipart", "POST", body, 'multipart/related; boundary="part"')

    def __delitem__(self, name):
        self.ask(self.path(name), "DELETE")

    def __iter__(self):
        for bucket in self.list("/storage/v1/b?project=tests"):
            for entry in self.list(f"/storage/v1/b/{bucket['name']}/o"):
                yield f"{bucket['name']}/{entry['name']}"

    def list(self, path):
        return json.loads(self.ask(path)).get("items", [])

    def __len__(self):
        return sum(1 for _ in self)


class Emulator(stores.Google):
    def __init__(self):
        super().__init__()
        emulator = stores.free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gcp_storage_emulator", "start", "-H", "127.0.0.1", "--port", str(emulator), "-M", "-q"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.data = Objects(f"http://127.0.0.1:{emulator}")
        for _ in range(300):
            with contextlib.suppress(OSError):
                self.data.ask("/")
                break
            time.sleep(0.1)
        self.page_size = 100

    def create(self, bucket):
        self.data.ask("/storage/v1/b?project=tests", "POST", json.dumps({"name": bucket}).encode())

    def store(self, name, data, headers):
        self.data[name] = data, None, None, headers
        self.count = self.data[name][1]

    def stop(self):
        super().stop()
        self.process.terminate()
        self.process.wait()
