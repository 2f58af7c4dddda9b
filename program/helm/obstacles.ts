import { isMapping } from "../../config/mapping.ts";
import type { ReleaseName, Revision } from "./history.ts";

/** The release that the program asks Helm for. */
export interface WantedRelease extends ReleaseName {
  /** @default unknown, as for a chart in a directory */
  readonly chartVersion?: string | undefined;
  readonly values: unknown;
  /** Command that imports an existing release into the Pulumi state. */
  readonly importCommand: string;
}

/** What to do about Helm's records before Helm is asked for the release. */
export type Remedy =
  | { readonly kind: "nothing" }
  /** Delete these records. Helm then adopts the objects of the release, which carry its name. */
  | { readonly kind: "forget"; readonly secrets: readonly string[]; readonly message: string }
  | { readonly kind: "refuse"; readonly message: string };

/** Whether Helm is working at the release, or was killed while it did. */
export function isPending(history: readonly Revision[]): boolean {
  return history.at(-1)?.status.startsWith("pending-") ?? false;
}

/**
 * Before an installation: the Pulumi state has no such release, and Helm never installs a name twice. An existing release
 * comes from an `up` that was killed before it saved the state, or the state was lost.
 */
export function beforeInstall(history: readonly Revision[], wanted: WantedRelease): Remedy {
  const last = history.at(-1);
  if (last === undefined) return { kind: "nothing" };
  const title = titleOf(wanted);
  const uninstall = `helm uninstall ${wanted.name} --namespace ${wanted.namespace}`;
  if (!isOurs(last))
    return {
      kind: "refuse",
      message: `${title} exists and was not created by this program. Remove it (${uninstall}), import it (${wanted.importCommand}), or set another namespace.name.`,
    };
  const difference = removal(last, wanted);
  if (difference === undefined) {
    const message = `${title} exists and is not in the Pulumi state (${last.status}): adopting it, its objects stay.`;
    return { kind: "forget", secrets: history.map(({ secret }) => secret), message };
  }
  const repair = history.some(({ status }) => status === "deployed" || status === "superseded")
    ? `Import it, then run up again: ${wanted.importCommand}`
    : `It was never completely installed. Remove it, then run up again: ${uninstall}`;
  return { kind: "refuse", message: `${title} exists and is not in the Pulumi state, and ${difference}. ${repair}` };
}

/** Before an upgrade of a release in the Pulumi state: an `up` may have been killed during an earlier upgrade. */
export function beforeUpgrade(history: readonly Revision[], wanted: WantedRelease): Remedy {
  const last = history.at(-1);
  const deployed = history.findLast(({ status }) => status === "deployed");
  if (last === undefined || deployed === undefined || !isPending(history)) return { kind: "nothing" };
  const title = titleOf(wanted);
  const difference = removal(last, wanted);
  if (difference === undefined) {
    const message = `${title} is stuck in ${last.status}: discarding revision ${last.version} and upgrading again.`;
    return { kind: "forget", secrets: [last.secret], message };
  }
  const rollback = `helm rollback ${wanted.name} ${deployed.version} --namespace ${wanted.namespace}`;
  return {
    kind: "refuse",
    message: `${title} is stuck in ${last.status}, and ${difference}. Roll it back, then run up again: ${rollback}`,
  };
}

function titleOf({ namespace, name }: ReleaseName): string {
  return `Helm release ${namespace}/${name}`;
}

/** Every release of this program has annotations with this prefix. */
function isOurs({ values }: Revision): boolean {
  return JSON.stringify(values).includes('"litellm-platform/');
}

/**
 * Why a record must not be deleted: Helm removes from the objects only what its last record has and the new one lacks.
 * Says what would remain in the objects.
 */
function removal(last: Revision, { chartVersion, values }: WantedRelease): string | undefined {
  if (chartVersion !== undefined && chartVersion !== last.chartVersion)
    return `its chart has version ${last.chartVersion} instead of ${chartVersion}`;
  const path = missingIn(values, last.values, "values");
  return path === undefined ? undefined : `the configuration no longer has ${path}`;
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
  if (!isMapping(old)) return undefined;
  const there = isMapping(next) ? next : {};
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

function isNamed(value: unknown): value is { readonly name: string } {
  return isMapping(value) && typeof value["name"] === "string";
}
