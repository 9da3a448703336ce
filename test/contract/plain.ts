/** The simplest connector, so that a suite can judge what stands on it and nothing else: TCP and no more. */
import { once } from "node:events";
import { connect } from "node:net";
import { CodexPlusError } from "../../src/errors.ts";
import type { Connector } from "../../src/transport/connector.ts";

export const plainConnector: Connector = {
  async connect(origin, _purpose, signal) {
    const socket = connect({ host: origin.hostname, port: Number(origin.port), noDelay: true });
    try {
      await once(socket, "connect", { signal });
      return socket;
    } catch (cause) {
      socket.on("error", () => {}).destroy();
      throw new CodexPlusError("CP_UPSTREAM_UNREACHABLE", `${origin.host} cannot be reached`, { cause });
    }
  },
};
