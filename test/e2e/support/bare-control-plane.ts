import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureBinaries } from "../../../local/binaries.ts";
import { type ControlPlane, startControlPlane } from "../../../local/control-plane.ts";
import { crdFiles, kwokStageFiles } from "../../../local/crds.ts";
import { processSteps } from "../../../local/steps/steps.ts";
import { localDirectory } from "../../../local/paths.ts";
import { Processes } from "../../../local/processes.ts";

/** A control plane with nothing deployed, of a test that needs no stack; `remove` ends it and deletes its state. */
export async function startBareControlPlane(
  name: string,
): Promise<{ readonly controlPlane: ControlPlane; readonly remove: () => Promise<void> }> {
  const stateDirectory = join(localDirectory, name);
  const processes = new Processes(stateDirectory);
  const remove = async () => {
    await processes.stopAll();
    await rm(stateDirectory, { recursive: true, force: true });
  };
  const binaries = await ensureBinaries();
  const crds = await crdFiles();
  const stages = await kwokStageFiles();
  await remove();
  const { report } = processSteps();
  try {
    return { controlPlane: await startControlPlane({ stateDirectory, binaries, crds, stages, report }), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
