import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { chartOf } from "../litellm/charts/chart.ts";
import { caConfigMap, configKey, configMapName, gatewaySpec, unlessEmpty } from "../litellm/charts/gateway-spec.ts";
import { caVolume, caVolumeMount, databaseConnection } from "../litellm/data/database.ts";
import { writablePlaces } from "../litellm/proxy/environment.ts";
import {
  migrationCommand,
  migrationEnvironment,
  migrationImage,
  migrationJobName,
  migrationLimits,
  migrationMemory,
} from "../litellm/proxy/migration.ts";
import { type Names, commonLabels } from "../litellm/shared/names.ts";
import { containerSecurityContext, podSecurityContext } from "../litellm/proxy/pod-security.ts";
import { proxyConfigYaml } from "../litellm/proxy/config.ts";
import type { ChartFacts } from "../litellm/charts/types.ts";

/** Hooks of a release, given the component that it is in. */
export type ReleaseHooks = (parent: pulumi.Resource) => pulumi.ResourceHookBinding;

export interface GatewayArgs {
  readonly config: PlatformConfig;
  readonly names: Names;
  readonly namespace: pulumi.Input<string>;
  readonly secrets: {
    /** Names of Secrets beside those that every stack has. */
    readonly further: readonly string[];
    /** Versions in Vault of what the stack's own Secrets hold. */
    readonly versions: pulumi.Input<string>;
  };
  /** Must be ready before the schema is migrated. */
  readonly database: readonly pulumi.Resource[];
  /** What comes before Helm's work, from `releaseHooks`. Default: nothing. */
  readonly releaseHooks?: ReleaseHooks | undefined;
  /** Must be ready before the proxy starts. */
  readonly requirements: readonly pulumi.Resource[];
}

/** The LiteLLM proxy: ServiceAccount, configuration, migration of the schema, and the Helm release. */
export class Gateway extends pulumi.ComponentResource {
  readonly release: kubernetes.helm.v3.Release;
  readonly chart: ChartFacts;

  constructor(name: string, args: GatewayArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:Gateway", name, {}, options);
    const { config, names } = args;
    const metadata = { namespace: args.namespace, labels: commonLabels };

    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      {
        metadata: {
          ...metadata,
          name: names.proxyAccount,
          ...unlessEmpty("annotations", config.gateway.serviceAccount.annotations),
        },
        automountServiceAccountToken: false,
      },
      { parent: this },
    );
    const configMap = new kubernetes.core.v1.ConfigMap(
      `${name}-config`,
      { metadata: { ...metadata, name: configMapName(config, names) }, data: { [configKey]: proxyConfigYaml(config) } },
      { parent: this },
    );
    const ca = caConfigMap(config, names);
    const files =
      ca &&
      new kubernetes.core.v1.ConfigMap(
        `${name}-ca`,
        { metadata: { ...metadata, name: ca.name }, data: ca.data },
        { parent: this },
      );
    const migrationJob = migrationSpec(config, names);
    const migration = new kubernetes.batch.v1.Job(
      `${name}-migration`,
      {
        metadata: { ...metadata, name: migrationJobName(names, migrationJob), annotations: rerunFailed },
        spec: migrationJob,
      },
      {
        parent: this,
        dependsOn: [account, ...args.database],
        customTimeouts: { create: minutes(migrationLimits.activeDeadlineSeconds) },
      },
    );

    this.chart = chartOf(config.gateway.chart, gatewaySpec(config, names, args.secrets));
    const { chart } = config.gateway;
    this.release = new kubernetes.helm.v3.Release(
      // A resource for each chart and layout: the new one comes up beside the old one, which goes when it is there, and
      // an `up` that failed half-way can go back. A replacement could not: it makes the old one anew before it deletes it.
      chart.kind === "litellm" ? `${name}-${chart.layout}` : name,
      {
        name: names.release,
        namespace: args.namespace,
        chart: chart.source,
        version: chart.version,
        values: this.chart.values,
        // By a null a default of the chart is taken away.
        ...(chart.kind === "litellm" ? { allowNullValues: true } : {}),
        // Rolling back would not undo the migration, so a failed release stays for the next `up` to repair.
        atomic: false,
        timeout: releaseTimeout,
      },
      {
        parent: this,
        // Nothing depends on the release, so a destroy begins with it: protected, it keeps all the rest up too.
        protect: config.protect,
        // Helm gives no name a second time, and a release is only replaced when somebody asks for it.
        deleteBeforeReplace: true,
        ...(args.releaseHooks && { hooks: args.releaseHooks(this) }),
        dependsOn: [account, configMap, migration, ...(files === undefined ? [] : [files]), ...args.requirements],
        customTimeouts: { create: minutes(releaseTimeout), update: minutes(releaseTimeout) },
      },
    );
    this.registerOutputs({});
  }
}

/** Seconds for a rollout: image pulls and a start of up to 300 s for each of several pods, one after another. */
const releaseTimeout = 2400;

function minutes(seconds: number): string {
  return `${Math.ceil(seconds / 60) + 1}m`;
}

/** The schema's migration, which runs once for each image and database before the proxy does. */
export function migrationSpec(config: PlatformConfig, names: Names): kubernetes.types.input.batch.v1.JobSpec {
  const resources = { cpu: "250m", memory: migrationMemory };
  const mounts = Object.entries(migrationVolumes).map(([name, mountPath]) => ({ name, mountPath }));
  const { ca } = databaseConnection(config, names);
  const { security, nodeSelector, tolerations } = config.gateway;
  return {
    ...migrationLimits,
    template: {
      // The chart selects the proxy's pods by name and instance; this pod carries neither.
      metadata: { labels: { ...commonLabels, "litellm-platform/job": "migration" } },
      spec: {
        restartPolicy: "OnFailure",
        serviceAccountName: names.proxyAccount,
        automountServiceAccountToken: false,
        securityContext: podSecurityContext(security),
        imagePullSecrets: config.gateway.image.pullSecrets.map((name) => ({ name })),
        // The proxy's nodes may be the only ones that its image may run on.
        ...unlessEmpty("nodeSelector", nodeSelector),
        ...unlessEmpty("tolerations", tolerations),
        containers: [
          {
            name: "migration",
            image: migrationImage(config),
            imagePullPolicy: config.gateway.image.pullPolicy,
            ...migrationCommand(config.gateway.image.entrypoint),
            env: migrationEnvironment(config, names),
            resources: { requests: resources, limits: { memory: resources.memory } },
            securityContext: containerSecurityContext(security),
            volumeMounts: [...mounts, ...(ca === undefined ? [] : [caVolumeMount])],
          },
        ],
        volumes: [
          ...mounts.map(({ name }) => ({ name, emptyDir: { sizeLimit: "500Mi" } })),
          ...(ca === undefined ? [] : [caVolume(ca)]),
        ],
      },
    },
  };
}

/** A Job that failed stays failed: the next `up` would wait for it forever, also when the cause has been repaired. */
const rerunFailed = { "pulumi.com/replaceUnready": "true" } as const;

const migrationVolumes = { home: writablePlaces.HOME, cache: writablePlaces.XDG_CACHE_HOME } as const;
