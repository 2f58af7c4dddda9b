/** Builds and installs everything that the tests use, before they run: what fails here ends the run at once. */
import { ensureDatabaseWebhooks, ensureLanguageHost, ensureS3Server } from "./binaries.ts";
import { runMain } from "./main.ts";
import { preparation } from "./preparation.ts";
import { ensureBarman } from "./services/barman.ts";
import { prepareTools } from "./tools.ts";

await runMain("Preparing the tools", async () => {
  const to = preparation();
  const { binaries } = await prepareTools({ browser: true }, to);
  // Only the tests use these, or `npm start` after its answer.
  const languageHost = binaries.pulumiIsBuilt ? [ensureLanguageHost(to)] : [];
  await to.steps.all([ensureBarman(to), ensureS3Server(to), ensureDatabaseWebhooks(to), ...languageHost]);
});
