import { type Binaries, ensureBinaries } from "./binaries.ts";
import { crdFiles, kwokStageFiles } from "./crds.ts";
import { type Preparation, preparation } from "./preparation.ts";
import { ensurePrerequisites } from "./prerequisites.ts";
import { type KeycloakDistribution, ensureKeycloak, hasKeycloak } from "./services/keycloak-distribution.ts";
import { type LiteLLMEnvironment, ensureLiteLLM } from "./services/litellm.ts";

/** Everything that is built or installed once and kept in the cache. */
export interface Tools {
  readonly binaries: Binaries;
  readonly crds: readonly string[];
  readonly stages: readonly string[];
  readonly litellm: LiteLLMEnvironment;
  readonly keycloak: KeycloakDistribution;
}

/**
 * Builds and installs what is not there yet; quick when everything is.
 *
 * @param needs.browser whether a browser is wanted, as for tests; default false
 */
export async function prepareTools(
  needs: { readonly browser?: boolean } = {},
  to: Preparation = preparation(),
): Promise<Tools> {
  await ensurePrerequisites({ ...needs, steps: to.steps, maven: !hasKeycloak(to.cacheDirectory) });
  // Python and Maven wait for the network most of the time, Go for the processor.
  const [binaries, litellm, keycloak, crds, stages] = await to.steps.all([
    ensureBinaries(to),
    ensureLiteLLM(to),
    ensureKeycloak(to),
    crdFiles(to),
    kwokStageFiles(to),
  ]);
  return { binaries, crds, stages, litellm, keycloak };
}
