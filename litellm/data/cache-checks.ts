import type { Check } from "../../config/parse.ts";
import type { Problem } from "../../config/problems.ts";
import { mebibytesOf } from "../shared/quantity.ts";

/** MiB of data memory that Dragonfly wants for each of its threads; it ends at start when it has less. */
const perThread = 256;
/** Share of a pod's memory that is for data; the rest is for connections, replication and snapshots. */
const dataShare = 0.75;

/** MiB that a Dragonfly with this memory may fill with data. */
export function dataMemory(memory: string): number {
  return Math.floor(mebibytesOf(memory) * dataShare);
}

/** What does not fit together among the cache's own settings, and between them and others. */
export const checkCache: Check = ({ cache, gateway, identity }) => {
  if (cache === undefined) return [];
  const problems: Problem[] = [];
  if (cache.mode === "dedicated") {
    const needed = Math.ceil((cache.threads * perThread) / dataShare);
    if (dataMemory(cache.resources.memory) < cache.threads * perThread)
      problems.push({
        path: "cache.resources.memory",
        message: `is ${cache.resources.memory}, must be at least ${needed}Mi for threads ${cache.threads}: Dragonfly wants ${perThread} MiB for each, of three quarters of the memory`,
      });
    const { persistence } = cache;
    if (persistence?.kind === "volume" && mebibytesOf(persistence.size) < mebibytesOf(cache.resources.memory))
      problems.push({
        path: "cache.persistence.size",
        message: `is ${persistence.size}, must be at least resources.memory, which is ${cache.resources.memory}: a snapshot holds all of it`,
      });
  }
  if (cache.mode === "external" && cache.server.kind === "sentinel" && cache.username !== undefined)
    if (cache.server.password === undefined)
      problems.push({
        path: "cache.server.password",
        message: `is missing, must be there beside username: LiteLLM logs in to the Sentinels as ${cache.username} too`,
      });
  if (cache.mode === "none") {
    if (cache.responses.mode !== "off" && cache.responses.s3 === undefined)
      problems.push({
        path: "cache.responses.mode",
        message: `is ${cache.responses.mode}, must be off without a cache, or have s3 to keep responses in`,
      });
    const several = gateway !== undefined && gateway.replicas.max > 1;
    if (several && !cache.limitsPerPod)
      problems.push({
        path: "cache.mode",
        message: `is none while gateway.replicas.max is ${gateway.replicas.max}: each pod would grant every rate limit and budget anew. Must be another mode, or limitsPerPod must be true`,
      });
    if (several && identity !== undefined && identity.mode !== "none")
      problems.push({
        path: "cache.mode",
        message: `is none while identity signs people in at ${gateway.replicas.max} pods: a sign-in that begins at one pod ends at another, which knows of it by the cache only. Must be another mode`,
      });
  }
  return problems;
};
