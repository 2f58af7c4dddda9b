import type { Container, EnvVar, EnvVarSource } from "./pod-types.ts";

/** Data by object's name; an object that does not exist is absent. Values of Secrets are decoded. */
export type ObjectData = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What the downward API tells about a pod. */
export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly ip: string;
  readonly nodeName: string;
  readonly hostIp: string;
  readonly serviceAccountName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface EnvironmentSources {
  readonly secrets: ObjectData;
  readonly configMaps: ObjectData;
  readonly pod: PodFacts;
}

interface ObjectReference {
  readonly name?: string;
  readonly optional?: boolean;
}

/** What keeps a pod from starting, as the kubelet reports it. */
export class CreateContainerConfigError extends Error {
  override readonly name = "CreateContainerConfigError";
}

/**
 * A container's environment as the kubelet makes it: `envFrom` first, the later source winning, then `env` in order,
 * where `$(NAME)` means a variable from before. Pure.
 */
export function resolveEnv(container: Container, sources: EnvironmentSources): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const { prefix = "", secretRef, configMapRef } = source;
    const kind = secretRef === undefined ? "configMaps" : "secrets";
    const reference: ObjectReference | undefined = secretRef ?? configMapRef;
    if (reference?.name === undefined) continue;
    const data = sources[kind][reference.name];
    if (data === undefined && reference.optional !== true) throw missingObject(kind, reference.name, sources);
    for (const [key, value] of Object.entries(data ?? {})) environment[prefix + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, environment, sources);
    if (value !== undefined) environment[variable.name] = value;
  }
  return environment;
}

/** Names of the Secrets and ConfigMaps that a container's environment is made from. */
export function referencedObjects(container: Container): { secrets: string[]; configMaps: string[] } {
  const env = (container.env ?? []).map(({ valueFrom }) => valueFrom);
  const from = container.envFrom ?? [];
  return {
    secrets: names([
      ...env.map((source) => source?.secretKeyRef?.name),
      ...from.map(({ secretRef }) => secretRef?.name),
    ]),
    configMaps: names([
      ...env.map((source) => source?.configMapKeyRef?.name),
      ...from.map(({ configMapRef }) => configMapRef?.name),
    ]),
  };
}

function names(list: readonly (string | undefined)[]): string[] {
  return [...new Set(list.filter((name) => name !== undefined))];
}

/**
 * Expands `$(NAME)` as Kubernetes does in values, commands and arguments: `$$` stands for a dollar sign, and a
 * reference to an unknown variable stays as it is. Pure.
 */
export function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (environment[name] ?? whole),
  );
}

function valueOf(
  { name, value, valueFrom }: EnvVar,
  environment: Readonly<Record<string, string>>,
  sources: EnvironmentSources,
): string | undefined {
  if (value !== undefined && value !== "") return expand(value, environment);
  if (valueFrom === undefined) return "";
  if (valueFrom.fieldRef !== undefined) return fieldOf(name, valueFrom.fieldRef.fieldPath, sources.pod);
  return keyOf(name, valueFrom, sources);
}

function keyOf(variable: string, source: EnvVarSource, sources: EnvironmentSources): string | undefined {
  const { secretKeyRef, configMapKeyRef } = source;
  const kind = secretKeyRef === undefined ? "configMaps" : "secrets";
  const reference: (ObjectReference & { key: string }) | undefined = secretKeyRef ?? configMapKeyRef;
  if (reference?.name === undefined)
    throw new CreateContainerConfigError(`${variable}: this kind of valueFrom is not known to the local run`);
  const data = sources[kind][reference.name];
  const value = data?.[reference.key];
  if (value !== undefined || reference.optional === true) return value;
  if (data === undefined) throw missingObject(kind, reference.name, sources);
  const where = `${titles[kind]} ${sources.pod.namespace}/${reference.name}`;
  throw new CreateContainerConfigError(`couldn't find key ${reference.key} in ${where} (for ${variable})`);
}

const titles = { secrets: "Secret", configMaps: "ConfigMap" } as const;

function missingObject(kind: keyof typeof titles, name: string, sources: EnvironmentSources): Error {
  return new CreateContainerConfigError(`${titles[kind]} ${sources.pod.namespace}/${name} not found`);
}

function fieldOf(variable: string, path: string, pod: PodFacts): string {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript !== null) return pod[subscript[1] as "labels" | "annotations"][subscript[2] ?? ""] ?? "";
  const value = {
    "metadata.name": pod.name,
    "metadata.namespace": pod.namespace,
    "metadata.uid": pod.uid,
    "spec.nodeName": pod.nodeName,
    "spec.serviceAccountName": pod.serviceAccountName,
    "status.hostIP": pod.hostIp,
    "status.hostIPs": pod.hostIp,
    "status.podIP": pod.ip,
    "status.podIPs": pod.ip,
  }[path];
  if (value === undefined) throw new CreateContainerConfigError(`${variable}: there is no field ${path}`);
  return value;
}
