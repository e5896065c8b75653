"""Both clients against a server that misbehaves as told."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, List

import pytest
from fake import Asked, Reply, batch, judgement

import mendbench
from mendbench._protocol import Address, retry_after


class Both:
    """One client of two kinds, with the methods of the synchronous one."""

    def __init__(self, kind: str, *args: Any, **options: Any) -> None:
        self.loop = asyncio.new_event_loop() if kind == "async" else None
        self.client: Any = (mendbench.AsyncClient if self.loop else mendbench.Client)(*args, **options)

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **fields: Any) -> Any:
            found = getattr(self.client, name)(*args, **fields)
            if self.loop is None:
                return list(found) if name == "judge_batch" else found
            return self.loop.run_until_complete(_all(found) if name == "judge_batch" else found)

        return call


async def _all(found: Any) -> List[Any]:
    return [item async for item in found]


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest) -> Any:
    made = []

    def make(*args: Any, **options: Any) -> Both:
        made.append(Both(request.param, *args, **options))
        return made[-1]

    yield make
    for both in made:
        both.close()
        if both.loop is not None:
            both.loop.close()


@pytest.mark.parametrize("unix", [False, True])
def test_a_judgement_is_read_whole_and_connections_are_used_again(fake: Any, client: Any, unix: bool) -> None:
    server = fake(lambda asked: Reply(judgement(facts={"status": "passed"}, id="x")), unix=unix)
    ours = client(server.url)
    for _ in range(3):
        found = ours.judge("def f(): ...", tests=["assert f() is None"], entry_point="f", time_limit=2.5, see=None)
    assert found.passed is True and found.status == "passed" and found.reward == 1.0 and found.id == "x"
    assert found.hidden.tests == [mendbench.TestOutcome(0, "passed")] and found.public is None
    assert found.raw["engine"]["level"] == "L3" and found.unscored is None
    asked: Asked = server.asked[0]
    assert (asked.method, asked.path) == ("POST", "/v1/judge")
    assert asked.body == {
        "program": "def f(): ...",
        "tests": ["assert f() is None"],
        "entry_point": "f",
        "limits": {"time_limit": 2.5},
    }
    assert asked.headers["content-type"] == "application/json"
    assert {each.connection for each in server.asked} == {1}


def test_what_has_no_verdict_is_none_and_says_why(fake: Any, client: Any) -> None:
    unscored = {"cause": "unsupported", "by": "problem", "why": "it needs numpy"}
    server = fake(lambda asked: Reply(judgement(passed=None, status="unsupported", unscored=unscored, hidden=None)))
    found = client(server.url).judge("x = 1")
    assert found.passed is None and found.reward is None and found.fraction is None and found.hidden is None
    assert found.unscored == mendbench.Unscored("unsupported", "problem", "it needs numpy")


def test_a_busy_server_is_asked_again_when_it_says_so(fake: Any, client: Any) -> None:
    busy = {"error": {"code": "queue_full", "message": "the queue is full"}}
    left = [Reply(busy, 429, {"Retry-After": "0.3"}), Reply(busy, 503, {"Retry-After": "0"})]
    server = fake(lambda asked: left.pop(0) if left else Reply(judgement()))
    began = time.monotonic()
    assert client(server.url).judge("x = 1").passed
    assert time.monotonic() - began >= 0.3
    assert len(server.asked) == 3


def test_patience_with_a_busy_server_has_a_bound(fake: Any, client: Any) -> None:
    busy = {"error": {"code": "queue_full", "message": "the queue is full"}}
    server = fake(lambda asked: Reply(busy, 429, {"Retry-After": "0"}))
    with pytest.raises(mendbench.Busy, match="as often as `retries` allows") as caught:
        client(server.url, retries=2).judge("x = 1")
    assert len(server.asked) == 3 and caught.value.code == "queue_full" and caught.value.status == 429
    # It asks for more than the deadline leaves: there is nothing to wait for.
    server.answer = lambda asked: Reply(busy, 429, {"Retry-After": "3600"})
    began = time.monotonic()
    with pytest.raises(mendbench.Busy, match="3600 s, but `deadline` ends before that"):
        client(server.url, deadline=30).judge("x = 1")
    assert time.monotonic() - began < 10


def test_a_deadline_ends_a_request_and_its_connection(fake: Any, client: Any) -> None:
    go_on = threading.Event()

    def slow(asked: Asked) -> Reply:
        go_on.wait(20)
        return Reply(judgement())

    server = fake(slow)
    ours = client(server.url)
    with pytest.raises(mendbench.DeadlineExceeded, match="no answer within 0.2 s; allow more by `deadline`"):
        ours.judge("x = 1", deadline=0.2)
    go_on.set()
    # The late answer is not taken for that of the next request.
    assert ours.judge("x = 2").passed
    assert [each.connection for each in server.asked] == [1, 2]


@pytest.mark.parametrize("reply", [Reply(judgement(), cut=0), Reply(judgement(), headers={"X": "y"}, cut=30)])
def test_a_connection_that_breaks_says_where(fake: Any, client: Any, reply: Reply) -> None:
    server = fake(lambda asked: reply)
    with pytest.raises(mendbench.Unreachable, match="does not answer, or the connection broke"):
        client(server.url).judge("x = 1")


def test_an_idle_connection_that_the_server_closed_is_opened_anew(fake: Any, client: Any) -> None:
    replies = [Reply(judgement()), Reply(cut=0), Reply(judgement(status="passed"))]
    server = fake(lambda asked: replies.pop(0))
    ours = client(server.url)
    assert ours.judge("x = 1").passed and ours.judge("x = 2").passed
    assert len(server.asked) == 3


def test_refusals_name_the_field_and_what_to_do(fake: Any, client: Any) -> None:
    told = {"error": {"code": "invalid", "message": "expected a list", "field": "tests"}}
    server = fake(lambda asked: Reply(told, 422))
    with pytest.raises(mendbench.Refused, match=r"expected a list \(field `tests`\)") as caught:
        client(server.url).judge("x = 1", tests="no list")
    assert (caught.value.status, caught.value.code, caught.value.field) == (422, "invalid", "tests")
    server.answer = lambda asked: Reply({"error": {"code": "unauthorized", "message": "no token"}}, 401)
    with pytest.raises(mendbench.Refused, match="MEND_SERVE_TOKEN"):
        client(server.url).judge("x = 1")
    server.answer = lambda asked: Reply(b"<html>nginx</html>", 502)
    with pytest.raises(mendbench.Refused, match="is `mend serve` what listens there?"):
        client(server.url).judge("x = 1")
    for body in (b"<html>", b"[1]", b"{}"):
        server.answer = lambda asked, body=body: Reply(body)
        with pytest.raises(mendbench.MendError, match="is it `mend serve`?"):
            client(server.url).judge("x = 1")


def test_a_token_and_a_name_go_along(fake: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = fake(lambda asked: Reply(judgement()))
    client(server.url, token="secret", name="trainer-3").judge("x = 1")
    monkeypatch.setenv("MEND_SERVE_TOKEN", "of the environment")
    monkeypatch.setenv("MEND_URL", server.url)
    client().judge("x = 1")
    first, second = (each.headers for each in server.asked)
    assert first["authorization"] == "Bearer secret" and first["x-mend-client"] == "trainer-3"
    assert second["authorization"] == "Bearer of the environment" and "x-mend-client" not in second


def test_a_batch_comes_as_it_finishes_and_all_in_order(fake: Any, client: Any) -> None:
    server = fake(lambda asked: batch(asked, lambda request: judgement(id=request["id"], status=request["shape"])))
    ours = client(server.url)
    requests = [{"program": f"x = {number}", "id": str(number), "time_limit": 1.0} for number in range(5)]
    assert [at for at, _ in ours.judge_batch(requests, defaults={"shape": "rltf"})] == [4, 3, 2, 1, 0]
    found = ours.judge_all(requests, defaults={"shape": "rltf"})
    assert [each.id for each in found] == ["0", "1", "2", "3", "4"] and found[0].status == "rltf"
    assert server.asked[0].body["requests"][1] == {"program": "x = 1", "id": "1", "limits": {"time_limit": 1.0}}
    assert ours.judge_all([]) == []
    assert {each.connection for each in server.asked} == {1}


def test_a_batch_that_is_cut_is_no_shorter_batch(fake: Any, client: Any) -> None:
    server = fake(lambda asked: batch(asked, lambda request: judgement())._replace(cut=2))
    with pytest.raises(mendbench.Unreachable):
        client(server.url).judge_all([{"program": "x = 1"}] * 3)
    server.answer = lambda asked: Reply(lines=[{"index": 0, "error": {"code": "shutting_down", "message": "bye"}}])
    with pytest.raises(mendbench.Refused, match="bye"):
        client(server.url).judge_all([{"program": "x = 1"}])
    server.answer = lambda asked: Reply(lines=[{"index": 7, "result": judgement()}])
    with pytest.raises(mendbench.MendError, match="no index below 1"):
        client(server.url).judge_all([{"program": "x = 1"}])


def test_large_batches_are_sent_in_parts(fake: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (mendbench._client, mendbench._async):
        monkeypatch.setattr(module, "BATCH", 4)
        monkeypatch.setattr(module, "BATCH_BYTES", 200)
    server = fake(lambda asked: batch(asked, lambda request: judgement(id=request["id"])))
    requests = [{"program": "x" * (150 if number == 6 else 1), "id": str(number)} for number in range(9)]
    assert [each.id for each in client(server.url).judge_all(requests)] == [str(number) for number in range(9)]
    assert [len(each.body["requests"]) for each in server.asked] == [4, 2, 1, 2]


def test_texts_that_no_file_could_hold_are_sent(fake: Any, client: Any) -> None:
    server = fake(lambda asked: Reply(judgement()))
    client(server.url).judge("x = '\ud800\N{SNOWMAN}\0'")
    assert server.asked[0].body["program"] == "x = '?\N{SNOWMAN}\0'"


def test_mistakes_of_the_caller_are_found_before_anything_is_sent(fake: Any, client: Any) -> None:
    server = fake(lambda asked: Reply(judgement()))
    ours = client(server.url)
    with pytest.raises(TypeError, match="`test` is not a field of a request; the fields are answer, check"):
        ours.judge("x = 1", test=["assert x"])
    with pytest.raises(mendbench.MendError, match="NaN"):
        ours.judge("x = 1", tolerance=float("nan"))
    for url in ("localhost:8080", "ftp://x", "http://"):
        with pytest.raises(ValueError, match="write http://127.0.0.1:8080 or unix:/path"):
            client(url)
    with pytest.raises(ValueError, match="leave out `url`"):
        client(server.url, sandbox="wasm")
    assert server.asked == []


def test_addresses_are_read_as_the_server_prints_them() -> None:
    assert Address.of("unix:/run/a.sock") == Address.of("unix:///run/a.sock") == Address(unix="/run/a.sock")
    assert Address.of("https://judge.example/mend/") == Address(None, "judge.example", 443, True, "/mend")
    assert str(Address.of("http://127.0.0.1:8080")) == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "value, seconds", [("2", 2.0), ("0.25", 0.25), ("-1", 0.0), (None, 1.0), ("soon", 1.0), ("nan", 1.0)]
)
def test_retry_after_is_a_number_or_a_date(value: Any, seconds: float) -> None:
    assert retry_after(value) == seconds
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_threads_share_a_client(fake: Any) -> None:
    server = fake(lambda asked: Reply(judgement(id=asked.body["id"])))
    ours = mendbench.Client(server.url)
    wrong: List[str] = []

    def ask(name: str) -> None:
        wrong.extend(name for _ in range(20) if ours.judge("x = 1", id=name).id != name)

    threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ours.close()
    assert wrong == [] and len(server.asked) == 160
    assert len({each.connection for each in server.asked}) <= 8


def test_many_tasks_share_an_async_client_within_its_connections(fake: Any) -> None:
    open_now: List[int] = []
    most: List[int] = []

    def answer(asked: Asked) -> Reply:
        open_now.append(1)
        most.append(len(open_now))
        time.sleep(0.01)
        open_now.pop()
        return Reply(judgement(id=asked.body["id"]))

    server = fake(answer)

    async def ask() -> List[Any]:
        async with mendbench.AsyncClient(server.url, connections=4) as client:
            return await asyncio.gather(*(client.judge("x = 1", id=str(number)) for number in range(40)))

    assert [each.id for each in asyncio.run(ask())] == [str(number) for number in range(40)]
    assert max(most) <= 4 and len({each.connection for each in server.asked}) <= 4


def test_more_may_connect_at_once_than_the_system_lines_up(fake: Any) -> None:
    server = fake(lambda asked: Reply(judgement(id=asked.body["id"])), unix=True, line=1)

    async def ask() -> List[Any]:
        async with mendbench.AsyncClient(server.url) as client:
            return await asyncio.gather(*(client.judge("x = 1", id=str(number)) for number in range(100)))

    assert [each.id for each in asyncio.run(ask())] == [str(number) for number in range(100)]
    with ThreadPoolExecutor(50) as pool, mendbench.Client(server.url) as client:
        found = list(pool.map(lambda number: client.judge("x = 1", id=str(number)).id, range(100)))
    assert found == [str(number) for number in range(100)]


def test_an_async_client_goes_on_in_another_event_loop(fake: Any) -> None:
    server = fake(lambda asked: Reply(judgement()))
    client = mendbench.AsyncClient(server.url)
    for _ in range(2):
        assert asyncio.run(client.judge("x = 1")).passed


def test_a_request_that_is_cancelled_closes_its_connection(fake: Any) -> None:
    go_on = threading.Event()

    def slow(asked: Asked) -> Reply:
        go_on.wait(20)
        return Reply(judgement(id=asked.body["id"]))

    server = fake(slow)

    async def ask() -> Any:
        async with mendbench.AsyncClient(server.url) as client:
            waiting = asyncio.ensure_future(client.judge("x = 1", id="given up"))
            while not server.asked:
                await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            go_on.set()
            return await client.judge("x = 1", id="next")

    assert asyncio.run(ask()).id == "next"


def test_the_request_as_a_dictionary_names_all_fields() -> None:
    from mendbench import _protocol

    source = open(_protocol.__file__).read()
    listed = source[source.index("class JudgeOptions") : source.index("class JudgeFields")]
    names = {line.split(":")[0].strip() for line in listed.splitlines() if ": Optional[" in line}
    assert names | {"program"} == set(_protocol.FIELDS)
    assert json.loads(_protocol.encoded({"a": 1})) == {"a": 1}
