import { gunzipSync } from "node:zlib";
import type { CoreV1Api } from "@kubernetes/client-node";

/** The name of a Helm release and where it is. */
export interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

/** One revision in Helm's own records of a release. */
export interface Revision {
  readonly version: number;
  /** Helm's word, such as `deployed` or `pending-install`. */
  readonly status: string;
  readonly chartVersion: string;
  /** Values that the release was given. */
  readonly values: unknown;
  /** Name of the Secret that holds the record. */
  readonly secret: string;
}

/** Every revision of a release, the newest last; none where there is no release. Helm keeps each in a Secret. */
export async function readHistory(api: CoreV1Api, { name, namespace }: ReleaseName): Promise<Revision[]> {
  const { items } = await api.listNamespacedSecret({ namespace, labelSelector: `owner=helm,name=${name}` });
  return items
    .flatMap(({ metadata, data }) => {
      const record = data?.["release"];
      return record === undefined || metadata?.name === undefined ? [] : [revision(metadata.name, record)];
    })
    .sort((a, b) => a.version - b.version);
}

/** What a record says: JSON, compressed, as base64, which the Secret holds as base64 once more. */
export function revision(secret: string, record: string): Revision {
  const packed = Buffer.from(Buffer.from(record, "base64").toString("latin1"), "base64");
  const isCompressed = packed[0] === 0x1f && packed[1] === 0x8b;
  const { version, info, chart, config } = JSON.parse(
    (isCompressed ? gunzipSync(packed) : packed).toString("utf8"),
  ) as {
    version: number;
    info: { status: string };
    chart: { metadata: { version: string } };
    config?: unknown;
  };
  return { secret, version, status: info.status, chartVersion: chart.metadata.version, values: config ?? {} };
}

/** Takes revisions off Helm's records; the release's objects stay as they are. */
export async function forget(api: CoreV1Api, { namespace }: ReleaseName, secrets: readonly string[]): Promise<void> {
  for (const name of secrets) await api.deleteNamespacedSecret({ namespace, name });
}
