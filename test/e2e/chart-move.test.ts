import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { automation } from "@pulumi/pulumi";
import { changed, type StackSettings } from "../../local/stack-settings.ts";
import { standInChart } from "../../local/chart-source.ts";
import { GatewayClient } from "./support/gateway-client.ts";
import { LocalPlatform, type UpReport, testDirectory } from "./support/local-platform.ts";

const namespace = "litellm-dev";
const minute = 60_000;
const release = "kubernetes:helm.sh/v3:Release litellm-gateway";

/** A running gateway's way from one chart to the other and through its layouts, as docs/operate.md tells it. */
describe("a move to another chart on the embedded control plane", function () {
  this.timeout(10 * minute);
  this.bail(true);

  let platform: LocalPlatform;
  let first: UpReport;

  before("build and start the control plane", async function () {
    this.timeout(60 * minute);
    platform = await LocalPlatform.start({ fresh: true });
  });
  after(async () => {
    await platform.stop();
  });

  const onChart = (layout: "single" | "separate", and: object = {}): StackSettings => ({
    ...changed(platform.settings, "litellm-platform:gateway", (gateway) => ({
      ...gateway,
      image: { tag: "v1.108.17", entrypoint: "dispatcher" },
      chart: { kind: "litellm", layout, source: standInChart("litellm") },
    })),
    ...and,
  });

  const protectedOnes = { "litellm-platform:protect": true };

  /** The same with what the API server refuses. */
  const impossible = (layout: "single" | "separate") =>
    changed(onChart(layout), "litellm-platform:gateway", (gateway) => ({
      ...gateway,
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
    }));

  /** Helm's releases that are there. */
  async function releases(): Promise<string[]> {
    const text = await platform.kubectl("get", "secret", "-n", namespace, "-l", "owner=helm", "-o", "json");
    const { items } = JSON.parse(text) as { items: { metadata: { labels: { name: string } } }[] };
    return [...new Set(items.map(({ metadata }) => metadata.labels.name))];
  }

  /** Deployments of the gateway that are there, with the number of their ready pods. */
  async function deployments(): Promise<Record<string, number>> {
    const text = await platform.kubectl("get", "deployment", "-n", namespace, "-o", "json");
    const { items } = JSON.parse(text) as {
      items: { metadata: { name: string }; status: { readyReplicas?: number } }[];
    };
    return Object.fromEntries(items.map(({ metadata, status }) => [metadata.name, status.readyReplicas ?? 0]));
  }

  /** The answer of the real LiteLLM, started from the Deployment that calls go to. */
  async function answer(report: UpReport): Promise<string> {
    const { gateway } = await platform.serve(report.outputs);
    return new GatewayClient(gateway.url, report.outputs.masterKey).answer("Do you still know me?");
  }

  it("begins with a gateway on the older chart", async () => {
    first = await platform.up();
    assert.deepEqual(await deployments(), { litellm: 1 });
    assert.match(await answer(first), /Do you still know me/);
  });

  it("leaves the old release serving when the new one cannot be made, and goes back", async () => {
    await assert.rejects(platform.up(impossible("single")), /nodeSelectorTerms/);
    assert.equal((await deployments())["litellm"], 1);
    const back = await platform.up();
    assert.deepEqual(back.outputs, first.outputs);
    assert.deepEqual(await deployments(), { litellm: 1 });
    assert.deepEqual(await releases(), ["litellm"]);
    await platform.up(platform.settings, { expectNoChanges: true });
  });

  it("brings the new release up beside the old one, and takes the old one away then", async () => {
    // Once more what fails, to go on from there.
    await assert.rejects(platform.up(impossible("single")), /nodeSelectorTerms/);
    const stack = await platform.stack(onChart("single"));
    const steps: string[] = [];
    const seen: Promise<Record<string, number>>[] = [];
    const onEvent = ({ resourcePreEvent: event }: automation.EngineEvent) => {
      const { urn = "", op = "" } = event?.metadata ?? {};
      if (!urn.includes(":Release::")) return;
      steps.push(`${op} ${urn.slice(urn.lastIndexOf("::") + 2)}`);
      // The old one goes: by now both must be there, and the new one be ready.
      if (op === "delete") seen.push(deployments());
    };
    await stack.up({ color: "never", onEvent });
    assert.deepEqual(steps, ["update litellm-gateway-single", "delete litellm-gateway"]);
    assert.equal((await Promise.all(seen)).at(0)?.["litellm-proxy"], 1);
    assert.deepEqual(await deployments(), { "litellm-proxy": 1 });
    assert.deepEqual(await platform.names("service", namespace), ["service/litellm-proxy"]);
    assert.deepEqual(await releases(), ["litellm-proxy"]);
  });

  it("keeps keys, database and public address", async () => {
    const after = await platform.up(onChart("single"), { expectNoChanges: true });
    const moved = ["internalUrl", "routes", "services", "versions"];
    const kept = ({ outputs }: UpReport) => Object.entries(outputs).filter(([name]) => !moved.includes(name));
    assert.deepEqual(kept(after), kept(first));
    assert.equal(first.outputs.internalUrl, "http://litellm.litellm-dev.svc:4000");
    assert.equal(after.outputs.internalUrl, "http://litellm-proxy.litellm-dev.svc:4000");
    assert.equal(after.outputs.versions.chart, "litellm 1.0.0");
    assert.match(await answer(after), /Do you still know me/);
  });

  it("keeps the old release as well while that is protected", async () => {
    const settings = onChart("separate", protectedOnes);
    await platform.up(onChart("single", protectedOnes));
    await assert.rejects((await platform.stack(settings)).preview(), /protect/);
    assert.deepEqual(await deployments(), { "litellm-proxy": 1 });
    // Without a preview the new one comes up, and the old one stays.
    await assert.rejects(platform.up(settings), /protect/);
    assert.deepEqual(await releases(), ["litellm-proxy", "litellm-services"]);
    assert.equal((await deployments())["litellm-proxy"], 1);
  });

  it("goes on after the old release alone was unprotected, with the new one protected", async () => {
    const settings = onChart("separate", protectedOnes);
    const stack = await platform.stack(settings);
    const state = await stack.exportStack();
    const { resources } = state.deployment as { resources: { urn: string }[] };
    const urns = resources.map(({ urn }) => urn).filter((urn) => urn.includes("helm.sh/v3:Release::"));
    const [old = "", ...others] = urns.filter((urn) => urn.endsWith("-single"));
    assert.deepEqual([others, urns.length], [[], 2]);
    const { pulumiCommand, workDir, envVars } = stack.workspace;
    await promisify(execFile)(
      pulumiCommand.command,
      ["state", "unprotect", old, "--yes", "--stack", stack.name, "--non-interactive"],
      { cwd: workDir, env: { ...process.env, ...envVars } },
    );
    const after = await platform.up(settings);
    assert.deepEqual(
      after.steps.filter((step) => step.includes("Release")),
      [`delete ${release}-single`],
    );
    assert.deepEqual(await deployments(), { "litellm-backend": 1, "litellm-gateway": 1, "litellm-ui": 1 });
    assert.match(await answer(after), /Do you still know me/);
    await assert.rejects((await platform.stack(onChart("single", protectedOnes))).preview(), /protect/);
  });

  it("says which path goes to which service, in rules that the API server takes of an HTTPRoute", async () => {
    const { outputs } = await platform.up(onChart("separate", protectedOnes));
    const file = join(testDirectory, "http-route.json");
    const route = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "litellm" },
      spec: { parentRefs: [{ name: "public" }], hostnames: [new URL(outputs.url).hostname], rules: outputs.routes },
    };
    await writeFile(file, JSON.stringify(route));
    await platform.kubectl("apply", "-n", namespace, "--validate=strict", "-f", file);
    const services = await platform.names("service", namespace);
    for (const { backendRefs } of outputs.routes)
      for (const { name } of backendRefs) assert.ok(services.includes(`service/${name}`), name);
    const tooMany = outputs.routes.flatMap(({ matches }) => matches).slice(0, 65);
    await writeFile(file, JSON.stringify({ ...route, spec: { ...route.spec, rules: [{ matches: tooMany }] } }));
    await assert.rejects(platform.kubectl("apply", "-n", namespace, "-f", file), /at most 64/);
  });

  it("goes back to the older chart in the same way", async () => {
    // Without protection for all: the way for a stack that nobody depends on.
    await platform.up(onChart("separate", { "litellm-platform:protect": false }));
    const after = await platform.up();
    assert.deepEqual(await deployments(), { litellm: 1 });
    assert.deepEqual(after.outputs, first.outputs);
    assert.match(await answer(after), /Do you still know me/);
    await platform.up(platform.settings, { expectNoChanges: true });
  });
});
