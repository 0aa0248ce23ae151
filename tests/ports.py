"""Free ports of loopback."""

import socket


class FreePort:
    """A port that is kept from everybody else until its server is about to take it."""

    def __init__(self) -> None:
        self._holder = socket.socket()
        self._holder.bind(("127.0.0.1", 0))
        self.number = int(self._holder.getsockname()[1])

    def __del__(self) -> None:
        self._holder.close()

    def release(self) -> int:
        """Let a server have the port, and return it. Again does nothing more."""
        self._holder.close()
        return self.number
