/** A listener that reads the TLS hello of whoever connects and hangs up. */
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { calculateJa4, readTlsClientHello } from "read-tls-client-hello";

export interface Hellos {
  readonly port: number;
  /** The JA4 of the first hello. */
  readonly first: Promise<string>;
  close(): Promise<void>;
}

export async function listenForHellos(): Promise<Hellos> {
  const heard = Promise.withResolvers<string>();
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    readTlsClientHello(socket)
      .then((hello) => heard.resolve(calculateJa4(hello)))
      .catch(heard.reject)
      .finally(() => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    first: heard.promise,
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}
