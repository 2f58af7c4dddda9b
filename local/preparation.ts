import { cacheDirectory } from "./paths.ts";
import { type Steps, processSteps } from "./steps/steps.ts";

/** Where tools are prepared and how that is shown. */
export interface Preparation {
  /** Where tools are kept, named by all they are made from. */
  readonly cacheDirectory: string;
  readonly steps: Steps;
}

/** For this user, on this process's console. */
export function preparation(): Preparation {
  return { cacheDirectory: cacheDirectory(), steps: processSteps() };
}
