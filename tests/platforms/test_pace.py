"""How fast the bot may speak on Telegram is the operator's to say."""

from adapters.port import Pace
from bot.config import Settings
from bot.house_platforms import platforms


def test_the_pace_of_the_settings_is_the_pace_of_the_platform() -> None:
    """Each number of the file reaches what deliveries are timed by."""
    own = {
        "room_per_minute": 60, "room_reserved": 20, "private_gap_ms": 50, "overall_per_second": 100, "card_gap_ms": 700,
    }
    settings = Settings.model_validate({"telegram": {"token": "4242:abc", **own}})
    (adapter,) = platforms(settings, lambda: 0).adapters
    assert adapter.ability.pace == Pace(60, 20, 50, 100, 700)


def test_without_settings_it_is_what_telegram_bears() -> None:
    """Eighteen messages a minute in a room, six of them kept for answers and results."""
    (adapter,) = platforms(Settings.model_validate({"telegram": {"token": "4242:abc"}}), lambda: 0).adapters
    assert adapter.ability.pace == Pace(18, 6, 1_000, 29, 5_000)
