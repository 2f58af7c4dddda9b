import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CreateContainerConfigError, type ObjectData } from "./container-environment.ts";
import { shortHash, writePrivateFile } from "./files.ts";
import type { Container, Volume } from "./pod-types.ts";

/** A path in the container and what stands for it on this machine. */
export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
}

/** A mount to be made: an empty directory, or files. */
export interface PlannedMount extends Mount {
  /** Files by path; undefined for an empty directory. */
  readonly files: Readonly<Record<string, string>> | undefined;
}

export interface MountSources {
  readonly secrets: ObjectData;
  readonly configMaps: ObjectData;
  readonly namespace: string;
  /** Directory for the container's mounts. */
  readonly directory: string;
  /** What is done to the content of each file. */
  readonly translate: (content: string) => string;
}

/**
 * Decides what a container's mounts are here. Files lie in a directory whose name carries a hash of them, so that new
 * content gives a new path and by that a restart; empty directories stay the same. Kinds of volumes that cannot be
 * had outside a cluster are left out. Pure.
 */
export function planMounts(container: Container, volumes: readonly Volume[], sources: MountSources): PlannedMount[] {
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }): PlannedMount[] => {
    const volume = volumes.find((candidate) => candidate.name === name);
    if (volume?.emptyDir !== undefined)
      return [{ containerPath: mountPath, hostPath: join(sources.directory, name, subPath ?? ""), files: undefined }];
    const all = volume === undefined ? undefined : filesOf(volume, sources);
    if (all === undefined) return [];
    const files = Object.fromEntries(Object.entries(all).map(([path, text]) => [path, sources.translate(text)]));
    const directory = join(sources.directory, `${name}-${shortHash(JSON.stringify(files))}`);
    return [
      { containerPath: mountPath, hostPath: join(directory, subPath ?? ""), files: withDirectory(directory, files) },
    ];
  });
}

/** Makes the planned mounts. */
export function makeMounts(mounts: readonly PlannedMount[]): void {
  for (const { hostPath, files } of mounts) {
    if (files === undefined) mkdirSync(hostPath, { recursive: true, mode: 0o700 });
    for (const [path, content] of Object.entries(files ?? {})) writePrivateFile(path, content);
  }
}

/** Replaces a path at or below a mount by the path on this machine. The longest mount wins. Pure. */
export function hostPath(path: string, mounts: readonly Mount[]): string {
  const mount = mounts
    .filter(({ containerPath }) => path === containerPath || path.startsWith(`${containerPath}/`))
    .sort((a, b) => b.containerPath.length - a.containerPath.length)[0];
  return mount === undefined ? path : mount.hostPath + path.slice(mount.containerPath.length);
}

/** Names of the Secrets and ConfigMaps that volumes are made from. */
export function volumeObjects(volumes: readonly Volume[]): { secrets: string[]; configMaps: string[] } {
  return {
    secrets: volumes.flatMap(({ secret }) => secret?.secretName ?? []),
    configMaps: volumes.flatMap(({ configMap }) => configMap?.name ?? []),
  };
}

function filesOf(volume: Volume, sources: MountSources): Record<string, string> | undefined {
  const { secret, configMap } = volume;
  if (secret?.secretName !== undefined)
    return select(`Secret ${sources.namespace}/${secret.secretName}`, sources.secrets[secret.secretName], secret);
  if (configMap?.name !== undefined)
    return select(`ConfigMap ${sources.namespace}/${configMap.name}`, sources.configMaps[configMap.name], configMap);
  return undefined;
}

function select(
  object: string,
  data: Readonly<Record<string, string>> | undefined,
  { items, optional }: { items?: readonly { key: string; path: string }[]; optional?: boolean },
): Record<string, string> {
  if (data === undefined) {
    if (optional === true) return {};
    throw new CreateContainerConfigError(`${object} not found`);
  }
  if (items === undefined) return { ...data };
  return Object.fromEntries(
    items.flatMap(({ key, path }) => {
      const value = data[key];
      if (value !== undefined) return [[path, value]];
      if (optional === true) return [];
      throw new CreateContainerConfigError(`couldn't find key ${key} in ${object}`);
    }),
  );
}

function withDirectory(directory: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [join(directory, path), content]));
}
