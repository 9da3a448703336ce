/** What the tables show: the metrics in order, their units, and which of two values is the better one. */

export interface Metric {
  readonly key: string;
  readonly label: string;
  readonly better: "low" | "high";
  /** A value with its unit. */
  readonly show: (value: number) => string;
}

const micro = (us: number): string => (us >= 10_000 ? `${(us / 1000).toFixed(1)} ms` : `${us.toFixed(0)} µs`);
const millis = (ms: number): string => `${ms.toFixed(0)} ms`;
const megabytes = (mb: number): string => `${mb.toFixed(0)} MB`;
const cpu = (seconds: number): string => `${seconds.toFixed(2)} s`;
const rate = (perSecond: number): string => `${(perSecond / 1000).toFixed(0)}k/s`;

const low = (key: string, label: string, show: Metric["show"]): Metric => ({ key, label, better: "low", show });
const high = (key: string, label: string, show: Metric["show"]): Metric => ({ key, label, better: "high", show });

export const METRICS: readonly Metric[] = [
  low("first60.p50", "time to first event, 60 KB request, p50", micro),
  low("first60.p99", "time to first event, 60 KB request, p99", micro),
  low("first1m.p50", "time to first event, 1 MB request, p50", micro),
  low("relay1.p50", "relay delay per event, 1 stream, p50", micro),
  low("relay50.p50", "relay delay per event, 50 streams, p50", micro),
  low("relay200.p50", "relay delay per event, 200 streams, p50", micro),
  low("relay200.p99", "relay delay per event, 200 streams, p99", micro),
  low("relay1000.p50", "relay delay per event, 1000 streams, p50", micro),
  low("relay200.cpu", "CPU per 100,000 events, 200 streams", cpu),
  low("relay1000.cpu", "CPU per 100,000 events, 1000 streams", cpu),
  high("full.rate", "events per second, saturated", rate),
  low("full.cpu", "CPU per 100,000 events, saturated", cpu),
  low("hangup.ms", "20 clients gone, upstream told", millis),
  low("ws60.p50", "WebSocket: time to first event, 60 KB, p50", micro),
  low("ws200.p50", "WebSocket: relay delay per event, 200 sockets, p50", micro),
  low("ws200.cpu", "WebSocket: CPU per 100,000 events, 200 sockets", cpu),
  high("wsfull.rate", "WebSocket: events per second, saturated", rate),
  low("start.ms", "start to first answered request", millis),
  low("start.rss", "memory at rest", megabytes),
  low("relay1000.rss", "memory with 1000 streams", megabytes),
];
