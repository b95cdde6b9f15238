"""A real Matrix homeserver for tests: Synapse as a process of its own, from the environment `.synapse`.

Everything here blocks, for milliseconds mostly; call start, stop and restart in a thread where a loop must go on.
"""

import base64
import hashlib
import hmac
import json
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = Path(__file__).parents[2] / ".synapse" / "bin" / "python"
NAME = "synapse.test"
STARTS_WITHIN = 120.0

# A test of thrift gives the server's own limits back: Synapse(folder, {"rc_message": {...}}).
UNLIMITED = {"per_second": 100_000, "burst_count": 100_000}
LIMITS: dict[str, Any] = {
    "rc_message": UNLIMITED,
    "rc_registration": UNLIMITED,
    "rc_login": {"address": UNLIMITED, "account": UNLIMITED, "failed_attempts": UNLIMITED},
    "rc_admin_redaction": UNLIMITED,
    "rc_joins": {"local": UNLIMITED, "remote": UNLIMITED},
    "rc_joins_per_room": UNLIMITED,
    "rc_invites": {"per_room": UNLIMITED, "per_user": UNLIMITED, "per_issuer": UNLIMITED},
    "rc_room_creation": UNLIMITED,
    "rc_presence": {"per_user": UNLIMITED},
    "rc_key_requests": UNLIMITED,
    "rc_3pid_validation": UNLIMITED,
    "rc_third_party_invite": UNLIMITED,
    "rc_delayed_event_mgmt": UNLIMITED,
    "rc_reports": UNLIMITED,
    "rc_user_directory": UNLIMITED,
    "rc_profile": UNLIMITED,
    "rc_media_create": UNLIMITED,
}


@dataclass(frozen=True, slots=True)
class Account:
    """Who somebody is to the homeserver, on one device."""

    id: str
    password: str
    token: str
    device: str


class Synapse:
    """One homeserver with its data in `folder`; stopped and started again it still knows everything."""

    def __init__(self, folder: Path, settings: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._secret = secrets.token_hex()
        self._process: subprocess.Popen[bytes] | None = None
        self._config = folder / "homeserver.json"
        self._log = folder / "homeserver.log"
        self._write(settings or {})

    def start(self) -> None:
        if not PYTHON.exists():
            raise RuntimeError("the homeserver of the tests is not installed: make .synapse/.homeserver")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "synapse.app.homeserver", "-c", self._config],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the homeserver did not start:\n{self._log.read_text()[-4000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def user(self, name: str, *, admin: bool = False) -> Account:
        """A new account shown as `name`; its id is new each time, so that tests do not meet each other."""
        password = secrets.token_hex(8)
        handle = f"{name.lower()}-{secrets.token_hex(4)}"
        nonce = self.ask("GET", "/_synapse/admin/v1/register")["nonce"]
        words = "\0".join([nonce, handle, password, "admin" if admin else "notadmin"])
        made = self.ask("POST", "/_synapse/admin/v1/register", {
            "nonce": nonce, "username": handle, "displayname": name, "password": password, "admin": admin,
            "mac": hmac.new(self._secret.encode(), words.encode(), hashlib.sha1).hexdigest(),
        })
        return Account(made["user_id"], password, made["access_token"], made["device_id"])

    def login(self, account: Account, device: str | None = None) -> Account:
        """The same person on another device, or on a named one again with a new token."""
        words: dict[str, Any] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": account.id},
            "password": account.password,
        }
        if device is not None:
            words["device_id"] = device
        made = self.ask("POST", "/_matrix/client/v3/login", words)
        return Account(account.id, account.password, made["access_token"], made["device_id"])

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        """One call as plain HTTP, for what a test wants to do or see beside the library it tests."""
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from None

    def _answers(self) -> bool:
        try:
            self.ask("GET", "/_matrix/client/versions")
        except OSError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _write(self, settings: Mapping[str, Any]) -> None:
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (self.folder / "signing.key").write_text(f"ed25519 a_test {key}\n")
        logging = {"version": 1, "handlers": {"out": {"class": "logging.StreamHandler"}},
                   "root": {"level": "WARNING", "handlers": ["out"]}}
        (self.folder / "logging.json").write_text(json.dumps(logging))
        listener = {"port": self.port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": False,
                    "resources": [{"names": ["client"]}]}
        config = {
            "server_name": NAME,
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": {"database": str(self.folder / "homeserver.db")}},
            "log_config": str(self.folder / "logging.json"),
            "signing_key_path": str(self.folder / "signing.key"),
            "media_store_path": str(self.folder / "media"),
            "pid_file": str(self.folder / "homeserver.pid"),
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": secrets.token_hex(),
            "form_secret": secrets.token_hex(),
            "bcrypt_rounds": 4,
            "report_stats": False,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "url_preview_enabled": False,
            "push": {"enabled": False},
            "caches": {"sync_response_cache_duration": "0s"},
        }
        self._config.write_text(json.dumps(config | LIMITS | settings))


@contextmanager
def running(settings: Mapping[str, Any] | None = None) -> Iterator[Synapse]:
    folder = Path(tempfile.mkdtemp(prefix="synapse-"))
    synapse = Synapse(folder, settings)
    try:
        synapse.start()
        yield synapse
    finally:
        synapse.stop()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
