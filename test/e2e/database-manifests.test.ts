import assert from "node:assert/strict";
import { KubeConfig } from "@kubernetes/client-node";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "../../local/control-plane.ts";
import { type Credentials, HttpError, request } from "../../local/http.ts";
import { processSteps } from "../../local/steps/steps.ts";
import { localDirectory } from "../../local/paths.ts";
import { Processes } from "../../local/processes.ts";
import { type RunResult, run } from "../../local/services/run.ts";
import { prepareTools } from "../../local/tools.ts";
import { namesOf } from "../../litellm/shared/names.ts";
import { operatorParameters } from "../../litellm/data/postgres.ts";
import { databases } from "../support/databases.ts";
import { ownDatabase, stackConfig } from "../support/configs.ts";
import { recordPlatform } from "../support/platform.ts";
import { secretSignature } from "../support/recorder.ts";
import { clusterSpec } from "../../components/database-cluster.ts";
import { vaultWithAllKeys } from "../support/registrations.ts";
import { fixedParameters, startDatabaseWebhooks } from "./support/database-webhooks.ts";

const minute = 60_000;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** Every manifest of a database, before a strict API server that asks CloudNativePG's own webhooks. */
describe("the database's manifests", function () {
  this.timeout(2 * minute);

  const stateDirectory = join(localDirectory, "e2e-database-manifests");
  let controlPlane: ControlPlane;
  let credentials: Partial<Credentials>;

  before("start the control plane and the webhooks", async function () {
    this.timeout(60 * minute);
    const { report } = processSteps();
    await clear();
    const tools = await prepareTools();
    controlPlane = await startControlPlane({ ...tools, stateDirectory, report });
    credentials = administrator(controlPlane.kubeconfig);
    const namespaces = new Set(
      Object.values(databases).flatMap(({ namespace, database }) =>
        database.mode === "shared" ? [namespace.name, database.cluster.namespace ?? namespace.name] : [namespace.name],
      ),
    );
    for (const name of namespaces) assert.equal((await kubectl(["create", "namespace", name])).code, 0);
    const webhooks = await startDatabaseWebhooks(stateDirectory);
    assert.equal((await kubectl(["apply", "-f", "-"], webhooks)).code, 0);
    // The API server takes up new webhooks within a moment.
    const refused = clusterWith({ archive_command: "true" });
    const deadline = Date.now() + minute;
    while ((await refusal(refused)) === undefined) assert.ok(Date.now() < deadline, "the webhooks are not asked");
  });
  after(clear);

  async function clear(): Promise<void> {
    await new Processes(stateDirectory).stopAll();
    await rm(stateDirectory, { recursive: true, force: true });
  }

  function kubectl(words: readonly string[], input = ""): Promise<RunResult> {
    const [command = "kubectl", ...prefix] = controlPlane.kubectl;
    const env = { KUBECONFIG: controlPlane.kubeconfig, HOME: stateDirectory };
    return run(command, [...prefix, ...words], { env, input });
  }

  /** Creates nothing, and goes through everything that a creation goes through; returns what would be created. */
  async function admit({ apiVersion, kind, metadata, ...content }: Manifest): Promise<Manifest> {
    const group = apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
    const collection = `${group}/namespaces/${metadata.namespace ?? ""}/${kind.toLowerCase()}s`;
    const url = `${controlPlane.apiServer}/${collection}?dryRun=All&fieldValidation=Strict`;
    const body = { apiVersion, kind, metadata, ...content };
    const headers = { "content-type": "application/json" };
    return JSON.parse(await request("POST", url, { credentials, headers, body })) as Manifest;
  }

  /** What is said against an object, if anything is. */
  function refusal(manifest: Manifest): Promise<string | undefined> {
    return admit(manifest).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof HttpError) return error.message;
        throw error;
      },
    );
  }

  /** The dev stack's Cluster with these parameters and nothing of ours in their way. */
  function clusterWith(parameters: Record<string, string>): Manifest {
    const config = stackConfig("dev");
    return {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name: "probe", namespace: config.namespace.name },
      spec: clusterSpec({ ...ownDatabase(config), parameters }, namesOf(config)),
    };
  }

  const kinds = ["Cluster", "Database", "ObjectStore", "PodMonitor", "Pooler", "ScheduledBackup"];
  const seen = new Set<string>();

  for (const [title, config] of Object.entries(databases)) {
    it(`are accepted: ${title}`, async () => {
      const manifests = (await recordPlatform(config, vaultWithAllKeys(config)))
        .filter(({ type, parent }) => type.startsWith("kubernetes:") && parent === "litellm-database")
        .map(({ inputs }) => plain(inputs) as Manifest);
      assert.ok(manifests.length > 0);
      for (const { kind } of manifests) seen.add(kind);
      const refused = await Promise.all(manifests.map(async (each) => [each.kind, await refusal(each)]));
      assert.deepEqual(
        refused,
        manifests.map(({ kind }) => [kind, undefined]),
      );
    });
  }

  it("are of every kind that the database makes", () => {
    assert.deepEqual(
      kinds.filter((kind) => !seen.has(kind)),
      [],
    );
  });

  it("may not have the parameters that the configuration refuses as CloudNativePG's own", async () => {
    assert.deepEqual([...operatorParameters].sort(), (await fixedParameters()).sort());
    const refused = new Set<string>();
    for (const name of operatorParameters)
      if (/vcluster\.cnpg\.io/.test((await refusal(clusterWith({ [name]: "nonsense" }))) ?? "")) refused.add(name);
    // This one the operator takes, and writes its own value over it.
    assert.deepEqual(
      operatorParameters.filter((name) => !refused.has(name)),
      ["archive_mode"],
    );
    assert.equal(await refusal(clusterWith({ log_checkpoints: "on" })), undefined);
  });

  it("may have no field that the operator does not know", async () => {
    const { spec, ...rest } = clusterWith({});
    const said = await refusal({ ...rest, spec: { ...(spec as object), instanses: 3 } });
    assert.match(said ?? "nothing", /unknown field \\?"spec\.instanses/);
  });
});

/** The certificate of the kubeconfig's user. */
function administrator(kubeconfig: string): Partial<Credentials> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const options: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  config.applyToHTTPSOptions(options);
  return options;
}

/** Inputs without the marks of what is secret. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (secretSignature in value && "value" in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}
