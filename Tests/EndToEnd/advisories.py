# SPDX-License-Identifier: BSD-3-Clause
"""Databases of vulnerabilities as OSV publishes them, what they mean by `packaging`, and a service that answers as OSV's."""
import http.server
import json
import threading
import zipfile

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version


def advisory(id, name, *events, ecosystem="PyPI", kind="ECOSYSTEM", versions=(), **more):
    """A record of one package with one range; `events` are pairs such as ("introduced", "0")."""
    ranges = [{"type": kind, "events": [dict([event]) for event in events]}] if events else []
    package = {"ecosystem": ecosystem, "name": name}
    return {"id": id, "affected": [{"package": package, "ranges": ranges, "versions": list(versions)}], **more}


def write(path, *records, compression=zipfile.ZIP_DEFLATED):
    """The ZIP of these records."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for record in records:
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    return path


def read(path):
    with zipfile.ZipFile(path) as archive:
        return [json.loads(archive.read(name)) for name in archive.namelist()]


class First:
    """Before every version."""

    def __le__(self, _):
        return True

    def __lt__(self, _):
        return True


def holds(affected, version):
    """Whether a version is affected, by the evaluation that OSV's schema gives, in the order of `packaging`."""
    version = Version(version)
    for listed in affected.get("versions", []):
        try:
            if Version(listed) == version:
                return True
        except InvalidVersion:
            pass
    for one in affected.get("ranges", []):
        if one["type"] == "GIT":
            continue
        events = [(kind, First() if text == "0" and kind == "introduced" else Version(text)) for event in one["events"] for kind, text in event.items()]
        limits = [limit for kind, limit in events if kind == "limit"]
        if limits and not any(version < limit for limit in limits):
            continue
        found = False
        first = [event for event in events if isinstance(event[1], First)]
        rest = sorted((event for event in events if not isinstance(event[1], First)), key=lambda event: event[1])
        for kind, at in first + rest:
            if kind == "introduced" and at <= version:
                found = True
            elif kind == "fixed" and at <= version:
                found = False
            elif kind == "last_affected" and at < version:
                found = False
        if found:
            return True
    return False


def found(records, packages):
    """{(normalized name, id)} of what a database knows against `packages`, pairs of name and version."""
    versions = {canonicalize_name(name): version for name, version in packages}
    hits = set()
    for record in records:
        if "withdrawn" in record:
            continue
        for affected in record.get("affected", []):
            name = canonicalize_name(affected["package"]["name"])
            if affected["package"]["ecosystem"] == "PyPI" and name in versions and holds(affected, versions[name]):
                hits.add((name, record["id"]))
    return hits


class Service(http.server.ThreadingHTTPServer):
    """OSV's query API over a list of records; pages hold `page` results."""

    daemon_threads = True

    def __init__(self, records, page=1000):
        self.records = records
        self.page = page
        self.asked = []
        super().__init__(("127.0.0.1", 0), ServiceHandler)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, query):
        package = query["package"]
        if package["ecosystem"] != "PyPI":
            return [one for one in self.records if one["affected"][0]["package"] == package]
        ids = {id for _, id in found(self.records, [(package["name"], query["version"])])}
        return [record for record in self.records if record["id"] in ids]

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()


class ServiceHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send(self, document, status=200):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, asked))
        if self.path == "/v1/query":
            self.send({"vulns": self.server.answer(asked)} if self.server.answer(asked) else {})
        elif self.path == "/v1/querybatch" and self.headers["Content-Type"] == "application/json":
            self.send({"results": [self.result(query) for query in asked["queries"]]})
        else:
            self.send({"code": 5}, 404)

    def result(self, query):
        start = int(query.get("page_token", 0))
        records = self.server.answer(query)
        result = {"vulns": [{"id": one["id"], "modified": ""} for one in records[start : start + self.server.page]]} if records else {}
        if start + self.server.page < len(records):
            result["next_page_token"] = str(start + self.server.page)
        return result

    def do_GET(self):
        self.server.asked.append((self.path, None))
        records = [one for one in self.server.records if self.path == f"/v1/vulns/{one['id']}"]
        self.send(records[0], 200) if records else self.send({"code": 5}, 404)

    def log_message(self, *_):
        pass
