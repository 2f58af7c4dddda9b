/** Form, lint and types, side by side. */
import { join } from "node:path";
import { runMain } from "../local/main.ts";
import { projectDirectory } from "../local/paths.ts";
import { run } from "../local/services/run.ts";
import { consoleDisplay } from "../local/steps/display.ts";
import { type Step, Steps } from "../local/steps/steps.ts";

const checks: Readonly<Record<string, readonly string[]>> = { prettier: ["--check", "."], tsc: [], eslint: ["."] };

async function check(name: string, args: readonly string[], { signal }: Step): Promise<void> {
  const program = join(projectDirectory, "node_modules", ".bin", name);
  const { code, stdout, stderr } = await run(program, args, { cwd: projectDirectory, timeoutSeconds: 900, signal });
  // All of it, since each finding counts.
  if (code !== 0) throw new Error(`It found:\n${stdout}${stderr}`);
}

const steps = new Steps(consoleDisplay(), "");
const main = async () => {
  await steps.all(
    Object.entries(checks).map(([name, args]) =>
      steps.run(
        name,
        (step) => check(name, args, step),
        "mend what it found; `npx prettier --write .` mends the form.",
      ),
    ),
  );
};
await runMain("npm run check", main, { steps });
