import assert from "node:assert/strict";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { attach, mentions } from "../../src/commands/attach.ts";
import { folders } from "./folders.ts";

test("a file of the project goes along in Claude Code's words, and only once", async (context) => {
  const { write, project, home } = await folders(context);
  const path = await write("note.txt", "one\r\ntwo");
  const options = { cwd: project, home, inside: [project], maxBytes: 1000 };
  assert.deepEqual(await attach("See @note.txt, and @note.txt.", options), {
    parts: [
      `<system-reminder>\nCalled the Read tool with the following input: {"file_path":"${path}"}\n</system-reminder>`,
      "<system-reminder>\nResult of calling the Read tool:\n1\tone\n2\ttwo\n</system-reminder>",
    ],
    left: [],
  });
});

test("nothing outside the project goes along, by whatever way it is named", async (context) => {
  const { root, write, project, home } = await folders(context);
  await write("~/secret.txt", "secret");
  await write("in.txt", "fine");
  await symlink(join(home, "secret.txt"), join(project, "link.txt"));
  await symlink(home, join(project, "folder"));
  await symlink(join(project, "in.txt"), join(project, "inner.txt"));
  const names = [
    "../home/secret.txt",
    "~/secret.txt",
    join(home, "secret.txt"),
    "link.txt",
    "folder/secret.txt",
    "folder",
    "..",
    "/etc/passwd",
  ];
  const options = { cwd: project, home, inside: [project], maxBytes: 1000 };
  const text = names.map((name) => `@"${name}"`).join(" ");
  const why = "it lies outside the project (setting commands.attachFrom)";
  assert.deepEqual(await attach(text, options), { parts: [], left: names.map((name) => ({ name, why })) });
  assert.equal((await attach("@inner.txt", options)).parts.length, 2);
  assert.equal((await attach(`@"link.txt"`, { ...options, inside: [project, home] })).parts.length, 2);
  assert.ok(root);
});

test("what is too large, no text, or no file is left out and does not hang", async (context) => {
  const { write, project, home } = await folders(context);
  await write("large.txt", "x".repeat(1001));
  await write("exact.txt", "x".repeat(1000));
  await write("zero.bin", Buffer.from([65, 0, 66]));
  await write("latin.txt", Buffer.from([0xe9, 0x20]));
  await write("shot.png", "not really");
  const socket = createServer().listen(join(project, "pipe"));
  context.after(() => socket.close());
  await once(socket, "listening");
  const options = { cwd: project, home, inside: [project], maxBytes: 1000 };
  const { parts, left } = await attach(
    "@large.txt @exact.txt @zero.bin @latin.txt @shot.png @pipe @nowhere.txt",
    options,
  );
  assert.deepEqual(
    [parts.length, left],
    [
      2,
      [
        { name: "large.txt", why: "it is larger than 1000 bytes (setting commands.attachBytes)" },
        { name: "zero.bin", why: "it is no text, or cannot be read" },
        { name: "latin.txt", why: "it is no text, or cannot be read" },
        { name: "shot.png", why: "it is no text" },
        { name: "pipe", why: "it is no regular file" },
      ],
    ],
  );
});

test("an @ counts at the start of a word, and punctuation behind the name does not", () => {
  assert.deepEqual(mentions('a@b.c (@x) `@y` @one, @"two words" @three.md: @four/ @five#L2-3! @.'), [
    "two words",
    "one",
    "three.md",
    "four",
    "five#L2-3",
  ]);
});
