"""A TCP proxy on loopback that can hold back what a client sends, or be gone, as a broken network is."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

CHUNK_BYTES = 65_536


class Proxy:
    """Hands bytes on between its clients and a server, until it is told to hold them back.

    What was held back arrives when it is told to let go, even if the client is dead by then.

    Args:
        url: The server's URL.
    """

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._server = (self._parts.hostname or "", self._parts.port or 27017)
        self._flows = threading.Event()
        self._flows.set()
        self._is_away = False
        self._sockets: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The server's URL, by way of the proxy."""
        user, at, _ = self._parts.netloc.rpartition("@")
        port = self._listening.getsockname()[1]
        return self._parts._replace(netloc=f"{user}{at}127.0.0.1:{port}").geturl()

    def hold(self) -> None:
        """Hold back what comes from clients from now on."""
        self._flows.clear()

    def let_go(self) -> None:
        """Deliver what was held back, and all that comes."""
        self._flows.set()

    def go_away(self) -> None:
        """Cut every connection, and each new one at once."""
        self._is_away = True
        self._cut(*self._sockets)

    def come_back(self) -> None:
        """Be there again."""
        self._is_away = False

    def close(self) -> None:
        """Cut every connection."""
        self.let_go()
        self._cut(self._listening, *self._sockets)

    @staticmethod
    def _cut(*sockets: socket.socket) -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._is_away:
                    client.close()
                    continue
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                threading.Thread(
                    target=self._pass, args=(client, server, True), daemon=True
                ).start()
                threading.Thread(
                    target=self._pass, args=(server, client, False), daemon=True
                ).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_held: bool) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK_BYTES):
                if is_held:
                    self._flows.wait()
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)


@contextmanager
def proxied(url: str) -> Iterator[Proxy]:
    """Stand between clients and a server while the block runs."""
    proxy = Proxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
