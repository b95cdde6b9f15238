"""A strict Telegram Bot API on loopback, for tests and measurements.

    async with Double() as double:
        ada, well = double.person("Ada"), double.group("Well")
        # … start a bot with double.token and double.base_url …
        ada.says(well, "/join")
        await double.until(lambda: well.sent)

It keeps what the real one promises and no more: updates come again until a poll's offset passes them, wishes
for updates stick, old updates vanish, chats have flood control, and refusals have the server's own words.
A method it does not know answers 404 and fails the test when the double is left. As a process of its own:
`python -m tests.platforms.telegram_double`, see `telegram_server`.
"""

from __future__ import annotations

import asyncio
import enum
import itertools
import json
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from tests.platforms.telegram_methods import ApiError, Args, Limits, Methods, Webhook, bad
from tests.platforms.telegram_people import Chat, Json, Message, Person, Tap

KINDS = frozenset({
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member",
    "chat_member", "inline_query", "message_reaction", "message_reaction_count", "chat_join_request",
})
DEFAULT_KINDS = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
CALLBACK_LIFE, MESSAGE_LIFE = 150_000, 24 * 3_600_000
USUAL_LIMITS = Limits()
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"

Found = TypeVar("Found")


class Fault(enum.Enum):
    """How a call may go wrong."""

    ERROR = "error"
    """500, nothing done."""
    GATEWAY = "gateway"
    """502 with a page in HTML, nothing done."""
    DROP = "drop"
    """The connection breaks before anything is done."""
    DROP_AFTER = "drop_after"
    """It is done, and the connection breaks before the answer."""
    GARBAGE = "garbage"
    """It is done, and the answer is no JSON."""


@dataclass
class Scripted:
    """A fault that waits for its call; `left` None: until `recovers`."""

    method: str
    fault: Fault | ApiError
    left: int | None


@dataclass(slots=True)
class Call:
    """One line of the journal."""

    at: int
    method: str
    args: dict[str, str]
    code: int = 200
    description: str = ""


@dataclass(eq=False, slots=True)
class Update:
    """An update that waits; `body` is its JSON as it goes out."""

    id: int
    body: bytes
    expires_at: int
    tap: Tap | None = None
    busy: bool = False
    due: float = 0.0


class Clock:
    """A clock that stands still until somebody moves it; calling it gives milliseconds since 1970."""

    def __init__(self, at: int = 1_798_761_600_000) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += round(seconds * 1000)


def wall_clock() -> int:
    return time.time_ns() // 1_000_000


class Double:
    """The server, and the people on it. All of it lives on the event loop that started it."""

    def __init__(
        self,
        *,
        token: str = "4242:double-of-the-bot-token_for-tests",
        name: str = "Roundabout",
        username: str = "roundabout_bot",
        now: Callable[[], int] = wall_clock,
        limits: Limits | None = USUAL_LIMITS,
        privacy: bool = True,
        answer_within: int = 15_000,
        webhook_retry: float = 0.02,
    ) -> None:
        self.token, self.now, self.limits, self.privacy = token, now, limits, privacy
        self.bot: Json = {
            "id": int(token.partition(":")[0]), "is_bot": True, "first_name": name, "username": username,
        }
        self.answer_within = answer_within
        self.webhook_retry = webhook_retry
        self.delay = 0.0
        """Seconds added to every response."""
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, Person] = {}
        self.taps: dict[str, Tap] = {}
        self.queue: deque[Update] = deque()
        self.allowed: frozenset[str] = DEFAULT_KINDS
        self.webhook: Webhook | None = None
        self.journal: list[Call] = []
        self.counts: Counter[str] = Counter()
        self.unmodelled: list[str] = []
        self.faults: list[Scripted] = []
        self.methods = Methods(self).table()
        self._named: dict[str, Person] = {}
        self._titled: dict[str, Chat] = {}
        self._people_ids, self._query_ids = itertools.count(1001), itertools.count(1)
        self._group_ids, self._supergroup_ids = itertools.count(4_000_001), itertools.count(1)
        self._messages: dict[int, itertools.count[int]] = {}
        self._shared_messages = itertools.count(1)
        self._update_ids = itertools.count(870_000_001)
        self._last_update = 870_000_000
        self._poll: asyncio.Future[bool] | None = None
        self._changed = asyncio.Event()
        self._server: Any = None

    # ---- starting, stopping, waiting

    async def start(self, port: int = 0) -> None:
        from tests.platforms.telegram_server import serve

        self._server = await serve(self, port)

    async def stop(self) -> None:
        self._wake(True)
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def __aenter__(self) -> Double:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if error is None:
            self.check()

    def check(self) -> None:
        """Fails when the bot called what this double does not model."""
        assert not self.unmodelled, f"not modelled by the double: {', '.join(self.unmodelled)}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def base_url(self) -> str:
        """What stands before the token in the address of a method."""
        return f"{self.url}/bot"

    async def until(self, check: Callable[[], Found], within: float = 5.0) -> Found:
        """Waits until the check holds, and gives what it found."""
        try:
            async with asyncio.timeout(within):
                while not (found := self._try(check)):
                    self._changed.clear()
                    try:
                        await asyncio.wait_for(self._changed.wait(), 0.02)
                    except TimeoutError:
                        continue
        except TimeoutError:
            raise AssertionError("waited in vain") from None
        return found

    @staticmethod
    def _try(check: Callable[[], Found]) -> Found | None:
        try:
            return check()
        except (IndexError, KeyError):
            return None

    @property
    def seconds(self) -> int:
        return self.now() // 1000

    # ---- people and chats

    def person(self, name: str, **user: Any) -> Person:
        """The person of this name; made at the first call. The username is the name in small letters."""
        if name not in self._named:
            number = next(self._people_ids)
            handle = re.sub(r"\W", "", name, flags=re.ASCII).lower()
            known: Json = {"id": number, "is_bot": False, "first_name": name, "language_code": "en"}
            known |= {"username": handle} if len(handle) >= 3 else {}
            known = {key: value for key, value in (known | user).items() if value is not None}
            self._named[name] = self.people[number] = Person(self, known)
        return self._named[name]

    def crowd(self, count: int) -> list[Person]:
        return [self.person(f"Person{number}") for number in range(count)]

    def group(self, title: str, *, kind: str = "group", admin: bool = False, forum: bool = False) -> Chat:
        """The group of this title; made at the first call, the bot put in by its founder."""
        if title not in self._titled:
            chat = self.chat("supergroup" if forum else kind, title)
            chat.forum, chat.bot_status = forum, "left"
            self._titled[title] = chat
            chat.adds_bot(self.person("Founder"), "administrator" if admin else "member")
        return self._titled[title]

    def supergroup(self, title: str, *, admin: bool = False, forum: bool = False) -> Chat:
        return self.group(title, kind="supergroup", admin=admin, forum=forum)

    def channel(self, title: str) -> Chat:
        """A channel the bot is not in, for people to speak as."""
        chat = self.chat("channel", title)
        chat.bot_status = "left"
        return chat

    def chat(self, kind: str, title: str) -> Chat:
        basic = kind == "group"
        number = -next(self._group_ids) if basic else -1_000_000_000_000 - next(self._supergroup_ids)
        self.chats[number] = Chat(self, number, kind, title)
        return self.chats[number]

    def private(self, person: Person) -> Chat:
        if person.id not in self.chats:
            self.chats[person.id] = Chat(self, person.id, "private", bot_status="none", person=person)
        return self.chats[person.id]

    def next_message(self, chat: Chat) -> int:
        """Supergroups and channels count their own messages, all other chats share one count."""
        if chat.type in {"group", "private"}:
            return next(self._shared_messages)
        return next(self._messages.setdefault(chat.id, itertools.count(1)))

    def next_query(self, person: Person) -> str:
        return str((person.id << 32) + next(self._query_ids))

    def reads(self, chat: Chat, message: Json) -> bool:
        """What privacy mode lets a bot that is no administrator read in a group."""
        if chat.type == "channel" or (chat.person is None and chat.bot_status in {"left", "kicked"}):
            return False
        if chat.person is not None or not self.privacy or chat.bot_status == "administrator":
            return True
        text = message.get("text")
        name = str(self.bot["username"])
        if text is None:
            return True
        if command := re.match(r"/\w+(?:@(\w+))?", text):
            return command[1] is None or command[1].lower() == name.lower()
        answered = message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot["id"]
        return answered or f"@{name}".lower() in text.lower()

    # ---- updates

    def allow(self, kinds: Sequence[str] | None) -> None:
        """A wish for kinds of updates stays until another wish; an empty one is the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds) & KINDS if kinds else DEFAULT_KINDS

    def hears(self, kind: str, body: Json) -> None:
        """An update for the bot, if it wished for this kind."""
        if kind in self.allowed:
            tap = self.taps.get(body["id"]) if kind == "callback_query" else None
            life = CALLBACK_LIFE if kind == "callback_query" else MESSAGE_LIFE
            self.queues(f"{json.dumps(kind)}:{json.dumps(body)}".encode(), life, tap)

    def queues(self, members: bytes, life: int = MESSAGE_LIFE, tap: Tap | None = None) -> int:
        """Any update at all: the members of its JSON object beside the number."""
        self._last_update = number = next(self._update_ids)
        if tap is not None:
            tap.update = number
        body = b'{"update_id":%d,%b}' % (number, members)
        self.queue.append(Update(number, body, self.now() + life, tap))
        self._wake(True)
        self.notify()
        return number

    def forgets_a_week(self) -> None:
        """After a week of silence the server starts counting at a lower number."""
        self.queue.clear()
        self._last_update -= 500_000
        self._update_ids = itertools.count(self._last_update + 1)

    async def get_updates(self, args: Args) -> bytes:
        """Confirms what is below the offset, and gives what follows: at once, or when something comes."""
        if self.webhook is not None:
            raise ApiError(
                409, "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self.allow(args.object("allowed_updates"))
        offset, limit = args.number("offset"), min(max(args.number("limit", 100), 1), 100)
        self._wake(False)
        self._confirm(offset)
        if not self._alive(1) and (seconds := min(args.number("timeout"), 50)) > 0:
            self._poll = asyncio.get_running_loop().create_future()
            try:
                undisturbed = await asyncio.wait_for(self._poll, seconds)
            except TimeoutError:
                undisturbed = True
            if not undisturbed:
                raise ApiError(
                    409, "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
        return b"[%b]" % b",".join(self.delivers(update) for update in self._alive(limit))

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self.queue) > -offset:
                self.queue.popleft()
        elif offset <= self._last_update + 1:  # an offset from the future is none
            while self.queue and self.queue[0].id < offset:
                self.queue.popleft()

    def _alive(self, limit: int) -> list[Update]:
        """The first updates that have not outlived themselves."""
        now, taken = self.now(), []
        while self.queue and len(taken) < limit:
            update = self.queue.popleft()
            if update.expires_at > now:
                taken.append(update)
        self.queue.extendleft(reversed(taken))
        return taken

    def delivers(self, update: Update) -> bytes:
        """The bytes of an update that leaves."""
        if update.tap is not None:
            update.tap.delivered = update.tap.delivered or time.perf_counter()
            update.tap.delivered_at = self.now()
        return update.body

    def answers(self, query: str, text: str, alert: bool) -> None:
        """The bot answers a tap."""
        if len(text) > 200:
            raise bad("MESSAGE_TOO_LONG")
        tap = self.taps.get(query)
        if tap is None or tap.delivered_at is None or self.now() - tap.delivered_at > self.answer_within:
            raise bad(OLD_QUERY)
        tap.answered = tap.answered or time.perf_counter()
        tap.answers += 1
        tap.text, tap.alert = text, alert

    @property
    def polling(self) -> bool:
        """A poll of the bot waits here now."""
        return self._poll is not None and not self._poll.done()

    def _wake(self, undisturbed: bool) -> None:
        """The waiting poll goes home: with what there is, or because another one came."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(undisturbed)

    def hooks(self, webhook: Webhook | None) -> None:
        self.webhook = webhook
        if webhook is not None:
            self._wake(False)
        self.notify()

    # ---- calls

    async def call(self, method: str, args: Args) -> tuple[int, bytes]:
        """One call: its HTTP status and the body of its answer."""
        line = Call(self.now(), method, dict(args))
        self.journal.append(line)
        self.counts[method] += 1
        name = method.lower()
        try:
            if name == "getupdates":
                result = await self.get_updates(args)
            elif name in self.methods:
                result = json.dumps(self.methods[name](args)).encode()
            else:
                self.unmodelled.append(method)
                raise ApiError(404, "Not Found")
        except ApiError as error:
            line.code, line.description = error.code, error.description
            return error.code, json.dumps(error.json).encode()
        finally:
            self.notify()
        return 200, b'{"ok":true,"result":%b}' % result

    def called(self, method: str) -> list[Call]:
        """The calls of one method that the journal has."""
        return [call for call in self.journal if call.method == method]

    def notify(self) -> None:
        self._changed.set()

    # ---- trouble on purpose

    def fails(self, method: str, fault: Fault | ApiError = Fault.ERROR, times: int | None = 1) -> None:
        """The next calls of this method ("*": any) go wrong; `times` None: until `recovers`."""
        self.faults.append(Scripted(method, fault, times))

    def recovers(self) -> None:
        self.faults.clear()

    def fault_of(self, method: str) -> Fault | ApiError | None:
        """The fault that waits for this call, used up by asking."""
        for scripted in self.faults:
            if scripted.method in {method, "*"}:
                if scripted.left is not None:
                    scripted.left -= 1
                    if scripted.left == 0:
                        self.faults.remove(scripted)
                return scripted.fault
        return None


__all__ = ["ApiError", "Call", "Chat", "Clock", "Double", "Fault", "Limits", "Message", "Person", "Tap"]

if __name__ == "__main__":
    from tests.platforms.telegram_server import main

    main()
