import { setTimeout as sleep } from "node:timers/promises";
import type { CoreV1Api } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { settled } from "../settled.ts";
import { type KubernetesSources, clusterApi } from "../kubernetes-access.ts";
import { type Revision, forget, readHistory } from "./history.ts";
import { type Remedy, type WantedRelease, beforeInstall, beforeUpgrade, isPending } from "./obstacles.ts";
import { survivingPlugins } from "./survivors.ts";

/** Seconds that a plugin whose engine was killed is given to finish its work at a release. */
const patience = 60;

/**
 * What comes before Helm installs or upgrades a release: a look for what an `up` that was killed, or a lost state, has
 * left in the way, and its repair where nothing can be lost by it. Otherwise the `up` ends with the command to run.
 */
export function releaseHooks(sources: KubernetesSources): ReleaseHooks {
  return (parent) => {
    const hook = (name: string, remedyOf: RemedyOf) =>
      new pulumi.ResourceHook(name, async (args) =>
        clearTheWay(await wantedRelease(args, await settled(parent.urn)), sources, remedyOf),
      );
    return {
      beforeCreate: [hook("look for an earlier Helm release", beforeInstall)],
      beforeUpdate: [hook("look for a Helm release that is stuck", beforeUpgrade)],
    };
  };
}

/** Hooks of a release, given the component that it is in. */
export type ReleaseHooks = (parent: pulumi.Resource) => pulumi.ResourceHookBinding;

type RemedyOf = (history: readonly Revision[], wanted: WantedRelease) => Remedy;

async function clearTheWay(wanted: WantedRelease, sources: KubernetesSources, remedyOf: RemedyOf): Promise<void> {
  let api: CoreV1Api;
  let history: Revision[];
  try {
    api = await clusterApi(sources);
    history = await readHistory(api, wanted);
  } catch (error) {
    // Helm then refuses by itself what is in its way.
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    await pulumi.log.warn(`no look at Helm's records of ${wanted.namespace}/${wanted.name}: ${reason}`);
    return;
  }
  const remedy = remedyOf(await atRest(api, wanted, history), wanted);
  if (remedy.kind === "refuse") throw new Error(remedy.message);
  if (remedy.kind === "nothing") return;
  await pulumi.log.warn(remedy.message);
  await forget(api, wanted, remedy.secrets);
}

/**
 * The history once nobody works at the release any more. A plugin whose engine was killed finishes what it is at, or has
 * finished and stays for ever: after a while it is ended, since nobody takes its answer.
 */
async function atRest(api: CoreV1Api, { namespace, name }: WantedRelease, now: Revision[]): Promise<Revision[]> {
  const deadline = Date.now() + patience * 1000;
  let history = now;
  for (let first = true; isPending(history); first = false) {
    const pids = await survivingPlugins();
    if (pids.length === 0) break;
    const who = `the Kubernetes plugin of an up that was killed (process ${pids.join(", ")})`;
    if (Date.now() > deadline) {
      await pulumi.log.warn(`Helm release ${namespace}/${name}: ended ${who}, which did not finish in ${patience} s`);
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
