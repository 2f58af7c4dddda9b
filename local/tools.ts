import { type Binaries, ensureBinaries } from "./binaries.ts";
import { crdFiles, kwokStageFiles } from "./crds.ts";
import { cacheDirectory } from "./paths.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import { type LiteLLMEnvironment, ensureLiteLLM } from "./services/litellm.ts";

/** Everything that is built or installed once and kept in the cache. */
export interface Tools {
  readonly binaries: Binaries;
  readonly crds: readonly string[];
  readonly stages: readonly string[];
  readonly litellm: LiteLLMEnvironment;
}

/** Builds and installs what is not there yet; quick when everything is. */
export async function prepareTools(report: (line: string) => void): Promise<Tools> {
  await ensurePrerequisites({ report });
  const options = { cacheDirectory: cacheDirectory(), report };
  // Python waits for the network most of the time, Go for the processor.
  const [binaries, litellm] = await Promise.all([ensureBinaries(options), ensureLiteLLM(options)]);
  const [crds, stages] = [await crdFiles(options), await kwokStageFiles(options)];
  return { binaries, crds, stages, litellm };
}
