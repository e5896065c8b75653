"""The client for programs that wait."""

from __future__ import annotations

import http.client
import os
import socket
import time
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, cast
from urllib.parse import quote

from . import _protocol
from ._errors import MendError, Refused, Unreachable
from ._protocol import Address, Judgement, Patience
from ._where import BATCH, BATCH_BYTES, BREAKS, KEPT, LINE, Where

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from ._protocol import JudgeFields, JudgeOptions


class Client:
    """Asks ``mend serve`` for judgements. Threads may share one.

    Without ``url`` the client uses this process's own server: it starts ``mend serve`` on a Unix socket when it is
    first needed, all clients of the process share it, and it ends with the process, also if the process is killed.

    * ``url``: a server that runs already, such as ``http://127.0.0.1:8080`` or ``unix:/path``; ``MEND_URL`` if left out.
    * ``token``: that server's token; ``MEND_SERVE_TOKEN`` if left out.
    * ``deadline``: seconds that a request may take, waiting for its turn included; of a batch, the seconds between two
      answers. ``None`` waits for ever.
    * ``retries``: how often a request is sent again that the server turned away because it was busy. The client waits
      as long as the server asks for in ``Retry-After``.
    * ``sandbox``: the engine of the server that is started, ``"process"`` or ``"wasm"``; the server chooses if left out.
    * ``arguments``: further arguments of ``mend serve`` for the server that is started.
    * ``binary``: the path of ``mend``; else ``MEND_BIN``, the one of the wheel, or the one on ``PATH``.
    * ``name``: who counts as one client where a server divides its work fairly.

    Errors are ``mendbench.MendError``: ``BinaryNotFound``, ``StartFailed``, ``Unreachable``, ``DeadlineExceeded``,
    ``Refused`` (the request is not one that the server takes) and ``Busy``.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        *,
        token: Optional[str] = None,
        deadline: Optional[float] = 600.0,
        retries: int = 10,
        sandbox: Optional[str] = None,
        arguments: Sequence[str] = (),
        binary: Optional[str] = None,
        name: Optional[str] = None,
    ) -> None:
        self._where = Where(url, token, sandbox, arguments, binary, name)
        self._deadline = deadline
        self._retries = retries
        self._idle: List[Tuple[Address, http.client.HTTPConnection]] = []
        self._owner = os.getpid()

    def judge(
        self, program: Optional[str] = None, *, deadline: Optional[float] = None, **fields: Unpack[JudgeOptions]
    ) -> Judgement:
        """Judges one program, or the program in a model's ``answer``.

        ``client.judge(answer=text, dataset="starter", task_id="starter/f01")`` judges by a known problem's tests, and
        ``client.judge(program, tests=["assert f(1) == 2"], entry_point="f")`` by tests of your own.
        ``mendbench.JudgeFields`` lists the fields. ``deadline`` in seconds replaces the client's.
        """
        body = _protocol.encoded(_protocol.judge_request({"program": program, **fields}))
        return Judgement.of(self._json("POST", "/v1/judge", body, deadline))

    def judge_batch(
        self, requests: Iterable[JudgeFields], *, defaults: Optional[JudgeFields] = None
    ) -> Iterator[Tuple[int, Judgement]]:
        """Judges many programs, and yields each judgement with the number of its request as soon as it is there.

        They come in the order in which they finish. ``defaults`` are fields of all requests that do not say otherwise.
        All requests are checked before the first is judged. Leaving the loop early ends what is still open.
        """
        common = _protocol.judge_request(cast(Mapping[str, Any], defaults or {}))
        listed = [cast(Mapping[str, Any], request) for request in requests]
        for first, texts in _protocol.parts(listed, BATCH, BATCH_BYTES):
            body = b'{"defaults":' + _protocol.encoded(common) + b',"requests":[' + b",".join(texts) + b"]}"
            try:
                for index, judgement in self._stream(body, len(texts)):
                    yield first + index, judgement
            except Refused as error:
                raise _protocol.shifted(error, first) from None

    def judge_all(
        self, requests: Iterable[JudgeFields], *, defaults: Optional[JudgeFields] = None
    ) -> List[Judgement]:
        """Judges many programs, and returns the judgements in the order of their requests."""
        found = dict(self.judge_batch(requests, defaults=defaults))
        return [found[index] for index in range(len(found))]

    def run_code(self, code: str, *, language: str = "python", stdin: str = "", **fields: Any) -> Dict[str, Any]:
        """Runs a program in the sandbox and returns what it printed, in the words of SandboxFusion's ``/run_code``.

        ``run_timeout`` is in seconds, ``memory_limit_MB`` in MiB. Prefer ``judge`` to see whether a program is right:
        what a program prints proves nothing.
        """
        body = _protocol.encoded({"code": code, "language": language, "stdin": stdin, **fields})
        return self._json("POST", "/run_code", body, None)

    def problems(self, dataset: str) -> List[Dict[str, Any]]:
        """The problems of a data set: each with ``task_id``, ``statement``, ``entry_point``, ``style`` and more, but
        without hidden tests and without the reference."""
        reply = self._json("GET", f"/v1/datasets/{quote(dataset, safe='')}", None, None)
        return cast(List[Dict[str, Any]], reply["problems"])

    def health(self) -> Dict[str, Any]:
        """What the server says of itself: ``version``, ``engine``, ``workers``, ``waiting``, ``running``, ``limits``."""
        return self._json("GET", "/health", None, None)

    def close(self) -> None:
        """Closes the connections. The server of the process goes on until the process ends."""
        while self._idle:
            self._idle.pop()[1].close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def _json(self, method: str, path: str, body: Optional[bytes], deadline: Optional[float]) -> Dict[str, Any]:
        patience = Patience(self._deadline if deadline is None else deadline, self._retries)
        address, connection, response = self._answered(method, path, body, patience)
        try:
            read = _whole(connection, response, patience)
        except BaseException as error:
            connection.close()
            raise _cut(error, address, patience) from error
        self._keep(address, connection, response)
        return _protocol.decoded(read, address)

    def _stream(self, body: bytes, size: int) -> Iterator[Tuple[int, Judgement]]:
        answered = 0
        patience = Patience(self._deadline, self._retries)
        address, connection, response = self._answered("POST", "/v1/judge/batch", body, patience)
        whole = False
        try:
            while answered < size:
                patience = Patience(self._deadline, 0)
                if connection.sock is not None:
                    connection.sock.settimeout(self._deadline)
                try:
                    line = response.readline()
                except (OSError, http.client.HTTPException) as error:
                    raise _cut(error, address, patience) from error
                if not line.endswith(b"\n"):
                    raise Unreachable(_protocol.missing(answered, size, address))
                index, judgement = _protocol.batch_line(line, address, size)
                if not isinstance(judgement, Judgement):
                    raise judgement
                answered += 1
                yield index, judgement
            response.read()
            whole = True
        finally:
            if whole:
                self._keep(address, connection, response)
            else:
                connection.close()

    def _answered(
        self, method: str, path: str, body: Optional[bytes], patience: Patience
    ) -> Tuple[Address, http.client.HTTPConnection, http.client.HTTPResponse]:
        """Sends a request until the server takes it, and returns its response with status 200, of which the body is
        still to be read."""
        breaks = 0
        while True:
            address = self._where.address(doubt=breaks > 0)
            connection = self._connection(address)
            try:
                response = self._sent(connection, method, address.prefix + path, body, patience)
                if response.status == 200:
                    return address, connection, response
                status = response.status
                headers = {name.lower(): value for name, value in response.getheaders()}
                told = _whole(connection, response, patience)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                breaks += 1
                if _is_timeout(error) or breaks > BREAKS:
                    raise _cut(error, address, patience) from error
                continue
            except BaseException:
                connection.close()
                raise
            self._keep(address, connection, response)
            time.sleep(patience.pause(status, headers, _protocol.refusal(status, told, address)))

    def _sent(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Optional[bytes], patience: Patience
    ) -> http.client.HTTPResponse:
        connection.timeout = patience.left()
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(patience.left())
        try:
            connection.request(method, path, body, self._where.headers(body is not None))
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses a body does not read it to its end, but says why.
            pass
        return connection.getresponse()

    def _connection(self, address: Address) -> http.client.HTTPConnection:
        if self._owner != os.getpid():
            # A fork: the parent goes on with these connections.
            self.close()
            self._owner = os.getpid()
        while True:
            try:
                kept, connection = self._idle.pop()
            except IndexError:
                break
            if kept == address:
                return connection
            connection.close()
        if address.unix is not None:
            return _UnixConnection(address.unix)
        kind = http.client.HTTPSConnection if address.tls else http.client.HTTPConnection
        return kind(address.host, address.port)

    def _keep(
        self, address: Address, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> None:
        if response.will_close or len(self._idle) >= KEPT:
            connection.close()
        else:
            self._idle.append((address, connection))


class _UnixConnection(http.client.HTTPConnection):
    """A connection through a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        ends = None if self.timeout is None else time.monotonic() + self.timeout
        try:
            while True:
                try:
                    return self.sock.connect(self._path)
                except BlockingIOError:
                    # More connect at once than the system lines up.
                    if ends is not None and time.monotonic() >= ends:
                        raise TimeoutError("no place in the line of connections") from None
                    time.sleep(LINE)
        except BaseException:
            self.close()
            raise


def _whole(
    connection: http.client.HTTPConnection, response: http.client.HTTPResponse, patience: Patience
) -> bytes:
    """The body of a response, within the time that is left."""
    read: List[bytes] = []
    while True:
        if connection.sock is not None:
            connection.sock.settimeout(patience.left())
        piece = response.read(1 << 16)
        if not piece:
            if response.length:
                raise http.client.IncompleteRead(b"".join(read), response.length)
            return b"".join(read)
        read.append(piece)


def _is_timeout(error: BaseException) -> bool:
    # Until Python 3.10 a timeout of a socket was another class.
    return isinstance(error, (TimeoutError, socket.timeout))


def _cut(error: BaseException, address: Address, patience: Patience) -> BaseException:
    """What to raise where a connection failed."""
    if isinstance(error, MendError) or not isinstance(error, (OSError, http.client.HTTPException)):
        return error
    if _is_timeout(error):
        return patience.exceeded()
    return Unreachable(
        f"{address} does not answer, or the connection broke ({type(error).__name__}: {error}); "
        "is `mend serve` running there?"
    )
