"""The few Elasticsearch endpoints the index uses, over loopback, on plain dictionaries.

It answers queries by reading the query JSON itself, apart from our compiler, so that a wrong
query finds the wrong documents here too.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def holds(query: dict[str, Any], doc: dict[str, Any]) -> bool:
    """Whether a document matches a query, for the query kinds in use."""
    ((kind, body),) = query.items()
    if kind == "match_all":
        return True
    if kind == "bool":
        should = [holds(part, doc) for part in body.get("should", ())]
        return (
            all(holds(part, doc) for part in body.get("filter", ()))
            and not any(holds(part, doc) for part in body.get("must_not", ()))
            and sum(should) >= body.get("minimum_should_match", 0)
        )
    ((field, want),) = body.items()
    if kind == "range":
        when = doc[field]
        return when >= want.get("gte", when) and when < want.get("lt", when + 1)
    values = _values(field, doc)
    if kind == "term":
        return want["value"] in values
    if kind == "prefix":
        return any(value.startswith(want["value"]) for value in values)
    phrase = (want["query"] if isinstance(want, dict) else want).split()
    last_is_prefix = kind == "match_phrase_prefix"
    for start in range(len(values) - len(phrase) + 1):
        piece = values[start : start + len(phrase)]
        tail = piece[-1].startswith(phrase[-1]) if last_is_prefix else piece[-1] == phrase[-1]
        if piece[:-1] == phrase[:-1] and tail:
            return True
    return False


def _values(field: str, doc: dict[str, Any]) -> list[str]:
    if field == "tokens":
        return str(doc["tokens"]).split()
    parent, _, leaf = field.partition(".")
    return list(doc[parent].get(leaf, ()))


class FakeElasticsearch:
    """One node with indices, aliases, external versions and a bulk that reports each item."""

    def __init__(self) -> None:
        self.indices: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {}
        self.mappings: dict[str, dict[str, Any]] = {}
        self.aliases: dict[str, str] = {}
        self.refuse_once: dict[str, int] = {}
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                status, answer = fake.answer(self.command, self.path, self.rfile.read(length).decode())
                payload = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("content-type", self.headers.get("accept", "application/json"))
                self.send_header("content-length", str(len(payload)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(payload)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

            def log_message(self, *args: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: str) -> tuple[int, Any]:
        """Status and JSON for one request."""
        name, _, action = path.partition("?")[0].strip("/").partition("/")
        if name == "_bulk" or action == "_bulk":
            return 200, self._bulk(body)
        if method == "HEAD":
            return (200 if name in self.indices else 404), {}
        if method == "PUT":
            request = json.loads(body)
            self.indices[name], self.mappings[name] = {}, request["mappings"]["properties"]
            self.aliases |= dict.fromkeys(request["aliases"], name)
            return 200, {"acknowledged": True}
        if method == "DELETE":
            self.indices.pop(name, None)
            return 200, {"acknowledged": True}
        if action == "_refresh":
            return 200, {}
        request = json.loads(body)
        found = [d for _, d in self._docs(name).values() if holds(request["query"], d)]
        if action == "_count":
            return 200, {"count": len(found)}
        found.sort(key=lambda d: (d["created_at"], d["id"]), reverse=True)
        total = len(found)
        if "search_after" in request:
            found = [d for d in found if [d["created_at"], d["id"]] < request["search_after"]]
        hits = [{"_source": d} for d in found[: request["size"]]]
        return 200, {"hits": {"total": {"value": total, "relation": "eq"}, "hits": hits}}

    def _docs(self, name: str) -> dict[str, tuple[int, dict[str, Any]]]:
        return self.indices[self.aliases.get(name, name)]

    def _bulk(self, body: str) -> dict[str, Any]:
        lines = [json.loads(line) for line in body.splitlines()]
        items = []
        while lines:
            ((op, meta),) = lines.pop(0).items()
            doc = lines.pop(0) if op == "index" else None
            items.append({op: {"_id": meta["_id"]} | self._one(meta, doc)})
        return {"errors": any("error" in next(iter(item.values())) for item in items), "items": items}

    def _one(self, meta: dict[str, Any], doc: dict[str, Any] | None) -> dict[str, Any]:
        docs = self._docs(meta["_index"])
        held = docs.get(meta["_id"])
        if self.refuse_once.get(meta["_id"]):
            return {"status": self.refuse_once.pop(meta["_id"]), "error": {"reason": "busy"}}
        if doc is None:
            return {"status": 200 if docs.pop(meta["_id"], None) else 404}
        unknown = set(doc) - set(self.mappings[self.aliases[meta["_index"]]])
        if unknown:
            return {"status": 400, "error": {"reason": f"strict mapping: {sorted(unknown)}"}}
        if held is not None and meta["version"] <= held[0]:
            return {"status": 409, "error": {"reason": "version conflict"}}
        if re.search(r"\s{2}", doc["tokens"]):
            return {"status": 400, "error": {"reason": "tokens are joined by single spaces"}}
        docs[meta["_id"]] = (meta["version"], doc)
        return {"status": 201}
