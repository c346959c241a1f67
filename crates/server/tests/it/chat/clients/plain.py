"""A client with PyPI's `websocket-client`."""

import json
import os

import websocket

BASE, TOKEN, ROOM = os.environ["BASE"], os.environ["TOKEN"], os.environ["ROOM"]
URL = f"{BASE}/v1/realtime"


def until(wire, kind):
    while True:
        frame = json.loads(wire.recv())
        if frame["type"] == kind:
            return frame


try:
    websocket.create_connection(URL, timeout=15)
    raise SystemExit("a socket without credentials")
except websocket.WebSocketBadStatusException as refused:
    assert refused.status_code == 401, refused

# It names an origin unless told not to, as a browser does.
headers = [f"Authorization: Bearer {TOKEN}"]
wire = websocket.create_connection(URL, timeout=15, header=headers, suppress_origin=True)
until(wire, "ready")
wire.send(json.dumps({"type": "subscribe", "roomId": ROOM, "afterSeq": 0}))
until(wire, "subscribed")
for number in range(1, 4):
    text = f"안녕 {number} 😀"
    wire.send(json.dumps({"type": "message", "roomId": ROOM, "clientId": f"c{number}", "text": text}))
    message = until(wire, "message")["message"]
    assert (message["seq"], message["text"]) == (number, text), message
wire.ping("are you there")
opcode, frame = wire.recv_data_frame(control_frame=True)
while opcode != websocket.ABNF.OPCODE_PONG:
    opcode, frame = wire.recv_data_frame(control_frame=True)
assert bytes(frame.data) == b"are you there", frame.data
wire.close(status=1000, timeout=5)
