"""The platforms there is configuration for; without any, the terminal."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from adapters.console import Console
from adapters.port import Adapter, Instant, Pace
from bot.config import Settings

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
    telegram = settings.telegram
    if telegram.token is None:
        console = Console(secrets.token_hex(4), now)
        return Platforms((console,), console)
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
        telegram.token.get_secret_value(), now=now, webhook=webhook, base_url=f"{telegram.api}/bot",
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

    return Platforms((adapter,), hook=hook if webhook else None)
