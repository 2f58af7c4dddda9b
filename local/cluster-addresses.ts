import { isScalar, parseDocument, visit } from "yaml";

/** A Service of the cluster, and where the same thing listens on this machine. */
export interface ClusterAddress {
  readonly service: string;
  readonly namespace: string;
  /** The Service's port. */
  readonly port: number;
  readonly localHost: string;
  readonly localPort: number;
}

/**
 * Stands in for the cluster's DNS, for a process outside the cluster: replaces the addresses of known Services by
 * loopback ones. It understands `service.namespace`, also with `.svc` and `.svc.cluster.local`, as `host:port`, in a
 * URL, and as a pair of variables `X_HOST` and `X_PORT`. Addresses it does not know stay. Pure, as everything here.
 */
export function localEnvironment(
  environment: Readonly<Record<string, string>>,
  addresses: readonly ClusterAddress[],
): Record<string, string> {
  const result = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, localText(value, addresses)]),
  );
  for (const [name, value] of Object.entries(environment)) {
    const prefix = /^(.+)_HOST$/.exec(name)?.[1];
    if (prefix === undefined) continue;
    const address = addressOf(value, environment[`${prefix}_PORT`], addresses);
    if (address === undefined) continue;
    result[name] = address.localHost;
    // Without a variable for the port its reader would take the default, which is not the local one.
    result[`${prefix}_PORT`] = String(address.localPort);
  }
  return result;
}

/** The same for text: every `host:port` and URL in it. */
export function localText(text: string, addresses: readonly ClusterAddress[]): string {
  return addresses.reduce((result, address) => {
    const host = `${escape(address.service)}\\.${escape(address.namespace)}(?:\\.svc(?:\\.cluster\\.local)?)?`;
    const pattern = new RegExp(
      `(?:([a-z][a-z0-9+.-]*)://(?:[^\\s/@"']*@)?)?(?<![\\w.-])${host}(?::(\\d+))?(?![\\w.-])`,
      "g",
    );
    return result.replace(pattern, (whole, scheme: string | undefined, port: string | undefined) => {
      const meant = port === undefined ? defaultPorts[scheme ?? ""] : Number(port);
      if (meant !== address.port) return whole;
      const start = whole.search(new RegExp(`${host}(?::\\d+)?$`));
      return `${whole.slice(0, start)}${address.localHost}:${address.localPort}`;
    });
  }, text);
}

/** The same for LiteLLM's configuration, where `host` and `port` (or `redis_host` and `redis_port`) may be a pair of keys. */
export function localConfig(yaml: string, addresses: readonly ClusterAddress[]): string {
  const edits: { start: number; end: number; text: string }[] = [];
  visit(parseDocument(yaml, { version: "1.1" }), {
    Map: (_, map) => {
      for (const { key, value } of map.items) {
        const prefix = isScalar(key) ? /^(.*_)?host$/.exec(String(key.value)) : null;
        if (prefix === null || !isScalar(value)) continue;
        const port = map.items.find((item) => isScalar(item.key) && item.key.value === `${prefix[1] ?? ""}port`)?.value;
        if (!isScalar(port)) continue;
        const address = addressOf(String(value.value), String(port.value), addresses);
        if (address === undefined) continue;
        edits.push(edit(value, address.localHost), edit(port, String(address.localPort)));
      }
    },
  });
  // From the end, so that earlier positions stay right. Everything else keeps its form, down to how numbers are written.
  const edited = edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: replacement }) => text.slice(0, start) + replacement + text.slice(end), yaml);
  return localText(edited, addresses);
}

function edit(scalar: { range?: readonly [number, number, number] | null | undefined }, text: string) {
  const [start = 0, end = 0] = scalar.range ?? [];
  return { start, end, text };
}

/** The address that a host and a port mean; without a port, the only one of that host. */
function addressOf(
  host: string,
  port: string | undefined,
  addresses: readonly ClusterAddress[],
): ClusterAddress | undefined {
  const ofHost = addresses.filter(({ service, namespace }) => {
    const name = `${service}.${namespace}`;
    return [name, `${name}.svc`, `${name}.svc.cluster.local`].includes(host);
  });
  if (port === undefined) return ofHost.length === 1 ? ofHost[0] : undefined;
  return ofHost.find((address) => String(address.port) === port);
}

const defaultPorts: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  postgres: 5432,
  postgresql: 5432,
  redis: 6379,
  rediss: 6379,
};

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
