import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file that only its owner may read, whole or not at all. Returns whether its content changed. */
export function writePrivateFile(path: string, content: string): boolean {
  if (existsSync(path) && readFileSync(path, "utf8") === content) return false;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
  return true;
}

/**
 * Writes a file whose name carries a hash of its content, so that a process that is given its path is restarted when
 * the content changed and only then. Earlier versions stay until {@link removeOthers}.
 */
export function writeVersionedFile(directory: string, prefix: string, suffix: string, content: string): string {
  const path = join(directory, `${prefix}-${shortHash(content)}${suffix}`);
  writePrivateFile(path, content);
  return path;
}

/** Removes what begins with the prefix in the directory, except the names to keep. */
export function removeOthers(directory: string, prefix: string, keep: readonly string[]): void {
  for (const name of readdirSync(directory))
    if (name.startsWith(prefix) && !keep.includes(name)) rmSync(join(directory, name), { recursive: true });
}

/** A generated secret in a file that only its owner may read; made once. */
export function generatedSecret(path: string): string {
  if (!existsSync(path)) writePrivateFile(path, randomBytes(24).toString("hex"));
  return readFileSync(path, "utf8");
}

/** Enough of a SHA-256 to tell versions apart. */
export function shortHash(content: string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}
