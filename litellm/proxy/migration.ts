import type { PlatformConfig } from "../../config/platform.ts";
import { databaseConnection } from "../data/database.ts";
import { writablePlaces } from "./environment.ts";
import { shortHash } from "../shared/hash.ts";
import { tagWithDigest } from "./image.ts";
import type { Names } from "../shared/names.ts";

/**
 * Name of the migration Job. A Job cannot be changed: another image, database or way to it makes another one, and the
 * same make none. To run once more over a schema that is there already takes a moment and changes nothing.
 */
export function migrationJobName(names: Names, spec: object): string {
  return `${names.gateway}-migrate-${shortHash(spec)}`;
}

export function migrationImage(config: PlatformConfig): string {
  return `${config.gateway.image.repository}:${tagWithDigest(config.gateway.image)}`;
}

/** How an image runs LiteLLM's own migration program, by its entrypoint. */
export function migrationCommand(entrypoint: PlatformConfig["gateway"]["image"]["entrypoint"]) {
  return entrypoint === "dispatcher"
    ? { args: ["migrations"] }
    : { command: ["python", "litellm/proxy/prisma_migration.py"], workingDir: "/app" };
}

/** Prisma's engine needs far more than the proxy's share for a moment. */
export const migrationMemory = "3Gi";

/** Seconds after which a migration that hangs is ended, and how often a failed one is tried again. */
export const migrationLimits = { activeDeadlineSeconds: 1800, backoffLimit: 4 } as const;

export function migrationEnvironment(config: PlatformConfig, names: Names) {
  const database = databaseConnection(config, names);
  const fromSecret = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: names.databaseLogin, key } },
  });
  return [
    fromSecret("DATABASE_USERNAME", "username"),
    fromSecret("DATABASE_PASSWORD", "password"),
    { name: "DATABASE_HOST", value: database.direct.host },
    { name: "DATABASE_NAME", value: database.name },
    { name: "DATABASE_URL", value: database.directUrl },
    { name: "DISABLE_SCHEMA_UPDATE", value: "false" },
    ...Object.entries(writablePlaces).map(([name, value]) => ({ name, value })),
  ];
}
