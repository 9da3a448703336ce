import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FileChange, readPatch, type UpdatedFile, withTexts, writePatch } from "./patch.ts";

/** As models write them; the last hunk is at the end of its file. */
const PATCH = `*** Begin Patch
*** Add File: hello.txt
+Hello, world!
+
+++not a header
*** Update File: src/app.py
*** Move to: src/main.py
@@ def greet():
-print("Hi")
+print("Hello, world!")
 return
@@ class A
   def f(self):
-    pass
*** End of File
*** Delete File: obsolete.txt
*** End Patch`;

const CHANGES: FileChange[] = [
  { kind: "add", path: "hello.txt", content: "Hello, world!\n\n++not a header\n" },
  {
    kind: "update",
    path: "src/app.py",
    movedTo: "src/main.py",
    before: 'print("Hi")\nreturn\n  def f(self):\n    pass',
    after: 'print("Hello, world!")\nreturn\n  def f(self):',
    lines: PATCH.split("\n").slice(7, 15),
  },
  { kind: "delete", path: "obsolete.txt" },
];

test("a patch is read as the changes of its files, and written as it came", () => {
  const patch = readPatch(PATCH);
  assert.deepEqual(patch, { preamble: [], changes: CHANGES });
  assert.equal(writePatch(patch), PATCH);
});

test("what Codex takes for a patch is one, whatever stands around its markers", () => {
  const forms = [
    `\n${PATCH}\n\n`,
    PATCH.replaceAll("\n", "\r\n"),
    `<<'EOF'\n${PATCH}\nEOF`,
    PATCH.replace("*** Begin Patch", "  *** Begin Patch ").replace("*** Delete", "*** Delete"),
    PATCH.replace("*** Update File: src", " *** Update File: src"),
  ];
  for (const form of forms) assert.deepEqual(readPatch(form)?.changes, CHANGES, form);
  const environment = PATCH.replace("Patch\n", "Patch\n*** Environment ID: remote\n");
  assert.deepEqual(readPatch(environment), { preamble: ["*** Environment ID: remote"], changes: CHANGES });
  assert.equal(writePatch(readPatch(environment) ?? { preamble: [], changes: [] }), environment);
});

test("what is no patch to Codex is none here", () => {
  const broken = [
    "",
    "rm -rf /",
    PATCH.replace("\n*** End Patch", ""),
    PATCH.replace("*** Add File", "*** Make File"),
    `${PATCH}\nrm -rf /`,
    "*** Begin Patch\n*** End Patch",
    "*** Begin Patch\n*** Update File: a\n*** End Patch",
    "*** Begin Patch\nwords\n*** End Patch",
  ];
  for (const text of broken) assert.equal(readPatch(text), undefined, text);
});

test("one hunk may get other text, several may not, as nobody could tell which is meant", () => {
  const [, update] = CHANGES as [FileChange, UpdatedFile];
  assert.equal(withTexts(update, update.before, update.after), update);
  assert.equal(withTexts(update, update.before, "other"), undefined);
  const single: UpdatedFile = {
    ...update,
    lines: ["@@ def greet():", "-a", "+b", "*** End of File"],
    before: "a",
    after: "b",
  };
  assert.deepEqual(withTexts(single, "a", "c\nd")?.lines, ["@@ def greet():", "-a", "+c", "+d", "*** End of File"]);
});

const line = fc.string({ unit: "grapheme-ascii" });
const path = fc.stringMatching(/^\w([\w./ -]*\w)?$/);
const content = fc.array(line).map((lines) => lines.map((each) => `${each}\n`).join(""));
const hunk = fc.tuple(
  fc.constantFrom("@@", "@@ fn f()"),
  fc.array(fc.tuple(fc.constantFrom(" ", "-", "+"), line), { minLength: 1 }),
);
const change = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), path, content }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant("delete" as const), path }, { noNullPrototype: true }),
  fc
    .tuple(path, fc.option(path, { nil: undefined }), fc.array(hunk, { minLength: 1 }))
    .map(([file, movedTo, hunks]): FileChange => {
      const all = hunks.flatMap(([, lines]) => lines);
      const text = (mark: string) =>
        all
          .filter(([each]) => each !== mark)
          .map(([, words]) => words)
          .join("\n");
      const lines = hunks.flatMap(([head, body]) => [head, ...body.map(([mark, words]) => `${mark}${words}`)]);
      return { kind: "update", path: file, movedTo, before: text("+"), after: text("-"), lines };
    }),
);

test("whatever changes are written as a patch are read from it again", () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1 }), (changes) => {
      assert.deepEqual(readPatch(writePatch({ preamble: [], changes })), { preamble: [], changes });
    }),
  );
});
