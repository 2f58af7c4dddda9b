import type { KeyTree } from "../key-tree.ts";
import { litellmKeys } from "./keys.ts";
import { decidedBy, podsElsewhere, securityElsewhere } from "../raw-sources.ts";
import type { RawKeys } from "../types.ts";

const { database, disruptions, models, names, port, replicas, workers } = decidedBy;

/** The components of a layout that are set up below a key of their own; a single service is set up as the gateway. */
const components = { single: ["gateway"], separate: ["gateway", "backend", "ui"] } as const;

/** What of a component comes from elsewhere. */
const componentElsewhere: Readonly<Record<string, string>> = {
  enabled: decidedBy.layout,
  replicaCount: replicas,
  "hpa.enabled": replicas,
  "hpa.minReplicas": replicas,
  "hpa.maxReplicas": replicas,
  "pdb.enabled": disruptions,
  "pdb.minAvailable": disruptions,
  "pdb.maxUnavailable": disruptions,
  "service.port": port,
  ...podsElsewhere,
  ...securityElsewhere,
};

/** What of the gateway alone does. */
const gatewayElsewhere: Readonly<Record<string, string>> = {
  "gateway.config": models,
  "gateway.collector": decidedBy.collector,
  "gateway.numWorkers": workers,
  "gateway.metricsServer": decidedBy.metricsServer,
  "gateway.keda.enabled": replicas,
  "gateway.keda.minReplicaCount": replicas,
  "gateway.keda.maxReplicaCount": replicas,
};

function rawKeys(layout: keyof typeof components): RawKeys {
  const { backend, ui, ...single } = litellmKeys;
  const keys: KeyTree = layout === "single" ? single : { ...single, backend, ui };
  return {
    keys,
    elsewhere: {
      fullnameOverride: names,
      nameOverride: names,
      image: decidedBy.image,
      imagePullSecrets: decidedBy.pullSecrets,
      "monolith.enabled": decidedBy.layout,
      serviceAccounts: decidedBy.serviceAccount,
      migrationJob: decidedBy.migration,
      masterKey: decidedBy.masterKey,
      database,
      redis: decidedBy.cache,
      ...gatewayElsewhere,
      ...Object.fromEntries(
        components[layout].flatMap((name) =>
          Object.entries(componentElsewhere).map(([path, by]) => [`${name}.${path}`, by]),
        ),
      ),
    },
    pods: components[layout].map((name) => ({ path: [name], variableList: "extraEnv", secrets: "envSecrets" })),
    nulls: "keep",
    commands: ["monolith.extraArgs"],
  };
}

/** What `gateway.values` may say to chart `litellm`, by its layout. */
export const litellmRawKeys = { single: rawKeys("single"), separate: rawKeys("separate") } as const;
