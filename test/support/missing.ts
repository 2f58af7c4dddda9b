/** The message for one provided value that is missing in Vault. */
export function missingMessage(
  name: string,
  neededBy: string,
  secret: {
    readonly verb?: "put" | "patch";
    readonly mount?: string;
    readonly path: string;
    readonly property: string;
  },
): string {
  const { verb = "put", mount = "secret", path, property } = secret;
  const who = neededBy === "" ? name : `${name} (${neededBy})`;
  return `${who} is missing in Vault. Store it with: printf %s "$${name.toUpperCase()}" | vault kv ${verb} -mount=${mount} ${path} ${property}=-`;
}

/** The message for the login to a bucket, of which both values are missing in Vault. */
export function missingBucketMessage(
  names: readonly [string, string],
  neededBy: string,
  secret: { readonly mount?: string; readonly path: string },
): string {
  const { mount = "secret", path } = secret;
  const variables = names.map((name) => `"$${name.toUpperCase()}"`).join(" ");
  return `${names.join(" and ")} (${neededBy}) are missing in Vault. Store them with: printf '{"access_key_id":"%s","secret_access_key":"%s"}' ${variables} | vault kv put -mount=${mount} ${path} -`;
}
