import { join } from "node:path";
import type { LiteLLMEnvironment } from "../../../local/services/litellm.ts";
import { run } from "../../../local/services/run.ts";

/** Scripts that call LiteLLM's own functions; each says what it reads and writes. */
export type Script = "jwt_roles" | "known_names" | "routes" | "sso_roles" | "stored_credentials";

/**
 * Runs one of the scripts in LiteLLM's virtual environment. What it is given goes to its standard input, and nothing of
 * the caller's environment reaches it.
 */
export async function litellmFunction<Answer>(
  venv: LiteLLMEnvironment,
  script: Script,
  environment: Readonly<Record<string, string>>,
  input: unknown,
): Promise<Answer> {
  const file = join(import.meta.dirname, "python", `${script}.py`);
  const { code, stdout, stderr } = await run(venv.python, [file], {
    env: { LITELLM_LOCAL_MODEL_COST_MAP: "True", PATH: "/usr/bin:/bin", HOME: "/nonexistent", ...environment },
    input: JSON.stringify(input),
    timeoutSeconds: 180,
  });
  if (code !== 0) throw new Error(`${script} failed (exit code ${code}):\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Answer;
}
