import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { cacheDirectory } from "../paths.ts";

const room =
  "make room on the disk. The tools take 10 GB while they are built: in the cache directory (LITELLM_PLATFORM_CACHE " +
  "moves it), in the caches of Go, npm, uv and Maven, and in the directory for temporary files (TMPDIR moves it).";

const known: readonly (readonly [RegExp, string])[] = [
  [/no space left on device|ENOSPC|disk quota exceeded|EDQUOT/i, room],
  [
    /exit code 137|signal: killed|cannot allocate memory|ENOMEM/i,
    "find out what killed the command. Most often it is the system that ran out of memory: 4 GB must be free.",
  ],
  [
    /hash mismatch|checksum mismatch|has the SHA-256/i,
    "do not use the file: it is not the one that is pinned. Clear the cache of the mirror or proxy that it came through; if the mismatch stays, report it.",
  ],
];

/** With less than this many bytes left, a disk counts as full. */
const fullBelow = 50e6;

/** What to do about a failure, by what its message says. Pure. */
export function adviceFor(message: string, otherwise = "read the message above."): string {
  return known.find(([pattern]) => pattern.test(message))?.[1] ?? otherwise;
}

/** What to do about a full disk, which not every program names; `undefined` when there is room. */
export function adviceOnDisk(): string | undefined {
  return [cacheDirectory(), tmpdir()].some(isFull) ? room : undefined;
}

function isFull(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < fullBelow;
  } catch {
    // It does not exist, so nothing was written there.
    return false;
  }
}
