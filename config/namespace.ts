import { z } from "zod";
import { dnsLabel, labels } from "./values.ts";

export const namespaceSchema = z
  .strictObject({
    name: dnsLabel
      .default("litellm")
      .describe("Namespace that holds everything of this stack. It is created by the program."),
    podSecurity: z
      .enum(["restricted", "baseline", "privileged"])
      .default("restricted")
      .describe("Pod Security Standard that the namespace enforces, warns about and audits."),
    labels: labels.default({}).describe("Further labels of the namespace."),
  })
  .describe("The namespace of the stack.");
