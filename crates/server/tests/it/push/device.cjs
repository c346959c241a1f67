// A device for web push with npm's `http_ece`: node device.cjs <path of http_ece> keys|open
// `keys` prints fresh keys. `open` reads {keys, body, authorization, audience, publicKey}, checks who
// pushed (RFC 8292) and prints what was pushed (RFC 8291).
const crypto = require("node:crypto");
const ece = require(process.argv[2]);

const url = (bytes) => Buffer.from(bytes).toString("base64url");

if (process.argv[3] === "keys") {
  const device = crypto.createECDH("prime256v1");
  device.generateKeys();
  console.log(
    JSON.stringify({
      p256dh: url(device.getPublicKey()),
      private: url(device.getPrivateKey()),
      auth: url(crypto.randomBytes(16)),
    }),
  );
} else {
  const { keys, body, authorization, audience, publicKey } = JSON.parse(process.env.PUSHED);
  const [, token, key] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization);
  if (key !== publicKey) throw new Error("another key");
  const [head, claims, signature] = token.split(".");
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: url(point.subarray(1, 33)), y: url(point.subarray(33)) };
  const verified = crypto.verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    { key: crypto.createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  const said = JSON.parse(Buffer.from(claims, "base64url"));
  const hours = (said.exp - Date.now() / 1000) / 3600;
  if (!verified || said.aud !== audience || !/^(mailto|https):/.test(said.sub) || hours <= 0 || hours > 24) {
    throw new Error(`not ours: ${verified} ${JSON.stringify(said)}`);
  }
  const device = crypto.createECDH("prime256v1");
  device.setPrivateKey(Buffer.from(keys.private, "base64url"));
  const plain = ece.decrypt(Buffer.from(body, "base64url"), {
    version: "aes128gcm",
    privateKey: device,
    authSecret: keys.auth,
  });
  console.log(plain.toString());
}
