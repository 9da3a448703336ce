/** The transports by name. */
import type { Transport } from "../contracts.ts";
import type { Logger } from "../log.ts";
import { createAutoTransport } from "./auto/auto.ts";
import { BROWSER, createChromeTransport, hasImpit } from "./chrome/chrome.ts";
import { createConnector } from "./connect.ts";
import type { ConnectionPurpose } from "./connector.ts";
import { createHttp1Transport } from "./http1/index.ts";
import type { ProxySettings } from "./proxy/choice.ts";
import { authoritiesWith } from "./tls/authorities.ts";
import { createHandshake } from "./tls/handshake.ts";
import { CODEX_HTTP, CODEX_WEBSOCKET, NATIVE, type TlsProfile } from "./tls/profiles.ts";

export interface TransportOptions extends ProxySettings {
  readonly name: "auto" | "codex" | "native" | "chrome";
  /** Until a connection must be ready: name, TCP, tunnel and TLS together, in ms. */
  readonly connectMs: number;
  /** PEM file of authorities to trust beside Node's own. */
  readonly caFile?: string | undefined;
  readonly log: Logger;
}

/** What a person may want to know of a transport: `codex-plus doctor` and `/_plus/status` show it. */
export interface TransportReport {
  readonly name: string;
  /** The handshakes it shows, by what the connection is for. */
  readonly handshakes: Readonly<Record<ConnectionPurpose, string | undefined>>;
  /** Hosts that challenged us and are reached with a browser's handshake for now. */
  readonly challenged: readonly string[];
}

export interface DescribedTransport extends Transport {
  describe(): TransportReport;
}

/**
 * `codex` shows Codex's handshake to every https origin: Codex itself shows the same one to chatgpt.com and api.openai.com.
 * `auto` is `codex` with a browser's handshake to fall back on. Plain http origins get plain TCP from all of them.
 * @throws CodexPlusError CP_CONFIG_INVALID when `caFile` cannot be used
 */
export function createTransport(options: TransportOptions): DescribedTransport {
  switch (options.name) {
    case "codex":
      return described(overHttp1("codex", CODEX, options), CODEX);
    case "native":
      return described(overHttp1("native", STOCK, options), STOCK);
    case "chrome":
      return {
        ...createChromeTransport(options),
        describe: () => ({ name: "chrome", handshakes: { http: BROWSER, websocket: undefined }, challenged: [] }),
      };
    case "auto": {
      const auto = createAutoTransport({
        first: overHttp1("codex", CODEX, options),
        second: createChromeTransport(options),
        available: hasImpit,
        log: options.log,
      });
      return { ...auto, describe: () => report("auto", CODEX, auto.challenged()) };
    }
  }
}

type Profiles = Readonly<Record<ConnectionPurpose, TlsProfile>>;

const CODEX: Profiles = { http: CODEX_HTTP, websocket: CODEX_WEBSOCKET };
const STOCK: Profiles = { http: NATIVE, websocket: NATIVE };

function overHttp1(name: string, profiles: Profiles, options: TransportOptions): Transport {
  const authorities = options.caFile === undefined ? undefined : authoritiesWith(options.caFile);
  const { connectMs } = options;
  const handshake = createHandshake(authorities);
  return createHttp1Transport({
    name,
    connector: createConnector({ connectMs, profiles, handshake, proxies: options }),
  });
}

function described(transport: Transport, profiles: Profiles): DescribedTransport {
  return { ...transport, describe: () => report(transport.name, profiles, []) };
}

function report(name: string, { http, websocket }: Profiles, challenged: readonly string[]): TransportReport {
  const words = ({ name, source, ja4 }: TlsProfile) => [name, `(${source})`, ja4 ?? ""].join(" ").trimEnd();
  return { name, handshakes: { http: words(http), websocket: words(websocket) }, challenged };
}
