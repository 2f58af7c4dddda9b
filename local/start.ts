import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { ControlPlane } from "./control-plane.ts";
import { chartSource } from "./chart-source.ts";
import { type StackSettings, stackSettings, withLocalAddresses } from "./stack-settings.ts";
import { reporter } from "./lines.ts";
import { openLocal } from "./open.ts";
import { localDirectory } from "./paths.ts";
import { Processes } from "./processes.ts";
import { type DeployedOutputs, type Runtime, deployedOutputs, startRuntime } from "./runtime.ts";
import { afterword, resourceTable, shownOutputs } from "./summary.ts";
import { prepareTools } from "./tools.ts";

const report = reporter();
const processes = new Processes(localDirectory);

// Ctrl-C ends everything, servers of an earlier start included.
let interruption: Promise<never> | undefined;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    interruption ??= interrupted();
  });
}

try {
  await main();
} catch (error) {
  // What an interruption ends fails as a matter of course.
  if (interruption !== undefined) await interruption;
  console.error(`\nnpm start failed: ${error instanceof Error ? error.message : String(error)}`);
  console.error(`\nLogs are in ${join(localDirectory, "log")}. End what is running with: npm run local:down`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  report("Preparing tools");
  const tools = await prepareTools(report);

  report("Starting the control plane");
  const stateDirectory = localDirectory;
  const { controlPlane, backendKey, keycloak, deployment } = await openLocal({ tools, stateDirectory, report });

  report("Deploying the dev stack");
  const chart = await chartSource({ helm: controlPlane.helm, ...chartOf(stackSettings("dev")), report });
  const settings = withLocalAddresses(stackSettings("dev"), {
    vaultAddress: controlPlane.vaultAddress,
    issuer: keycloak.issuer,
    chartSource: chart,
  });
  const stack = await deployment.stack("dev", settings);
  const result = await stack.up({ onOutput: (text) => process.stdout.write(indented(text)), color: "never" });
  const outputs = deployedOutputs(result.outputs);
  const state = await stack.exportStack();
  await deployment.close();

  report("Starting PostgreSQL, Redis, the model server and LiteLLM from what was deployed");
  const runtime = await startRuntime({ tools, controlPlane, keycloak, stateDirectory, report, outputs, backendKey });

  const question = "What is deployed here?";
  const response = await fetch(`${runtime.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${outputs.masterKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model: outputs.models[0], messages: [{ role: "user", content: question }] }),
  });
  const answer = (await response.json()) as { choices?: { message: { content: string } }[] };
  const text = answer.choices?.[0]?.message.content;
  if (text === undefined) throw new Error(`LiteLLM answers ${response.status} instead of a completion`);

  console.log(`\n${resourceTable(state)}\n`);
  console.log(`${shownOutputs(result.outputs)}\n`);
  console.log(`Asked ${outputs.models[0] ?? ""} through the gateway: ${question}\nIt answered: ${text}\n`);
  console.log(
    afterword({
      kubectl: await kubectlFor(controlPlane),
      litellm: await releaseOf(runtime, outputs),
      runtime,
      keycloak,
      outputs,
      plugins: deployment.plugins,
      chart,
    }),
  );
}

async function interrupted(): Promise<never> {
  console.error("\nInterrupted: ending every process");
  // The start goes on meanwhile and may add one more.
  while (await processes.stopAll());
  process.exit(130);
}

/** A kubectl with a short name that needs no settings. */
async function kubectlFor({ kubectl, kubeconfig }: ControlPlane): Promise<string> {
  const file = join(localDirectory, "kubectl");
  const words = kubectl.map((word) => `'${word}'`).join(" ");
  await writeFile(file, `#!/bin/sh\nKUBECONFIG='${kubeconfig}' exec ${words} "$@"\n`, { mode: 0o755 });
  return relative(process.cwd(), file);
}

/** The release of LiteLLM that runs, as it says itself. */
async function releaseOf(runtime: Runtime, outputs: DeployedOutputs): Promise<string> {
  const response = await fetch(`${runtime.gateway.url}/health/readiness/details`, {
    headers: { Authorization: `Bearer ${outputs.masterKey}` },
  });
  const { litellm_version: version } = (await response.json()) as { litellm_version?: string };
  return version ?? "a release";
}

function chartOf(settings: StackSettings) {
  type Chart = { readonly kind: "litellm-helm"; readonly source: string; readonly version: string };
  return (settings["litellm-platform:gateway"] as { chart: Chart }).chart;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "         ");
}
