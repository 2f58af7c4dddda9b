import type { Problem } from "../config/problems.ts";
import type { SecretRef } from "./inventory.ts";
import type { StoredSecret, StoredSecrets } from "./stored.ts";

/** Provided values that are missing in Vault: one problem per path, with the one command that stores them all. */
export function missingSecrets(mount: string, secrets: readonly SecretRef[], stored: StoredSecrets): Problem[] {
  const missing = secrets.filter(
    ({ owner, path, property }) => owner === "provided" && stored.get(path)?.properties.includes(property) !== true,
  );
  return [...Map.groupBy(missing, ({ path }) => path)].map(([path, refs]): Problem => {
    const setting = refs[0]?.setting ?? "";
    const [verb, pronoun] = refs.length === 1 ? ["is", "it"] : ["are", "them"];
    const names = [...Map.groupBy(refs, ({ neededBy = "" }) => neededBy)].map(([neededBy, needed]) => {
      const words = needed.map(nameOf).join(" and ");
      return neededBy === "" ? words : `${words} (${neededBy})`;
    });
    // Two variables may have one value.
    const values = new Map(refs.map((ref) => [ref.property, nameOf(ref)]));
    return {
      path: setting,
      message: `${names.join(", ")} ${verb} missing in Vault. Store ${pronoun} with: ${storeCommand({ mount, path, values }, stored.get(path))}`,
    };
  });
}

function nameOf({ variable, property }: SecretRef): string {
  return variable ?? property;
}

/**
 * A command that stores values without a line break at their end, which `vault kv put <path> <name>=-` would keep when
 * somebody types it. The values come from shell variables.
 */
function storeCommand(
  secret: {
    readonly mount: string;
    readonly path: string;
    /** Names of the shell variables by property. */
    readonly values: ReadonlyMap<string, string>;
  },
  stored: StoredSecret | undefined,
): string {
  const { mount, path, values } = secret;
  const variables = [...values.values()].map((name) => `"$${name.toUpperCase().replaceAll(/\W/g, "_")}"`).join(" ");
  const command = `vault kv ${stored?.deleted === false ? "patch" : "put"} -mount=${mount} ${path}`;
  const [only = "", ...more] = values.keys();
  if (more.length === 0) return `printf %s ${variables} | ${command} ${only}=-`;
  const json = [...values.keys()].map((property) => `"${property}":"%s"`).join(",");
  return `printf '{${json}}' ${variables} | ${command} -`;
}
