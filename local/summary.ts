import { relative } from "node:path";
import type { automation } from "@pulumi/pulumi";
import { standInChart } from "./chart-source.ts";
import type { LocalKeycloak } from "./keycloak-realm.ts";
import type { AttachedPlugins } from "./plugins/attach.ts";
import type { DeployedOutputs, Runtime } from "./runtime.ts";

/** The stack's resources by kind, with their number. */
export function resourceTable(state: automation.Deployment): string {
  const { resources = [] } = state.deployment as { resources?: { type: string; custom?: boolean }[] };
  const counts = new Map<string, number>();
  for (const { type, custom } of resources) {
    if (custom === true && !type.startsWith("pulumi:providers:")) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const rows = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, count]) => `  ${String(count).padStart(3)}  ${type}`);
  return [`The stack has ${total} resources:`, ...rows].join("\n");
}

/** The stack's outputs, secrets masked. */
export function shownOutputs(outputs: automation.OutputMap): string {
  const width = Math.max(...Object.keys(outputs).map((name) => name.length));
  const rows = Object.entries(outputs).map(([name, { value, secret }]) => {
    const text = secret ? "[secret]" : typeof value === "string" ? value : JSON.stringify(value);
    return `  ${name.padEnd(width)}  ${text}`;
  });
  return ["Its outputs, which applications read:", ...rows].join("\n");
}

/** What was real and what was not, and how to go on. */
export function afterword(run: {
  /** File for a shell to read, which leads commands to what was deployed. */
  readonly shell: string;
  /** Release of LiteLLM that answers. */
  readonly litellm: string;
  readonly runtime: Runtime;
  readonly keycloak: LocalKeycloak;
  readonly outputs: DeployedOutputs;
  readonly plugins: AttachedPlugins["used"];
  readonly chart: string;
}): string {
  const { runtime, keycloak, outputs } = run;
  const secret = outputs.masterKeySecret;
  const masterKey = `$(kubectl get secret -n ${secret.namespace} ${secret.name} -o jsonpath='{.data.${secret.key}}' | base64 -d)`;
  const plugins = run.plugins.map(({ name, version, kind }) => `${name} ${version} (${kind})`).join(", ");
  return `On this machine
  Pulumi plugins   ${plugins}
  chart            ${run.chart === standInChart("litellm-helm") ? "stand-in with the official chart's values" : run.chart}
  LiteLLM          ${run.litellm} from PyPI for the deployed ${outputs.versions.litellm}, ${runtime.database ? "with its database" : "without its database, whose engine cannot be downloaded here"}
  schema           ${runtime.migrations.applied + runtime.migrations.present} migrations applied as the database's owner
  simulated        pods and the operators of CloudNativePG and Dragonfly (KWOK); Redis stands in for Dragonfly

Go on from here, in this shell
  . ${run.shell}
  npx pulumi preview                    # what an edit of the program or of its settings would change
  npx pulumi stack output
  kubectl get pods,secrets,configmaps -n ${outputs.namespace}

Call the gateway
  curl ${runtime.gateway.url}/v1/chat/completions \\
    -H "Authorization: Bearer ${masterKey}" \\
    -H "Content-Type: application/json" \\
    -d '{"model": "${outputs.models[0] ?? ""}", "messages": [{"role": "user", "content": "Hello"}]}'

Look at the sign-in
  ${keycloak.url}/realms/${keycloak.realm}/account as ${Object.values(keycloak.users)
    .map(({ username }) => username)
    .join(" or ")}, passwords in ${relative(process.cwd(), keycloak.passwordDirectory)}

Stop
  npm run local:down              # ends every process, keeps the data
  npm run local:down -- --purge   # deletes the data as well`;
}
