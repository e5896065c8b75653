"""The client for programs that do other things meanwhile: HTTP/1.1 over asyncio's streams."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import asynccontextmanager
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterator,
    Coroutine,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    cast,
)
from urllib.parse import quote

from . import _protocol
from ._errors import MendError, Refused, Unreachable
from ._protocol import Address, Judgement, Patience
from ._where import BATCH, BATCH_BYTES, BREAKS, KEPT, LINE, Where

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from ._protocol import JudgeFields, JudgeOptions

#: Bytes that one line of a reply may have: a judgement with all its facts stays far below.
LONGEST_LINE = 64 << 20

Result = TypeVar("Result")


class AsyncClient:
    """``mendbench.Client`` for asyncio: the same arguments, methods and errors, to be awaited.

    ``connections`` is how many requests are open at once; further ones wait for their turn, within their deadline.
    An event loop has its own connections: a client that is used in another loop opens new ones there.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        *,
        token: Optional[str] = None,
        deadline: Optional[float] = 600.0,
        retries: int = 10,
        connections: int = 256,
        sandbox: Optional[str] = None,
        arguments: Sequence[str] = (),
        binary: Optional[str] = None,
        name: Optional[str] = None,
    ) -> None:
        self._where = Where(url, token, sandbox, arguments, binary, name)
        self._deadline = deadline
        self._retries = retries
        self._connections = connections
        self._idle: List[Tuple[Address, _Connection]] = []
        self._turns: Optional[asyncio.Semaphore] = None
        self._of: Optional[Tuple[int, asyncio.AbstractEventLoop]] = None

    async def judge(
        self, program: Optional[str] = None, *, deadline: Optional[float] = None, **fields: Unpack[JudgeOptions]
    ) -> Judgement:
        """Judges one program, as ``Client.judge`` does."""
        body = _protocol.encoded(_protocol.judge_request({"program": program, **fields}))
        return Judgement.of(await self._json("POST", "/v1/judge", body, deadline))

    async def judge_batch(
        self, requests: Iterable[JudgeFields], *, defaults: Optional[JudgeFields] = None
    ) -> AsyncIterator[Tuple[int, Judgement]]:
        """Judges many programs, as ``Client.judge_batch`` does."""
        common = _protocol.judge_request(cast(Mapping[str, Any], defaults or {}))
        listed = [cast(Mapping[str, Any], request) for request in requests]
        for first, texts in _protocol.parts(listed, BATCH, BATCH_BYTES):
            body = b'{"defaults":' + _protocol.encoded(common) + b',"requests":[' + b",".join(texts) + b"]}"
            try:
                async for index, judgement in self._stream(body, len(texts)):
                    yield first + index, judgement
            except Refused as error:
                raise _protocol.shifted(error, first) from None

    async def judge_all(
        self, requests: Iterable[JudgeFields], *, defaults: Optional[JudgeFields] = None
    ) -> List[Judgement]:
        """Judges many programs, and returns the judgements in the order of their requests."""
        found = {index: judgement async for index, judgement in self.judge_batch(requests, defaults=defaults)}
        return [found[index] for index in range(len(found))]

    async def run_code(self, code: str, *, language: str = "python", stdin: str = "", **fields: Any) -> Dict[str, Any]:
        """Runs a program in the sandbox, as ``Client.run_code`` does."""
        body = _protocol.encoded({"code": code, "language": language, "stdin": stdin, **fields})
        return await self._json("POST", "/run_code", body, None)

    async def problems(self, dataset: str) -> List[Dict[str, Any]]:
        """The problems of a data set, as ``Client.problems`` lists them."""
        reply = await self._json("GET", f"/v1/datasets/{quote(dataset, safe='')}", None, None)
        return cast(List[Dict[str, Any]], reply["problems"])

    async def health(self) -> Dict[str, Any]:
        """What the server says of itself, as in ``Client.health``."""
        return await self._json("GET", "/health", None, None)

    async def close(self) -> None:
        """Closes the connections. The server of the process goes on until the process ends."""
        closing = [connection for _, connection in self._idle]
        self._idle.clear()
        for connection in closing:
            connection.close()
        await asyncio.gather(*(connection.writer.wait_closed() for connection in closing), return_exceptions=True)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

    async def _json(self, method: str, path: str, body: Optional[bytes], deadline: Optional[float]) -> Dict[str, Any]:
        patience = Patience(self._deadline if deadline is None else deadline, self._retries)
        async with _within(patience, self._turn()):
            address, connection = await self._answered(method, path, body, patience)
            try:
                read = await _limited(connection.whole(), patience)
            except BaseException as error:
                connection.close()
                raise _cut(error, address) from error
            self._keep(address, connection)
            return _protocol.decoded(read, address)

    async def _stream(self, body: bytes, size: int) -> AsyncIterator[Tuple[int, Judgement]]:
        answered = 0
        patience = Patience(self._deadline, self._retries)
        async with _within(patience, self._turn()):
            address, connection = await self._answered("POST", "/v1/judge/batch", body, patience)
            whole = False
            try:
                while answered < size:
                    try:
                        line = await _limited(connection.line(), Patience(self._deadline, 0))
                    except (OSError, EOFError, asyncio.LimitOverrunError) as error:
                        raise _cut(error, address) from error
                    if not line.endswith(b"\n"):
                        raise Unreachable(_protocol.missing(answered, size, address))
                    index, judgement = _protocol.batch_line(line, address, size)
                    if not isinstance(judgement, Judgement):
                        raise judgement
                    answered += 1
                    yield index, judgement
                await _limited(connection.whole(), Patience(self._deadline, 0))
                whole = True
            finally:
                if whole:
                    self._keep(address, connection)
                else:
                    connection.close()

    async def _answered(
        self, method: str, path: str, body: Optional[bytes], patience: Patience
    ) -> Tuple[Address, _Connection]:
        """Sends a request until the server takes it; the body of the answer is still to be read."""
        breaks = 0
        while True:
            address = await self._address(doubt=breaks > 0)
            connection: Optional[_Connection] = None
            try:
                connection = await self._connection(address, patience)
                head = _head(method, address, address.prefix + path, body, self._where.headers(body is not None))
                status = await _limited(connection.exchange(head, body), patience)
                if status == 200:
                    return address, connection
                told = await _limited(connection.whole(), patience)
            except (OSError, EOFError, asyncio.LimitOverrunError) as error:
                if connection is not None:
                    connection.close()
                breaks += 1
                if breaks > BREAKS:
                    raise _cut(error, address) from error
                continue
            except BaseException:
                if connection is not None:
                    connection.close()
                raise
            headers = connection.headers
            self._keep(address, connection)
            await asyncio.sleep(patience.pause(status, headers, _protocol.refusal(status, told, address)))

    async def _address(self, doubt: bool) -> Address:
        known = None if doubt else self._where.known()
        if known is not None:
            return known
        # The first call starts a server, which takes a moment.
        return await asyncio.get_running_loop().run_in_executor(None, self._where.address, doubt)

    def _turn(self) -> asyncio.Semaphore:
        here = (os.getpid(), asyncio.get_running_loop())
        if self._of != here or self._turns is None:
            # Connections of another loop, or of the process that this one was forked from, end without a word.
            self._idle.clear()
            self._turns = asyncio.Semaphore(self._connections)
            self._of = here
        return self._turns

    async def _connection(self, address: Address, patience: Patience) -> _Connection:
        while self._idle:
            kept, connection = self._idle.pop()
            if kept == address and not connection.reader.at_eof():
                return connection
            connection.close()
        return _Connection(*await _limited(_opened(address), patience))

    def _keep(self, address: Address, connection: _Connection) -> None:
        if connection.closes or len(self._idle) >= KEPT:
            connection.close()
        else:
            self._idle.append((address, connection))


class _Connection:
    """One connection, and the answer that is being read from it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.headers: Dict[str, str] = {}
        self.closes = False
        self._chunked = False
        #: Bytes that the answer, or its current chunk, still has; ``None`` if it ends with the connection.
        self._left: Optional[int] = 0
        self._rest = b""

    async def exchange(self, head: bytes, body: Optional[bytes]) -> int:
        """Sends a request, and returns the status of the answer once its headers are there."""
        try:
            self.writer.write(head)
            if body is not None:
                self.writer.write(body)
            await self.writer.drain()
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses a body does not read it to its end, but says why.
            pass
        while True:
            status = _status(await self.reader.readuntil(b"\r\n"))
            self.headers = {}
            while True:
                line = (await self.reader.readuntil(b"\r\n")).strip()
                if not line:
                    break
                name, _, value = line.partition(b":")
                self.headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
            if status >= 200:
                break
        self.closes = self.headers.get("connection", "").lower() == "close"
        self._chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        length = self.headers.get("content-length")
        self._left = 0 if self._chunked else int(length) if length is not None else None
        self.closes = self.closes or (not self._chunked and length is None)
        self._rest = b""
        return status

    async def whole(self) -> bytes:
        """What is left of the answer's body."""
        read = [self._rest]
        self._rest = b""
        while True:
            piece = await self._piece()
            if not piece:
                return b"".join(read)
            read.append(piece)

    async def line(self) -> bytes:
        """The next line of the answer's body; without its end if the body ends before."""
        read = [self._rest]
        size = len(self._rest)
        while b"\n" not in read[-1]:
            piece = await self._piece()
            if not piece:
                self._rest = b""
                return b"".join(read)
            read.append(piece)
            size += len(piece)
            if size > LONGEST_LINE:
                raise MendError(f"the server's line has more than {LONGEST_LINE} bytes; is it `mend serve`?")
        line, _, self._rest = b"".join(read).partition(b"\n")
        return line + b"\n"

    async def _piece(self) -> bytes:
        """The next bytes of the body, none at its end. Raises ``EOFError`` if the connection ends before."""
        if self._chunked and self._left == 0:
            size = int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16)
            if size == 0:
                while (await self.reader.readuntil(b"\r\n")).strip():
                    pass
                self._chunked = False
                return b""
            self._left = size
        if self._left == 0:
            return b""
        piece = await self.reader.read(1 << 16 if self._left is None else min(self._left, 1 << 16))
        if not piece and self._left is not None:
            raise EOFError(f"{self._left} bytes are missing")
        if self._left is not None:
            self._left -= len(piece)
            if self._chunked and self._left == 0:
                await self.reader.readexactly(2)
        return piece

    def close(self) -> None:
        """Closes the connection; the server then drops what it does for it."""
        try:
            self.writer.close()
        except RuntimeError:
            # The event loop that it belongs to is closed, and the connection ends with the last reference to it.
            pass


async def _limited(work: Coroutine[Any, Any, Result], patience: Patience) -> Result:
    """What some work comes to, within the time that is left."""
    try:
        left = patience.left()
    except BaseException:
        work.close()
        raise
    try:
        return await asyncio.wait_for(work, left)
    except asyncio.TimeoutError:
        raise patience.exceeded() from None


@asynccontextmanager
async def _within(patience: Patience, turns: asyncio.Semaphore) -> AsyncIterator[None]:
    """Waits for a turn, and gives it back at the end."""
    await _limited(turns.acquire(), patience)
    try:
        yield
    finally:
        turns.release()


def _cut(error: BaseException, address: Address) -> BaseException:
    """What to raise where a connection failed."""
    if isinstance(error, asyncio.LimitOverrunError):
        return MendError(f"{address} does not answer in HTTP/1.1: a line without end; is it `mend serve`?")
    if isinstance(error, MendError) or not isinstance(error, (OSError, EOFError)):
        return error
    what = "it ended" if isinstance(error, EOFError) else f"{type(error).__name__}: {error}"
    return Unreachable(
        f"{address} does not answer, or the connection broke ({what}); "
        "is `mend serve` running there?"
    )


async def _opened(address: Address) -> Tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.unix is not None:
        # asyncio itself takes a line of connections that is full for a connection.
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            while True:
                try:
                    sock.connect(address.unix)
                    break
                except BlockingIOError:
                    await asyncio.sleep(LINE)
            return await asyncio.open_unix_connection(sock=sock)
        except BaseException:
            sock.close()
            raise
    return await asyncio.open_connection(address.host, address.port, ssl=True if address.tls else None)


def _head(method: str, address: Address, path: str, body: Optional[bytes], headers: Mapping[str, str]) -> bytes:
    host = "localhost" if address.unix is not None else f"{address.host}:{address.port}"
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _status(line: bytes) -> int:
    words = line.split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise MendError(f"the server does not answer in HTTP/1.1: {line[:80]!r}; is it `mend serve`?")
    return int(words[1])
