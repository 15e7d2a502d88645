"""OpenStack Swift on this machine, with its S3 API: a second server that checks signatures. Of the Debian packages swift-proxy,
swift-account, swift-container and swift-object; every service is one process, and everything lies in one folder."""

import contextlib
import os
import shutil
import socket
import subprocess
import time

import stores

SERVICES = ("account", "container", "object")


def is_installed():
    return all(shutil.which(f"swift-{name}-server", path="/usr/bin:/bin") for name in (*SERVICES, "proxy"))


def keeps_attributes(folder):
    """Whether files there may have attributes of users, which is where objects have their metadata."""
    probe = folder / "probe"
    probe.touch()
    with contextlib.suppress(OSError):
        os.setxattr(probe, "user.probe", b"1")
        return True
    return False


class OpenStack(stores.Amazon):
    def __init__(self, folder):
        self.folder, self.processes = folder, []
        self.ports = {name: stores.free_port() for name in (*SERVICES, "proxy")}
        self.port = self.ports["proxy"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.key, self.secret = "test:tester", "testing+secret"
        (folder / "devices/d1").mkdir(parents=True)
        self.write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n"
                   "[storage-policy:0]\nname = one\ndefault = yes\n")
        for name in SERVICES:
            builder = folder / f"{name}.builder"
            for step in (["create", "4", "1", "1"], ["add", f"r1z1-127.0.0.1:{self.ports[name]}/d1", "1"], ["rebalance"]):
                subprocess.run(["/usr/bin/swift-ring-builder", builder, *step], check=True, capture_output=True)
            self.start(name, f"{name}-server", f"[app:{name}-server]\nuse = egg:swift#{name}\n", f"devices = {folder}/devices\nmount_check = false\n")
        self.start("proxy", "catch_errors cache s3api tempauth proxy-server", (
            # Nobody answers there: what would be cached is asked for again.
            f"[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:{stores.free_port()}\n"
            "[filter:catch_errors]\nuse = egg:swift#catch_errors\n[filter:s3api]\nuse = egg:swift#s3api\nlocation = us-east-1\n"
            f"[filter:tempauth]\nuse = egg:swift#tempauth\nuser_test_tester = {self.secret} .admin\n"
            "[app:proxy-server]\nuse = egg:swift#proxy\nallow_account_management = true\naccount_autocreate = true\n"))
        self.wait()
        self.s3 = self.client("s3", self.key, self.secret)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def start(self, name, pipeline, parts, more=""):
        user = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
        self.write(f"{name}.conf", f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {self.ports[name]}\nworkers = 0\nuser = {user}\n"
                   f"swift_dir = {self.folder}\n{more}[pipeline:main]\npipeline = {pipeline}\n{parts}")
        self.processes.append(subprocess.Popen(
            [f"/usr/bin/swift-{name}-server", self.folder / f"{name}.conf", "-v"], stdout=(self.folder / f"{name}.log").open("w"),
            stderr=subprocess.STDOUT, env={"PATH": "/usr/bin:/bin"}))

    def wait(self):
        for port in self.ports.values():
            for _ in range(300):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait()
