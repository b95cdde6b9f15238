"""The small web server: is the program well, what does it count, and the webhook of a platform that calls us."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

import uvicorn
from prometheus_client import CollectorRegistry, Counter, Gauge, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LATE_MS = 60_000
"""A deadline that waits so long for the clock means that something is stuck."""
BODY_LIMIT = 1_000_000
"""Bytes of a webhook's body that are read."""

Hook = Callable[[bytes, str | None], Awaitable[tuple[int, bytes]]]
"""A webhook: body and secret to status and answer."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the program is, in numbers."""

    database: bool
    clock_lag_ms: int
    """For how long the earliest deadline has been waiting."""
    waiting: int
    """Messages that wait for their turn."""
    sent: Mapping[tuple[str, str], int]
    """What became of messages, by platform and outcome."""
    unreachable_ms: Mapping[str, int]
    """For how long platforms cannot be reached; 0 for those that can."""

    @property
    def well(self) -> bool:
        return self.database and self.clock_lag_ms < LATE_MS


Look = Callable[[], Awaitable[Vitals]]


def application(look: Look, hooks: Mapping[str, Hook]) -> Starlette:
    """`hooks`: paths of webhooks."""
    numbers = _Numbers()

    async def health(request: Request) -> Response:
        vitals = await look()
        body = {
            "well": vitals.well,
            "database": vitals.database,
            "clock_lag_ms": vitals.clock_lag_ms,
            "unreachable_ms": dict(vitals.unreachable_ms),
        }
        return JSONResponse(body, 200 if vitals.well else 503)

    async def metrics(request: Request) -> Response:
        return Response(numbers.shown(await look()), media_type=CONTENT_TYPE_LATEST)

    routes = [Route("/health", health), Route("/metrics", metrics)]
    routes += [Route(path, _endpoint(hook), methods=["POST"]) for path, hook in hooks.items()]
    return Starlette(routes=routes)


def _endpoint(hook: Hook) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > BODY_LIMIT:
                return Response(status_code=413)
        status, answer = await hook(body, request.headers.get("x-telegram-bot-api-secret-token"))
        return Response(answer, status, media_type="application/json" if answer else None)

    return endpoint


class _Numbers:
    """The metrics of one program, each set from the vitals when somebody asks."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._up = Gauge("roundabout_database_up", "Whether the database can be read", registry=registry)
        self._lag = Gauge("roundabout_clock_lag_seconds", "Wait of the earliest deadline", registry=registry)
        self._waiting = Gauge("roundabout_sayings_waiting", "Messages that wait for their turn", registry=registry)
        self._out = Gauge(
            "roundabout_platform_unreachable_seconds", "Since the last contact", ["platform"], registry=registry
        )
        self._sent = Counter(
            "roundabout_sayings", "What became of messages", ["platform", "outcome"], registry=registry
        )
        self._counted: dict[tuple[str, str], int] = {}

    def shown(self, vitals: Vitals) -> bytes:
        self._up.set(vitals.database)
        self._lag.set(vitals.clock_lag_ms / 1000)
        self._waiting.set(vitals.waiting)
        for platform, milliseconds in vitals.unreachable_ms.items():
            self._out.labels(platform).set(milliseconds / 1000)
        for labels, count in vitals.sent.items():
            self._sent.labels(*labels).inc(count - self._counted.get(labels, 0))
            self._counted[labels] = count
        return generate_latest(self._registry)


class Server(uvicorn.Server):
    """A server inside the program: the program hears the signals, and tells it when to leave."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, server_header=False))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        self.should_exit = True
