import { type Loopback, type Received, listenJson } from "./loopback.ts";

type Values = Readonly<Record<string, unknown>>;

interface Version {
  readonly values: Values;
  deleted: boolean;
}

export interface KvServer extends Loopback {
  readonly requests: readonly Received[];
  /** Every version of a secret, the first one first. */
  versions(path: string): readonly Version[];
  put(path: string, values: Values): void;
  remove(path: string): void;
}

/**
 * Secrets in memory behind the endpoints of KV version 2 that the program uses, at whatever mount, with versions,
 * check-and-set and merge patches as Vault has them.
 *
 * @param before is asked first; a status is a refusal
 */
export async function kvServer(before: (request: Received) => number | undefined = () => undefined): Promise<KvServer> {
  const secrets = new Map<string, Version[]>();
  const requests: Received[] = [];
  const versionsOf = (path: string) => secrets.get(path) ?? [];
  const put = (path: string, values: Values) => {
    secrets.set(path, [...versionsOf(path), { values, deleted: false }]);
  };
  const metadata = (path: string) => {
    const newest = versionsOf(path).at(-1);
    return { version: versionsOf(path).length, deletion_time: newest?.deleted === true ? "2026-01-01T00:00:00Z" : "" };
  };

  function answer(request: Received): readonly [number, unknown?] {
    requests.push(request);
    const refused = before(request);
    if (refused !== undefined) return [refused, { errors: ["refused"] }];
    const [, endpoint = "", path = ""] = /^\/v1\/.+?\/(data|metadata|subkeys)\/([^?]+)/.exec(request.url) ?? [];
    const newest = versionsOf(path).at(-1);
    const { data, options } = (request.body ?? {}) as { data: Values; options: { cas: number } };
    switch (`${request.method} ${endpoint}`) {
      case "GET metadata": {
        const names = [...secrets.keys()].filter((name) => name.startsWith(`${path}/`));
        const keys = names.map((name) => name.slice(path.length + 1).replace(/\/.*/, "/"));
        return keys.length === 0 ? [404, { errors: [] }] : [200, { data: { keys: [...new Set(keys)] } }];
      }
      case "GET subkeys": {
        if (newest === undefined) return [404, { errors: [] }];
        const names = Object.fromEntries(Object.keys(newest.values).map((name) => [name, null]));
        return newest.deleted
          ? [404, { data: { subkeys: null, metadata: metadata(path) } }]
          : [200, { data: { subkeys: names, metadata: metadata(path) } }];
      }
      case "GET data":
        if (newest === undefined || newest.deleted) return [404, { errors: [] }];
        return [200, { data: { data: newest.values, metadata: metadata(path) } }];
      case "DELETE data":
        if (newest !== undefined) newest.deleted = true;
        return [204];
      case "PATCH data":
      case "POST data": {
        const merging = request.method === "PATCH";
        if (merging && (newest === undefined || newest.deleted)) return [404, { errors: [] }];
        if (merging && request.headers["content-type"] !== "application/merge-patch+json") return [415, { errors: [] }];
        if (options.cas !== versionsOf(path).length)
          return [400, { errors: ["check-and-set parameter did not match the current version"] }];
        const merged = { ...(merging ? newest?.values : {}), ...data };
        put(path, Object.fromEntries(Object.entries(merged).filter(([, value]) => !merging || value !== null)));
        return [200, { data: metadata(path) }];
      }
      default:
        return [405, { errors: ["unsupported operation"] }];
    }
  }

  const server = await listenJson(answer);
  return {
    ...server,
    requests,
    versions: versionsOf,
    put,
    remove(path) {
      const newest = versionsOf(path).at(-1);
      if (newest !== undefined) newest.deleted = true;
    },
  };
}
