import { once } from "node:events";
import { type IncomingHttpHeaders, createServer } from "node:http";
import type { AddressInfo } from "node:net";

type Answer = readonly [status: number, body: unknown];

export interface FakeVault {
  readonly address: string;
  readonly requests: { method: string; url: string; headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/** A server on loopback that answers by path, and 404 to all else. */
export async function fakeVault(answers: Readonly<Record<string, Answer>>): Promise<FakeVault> {
  const requests: FakeVault["requests"] = [];
  const server = createServer(({ method = "", url = "", headers }, response) => {
    requests.push({ method, url, headers });
    const [status, body] = answers[url] ?? [404, { errors: [] }];
    response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** What the subkeys endpoint of KV version 2 answers. */
export function subkeys(version: number, names: Record<string, unknown> | null, deletedAt = ""): Answer {
  return [200, { data: { subkeys: names, metadata: { version, deletion_time: deletedAt, destroyed: false } } }];
}
