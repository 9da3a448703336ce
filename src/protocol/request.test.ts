import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Item, RequestBody, type RequestDraft } from "./request.ts";

const item = fc.record({
  id: fc.string(),
  type: fc.constant("message"),
  content: fc.jsonValue(),
}) as fc.Arbitrary<Item>;
const body = fc.record({
  model: fc.string(),
  input: fc.array(item, { maxLength: 6 }),
  extra: fc.jsonValue(),
  'odd"key': fc.jsonValue(),
});

type Edit = {
  readonly what: "set" | "remove" | "replaceItem" | "insertItem" | "removeItem";
  readonly at: number;
  readonly item: Item;
};
const edit: fc.Arbitrary<Edit> = fc.record({
  what: fc.constantFrom("set", "remove", "replaceItem", "insertItem", "removeItem"),
  at: fc.nat(8),
  item,
});

/** The same edit on the draft and on a plain object. */
function apply(draft: RequestDraft, plain: Record<string, unknown>, { what, at, item: made }: Edit): void {
  const items = plain.input as Item[];
  const name = `field${at}`;
  if (what === "set") {
    draft.set(name, made);
    plain[name] = made;
  } else if (what === "remove") {
    draft.remove(at === 0 ? "extra" : name);
    delete plain[at === 0 ? "extra" : name];
  } else if (what === "insertItem") {
    draft.insertItem(Math.min(at, items.length), made);
    items.splice(Math.min(at, items.length), 0, made);
  } else if (at < items.length) {
    if (what === "replaceItem") draft.replaceItem(at, made);
    else draft.removeItem(at);
    items.splice(at, 1, ...(what === "replaceItem" ? [made] : []));
  }
}

const plainOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("any edits give the JSON that the same edits on the parsed object give", () => {
  fc.assert(
    fc.property(body, fc.array(edit, { maxLength: 8 }), fc.constantFrom(0, 2), (original, edits, indent) => {
      const request = new RequestBody(Buffer.from(JSON.stringify(original, null, indent)));
      const plain = plainOf(original) as Record<string, unknown>;
      for (const each of edits) request.edit((draft) => apply(draft, plain, each));
      assert.deepEqual(JSON.parse(request.bytes().toString()), plainOf(plain));
      assert.deepEqual(plainOf(request.json()), plainOf(plain));
    }),
  );
});

test("without an edit the bytes are the very ones that came", () => {
  const bytes = Buffer.from('{ "model" : "m",\n "input":[ ] , "n":1.0, "n":2 }');
  const request = new RequestBody(bytes);
  assert.equal(request.json().model, "m");
  assert.equal(request.bytes(), bytes);
});

test("items and fields that nobody changed keep their bytes: numbers, escapes and spaces too", () => {
  const kept = '{"id":"a","n":1.0,"big":12345678901234567890,"text":"\\u00e9 \\/"}';
  const other = '{ "id" : "b" }';
  const text = `{"model":"m","create_time":1795328701.890,"input":[${kept},${other},{"id":"c"}],"last":[1.50]}`;
  const request = new RequestBody(Buffer.from(text));
  request.edit((draft) => {
    draft.replaceItem(2, { id: "new" });
    draft.set("model", "n");
  });
  assert.equal(
    request.bytes().toString(),
    `{"model":"n","create_time":1795328701.890,"input":[${kept},${other},{"id":"new"}],"last":[1.50]}`,
  );
});

test("the model that was asked for is remembered once it was changed", () => {
  const request = new RequestBody(Buffer.from('{"model":"asked"}'));
  assert.equal(request.askedModel, undefined);
  request.edit((draft) => draft.set("model", "other"));
  request.edit((draft) => draft.set("model", "third"));
  assert.deepEqual([request.askedModel, request.json().model], ["asked", "third"]);
});

test("what is not a JSON object is refused, without quoting it", () => {
  for (const text of ["", "{", "[1]", "null", '"secret"', "{secret}"]) {
    assert.throws(
      () => new RequestBody(Buffer.from(text)).json(),
      (error: Error & { code?: string }) => error.code === "CP_REQUEST_INVALID" && !error.message.includes("secret"),
      text,
    );
  }
});

test("an item that is not there cannot be changed", () => {
  const request = new RequestBody(Buffer.from('{"input":[{}]}'));
  assert.throws(() => request.edit((draft) => draft.replaceItem(1, {})), RangeError);
  const text = new RequestBody(Buffer.from('{"input":"just text"}'));
  assert.throws(() => text.edit((draft) => draft.insertItem(0, {})), { code: "CP_REQUEST_INVALID" });
});
