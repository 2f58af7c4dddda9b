import { z } from "zod";
import { cpuQuantity, quantity } from "./values.ts";

export const cacheSchema = z
  .strictObject({
    mode: z.literal("dedicated").default("dedicated").describe("dedicated: an own Dragonfly."),
    keyPrefix: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*$/,
        "must be lower-case letters, digits, '-' and single dots; no colon and no glob character",
      )
      .default("litellm")
      .describe("Prefix of every key and channel: the cache namespace of LiteLLM and the pattern of the ACL."),
    username: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/, "must be lower-case letters, digits and '-'")
      .refine((name) => name !== "default", "must not be default, which is the server's own user")
      .default("litellm")
      .describe("ACL user of the proxy."),
    replicas: z.int().min(1).max(5).describe("Dragonfly pods. Default: 1 in development, 2 in production."),
    resources: z
      .strictObject({ cpu: cpuQuantity.default("500m"), memory: quantity.default("1Gi") })
      .prefault({})
      .describe("Request and limit of one Dragonfly pod."),
    responses: z
      .strictObject({
        mode: z
          .enum(["off", "default_off", "default_on"])
          .default("default_off")
          .describe("Response cache: off, only for requests that ask for it, or for all that do not refuse it."),
        ttl: z.int().min(1).default(600).describe("Seconds that a response is kept."),
        callTypes: z
          .array(z.enum(["completion", "acompletion", "embedding", "aembedding", "atranscription", "transcription"]))
          .min(1)
          .default(["completion", "acompletion", "embedding", "aembedding"])
          .describe("Calls whose responses are kept."),
      })
      .prefault({})
      .describe("Response cache."),
  })
  .describe("Dragonfly, which holds rate limits, cooldowns, locks and cached responses.");
