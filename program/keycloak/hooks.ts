import * as pulumi from "@pulumi/pulumi";
import type { KeycloakHooks } from "../../components/identity.ts";
import { settled } from "../settled.ts";
import { type AdminApi, type KeycloakSources, adminApi } from "./admin-api.ts";

/** How to recognise the client and the scope of this stack. */
export interface OwnObjects {
  readonly realm: string;
  readonly clientId: string;
  /** Description of the client and the scope. */
  readonly description: string;
}

/**
 * Deletes what a killed `up` has created and not saved in the state, or what a lost state has left behind. If other
 * clients use the scope, it is kept and the `up` fails.
 */
export function keycloakHooks(sources: KeycloakSources, own: OwnObjects): KeycloakHooks {
  const hook = (name: string, makeRoom: (api: AdminApi, name: string, own: OwnObjects) => Promise<void>) => ({
    beforeCreate: [
      new pulumi.ResourceHook(name, async ({ newInputs }) => {
        const inputs: Readonly<Record<string, unknown>> = await settled(pulumi.output(newInputs ?? {}));
        const api = await adminApi(sources, own.realm).catch((error: unknown) => String(error));
        // Keycloak itself then refuses a second object of the same name.
        if (typeof api === "string") await pulumi.log.warn(`cannot look for existing objects in Keycloak: ${api}`);
        else await makeRoom(api, String(inputs["name"]), own);
      }),
    ],
  });
  return {
    mapper: hook("find an existing mapper in Keycloak", roomForMapper),
    scope: hook("find an existing client scope in Keycloak", roomForScope),
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

/** Deletes a mapper of this name from the client of this stack. */
export async function roomForMapper(api: AdminApi, name: string, own: OwnObjects): Promise<void> {
  const clients = await api.list<Client>("clients", { clientId: own.clientId });
  for (const { id, protocolMappers = [] } of clients.filter(({ description }) => description === own.description))
    for (const mapper of protocolMappers.filter((each) => each.name === name))
      await api.remove(`clients/${id}/protocol-mappers/models/${mapper.id}`);
}

/**
 * Deletes a client scope of this name that this stack has created.
 *
 * @throws Error if other clients use it: they would lose it
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
      `client scope ${name} in realm ${own.realm} exists and is not in the Pulumi state, and other clients use it: ${users.join(", ")}. Delete it in Keycloak, run up again, and assign the new one to them`,
    );
  await api.remove(`client-scopes/${left.id}`);
}
