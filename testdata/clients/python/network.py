"""A network that fails during a transfer."""

import contextlib
import socket
import threading

from endpoint import API


class _Brittle:
    """Forwards to the emulator until a number of bytes were sent in both directions."""

    def __init__(self, size):
        self._left = size
        self._lock = threading.Lock()
        self._ends = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        host, port = API.split(":")
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection((host, int(port)))
                with self._lock:
                    self._ends += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=pair, daemon=True).start()

    def _copy(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                with self._lock:
                    self._left -= len(data)
                    over = self._left <= 0
                if over:
                    self.cut()
                    return
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Closes all connections and refuses new ones."""
        with self._lock:
            ends = [self._listener, *self._ends]
            self._ends = []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextlib.contextmanager
def brittle(size):
    """The address of a network that fails after size bytes."""
    network = _Brittle(size)
    try:
        yield network.address
    finally:
        network.cut()
