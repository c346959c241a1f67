// A client with npm's `ws`: node node.cjs <path of ws>
const WebSocket = require(process.argv[2]);
const { BASE, TOKEN, ROOM } = process.env;

const fail = (why) => {
  console.error(why);
  process.exit(1);
};
setTimeout(() => fail("too slow"), 20000).unref();

const open = () => new WebSocket(`${BASE}/v1/realtime`, { headers: { authorization: `Bearer ${TOKEN}` } });
const frames = (socket) => {
  const waiting = [];
  const found = [];
  socket.on("message", (data) => {
    const frame = JSON.parse(data);
    const next = waiting.shift();
    if (next) next(frame);
    else found.push(frame);
  });
  return () => (found.length ? Promise.resolve(found.shift()) : new Promise((done) => waiting.push(done)));
};
const until = async (next, type) => {
  for (;;) {
    const frame = await next();
    if (frame.type === type) return frame;
  }
};

(async () => {
  const refused = new WebSocket(`${BASE}/v1/realtime`);
  const status = await new Promise((done) => {
    refused.on("unexpected-response", (_, answer) => done(answer.statusCode));
    refused.on("open", () => done("open"));
  });
  if (status !== 401) fail(`without credentials: ${status}`);

  const socket = open();
  const next = frames(socket);
  await until(next, "ready");
  socket.send(JSON.stringify({ type: "subscribe", roomId: ROOM, afterSeq: 0 }));
  await until(next, "subscribed");
  for (let number = 1; number <= 3; number++) {
    socket.send(JSON.stringify({ type: "message", roomId: ROOM, clientId: `n${number}`, text: `안녕 ${number} 😀` }));
    const { message } = await until(next, "message");
    if (message.seq !== number || message.text !== `안녕 ${number} 😀`) fail(JSON.stringify(message));
  }
  const pong = new Promise((done) => socket.once("pong", (data) => done(String(data))));
  socket.ping("are you there");
  if ((await pong) !== "are you there") fail("another pong");
  const closed = new Promise((done) => socket.once("close", (code) => done(code)));
  socket.close(1000, "bye");
  if ((await closed) !== 1000) fail("another close");
  process.exit(0);
})().catch(fail);
