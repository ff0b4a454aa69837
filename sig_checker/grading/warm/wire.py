"""Messages of several frames over a socket of packets (SOCK_SEQPACKET). Standard library only.

A packet is never mixed with another, so that processes which share an end of the socket may all write. A message that does
not fit into a packet goes in parts; one whose sender ends on the way never arrives.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
from collections.abc import Sequence

__all__ = [
    "BEGUN", "ENDED", "IOPUB", "MOST_BYTES", "READY", "Assembler", "MalformedMessage", "packets", "receive", "send",
]  # fmt: skip

# What a kernel's message is. Of Jupyter's five for a cell without outputs two are left, since nobody looks at the others: that
# the cell has begun, with its number, and the reply, which says that it has ended, too.
READY, BEGUN, IOPUB, ENDED = b"r", b"b", b"i", b"e"
MOST_BYTES = 1 << 26  # of a message; evidence has its own limit, which is smaller
_PACKET = 1 << 15  # bytes of contents; two fit into the smallest buffer that the system gives a socket
_MOST_PARTIAL = 64  # messages of which some parts are there
_HEAD = struct.Struct("=IIII")  # process, number of the message, number of the part, parts
_serial = itertools.count()


class MalformedMessage(Exception):
    """What came is no message, or too large a one."""


def packets(frames: Sequence[bytes]) -> list[bytes]:
    """The packets of which a message consists.

    >>> Assembler().add(packets([b"a", b""])[0])
    [b'a', b'']
    """
    body = struct.pack(f"={len(frames) + 1}I", len(frames), *map(len, frames)) + b"".join(frames)
    parts = max(1, -(-len(body) // _PACKET))
    serial = next(_serial) & 0xFFFF_FFFF
    return [_HEAD.pack(os.getpid(), serial, i, parts) + body[i * _PACKET : (i + 1) * _PACKET] for i in range(parts)]


def send(end: socket.socket, frames: Sequence[bytes]) -> None:
    for packet in packets(frames):
        end.send(packet)


def receive(end: socket.socket, assembler: Assembler) -> list[bytes] | None:
    """The next message, waited for; None when the other end is closed."""
    while packet := end.recv(_HEAD.size + _PACKET):
        message = assembler.add(packet)
        if message is not None:
            return message
    return None


class Assembler:
    """Puts messages together from packets, whoever has sent them."""

    def __init__(self) -> None:
        self._partial: dict[tuple[int, int], list[bytes]] = {}
        self._held = 0

    def add(self, packet: bytes) -> list[bytes] | None:
        """The message that this packet completes.

        Raises:
            MalformedMessage: the packet belongs to none, or there are too many or too large ones.
        """
        if len(packet) < _HEAD.size:
            raise MalformedMessage("a packet without a head")
        process, serial, part, parts = _HEAD.unpack_from(packet)
        body = packet[_HEAD.size :]
        if parts == 1 and part == 0:
            return _frames(body)
        held = self._partial.setdefault((process, serial), [])
        self._held += len(body)
        if part != len(held) or part >= parts:
            raise MalformedMessage("a part that does not follow the one before")
        if self._held > MOST_BYTES or len(self._partial) > _MOST_PARTIAL:
            raise MalformedMessage("a message that is too large")
        held.append(body)
        if len(held) < parts:
            return None
        del self._partial[process, serial]
        whole = b"".join(held)
        self._held -= len(whole)
        return _frames(whole)


def _frames(body: bytes) -> list[bytes]:
    try:
        (count,) = struct.unpack_from("=I", body)
        if count > len(body) // 4:
            raise MalformedMessage("a message with more frames than bytes")
        sizes = struct.unpack_from(f"={count}I", body, 4)
    except struct.error:
        raise MalformedMessage("a message that is cut off") from None
    start = 4 * (count + 1)
    if start + sum(sizes) != len(body):
        raise MalformedMessage("a message that is not as long as it says")
    ends = itertools.accumulate(sizes, initial=start)
    return [body[a:b] for a, b in itertools.pairwise(ends)]
