/** The recorder's numbers among the metrics. */
import { Counter, Gauge, type Registry } from "prom-client";

export interface Recording {
  /** What is wrong; undefined while all is well. */
  readonly trouble: string | undefined;
  /** Requests that were recorded, those of them whose bodies were dropped, and those that were lost. */
  readonly legs: number;
  readonly dropped: number;
  readonly lost: number;
  /** What waits to be written. */
  readonly queueBytes: number;
}

const COUNTED = {
  legs: "Requests and WebSocket turns that were recorded",
  dropped: "Recorded ones of which bodies are missing, as the queue was full",
  lost: "Ones that could not be recorded",
} as const;

/** @param recording the numbers of now; undefined where nothing is recorded */
export function measureRecording(registry: Registry, recording: () => Recording | undefined): void {
  const registers = [registry];
  for (const [what, help] of Object.entries(COUNTED)) {
    new Counter({
      name: `codex_plus_recorded_${what}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(recording()?.[what as keyof typeof COUNTED] ?? 0);
      },
    });
  }
  new Gauge({
    name: "codex_plus_recorder_queue_bytes",
    help: "Requests and answers that wait to be recorded",
    registers,
    collect() {
      this.set(recording()?.queueBytes ?? 0);
    },
  });
  new Gauge({
    name: "codex_plus_recorder_trouble",
    help: "1 while what passes cannot be recorded",
    registers,
    collect() {
      this.set(recording()?.trouble === undefined ? 0 : 1);
    },
  });
}
