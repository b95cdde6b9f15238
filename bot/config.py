"""Settings from `roundabout.toml` and the environment, read once, frozen, every limit named.

A setting `[telegram] token` is `ROUNDABOUT_TELEGRAM_TOKEN` in the environment, which goes before the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from os import environ
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

FILE = "roundabout.toml"
PREFIX = "ROUNDABOUT_"


class BadSettings(Exception):
    """The configuration cannot be used: one line for the operator."""


def _database(url: str) -> str:
    if url != "sqlite://" and not url.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("write sqlite:///FILE or postgresql://USER@HOST/NAME")
    return url


def _web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("write it with https:// (or http://)")
    return url.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
Database = Annotated[str, AfterValidator(_database)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Telegram(Section):
    """The Telegram bot. Without a token there is none."""

    token: SecretStr | None = None
    """From @BotFather."""
    api: WebAddress = "https://api.telegram.org"
    """Of a Bot API server of one's own."""
    webhook: WebAddress | None = None
    """The public address Telegram shall call, as `https://bot.example.org/telegram`; none: the bot asks Telegram."""
    webhook_secret: SecretStr | None = None
    """1 to 256 letters, digits, `_` and `-`; Telegram shows it with every call."""
    poll_seconds: int = Field(default=50, ge=0, le=50)
    """How long one request for updates stays open when there are none."""
    call_seconds: float = Field(default=20, gt=0, le=300)
    """How long any other request may take."""
    room_per_minute: int = Field(default=18, ge=1, le=100_000)
    """Messages and edits in one room; Telegram bears about 20. More only with a Bot API server of one's own."""
    room_reserved: int = Field(default=6, ge=0, le=100_000)
    """Of those, kept for answers and results."""
    private_gap_ms: int = Field(default=1000, ge=0, le=60_000)
    """Between two messages to one person."""
    overall_per_second: int = Field(default=29, ge=1, le=100_000)
    """Messages in all rooms together; Telegram bears about 30."""
    card_gap_ms: int = Field(default=5000, ge=0, le=600_000)
    """Between two edits of one card."""


class Matrix(Section):
    """The Matrix bot. Without a homeserver and a token there is none."""

    homeserver: WebAddress | None = None
    """Of the bot's account, as `https://matrix.example.org`."""
    token: SecretStr | None = None
    """The access token of one login of the bot's account."""
    folder: Path | None = None
    """For the keys of encrypted rooms, backed up with the database; by default `matrix` beside an SQLite database."""
    encryption: bool | None = None
    """Whether encrypted rooms can be read; by default where the extra e2e is installed."""
    burst: int = Field(default=10, ge=1, le=100_000)
    """Messages the homeserver takes at once."""
    pause_ms: int = Field(default=5000, ge=0, le=600_000)
    """After that, between two messages; 0: the account was freed of limits."""
    poll_seconds: int = Field(default=30, ge=0, le=300)
    """How long one sync stays open when nothing happens."""
    call_seconds: float = Field(default=20, gt=0, le=300)
    """How long any other request may take."""


class Drand(Section):
    """The public randomness that draws and ties may wait for. Without relays members type it in."""

    relays: list[WebAddress] = []
    """As `["https://relay.example.org"]`; two at least, or the extra drand, which checks signatures. People read a
    round at the first."""
    call_seconds: float = Field(default=10, gt=0, le=300)
    """How long a relay may take to answer."""


class Web(Section):
    """The small web server: health, metrics, the Telegram webhook. Without a port there is none."""

    host: str = "127.0.0.1"
    """The address it listens on."""
    port: int | None = Field(default=None, ge=0, le=65_535)
    """None: nothing is served."""
    checker: WebAddress | None = None
    """Where people find docs/draw_checker.py, shown with the result of a draw."""


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    """debug, info, warning or error; where people talk in the terminal, warning unless it is set."""
    form: Literal["auto", "json", "lines"] = "auto"
    """auto, json or lines; auto: lines on a terminal, else JSON."""


class Limits(Section):
    """What one bot takes on at a time."""

    batch: int = Field(default=500, ge=1, le=5000)
    """Causes in one transaction."""
    rooms_at_once: int = Field(default=8, ge=1, le=256)
    """Rooms of one platform in which something is being said."""
    answers_waiting: int = Field(default=2000, ge=1, le=1_000_000)
    """Answers in words that wait for their turn; what comes beyond that is dropped, as pressing again is harmless."""
    many_cards: int = Field(default=3, ge=1, le=1000)
    """With more open items than this in a room, its cards change less often."""
    many_cards_gap_ms: int = Field(default=12_000, ge=0, le=600_000)
    """How often they change then."""
    retry_ms: int = Field(default=1000, ge=1, le=600_000)
    """Before a failed message is tried again, at first; it doubles each time."""
    retry_most_ms: int = Field(default=300_000, ge=1, le=86_400_000)
    """The longest such wait."""
    take_over_seconds: float = Field(default=30, ge=1, le=600)
    """Of several workers on one PostgreSQL: what one did when it died, another does after so long."""
    leaving_seconds: float = Field(default=10, ge=0, le=300)
    """How long what may be said now is still said when the program is told to stop."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="_", env_nested_max_split=1, extra="forbid", frozen=True
    )

    database: Database = "sqlite:///roundabout.db"
    """A file beside the program, or `postgresql://USER@HOST/NAME` for several programs on one database."""
    telegram: Telegram = Telegram()
    matrix: Matrix = Matrix()
    drand: Drand = Drand()
    web: Web = Web()
    log: Log = Log()
    limits: Limits = Limits()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def read(path: Path | None = None) -> Settings:
    """The settings of a file (by default `roundabout.toml` here, if there is one) and the environment."""
    name = str(path or FILE)
    try:
        text = Path(name).read_bytes() if path or Path(FILE).exists() else b""
        _known(environ)
        return _checked(Settings(**tomllib.loads(text.decode())))
    except OSError as error:
        raise BadSettings(f"{name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{name}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{name}: {error}") from None
    except ValidationError as error:
        raise BadSettings(_in_one_line(name, error)) from None
    except SettingsError as error:
        raise BadSettings(f"environment: {error}") from None


def _known(environment: Iterable[str]) -> None:
    """A name in the environment that is none of the settings and must have been meant as one. What is wrong within a
    section, the section says itself."""
    known = {name.replace(".", "_"): name for name in names()}
    sections = {name.partition(".")[0] for name in known.values() if "." in name}
    for written in sorted(environment):
        name = written.removeprefix(PREFIX).lower()
        first, _, rest = name.partition("_")
        if written == name or name in known or (first in sections and rest):
            continue
        close = get_close_matches(name, known, n=1, cutoff=0.7) or [one for one in known if one.endswith(f"_{name}")]
        if close or first in (*sections, "database"):
            hint = f" (did you mean {PREFIX}{close[0].upper()}?)" if close else ""
            raise BadSettings(f"environment: {written}: no such setting{hint}")


def _checked(settings: Settings) -> Settings:
    """What concerns two settings at once."""
    telegram = settings.telegram
    if telegram.webhook and (settings.web.port is None or telegram.webhook_secret is None):
        raise BadSettings("telegram.webhook needs web.port and telegram.webhook_secret")
    if (settings.matrix.homeserver is None) != (settings.matrix.token is None):
        raise BadSettings("matrix.homeserver and matrix.token go together")
    return settings


def _in_one_line(name: str, error: ValidationError) -> str:
    """Each wrong setting by name and what would be right; never the value, which may be a secret."""
    wrong = []
    for one in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in one["loc"])
        if one["type"] == "extra_forbidden":
            wrong.append(f"{key}: no such setting{_nearest(one['loc'])}")
        elif one["type"] == "model_type":
            wrong.append(f"{key}: a section; write [{key}] and its settings in the lines below")
        else:
            message = one["msg"].removeprefix("Value error, ")
            wrong.append(f"{key}: {message[:1].lower()}{message[1:]}")
    return f"{name} or environment: {'; '.join(wrong)}"


def _nearest(place: tuple[int | str, ...]) -> str:
    """The setting that may have been meant."""
    known = [name.split(".") for name in names()]
    *section, key = map(str, place)
    close = get_close_matches(key, {name[len(section)] for name in known if name[: len(section)] == section}, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def names() -> Mapping[str, str]:
    """Every setting, `section.key`, with its default as written in TOML ('' for none)."""
    found: dict[str, str] = {}
    for key, field in Settings.model_fields.items():
        if isinstance(field.default, Section):
            for inner, value in type(field.default).model_fields.items():
                found[f"{key}.{inner}"] = _toml(value.default)
        else:
            found[key] = _toml(field.default)
    return found


def _toml(value: Any) -> str:
    if value is None:
        return ""
    return f'"{value}"' if isinstance(value, str) else str(value)
