/** Calls of MCP tools are recorded with the conversation that they are made for. */
import type { CallRecord } from "../../mcp/mcp.ts";
import type { Recorder } from "../../sessions/recorder/index.ts";

/** @returns what is to be told of every call that is over; it takes references and does nothing else */
export function recordCalls(recorder: Pick<Recorder, "called">): (record: CallRecord) => void {
  return ({ call, result, at, ms, failed }) => {
    const { server, tool, name, input, caller } = call;
    const { thread, session, turn, request, client, project } = caller;
    recorder.called({
      thread,
      session,
      turn,
      request,
      callId: caller.call,
      client,
      cwd: project,
      server: server.name,
      tool: tool.name,
      name,
      input,
      content: result.content,
      structured: result.structuredContent,
      at,
      ms,
      failed,
    });
  };
}
