import { z } from "zod";
import { httpUrl, vaultPath } from "./values.ts";

export const vaultSchema = z
  .strictObject({
    address: httpUrl.describe("URL at which the cluster reaches Vault (the SecretStore's server)."),
    mount: vaultPath.default("secret").describe("Mount of the KV version 2 secrets engine. It must exist."),
    path: vaultPath.describe("Path under the mount that this stack owns. Default: litellm/<stack>.").optional(),
    namespace: vaultPath.optional().describe("Vault Enterprise namespace."),
    caBundle: z
      .base64("must be the PEM certificates of Vault's CA, base64-encoded")
      .optional()
      .describe("CA of Vault's certificate for the SecretStore: PEM, base64-encoded."),
    auth: z
      .strictObject({
        kubernetes: z
          .strictObject({
            mount: vaultPath
              .default("kubernetes")
              .describe("Mount of the Kubernetes auth method that trusts this cluster. It must exist."),
          })
          .prefault({}),
      })
      .prefault({})
      .describe("How External Secrets logs in to Vault."),
    refreshInterval: z
      .string()
      .regex(/^[1-9][0-9]*(s|m|h)$/, "must be a duration such as 30s, 15m or 1h")
      .default("15m")
      .describe("How often External Secrets reads Vault again."),
  })
  .describe("Vault, the one store of this stack's secrets.");
