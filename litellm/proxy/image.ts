import type { Check } from "../../config/parse.ts";

type Version = readonly [number, number, number];

export function versionOf(tag: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(tag);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

export function isBefore(version: Version, other: Version): boolean {
  for (const index of [0, 1, 2] as const) {
    if (version[index] !== other[index]) return version[index] < other[index];
  }
  return false;
}

/**
 * Oldest release that works as deployed: from 1.94.0 the database engine is in the image, for any user and a read-only
 * root; from 1.91.0 the keys of Redis scripts carry the namespace that the cache's ACL grants, so that with an older one
 * every rate limit would be denied and silently be counted by each pod for itself.
 */
const oldestRelease: Version = [1, 94, 0];

/** The image's reference; chart `litellm-helm` joins repository and tag, so a digest goes behind the tag. */
export function tagWithDigest(image: { readonly tag: string; readonly digest?: string | undefined }): string {
  return image.digest === undefined ? image.tag : `${image.tag}@${image.digest}`;
}

export const checkImage: Check = ({ gateway }) => {
  const version = gateway && versionOf(gateway.image.tag);
  if (version === undefined || !isBefore(version, oldestRelease)) return [];
  return [
    {
      path: "gateway.image.tag",
      message: `is ${version.join(".")}, must be ${oldestRelease.join(".")} or newer: older images download their database engine at start and use cache keys outside their namespace`,
    },
  ];
};
