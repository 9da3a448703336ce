/** The contract suite of `Transport`: one list of cases, run on every implementation. */
import { describe } from "node:test";
import type { Transport } from "../../src/contracts.ts";
import { connectionCases } from "./connections.ts";
import { abortCases, essentialCases } from "./essentials.ts";
import { requestCases } from "./requests.ts";
import { responseCases } from "./responses.ts";
import { Suite } from "./suite.ts";
import { noUpgradeCases, upgradeCases } from "./upgrades.ts";
import type { Identity } from "./upstream.ts";

export interface SuiteOptions {
  /** Run over TLS: the server's identity, which the transport has to trust. */
  readonly https?: Identity;
  /**
   * False for a transport that speaks another protocol below and loses wire details (case, order, 1xx, trailers, reasons,
   * reuse): it then has to pass the essentials only. Default: true.
   */
  readonly faithful?: boolean;
  /** False for a transport that leaves the upstream connection of an aborted request to the garbage collector. Default: true. */
  readonly abortsAtOnce?: boolean;
}

/** Registers the cases. `makeTransport` is asked for a new one by every case, and the case closes it. */
export function transportSuite(name: string, makeTransport: () => Transport, options: SuiteOptions = {}): void {
  const suite = new Suite(makeTransport, options.https);
  const probe = makeTransport();
  const { websocket } = probe;
  probe.close();
  describe(`transport ${name}`, () => {
    describe("essentials", () => essentialCases(suite));
    if (options.abortsAtOnce !== false) describe("aborts", () => abortCases(suite));
    describe("upgrades", () => (websocket ? upgradeCases(suite) : noUpgradeCases(suite)));
    if (options.faithful === false) return;
    describe("requests", () => requestCases(suite));
    describe("responses", () => responseCases(suite));
    describe("connections", () => connectionCases(suite));
  });
}
