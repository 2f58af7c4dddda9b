import * as pulumi from "@pulumi/pulumi";
import { settled } from "../settled.ts";
import { type AdminApi, type KeycloakSources, adminApi } from "./admin-api.ts";

/** What comes before a mapper or a scope is made in Keycloak, which refuses a second one of the same name. */
export interface KeycloakHooks {
  readonly mapper: pulumi.ResourceHookBinding;
  readonly scope: pulumi.ResourceHookBinding;
}

/** The client and scope that belong to this stack, and the sign of it. */
export interface OwnObjects {
  readonly realm: string;
  readonly clientId: string;
  /** Description of the client and the scope. */
  readonly description: string;
}

/**
 * Takes away what an `up` that was killed has made and not written down, or a lost state has left. A scope is kept, and
 * the `up` ends, where other clients have it.
 */
export function keycloakHooks(sources: KeycloakSources, own: OwnObjects): KeycloakHooks {
  const hook = (name: string, makeRoom: (api: AdminApi, name: string, own: OwnObjects) => Promise<void>) => ({
    beforeCreate: [
      new pulumi.ResourceHook(name, async ({ newInputs }) => {
        const inputs: Readonly<Record<string, unknown>> = await settled(pulumi.output(newInputs ?? {}));
        const api = await adminApi(sources, own.realm).catch((error: unknown) => String(error));
        // Keycloak then refuses by itself what is in the way.
        if (typeof api === "string") await pulumi.log.warn(`no look at what is in Keycloak already: ${api}`);
        else await makeRoom(api, String(inputs["name"]), own);
      }),
    ],
  });
  return {
    mapper: hook("look for an earlier mapper in Keycloak", roomForMapper),
    scope: hook("look for an earlier client scope in Keycloak", roomForScope),
  };
}

interface Client {
  readonly id: string;
  readonly clientId: string;
  readonly description?: string;
  readonly protocolMappers?: readonly { readonly id: string; readonly name: string }[];
  readonly defaultClientScopes?: readonly string[];
  readonly optionalClientScopes?: readonly string[];
}

/** Takes a mapper of this name off the stack's own client. */
export async function roomForMapper(api: AdminApi, name: string, own: OwnObjects): Promise<void> {
  const clients = await api.list<Client>("clients", { clientId: own.clientId });
  for (const { id, protocolMappers = [] } of clients.filter(({ description }) => description === own.description))
    for (const mapper of protocolMappers.filter((each) => each.name === name))
      await api.remove(`clients/${id}/protocol-mappers/models/${mapper.id}`);
}

/**
 * Deletes a client scope of this name that the stack has made.
 *
 * @throws Error when clients of others have it, which would lose it
 */
export async function roomForScope(api: AdminApi, name: string, own: OwnObjects): Promise<void> {
  const scopes = await api.list<{ id: string; name: string; description?: string }>("client-scopes");
  const left = scopes.find((scope) => scope.name === name && scope.description === own.description);
  if (left === undefined) return;
  const users = (await api.list<Client>("clients"))
    .filter(({ clientId }) => clientId !== own.clientId)
    .filter(({ defaultClientScopes = [], optionalClientScopes = [] }) =>
      [...defaultClientScopes, ...optionalClientScopes].includes(name),
    )
    .map(({ clientId }) => clientId);
  if (users.length > 0)
    throw new Error(
      `client scope ${name} in realm ${own.realm} is not in the state and will be made anew, and clients have it: ${users.join(", ")}. It must be deleted by hand, and given to them again after the up`,
    );
  await api.remove(`client-scopes/${left.id}`);
}
