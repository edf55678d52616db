"""Servers on the loopback that receive alerts: they remember what came, and answer as they are told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LONGEST_ANSWER_SECONDS: Final = 30.0


@dataclass
class Posted:
    """One request.

    Attributes:
        path: Its path.
        headers: Its headers, names in lower case.
        body: Its body.
    """

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Receiver:
    """A web server.

    Attributes:
        url: Its address.
        answers: What it answers next: a status, ``slow``, or a status with a header ``Retry-After``. Without any it
            answers 200.
        posted: What came.
        reply: The body of a good answer.
    """

    url: str
    answers: list[int | str | tuple[int, str]] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    reply: bytes = b'{"ok": true, "channel": "C1", "ts": "1700000000.000100"}'

    def events(self) -> list[str]:
        """Return the events of the alerts that came."""
        return [one.json["event"] for one in self.posted]


@contextmanager
def receiver(answers: Sequence[int | str | tuple[int, str]] = ()) -> Iterator[Receiver]:
    """Run a web server."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.posted.append(Posted(self.path, headers, body))
            answer = found.answers.pop(0) if found.answers else 200
            if answer == "slow":
                ended.wait(LONGEST_ANSWER_SECONDS)
                self.close_connection = True
                return
            status, after = answer if isinstance(answer, tuple) else (int(answer), None)
            reply = found.reply if status == 200 else f"refused {self.path}".encode()
            self.send_response(status)
            if after is not None:
                self.send_header("Retry-After", after)
            if 300 <= status < 400:
                self.send_header("Location", f"{found.url}/elsewhere")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Receiver(f"http://127.0.0.1:{server.server_address[1]}", list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """What a mail server received.

    Attributes:
        port: Its port.
        envelopes: The messages.
        refuse: What it answers in place of taking a message.
    """

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    refuse: str | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- the library's
        """Take a message."""
        del server, session
        if self.refuse is not None:
            return self.refuse
        self.envelopes.append(envelope)
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run an SMTP server without encryption."""
    found = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found.port = free.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()
