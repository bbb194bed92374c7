"""A proxy before PostgreSQL that ends a connection when the n-th commit of all comes by, before it or after it."""

import socket
import threading
from contextlib import suppress

COMMIT = b"COMMIT\0"


class Cutter:
    """`how` is "before": the server never hears of the commit; or "after": only its answer is lost."""

    def __init__(self, port, number, how):
        self.port, self.number, self.how = port, number, how
        self.seen, self.turn = 0, threading.Lock()
        self.listening = socket.create_server(("127.0.0.1", 0))

    @property
    def has_cut(self):
        return self.seen >= self.number

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listening.close()

    def address(self, direct):
        """The same ledger by way of the proxy."""
        return direct.replace(f":{self.port}/", f":{self.listening.getsockname()[1]}/")

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self.listening.accept()
                server = socket.create_connection(("127.0.0.1", self.port))
                lost = threading.Event()
                for pump in (self._up, self._down):
                    threading.Thread(target=pump, args=(client, server, lost), daemon=True).start()

    def _up(self, client, server, lost):
        with suppress(OSError):
            while data := client.recv(65536):
                if COMMIT in data and self._is_the_one():
                    if self.how == "before":
                        break
                    lost.set()
                server.sendall(data)
        if not lost.is_set():
            _end(client, server)

    def _down(self, client, server, lost):
        with suppress(OSError):
            while data := server.recv(65536):
                if lost.is_set():
                    break
                client.sendall(data)
        _end(client, server)

    def _is_the_one(self):
        with self.turn:
            self.seen += 1
            return self.seen == self.number


def _end(*sockets):
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
