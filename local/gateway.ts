import { existsSync, mkdirSync } from "node:fs";
import { basename, delimiter, dirname, join, relative, resolve, sep } from "node:path";
import type { V1Deployment } from "@kubernetes/client-node";
import { type ClusterAddress, localConfig, localEnvironment } from "./cluster-addresses.ts";
import type { Ports, Processes } from "./processes.ts";
import { ClusterObjects } from "./services/cluster-objects.ts";
import {
  type ObjectData,
  type PodFacts,
  expand,
  referencedObjects,
  resolveEnv,
} from "./services/container-environment.ts";
import { type Mount, hostPath, makeMounts, planMounts, volumeObjects } from "./services/container-mounts.ts";
import { prismaEnvironment } from "./services/database-engine.ts";
import { removeOthers } from "./services/files.ts";
import { litellmServer } from "./services/litellm-process.ts";
import type { LiteLLMEnvironment } from "./services/litellm.ts";
import type { Container, PodTemplate } from "./services/pod-types.ts";

export interface GatewayOptions {
  /** File with which the API server is reached. */
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Name of the Deployment. */
  readonly deployment: string;
  /** Where the Services that the proxy talks to listen on this machine. */
  readonly addresses: readonly ClusterAddress[];
  readonly processes: Processes;
  readonly ports: Ports;
  readonly venv: LiteLLMEnvironment;
  readonly stateDirectory: string;
  /** Whether LiteLLM's database engine is there; without it the proxy gets no database. */
  readonly database: boolean;
  /** Tells one replica from another. */
  readonly instance?: string;
  readonly report: (line: string) => void;
}

export interface Gateway {
  readonly url: string;
  /** Name of the process, and of its log. */
  readonly process: string;
  /** Whether it was started now, because it did not run or what it is made from changed. */
  readonly changed: boolean;
  /** The process's variables: those of the pod, with addresses of this machine. They hold its secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Runs the proxy as its pod would run: environment, files and arguments are what the API server holds. What is
 * different, because it runs outside the cluster: known Services have loopback addresses, mounted paths are below the
 * state directory, it listens on loopback, and without a database engine it has no database.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { processes, ports, venv, report } = options;
  const name = options.instance === undefined ? "litellm" : `litellm-${options.instance}`;
  const directory = resolve(options.stateDirectory, "gateway", name);
  mkdirSync(join(directory, "home"), { recursive: true, mode: 0o700 });

  const cluster = new ClusterObjects(options.kubeconfig, options.namespace);
  const deployment = await cluster.deployment(options.deployment);
  const port = await ports.get(name, processes.isRunning(name));
  const metricsName = `${name}-metrics`;
  const plan = planGateway({
    ...(await readPod(cluster, deployment, name)),
    addresses: options.addresses,
    directory,
    venv,
    database: options.database,
    port,
    metricsPort: await ports.get(metricsName, processes.isRunning(name)),
  });
  if (plan.withoutDatabase.length > 0)
    report(`Gateway: left out, since there is no database engine: ${plan.withoutDatabase.join(", ")}`);
  makeMounts(plan.mounts);

  const url = `http://127.0.0.1:${port}`;
  report(`Gateway: ${name} from Deployment ${options.namespace}/${options.deployment}`);
  const outcome = await processes.start({
    name,
    args: plan.args,
    env: plan.env,
    cwd: join(directory, "home"),
    ...litellmServer(venv, port),
  });
  removeOldMounts(directory, plan.mounts);
  report(`Gateway ${outcome === "started" ? "started" : "is running"} on ${url}`);
  return { url, process: name, changed: outcome === "started", environment: plan.env };
}

interface PodInputs {
  readonly container: Container;
  readonly template: PodTemplate;
  readonly secrets: ObjectData;
  readonly configMaps: ObjectData;
  readonly pod: PodFacts;
}

async function readPod(cluster: ClusterObjects, deployment: V1Deployment, name: string): Promise<PodInputs> {
  const template = deployment.spec?.template;
  const [container] = template?.spec?.containers ?? [];
  if (template === undefined || container === undefined) throw new Error("the Deployment has no container");
  const fromEnvironment = referencedObjects(container);
  const fromVolumes = volumeObjects(template.spec?.volumes ?? []);
  const [secrets, configMaps] = await Promise.all([
    cluster.secrets([...fromEnvironment.secrets, ...fromVolumes.secrets]),
    cluster.configMaps([...fromEnvironment.configMaps, ...fromVolumes.configMaps]),
  ]);
  const pod: PodFacts = {
    name,
    namespace: deployment.metadata?.namespace ?? "default",
    uid: deployment.metadata?.uid ?? "",
    ip: "127.0.0.1",
    hostIp: "127.0.0.1",
    nodeName: "localhost",
    serviceAccountName: template.spec?.serviceAccountName ?? "default",
    labels: template.metadata?.labels ?? {},
    annotations: template.metadata?.annotations ?? {},
  };
  return { container, template, secrets, configMaps, pod };
}

export interface GatewayPlanInputs extends PodInputs {
  readonly addresses: readonly ClusterAddress[];
  readonly directory: string;
  readonly venv: LiteLLMEnvironment;
  readonly database: boolean;
  readonly port: number;
  /** Used only when the pod serves metrics on a port of their own. */
  readonly metricsPort: number;
}

/** From the pod's specification and the objects it refers to, to the process's arguments, environment and files. Touches nothing. */
export function planGateway(inputs: GatewayPlanInputs) {
  const { container, template, secrets, configMaps, pod, addresses, directory } = inputs;
  const mounts = planMounts(container, template.spec?.volumes ?? [], {
    secrets,
    configMaps,
    namespace: pod.namespace,
    directory: join(directory, "mounts"),
    translate: (content) => localConfig(content, addresses),
  });
  const deployed = resolveEnv(container, { secrets, configMaps, pod });
  const withoutDatabase = inputs.database ? [] : Object.keys(deployed).filter((name) => databaseVariable.test(name));
  const kept = Object.entries(localEnvironment(deployed, addresses)).filter(
    ([name]) => inputs.database || !databaseVariable.test(name),
  );
  const env = {
    ...processDefaults(inputs, mounts),
    ...Object.fromEntries(kept.map(([name, value]) => [name, hostPath(value, mounts)])),
    ...processOverrides(inputs, deployed),
  };
  return { env, args: localArguments(container, deployed, mounts), mounts, withoutDatabase };
}

const databaseVariable = /^(DATABASE_|DIRECT_URL$)/;

/** What the image or the machine gives a container, where the pod does not say otherwise. */
function processDefaults({ directory }: GatewayPlanInputs, mounts: readonly Mount[]): Record<string, string> {
  const temporary = hostPath("/tmp", mounts);
  return {
    LANG: "C.UTF-8",
    HOME: join(directory, "home"),
    PYTHONUNBUFFERED: "1",
    // The current price list is fetched from the internet, which a start should not depend on.
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
    ...(temporary === "/tmp" ? {} : { TMPDIR: temporary }),
  };
}

/** What must be different outside a pod. */
function processOverrides(
  { venv, database, port, metricsPort }: GatewayPlanInputs,
  deployed: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    HOST: "127.0.0.1",
    PORT: String(port),
    PATH: [dirname(venv.python), dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
    ...(deployed["PROMETHEUS_METRICS_PORT"] === undefined ? {} : { PROMETHEUS_METRICS_PORT: String(metricsPort) }),
    ...(database ? prismaEnvironment(venv) : {}),
  };
}

/**
 * What the image's dispatcher takes for the name of a component that runs LiteLLM. The package has no dispatcher and no
 * components: each of them is the whole proxy here.
 */
const components = ["proxy", "gateway", "backend"];

/** The container's arguments, without those that say where to listen: `HOST` and `PORT` do. */
function localArguments(
  container: Container,
  environment: Readonly<Record<string, string>>,
  mounts: readonly Mount[],
): string[] {
  const [program, ...fromCommand] = container.command ?? ["litellm"];
  if (basename(program ?? "") !== "litellm")
    throw new Error(`the container runs ${program ?? "nothing"}; only the litellm command can be run as a process`);
  const given = [...fromCommand, ...(container.args ?? [])].map((argument) => expand(argument, environment));
  const args = components.includes(given[0] ?? "") ? given.slice(1) : given;
  const listening = ["--host", "--port"];
  return args
    .filter((argument, index) => !listening.includes(argument) && !listening.includes(args[index - 1] ?? ""))
    .map((argument) => hostPath(argument, mounts));
}

/** Removes what mounts of an earlier start left: earlier versions of files, and volumes that are gone. */
function removeOldMounts(directory: string, mounts: readonly Mount[]): void {
  const root = join(directory, "mounts");
  if (!existsSync(root)) return;
  removeOthers(
    root,
    "",
    mounts.map(({ hostPath: path }) => relative(root, path).split(sep)[0] ?? ""),
  );
}
