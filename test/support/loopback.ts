import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingHttpHeaders, type RequestListener, createServer as plain } from "node:http";
import { createServer as secure } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface Loopback {
  readonly address: string;
  close(): Promise<void>;
}

/** A private CA, which no machine trusts, and a certificate for 127.0.0.1 that it signed; both valid until 2120. */
export const tlsFiles = {
  ca: join(import.meta.dirname, "tls", "ca.pem"),
  certificate: join(import.meta.dirname, "tls", "server.pem"),
  key: join(import.meta.dirname, "tls", "server-key.pem"),
};

/** A server on loopback. */
export async function listen(handler: RequestListener, options: { readonly tls?: boolean } = {}): Promise<Loopback> {
  const server = options.tls
    ? secure({ cert: readFileSync(tlsFiles.certificate), key: readFileSync(tlsFiles.key) }, handler)
    : plain(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `${options.tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** One request as a server received it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A server that answers JSON. */
export function listenJson(
  answer: (request: Received) => readonly [status: number, body?: unknown, headers?: Readonly<Record<string, string>>],
  options: { readonly tls?: boolean } = {},
): Promise<Loopback> {
  return listen((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const [status, answered, further] = answer({ method, url, headers, body });
      response.writeHead(status, { "content-type": "application/json", connection: "close", ...further });
      response.end(answered === undefined ? undefined : JSON.stringify(answered));
    });
  }, options);
}
