import { z } from "zod";
import { caBundle, httpUrl, objectName, vaultPath, secretKey } from "./values.ts";

const authSchema = z.discriminatedUnion("method", [
  z.strictObject({
    method: z.literal("kubernetes").describe("By a ServiceAccount's token, which Vault has the cluster check."),
    mount: vaultPath
      .default("kubernetes")
      .describe("Mount of the Kubernetes auth method that trusts this cluster. It must exist."),
  }),
  z.strictObject({
    method: z.literal("appRole").describe("By an AppRole of the stack's own, where Vault cannot reach the cluster."),
    mount: vaultPath.default("approle").describe("Mount of the AppRole auth method. It must exist."),
  }),
  z.strictObject({
    method: z.literal("token").describe("By a token that somebody else keeps in a Secret, for example Vault Agent."),
    secretName: objectName.describe("Secret in the stack's namespace. It must exist before the first up."),
    key: secretKey.default("token").describe("Key within the Secret."),
  }),
]);

export const vaultSchema = z
  .strictObject({
    address: httpUrl.describe("URL at which the cluster reaches Vault (the SecretStore's server)."),
    mount: vaultPath.default("secret").describe("Mount of the KV version 2 secrets engine."),
    engine: z
      .enum(["existing", "managed"])
      .default("existing")
      .describe("Whether the secrets engine at the mount is there already, or is made by the program."),
    path: vaultPath.describe("Path under the mount that this stack owns. Default: litellm/<stack>.").optional(),
    namespace: vaultPath.optional().describe("Vault Enterprise namespace."),
    caBundle: caBundle
      .optional()
      .describe("CA of Vault's certificate, for External Secrets and the program: PEM, base64-encoded."),
    auth: authSchema.prefault({ method: "kubernetes" }).describe("How External Secrets logs in to Vault."),
    refreshInterval: z
      .string()
      .regex(/^[1-9][0-9]*(s|m|h)$/, "must be a duration such as 30s, 15m or 1h")
      .default("15m")
      .describe("How often External Secrets reads Vault again."),
  })
  .describe("Vault, the one store of this stack's secrets.");
