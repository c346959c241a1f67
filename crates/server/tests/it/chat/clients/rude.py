"""Breaks the rules of RFC 6455 one by one, by hand over TCP, with nothing but the standard library."""

import base64
import json
import os
import socket
import struct

BASE, TOKEN, ROOM = os.environ["BASE"], os.environ["TOKEN"], os.environ["ROOM"]
HOST, PORT = BASE.removeprefix("ws://").split(":")
TEXT, BINARY, CLOSE, PING, PONG, MORE = 1, 2, 8, 9, 10, 0


def connect():
    wire = socket.create_connection((HOST, int(PORT)), timeout=15)
    key = base64.b64encode(os.urandom(16)).decode()
    wire.sendall(
        (
            f"GET /v1/realtime HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nConnection: keep-alive, Upgrade\r\n"
            f"Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Authorization: Bearer {TOKEN}\r\n\r\n"
        ).encode()
    )
    reader = wire.makefile("rb")
    assert b"101" in reader.readline()
    while reader.readline() not in (b"\r\n", b""):
        pass
    assert json.loads(receive(reader)[1])["type"] == "ready"
    return wire, reader


def frame(opcode, payload=b"", fin=True, rsv=0, mask=True, length=None):
    length = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    flag = 0x80 if mask else 0
    if length < 126:
        head += bytes([flag | length])
    elif length < 65536:
        head += bytes([flag | 126]) + struct.pack(">H", length)
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", length)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


def receive(reader):
    head = reader.read(2)
    if len(head) < 2:
        return None, b""
    length = head[1] & 0x7F
    if length == 126:
        (length,) = struct.unpack(">H", reader.read(2))
    elif length == 127:
        (length,) = struct.unpack(">Q", reader.read(8))
    assert not head[1] & 0x80, "a server never masks"
    return head[0] & 0x0F, reader.read(length)


def closing(name, *frames, codes):
    """Sends frames and expects the end, with one of these codes."""
    wire, reader = connect()
    try:
        for one in frames:
            wire.sendall(one)
    except OSError:
        pass
    code = None
    try:
        while code is None:
            opcode, payload = receive(reader)
            if opcode == CLOSE:
                code = struct.unpack(">H", payload[:2])[0] if payload else 1005
            elif opcode is None:
                code = 1006
    except OSError:
        code = 1006
    wire.close()
    assert code in codes, f"{name}: closed with {code}, not {codes}"


def answering(name, *frames, opcode, check):
    """Sends frames and expects an answer while the socket stays open."""
    wire, reader = connect()
    for one in frames:
        wire.sendall(one)
    found, payload = receive(reader)
    assert found == opcode and check(payload), f"{name}: {found} {payload!r}"
    wire.close()


ping = json.dumps({"type": "ping"}).encode()
is_pong = lambda payload: json.loads(payload) == {"type": "pong"}
is_error = lambda payload: json.loads(payload)["code"] == "chat.malformed_frame"

answering("a whole frame", frame(TEXT, ping), opcode=TEXT, check=is_pong)
answering("one octet at a time", *[bytes([b]) for b in frame(TEXT, ping)], opcode=TEXT, check=is_pong)
answering("fragments", frame(TEXT, ping[:3], fin=False), frame(MORE, ping[3:]), opcode=TEXT, check=is_pong)
answering("a ping", frame(PING, b"x" * 125), opcode=PONG, check=lambda payload: payload == b"x" * 125)
answering(
    "a ping between fragments",
    frame(TEXT, ping[:3], fin=False),
    frame(PING, b"?"),
    opcode=PONG,
    check=lambda payload: payload == b"?",
)
answering("an unasked pong", frame(PONG, b"!"), frame(TEXT, ping), opcode=TEXT, check=is_pong)
answering("an empty text", frame(TEXT), opcode=TEXT, check=is_error)
answering("binary", frame(BINARY, b"\0\xff"), opcode=TEXT, check=is_error)

PROTOCOL = (1002,)
closing("not masked", frame(TEXT, ping, mask=False), codes=PROTOCOL)
closing("a reserved bit", frame(TEXT, ping, rsv=4), codes=PROTOCOL)
closing("an unknown opcode", frame(3, ping), codes=PROTOCOL)
closing("an unknown control opcode", frame(11, b""), codes=PROTOCOL)
closing("a control frame that is too long", frame(PING, b"x" * 126), codes=PROTOCOL)
closing("a control frame in fragments", frame(PING, b"x", fin=False), codes=PROTOCOL)
closing("a continuation of nothing", frame(MORE, ping), codes=PROTOCOL)
closing("a text within a text", frame(TEXT, b"{", fin=False), frame(TEXT, ping), codes=PROTOCOL)
closing("a text that is not UTF-8", frame(TEXT, b"\xff\xfe"), codes=(1007,))
closing("half a character at the end", frame(TEXT, "안".encode()[:2]), codes=(1007,))
closing("a text that is too long", frame(TEXT, b"x" * 17_000), codes=(1009, 1006))
closing("a length beyond all measure", frame(TEXT, b"", length=1 << 62), codes=(1009, 1002, 1006))
closing(
    "fragments that are too long together",
    *[frame(TEXT if n == 0 else MORE, b"x" * 4000, fin=False) for n in range(6)],
    codes=(1009, 1006),
)
closing("a polite close", frame(CLOSE, struct.pack(">H", 1000) + b"bye"), codes=(1000,))
closing("a close without a code", frame(CLOSE), codes=(1000, 1005))
closing("a close with half a code", frame(CLOSE, b"\x03"), codes=PROTOCOL)
closing("a close with a reserved code", frame(CLOSE, struct.pack(">H", 1005)), codes=PROTOCOL)
closing("a close whose reason is not UTF-8", frame(CLOSE, struct.pack(">H", 1000) + b"\xff"), codes=(1007, 1002))

# Three words for whoever looks afterwards.
wire, reader = connect()
for number in range(3):
    said = {"type": "message", "roomId": ROOM, "clientId": f"r{number}", "text": "still here"}
    wire.sendall(frame(TEXT, json.dumps(said).encode()))
    assert json.loads(receive(reader)[1])["type"] == "ack"
