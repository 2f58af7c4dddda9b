/** Builds and installs everything that the tests use, before they run: what fails here ends the run at once. */
import { ensureDatabaseWebhooks, ensureKubernetesPlugin, ensureLanguageHost, ensureS3Server } from "./binaries.ts";
import { runMain } from "./main.ts";
import { preparation } from "./preparation.ts";
import { ensureBarman } from "./services/barman.ts";
import { prepareTools } from "./tools.ts";

await runMain("Preparing the tools", async () => {
  const to = preparation();
  const { binaries } = await prepareTools({ browser: true }, to);
  // Only the tests use these, or `npm start` after its answer.
  const pulumi = binaries.pulumiIsBuilt ? [ensureLanguageHost(to), ensureKubernetesPlugin(to)] : [];
  await to.steps.all([ensureBarman(to), ensureS3Server(to), ensureDatabaseWebhooks(to), ...pulumi]);
});
