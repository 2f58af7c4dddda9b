import { z } from "zod";
import { dnsLabel, objectName, vaultPath, secretKey } from "./values.ts";

/** Where a key of an existing installation stands; it is read once, when the stack has no key of its own yet. */
const importSource = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("vault").describe("A secret in the same mount of Vault."),
    path: vaultPath.describe("Path below vault.mount."),
    property: z.string().min(1).describe("Key within that secret."),
  }),
  z.strictObject({
    kind: z.literal("secret").describe("A Secret in the cluster."),
    namespace: dnsLabel.describe("Namespace of the Secret."),
    name: objectName.describe("Name of the Secret."),
    key: secretKey.describe("Key within the Secret."),
  }),
]);

const version = (what: string) => z.int().min(1).default(1).describe(`Raise it by one to rotate ${what}.`);

export const keysSchema = z
  .strictObject({
    master: z
      .strictObject({
        version: version("the master key"),
        importFrom: importSource.optional().describe("Master key of an existing installation to take over."),
      })
      .prefault({})
      .describe("The administrators' API key."),
    salt: z
      .strictObject({
        importFrom: importSource
          .optional()
          .describe(
            "Salt key of an existing installation to take over; its master key if it had no salt key, since LiteLLM then encrypts with that.",
          ),
      })
      .prefault({})
      .describe("The key that encrypts what LiteLLM stores. It can never change."),
    ui: z
      .strictObject({ version: version("the password") })
      .prefault({})
      .describe("The password of the dashboard's break-glass login."),
  })
  .describe("The keys that the program generates.");

export type ImportSource = z.output<typeof importSource>;
