import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

/** One registered resource with the options that mocks alone do not show. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parent: string;
  readonly dependsOn: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  readonly timeouts: Readonly<Record<string, string>>;
}

/** Values in a Vault, by full path. */
export type VaultContents = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Values of Secrets that a real cluster would return for `Secret.get`, by `namespace/name`. */
export type ClusterContents = VaultContents;

/**
 * Runs a program against mocks and returns everything that it registered, in order, with names for URNs. Names of
 * objects become their ids, so that references between resources can be read.
 */
export async function record(
  stack: string,
  program: () => unknown,
  cluster: ClusterContents = {},
): Promise<readonly Registration[]> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs, id = "" }) =>
        type === "kubernetes:core/v1:Secret" && id !== ""
          ? { id, state: { data: base64(cluster[id]) } }
          : { id: `${name}-id`, state: { ...(inputs as object), ...outputsOf(type, name) } },
      call: ({ token, inputs }: { token: string; inputs: Record<string, unknown> }) => {
        switch (token) {
          case "keycloak:index/getUser:getUser":
            return { id: `user ${String(inputs["username"])}` };
          case "keycloak:index/getGroup:getGroup":
            return { id: `group ${String(inputs["name"])}` };
          default:
            throw new Error(`unexpected call of ${token}`);
        }
      },
    },
    "litellm-platform",
    stack,
    false,
  );
  const seen: Registration[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource: (request: RegisterResourceRequest, ...rest: unknown[]) => unknown;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    if (request.getType() !== "pulumi:pulumi:Stack") seen.push(registration(request));
    return register(request, ...rest);
  };
  await program();
  await pulumi.runtime.disconnect();
  return seen;
}

function base64(values: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")] as const),
  );
}

function outputsOf(type: string, name: string): Record<string, unknown> {
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return { result: `generated(${name})` };
    case "vault:kv/secretV2:SecretV2":
      return { metadata: { version: "1" } };
    case "vault:appRole/authBackendRole:AuthBackendRole":
      return { roleId: `role id of ${name}` };
    case "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId":
      return { secretId: `generated(${name})` };
    case "kubernetes:helm.sh/v3:Release":
      return { status: { namespace: "from-release", status: "deployed" } };
    default:
      return {};
  }
}

function registration(request: RegisterResourceRequest): Registration {
  const timeouts = (request.getCustomtimeouts()?.toObject() ?? {}) as Record<string, string>;
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    parent: nameOf(request.getParent()),
    dependsOn: request.getDependenciesList().map(nameOf).sort(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    timeouts: Object.fromEntries(Object.entries(timeouts).filter(([, value]) => value !== "")),
  };
}

/** The last part of a URN. */
function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Key by which Pulumi marks a value as secret. */
export const secretSignature = "4dabf18193072939515e22adb298388d";

/** Inputs with Pulumi's secret wrapping made visible as `secret(...)`. */
export function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  if (secretSignature in value && "value" in value) return { secret: readable(value.value) };
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, readable(entry)]));
}
