"""Settings come from a file and the environment; what is wrong is one line, and never shows a secret."""

import os
from pathlib import Path

import pytest

from bot.config import BadSettings, Settings, names, read


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder and an environment in which nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ROUNDABOUT_")]:
        monkeypatch.delenv(name)
    return tmp_path


def written(folder: Path, text: str) -> Settings:
    (folder / "roundabout.toml").write_text(text)
    return read()


def test_without_a_file_the_defaults_hold() -> None:
    settings = read()
    assert settings == Settings()
    assert settings.database == "sqlite:///roundabout.db"
    assert settings.telegram.token is None
    assert settings.web.port is None
    assert settings.limits.batch == 500


def test_the_file_says_otherwise_and_the_environment_goes_before_it(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDABOUT_LIMITS_ROOMS_AT_ONCE", "3")
    monkeypatch.setenv("ROUNDABOUT_TELEGRAM_TOKEN", "1:from-environment")
    settings = written(alone, '[telegram]\ntoken = "1:from-file"\n[limits]\nrooms_at_once = 5\nbatch = 50\n')
    assert settings.telegram.token is not None
    assert settings.telegram.token.get_secret_value() == "1:from-environment"
    assert (settings.limits.rooms_at_once, settings.limits.batch) == (3, 50)


def test_variables_that_are_no_settings_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDABOUT_KILLS", "50")
    monkeypatch.setenv("ROUNDABOUT_TEST_POSTGRES", "postgresql://localhost/x")
    assert read() == Settings()


def test_another_file_can_be_named(alone: Path) -> None:
    (alone / "other.toml").write_text("[web]\nport = 8080\n")
    assert read(alone / "other.toml").web.port == 8080


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read().limits.batch = 1  # type: ignore[misc]


def test_secrets_do_not_show(alone: Path) -> None:
    settings = written(alone, '[telegram]\ntoken = "42:secret"\nwebhook_secret = "hush"\n')
    for shown in (str(settings), repr(settings), settings.model_dump_json()):
        assert "secret'" not in shown
        assert "42:" not in shown
        assert "hush" not in shown


@pytest.mark.parametrize(("text", "words"), [
    ("databse = 'sqlite:///x'", "databse: no such setting (did you mean database?)"),
    ("[telegram]\ntokn = '1:x'", "telegram.tokn: no such setting (did you mean token?)"),
    ("[telgram]\ntoken = '1:x'", "telgram: no such setting (did you mean telegram?)"),
    ("[limits]\nfrobs = 1", "limits.frobs: no such setting"),
    ("[limits]\nbatch = 'many'", "limits.batch: input should be a valid integer"),
    ("[limits]\nbatch = 0", "limits.batch: input should be greater than or equal to 1"),
    ("[web]\nport = 70000", "web.port: input should be less than or equal to 65535"),
    ("[log]\nlevel = 'loud'", "log.level: input should be 'debug', 'info', 'warning' or 'error'"),
    ("database = 'mysql://x'", "database: write sqlite:///FILE or postgresql://USER@HOST/NAME"),
    ("[telegram]\napi = 'example.org'", "telegram.api: write it with https://"),
    ("[telegram]\nwebhook = 'https://example.org/telegram'", "telegram.webhook needs web.port and"),
    ("telegram = 3", "telegram: a section; write [telegram] and its settings in the lines below"),
    ("database =", "roundabout.toml: Invalid value"),
    ("database = 'sqlite:///x'\n[limits]\nbatch = 0\nretry_ms = 0", "limits.retry_ms"),
])  # fmt: skip
def test_what_is_wrong_is_said_by_name_in_one_line(alone: Path, text: str, words: str) -> None:
    with pytest.raises(BadSettings) as error:
        written(alone, text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_wrong_secret_is_not_repeated(alone: Path) -> None:
    with pytest.raises(BadSettings) as error:
        written(alone, "[telegram]\ntoken = [12345]\n")
    assert "telegram.token" in str(error.value)
    assert "12345" not in str(error.value)


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDABOUT_TELEGRAM_TOKN", "1:x")
    with pytest.raises(BadSettings, match=r"telegram\.tokn: no such setting"):
        read()


@pytest.mark.parametrize(("name", "meant"), [
    ("DATABSE", "DATABASE"), ("DATABASE_URL", "DATABASE"), ("TELEGRM_TOKEN", "TELEGRAM_TOKEN"),
    ("TOKEN", "TELEGRAM_TOKEN"), ("PORT", "WEB_PORT"),
])  # fmt: skip
def test_a_variable_that_was_meant_as_a_setting_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    """Else the bot would run on another database, or in the terminal."""
    monkeypatch.setenv(f"ROUNDABOUT_{name}", "x")
    with pytest.raises(BadSettings, match=rf"ROUNDABOUT_{name}: no such setting \(did you mean ROUNDABOUT_{meant}\?\)"):
        read()


def test_a_variable_like_none_of_the_settings_is_somebody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDABOUT_BACKUPS", "/srv")
    read()


def test_a_section_cannot_be_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDABOUT_TELEGRAM", "1:x")
    with pytest.raises(BadSettings, match=r"^environment: "):
        read()


def test_a_named_file_has_to_be_there_and_to_be_text(alone: Path) -> None:
    with pytest.raises(BadSettings, match=r"nowhere\.toml: No such file"):
        read(alone / "nowhere.toml")
    (alone / "roundabout.toml").write_bytes(b"\xff")
    with pytest.raises(BadSettings, match=r"roundabout\.toml: not UTF-8"):
        read()


def test_every_setting_is_named_and_described() -> None:
    known = names()
    assert known["limits.batch"] == "500"
    assert known["telegram.token"] == ""
    assert known["log.form"] == '"auto"'
    assert len(known) == len(set(known)) > 15
