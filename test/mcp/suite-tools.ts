/** The tools that the official conformance suite calls. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  type CallToolResult,
  CreateMessageResultSchema,
  type ElicitRequestFormParams,
  ElicitResultSchema,
  type ServerNotification,
  type ServerRequest,
} from "@modelcontextprotocol/sdk/types.js";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

export interface SuiteTool {
  readonly description: string;
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  call(input: Readonly<Record<string, unknown>>, extra: Extra): CallToolResult | Promise<CallToolResult>;
}

/** One red pixel, and a moment of silence. */
export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
/** Between two steps of a tool that takes its time, in ms. */
const STEP_MS = 20;

export const textResult = (text: string): CallToolResult => ({ content: [{ type: "text", text }] });
const embedded = (uri: string, mimeType: string, text: string) =>
  ({ type: "resource", resource: { uri, mimeType, text } }) as const;
const text = (name: string, description: string) => ({
  properties: { [name]: { type: "string", description } },
  required: [name],
});

export const SUITE_TOOLS: Readonly<Record<string, SuiteTool>> = {
  test_simple_text: {
    description: "Says something",
    call: () => textResult("This is a simple text response for testing."),
  },
  test_image_content: {
    description: "Shows a picture",
    call: () => ({ content: [{ type: "image", data: PNG, mimeType: "image/png" }] }),
  },
  test_audio_content: {
    description: "Plays silence",
    call: () => ({ content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }] }),
  },
  test_embedded_resource: {
    description: "Brings a resource along",
    call: () => ({
      content: [embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
    }),
  },
  test_multiple_content_types: {
    description: "Brings everything along",
    call: () => ({
      content: [
        { type: "text", text: "Multiple content types test:" },
        { type: "image", data: PNG, mimeType: "image/png" },
        embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
      ],
    }),
  },
  test_error_handling: {
    description: "Fails",
    call: () => {
      throw new Error("This tool intentionally returns an error for testing");
    },
  },
  test_tool_with_logging: {
    description: "Logs",
    async call(_input, { sendNotification }) {
      for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
        await sendNotification({ method: "notifications/message", params: { level: "info", data } });
        await sleep(STEP_MS);
      }
      return textResult("Logged three times.");
    },
  },
  test_tool_with_progress: {
    description: "Tells how far it is",
    async call(_input, { _meta, sendNotification }) {
      const progressToken = _meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        const params = { progress, total: 100 };
        if (progressToken !== undefined) {
          await sendNotification({ method: "notifications/progress", params: { ...params, progressToken } });
        }
        await sleep(STEP_MS);
      }
      return textResult("Done.");
    },
  },
  test_reconnection: {
    description: "Takes a moment",
    async call() {
      await sleep(STEP_MS);
      return textResult("Reconnection test completed.");
    },
  },
  json_schema_2020_12_tool: {
    description: "Tool with JSON Schema 2020-12 features",
    inputSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $defs: { address: { type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
      properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
      additionalProperties: false,
    },
    call: ({ name }) => textResult(String(name)),
  },
  test_sampling: {
    description: "Asks the client's model",
    inputSchema: text("prompt", "What to ask"),
    async call({ prompt }, { sendRequest }) {
      const messages = [{ role: "user" as const, content: { type: "text" as const, text: String(prompt) } }];
      const request = { method: "sampling/createMessage", params: { messages, maxTokens: 100 } } as const;
      const { content } = await sendRequest(request, CreateMessageResultSchema);
      return textResult(`LLM response: ${content.type === "text" ? content.text : content.type}`);
    },
  },
  test_elicitation: {
    description: "Asks the person",
    inputSchema: text("message", "What to ask"),
    async call({ message }, extra) {
      const { action, content } = await elicit(extra, String(message), {
        username: { type: "string", description: "User's response" },
        email: { type: "string", description: "User's email address" },
      });
      return textResult(`User response: action: ${action}, content: ${JSON.stringify(content)}`);
    },
  },
  test_elicitation_sep1034_defaults: {
    description: "Asks with defaults",
    async call(_input, extra) {
      return completed(
        await elicit(extra, "Please say who you are", {
          name: { type: "string", default: "John Doe" },
          age: { type: "integer", default: 30 },
          score: { type: "number", default: 95.5 },
          status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
          verified: { type: "boolean", default: true },
        }),
      );
    },
  },
  test_elicitation_sep1330_enums: {
    description: "Asks for choices",
    async call(_input, extra) {
      const options = ["option1", "option2", "option3"];
      const titled = (kind: string) =>
        ["First", "Second", "Third"].map((title, i) => ({ const: `value${i + 1}`, title: `${title} ${kind}` }));
      const enumNames = ["Option One", "Option Two", "Option Three"];
      return completed(
        await elicit(extra, "Please choose", {
          untitledSingle: { type: "string", enum: options },
          titledSingle: { type: "string", oneOf: titled("Option") },
          legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames },
          untitledMulti: { type: "array", items: { type: "string", enum: options } },
          titledMulti: { type: "array", items: { anyOf: titled("Choice") } },
        }),
      );
    },
  },
};

type Properties = ElicitRequestFormParams["requestedSchema"]["properties"];

async function elicit({ sendRequest }: Extra, message: string, properties: Properties) {
  const params = { message, requestedSchema: { type: "object" as const, properties } };
  return sendRequest({ method: "elicitation/create", params }, ElicitResultSchema);
}

function completed({ action, content = {} }: { action: string; content?: unknown }): CallToolResult {
  return textResult(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`);
}
