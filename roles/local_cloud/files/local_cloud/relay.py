# Copyright (c) model_serving.openstack contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries TCP connections between the machine's loopback and a network namespace.

relay.py into NAMESPACE [ADDRESS:]PORT...
    Processes inside the namespace, and who has a route to it, reach 127.0.0.1:PORT of the machine at ADDRESS:PORT,
    where ADDRESS is one of the namespace's own; at 127.0.0.1:PORT when there is none.
relay.py from NAMESPACE INNER OUTER PORT...
    Processes of the machine reach INNER.N:PORT, seen from inside the namespace, at OUTER.N:PORT. Both are the first
    three octets of a network; that of OUTER is in 127.0.0.0/8.

A socket stays in the namespace in which it was made, so only the making of sockets changes namespace.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import socket
import sys
from collections.abc import Callable, Iterator

CLONE_NEWNET = 0x40000000
HOSTS = range(1, 255)
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Be in the network namespace while sockets are made."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(here)
        os.close(there)
        os.close(here)


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def listener(address: str, port: int) -> socket.socket:
    """A listening socket in the present namespace."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(128)
    sock.setblocking(False)
    return sock


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction to its end."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


Maker = Callable[[], socket.socket]


async def serve(listening: socket.socket, target: tuple[str, int], make: Maker) -> None:
    """Connect each connection of one listening socket to its target."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock = make()
        try:
            sock.setblocking(False)
            async with asyncio.timeout(10):
                await asyncio.get_running_loop().sock_connect(sock, target)
            far_reader, far_writer = await asyncio.open_connection(sock=sock)
        except OSError:
            sock.close()
            # A reset tells the client that nobody is there; an orderly end would look like an empty answer.
            writer.transport.abort()
            return
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        for end in (writer, far_writer):
            end.close()

    await asyncio.start_server(handle, sock=listening)


def place(word: str) -> tuple[str, int]:
    """Where to listen, from [ADDRESS:]PORT."""
    address, _separator, port = word.rpartition(":")
    return address or "127.0.0.1", int(port)


async def main(mode: str, namespace: str, words: list[str]) -> None:
    """Serve until killed."""
    if mode == "into":
        with inside(namespace):
            pairs = [(listener(address, port), ("127.0.0.1", port)) for address, port in map(place, words)]
        make: Maker = socket.socket
    else:
        inner, outer, *ports = words
        pairs = [(listener(f"{outer}.{n}", int(port)), (f"{inner}.{n}", int(port))) for n in HOSTS for port in ports]

        def make() -> socket.socket:
            with inside(namespace):
                return socket.socket()

    for listening, target in pairs:
        await serve(listening, target, make)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
