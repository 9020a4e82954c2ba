// Prints the session cookies that the real libraries make, as JSON: of each
// version, plain and __Secure-, small and so large that they come in chunks.
//   node make_tokens.mjs SECRET DID
import { createRequire } from "node:module";
import { webcrypto } from "node:crypto";

// Node 18 has it under another name.
globalThis.crypto ??= webcrypto;

const require = createRequire(import.meta.url);
const [secret, did] = process.argv.slice(2);
const v4 = require("next-auth/jwt");
const v5 = await import("@auth/core/jwt");
// The stores that cut cookies into chunks are no part of the packages' fronts.
const { SessionStore: StoreV4 } = require(
  "./node_modules/next-auth/core/lib/cookie.js",
);
const { SessionStore: StoreV5 } = await import(
  "./node_modules/@auth/core/lib/utils/cookie.js"
);

const silent = { debug() {}, warn() {}, error() {} };
const large = { picture: "data:image/png;base64," + "A".repeat(7000) };

async function cookies(version, name, more) {
  const token = { did, role: "Member", sub: "u1", name: "Ada", ...more };
  const value =
    version === 4
      ? await v4.encode({ token, secret })
      : await v5.encode({ token, secret, salt: name });
  const option = { name, options: {} };
  const store =
    version === 4
      ? new StoreV4(option, { cookies: {} }, silent)
      : new StoreV5(option, {}, silent);
  const parts = store.chunk(value, {}).map(({ name, value }) => [name, value]);
  return { version, name, chunked: parts.length > 1, value, parts };
}

const made = [];
for (const [version, base] of [
  [4, "next-auth.session-token"],
  [5, "authjs.session-token"],
])
  for (const prefix of ["", "__Secure-"])
    for (const more of [{}, large])
      made.push(await cookies(version, prefix + base, more));
console.log(JSON.stringify(made));
