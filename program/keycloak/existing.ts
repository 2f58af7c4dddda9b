import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../../config/platform.ts";
import { formatProblems } from "../../config/problems.ts";
import { ownerDescription, realmOf, rolesOf } from "../../litellm/proxy/identity.ts";
import type { KeycloakObjects } from "../../components/identity.ts";
import { keycloakSdk } from "../../components/keycloak-sdk.ts";

/**
 * Looks for the client, scope and roles of a managed identity, before anything is registered. A client or scope of the
 * same name that belongs to somebody else is refused: taking it over would break whoever uses it. The scope itself is
 * never taken over: the plugin imports it under an id that is not its own, and whether the state has it is not known.
 */
export async function findKeycloakObjects(config: PlatformConfig): Promise<KeycloakObjects | undefined> {
  const { identity, vault } = config;
  if (identity.mode !== "managed") return undefined;
  const { openid, getRole } = keycloakSdk();
  const realmId = realmOf(identity);
  const [client, scope] = await Promise.all([
    found(openid.getClient({ realmId, clientId: identity.client.id })),
    found(openid.getClientScope({ realmId, name: identity.adminScope })),
  ]);
  const ours = ownerDescription(vault);
  const foreign = (path: string, what: string, repair: string) => ({
    path,
    message: `${what} is there already in realm ${realmId} and not of this stack, must be another name; ${repair}, give it the description "${ours}"`,
  });
  const { id } = identity.client;
  const handOver = "to hand it over to this stack";
  const remade = "or delete it there; where this stack has made it, under another vault.path";
  const problems = [
    ...(client === undefined || client.description === ours ? [] : [foreign("identity.client.id", id, handOver)]),
    ...(scope === undefined || scope.description === ours
      ? []
      : [foreign("identity.adminScope", identity.adminScope, remade)]),
  ];
  if (problems.length > 0) throw new pulumi.RunError(formatProblems(problems));

  const owner = identity.roles.type === "client" ? client?.id : undefined;
  // Without its client a client role cannot be there.
  if (identity.roles.type === "client" && owner === undefined) return { client: false, roles: new Set() };
  const place = { realmId, ...(owner === undefined ? {} : { clientId: owner }) };
  const roles = await Promise.all(
    rolesOf(identity).map(async ({ name }) => ((await found(getRole({ ...place, name }))) === undefined ? [] : [name])),
  );
  return { client: client !== undefined, roles: new Set(roles.flat()) };
}

/** The plugin fails for what is not there as for any other reason; if it was another one, what follows fails with it. */
function found<Result>(lookup: Promise<Result>): Promise<Result | undefined> {
  return lookup.catch(() => undefined);
}
