"""A client with PyPI's `websockets`, synchronous and strict."""

import json
import os

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

BASE, TOKEN, ROOM = os.environ["BASE"], os.environ["TOKEN"], os.environ["ROOM"]
URL = f"{BASE}/v1/realtime"


def until(socket, kind):
    while True:
        frame = json.loads(socket.recv(timeout=15))
        if frame["type"] == kind:
            return frame


try:
    connect(URL)
    raise SystemExit("a socket without credentials")
except InvalidStatus as refused:
    assert refused.response.status_code == 401, refused
    assert json.loads(refused.response.body)["code"] == "platform.unauthenticated"

with connect(URL, additional_headers={"Authorization": f"Bearer {TOKEN}"}) as socket:
    until(socket, "ready")
    socket.send(json.dumps({"type": "subscribe", "roomId": ROOM, "afterSeq": 0}))
    until(socket, "subscribed")
    for number in range(1, 4):
        text = f"안녕 {number} 😀"
        frame = json.dumps({"type": "message", "roomId": ROOM, "clientId": f"p{number}", "text": text})
        # In fragments, which RFC 6455 allows anywhere.
        socket.send([frame[:10], frame[10:40], frame[40:]])
        message = until(socket, "message")["message"]
        assert (message["seq"], message["text"]) == (number, text), message
    assert socket.ping("are you there").wait(15)
assert socket.protocol.close_code == 1000, socket.protocol.close_code
