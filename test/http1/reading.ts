/** Runs the response parser over bytes cut in some way and writes down what it said. */
import assert from "node:assert/strict";
import type { RawHeaders } from "../../src/contracts.ts";
import { ResponseParser } from "../../src/transport/http1/response-parser.ts";

/** The head limit of the parser under test: small, so that made-up heads can pass it. */
export const LIMIT = 4096;

/** All that a parser said about some bytes. */
export interface Reading {
  informational: { status: number; reason: string; headers: RawHeaders }[];
  head: { status: number; reason: string; headers: RawHeaders; chunked: boolean } | undefined;
  body: string;
  trailers: RawHeaders;
  outcome: "done" | "waiting" | "refused";
  /** Bytes behind the response; only where it is done. */
  surplus: number;
}

export interface How {
  method?: string;
  framed?: boolean;
  ended?: boolean;
  /** Called after each piece with the body's length so far, and what a cut here would say is missing. */
  eachPiece?: (bodyLength: number, missing: number) => void;
}

/** Reads bytes in the pieces that the cuts make (each a place, taken modulo the length). */
export function read(bytes: Buffer, cuts: readonly number[], how: How = {}): Reading {
  const reading: Reading = {
    informational: [],
    head: undefined,
    body: "",
    trailers: [],
    outcome: "waiting",
    surplus: 0,
  };
  const parser = new ResponseParser(
    how.method ?? "GET",
    {
      informational: (status, reason, headers) => reading.informational.push({ status, reason, headers }),
      head(head) {
        reading.head = head;
        return how.framed && head.chunked ? "framed" : "payload";
      },
      data(data) {
        assert.ok(data.length > 0, "no empty data");
        reading.body += data.toString("latin1");
      },
    },
    LIMIT,
  );
  let used = 0;
  for (const piece of pieces(bytes, cuts)) {
    used += parser.push(piece);
    how.eachPiece?.(reading.body.length, parser.missing);
    if (parser.done || parser.problem !== undefined) break;
  }
  if (how.ended) parser.finish();
  reading.trailers = parser.trailers;
  if (parser.problem !== undefined) reading.outcome = "refused";
  else if (parser.done) {
    reading.outcome = "done";
    reading.surplus = bytes.length - used;
  }
  return reading;
}

/** Copies, since the parser may overwrite what it is given. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((to, i) => Buffer.from(bytes.subarray(at[i], to)));
}

/** The cuts that make pieces of one byte. */
export function everyByte(bytes: Buffer): number[] {
  return Array.from(bytes, (_, i) => i);
}

export const latin1 = (text: string) => Buffer.from(text, "latin1");
