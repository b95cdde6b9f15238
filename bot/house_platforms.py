"""The platforms there is configuration for; without any, the terminal."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.engine import make_url

from adapters.console import Console
from adapters.port import Adapter, Instant, Pace
from bot.config import Settings, Telegram

log = structlog.get_logger(__name__)

Hook = Callable[[bytes, str | None], Awaitable[tuple[int, bytes]]]
"""A webhook: body and secret to status and answer."""


@dataclass(frozen=True, slots=True)
class Platforms:
    adapters: tuple[Adapter, ...]
    console: Console | None = None
    hook: Hook | None = None
    """What the web server serves for the platform that calls us."""


def platforms(settings: Settings, now: Callable[[], Instant]) -> Platforms:
    """Nothing is connected yet. Raises `AdapterFailed` for what could never be."""
    adapters: list[Adapter] = []
    hook = None
    if settings.telegram.token is not None:
        telegram, hook = _telegram(settings.telegram, settings.telegram.token.get_secret_value(), now)
        adapters.append(telegram)
    if settings.matrix.token is not None and settings.matrix.homeserver is not None:
        adapters.append(_matrix(settings, settings.matrix.homeserver, settings.matrix.token.get_secret_value(), now))
    if not adapters:
        console = Console(secrets.token_hex(4), now)
        return Platforms((console,), console)
    return Platforms(tuple(adapters), hook=hook)


def _matrix(settings: Settings, homeserver: str, token: str, now: Callable[[], Instant]) -> Adapter:
    # only who uses Matrix waits for its library
    from adapters.matrix import MatrixAdapter, Rate

    matrix = settings.matrix
    return MatrixAdapter(
        homeserver, token, folder=matrix_folder(settings), now=now, encryption=matrix.encryption,
        rate=Rate(matrix.burst, matrix.pause_ms) if matrix.pause_ms else None,
        poll_seconds=matrix.poll_seconds, call_seconds=matrix.call_seconds,
    )  # fmt: skip


def matrix_folder(settings: Settings) -> Path:
    """Where the keys of encrypted rooms lie: beside an SQLite database, so that both are backed up together."""
    if settings.matrix.folder is not None:
        return settings.matrix.folder
    url = make_url(settings.database)
    beside = Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else Path()
    return beside / "matrix"


def _telegram(telegram: Telegram, token: str, now: Callable[[], Instant]) -> tuple[Adapter, Hook | None]:
    # only who uses Telegram waits for its library
    from adapters.telegram import NotListening, TelegramAdapter, Webhook, WrongSecret

    webhook = None
    if telegram.webhook is not None and telegram.webhook_secret is not None:
        webhook = Webhook(telegram.webhook, telegram.webhook_secret.get_secret_value())
    pace = Pace(
        telegram.room_per_minute, telegram.room_reserved, telegram.private_gap_ms, telegram.overall_per_second,
        telegram.card_gap_ms,
    )  # fmt: skip
    adapter = TelegramAdapter(
        token, now=now, webhook=webhook, base_url=f"{telegram.api}/bot",
        poll_seconds=telegram.poll_seconds, call_seconds=telegram.call_seconds, pace=pace,
    )  # fmt: skip

    async def hook(body: bytes, secret: str | None) -> tuple[int, bytes]:
        try:
            return 200, await adapter.handle_webhook(body, secret)
        except WrongSecret:
            return 403, b""
        except NotListening:
            return 503, b""
        except Exception as error:
            # nothing is stored, and Telegram will come again
            log.error("webhook_failed", platform=adapter.platform, error=error)
            return 500, b""

    return adapter, hook if webhook else None
