import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { MASKED, secretMask } from "./mask.ts";

const mask = await secretMask();
const masked = async (text: string): Promise<string> => (await mask([text] as const))[0];

/** Put together here, so that no scanner takes this file for a leak. */
const letters = (length: number): string => "aB3dE5gH7jK9mN1pQ2".repeat(10).slice(0, length);
const KEY = letters(2000);
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJ${letters(20)}.${letters(43)}`;

const SECRETS: Readonly<Record<string, readonly [text: string, left: string]>> = {
  "an OpenAI key": [`use sk-proj-${letters(48)} for it`, `use ${MASKED} for it`],
  "a bearer token": [`authorization: Bearer ${letters(40)}`, `authorization: Bearer ${MASKED}`],
  "a JWT": [`token is ${JWT}.`, `token is ${MASKED}.`],
  "an AWS secret": [
    `AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz`,
    `AWS_SECRET_ACCESS_KEY=${MASKED}`,
  ],
  "an AWS key id": [`AKIA${"Q2W3E4R5T6Y7U8I9"} in use`, `${MASKED} in use`],
  "a GitHub token": [`ghp_${letters(36)}`, MASKED],
  "a password in an address": ["https://ada:engine12@example.com/x", `https://${MASKED}@example.com/x`],
  "a database's password": [
    "postgres://root:secretpw@db.example.com:5432/x",
    `postgres://${MASKED}@db.example.com:5432/x`,
  ],
  "a private key": [
    `-----BEGIN RSA PRIVATE KEY-----\nMII${KEY.slice(0, 400)}\n-----END RSA PRIVATE KEY-----\n`,
    `${MASKED}\n`,
  ],
  "a private key in a JSON text": [
    JSON.stringify({ key: `-----BEGIN PRIVATE KEY-----\nMII${KEY.slice(0, 400)}\n-----END PRIVATE KEY-----` }),
    JSON.stringify({ key: MASKED }),
  ],
  "an account id": [
    `"chatgpt_account_id": "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"`,
    `"chatgpt_account_id": "${MASKED}"`,
  ],
  "an account's header": ["chatgpt-account-id: 0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f", `chatgpt-account-id: ${MASKED}`],
  "a login's file": [`{"refresh_token":"${letters(40)}"}`, `{"refresh_token":"${MASKED}"}`],
  "a variable named for it": [`export DEPLOY_TOKEN='${letters(20)}'`, `export DEPLOY_TOKEN='${MASKED}'`],
  "two of them": [`sk-${letters(30)} AIza${letters(35)}`, `${MASKED} ${MASKED}`],
};

for (const [what, [text, left]] of Object.entries(SECRETS)) {
  test(`${what} is masked, and what is masked stays as it is`, async () => {
    assert.equal(await masked(text), left);
    assert.equal(await masked(left), left);
  });
}

test("what only looks like a secret is left alone", async () => {
  const texts = [
    "const token = tokenizer.next();",
    ".sk-circle-fade-dot-with-long-name { color: red }",
    "MAX_TOKENS=4096, API_KEY=process.env.OPENAI_API_KEY",
    "session 0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f of main",
    "git show 3f786850e387550fdab836ed7e6dc881de23001b",
    "https://example.com/a@b and ada@example.com",
  ];
  assert.deepEqual(await mask(texts), texts);
});

test("what begins like a secret again and again is looked through in time", { timeout: 20_000 }, async () => {
  for (const beginning of ["eyJ-", "sk-"]) {
    const text = beginning.repeat(100_000);
    assert.equal(await masked(text), text);
  }
  assert.equal(
    await masked(`${"eyJ-".repeat(1000)} x-${JWT} -sk-${KEY}`),
    `${"eyJ-".repeat(1000)} x-${MASKED} -${MASKED}`,
  );
});

test("a comment in one text does not keep secrets of others in", async () => {
  const texts = ["// secretlint-disable", `ghp_${letters(36)} // secretlint-disable-line`];
  assert.deepEqual(await mask(texts), ["// secretlint-disable", `${MASKED} // secretlint-disable-line`]);
});

test("every text of a JSON value is masked, its names, numbers and sealed texts are left", async () => {
  const secret = `sk-${letters(30)}`;
  const value = (text: string) => ({
    role: "user",
    content: [{ text: `a ${text}` }, [text, 1, null, true, undefined]],
    encrypted_content: secret,
    at: Number.POSITIVE_INFINITY,
  });
  assert.deepEqual(await mask([value(secret), "b", value(secret)] as const), [value(MASKED), "b", value(MASKED)]);
});

test("arguments of a call that are JSON stay JSON", async () => {
  const text = JSON.stringify({ cmd: `curl -H "Authorization: Bearer ${letters(40)}" -d '{"k":"sk-${letters(30)}"}'` });
  assert.deepEqual(JSON.parse(await masked(text)), {
    cmd: `curl -H "Authorization: Bearer ${MASKED}" -d '{"k":"${MASKED}"}'`,
  });
});

test("texts without secrets come out as they went in, whatever stands between secrets", async () => {
  const plain = fc.string({ unit: "binary", maxLength: 30 }).filter((text) => !/["'\\=:/]/.test(text));
  const secret = fc.constant(` sk-${letters(30)} `);
  const texts = fc.array(fc.array(fc.oneof(plain, secret), { maxLength: 4 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(texts, async (all) => {
      const whole = all.map((parts) => parts.join(""));
      const expected = whole.map((text) => text.replaceAll(` sk-${letters(30)} `, ` ${MASKED} `));
      assert.deepEqual(await mask(whole), expected);
    }),
    { numRuns: 50 },
  );
});
