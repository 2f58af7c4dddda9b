import { type Loopback, type Received, listenJson } from "./loopback.ts";

type Answer = readonly [status: number, body: unknown];

export interface FakeVault extends Loopback {
  readonly requests: readonly Received[];
}

/** A server on loopback that answers by path, and 404 to all else. */
export async function fakeVault(answers: Readonly<Record<string, Answer>>): Promise<FakeVault> {
  const requests: Received[] = [];
  const server = await listenJson((request) => {
    requests.push(request);
    return answers[request.url] ?? [404, { errors: [] }];
  });
  return { ...server, requests };
}

/** What the subkeys endpoint of KV version 2 answers. */
export function subkeys(version: number, names: Record<string, unknown> | null, deletedAt = ""): Answer {
  return [200, { data: { subkeys: names, metadata: { version, deletion_time: deletedAt, destroyed: false } } }];
}
