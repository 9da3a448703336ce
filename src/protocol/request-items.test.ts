import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { objectMembers, stringMember } from "./json-spans.ts";
import { type Item, RequestBody } from "./request.ts";

const bodyOf = (value: unknown): RequestBody => new RequestBody(Buffer.from(JSON.stringify(value)));
const message = (id: string, text = id): Item => ({ type: "message", id, role: "user", content: text });

test("items that were put in as JSON text go up as that very text, and the rest as the bytes that came", () => {
  const body = new RequestBody(Buffer.from('{"model":"m","input":[{"id":"a"}, {"id":"b"} ,{"id":"c"}],"n":1.0}'));
  body.edit((draft) => draft.spliceItems(2, 1, ['{"id": "x"}', '{"id":"y"}']));
  assert.equal(
    body.bytes().toString(),
    '{"model":"m","input":[{"id":"a"}, {"id":"b"},{"id": "x"},{"id":"y"}],"n":1.0}',
  );
});

test("what json() gives and what bytes() gives are the same request after any row of edits", () => {
  const edit = fc.record({
    what: fc.constantFrom("replace", "insert", "remove", "splice", "set", "drop", "look"),
    at: fc.nat(12),
    text: fc.string(),
  });
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 5 }), fc.array(edit, { maxLength: 12 }), (texts, edits) => {
      const body = bodyOf({ model: "m", input: texts.map((text, i) => message(`msg_${i}`, text)), tools: [] });
      let expected = structuredClone(body.json()) as Record<string, unknown> & { input: Item[] };
      const other = new RequestBody(body.bytes());
      for (const { what, at, text } of edits) {
        const { length } = expected.input;
        const item = message("new", text);
        other.edit((draft) => {
          if (what === "insert") draft.insertItem(at % (length + 1), item);
          else if (what === "set") draft.set("extra", text);
          else if (what === "drop") draft.remove("extra");
          else if (length === 0) return;
          else if (what === "replace") draft.replaceItem(at % length, item);
          else if (what === "remove") draft.removeItem(at % length);
          else if (what === "splice") draft.spliceItems(at % length, 1, [JSON.stringify(item), JSON.stringify(item)]);
        });
        const input = [...expected.input];
        if (what === "insert") input.splice(at % (length + 1), 0, item);
        else if (length > 0 && what === "replace") input[at % length] = item;
        else if (length > 0 && what === "remove") input.splice(at % length, 1);
        else if (length > 0 && what === "splice") input.splice(at % length, 1, item, item);
        expected = { ...expected, input };
        if (what === "set") expected.extra = text;
        if (what === "drop") delete expected.extra;
        if (what === "look") other.edit((draft) => draft.set("model", "m"));
        if (what === "look") assert.deepEqual(other.json(), expected);
        assert.deepEqual(JSON.parse(other.bytes().toString()), expected);
        const { bytes, spans } = other.items();
        assert.deepEqual(
          spans.map(({ start, end }) => JSON.parse(bytes.toString("utf8", start, end))),
          expected.input,
        );
      }
      assert.deepEqual(other.json(), expected);
    }),
  );
});

test("one field is read without the rest, before edits and after them", () => {
  const body = new RequestBody(Buffer.from('{"previous_response_id":"resp_1","input":[},"store":false}'));
  assert.throws(() => body.field("store"), { code: "CP_REQUEST_INVALID" });
  const sound = bodyOf({ previous_response_id: "resp_1", input: [] });
  assert.equal(sound.field("previous_response_id"), "resp_1");
  sound.edit((draft) => draft.remove("previous_response_id"));
  assert.equal(sound.field("previous_response_id"), undefined);
});

test("the model that was asked for is known once a stage has set another, and only then", () => {
  const body = bodyOf({ model: "asked", input: [message("a")] });
  body.edit((draft) => draft.removeItem(0));
  assert.equal(body.askedModel, undefined);
  body.edit((draft) => draft.set("model", "other"));
  body.edit((draft) => draft.set("model", "third"));
  assert.deepEqual([body.askedModel, body.json().model], ["asked", "third"]);
});

test("a request whose input is no list takes no items", () => {
  for (const input of ["a string", undefined, { a: 1 }]) {
    const body = bodyOf({ model: "m", input });
    assert.deepEqual(body.items().spans, []);
    assert.throws(() => body.edit((draft) => draft.insertItem(0, message("a"))), { code: "CP_REQUEST_INVALID" });
  }
  const list = bodyOf({ input: [] });
  assert.throws(() => list.edit((draft) => draft.removeItem(0)), RangeError);
});

test("members, elements and ids are found at any value, with any whitespace", () => {
  const id = fc.stringMatching(/^[a-z_0-9]{1,30}$/);
  const item = fc.record({ type: fc.string(), nested: fc.record({ id: fc.string() }), id, text: fc.string() });
  const key = fc.constantFrom("input", "a", 'quoted"key', "é");
  fc.assert(
    fc.property(fc.dictionary(key, fc.array(item)), fc.constantFrom(0, 1, "\t"), (value, space) => {
      const text = JSON.stringify(value, null, space);
      const plain: Record<string, { id: string }[]> = JSON.parse(text);
      const bytes = Buffer.from(text);
      const elements: { start: number; end: number }[] = [];
      const members = objectMembers(bytes, 0, "input", elements) ?? [];
      const parsed = members.map(({ key, start, end }) => [key, JSON.parse(bytes.toString("utf8", start, end))]);
      assert.deepEqual(parsed, Object.entries(plain));
      assert.deepEqual(
        elements.map((element) => stringMember(bytes, element, "id")),
        (plain.input ?? []).map((each) => each.id),
      );
    }),
  );
});
