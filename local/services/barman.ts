import { join } from "node:path";
import { type Preparation, preparation } from "../preparation.ts";
import { ensurePythonEnvironment } from "./python-environment.ts";

/**
 * Installs the programs that CloudNativePG's Barman Cloud plugin runs, as `barman-requirements.txt` pins them. Returns
 * the directory that has them.
 */
export async function ensureBarman(to: Preparation = preparation()): Promise<string> {
  const directory = await ensurePythonEnvironment(to, {
    name: "barman",
    title: "install Barman's cloud programs",
    requirementsFile: join(import.meta.dirname, "..", "barman-requirements.txt"),
    // psycopg2-binary is psycopg2, compiled.
    knownProblems: ["The package barman requires psycopg2>=2.4.2, but it's not installed"],
  });
  return join(directory, "bin");
}
