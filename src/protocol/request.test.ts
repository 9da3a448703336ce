import assert from "node:assert/strict";
import test, { suite } from "node:test";
import fc from "fast-check";
import { type Item, RequestBody } from "./request.ts";

const ORIGINAL = '{ "model" : "m", "n": 1.0e2,\n "input":[ {"id":"a"},{"id" : "b"} , {"id":"\\u00e9"}],"store":false}';

function edited(change: Parameters<RequestBody["edit"]>[0], original = ORIGINAL): string {
  const body = new RequestBody(Buffer.from(original));
  body.edit(change);
  assert.deepEqual(
    JSON.parse(`${body.bytes()}`),
    JSON.parse(JSON.stringify(body.json())),
    "what is read is what is sent",
  );
  return `${body.bytes()}`;
}

type Step =
  | { readonly do: "set"; readonly field: string; readonly value: unknown }
  | { readonly do: "remove"; readonly field: string }
  | { readonly do: "insert" | "replace" | "cut"; readonly at: number; readonly item: Item };

const field = fc.constantFrom("model", "n", "store", "new", "x y");
const item = fc.record({ id: fc.string() });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("set" as const), field, value: fc.jsonValue() }),
  fc.record({ do: fc.constant("set" as const), field: fc.constant("input"), value: fc.array(item) }),
  fc.record({ do: fc.constant("remove" as const), field }),
  fc.record({ do: fc.constantFrom("insert" as const, "replace" as const, "cut" as const), at: fc.nat(9), item }),
);

/** The same change on plain JSON, as the oracle. */
function apply(json: { input: Item[] } & Record<string, unknown>, change: Step): void {
  if (change.do === "set") json[change.field] = structuredClone(change.value);
  else if (change.do === "remove") delete json[change.field];
  else if (change.at < json.input.length + (change.do === "insert" ? 1 : 0)) {
    json.input.splice(change.at, change.do === "insert" ? 0 : 1, ...(change.do === "cut" ? [] : [change.item]));
  }
}

suite("RequestBody", () => {
  test("Unread and unedited it is the bytes that came, JSON or not", () => {
    const bytes = Buffer.from("no json");
    const body = new RequestBody(bytes);
    assert.deepEqual([body.bytes() === bytes, body.edited, body.askedModel], [true, false, undefined]);
  });

  const cases: [string, Parameters<RequestBody["edit"]>[0], string][] = [
    [
      "set a field",
      (draft) => draft.set("model", "o"),
      ORIGINAL.replace('"model" : "m"', '"model":"o"').replace("{ ", "{").replace(", ", ",").replace(",\n ", ","),
    ],
    [
      "remove a field",
      (draft) => draft.remove("n"),
      '{"model" : "m","input":[ {"id":"a"},{"id" : "b"} , {"id":"\\u00e9"}],"store":false}',
    ],
    [
      "replace an item",
      (draft) => draft.replaceItem(1, { id: "B" }),
      '{"model" : "m","n": 1.0e2,"input":[{"id":"a"},{"id":"B"},{"id":"\\u00e9"}],"store":false}',
    ],
    [
      "add a field",
      (draft) => draft.set("z", 1),
      '{"model" : "m","n": 1.0e2,"input":[ {"id":"a"},{"id" : "b"} , {"id":"\\u00e9"}],"store":false,"z":1}',
    ],
  ];
  for (const [what, change, expected] of cases)
    test(`It can ${what} and leaves every other byte`, () => assert.equal(edited(change), expected));

  test("Any row of edits gives what the same edits give on plain JSON", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const plain = JSON.parse(ORIGINAL) as { input: Item[] } & Record<string, unknown>;
        const text = edited((draft) => {
          for (const change of steps) {
            const room = plain.input.length;
            apply(plain, change);
            if (change.do === "set") draft.set(change.field, change.value);
            else if (change.do === "remove") draft.remove(change.field);
            else if (change.do === "insert") change.at <= room && draft.insertItem(change.at, change.item);
            else if (change.do === "replace") change.at < room && draft.replaceItem(change.at, change.item);
            else change.at < room && draft.removeItem(change.at);
          }
        });
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(plain)));
      }),
      { numRuns: 1000 },
    );
  });

  test("It remembers the model that was asked for", () => {
    const body = new RequestBody(Buffer.from(ORIGINAL));
    body.edit((draft) => draft.set("model", "o"));
    body.edit((draft) => draft.set("model", "p"));
    assert.deepEqual([body.askedModel, body.json().model], ["m", "p"]);
  });

  test("Of two members of one name the last counts, as for JSON.parse", () => {
    assert.equal(
      edited((draft) => draft.removeItem(0), '{"input":[{"id":"no"}],"input":[{"id":"a"},{"id":"b"}]}').includes(
        '"id":"a"',
      ),
      false,
    );
    assert.equal(
      edited((draft) => draft.set("model", "o"), '{"model":"a","model":"b"}'),
      '{"model":"o"}',
    );
  });

  test("An item that is not there is the stage's mistake, not the client's", () => {
    const body = new RequestBody(Buffer.from(ORIGINAL));
    assert.throws(() => body.edit((draft) => draft.removeItem(3)), RangeError);
  });

  for (const broken of ["", "nope", "[]", "null", '"text"', '{"a":']) {
    test(`${JSON.stringify(broken)} is refused as the client's, without a quotation`, () => {
      assert.throws(() => new RequestBody(Buffer.from(broken)).json(), {
        code: "CP_REQUEST_INVALID",
        message: /^the request body is (not JSON|JSON, but not an object)/,
      });
    });
  }
});
