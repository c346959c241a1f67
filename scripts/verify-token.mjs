// A verifier nobody here wrote (npm `jose`, which scripts/fetch-oidc-provider.sh brings along) looks at
// an access token of ours.
//
//   node scripts/verify-token.mjs <address of the keys> <issuer> <audience> <token>
//
// prints its header and claims as JSON, or ends with 1 and the reason.
const folder = new URL('../target/oidc-provider/node_modules/jose/', import.meta.url);
const { createRemoteJWKSet, jwtVerify } = await import(new URL('dist/webapi/index.js', folder).href);

const [keys, issuer, audience, token] = process.argv.slice(2);
try {
  const { protectedHeader, payload } = await jwtVerify(token, createRemoteJWKSet(new URL(keys)), {
    issuer,
    audience,
    typ: 'at+jwt',
    requiredClaims: ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp'],
  });
  console.log(JSON.stringify({ header: protectedHeader, claims: payload }));
} catch (error) {
  console.error(error.code ?? String(error));
  process.exitCode = 1;
}
