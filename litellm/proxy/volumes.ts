import type { PlatformConfig } from "../../config/platform.ts";
import type { Problem } from "../../config/problems.ts";
import { caDirectory } from "../data/cache.ts";
import { multiprocDirectory, reservedVolumeNames as litellmVolumes } from "../charts/litellm/keys.ts";
import { configPath, configVolumeName, reservedMountPaths, reservedVolumeNames } from "../charts/litellm-helm/keys.ts";
import { caMount } from "../data/database.ts";

/** The volume with the CA certificates of the cache and of a bucket. */
export const filesVolume = "ca";

/** Of both charts, so that a move from one to the other meets nothing that is in its way. */
const ownNames: readonly string[] = [
  ...reservedVolumeNames,
  ...litellmVolumes,
  configVolumeName,
  filesVolume,
  caMount.volume,
];

/** Directories of the program, of the chart and of the image, which must stay what they are. */
const ownPaths: readonly string[] = [
  ...reservedMountPaths,
  multiprocDirectory,
  configPath,
  caDirectory,
  caMount.directory,
  "/app",
  "/opt",
];

type Volume = PlatformConfig["gateway"]["volumes"][number];

/** The places of a volume's content, of which a volume has one. */
const sources = ["configMap", "secret", "persistentVolumeClaim", "emptyDir"] as const;

/** The volumes that the configuration adds, as Kubernetes wants them. */
export function extraVolumes(volumes: readonly Volume[]) {
  return {
    volumes: volumes.map((volume) => ({ name: volume.name, ...sourceOf(volume) })),
    volumeMounts: volumes.map(({ name, mountPath, subPath, readOnly, configMap, secret }) => ({
      name,
      mountPath,
      ...(subPath === undefined ? {} : { subPath }),
      readOnly: readOnly ?? (configMap !== undefined || secret !== undefined),
    })),
  };
}

function sourceOf({ configMap, secret, persistentVolumeClaim, emptyDir }: Volume) {
  if (configMap !== undefined) return { configMap: { name: configMap } };
  if (secret !== undefined) return { secret: { secretName: secret } };
  if (persistentVolumeClaim !== undefined) return { persistentVolumeClaim: { claimName: persistentVolumeClaim } };
  return { emptyDir: { sizeLimit: emptyDir } };
}

export function volumeProblems(volumes: readonly Volume[]): Problem[] {
  const path = (index: number) => `gateway.volumes[${index}]`;
  const given = volumes.map((volume) => sources.filter((source) => volume[source] !== undefined));
  return [
    ...given.flatMap((found, index) => {
      if (found.length === 1) return [];
      const has = found.length === 0 ? "has none of" : "has several of";
      return [{ path: path(index), message: `${has} ${sources.join(", ")}, must have one` }];
    }),
    ...placeProblems(
      volumes.map(({ name }, index) => ({ path: `${path(index)}.name`, value: name })),
      volumes.map(({ mountPath }, index) => ({ path: `${path(index)}.mountPath`, value: mountPath })),
    ),
  ];
}

interface Place {
  readonly path: string;
  readonly value: string;
}

/**
 * Volumes and mounts that the API server would refuse beside ours and those of the configuration, or that would hide what
 * the proxy needs.
 */
export function placeProblems(
  names: readonly Place[],
  mounts: readonly Place[],
  beside: readonly Volume[] = [],
): Problem[] {
  const taken = names
    .filter(({ value }) => ownNames.includes(value))
    .map(({ path }) => ({
      path,
      message: `is a volume of the program or the chart, must not be one of ${list(ownNames)}`,
    }));
  const hidden = mounts
    .filter(({ value }) => ownPaths.some((own) => own === value || own.startsWith(`${value === "/" ? "" : value}/`)))
    .map(({ path }) => ({
      path,
      message: `would hide what the proxy needs, must not be or hold one of ${list(ownPaths)}`,
    }));
  return [
    ...taken,
    ...hidden,
    ...twice(
      names,
      beside.map(({ name }) => name),
    ),
    ...twice(
      mounts,
      beside.map(({ mountPath }) => mountPath),
    ),
  ];
}

function twice(places: readonly Place[], beside: readonly string[]): Problem[] {
  return places.flatMap(({ path, value }, index) => {
    if (beside.includes(value)) return [{ path, message: "stands in gateway.volumes already, must be unique" }];
    const first = places.findIndex((other) => other.value === value);
    return first < index ? [{ path, message: "stands there twice, must be unique" }] : [];
  });
}

function list(names: readonly string[]): string {
  return [...names].sort().join(", ");
}
