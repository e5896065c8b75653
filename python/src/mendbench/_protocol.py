"""What crosses between this package and ``mend serve``: requests, judgements, and when a request is sent again."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Union, cast
from urllib.parse import urlsplit

from ._errors import Busy, DeadlineExceeded, MendError, Refused

if TYPE_CHECKING:
    from typing import TypedDict

    class Limits(TypedDict, total=False):
        """Limits of one test."""

        time_limit: float
        memory_limit: int

    class JudgeOptions(TypedDict, total=False):
        """The fields of a request to judge, but for the program itself. All may be left out; ``None`` counts as left out.

        * ``answer``: a model's answer, in which the judge finds the program. Exactly one of this and ``program``.
        * ``dataset``, ``task_id``: the problem. Or instead ``tests`` (or ``check``): the tests themselves.
        * ``entry_point``: the function that the tests call. Without it the tests are inputs and outputs of a whole
          program.
        * ``time_limit`` in seconds and ``memory_limit`` in MiB, each of one test; or both within ``limits``.
        * ``see``: of which suites the facts of failures are returned: ``"none"``, ``"public"``, ``"hidden"``.
        * ``shape``: which reward stands in ``reward``: ``"pass"``, ``"fraction"``, ``"rltf"``.

        docs/serve.md describes every field.
        """

        id: Optional[str]
        dataset: Optional[str]
        task_id: Optional[str]
        tests: Optional[Sequence[Any]]
        check: Optional[str]
        public_tests: Optional[Sequence[Any]]
        entry_point: Optional[str]
        context: Optional[str]
        statement: Optional[str]
        style: Optional[str]
        tolerance: Optional[float]
        integrity: Optional[str]
        answer: Optional[str]
        form: Optional[str]
        finish_reason: Optional[str]
        extraction: Optional[str]
        see: Optional[str]
        shape: Optional[str]
        scored_on: Optional[str]
        unsupported: Optional[str]
        stop_at_first_failure: Optional[bool]
        time_limit: Optional[float]
        memory_limit: Optional[int]
        limits: Optional[Limits]

    class JudgeFields(JudgeOptions, total=False):
        """The fields of a request to judge: ``JudgeOptions``, and ``program``, a program verbatim."""

        program: Optional[str]

else:
    JudgeFields = Dict[str, Any]

#: What a request may hold: the names of ``JudgeFields``.
FIELDS = frozenset(
    "id dataset task_id tests check public_tests entry_point context statement style tolerance integrity program answer "
    "form finish_reason extraction see shape scored_on unsupported stop_at_first_failure time_limit memory_limit "
    "limits".split()
)


def judge_request(fields: Mapping[str, Any]) -> Dict[str, Any]:
    """A request as the server reads it: what is ``None`` is left out, and limits stand together.

    Raises ``TypeError`` for a name that is not a field.
    """
    unknown = sorted(set(fields) - FIELDS)
    if unknown:
        raise TypeError(f"`{unknown[0]}` is not a field of a request; the fields are {', '.join(sorted(FIELDS))}")
    request = {name: value for name, value in fields.items() if value is not None}
    limits = dict(request.pop("limits", {}))
    limits.update({name: request.pop(name) for name in ("time_limit", "memory_limit") if name in request})
    if limits:
        request["limits"] = limits
    return request


def encoded(value: Any) -> bytes:
    """A value as JSON. Halves of surrogate pairs, which no text may hold, become question marks.

    Raises ``MendError`` for numbers that JSON lacks, and ``TypeError`` for what has no form in JSON.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise MendError(f"a request cannot hold NaN, an infinity, or a value that contains itself: {error}") from error
    return text.encode("utf-8", "replace")


@dataclass(frozen=True)
class TestOutcome:
    """How one test of a suite ended. ``index`` counts from 0; ``facts`` is ``None`` where it passed or may not be
    shown."""

    __test__ = False  # For pytest: this is not a test.

    index: int
    status: str
    facts: Optional[Mapping[str, Any]] = None


@dataclass(frozen=True)
class SuiteOutcome:
    """How a suite ended: ``passed`` of ``total`` tests. ``tests`` are those that ran."""

    status: Optional[str]
    passed: int
    total: int
    tests: Sequence[TestOutcome]


@dataclass(frozen=True)
class Unscored:
    """Why a program has no verdict. ``by`` says who caused it: ``candidate``, ``problem`` or ``server``."""

    cause: str
    by: str
    why: str


@dataclass(frozen=True)
class Judgement:
    """What the judge says of one program.

    ``passed``, ``fraction`` (of tests, 0 to 1) and ``reward`` are ``None`` where the program is unscored; ``unscored``
    then says why. They are never 0 or ``False`` for want of a verdict. ``public`` and ``hidden`` are ``None`` where the
    problem has no such suite or nothing ran. ``facts`` are those of the first failure that ``see`` permits. ``program``
    is what was judged, ``None`` if an answer holds none. ``raw`` is the whole reply.
    """

    status: Optional[str]
    passed: Optional[bool]
    fraction: Optional[float]
    reward: Optional[float]
    rewards: Mapping[str, Optional[float]]
    public: Optional[SuiteOutcome]
    hidden: Optional[SuiteOutcome]
    facts: Optional[Mapping[str, Any]]
    unscored: Optional[Unscored]
    program: Optional[str]
    extraction_rule: Optional[str]
    engine: Optional[Mapping[str, Any]]
    integrity: Optional[str]
    id: Optional[str]
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @staticmethod
    def of(reply: Mapping[str, Any]) -> Judgement:
        """Reads a server's reply. Raises ``MendError`` if it is not one."""
        if "status" not in reply or "passed" not in reply:
            raise MendError(f"the server's reply is not a judgement: {str(dict(reply))[:200]}; is it `mend serve`?")
        unscored = reply.get("unscored")
        return Judgement(
            status=reply["status"],
            passed=reply["passed"],
            fraction=reply.get("fraction"),
            reward=reply.get("reward"),
            rewards=reply.get("rewards") or {},
            public=_suite(reply.get("public")),
            hidden=_suite(reply.get("hidden")),
            facts=reply.get("facts"),
            unscored=Unscored(unscored["cause"], unscored["by"], unscored["why"]) if unscored else None,
            program=reply.get("program"),
            extraction_rule=reply.get("extraction_rule"),
            engine=reply.get("engine"),
            integrity=reply.get("integrity"),
            id=reply.get("id"),
            raw=reply,
        )


def _suite(reply: Optional[Mapping[str, Any]]) -> Optional[SuiteOutcome]:
    if reply is None:
        return None
    tests = [TestOutcome(test["index"], test["status"], test.get("facts")) for test in reply.get("tests") or []]
    return SuiteOutcome(reply.get("status"), reply["passed"], reply["total"], tests)


@dataclass(frozen=True)
class Address:
    """Where a server listens. With ``unix`` a socket's path; else ``host`` and ``port``, with TLS or without."""

    unix: Optional[str] = None
    host: str = "localhost"
    port: int = 80
    tls: bool = False
    prefix: str = ""

    @staticmethod
    def of(url: str) -> Address:
        """Reads ``http://host:port``, ``https://host``, or ``unix:/path``, as ``mend serve`` prints it.

        Raises ``ValueError`` for anything else.
        """
        if url.startswith("unix:"):
            path = url[len("unix:") :]
            return Address(unix=path[2:] if path.startswith("///") else path)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"`{url}` is not a server's address; write http://127.0.0.1:8080 or unix:/path/to/socket")
        tls = parts.scheme == "https"
        return Address(None, parts.hostname, parts.port or (443 if tls else 80), tls, parts.path.rstrip("/"))

    def __str__(self) -> str:
        if self.unix is not None:
            return f"unix:{self.unix}"
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}{self.prefix}"


#: Seconds to wait where a server that is busy does not say how long.
PAUSE = 1.0


class Patience:
    """How long one request may take, and how often a busy server is asked again."""

    def __init__(self, deadline: Optional[float], retries: int) -> None:
        self.deadline = deadline
        self.ends = None if deadline is None else time.monotonic() + deadline
        self.retries = retries

    def left(self) -> Optional[float]:
        """Seconds that are left, or ``None`` without a deadline. Raises ``DeadlineExceeded`` at its end."""
        if self.ends is None:
            return None
        left = self.ends - time.monotonic()
        if left <= 0:
            raise self.exceeded()
        return left

    def exceeded(self) -> DeadlineExceeded:
        """The error of a deadline that is over."""
        return DeadlineExceeded(
            f"no answer within {self.deadline:g} s; allow more by `deadline`, or send less at a time"
        )

    def pause(self, status: int, headers: Mapping[str, str], error: Refused) -> float:
        """Seconds to wait before the request is sent again, as the server asks in ``Retry-After``.

        Raises ``error`` where sending it again would not help, and ``Busy`` where the retries or the time are over.
        """
        if status not in (429, 503):
            raise error
        seconds = retry_after(headers.get("retry-after"))
        left = self.left()
        if self.retries <= 0 or (left is not None and seconds >= left):
            reason = "it was asked as often as `retries` allows" if self.retries <= 0 else "`deadline` ends before that"
            raise Busy(
                f"the server is busy and asks to wait {seconds:g} s, but {reason}: {error}. "
                "Send fewer requests at a time, or allow more",
                error.status,
                error.code,
            )
        self.retries -= 1
        # Clients that were turned away together do not come back together.
        return seconds * (1.0 + 0.1 * random.random())


def retry_after(value: Optional[str]) -> float:
    """The seconds that a header ``Retry-After`` asks for: a number, or a date. ``PAUSE`` if it says neither."""
    if value is None:
        return PAUSE
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return PAUSE
    return max(0.0, seconds) if seconds == seconds else PAUSE


def refusal(status: int, body: bytes, address: Address) -> Refused:
    """The error that a reply tells."""
    try:
        told = json.loads(body)["error"]
        code, message, about = str(told["code"]), str(told["message"]), told.get("field")
    except (ValueError, LookupError, TypeError, AttributeError):
        code, about = "unknown", None
        message = f"status {status}: {body[:200].decode('utf-8', 'replace')!r}; is `mend serve` what listens there?"
    if status == 401:
        message += "; give the server's token by `token`, or in MEND_SERVE_TOKEN"
    where = f" (field `{about}`)" if about and f"`{about}`" not in message else ""
    return Refused(f"{address}: {message}{where}", status, code, about)


def shifted(error: Refused, first: int) -> Refused:
    """A refusal of one part of a batch, with the number that its request has in the whole."""
    found = re.match(r"requests\[(\d+)\](.*)", error.field or "", re.DOTALL)
    if found is None or first == 0:
        return error
    field = f"requests[{int(found[1]) + first}]{found[2]}"
    return Refused(f"{error} (in the whole batch: `{field}`)", error.status, error.code, field)


def decoded(body: bytes, address: Address) -> Dict[str, Any]:
    """A reply's JSON object. Raises ``MendError`` if it is not one."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise MendError(f"{address} answers with something else than a JSON object: {body[:200]!r}; is it `mend serve`?")
    return cast(Dict[str, Any], value)


def batch_line(line: bytes, address: Address, size: int) -> "tuple[int, Union[Judgement, Refused]]":
    """One line of a batch's reply: which request, and its judgement or the server's error."""
    reply = decoded(line, address)
    index = reply.get("index")
    if not isinstance(index, int) or not 0 <= index < size:
        raise MendError(f"{address}: a line of a batch has no index below {size}: {line[:200]!r}")
    if "result" in reply:
        return index, Judgement.of(reply["result"])
    told = reply.get("error") or {}
    return index, Refused(f"{address}: {told.get('message', 'no reason')}", 503, str(told.get("code", "unknown")))


def missing(answered: int, size: int, address: Address) -> str:
    """What to say of a batch that was cut."""
    return f"{address} ended a batch after {answered} of {size} answers; send the rest again"


def parts(requests: Sequence[Mapping[str, Any]], most: int, most_bytes: int) -> List["tuple[int, List[bytes]]"]:
    """Requests, encoded, in groups that a server takes at once, each with the number of its first."""
    groups: List["tuple[int, List[bytes]]"] = []
    size = 0
    for index, request in enumerate(requests):
        text = encoded(judge_request(request))
        if not groups or len(groups[-1][1]) >= most or size + len(text) > most_bytes:
            groups.append((index, []))
            size = 0
        groups[-1][1].append(text)
        size += len(text) + 1
    return groups
