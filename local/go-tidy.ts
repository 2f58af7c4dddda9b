import { goParts } from "./binaries.ts";
import { tidy } from "./go-build.ts";
import { preparation } from "./preparation.ts";

// `go mod tidy` for the Go modules that are named, directories below `go/`; see `go/README.md`.
for (const name of process.argv.slice(2)) {
  const part = goParts.find((candidate) => candidate.name === name);
  if (part === undefined) throw new Error(`no such part: ${name}`);
  await tidy(part, preparation());
}
