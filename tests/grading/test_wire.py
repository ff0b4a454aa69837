"""Messages over packets: they arrive as they were sent, whoever writes between their parts; rubbish is refused."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sig_checker.grading.warm import wire
from sig_checker.grading.warm.wire import MOST_BYTES, Assembler, MalformedMessage, packets, receive, send

FRAMES = st.lists(st.binary(max_size=80_000), max_size=6)


@given(st.lists(FRAMES, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_mixed_messages_arrive_whole(messages, source):
    queues = [packets(frames) for frames in messages]
    assembler, found = Assembler(), []
    while queues:
        queue = source.choice(queues)  # each sender's packets stay in order, which a socket guarantees
        message = assembler.add(queue.pop(0))
        if message is not None:
            found.append(message)
        queues = [x for x in queues if x]

    assert sorted(found) == sorted(messages)


def test_large_messages_go_through_a_socket():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sent = [[bytes([i]) * (i * 300_000)] for i in range(5)]
    with ours, theirs:
        writer = threading.Thread(target=lambda: [send(theirs, x) for x in sent] and theirs.shutdown(socket.SHUT_WR))
        writer.start()
        assembler = Assembler()
        found = [receive(ours, assembler) for _ in sent]
        writer.join()

        assert found == sent
        assert receive(ours, assembler) is None


def head(part: int, parts: int, body: bytes, serial: int = 1) -> bytes:
    return struct.pack("=IIII", 7, serial, part, parts) + body


@pytest.mark.parametrize("packet", [
    b"", b"short", head(0, 1, b""), head(0, 1, b"\1\0\0"), head(0, 1, struct.pack("=I", 1 << 30)),
    head(0, 1, struct.pack("=II", 1, 9) + b"x"), head(0, 1, struct.pack("=II", 1, 1) + b"xy"),
    head(1, 2, b"a part without the one before"), head(2, 2, b"x"), head(0, 0, b"x"),
])  # fmt: skip
def test_rubbish_is_refused(packet):
    with pytest.raises(MalformedMessage):
        Assembler().add(packet)


def test_what_never_ends_is_refused():
    assembler = Assembler()
    body = b"x" * wire._PACKET
    with pytest.raises(MalformedMessage, match="too large"):
        [assembler.add(head(part, 1 << 30, body)) for part in range(MOST_BYTES // len(body) + 2)]


def test_many_unfinished_messages_are_refused():
    assembler = Assembler()
    with pytest.raises(MalformedMessage, match="too large"):
        [assembler.add(head(0, 2, b"x", serial)) for serial in range(1000)]
