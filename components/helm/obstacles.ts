import type { ReleaseName, Revision } from "./history.ts";

/** A release as the program wants it. */
export interface WantedRelease extends ReleaseName {
  /** Default: not known, as of a chart in a directory. */
  readonly chartVersion?: string | undefined;
  readonly values: unknown;
  /** Command that takes a release that is there into Pulumi's state. */
  readonly importCommand: string;
}

/** What to do about Helm's records before Helm is asked for the release. */
export type Remedy =
  | { readonly kind: "nothing" }
  /** Take these records away; Helm then takes over the objects of the release, which bear its name. */
  | { readonly kind: "forget"; readonly secrets: readonly string[]; readonly message: string }
  | { readonly kind: "refuse"; readonly message: string };

/** Whether Helm is in the middle of something, or was when it was killed. */
export function isPending(history: readonly Revision[]): boolean {
  return history.at(-1)?.status.startsWith("pending-") ?? false;
}

/**
 * Before an installation: Pulumi's state has no such release, and Helm gives no name a second time. A release that is
 * there comes from an `up` that was killed before it wrote it down, or the state was lost.
 */
export function beforeInstall(history: readonly Revision[], wanted: WantedRelease): Remedy {
  const last = history.at(-1);
  if (last === undefined) return { kind: "nothing" };
  const title = titleOf(wanted);
  const uninstall = `helm uninstall ${wanted.name} --namespace ${wanted.namespace}`;
  if (!isOurs(last))
    return {
      kind: "refuse",
      message: `${title} is there already and this program has not made it. It must go (${uninstall}), be taken over (${wanted.importCommand}), or namespace.name must be another`,
    };
  const lost = removal(last, wanted);
  if (lost === undefined) {
    const message = `${title} is there and not in the state (${last.status}): taken over, with its objects as they are`;
    return { kind: "forget", secrets: history.map(({ secret }) => secret), message };
  }
  const repair = history.some(({ status }) => status === "deployed" || status === "superseded")
    ? `it must be taken into the state: ${wanted.importCommand}`
    : `it never ran and must go: ${uninstall}`;
  return {
    kind: "refuse",
    message: `${title} is there and not in the state, and ${lost}. So ${repair}; then up again`,
  };
}

/** Before an upgrade of a release that Pulumi's state has: an `up` may have been killed in the middle of another. */
export function beforeUpgrade(history: readonly Revision[], wanted: WantedRelease): Remedy {
  const last = history.at(-1);
  const deployed = history.findLast(({ status }) => status === "deployed");
  if (last === undefined || deployed === undefined || !isPending(history)) return { kind: "nothing" };
  const title = titleOf(wanted);
  const lost = removal(last, wanted);
  if (lost === undefined) {
    const message = `${title} was left ${last.status}: revision ${last.version} is taken off Helm's records and made again`;
    return { kind: "forget", secrets: [last.secret], message };
  }
  const rollback = `helm rollback ${wanted.name} ${deployed.version} --namespace ${wanted.namespace}`;
  return {
    kind: "refuse",
    message: `${title} was left ${last.status}, and ${lost}. So it must go back first: ${rollback}; then up again`,
  };
}

function titleOf({ namespace, name }: ReleaseName): string {
  return `Helm release ${namespace}/${name}`;
}

/** Every release of ours has annotations of ours. */
function isOurs({ values }: Revision): boolean {
  return JSON.stringify(values).includes('"litellm-platform/');
}

/**
 * Why a record may not simply be forgotten: Helm takes away only what its last record has and the new one has not. What
 * it would leave in the objects, in words.
 */
function removal(last: Revision, { chartVersion, values }: WantedRelease): string | undefined {
  if (chartVersion !== undefined && chartVersion !== last.chartVersion)
    return `its chart is ${last.chartVersion} in place of ${chartVersion}`;
  const path = missingIn(values, last.values, "values");
  return path === undefined ? undefined : `the configuration has no ${path} any more`;
}

/** The first path of the old values that the new ones do not have. Items of lists are known by their names. */
export function missingIn(next: unknown, old: unknown, path: string): string | undefined {
  if (Array.isArray(old)) {
    if (!old.every(isNamed)) return undefined;
    const items = Array.isArray(next) ? next.filter(isNamed) : [];
    return first(old, (item) => {
      const place = `${path}[${item.name}]`;
      const same = items.find(({ name }) => name === item.name);
      return same === undefined ? place : missingIn(same, item, place);
    });
  }
  if (!isObject(old)) return undefined;
  const there = isObject(next) ? next : {};
  return first(Object.entries(old), ([key, value]) => {
    const place = `${path}.${key}`;
    return there[key] === undefined ? place : missingIn(there[key], value, place);
  });
}

function first<Item>(items: readonly Item[], find: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamed(value: unknown): value is { readonly name: string } {
  return isObject(value) && typeof value["name"] === "string";
}
