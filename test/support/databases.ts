import type { PlatformConfig } from "../../config/platform.ts";
import { certificate as ca, having, largest, withValue } from "./change.ts";
import { stackConfig, validConfig } from "./configs.ts";

const archived = { mode: "objectStore", store: { bucket: "backups", endpoint: "https://s3.example.com" } };

function recovery(target: object | undefined, store?: object) {
  return validConfig(
    having({
      "database.clusterName": "litellm-db-2",
      "database.backup": archived,
      "database.recovery": {
        serverName: "litellm-db",
        ...(store === undefined ? {} : { store }),
        ...(target === undefined ? {} : { target }),
      },
    }),
  );
}

/** Every form that the database can take, by what is special about it. */
export const databases: Readonly<Record<string, PlatformConfig>> = {
  "the dev stack's": stackConfig("dev"),
  "the prod stack's": stackConfig("prod"),
  "everything set": validConfig(largest()),
  "an image of a catalogue": validConfig(
    having({ "database.imageCatalog": { name: "postgresql", major: 17 }, "database.instances": 2 }),
  ),
  "very small": validConfig(
    having({ "database.resources": { cpu: "100m", memory: "128Mi" }, "database.storage": { size: "1Gi" } }),
  ),
  "very large": validConfig(
    having({
      "database.resources": { cpu: "64", memory: "1Ti" },
      "database.storage": { size: "16Ti" },
      "database.walStorage": { size: "1Ti" },
      "database.maxConnections": 2000,
    }),
  ),
  "an archive at AWS": validConfig(
    having({ "database.backup": { mode: "objectStore", store: { bucket: "backups" } } }),
  ),
  "recovered to the end": recovery(undefined),
  "recovered to a time": recovery({ kind: "time", time: "2026-11-21T04:05:06.789+01:00" }),
  "recovered to a name": recovery({ kind: "name", name: "before the upgrade", backupId: "20261121T020000" }),
  "recovered to a place in the WAL": recovery({ kind: "lsn", lsn: "0/3000060" }),
  "recovered from another store": recovery(
    { kind: "latest" },
    { bucket: "old", endpoint: "https://old.example.com", path: "a/b", region: "eu-west-1", ca },
  ),
  "recovered without a backup of its own": validConfig(
    having({ "database.recovery": { serverName: "lost", store: { bucket: "old" } } }),
  ),
  shared: validConfig(
    having({
      database: { mode: "shared", cluster: { name: "platform", namespace: "databases" }, owner: "litellm_dev" },
    }),
  ),
  "shared, known by its certificate": validConfig(
    having({
      database: { mode: "shared", cluster: { name: "platform", namespace: "databases" }, tls: "verify-full", ca },
    }),
  ),
  "shared, in the stack's namespace": validConfig(
    having({ database: { mode: "shared", cluster: { name: "platform" }, tls: "verify-full" } }),
  ),
  external: validConfig(
    having({
      database: {
        mode: "external",
        host: "db.example.com",
        login: { vaultPath: "teams/ai/db" },
        tls: "verify-full",
        ca,
        readReplica: { host: "ro.example.com" },
      },
    }),
  ),
  "everything set, in development": validConfig(withValue(largest(), "profile", "development")),
};
