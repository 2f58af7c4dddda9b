import { join, relative } from "node:path";
import { chartSource } from "./chart-source.ts";
import { openCommandLine } from "./command-line.ts";
import { type StackSettings, stackSettings, withLocalAddresses } from "./stack-settings.ts";
import { runMain } from "./main.ts";
import { openLocal } from "./open.ts";
import { localDirectory } from "./paths.ts";
import { Processes } from "./processes.ts";
import { type DeployedOutputs, type Runtime, deployedOutputs, startRuntime } from "./runtime.ts";
import { processSteps } from "./steps/steps.ts";
import { afterword, resourceTable, shownOutputs } from "./summary.ts";
import { prepareTools } from "./tools.ts";

const steps = processSteps();
const { report } = steps;
const processes = new Processes(localDirectory);
const ranBefore = processes.anyRunning();

await runMain("npm start", main, {
  cleanUp: async (interrupted) => {
    // An interruption ends servers of an earlier start as well. A start goes on meanwhile and may add one more.
    if (interrupted || !ranBefore) while (await processes.stopAll());
    else console.error("What ran before still runs. Stop it with: npm run local:down");
  },
});

async function main(): Promise<void> {
  const tools = await prepareTools();

  const stateDirectory = localDirectory;
  const logs = `read the logs in ${join(localDirectory, "log")}.`;
  const local = await steps.run("start the control plane", () => openLocal({ tools, stateDirectory, report }), logs);
  const { controlPlane, backendKey, keycloak, deployment } = local;

  const chart = await chartSource({ helm: controlPlane.helm, ...chartOf(stackSettings("dev")), report });
  const settings = withLocalAddresses(stackSettings("dev"), {
    vaultAddress: controlPlane.vaultAddress,
    issuer: keycloak.issuer,
    chartSource: chart,
  });
  const stack = await deployment.stack("dev", settings);
  const serve = (outputs: DeployedOutputs, say: (line: string) => void) =>
    startRuntime({ tools, controlPlane, keycloak, stateDirectory, report: say, outputs, backendKey });
  const earlier = await stack.outputs();
  // What an earlier start deployed is served while the engine looks for changes, for a quicker answer. A failure is
  // left to the start after the deployment, which starts again only what changed.
  const early = "services" in earlier ? serve(deployedOutputs(earlier), () => undefined).catch(() => undefined) : null;
  const deploy = async () => {
    const onOutput = (text: string) => {
      steps.text(indented(text));
    };
    const result = await stack.up({ onOutput, color: "never" });
    return { result, state: await stack.exportStack() };
  };
  const { result, state } = await steps.run("deploy the dev stack", deploy).finally(() => early);
  const outputs = deployedOutputs(result.outputs);
  const runtime = await steps.run("start what pods would run", () => serve(outputs, report), logs);

  const question = "What is deployed here?";
  const response = await fetch(`${runtime.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${outputs.masterKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model: outputs.models[0], messages: [{ role: "user", content: question }] }),
  });
  const answer = (await response.json()) as { choices?: { message: { content: string } }[] };
  const text = answer.choices?.[0]?.message.content;
  if (text === undefined) throw new Error(`LiteLLM answers ${response.status} instead of a completion`);

  report(`the gateway answers: ${text}`);

  const shell = await openCommandLine({ ...local, tools, stack: "dev", settings, stateDirectory });
  await deployment.close();
  console.log(`\n${resourceTable(state)}\n`);
  console.log(`${shownOutputs(result.outputs)}\n`);
  console.log(`Asked ${outputs.models[0] ?? ""} through the gateway: ${question}\nIt answered: ${text}\n`);
  console.log(
    afterword({
      shell: relative(process.cwd(), shell),
      litellm: await releaseOf(runtime, outputs),
      runtime,
      keycloak,
      outputs,
      plugins: deployment.plugins,
      chart,
    }),
  );
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
