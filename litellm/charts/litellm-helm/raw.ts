import { litellmHelmKeys } from "./keys.ts";
import { decidedBy, podsElsewhere, securityElsewhere } from "../raw-sources.ts";
import type { RawKeys } from "../types.ts";

const { cache, database, disruptions, migration, models, names, port, replicas, workers } = decidedBy;

/** What `gateway.values` may say to chart `litellm-helm`. */
export const litellmHelmRawKeys: RawKeys = {
  keys: litellmHelmKeys,
  elsewhere: {
    fullnameOverride: names,
    nameOverride: names,
    masterkey: decidedBy.masterKey,
    masterkeySecretName: decidedBy.masterKey,
    masterkeySecretKey: decidedBy.masterKey,
    proxyConfigMap: models,
    proxy_config: models,
    db: database,
    postgresql: database,
    redis: cache,
    migrationJob: migration,
    collector: decidedBy.collector,
    gateway: decidedBy.collector,
    image: decidedBy.image,
    imagePullSecrets: decidedBy.pullSecrets,
    serviceAccount: decidedBy.serviceAccount,
    replicaCount: replicas,
    "autoscaling.enabled": replicas,
    "autoscaling.minReplicas": replicas,
    "autoscaling.maxReplicas": replicas,
    "keda.enabled": replicas,
    "keda.minReplicas": replicas,
    "keda.maxReplicas": replicas,
    numWorkers: workers,
    "pdb.enabled": disruptions,
    "pdb.minAvailable": disruptions,
    "pdb.maxUnavailable": disruptions,
    metricsServer: decidedBy.metricsServer,
    "service.port": port,
    ...podsElsewhere,
    ...securityElsewhere,
  },
  pods: [{ path: [], variables: "envVars", variableList: "extraEnvVars", secrets: "environmentSecrets" }],
  nulls: "remove",
  commands: [],
};
