"""A mail server on loopback that takes everything and keeps it: as much SMTP as a sender needs."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_string, policy
from email.message import EmailMessage


class Mailbox:
    """Takes mail on a free port until closed. `refuses`: it takes none."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = False
        box = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 mailbox")
                while line := self.rfile.readline().decode().strip().upper():
                    if line == "DATA":
                        self._say("354 go on")
                        box.mails.append(message_from_string(self._data(), policy=policy.default))
                        self._say("250 taken")
                    elif line == "QUIT":
                        self._say("221 bye")
                        return
                    else:
                        refused = box.refuses and line.startswith("RCPT")
                        self._say("550 nobody of that name" if refused else "250 fine")

            def _data(self) -> str:
                lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                return "".join(lines)

            def _say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
