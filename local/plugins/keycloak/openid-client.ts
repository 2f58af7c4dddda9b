/** `keycloak:openid/client:Client` and the function that looks one up. */
import type { CheckFailure } from "../plugin.ts";
import type { Previous } from "../resource-table.ts";
import { sameValue } from "../diff.ts";
import { containsUnknown, isPlainObject, omit, textOf, unknown, unwrap } from "../values.ts";
import type { PlainObject, Properties, Value } from "../values.ts";
import { at } from "./client.ts";
import type { KeycloakClient } from "./client.ts";
import { clientFields } from "./client-fields.ts";
import { extraConfigFailures, extraEntries, toldExtraConfig } from "./extra-config.ts";
import { fromRepresentation, isZero, planned, toRepresentation } from "./fields.ts";
import { alternatives, describeLive, fieldType, locate } from "./resource.ts";

/** A client; its id is the one that Keycloak gives it, not its client id. */
export const openidClient = fieldType(clientFields, {
  validate,
  preview: (inputs, previous) => {
    const changed = (name: string) => previous === undefined || !sameValue(inputs[name], previous.outputs[name]);
    const kept = (name: string): Value => previous?.outputs[name] ?? unknown;
    const regenerated = previous !== undefined && changed("clientSecretRegenerateWhenChanged");
    return {
      resourceServerId: kept("resourceServerId"),
      serviceAccountUserId:
        inputs["serviceAccountsEnabled"] !== undefined && changed("serviceAccountsEnabled")
          ? unknown
          : kept("serviceAccountUserId"),
      ...(regenerated && { clientSecret: unknown }),
      ...(inputs["clientSecretWo"] !== undefined && { clientSecret: "" }),
    };
  },
  write,
  read: async (id, known, client) => {
    const place = locate(id, known, "openidClientId");
    const path = at`/realms/${place.realm}/clients/${place.id}`;
    const found = place.imported ? await client.object(path) : await client.find(path);
    if (found === undefined) return undefined;
    const told = await describe(found, place.realm, known, client);
    // With a write-only secret, the state must hold none.
    const secretless = known["clientSecretWoVersion"] === undefined ? told : omit(told, ["clientSecret"]);
    return describeLive(clientFields, place, secretless, known);
  },
  remove: async (id, known, client) => {
    // What was taken over is left behind.
    if (unwrap(known["import"]) === true) return;
    await client.delete(at`/realms/${textOf(known["realmId"])}/clients/${id}`);
  },
});

/** Looks a client up by its client id. */
export async function getClient(args: Properties, client: KeycloakClient): Promise<Properties> {
  const realm = textOf(args["realmId"]);
  const found = await findByClientId(realm, textOf(args["clientId"]), client);
  const told = await describe(found, realm, {}, client);
  const stood = Object.values(clientFields).flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  const attributes = isPlainObject(found["attributes"]) ? found["attributes"] : {};
  return {
    ...omit(told, ["clientSecretWo", "clientSecretWoVersion", "clientSecretRegenerateWhenChanged", "import"]),
    id: textOf(found["id"]),
    extraConfig: omit(attributes, stood),
  };
}

/** The id of the client with a client id. */
export async function findByClientId(realm: string, clientId: string, client: KeycloakClient): Promise<PlainObject> {
  const [found] = await client.list(at`/realms/${realm}/clients`, { clientId });
  if (found === undefined) throw new Error(`openid client with name ${clientId} does not exist`);
  return found;
}

async function write(inputs: Properties, client: KeycloakClient, previous: Previous | undefined): Promise<string> {
  const values = planned(clientFields, inputs, previous);
  const realm = textOf(values["realmId"]);
  const [problem] = contradictions(values);
  if (problem !== undefined) throw new Error(problem.reason);
  await requireTheme(textOf(values["loginTheme"]), client);
  const extra = extraEntries(inputs, previous);
  const secret = secretToSend(inputs, previous) ?? textOf(values["clientSecret"]);
  if (previous !== undefined) {
    const path = at`/realms/${realm}/clients/${previous.id}`;
    const [trigger, before] = [values, previous.outputs].map((bag) => bag["clientSecretRegenerateWhenChanged"] ?? {});
    if (sameValue(trigger, before)) await client.put(path, representation(values, secret, extra));
    else {
      const { body } = await client.post(`${path}/client-secret`);
      const drawn = isPlainObject(body) ? textOf(body["value"]) : "";
      await client.put(path, representation(values, drawn, extra));
    }
    return previous.id;
  }
  if (values["import"] === true) {
    const existing = await findByClientId(realm, textOf(values["clientId"]), client);
    const id = textOf(existing["id"]);
    const told = await describe(existing, realm, {}, client);
    const merged = takenOver(values, told);
    const { authorizationServicesEnabled: authorization = false } = existing;
    const body = representation(merged, secret || textOf(told["clientSecret"]), extra);
    await client.put(at`/realms/${realm}/clients/${id}`, { ...body, authorizationServicesEnabled: authorization });
    return id;
  }
  const { id } = await client.post(at`/realms/${realm}/clients`, representation(values, secret, extra));
  return id;
}

/**
 * What a takeover writes. As with the genuine plugin, what the program leaves empty or `false` cannot be told from what
 * it does not give: there the existing client keeps its own, which the next update then finds to be different.
 */
function takenOver(values: Properties, told: Properties): Properties {
  const isEmpty = (name: string, value: Value) => isZero(value) || (name === "accessType" && value === "CONFIDENTIAL");
  return Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, Value] => [
      name,
      isEmpty(name, value) ? (told[name] ?? value) : value,
    ]),
  );
}

function representation(values: Properties, secret: string, extra: PlainObject): PlainObject {
  const { members, entries } = toRepresentation(clientFields, values);
  const accessType = textOf(values["accessType"]);
  return {
    ...omit(members, ["secret"]),
    ...(secret !== "" && { secret }),
    protocol: "openid-connect",
    publicClient: accessType === "PUBLIC",
    bearerOnly: accessType === "BEARER-ONLY",
    // `authorization` is left to the genuine plugin, which switches it off where the program does not give it.
    authorizationServicesEnabled: false,
    attributes: { ...extra, ...entries },
  };
}

/** Every property that Keycloak tells, and the outputs beyond. */
async function describe(
  found: PlainObject,
  realm: string,
  known: Properties,
  client: KeycloakClient,
): Promise<Properties> {
  const id = textOf(found["id"]);
  const { value: secret = "" } = await client.object(at`/realms/${realm}/clients/${id}/client-secret`);
  const account =
    found["serviceAccountsEnabled"] === true
      ? await client.object(at`/realms/${realm}/clients/${id}/service-account-user`)
      : {};
  const confidential = found["bearerOnly"] === true ? "BEARER-ONLY" : "CONFIDENTIAL";
  const rotation = ["clientSecretWoVersion", "clientSecretRegenerateWhenChanged"].flatMap((name): [string, Value][] =>
    known[name] === undefined ? [] : [[name, known[name]]],
  );
  return {
    ...fromRepresentation(clientFields, { ...found, secret }, found["attributes"]),
    ...Object.fromEntries(rotation),
    realmId: realm,
    accessType: found["publicClient"] === true ? "PUBLIC" : confidential,
    extraConfig: toldExtraConfig(found["attributes"], known),
    import: known["import"] ?? false,
    resourceServerId: found["authorizationServicesEnabled"] === true ? id : "",
    serviceAccountUserId: account["id"] ?? "",
  };
}

/** The write-only secret when its version is new, nothing when it is old; `undefined` when there is none. */
function secretToSend(inputs: Properties, previous: Previous | undefined): string | undefined {
  const version = textOf(inputs["clientSecretWoVersion"]);
  if (version === "") return undefined;
  return version === textOf(previous?.outputs["clientSecretWoVersion"]) ? "" : textOf(inputs["clientSecretWo"]);
}

async function requireTheme(theme: string, client: KeycloakClient): Promise<void> {
  if (theme === "") return;
  const { themes } = await client.object("/serverinfo");
  const login = isPlainObject(themes) && Array.isArray(themes["login"]) ? themes["login"].filter(isPlainObject) : [];
  if (!login.some(({ name }) => name === theme)) {
    throw new Error(`validation error: theme "${theme}" does not exist on the server`);
  }
}

function validate(inputs: Properties, olds: Properties): CheckFailure[] {
  const given = (name: string) => inputs[name] !== undefined;
  const pair = ["clientSecretWo", "clientSecretWoVersion"] as const;
  const writeOnly = pair.some(given) ? ["clientSecretWo"] : [];
  const ways = [...["clientSecret", "clientSecretRegenerateWhenChanged"].filter(given), ...writeOnly];
  return [
    ...(ways.length > 1 ? alternatives(inputs, ways, 0) : []),
    ...(pair.filter(given).length === 1
      ? [{ property: pair[0], reason: `${pair.join(" and ")} must be given together` }]
      : []),
    ...extraConfigFailures(clientFields, inputs),
    // Of an existing client, properties that the program does not give are only known when it is written.
    ...(Object.keys(olds).length > 0 || containsUnknown(inputs)
      ? []
      : contradictions(planned(clientFields, inputs, undefined))),
  ];
}

/** Settings that do not go together, in the genuine plugin's words. */
function contradictions(values: Properties): CheckFailure[] {
  const on = (name: string) => unwrap(values[name]) === true;
  const flows = on("standardFlowEnabled") || on("implicitFlowEnabled");
  const accessType = textOf(values["accessType"]);
  const redirects = !isZero(values["validRedirectUris"]);
  const failures: CheckFailure[] = [];
  if (!flows && redirects) {
    const reason = "valid_redirect_uris cannot be set when standard or implicit flow is not enabled";
    failures.push({ property: "validRedirectUris", reason });
  }
  if (!flows && !on("directAccessGrantsEnabled") && !isZero(values["webOrigins"])) {
    const reason = "web_origins cannot be set when standard or implicit flow is not enabled";
    failures.push({ property: "webOrigins", reason });
  }
  const anyFlow = flows || on("directAccessGrantsEnabled") || on("serviceAccountsEnabled");
  if (accessType === "BEARER-ONLY" && anyFlow) {
    const why = "Keycloak cannot issue tokens for bearer-only clients; no oauth2 flows can be enabled for this client";
    failures.push({ property: "accessType", reason: `validation error: ${why}` });
  }
  if (flows && !redirects) {
    const why = "standard (authorization code) and implicit flows require at least one valid redirect uri";
    failures.push({ property: "validRedirectUris", reason: `validation error: ${why}` });
  }
  if (accessType === "PUBLIC" && on("serviceAccountsEnabled")) {
    const why = "service accounts (client credentials flow) cannot be enabled on public clients";
    failures.push({ property: "serviceAccountsEnabled", reason: `validation error: ${why}` });
  }
  if (accessType === "PUBLIC" && on("standardTokenExchangeEnabled")) {
    const why = "standard token exchange cannot be enabled on public clients";
    failures.push({ property: "standardTokenExchangeEnabled", reason: `validation error: ${why}` });
  }
  return failures;
}
