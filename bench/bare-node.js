/**
 * The bare Node pass-through that Codex-Plus is measured against: `node:http` on both sides, pipes, sockets piped after an
 * upgrade, and nothing else; plain JavaScript, so that no type stripping counts. `node bare-node.js PORT UPSTREAM_PORT`
 */
import { Agent, createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";

const [port, upstreamPort] = process.argv.slice(2).map(Number);
if (port === undefined || upstreamPort === undefined) throw new Error("bare-node.js PORT UPSTREAM_PORT");

const HOP_BY_HOP = new Set(["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host"]);
const host = "127.0.0.1";
const agent = new Agent({ keepAlive: true });

function endToEnd(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

const server = createServer((request, response) => {
  const { method, url: path } = request;
  const up = httpRequest(
    { host, port: upstreamPort, method, path, headers: endToEnd(request.headers), agent },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.pipe(response);
    },
  );
  up.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on("close", () => up.destroy());
  request.pipe(up);
});

server.on("upgrade", (request, client, rest) => {
  const upstream = connect({ port: upstreamPort, host, noDelay: true }, () => {
    let head = `${request.method} ${request.url} HTTP/1.1\r\n`;
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      head += `${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}\r\n`;
    upstream.write(`${head}\r\n`);
    if (rest.length > 0) upstream.write(rest);
    upstream.pipe(client);
    client.pipe(upstream);
  });
  client.setNoDelay(true);
  const end = () => {
    upstream.destroy();
    client.destroy();
  };
  for (const socket of [upstream, client]) socket.on("error", end).on("close", end);
});

server.listen({ port, host, backlog: 4096 });
