/** Stand-in for the plugin `vault`, over Vault's HTTP API. */
import { diffProperties } from "./diff.ts";
import { messageOf } from "./errors.ts";
import { autoname } from "./naming.ts";
import { unsupported } from "./plugin.ts";
import type * as plugin from "./plugin.ts";
import { redact } from "./redact.ts";
import { containsUnknown, secretLike, unknown, unwrap } from "./values.ts";
import type { Properties, Value } from "./values.ts";
import { namespaceOf, VaultClient } from "./vault/client.ts";
import type { VaultResource } from "./vault/resource.ts";
import { textOf } from "./vault/resource.ts";
import { markVaultSecrets, vaultResources } from "./vault/resources.ts";
import { getSecretV2 } from "./vault/secret-v2.ts";

/** The stand-in for the plugin `vault`. */
export function vaultPlugin(version: string, environment: () => NodeJS.ProcessEnv): plugin.StandIn {
  return {
    name: "vault",
    version,
    configure: (config) => Promise.resolve(vaultProvider(new VaultClient(config, environment()))),
  };
}

function vaultProvider(client: VaultClient): plugin.Provider {
  return {
    check: (request) => asynchronously(() => check(request)),
    diff: (request) => asynchronously(() => diff(request)),
    create: (request) => guarded(request.inputs, () => create(request, client)),
    update: (request) => guarded(request.inputs, () => update(request, client)),
    read: (request) => read(request, client),
    delete: async ({ type, id, outputs }) => {
      await resourceOf(type).remove(id, outputs, client);
    },
    invoke: (token, args) => invoke(token, args, client),
  };
}

/** Turns what is thrown into a rejection, like every other error. */
async function asynchronously<Result>(act: () => Result): Promise<Result> {
  return Promise.resolve(act());
}

/** Keeps the secrets among the inputs out of whatever goes wrong. */
async function guarded<Result>(inputs: Properties, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw new Error(redact(messageOf(error), markVaultSecrets(inputs)), { cause: error });
  }
}

function resourceOf(type: string): VaultResource {
  const resource = vaultResources.get(type);
  if (resource === undefined) throw unsupported("vault", type);
  return resource;
}

function check(request: plugin.CheckRequest): plugin.CheckResult {
  const resource = resourceOf(request.type);
  const given = Object.entries(request.news).filter(([, value]) => value !== null);
  const explicit = { ...resource.defaults, ...Object.fromEntries(given) };
  const inputs: Record<string, Value> = { ...explicit, ...resource.derive?.(explicit) };
  if (resource.autonamed) inputs["name"] ??= request.olds["name"] ?? autoname(request, "name");
  const failures: plugin.CheckFailure[] = resource.required
    .filter((property) => inputs[property] === undefined)
    .map((property) => ({ property, reason: "is required" }));
  if (failures.length === 0 && !containsUnknown(inputs)) failures.push(...(resource.validate?.(inputs) ?? []));
  return { inputs: markVaultSecrets(inputs), failures };
}

function diff({ type, oldInputs, news }: plugin.DiffRequest): plugin.DiffResult {
  const { replacedBy } = resourceOf(type);
  const details = diffProperties(oldInputs, news, ([first]) => replacedBy.includes(String(first)));
  // Two resources at one path would undo each other, so the old one goes first when the path stays.
  const sameName =
    unwrap(oldInputs["name"]) === unwrap(news["name"]) && unwrap(oldInputs["path"]) === unwrap(news["path"]);
  return { details, deleteBeforeReplace: sameName };
}

async function create(request: plugin.CreateRequest, client: VaultClient): Promise<plugin.Created> {
  const resource = resourceOf(request.type);
  if (request.preview) return { id: "", outputs: previewOutputs(resource, request.inputs) };
  const id = await resource.write(request.inputs, client, undefined);
  return { id, outputs: await outputsOf(resource, id, request.inputs, client) };
}

async function update(request: plugin.UpdateRequest, client: VaultClient): Promise<Properties> {
  const resource = resourceOf(request.type);
  if (request.preview) return previewOutputs(resource, request.inputs);
  await resource.write(request.inputs, client, request.oldInputs);
  return outputsOf(resource, request.id, request.inputs, client);
}

function previewOutputs({ computed }: VaultResource, inputs: Properties): Properties {
  const open = computed.filter((key) => inputs[key] === undefined).map((key): [string, Value] => [key, unknown]);
  return markVaultSecrets({ ...inputs, ...Object.fromEntries(open) });
}

async function outputsOf(
  resource: VaultResource,
  id: string,
  inputs: Properties,
  client: VaultClient,
): Promise<Properties> {
  const live = await resource.read(id, inputs, client);
  if (live === undefined) throw new Error(`Vault has nothing at ${id} after it was written`);
  return markVaultSecrets({ ...live.computed, ...inputs });
}

async function read(request: plugin.ReadRequest, client: VaultClient): Promise<plugin.ReadResult | undefined> {
  const { id, type } = request;
  const known = Object.keys(request.inputs).length > 0 ? request.inputs : request.outputs;
  const live = await resourceOf(type).read(id, known, client);
  if (live === undefined) return undefined;
  const inputs = markVaultSecrets(secretLike(live.inputs, known));
  return { id, inputs, outputs: markVaultSecrets({ ...live.computed, ...inputs }) };
}

async function invoke(token: string, args: Properties, client: VaultClient): Promise<Properties> {
  if (token === "vault:kv/getSecretV2:getSecretV2") return getSecretV2(args, client);
  if (token === "vault:generic/getSecret:getSecret") return getSecret(args, client);
  throw unsupported("vault", token);
}

async function getSecret(args: Properties, client: VaultClient): Promise<Properties> {
  const path = textOf(args["path"]);
  const found = await client.find(path, namespaceOf(args));
  if (found === undefined) throw new Error(`Vault has no secret at ${path}`);
  const data = Object.fromEntries(
    Object.entries(found).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  return markVaultSecrets({ ...args, id: path, data, dataJson: JSON.stringify(found) });
}
