import assert from "node:assert/strict";
import { problemsOf } from "../../support/configs.ts";
import { having } from "./change.ts";

interface Case {
  readonly title: string;
  /** Settings of the gateway. */
  readonly gateway: object;
  readonly and?: Readonly<Record<string, unknown>>;
  /** Exact lines, `path: message`. */
  readonly expected: readonly string[];
}

const ownVolume =
  "is a volume of the program or the chart, must not be one of billing-metrics-mtls, billing-metrics-mtls-ca, ca, cache, collector-socket, database-ca, gateway-config, litellm-config, npm, prometheus-multiproc, tmp";
const hides =
  "would hide what the proxy needs, must not be or hold one of /.cache, /.npm, /app, /etc/litellm-ca, /etc/litellm/config.yaml, /etc/litellm/database, /opt, /tmp, /tmp/litellm_prometheus_multiproc";
const absolute = "must be an absolute path such as /etc/extra, without . and ..";
const settingInClear =
  "looks like a secret in clear text, must be left out: write os.environ/NAME, and NAME comes from Vault";
const valueInClear = "looks like a secret in clear text, must be left out: name a Secret that holds it";
const ignored = "it would be ignored in silence";
const counted = "comes from gateway.replicas, which the connections are counted by; must be left out";
const noKey = "must be left out: LiteLLM's charts have no key for it; an admission policy of the cluster can set it";
const mapping = "holds settings of the program, must be a mapping";

const cases: readonly Case[] = [
  {
    title: "a login of a trigger in clear text",
    gateway: {
      replicas: { min: 2, max: 4 },
      autoscaler: {
        kind: "keda",
        triggers: [
          { type: "rabbitmq", metadata: { host: "amqp://user:hunter2@rabbitmq.example.com", queueName: "q" } },
          { type: "x", metadata: { accessToken: "hunter2" } },
        ],
      },
    },
    expected: [
      "gateway.autoscaler.triggers[0].metadata.host: looks like a secret in clear text, must be left out: log in by an authenticationRef",
      "gateway.autoscaler.triggers[1].metadata.accessToken: looks like a secret in clear text, must be left out: log in by an authenticationRef",
    ],
  },
  {
    title: "workers in a pod by every other way",
    gateway: {
      environment: { WEB_CONCURRENCY: "4" },
      values: { envVars: { NUM_WORKERS: "4" }, args: ["--config", "/etc/litellm/config.yaml", "--num_workers", "4"] },
    },
    expected: [
      "gateway.environment.WEB_CONCURRENCY: makes workers that the database's connections are not counted for, must be left out: raise gateway.replicas",
      "gateway.values.envVars.NUM_WORKERS: makes workers that the database's connections are not counted for, must be left out: raise gateway.replicas",
      "gateway.values.args[2]: comes from the program: one worker a pod, and more pods by gateway.replicas; must be left out",
    ],
  },
  {
    title: "fewer pods at most than at least",
    gateway: { replicas: { min: 4, max: 2 } },
    expected: ["gateway.replicas.max: is 2, must be at least gateway.replicas.min, which is 4"],
  },
  {
    title: "an autoscaler of no kind",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { target: 60 } },
    expected: ["gateway.autoscaler.kind: is missing, must be one of cpu, keda"],
  },
  {
    title: "an autoscaler of an unknown kind",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { kind: "vpa" } },
    expected: ["gateway.autoscaler.kind: must be one of cpu, keda"],
  },
  {
    title: "a target above all of the CPU",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { kind: "cpu", target: 150 } },
    expected: ["gateway.autoscaler.target: must be at most 100"],
  },
  {
    title: "a key of the other kind of autoscaler",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { kind: "cpu", targets: 1, pollingInterval: 5 } },
    expected: [
      "gateway.autoscaler.targets: unknown key, did you mean target? Known keys: kind, target",
      "gateway.autoscaler.pollingInterval: unknown key. Known keys: kind, target",
    ],
  },
  {
    title: "an autoscaler for a fixed number of pods",
    gateway: { replicas: { min: 2, max: 2 }, autoscaler: { kind: "cpu" } },
    expected: ["gateway.autoscaler: has nothing to choose, must be left out or replicas.max be above replicas.min"],
  },
  {
    title: "KEDA without a trigger",
    gateway: { replicas: { min: 2, max: 4 }, autoscaler: { kind: "keda" } },
    expected: ["gateway.autoscaler: has no trigger, must have prometheus or triggers"],
  },
  {
    title: "KEDA by the gateway's metrics without these, and without a target",
    gateway: {
      replicas: { min: 2, max: 4 },
      autoscaler: { kind: "keda", prometheus: { address: "http://prometheus:9090" } },
    },
    expected: [
      "gateway.autoscaler.prometheus: has no target, must have requestsPerSecond or tokensPerSecond",
      "gateway.autoscaler.prometheus: needs the metrics, gateway.metricsServer must be set",
    ],
  },
  {
    title: "KEDA at a Prometheus that is no URL",
    gateway: {
      replicas: { min: 2, max: 4 },
      metricsServer: {},
      autoscaler: { kind: "keda", prometheus: { address: "prometheus:9090", requestsPerSecond: 0 } },
    },
    expected: [
      "gateway.autoscaler.prometheus.address: must be an http:// or https:// URL without credentials, query or fragment",
      "gateway.autoscaler.prometheus.requestsPerSecond: must be at least 1",
    ],
  },
  {
    title: "a trigger without a type, and one whose metadata are no texts",
    gateway: {
      replicas: { min: 2, max: 4 },
      autoscaler: { kind: "keda", triggers: [{ metadata: {} }, { type: "cron", metadata: { desiredReplicas: 4 } }] },
    },
    expected: [
      "gateway.autoscaler.triggers[0].type: is missing, must be a string",
      "gateway.autoscaler.triggers[1].metadata.desiredReplicas: must be a string, is a number: write it in quotes",
    ],
  },
  {
    title: "a budget for one pod",
    gateway: { disruptionBudget: { maxUnavailable: 1 } },
    expected: ["gateway.disruptionBudget: would let no node be drained of a single pod, must be left out"],
  },
  {
    title: "a budget by both numbers",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { maxUnavailable: 1, minAvailable: 1 } },
    expected: ["gateway.disruptionBudget: must have one of minAvailable and maxUnavailable"],
  },
  {
    title: "a budget by none",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: {} },
    expected: ["gateway.disruptionBudget: must have one of minAvailable and maxUnavailable"],
  },
  {
    title: "a budget of nothing, which the chart takes for unset",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { maxUnavailable: 0 } },
    expected: ["gateway.disruptionBudget.maxUnavailable: must be at least 1"],
  },
  {
    title: "a budget that is no percentage",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { maxUnavailable: "1.5%" } },
    expected: ['gateway.disruptionBudget.maxUnavailable: must be a percentage from "1%" to "100%"'],
  },
  {
    title: "a budget that no drain could keep to",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { minAvailable: 2 } },
    expected: [
      "gateway.disruptionBudget.minAvailable: would let no node be drained, must be less than gateway.replicas.min, which is 2",
    ],
  },
  {
    title: "a budget of all",
    gateway: { replicas: { min: 2, max: 4 }, disruptionBudget: { minAvailable: "100%" } },
    expected: [
      "gateway.disruptionBudget.minAvailable: would let no node be drained, must be less than gateway.replicas.min, which is 2",
    ],
  },
  {
    title: "a spread over nothing",
    gateway: { topologySpread: [{ maxSkew: 0, whenUnsatisfiable: "Never" }] },
    expected: [
      "gateway.topologySpread[0].topologyKey: is missing, must be a string",
      "gateway.topologySpread[0].maxSkew: must be at least 1",
      "gateway.topologySpread[0].whenUnsatisfiable: must be one of ScheduleAnyway, DoNotSchedule",
    ],
  },
  {
    title: "a spread with a selector of its own",
    gateway: { topologySpread: [{ topologyKey: "zone", labelSelector: {} }] },
    expected: [
      "gateway.topologySpread[0].labelSelector: unknown key. Known keys: maxSkew, topologyKey, whenUnsatisfiable",
    ],
  },
  {
    title: "an affinity of no kind",
    gateway: { affinity: { nodeAfinity: {} } },
    expected: [
      "gateway.affinity.nodeAfinity: unknown key, did you mean nodeAffinity? Known keys: nodeAffinity, podAffinity, podAntiAffinity",
    ],
  },
  {
    title: "a node selector that is no label",
    gateway: { nodeSelector: { "pool/": "ai", pool: "a b" } },
    expected: [
      'gateway.nodeSelector."pool/": the name must be a label name such as team or example.com/team',
      "gateway.nodeSelector.pool: must be a label value: at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends",
    ],
  },
  {
    title: "tolerations that do not mean anything",
    gateway: { tolerations: [{}, { operator: "Exists", value: "x" }, { key: "a", tolerationSeconds: 5 }] },
    expected: [
      "gateway.tolerations[0].key: is missing, must be a taint with operator Equal",
      "gateway.tolerations[1].value: does not count with operator Exists, must be left out",
      "gateway.tolerations[2].tolerationSeconds: counts with effect NoExecute only, must be left out",
    ],
  },
  {
    title: "a toleration of an unknown effect",
    gateway: { tolerations: [{ key: "a", effect: "NoRun" }] },
    expected: ["gateway.tolerations[0].effect: must be one of NoSchedule, PreferNoSchedule, NoExecute"],
  },
  { title: "a priority class", gateway: { priorityClass: "high" }, expected: [`gateway.priorityClass: ${noKey}`] },
  {
    title: "a number of old ReplicaSets",
    gateway: { revisionHistoryLimit: 3 },
    expected: [`gateway.revisionHistoryLimit: ${noKey}`],
  },
  {
    title: "a CPU limit below the request",
    gateway: { resources: { cpu: "1500m", cpuLimit: "1" } },
    expected: ["gateway.resources.cpuLimit: is 1, must be at least gateway.resources.cpu, which is 1500m"],
  },
  {
    title: "a CPU limit that is none",
    gateway: { resources: { cpuLimit: "unlimited" } },
    expected: ['gateway.resources.cpuLimit: must be CPUs such as "1", "0.5" or "500m"'],
  },
  {
    title: "a rollout that could never begin",
    gateway: { rollout: { maxSurge: 0 } },
    expected: ["gateway.rollout: could never begin, must have a maxSurge or maxUnavailable above 0"],
  },
  {
    title: "a percentage of pods above",
    gateway: { rollout: { maxSurge: "25%" } },
    expected: ["gateway.rollout.maxSurge: must be a number, is a string"],
  },
  {
    title: "more pods while rolling than the database has connections for",
    gateway: { rollout: { maxSurge: 20 } },
    expected: [
      "database.maxConnections: is too low for the pods: poolLimit 10 x (replicas.max 1 + 20 while rolling) + 5 for migration and metrics = 215, of maxConnections 200 - 3 reserved = 197. Must be at least 218, or lower database.poolLimit or gateway.replicas.max",
    ],
  },
  {
    title: "a start longer than Kubernetes waits for",
    gateway: { probes: { startup: { failureThreshold: 60 } } },
    expected: [
      "gateway.probes.startup: lets a start take 600 s, must be less than 600 s, after which Kubernetes gives a rollout up",
    ],
  },
  {
    title: "a start that takes that long with the delays around it",
    gateway: {
      probes: { startup: { initialDelaySeconds: 240, failureThreshold: 30 } },
      rollout: { minReadySeconds: 60 },
    },
    expected: [
      "gateway.probes.startup: lets a start take 600 s, must be less than 600 s, after which Kubernetes gives a rollout up",
    ],
  },
  {
    title: "a probe of another path",
    gateway: { probes: { liveness: { path: "/health" }, readyness: {} } },
    expected: [
      "gateway.probes.liveness.path: unknown key. Known keys: failureThreshold, initialDelaySeconds, periodSeconds, timeoutSeconds",
      "gateway.probes.readyness: unknown key, did you mean readiness? Known keys: liveness, readiness, startup",
    ],
  },
  {
    title: "a probe that is no time",
    gateway: { probes: { readiness: { periodSeconds: 0, timeoutSeconds: 1.5 } } },
    expected: [
      "gateway.probes.readiness.periodSeconds: must be at least 1",
      "gateway.probes.readiness.timeoutSeconds: must be a whole number, is 1.5",
    ],
  },
  {
    title: "a drain without a delay",
    gateway: { drainDelay: 0 },
    expected: ["gateway.drainDelay: must be at least 1"],
  },
  {
    title: "labels that select the pods",
    gateway: { podLabels: { "app.kubernetes.io/component": "proxy", "helm.sh/chart": "x", team: "ai" } },
    expected: [
      'gateway.podLabels."app.kubernetes.io/component": is the chart\'s own, must be left out',
      'gateway.podLabels."helm.sh/chart": is the chart\'s own, must be left out',
    ],
  },
  {
    title: "annotations that pods are rolled by",
    gateway: { podAnnotations: { "checksum/config": "x", "litellm-platform/secret-versions": "y" } },
    expected: [
      'gateway.podAnnotations."checksum/config": is what pods are rolled by, must be left out',
      'gateway.podAnnotations."litellm-platform/secret-versions": is what pods are rolled by, must be left out',
    ],
  },
  {
    title: "a template in an annotation",
    gateway: { podAnnotations: { note: "{{ .Values.secret }}" } },
    expected: ["gateway.podAnnotations.note: must not have {{, which the chart takes for a template of its own"],
  },
  {
    title: "an annotation of the account that is no text",
    gateway: { serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": 5 }, name: "own" } },
    expected: [
      'gateway.serviceAccount.annotations."eks.amazonaws.com/role-arn": must be a string, is a number: write it in quotes',
      "gateway.serviceAccount.name: unknown key. Known keys: annotations",
    ],
  },
  {
    title: "a volume without content, and one with two",
    gateway: {
      volumes: [
        { name: "a", mountPath: "/a" },
        { name: "b", mountPath: "/b", configMap: "b", secret: "b" },
      ],
    },
    expected: [
      "gateway.volumes[0]: has none of configMap, secret, persistentVolumeClaim, emptyDir, must have one",
      "gateway.volumes[1]: has several of configMap, secret, persistentVolumeClaim, emptyDir, must have one",
    ],
  },
  {
    title: "volumes of the chart and the program",
    gateway: {
      volumes: [
        { name: "tmp", mountPath: "/extra/tmp", emptyDir: "1Gi" },
        { name: "cache", mountPath: "/extra/cache", emptyDir: "1Gi" },
        { name: "npm", mountPath: "/extra/npm", emptyDir: "1Gi" },
        { name: "litellm-config", mountPath: "/extra/litellm-config", emptyDir: "1Gi" },
        { name: "ca", mountPath: "/extra/ca", emptyDir: "1Gi" },
        { name: "database-ca", mountPath: "/extra/database-ca", emptyDir: "1Gi" },
      ],
    },
    expected: [
      `gateway.volumes[0].name: ${ownVolume}`,
      `gateway.volumes[1].name: ${ownVolume}`,
      `gateway.volumes[2].name: ${ownVolume}`,
      `gateway.volumes[3].name: ${ownVolume}`,
      `gateway.volumes[4].name: ${ownVolume}`,
      `gateway.volumes[5].name: ${ownVolume}`,
    ],
  },
  {
    title: "mounts that hide what the proxy needs",
    gateway: {
      volumes: [
        { name: "v0", mountPath: "/tmp", emptyDir: "1Gi" },
        { name: "v1", mountPath: "/etc", emptyDir: "1Gi" },
        { name: "v2", mountPath: "/etc/litellm", emptyDir: "1Gi" },
        { name: "v3", mountPath: "/etc/litellm-ca", emptyDir: "1Gi" },
        { name: "v4", mountPath: "/app", emptyDir: "1Gi" },
        { name: "v5", mountPath: "/opt", emptyDir: "1Gi" },
      ],
    },
    expected: [
      `gateway.volumes[0].mountPath: ${hides}`,
      `gateway.volumes[1].mountPath: ${hides}`,
      `gateway.volumes[2].mountPath: ${hides}`,
      `gateway.volumes[3].mountPath: ${hides}`,
      `gateway.volumes[4].mountPath: ${hides}`,
      `gateway.volumes[5].mountPath: ${hides}`,
    ],
  },
  {
    title: "two volumes in one place and of one name",
    gateway: {
      volumes: [
        { name: "a", mountPath: "/a", secret: "a" },
        { name: "a", mountPath: "/a", secret: "a" },
      ],
    },
    expected: [
      "gateway.volumes[1].name: stands there twice, must be unique",
      "gateway.volumes[1].mountPath: stands there twice, must be unique",
    ],
  },
  {
    title: "mounts that are no absolute paths",
    gateway: {
      volumes: [
        { name: "v0", mountPath: "etc/a", secret: "a" },
        { name: "v1", mountPath: "/a/../tmp", secret: "a" },
        { name: "v2", mountPath: "/", secret: "a" },
        { name: "v3", mountPath: "/a/", secret: "a" },
      ],
    },
    expected: [
      `gateway.volumes[0].mountPath: ${absolute}`,
      `gateway.volumes[1].mountPath: ${absolute}`,
      `gateway.volumes[2].mountPath: ${absolute}`,
      `gateway.volumes[3].mountPath: ${absolute}`,
    ],
  },
  {
    title: "a volume of the node",
    gateway: { volumes: [{ name: "a", mountPath: "/a", hostPath: "/etc" }] },
    expected: [
      "gateway.volumes[0].hostPath: unknown key. Known keys: configMap, emptyDir, mountPath, name, persistentVolumeClaim, readOnly, secret, subPath",
    ],
  },
  {
    title: "root where Pod Security refuses it",
    gateway: { security: { runAsRoot: true } },
    expected: [
      "gateway.security.runAsRoot: is refused by Pod Security restricted, namespace.podSecurity must be baseline",
    ],
  },
  {
    title: "root with a user",
    gateway: { security: { runAsRoot: true, user: 1000 } },
    and: { "namespace.podSecurity": "baseline" },
    expected: ["gateway.security.user: is not that of the image, must be left out with runAsRoot"],
  },
  { title: "user 0", gateway: { security: { user: 0 } }, expected: ["gateway.security.user: must be at least 1"] },
  {
    title: "a privileged proxy",
    gateway: { security: { privileged: true } },
    expected: ["gateway.security.privileged: unknown key. Known keys: runAsRoot, user, writableRoot"],
  },
  {
    title: "the metrics on the gateway's port",
    gateway: { metricsServer: { port: 4000 } },
    expected: ["gateway.metricsServer.port: is the gateway's own, must differ from 4000"],
  },
  {
    title: "metrics of a release that has none",
    gateway: { metricsServer: {}, image: { tag: "v1.100.9" } },
    expected: ["gateway.metricsServer: is not in LiteLLM 1.100.9, gateway.image.tag must be 1.101.0 or newer"],
  },
  {
    title: "a metrics server that is on",
    gateway: { metricsServer: true },
    expected: ["gateway.metricsServer: must be a mapping, is true or false"],
  },
  {
    title: "models in the database by a word",
    gateway: { storeModelsInDatabase: "yes" },
    expected: ["gateway.storeModelsInDatabase: must be true or false, is a string"],
  },
  {
    title: "settings that are no mapping",
    gateway: { proxyConfig: ["general_settings"] },
    expected: ["gateway.proxyConfig: must be a mapping, is a list"],
  },
  {
    title: "a section that LiteLLM does not know",
    gateway: { proxyConfig: { litellm_setings: { drop_params: true } } },
    expected: [
      "gateway.proxyConfig.litellm_setings: unknown to LiteLLM, did you mean litellm_settings? Known keys: agent_list, agents, assistant_settings, callback_settings, classifier_plugin, credential_list, default_vertex_config, environment_variables, files_settings, finetune_settings, general_settings, guardrails, litellm_settings, mcp_servers, mcp_tools, model_list, pass_through_endpoints, plugins, policies, policy_attachments, prompts, router_settings, sandbox_tools, search_tools, vector_store_registry, worker_registry",
    ],
  },
  {
    title: "models beside the catalogue",
    gateway: { proxyConfig: { model_list: [] } },
    expected: ["gateway.proxyConfig.model_list: comes from models.list; must be left out"],
  },
  {
    title: "variables in clear text",
    gateway: { proxyConfig: { environment_variables: { OPENAI_API_KEY: "sk-hunter2hunter2" } } },
    expected: [
      "gateway.proxyConfig.environment_variables: comes from gateway.environment, and secrets from Vault; must be left out",
      `gateway.proxyConfig.environment_variables.OPENAI_API_KEY: ${settingInClear}`,
    ],
  },
  {
    title: "another master key and database",
    gateway: {
      proxyConfig: {
        general_settings: {
          master_key: "os.environ/OTHER",
          database_url: "os.environ/OTHER_URL",
          database_connection_pool_limit: 100,
        },
      },
    },
    expected: [
      "gateway.proxyConfig.general_settings.master_key: comes from the generated key; must be left out",
      "gateway.proxyConfig.general_settings.database_url: comes from database; must be left out",
      "gateway.proxyConfig.general_settings.database_connection_pool_limit: comes from database.poolLimit, which the connections are counted by; must be left out",
    ],
  },
  {
    title: "another cache",
    gateway: {
      proxyConfig: {
        general_settings: { coordination_redis: null, use_redis_transaction_buffer: true },
        litellm_settings: { cache: false, cache_params: { type: "local" } },
        router_settings: { redis_url: "os.environ/X" },
      },
    },
    expected: [
      "gateway.proxyConfig.general_settings.coordination_redis: comes from cache; must be left out",
      "gateway.proxyConfig.general_settings.use_redis_transaction_buffer: comes from cache and gateway.replicas; must be left out",
      "gateway.proxyConfig.litellm_settings.cache: comes from cache.responses; must be left out",
      "gateway.proxyConfig.litellm_settings.cache_params: comes from cache.responses; must be left out",
      "gateway.proxyConfig.router_settings.redis_url: comes from cache; must be left out",
    ],
  },
  {
    title: "a section taken away",
    gateway: { proxyConfig: { general_settings: null, litellm_settings: "none" } },
    expected: [`gateway.proxyConfig.general_settings: ${mapping}`, `gateway.proxyConfig.litellm_settings: ${mapping}`],
  },
  {
    title: "another timeout than pods are drained by",
    gateway: { proxyConfig: { litellm_settings: { request_timeout: 6000 } } },
    expected: [
      "gateway.proxyConfig.litellm_settings.request_timeout: comes from gateway.requestTimeout, which pods are drained by; must be left out",
    ],
  },
  {
    title: "models in the database by the back door",
    gateway: { proxyConfig: { general_settings: { store_model_in_db: true } } },
    expected: [
      "gateway.proxyConfig.general_settings.store_model_in_db: comes from gateway.storeModelsInDatabase; must be left out",
    ],
  },
  {
    title: "tokens as keys by the back door",
    gateway: { proxyConfig: { general_settings: { enable_jwt_auth: true, litellm_jwtauth: {} } } },
    expected: [
      "gateway.proxyConfig.general_settings.enable_jwt_auth: comes from identity.jwt; must be left out",
      "gateway.proxyConfig.general_settings.litellm_jwtauth: comes from identity.jwt; must be left out",
    ],
  },
  {
    title: "a guardrail with its key in clear text",
    gateway: {
      proxyConfig: {
        guardrails: [{ guardrail_name: "g", litellm_params: { guardrail: "lakera", api_key: "hunter2" } }],
      },
    },
    expected: [`gateway.proxyConfig.guardrails[0].litellm_params.api_key: ${settingInClear}`],
  },
  {
    title: "secrets that are seen by their form",
    gateway: {
      proxyConfig: {
        litellm_settings: {
          a: "sk-hunter2hunter2",
          b: "https://user:hunter2@example.com",
          c: "Bearer hunter2",
          d: "-----BEGIN PRIVATE KEY-----\nhunter2",
        },
      },
    },
    expected: [
      `gateway.proxyConfig.litellm_settings.a: ${settingInClear}`,
      `gateway.proxyConfig.litellm_settings.b: ${settingInClear}`,
      `gateway.proxyConfig.litellm_settings.c: ${settingInClear}`,
      `gateway.proxyConfig.litellm_settings.d: ${settingInClear}`,
    ],
  },
  {
    title: "callbacks without that of the metrics",
    gateway: { metricsServer: {}, proxyConfig: { litellm_settings: { callbacks: ["langfuse_otel"] } } },
    expected: [
      "gateway.proxyConfig.litellm_settings.callbacks: replaces the list, must have prometheus with gateway.metricsServer",
    ],
  },
  {
    title: "a reference to nothing",
    gateway: { proxyConfig: { litellm_settings: { x: "os.environ/not a name" } } },
    expected: [
      "gateway.proxyConfig: has a reference os.environ/NAME whose NAME is none, must be an environment variable name: capitals, digits and '_'",
    ],
  },
  {
    title: "values that are no mapping",
    gateway: { values: "replicaCount=3" },
    expected: ["gateway.values: must be a mapping, is a string"],
  },
  {
    title: "values that the chart does not read",
    gateway: {
      values: { replicas: 3, pdb: { minAvaliable: 1 }, image: { digest: "sha256:0" }, priorityClassName: "high" },
    },
    expected: [
      `gateway.values.replicas: is read by no template of the chart. Must be left out: ${ignored}`,
      `gateway.values.pdb.minAvaliable: is read by no template of the chart, did you mean minAvailable? Must be left out: ${ignored}`,
      `gateway.values.image.digest: is read by no template of the chart. Must be left out: ${ignored}`,
      `gateway.values.priorityClassName: the chart has no key for it, must be left out: ${ignored}`,
      "gateway.values.image: comes from gateway.image, which the migration uses too; must be left out",
    ],
  },
  {
    title: "another budget for drains",
    gateway: { values: { pdb: { minAvailable: 0, labels: { a: "b" } } } },
    expected: ["gateway.values.pdb.minAvailable: comes from gateway.disruptionBudget; must be left out"],
  },
  {
    title: "a variable that stands somewhere else",
    gateway: { environment: { HTTPS_PROXY: "a" }, values: { extraEnvVars: [{ name: "HTTPS_PROXY", value: "b" }] } },
    expected: [
      'gateway.values.extraEnvVars[0]: "HTTPS_PROXY" stands in envVars or gateway.environment already, must be unique',
    ],
  },
  {
    title: "the release under another name",
    gateway: { values: { fullnameOverride: "x", nameOverride: "y" } },
    expected: [
      "gateway.values.fullnameOverride: comes from the program, which others find the release by; must be left out",
      "gateway.values.nameOverride: comes from the program, which others find the release by; must be left out",
    ],
  },
  {
    title: "another master key",
    gateway: { values: { masterkey: "sk-hunter2hunter2", masterkeySecretName: "x", masterkeySecretKey: "y" } },
    expected: [
      "gateway.values.masterkey: comes from the generated key; must be left out",
      "gateway.values.masterkeySecretName: comes from the generated key; must be left out",
      "gateway.values.masterkeySecretKey: comes from the generated key; must be left out",
      `gateway.values.masterkey: ${valueInClear}`,
    ],
  },
  {
    title: "another configuration",
    gateway: { values: { proxyConfigMap: { create: true }, proxy_config: { model_list: [] } } },
    expected: [
      "gateway.values.proxyConfigMap: comes from models and gateway.proxyConfig; must be left out",
      "gateway.values.proxy_config: comes from models and gateway.proxyConfig; must be left out",
    ],
  },
  {
    title: "another database and cache",
    gateway: { values: { db: { deployStandalone: true }, postgresql: {}, redis: { enabled: true } } },
    expected: [
      "gateway.values.db: comes from database; must be left out",
      "gateway.values.postgresql: comes from database; must be left out",
      "gateway.values.redis: comes from cache; must be left out",
    ],
  },
  {
    title: "the chart's own migration and its hooks",
    gateway: { values: { migrationJob: { enabled: true, hooks: { helm: { enabled: true } } } } },
    expected: [
      "gateway.values.migrationJob: comes from the program, which migrates by a Job of its own before the release; must be left out",
    ],
  },
  {
    title: "another image",
    gateway: { values: { image: { tag: "latest" }, imagePullSecrets: [] } },
    expected: [
      "gateway.values.image: comes from gateway.image, which the migration uses too; must be left out",
      "gateway.values.imagePullSecrets: comes from gateway.image.pullSecrets, which the migration uses too; must be left out",
    ],
  },
  {
    title: "other numbers of pods and workers",
    gateway: {
      values: {
        replicaCount: 9,
        autoscaling: { maxReplicas: 90 },
        keda: { enabled: true },
        numWorkers: 4,
        strategy: { type: "Recreate" },
      },
    },
    expected: [
      `gateway.values.replicaCount: ${counted}`,
      `gateway.values.autoscaling.maxReplicas: ${counted}`,
      `gateway.values.keda.enabled: ${counted}`,
      "gateway.values.numWorkers: comes from the program: one worker a pod, and more pods by gateway.replicas; must be left out",
      "gateway.values.strategy: comes from gateway.rollout, which the connections are counted by; must be left out",
    ],
  },
  {
    title: "more rights",
    gateway: {
      values: {
        securityContext: { privileged: true, readOnlyRootFilesystem: false },
        podSecurityContext: { runAsUser: 0 },
      },
    },
    expected: [
      "gateway.values.podSecurityContext.runAsUser: comes from gateway.security; must be left out",
      "gateway.values.securityContext.privileged: comes from gateway.security; must be left out",
      "gateway.values.securityContext.readOnlyRootFilesystem: comes from gateway.security; must be left out",
    ],
  },
  {
    title: "no security context at all",
    gateway: { values: { securityContext: null, podSecurityContext: null, autoscaling: false } },
    expected: [
      "gateway.values.autoscaling: must be a mapping: the chart reads what is below it",
      `gateway.values.autoscaling: ${mapping}`,
      `gateway.values.podSecurityContext: ${mapping}`,
      `gateway.values.securityContext: ${mapping}`,
    ],
  },
  {
    title: "another port, account and grace period",
    gateway: { values: { service: { port: 80 }, serviceAccount: { create: true }, terminationGracePeriodSeconds: 1 } },
    expected: [
      "gateway.values.serviceAccount: comes from gateway.serviceAccount; must be left out",
      "gateway.values.terminationGracePeriodSeconds: comes from gateway.requestTimeout and gateway.drainDelay; must be left out",
      "gateway.values.service.port: comes from the program, which others reach the gateway by; must be left out",
    ],
  },
  {
    title: "variables of the program and of models",
    gateway: {
      values: {
        envVars: { DATABASE_URL: "x", DISABLE_SCHEMA_UPDATE: "false", OPENAI_API_KEY: "hunter2", REDIS_URL: "x" },
      },
    },
    expected: [
      "gateway.values.envVars.DATABASE_URL: is set by the program, must not be set here",
      "gateway.values.envVars.DISABLE_SCHEMA_UPDATE: is set by the program, must not be set here",
      "gateway.values.envVars.OPENAI_API_KEY: is a model's key, must come from Vault",
      "gateway.values.envVars.REDIS_URL: decides where the proxy connects, must be left to database and cache",
    ],
  },
  {
    title: "variables with secrets or numbers",
    gateway: { values: { envVars: { TEAM_TOKEN: "hunter2", LIMIT: 1500000, ON: true } } },
    expected: [
      "gateway.values.envVars.TEAM_TOKEN: looks like a secret in clear text, must come by valueFrom in extraEnvVars",
      "gateway.values.envVars.LIMIT: must be a string: write it in quotes",
      "gateway.values.envVars.ON: must be a string: write it in quotes",
    ],
  },
  {
    title: "a list of variables with these",
    gateway: {
      values: {
        extraEnvVars: [
          { name: "PROXY_MASTER_KEY", value: "hunter2" },
          { name: "TEAM_TOKEN", value: "hunter2" },
          { value: "x" },
          "X=1",
        ],
      },
    },
    expected: [
      'gateway.values.extraEnvVars[0]: "PROXY_MASTER_KEY" is set by the program, must not be set here',
      "gateway.values.extraEnvVars[0].value: looks like a secret in clear text, must be left out: name a Secret that holds it",
      "gateway.values.extraEnvVars[1].value: looks like a secret in clear text, must be left out: name a Secret that holds it",
      "gateway.values.extraEnvVars[2].name: is missing, must be a variable's name",
      "gateway.values.extraEnvVars[3].name: is missing, must be a variable's name",
    ],
  },
  {
    title: "lists that are none",
    gateway: { values: { extraEnvVars: { A: "1" }, volumes: {}, environmentSecrets: "more" } },
    expected: [
      `gateway.values.extraEnvVars.A: is read by no template of the chart. Must be left out: ${ignored}`,
      "gateway.values.environmentSecrets: must be a list",
      "gateway.values.volumes: must be a list",
      "gateway.values.extraEnvVars: must be a list",
    ],
  },
  {
    title: "Secrets without a name",
    gateway: { values: { environmentSecrets: ["", { name: "x" }] } },
    expected: [
      "gateway.values.environmentSecrets[0]: must be the name of a Secret",
      "gateway.values.environmentSecrets[1]: must be the name of a Secret",
    ],
  },
  {
    title: "volumes in others' places",
    gateway: {
      values: {
        volumes: [{ name: "tmp", emptyDir: {} }],
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp/" },
          { name: "x", mountPath: "/etc/litellm" },
        ],
      },
    },
    expected: [
      `gateway.values.volumes[0].name: ${ownVolume}`,
      `gateway.values.volumeMounts[0].mountPath: ${hides}`,
      `gateway.values.volumeMounts[1].mountPath: ${hides}`,
    ],
  },
  {
    title: "labels and annotations of others",
    gateway: {
      values: {
        podLabels: { "app.kubernetes.io/name": "x" },
        podAnnotations: { "checksum/config": "x", y: "{{ x }}" },
      },
    },
    expected: [
      'gateway.values.podLabels."app.kubernetes.io/name": is the chart\'s own, must be left out',
      'gateway.values.podAnnotations."checksum/config": is what pods are rolled by, must be left out',
      "gateway.values.podAnnotations.y: must not have {{, which the chart takes for a template of its own",
    ],
  },
  {
    title: "a Secret beside the release",
    gateway: {
      values: { extraResources: [{ kind: "ConfigMap" }, { kind: "Secret", stringData: { password: "hunter2" } }] },
    },
    expected: [
      "gateway.values.extraResources[1]: must be no Secret, whose content would stand in the release in clear text",
    ],
  },
  {
    title: "a secret in a header of a probe or hook",
    gateway: {
      values: {
        lifecycle: { preStop: { httpGet: { httpHeaders: [{ name: "Authorization", value: "Bearer hunter2" }] } } },
      },
    },
    expected: [`gateway.values.lifecycle.preStop.httpGet.httpHeaders[0].value: ${valueInClear}`],
  },
  {
    title: "a ServiceMonitor without metrics that it may read",
    gateway: { values: { serviceMonitor: { enabled: true } } },
    expected: [
      "gateway.values.serviceMonitor.enabled: would scrape without a key what wants one, gateway.metricsServer must be set",
    ],
  },
];

function problems(gateway: object, and: Readonly<Record<string, unknown>> = {}): string[] {
  const changes = Object.entries(gateway).map(([key, value]) => [`gateway.${key}`, value] as const);
  return problemsOf(having({ ...Object.fromEntries(changes), ...and }));
}

describe("a gateway that cannot be", () => {
  for (const { title, gateway, and, expected } of cases) {
    it(`is refused: ${title}`, () => {
      assert.deepEqual(problems(gateway, and).sort(), [...expected].sort());
    });
  }

  it("is told in our words, with what is allowed and without any value that may be a secret", () => {
    for (const line of cases.flatMap(({ gateway, and }) => problems(gateway, and))) {
      assert.doesNotMatch(line, /Invalid|expected|received|Too (big|small)|undefined|\[object|hunter2/, line);
      assert.match(line, /[Mm]ust |unknown key|unknown to LiteLLM/, line);
    }
  });

  it("is told from what is allowed", () => {
    const several = { replicas: { min: 2, max: 4 } };
    for (const gateway of [
      { ...several, autoscaler: { kind: "keda", triggers: [{ type: "cron", authenticationRef: { name: "x" } }] } },
      { ...several, disruptionBudget: { minAvailable: "50%" } },
      { ...several, disruptionBudget: { minAvailable: 1 } },
      { resources: { cpu: "500m", cpuLimit: "none" }, rollout: { maxSurge: 0, maxUnavailable: 1 } },
      { tolerations: [{ operator: "Exists" }, { key: "gpu", effect: "NoExecute", tolerationSeconds: 30 }] },
      { probes: { startup: { failureThreshold: 59 } }, drainDelay: 30 },
      { volumes: [{ name: "work", mountPath: "/tmp/work", emptyDir: "1Gi" }] },
      { volumes: [{ name: "code", mountPath: "/app/custom.py", subPath: "custom.py", configMap: "code" }] },
      { metricsServer: {}, proxyConfig: { litellm_settings: { callbacks: ["prometheus", "langfuse_otel"] } } },
      { proxyConfig: { guardrails: [{ litellm_params: { api_key: "os.environ/LAKERA_API_KEY" } }] } },
      { proxyConfig: { general_settings: { max_request_size_mb: 10, ui_access_mode: null } } },
      { proxyConfig: { default_vertex_config: { vertex_credentials: "/var/secrets/gcp/key.json" } } },
      { values: { environmentSecrets: ["more"], extraContainers: [{ name: "side", image: "side:1" }] } },
      { values: { extraEnvVars: [{ name: "TEAM_TOKEN", valueFrom: { secretKeyRef: { name: "t", key: "token" } } }] } },
      { values: { securityContext: { seLinuxOptions: { level: "s0" } }, autoscaling: { behavior: {} } } },
      { metricsServer: {}, values: { serviceMonitor: { enabled: true, labels: { release: "prometheus" } } } },
    ])
      assert.deepEqual(problems(gateway), [], JSON.stringify(gateway));
  });
});

describe("raw settings of LiteLLM beside lists of models", () => {
  it("do not replace what the models bring along", () => {
    const guardrail = { guardrail_name: "pii", litellm_params: { guardrail: "presidio", mode: "pre_call" } };
    assert.deepEqual(
      problemsOf(having({ "models.guardrails": [guardrail], "gateway.proxyConfig": { guardrails: [] } })),
      ["gateway.proxyConfig.guardrails: replaces models.guardrails, must be in one of the two"],
    );
    const server = { url: "https://mcp.example.com/mcp" };
    const beside = (servers: unknown) =>
      problemsOf(
        having({
          "models.mcpServers": { docs: server, wiki: server },
          "gateway.proxyConfig": { mcp_servers: servers },
        }),
      );
    assert.deepEqual(beside({ docs: { url: "https://elsewhere.example.com" }, wiki: null, other: server }), [
      "gateway.proxyConfig.mcp_servers.docs: changes models.mcpServers.docs, must be in one of the two",
      "gateway.proxyConfig.mcp_servers.wiki: changes models.mcpServers.wiki, must be in one of the two",
    ]);
    for (const servers of [null, []])
      assert.deepEqual(beside(servers), [
        "gateway.proxyConfig.mcp_servers: replaces models.mcpServers, must be in one of the two",
      ]);
    assert.deepEqual(beside({ other: server }), []);
    assert.deepEqual(problemsOf(having({ "gateway.proxyConfig": { credential_list: [] } })), [
      "gateway.proxyConfig.credential_list: comes from models.credentials, which models log in by; must be left out",
    ]);
  });
});
