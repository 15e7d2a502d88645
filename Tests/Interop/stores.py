"""Object stores on this machine: moto's S3 server, which checks signatures, and a proxy that makes it fail."""

import contextlib
import gzip
import hashlib
import hmac
import html
import http.client
import http.server
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.parse

import boto3
import botocore.config

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """moto in a process of its own, with one user whose signatures it checks."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "3"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()
        iam = self.client("iam", "none", "none")
        iam.create_user(UserName="tester")
        key = iam.create_access_key(UserName="tester")["AccessKey"]
        iam.put_user_policy(UserName="tester", PolicyName="all", PolicyDocument=POLICY)
        self.key, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        self.s3 = self.client("s3", self.key, self.secret)

    def wait(self):
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise TimeoutError("moto does not start")

    def client(self, service, key, secret):
        return boto3.client(
            service, endpoint_url=self.url, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1",
            config=botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))

    def environment(self, url=None, **more):
        return {
            "AWS_ENDPOINT_URL_S3": url or self.url, "AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", **more}

    def upload(self, folder, bucket, prefix=""):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.s3.put_object(Bucket=bucket, Key=prefix + str(path.relative_to(folder)), Body=path.read_bytes())

    def objects(self, bucket, prefix=""):
        """Everything under a prefix, by what follows it."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return {key.removeprefix(prefix): self.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Proxy:
    """Hands requests on to a server, and does to them what `rules` say: functions of the exchange's number, from 1, and
    the request, which return nothing, or what to do in place of an honest answer."""

    def __init__(self, port):
        self.upstream, self.rules, self.log, self.lock = port, [], [], threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with proxy.lock:
                    proxy.log.append((self.command, self.path))
                    number = len(proxy.log)
                for rule in proxy.rules:
                    if fault := rule(number, self):
                        return fault(self, lambda: proxy.forward(self, body))
                self.answer(*proxy.forward(self, body))

            def answer(self, status, headers, body, sent=None):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                length = next((v for n, v in headers if n.lower() == "content-length"), None)
                self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body if sent is None else body[:sent])

            def cut(self):
                """Ends the connection with a reset."""
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.wfile.flush()
                self.connection.close()

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

        class Threads(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Threads(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, request, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        connection.putrequest(request.command, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        result = answer.status, answer.getheaders(), answer.read()
        connection.close()
        return result

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

class Google:
    """What Google documents of its store's XML API, as far as it is asked: lists of three keys a page, pieces, conditions by
    generation, signatures of version 4 with HMAC keys, tokens. Of our own making, from the documentation."""

    def __init__(self):
        self.objects, self.log, self.lock, self.faults = {}, [], threading.Lock(), []
        self.key, self.secret, self.token, self.count = "GOOG1EXAMPLE", "secret/of+google" * 3, "ya29.example", 0
        google = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def reply(self, status, body=b"", **headers):
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), str(value))
                self.send_header("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
                if "Content_Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with google.lock:
                    google.log.append((self.command, self.path, self.headers))
                    fault = google.faults.pop(0) if google.faults and self.command == "PUT" else None
                    if fault != "before":
                        status, data, headers = google.answer(self, body)
                if fault:
                    self.close_connection = True
                    return self.connection.close()
                self.reply(status, data, **headers)

            do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = serve

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def environment(self, **more):
        return {"STORAGE_EMULATOR_HOST": self.host, "GS_ACCESS_KEY_ID": self.key, "GS_SECRET_ACCESS_KEY": self.secret, **more}

    def upload(self, folder, prefix=""):
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            self.store("archive/" + prefix + str(path.relative_to(folder)), path.read_bytes())

    def store(self, name, data, headers=None):
        self.count += 1
        self.objects[name] = (data, self.count, headers or {})

    def allowed(self, request, body):
        value = request.headers.get("authorization", "")
        if value == f"Bearer {self.token}":
            return True
        match = re.fullmatch(r"GOOG4-HMAC-SHA256 Credential=(\w+)/(\d{8})/auto/storage/goog4_request,SignedHeaders=([a-z0-9;-]+),Signature=(\w+)", value)
        if not match or match[1] != self.key:
            return False
        names = match[3].split(";")
        path, _, query = request.path.partition("?")
        digest = hashlib.sha256(body).hexdigest()
        lines = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
        canonical = f"{request.command}\n{path}\n{query}\n{lines}\n{match[3]}\n{digest}"
        stamp = request.headers["x-goog-date"]
        scope = f"{match[2]}/auto/storage/goog4_request"
        key = ("GOOG4" + self.secret).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        text = f"GOOG4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        extensions = {name.lower() for name in request.headers if name.lower().startswith("x-")}
        return ({"host", "x-goog-date", "x-goog-content-sha256"} | extensions <= set(names)
                and request.headers["x-goog-content-sha256"] == digest
                and hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == match[4])

    def answer(self, request, body):
        if not self.allowed(request, body):
            return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", {}
        assert not any(name.lower().startswith("x-amz-") for name in request.headers)
        path, _, query = request.path.partition("?")
        name = urllib.parse.unquote(path[1:])
        if query:
            return self.list(name.strip("/"), dict(urllib.parse.parse_qsl(query, keep_blank_values=True)))
        known = self.objects.get(name)
        if request.command in ("PUT", "DELETE"):
            wanted = request.headers.get("x-goog-if-generation-match")
            if wanted is not None and int(wanted) != (known[1] if known else 0):
                return 412, b"<Error><Code>PreconditionFailed</Code></Error>", {}
            if request.command == "DELETE":
                self.objects.pop(name, None)
                return 204, b"", {}
            self.store(name, body, {k: v for k, v in request.headers.items() if k.lower().startswith(("x-goog-meta-", "content-type"))})
            return 200, b"", {"ETag": f'"{self.count}"', "x_goog_generation": self.count}
        if not known:
            return 404, b"<Error><Code>NoSuchKey</Code></Error>", {}
        data, generation, extra = known
        headers = {"ETag": f'"{generation}"', "x_goog_generation": generation, "Last_Modified": "Wed, 25 Nov 2026 10:00:00 GMT",
                   **{k.replace("-", "_"): v for k, v in extra.items()}}
        if data[:2] == b"\x1f\x8b" and extra.get("content-encoding") and "gzip" not in request.headers.get("accept-encoding", ""):
            return 200, gzip.decompress(data), headers
        if request.headers.get("if-match", headers["ETag"]) != headers["ETag"]:
            return 412, b"", {}
        if request.command == "HEAD":
            return 200, b"", {**headers, "Content_Length": len(data)}
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers["range"]).groups())
        if first >= len(data):
            return 416, b"", {}
        return 206, data[first:last + 1], {**headers, "Content_Range": f"bytes {first}-{min(last, len(data) - 1)}/{len(data)}"}

    def list(self, bucket, query):
        assert query["list-type"] == "2" and query["encoding-type"] == "url"
        keys = sorted(name.removeprefix(bucket + "/") for name in self.objects if name.startswith(bucket + "/" + query["prefix"]))
        keys = [key for key in keys if key > query.get("continuation-token", "")]
        entries = "".join(f"<Contents><Key>{urllib.parse.quote(key)}</Key><Size>{len(self.objects[bucket + '/' + key][0])}</Size></Contents>" for key in keys[:3])
        more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{html.escape(keys[2])}</NextContinuationToken>" if len(keys) > 3 else ""
        return 200, f"<ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><EncodingType>url</EncodingType>{entries}{more}</ListBucketResult>".encode(), {}

    def tree(self, prefix):
        return {name.removeprefix(prefix): data for name, (data, _, _) in self.objects.items() if name.startswith(prefix)}

    def stop(self):
        self.server.shutdown()


# What may be done to an exchange.

def reset(request, forward):
    request.cut()


def lose_the_answer(request, forward):
    forward()
    request.cut()


def half(request, forward):
    status, headers, body = forward()
    request.answer(status, headers, body, sent=len(body) // 2)
    request.cut()


def error(status, code, **headers):
    def fault(request, forward):
        body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        request.answer(status, [(name.replace("_", "-"), value) for name, value in headers.items()], body)
    return fault


def changing(**changes):
    """Another value for headers of an honest answer."""
    def fault(request, forward):
        status, headers, body = forward()
        names = {name.replace("_", "-"): value for name, value in changes.items()}
        headers = [(name, names.get(name.lower(), value)) for name, value in headers]
        request.answer(status, headers, body)
    return fault


def slow(seconds, pieces=10):
    def fault(request, forward):
        status, headers, body = forward()
        request.answer(status, headers, body, sent=0)
        size = max(1, len(body) // pieces)
        for start in range(0, len(body), size):
            request.wfile.write(body[start:start + size])
            request.wfile.flush()
            time.sleep(seconds / pieces)
    return fault


def kill(process, after=False):
    """Kills a program before its request is handed on, or before it is answered."""
    def fault(request, forward):
        if after:
            forward()
        os.kill(process(), signal.SIGKILL)
        request.cut()
    return fault


def silence(request, forward):
    time.sleep(40)
    request.cut()


# Which exchanges it is done to.

def first(count, fault, method=None, path=""):
    """The first so many requests of a method whose path, unescaped, has a part like this."""
    left = [count]

    def rule(number, request):
        if method in (None, request.command) and re.search(path, urllib.parse.unquote(request.path)) and left[0] > 0:
            left[0] -= 1
            return fault
    return rule


def every(count, fault, method=None):
    """Every so many-th request, or such a request of a method."""
    seen = [0]

    def rule(number, request):
        seen[0] += method in (None, request.command)
        return fault if method in (None, request.command) and seen[0] % count == 0 else None
    return rule


def at(count, fault):
    return lambda number, request: fault if number == count else None
