import { z } from "zod";
import { cacheSchema } from "./cache.ts";
import { databaseSchema } from "./database.ts";
import { gatewaySchema } from "./gateway.ts";
import { identitySchema } from "./identity.ts";
import { keysSchema } from "./keys.ts";
import { modelsSchema } from "./models.ts";
import { namespaceSchema } from "./namespace.ts";
import { routingSchema } from "./routing.ts";
import { vaultSchema } from "./vault.ts";

/** Every part of a stack's configuration by its key: the one place where they are composed. */
export const parts = {
  profile: z
    .enum(["development", "production"])
    .describe("Kind of stack; decides the defaults of replicas, instances and protection."),
  protect: z
    .boolean()
    .describe("Refuse to delete keys, database and namespace. Default: false in development, true in production."),
  retain: z
    .boolean()
    .describe("Keep keys, Vault secrets, database and namespace when the stack is destroyed. Default: true."),
  namespace: namespaceSchema,
  vault: vaultSchema,
  keys: keysSchema,
  gateway: gatewaySchema,
  models: modelsSchema,
  routing: routingSchema,
  database: databaseSchema,
  cache: cacheSchema,
  identity: identitySchema,
} as const;

export type PartName = keyof typeof parts;
export type Profile = z.output<typeof parts.profile>;

type ParsedParts = { readonly [Name in PartName]: z.output<(typeof parts)[Name]> };

/** A stack's whole configuration, checked and with every default in place. */
export interface PlatformConfig extends Omit<ParsedParts, "vault"> {
  /** Name of the Pulumi stack. */
  readonly stack: string;
  readonly vault: ParsedParts["vault"] & { readonly path: string };
}

/**
 * Defaults that depend on the kind of stack; those that do not stand in the schemas. A part that is one of several modes
 * has its usual one as `mode`, and what only one mode knows below `modes`.
 */
export const profileDefaults = {
  development: {
    protect: false,
    retain: true,
    gateway: { chart: { kind: "litellm-helm" }, replicas: { min: 1, max: 1 } },
    database: { mode: "cluster", modes: { cluster: { instances: 1 } }, tls: "require" },
    cache: { mode: "dedicated", modes: { dedicated: { replicas: 1 } } },
  },
  production: {
    protect: true,
    retain: true,
    gateway: { chart: { kind: "litellm-helm" }, replicas: { min: 2, max: 6 } },
    database: { mode: "cluster", modes: { cluster: { instances: 3 } }, tls: "verify-full" },
    cache: { mode: "dedicated", modes: { dedicated: { replicas: 2 } } },
  },
} as const satisfies Record<Profile, object>;
