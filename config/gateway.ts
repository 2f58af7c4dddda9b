import { z } from "zod";
import { podSettings } from "./gateway-pods.ts";
import { cpuQuantity, environmentVariable, exactVersion, hostname, objectName, quantity } from "./values.ts";
import { routingStrategies } from "./routing.ts";

const imageSchema = z.strictObject({
  repository: z
    .string()
    .regex(/^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)+$/, "must be an image repository without tag or digest")
    .default("ghcr.io/berriai/litellm")
    .describe("Image repository; a private mirror goes here."),
  tag: z
    .string()
    .regex(
      /^v?\d+\.\d+\.\d+([-.][0-9A-Za-z.-]+)?$/,
      "must be one exact release such as v1.108.17; moving tags such as latest or main-stable are refused",
    )
    .default("v1.108.17")
    .describe("Exact LiteLLM release."),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits")
    .optional()
    .describe("Digest that the tag must resolve to; recommended in production."),
  entrypoint: z
    .enum(["cli", "dispatcher"])
    .default("cli")
    .describe(
      "What the image starts: LiteLLM's command line, or the dispatcher that chart litellm needs. `docker run --rm <image> help` prints the dispatcher's usage, where there is one.",
    ),
  pullPolicy: z.enum(["IfNotPresent", "Always"]).default("IfNotPresent"),
  pullSecrets: z.array(objectName).default([]).describe("Names of image pull Secrets in the namespace."),
});

const chartSource = z
  .string()
  .regex(
    /^(oci:\/\/[^\s/]+(\/[^\s/]+)+|\.{0,2}\/.+)$/,
    "must be an oci:// reference or a directory such as ./charts/litellm",
  )
  .describe("Where the chart is pulled from: an oci:// reference (a private mirror goes here) or a chart directory.");

const serviceSchema = z
  .strictObject({
    replicas: z.int().min(1).max(100).optional().describe("Number of pods. Default: gateway.replicas.min."),
    resources: z
      .strictObject({ cpu: cpuQuantity, memory: quantity })
      .optional()
      .describe("Request and limit of one pod. Default: gateway.resources for the backend, the chart's for the UI."),
  })
  .optional();

const chartSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("litellm-helm").describe("The older official chart, which starts every image. The default."),
    version: exactVersion.default("1.90.2").describe("Exact chart version."),
    source: chartSource.default("oci://ghcr.io/berriai/litellm-helm"),
  }),
  z.strictObject({
    kind: z.literal("litellm").describe("The current official chart; gateway.image.entrypoint must be dispatcher."),
    version: z
      .literal("1.0.0", {
        error:
          "must be 1.0.0: later numbers of this name, and what a range resolves to, are charts of an older shape with an image for each component",
      })
      .default("1.0.0")
      .describe("Exact chart version."),
    source: chartSource.default("oci://ghcr.io/berriai/litellm/chart/litellm"),
    layout: z
      .enum(["single", "separate"])
      .default("single")
      .describe(
        "One service that does all, or separate ones for the calls of models, for management and for the dashboard, which need routes by path before them.",
      ),
    backend: serviceSchema.describe("Pods for management, with layout separate."),
    ui: serviceSchema.describe("Pods for the dashboard's pages, with layout separate."),
  }),
]);

export const gatewaySchema = z
  .strictObject({
    host: hostname.describe("Public host name of the gateway; its URL is https://<host>."),
    image: imageSchema.prefault({}),
    chart: chartSchema.describe("Helm chart of the release. Default: kind litellm-helm."),
    ...podSettings,
    resources: z
      .strictObject({
        cpu: cpuQuantity.default("1"),
        memory: quantity.default("4Gi"),
        cpuLimit: z
          .union([z.literal("none"), cpuQuantity])
          .optional()
          .describe("Limit of CPU; none lets a pod take what its node has to spare. Default: what it requests."),
      })
      .prefault({})
      .describe("Request and limit of one pod, which runs one worker."),
    license: z
      .boolean()
      .default(false)
      .describe("Take a licence of LiteLLM Enterprise from Vault: <vault.path>/license, property key."),
    uiUsername: z.string().min(1).default("admin").describe("User name of the dashboard's break-glass login."),
    requestTimeout: z
      .int()
      .min(1)
      .max(3600)
      .default(600)
      .describe("Longest request, in seconds. A pod gets 15 s more, and the drain delay, until it is killed."),
    logLevel: z
      .enum(["ERROR", "WARNING", "INFO", "DEBUG"])
      .default("ERROR")
      .describe("LiteLLM's log level. DEBUG writes requests and keys to the log and is warned about."),
    jsonLogs: z.boolean().default(true).describe("Write the log as JSON."),
    metricsServer: z
      .strictObject({
        port: z.int().min(1024).max(65_535).default(4001).describe("Port of the metrics, in pods and Service."),
      })
      .optional()
      .describe(
        "Prometheus metrics from a process of their own, without a key, on a Service of their own. Default: none.",
      ),
    storeModelsInDatabase: z
      .boolean()
      .default(false)
      .describe(
        "Let the dashboard and the API add models and change settings. What they store wins over the configuration from then on, and up does not see it.",
      ),
    routingStrategy: z
      .enum(routingStrategies)
      .default("simple-shuffle")
      .describe("How LiteLLM chooses among deployments of one model name."),
    retries: z.int().min(0).max(10).default(2).describe("Times that a failed provider call is tried again."),
    environment: z
      .record(environmentVariable, z.string())
      .default({})
      .describe("Further environment variables of the proxy, in clear text: never a secret."),
    proxyConfig: z
      .record(z.string(), z.unknown())
      .default({})
      .describe(
        "Anything else for LiteLLM's config.yaml, merged over ours at the end: maps merge, lists replace, null removes.",
      ),
    values: z
      .record(z.string(), z.unknown())
      .default({})
      .describe("Anything else for the chart, merged over our values at the end in the same way."),
  })
  .describe("The LiteLLM proxy.");
