"""Object stores on this machine: moto's S3 server, which checks signatures, and a proxy that makes it fail."""

import base64
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
import xml.etree.ElementTree

import boto3
import botocore.config

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Amazon:
    """moto in a process of its own, with one user whose signatures it checks."""

    scheme = "s3"

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

    def address(self, bucket, prefix=""):
        return f"s3://{bucket}/{prefix}"

    def create(self, bucket):
        self.s3.create_bucket(Bucket=bucket)

    def put(self, bucket, key, data):
        self.s3.put_object(Bucket=bucket, Key=key, Body=data)

    def remove(self, bucket, key):
        self.s3.delete_object(Bucket=bucket, Key=key)

    def upload(self, folder, bucket, prefix=""):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(bucket, prefix + str(path.relative_to(folder)), path.read_bytes())

    def versions(self, bucket):
        return {entry["Key"]: entry["LastModified"] for entry in self.s3.list_objects_v2(Bucket=bucket)["Contents"]}

    def type(self, bucket, key):
        return self.s3.head_object(Bucket=bucket, Key=key)["ContentType"]

    def unfinished(self, bucket):
        return self.s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])

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
                body = self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
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


class Fake:
    """A store in memory, of our own making, from what its documentation says, as far as it is asked. Tests put objects
    straight into it; `answer` is what each kind of store does with a request."""

    def __init__(self):
        self.data, self.count, self.lock, fake = {}, 0, threading.Lock(), self
        # What readers do not get any more, by name, oldest first; kept where buckets keep versions.
        self.earlier, self.is_versioned = {}, False
        # Few, so that lists have several pages; tests with many objects take more.
        self.page_size = 3

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with fake.lock:
                    status, data, headers = fake.answer(self, body)
                self.send_response_only(status)
                headers = {"Date": stamp(time.time()), "Content-Length": len(data), **headers}
                for name, value in headers.items():
                    self.send_header(name, str(value))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = serve

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def create(self, bucket):
        pass

    def put(self, bucket, key, data, **headers):
        with self.lock:
            self.store(f"{bucket}/{key}", data, {name.replace("_", "-"): value for name, value in headers.items()})

    def remove(self, bucket, key):
        with self.lock:
            self.take_away(f"{bucket}/{key}")

    def store(self, name, data, headers):
        self.take_away(name)
        self.count += 1
        self.data[name] = data, self.count, time.time(), headers

    def take_away(self, name):
        """What readers get no more; nothing where there was none."""
        entry = self.data.pop(name, None)
        if entry and self.is_versioned:
            self.earlier.setdefault(name, []).append(entry)
        return entry

    def all_versions(self, bucket, prefix=""):
        """Every version under a prefix, by name and number, with whether it is what readers get."""
        start = f"{bucket}/{prefix}"
        entries = [(name, entry, False) for name, found in self.earlier.items() for entry in found]
        entries += [(name, entry, True) for name, entry in self.data.items()]
        return sorted((name.removeprefix(start), entry[1], entry, is_latest) for name, entry, is_latest in entries if name.startswith(start))

    def upload(self, folder, bucket, prefix=""):
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            self.put(bucket, prefix + str(path.relative_to(folder)), path.read_bytes())

    def objects(self, bucket, prefix=""):
        start = f"{bucket}/{prefix}"
        return {name.removeprefix(start): entry[0] for name, entry in sorted(self.data.items()) if name.startswith(start)}

    def versions(self, bucket):
        return {name: entry[1] for name, entry in self.data.items() if name.startswith(bucket + "/")}

    def type(self, bucket, key):
        return self.data[f"{bucket}/{key}"][3]["content-type"]

    def page(self, bucket, prefix, start):
        """So many keys from one on, and the one that comes next."""
        keys = sorted(name.removeprefix(bucket + "/") for name in self.data if name.startswith(f"{bucket}/{prefix}"))
        keys = [key for key in keys if key >= start]
        return [(key, self.data[f"{bucket}/{key}"]) for key in keys[:self.page_size]], next(iter(keys[self.page_size:]), None)

    def piece(self, request, data, headers):
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers["range"]).groups())
        if first >= len(data):
            return 416, b"", {}
        last = min(last, len(data) - 1)
        return 206, data[first:last + 1], {**headers, "Content-Range": f"bytes {first}-{last}/{len(data)}"}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def stamp(seconds):
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.123Z", time.gmtime(seconds))


def failed(status, code):
    return status, f"<Error><Code>{code}</Code></Error>".encode(), {}


class Google(Fake):
    """The XML API of Google's store: lists, pieces, conditions by generation, signatures of version 4 with HMAC keys, tokens."""

    scheme = "gs"

    def __init__(self):
        super().__init__()
        self.key, self.secret, self.token = "GOOG1EXAMPLE", "secret/of+google" * 3, "ya29.example"
        # Its numbers of versions are microseconds since 1970.
        self.count = 1_780_000_000_000_000

    def address(self, bucket, prefix=""):
        return f"gs://{bucket}/{prefix}"

    def environment(self, url=None, **more):
        return {"STORAGE_EMULATOR_HOST": url or f"127.0.0.1:{self.port}", "GS_ACCESS_KEY_ID": self.key,
                "GS_SECRET_ACCESS_KEY": self.secret, **more}

    def unfinished(self, bucket):
        return []

    def allowed(self, request, body):
        value = request.headers.get("authorization", "")
        if value == f"Bearer {self.token}":
            return True
        match = re.fullmatch(r"GOOG4-HMAC-SHA256 Credential=(\w+)/((\d{8})/auto/storage/goog4_request),"
                             r"SignedHeaders=([a-z0-9;-]+),Signature=(\w+)", value)
        if not match or match[1] != self.key:
            return False
        scope, names = match[2], match[4].split(";")
        path, _, query = request.path.partition("?")
        digest = hashlib.sha256(body).hexdigest()
        # Google's front end adds to what is accepted before the signature is looked at.
        received = {**{name.lower(): " ".join(value.split()) for name, value in request.headers.items()},
                    "accept-encoding": request.headers.get("accept-encoding", "") + ",gzip(gfe)"}
        lines = "".join(f"{name}:{received[name]}\n" for name in names)
        canonical = f"{request.command}\n{path}\n{query}\n{lines}\n{match[4]}\n{digest}"
        key = ("GOOG4" + self.secret).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        text = f"GOOG4-HMAC-SHA256\n{received['x-goog-date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        extensions = {name for name in received if name.startswith("x-")}
        return ({"host", "x-goog-date", "x-goog-content-sha256"} | extensions <= set(names)
                and received["x-goog-content-sha256"] == digest
                and hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == match[5])

    def answer(self, request, body):
        if not self.allowed(request, body):
            return failed(403, "SignatureDoesNotMatch")
        assert not any(name.lower().startswith("x-amz-") for name in request.headers)
        path, _, query = request.path.partition("?")
        name = urllib.parse.unquote(path[1:])
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        if "versioning" in query:
            status = "<Status>Enabled</Status>" if self.is_versioned else ""
            return 200, f"<VersioningConfiguration>{status}</VersioningConfiguration>".encode(), {}
        if "versions" in query:
            return self.list_versions(name.strip("/"), query)
        if query and "generation" not in query:
            return self.list(name.strip("/"), query)
        known = self.data.get(name)
        if "generation" in query:
            known = next((e for e in [*self.earlier.get(name, []), *filter(None, [known])] if e[1] == int(query["generation"])), None)
        if known and request.command in ("PUT", "DELETE") and "x-hold" in known[3]:
            return failed(403, "ObjectUnderActiveHold")
        if request.command == "DELETE" and "generation" in query:
            return self.purge(name, known)
        if request.command in ("PUT", "DELETE"):
            wanted = request.headers.get("x-goog-if-generation-match")
            if wanted is not None and int(wanted) != (known[1] if known else 0):
                return failed(412, "PreconditionFailed")
            return self.change(request, name, body)
        if not known:
            return failed(404, "NoSuchKey")
        data, generation, written, extra = known
        headers = {"ETag": f'"{hashlib.md5(data).hexdigest()}"', "x-goog-generation": generation, "Last-Modified": stamp(written), **extra}
        if request.headers.get("if-match", headers["ETag"]) != headers["ETag"]:
            return failed(412, "PreconditionFailed")
        if "content-encoding" in extra and "gzip" not in request.headers.get("accept-encoding", ""):
            # What is expanded on the way has neither pieces nor a length.
            return 200, gzip.decompress(data), headers
        if request.command == "HEAD":
            return 200, b"", {**headers, "Content-Length": len(data)}
        return self.piece(request, data, headers)

    def change(self, request, name, body):
        if request.command == "DELETE":
            return (204, b"", {}) if self.take_away(name) else failed(404, "NoSuchKey")
        names = ("x-goog-meta-", "content-type", "content-d", "content-e", "content-la", "cache-control", "x-goog-storage-class",
                 "x-goog-custom-time", "x-goog-encryption-kms-key-name")
        kept = {k.lower(): v for k, v in request.headers.items() if k.lower().startswith(names)}
        if key := kept.get("x-goog-encryption-kms-key-name"):
            assert "cryptoKeyVersions" not in key
            kept["x-goog-encryption-kms-key-name"] = key + "/cryptoKeyVersions/1"
        self.store(name, body, kept)
        return 200, b"", {"ETag": f'"{hashlib.md5(body).hexdigest()}"', "x-goog-generation": self.count}

    def purge(self, name, known):
        """For good, be it what readers get or not."""
        if not known:
            return failed(404, "NoSuchKey")
        if self.data.get(name) is known:
            del self.data[name]
        else:
            self.earlier[name].remove(known)
        return 204, b"", {}

    def list_versions(self, bucket, query):
        """Three versions on a page, without the mark of keys that lists of others have."""
        start = query.get("marker", ""), int(query.get("generation-marker", "0"))
        entries = [entry for entry in self.all_versions(bucket) if entry[0].startswith(query["prefix"]) and entry[:2] >= start]
        text = "".join(
            f"<Version><Key>{html.escape(key)}</Key><Generation>{number}</Generation><MetaGeneration>1</MetaGeneration>"
            f"<IsLatest>{str(is_latest).lower()}</IsLatest><ETag>\"{hashlib.md5(entry[0]).hexdigest()}\"</ETag>"
            f"<Size>{len(entry[0])}</Size></Version>" for key, number, entry, is_latest in entries[:self.page_size])
        if entries[self.page_size:]:
            text += (f"<IsTruncated>true</IsTruncated><NextMarker>{html.escape(entries[self.page_size][0])}</NextMarker>"
                     f"<NextGenerationMarker>{entries[self.page_size][1]}</NextGenerationMarker>")
        return 200, f"<ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'>{text}</ListBucketResult>".encode(), {}

    def list(self, bucket, query):
        assert query["list-type"] == "2" and "encoding-type" not in query
        entries, following = self.page(bucket, query["prefix"], query.get("continuation-token", ""))
        text = "".join(
            f"<Contents><Key>{html.escape(key)}</Key><LastModified>{moment(written)}</LastModified>"
            f"<ETag>\"{hashlib.md5(data).hexdigest()}\"</ETag><Size>{len(data)}</Size></Contents>" for key, (data, _, written, _) in entries)
        if following:
            text += f"<IsTruncated>true</IsTruncated><NextContinuationToken>{html.escape(following)}</NextContinuationToken>"
        return 200, f"<ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'>{text}</ListBucketResult>".encode(), {}


class Azure(Fake):
    """Azure's Blob service: lists with markers, pieces, blobs in one request or of blocks, conditions by mark, tokens of
    shared access (SAS) and of directories."""

    scheme = "az"

    def __init__(self):
        super().__init__()
        self.sas = "sv=2022-11-02&ss=b&srt=co&sp=rwdlc&se=2030-01-01T00%3A00%3A00Z&sig=a%2Bb%2Fc%3D"
        self.token, self.blocks = "eyJ0.example", {}
        # By name: the times of snapshots with what they hold; and what was removed and is kept for some days.
        self.snapshots, self.deleted, self.is_soft = {}, [], False

    def address(self, bucket, prefix=""):
        return f"az://account/{bucket}/{prefix}"

    def environment(self, url=None, **more):
        return {"AZURE_STORAGE_SERVICE_ENDPOINT": f"{url or f'http://127.0.0.1:{self.port}'}/account",
                "AZURE_STORAGE_SAS_TOKEN": self.sas, **more}

    def unfinished(self, bucket):
        return [name for name in self.blocks if name.startswith(bucket + "/")]

    def answer(self, request, body):
        path, _, query = request.path.partition("?")
        bearer = request.headers.get("authorization")
        if bearer is None and query.endswith(self.sas):
            query = query.removesuffix(self.sas)
        elif bearer != f"Bearer {self.token}" or not request.headers.get("x-ms-date", "").endswith("GMT"):
            return self.failed(request, 401 if bearer else 403, "InvalidAuthenticationInfo" if bearer else "AuthenticationFailed")
        assert request.headers["x-ms-version"] == "2020-10-02"
        assert path.startswith("/account/")
        name = urllib.parse.unquote(path.removeprefix("/account/"))
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        if query.get("comp") == "list":
            assert query["restype"] == "container"
            return (self.list_versions if "include" in query else self.list)(name.strip("/"), query)
        if query.get("comp") == "block":
            return self.block(request, name, query["blockid"], body)
        known = self.data.get(name)
        if {"versionid", "snapshot"} & set(query):
            known = self.version(name, query)
            if request.command == "DELETE":
                return self.purge(request, name, query, known)
        elif known and request.command in ("PUT", "DELETE"):
            if known[3].get("x-ms-lease-status") == "locked":
                return self.failed(request, 412, "LeaseIdMissing")
            if "x-ms-immutability-policy-until-date" in known[3] or "x-policy" in known[3]:
                return self.failed(request, 409, "BlobImmutableDueToPolicy")
        if known and query.get("comp") == "tags":
            pairs = urllib.parse.parse_qsl(known[3]["x-ms-tags"])
            tags = "".join(f"<Tag><Key>{html.escape(k)}</Key><Value>{html.escape(v)}</Value></Tag>" for k, v in pairs)
            return 200, f"\ufeff<?xml version='1.0'?><Tags><TagSet>{tags}</TagSet></Tags>".encode(), {}
        if request.command in ("PUT", "DELETE"):
            if known and request.headers.get("if-none-match") == "*":
                return self.failed(request, 409, "BlobAlreadyExists")
            if "if-match" in request.headers and (not known or request.headers["if-match"] != self.mark(known)):
                return self.failed(request, 412, "ConditionNotMet")
            return self.change(request, name, query, body)
        if not known:
            return self.failed(request, 404, "BlobNotFound")
        if request.headers.get("if-match", self.mark(known)) != self.mark(known):
            return self.failed(request, 412, "ConditionNotMet")
        headers = {"ETag": self.mark(known), "Last-Modified": stamp(known[2]), "x-ms-blob-type": "BlockBlob", **known[3]}
        if tags := headers.pop("x-ms-tags", None):
            headers["x-ms-tag-count"] = len(urllib.parse.parse_qsl(tags))
        if self.is_versioned:
            headers["x-ms-version-id"] = self.moment(known[1])
        if known[3].get("x-ms-access-tier") == "Archive" and request.command == "GET":
            return self.failed(request, 409, "BlobArchived")
        if request.command == "HEAD":
            return 200, b"", {**headers, "Content-Length": len(known[0])}
        return self.piece(request, known[0], headers)

    def failed(self, request, status, code):
        body = f"\ufeff<?xml version='1.0' encoding='utf-8'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        return status, b"" if request.command == "HEAD" else body, {"x-ms-error-code": code}

    def moment(self, number):
        """By which a version or a snapshot is known."""
        return f"2026-01-01T00:00:00.{number:07d}Z"

    def version(self, name, query):
        if "snapshot" in query:
            return next((entry for time, entry in self.snapshots.get(name, []) if time == query["snapshot"]), None)
        entries = [*self.earlier.get(name, []), *filter(None, [self.data.get(name)])]
        return next((entry for entry in entries if self.moment(entry[1]) == query["versionid"]), None)

    def snapshot(self, bucket, key):
        with self.lock:
            self.count += 1
            self.snapshots.setdefault(f"{bucket}/{key}", []).append((self.moment(self.count), self.data[f"{bucket}/{key}"]))

    def purge(self, request, name, query, known):
        if not known:
            return self.failed(request, 404, "BlobNotFound")
        if "x-policy" in known[3]:
            return self.failed(request, 409, "BlobImmutableDueToPolicy")
        if "versionid" in query:
            if known is self.data.get(name):
                return self.failed(request, 403, "OperationNotAllowedOnRootBlob")
            self.earlier[name].remove(known)
        else:
            self.snapshots[name].remove((query["snapshot"], known))
        if self.is_soft:
            self.deleted.append((name, query, known))
        return 202, b"", {}

    def mark(self, entry):
        return f'"0x8D{entry[1]:012X}"'

    def block(self, request, name, id, body):
        blocks = self.blocks.setdefault(name, {})
        if any(len(base64.b64decode(other)) != len(base64.b64decode(id)) for other in blocks):
            return self.failed(request, 400, "InvalidBlobOrBlock")
        blocks[id] = body
        return 201, b"", {}

    def change(self, request, name, query, body):
        if request.command == "DELETE":
            return (202, b"", {}) if self.take_away(name) else self.failed(request, 404, "BlobNotFound")
        names = [key.lower() for key in request.headers if key.lower().startswith("x-ms-meta-")]
        if not all(key.removeprefix("x-ms-meta-").isidentifier() for key in names):
            return self.failed(request, 400, "InvalidMetadata")
        if query.get("comp") == "blocklist":
            ids = [element.text for element in xml.etree.ElementTree.fromstring(body)]
            blocks = self.blocks.get(name, {})
            if not set(ids) <= set(blocks):
                return self.failed(request, 400, "InvalidBlockList")
            body = b"".join(blocks[id] for id in ids)
        elif request.headers.get("x-ms-blob-type") != "BlockBlob" or query:
            return self.failed(request, 400, "MissingRequiredHeader")
        self.blocks.pop(name, None)
        kept = {key: request.headers[key] for key in names} | {
            key.lower().removeprefix("x-ms-blob-"): value for key, value in request.headers.items()
            if key.lower().startswith(("x-ms-blob-content", "x-ms-blob-cache", "x-ms-tags", "x-ms-access-tier", "x-ms-encryption-scope"))}
        self.store(name, body, kept)
        return 201, b"", {"ETag": self.mark(self.data[name])}

    def list_versions(self, bucket, query):
        assert query["include"] == "versions,snapshots,deleted"
        rows = sorted(row for row in rows_of_versions(self, bucket) if row[0].startswith(query["prefix"]))
        start = int(query.get("marker", "0"))
        text = "".join(f"<Blob><Name>{html.escape(key)}</Name>{which}<Properties><Etag>{self.mark(entry).strip(chr(34))}</Etag>"
                       f"<Content-Length>{len(entry[0])}</Content-Length></Properties></Blob>" for key, which, entry in rows[start:start + self.page_size])
        marker = start + self.page_size if rows[start + self.page_size:] else ""
        return 200, (f"\ufeff<?xml version='1.0' encoding='utf-8'?><EnumerationResults ContainerName='{bucket}'><Blobs>{text}</Blobs>"
                     f"<NextMarker>{marker}</NextMarker></EnumerationResults>").encode(), {}

    def list(self, bucket, query):
        start = base64.b64decode(query.get("marker", "")).decode()
        entries, following = self.page(bucket, query["prefix"], start)
        # The mark is listed without the quotes that headers have.
        text = "".join(f"<Blob><Name>{html.escape(key)}</Name><Properties><Last-Modified>{stamp(entry[2])}</Last-Modified>"
                       f"<Etag>{self.mark(entry).strip(chr(34))}</Etag><Content-Length>{len(entry[0])}</Content-Length>"
                       f"<BlobType>BlockBlob</BlobType></Properties></Blob>" for key, entry in entries)
        marker = base64.b64encode((following or "").encode()).decode()
        return 200, (f"\ufeff<?xml version='1.0' encoding='utf-8'?><EnumerationResults ContainerName='{bucket}'><Blobs>{text}</Blobs>"
                     f"<NextMarker>{marker}</NextMarker></EnumerationResults>").encode(), {}


def rows_of_versions(store, bucket):
    """Every version, snapshot, and what is kept of removed ones, as Azure lists them."""
    for key, number, entry, is_latest in store.all_versions(bucket):
        version = f"<VersionId>{store.moment(number)}</VersionId>" if store.is_versioned else ""
        yield key, version + (f"<IsCurrentVersion>true</IsCurrentVersion>" if version and is_latest else ""), entry
    for name, found in store.snapshots.items():
        for moment, entry in found:
            yield name.removeprefix(bucket + "/"), f"<Snapshot>{moment}</Snapshot>", entry
    for name, query, entry in store.deleted:
        which = "".join(f"<{tag}>{query[key]}</{tag}>" for key, tag in (("versionid", "VersionId"), ("snapshot", "Snapshot")) if key in query)
        yield name.removeprefix(bucket + "/"), which + "<Deleted>true</Deleted>", entry


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

def key(path):
    """The path of a request without its query."""
    return urllib.parse.unquote(path.partition("?")[0])


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
