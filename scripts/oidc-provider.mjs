// The certified OpenID provider that tests log in at; scripts/fetch-oidc-provider.sh fetches it.
//
//   node scripts/oidc-provider.mjs <redirect address>...     prints `ready http://127.0.0.1:<port>`,
//                                                            and `revoked <name>` when a token is
//
// Anybody can log in under any name. `sky` has the address sky@gmail.com, proven; names that begin
// with `un` have one that is not.
import { createServer } from 'node:http';

const folder = new URL('../target/oidc-provider/node_modules/oidc-provider/', import.meta.url);
const { Provider } = await import(new URL('lib/index.js', folder).href);

const claims = (id) => ({
  sub: id,
  email: `${id}@gmail.com`,
  email_verified: !id.startsWith('un'),
  nickname: id,
  name: `${id} from far away`,
});

let provider;
const server = createServer((request, response) => provider.callback()(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'madang-app',
        client_secret: 'madang-app-secret',
        redirect_uris: process.argv.slice(2),
        token_endpoint_auth_method: process.env.AUTH_METHOD ?? 'client_secret_basic',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['nickname', 'name'] },
    clientAuthMethods: [process.env.AUTH_METHOD ?? 'client_secret_basic'],
    features: { revocation: { enabled: true } },
    pkce: { required: () => true },
    cookies: { keys: ['only for tests'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => claims(id) }),
  });
  provider.on('access_token.destroyed', (token) => console.log(`revoked ${token.accountId}`));
  console.log(`ready ${issuer}`);
});
