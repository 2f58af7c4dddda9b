import { type Steps, processSteps } from "./steps/steps.ts";

/**
 * Runs the main function of a command. A failure or an interruption (Ctrl-C, a closed terminal) ends its steps and
 * what these started; the exit code then is not 0.
 *
 * @param command what a person typed, for messages
 * @param options.steps those that the function takes. Default: this process's
 * @param options.cleanUp ends what outlives the steps; it is told whether the command was interrupted
 */
export async function runMain(
  command: string,
  main: () => Promise<void>,
  options: { readonly steps?: Steps; readonly cleanUp?: (interrupted: boolean) => Promise<void> } = {},
): Promise<void> {
  const { steps = processSteps(), cleanUp = () => Promise.resolve() } = options;
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      interruption.abort();
      console.error(`\n${command} was interrupted: ending every process`);
      steps.fail(new Error("interrupted"));
      void cleanUp(true).finally(() => process.exit(130));
    });
  }
  try {
    await main();
  } catch (error) {
    // What an interruption ends fails as a matter of course.
    if (interruption.signal.aborted) return;
    console.error(`\n${command} failed. ${error instanceof Error ? error.message : String(error)}`);
    await cleanUp(false);
    process.exit(1);
  }
}
