import { setTimeout as sleep } from "node:timers/promises";
import type { CoreV1Api } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import type { ReleaseHooks } from "../../components/gateway.ts";
import { settled } from "../settled.ts";
import { type KubernetesSources, clusterApi } from "../kubernetes-access.ts";
import { type Revision, forget, readHistory } from "./history.ts";
import { type Remedy, type WantedRelease, beforeInstall, beforeUpgrade, isPending } from "./obstacles.ts";
import { survivingPlugins } from "./survivors.ts";

/** Seconds to wait for the plugin of a killed `up` to finish. */
const patience = 60;

/**
 * Runs before Helm installs or upgrades a release: looks for what a killed `up` or a lost state has left behind, and
 * repairs it if nothing can be lost. Otherwise the `up` fails with the command to run.
 */
export function releaseHooks(sources: KubernetesSources): ReleaseHooks {
  return (parent) => {
    const hook = (name: string, remedyOf: RemedyOf) =>
      new pulumi.ResourceHook(name, async (args) =>
        clearTheWay(await wantedRelease(args, await settled(parent.urn)), sources, remedyOf),
      );
    return {
      beforeCreate: [hook("find an existing Helm release", beforeInstall)],
      beforeUpdate: [hook("find a stuck Helm release", beforeUpgrade)],
    };
  };
}

type RemedyOf = (history: readonly Revision[], wanted: WantedRelease) => Remedy;

async function clearTheWay(wanted: WantedRelease, sources: KubernetesSources, remedyOf: RemedyOf): Promise<void> {
  let api: CoreV1Api;
  let history: Revision[];
  try {
    api = await clusterApi(sources);
    history = await readHistory(api, wanted);
  } catch (error) {
    // Helm itself then refuses a release that exists or is stuck.
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    await pulumi.log.warn(`cannot read Helm's records of release ${wanted.namespace}/${wanted.name}: ${reason}`);
    return;
  }
  const remedy = remedyOf(await atRest(api, wanted, history), wanted);
  if (remedy.kind === "refuse") throw new Error(remedy.message);
  if (remedy.kind === "nothing") return;
  await pulumi.log.warn(remedy.message);
  await forget(api, wanted, remedy.secrets);
}

/**
 * The history once nothing works at the release any more. The plugin of a killed `up` may still be working, or it may
 * have finished and never exit: after a while it is stopped, since nothing waits for its answer.
 */
async function atRest(api: CoreV1Api, { namespace, name }: WantedRelease, now: Revision[]): Promise<Revision[]> {
  const deadline = Date.now() + patience * 1000;
  let history = now;
  for (let first = true; isPending(history); first = false) {
    const pids = await survivingPlugins();
    if (pids.length === 0) break;
    const who = `the Kubernetes plugin of a killed up (process ${pids.join(", ")})`;
    if (Date.now() > deadline) {
      await pulumi.log.warn(
        `Helm release ${namespace}/${name}: stopping ${who}, which did not finish within ${patience} s`,
      );
      for (const pid of pids) end(pid);
      return readHistory(api, { namespace, name });
    }
    if (first) await pulumi.log.warn(`Helm release ${namespace}/${name}: waiting for ${who} to finish`);
    await sleep(1000);
    history = await readHistory(api, { namespace, name });
  }
  return history;
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

async function wantedRelease(
  { name, type, newInputs }: pulumi.ResourceHookArgs,
  parent: string,
): Promise<WantedRelease> {
  const inputs: Readonly<Record<string, unknown>> = await settled(pulumi.output(newInputs ?? {}));
  const release = { name: String(inputs["name"]), namespace: String(inputs["namespace"]) };
  const version = inputs["version"];
  const importCommand = `pulumi import ${type} ${name} ${release.namespace}/${release.name} --parent "parent=${parent}" --protect=false --generate-code=false --yes`;
  return {
    ...release,
    ...(typeof version === "string" && { chartVersion: version }),
    values: inputs["values"] ?? {},
    importCommand,
  };
}
