import { rm } from "node:fs/promises";
import { localDirectory } from "./paths.ts";
import { Processes } from "./processes.ts";
import { removePostgresData } from "./services/postgres.ts";

const purge = process.argv.includes("--purge");
await new Processes(localDirectory).stopAll();
if (purge) {
  await removePostgresData(localDirectory);
  await rm(localDirectory, { recursive: true, force: true });
}
console.log(purge ? "Every process has ended and the data is deleted." : "Every process has ended; the data is kept.");
