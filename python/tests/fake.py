"""A small server that answers as a test says, over TCP or a Unix socket: for what `mend serve` cannot be made to do."""

from __future__ import annotations

import json
import os
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Union


class Asked(NamedTuple):
    """A request that came."""

    method: str
    path: str
    headers: Dict[str, str]
    body: Any
    connection: int


class Reply(NamedTuple):
    """What to answer: a JSON value, or bytes. With ``cut`` the connection ends amid the body, without a word if at 0."""

    body: Any = None
    status: int = 200
    headers: Dict[str, str] = {}
    lines: Optional[List[Any]] = None
    cut: Optional[int] = None


Answer = Callable[[Asked], Reply]


def judgement(**changes: Any) -> Dict[str, Any]:
    """A reply of `/v1/judge` for a program that passes, with changes."""
    passed = changes.get("passed", True)
    worth = None if passed is None else float(passed)
    reply: Dict[str, Any] = {
        "id": None,
        "status": "passed" if passed else "wrong_answer",
        "passed": passed,
        "fraction": worth,
        "reward": worth,
        "rewards": {"pass": worth, "fraction": worth, "rltf": worth},
        "public": None,
        "hidden": {"status": "passed", "passed": 1, "total": 1, "tests": [{"index": 0, "status": "passed"}]},
        "facts": None,
        "unscored": None,
        "program": "def f(): ...",
        "extraction_rule": "whole",
        "engine": {"name": "process", "level": "L3", "interpreter": "CPython 3.11.7"},
        "integrity": "isolated",
        "used": {"cpu_ms": 1.0, "wall_ms": 1.0, "peak_bytes": 0, "fuel": None},
    }
    reply.update(changes)
    return reply


def batch(asked: Asked, judge: Callable[[Dict[str, Any]], Dict[str, Any]]) -> Reply:
    """Answers a batch in reverse order, by a judge of single requests."""
    requests = asked.body["requests"]
    defaults = asked.body.get("defaults", {})
    lines = [{"index": at, "result": judge({**defaults, **request})} for at, request in enumerate(requests)]
    return Reply(lines=lines[::-1])


class Fake:
    """The server. ``asked`` lists what came, ``answer`` says what goes back."""

    def __init__(self, answer: Answer, unix: Optional[str] = None, line: int = 512) -> None:
        self.answer = answer
        self.asked: List[Asked] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            connections = 0

            def setup(self) -> None:
                Handler.connections += 1
                self.number = Handler.connections
                super().setup()

            def address_string(self) -> str:
                return "client"

            def log_message(self, *args: Any) -> None:
                pass

            def serve(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                read = self.rfile.read(size)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, json.loads(read) if read else None, self.number)
                fake.asked.append(asked)
                reply = fake.answer(asked)
                if reply.cut == 0:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.lines is not None:
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for at, line in enumerate(reply.lines):
                        if reply.cut == at + 1:
                            self.close_connection = True
                            return
                        data = json.dumps(line).encode() + b"\n"
                        # A line in two chunks: where chunks end says nothing.
                        for piece in (data[:5], data[5:]):
                            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.write(b"0\r\n\r\n")
                    return
                data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data if reply.cut is None else data[: reply.cut])
                self.close_connection = self.close_connection or reply.cut is not None

            do_GET = do_POST = serve

        base: Any = socketserver.ThreadingTCPServer if unix is None else socketserver.ThreadingUnixStreamServer
        kind: Any = type("Server", (base,), {})
        where: Union[str, tuple] = ("127.0.0.1", 0) if unix is None else unix
        kind.daemon_threads = True
        kind.request_queue_size = line
        self.server = kind(where, Handler)
        # A client that goes away is no error of a test.
        self.server.handle_error = lambda *who: None
        self.url = f"unix:{unix}" if unix else f"http://127.0.0.1:{self.server.server_address[1]}"
        self.unix = unix
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        if self.unix:
            os.unlink(self.unix)
