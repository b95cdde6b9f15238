"""The small web server says how the program is, and hands a webhook's calls on."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest

from bot.web import BODY_LIMIT, Vitals, application

WELL = Vitals(database=True, clock_lag_ms=0, waiting=3, sent={("telegram", "sent"): 7}, unreachable_ms={"telegram": 0})


@dataclass
class Program:
    vitals: Vitals = WELL
    calls: list[tuple[bytes, str | None]] = field(default_factory=list)
    answer: tuple[int, bytes] = (200, b'{"method":"answerCallbackQuery"}')

    async def look(self) -> Vitals:
        return self.vitals

    async def hook(self, body: bytes, secret: str | None) -> tuple[int, bytes]:
        self.calls.append((body, secret))
        return self.answer


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
async def web(program: Program) -> AsyncIterator[httpx.AsyncClient]:
    app = application(program.look, {"/telegram": program.hook})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        yield client


async def test_health_is_good(web: httpx.AsyncClient) -> None:
    response = await web.get("/health")
    assert response.status_code == 200
    assert response.json() == {
        "well": True, "database": True, "clock_lag_ms": 0, "unreachable_ms": {"telegram": 0},
    }  # fmt: skip


@pytest.mark.parametrize("change", [{"database": False}, {"clock_lag_ms": 60_000}])
async def test_a_lost_database_or_a_clock_that_hangs_is_not_well(
    web: httpx.AsyncClient, program: Program, change: Mapping[str, int]
) -> None:
    values = {name: getattr(WELL, name) for name in ("database", "clock_lag_ms", "waiting", "sent", "unreachable_ms")}
    program.vitals = Vitals(**{**values, **change})
    response = await web.get("/health")
    assert response.status_code == 503
    assert response.json()["well"] is False


async def test_metrics_count_on(web: httpx.AsyncClient, program: Program) -> None:
    await web.get("/metrics")
    program.vitals = Vitals(True, 1500, 0, {("telegram", "sent"): 9, ("all", "dropped"): 1}, {"telegram": 2000})
    text = (await web.get("/metrics")).text
    for line in (
        "roundabout_database_up 1.0",
        "roundabout_clock_lag_seconds 1.5",
        "roundabout_sayings_waiting 0.0",
        'roundabout_sayings_total{outcome="sent",platform="telegram"} 9.0',
        'roundabout_sayings_total{outcome="dropped",platform="all"} 1.0',
        'roundabout_platform_unreachable_seconds{platform="telegram"} 2.0',
        "process_resident_memory_bytes",
    ):
        assert line in text


async def test_a_webhook_hands_body_and_secret_on(web: httpx.AsyncClient, program: Program) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": "hush"}
    response = await web.post("/telegram", content=b'{"update_id":1}', headers=headers)
    assert program.calls == [(b'{"update_id":1}', "hush")]
    assert (response.status_code, response.content) == program.answer
    assert response.headers["content-type"] == "application/json"


async def test_what_the_webhook_refuses_is_refused(web: httpx.AsyncClient, program: Program) -> None:
    program.answer = (403, b"")
    assert (await web.post("/telegram", content=b"{}")).status_code == 403
    assert (await web.get("/telegram")).status_code == 405
    assert (await web.post("/elsewhere")).status_code == 404


async def test_a_body_beyond_all_measure_is_not_read(web: httpx.AsyncClient, program: Program) -> None:
    assert (await web.post("/telegram", content=b"x" * (BODY_LIMIT + 1))).status_code == 413
    assert program.calls == []
