/** Names for resources that the program does not name. */
import { createHash, randomBytes } from "node:crypto";
import type { CheckRequest } from "./plugin.ts";

/** `<resource name>-<7 hex digits>`, or what the engine's own naming proposes. */
export function autoname({ name, randomSeed, autonaming }: CheckRequest, property: string): string {
  if (autonaming?.mode === "disable") {
    throw new Error(`automatic naming is disabled: ${name} requires ${property} to be set`);
  }
  if (autonaming !== undefined && autonaming.proposed !== "") return autonaming.proposed;
  const seed = randomSeed.length > 0 ? randomSeed : randomBytes(32);
  return `${name}-${createHash("sha256").update(seed).digest("hex").slice(0, 7)}`;
}
