import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Part } from "./go-build.ts";
import { goDirectory, moduleDirectory } from "./go-tool.ts";

/** A module that is compiled with some of its files left out and some of ours in their place or beside them. */
export interface ChangedModule {
  readonly module: string;
  /** Directory below `go/` with our files, at the same paths as in the module. */
  readonly ours: string;
  /** Directories of the module that are needed. */
  readonly needed: readonly string[];
  /** Files below those that are left out, as patterns. */
  readonly leftOut: readonly string[];
}

/**
 * What makes a part be compiled with changed modules. Go cannot overlay files of its module cache, so each is compiled
 * from a copy. The copies are named in a go.mod of its own, because their path is the machine's.
 */
export function changedModules(
  part: string,
  modules: readonly ChangedModule[],
): Required<Pick<Part, "ingredients" | "prepare">> {
  return {
    ingredients: modules.flatMap(({ ours, ...module }) => [
      JSON.stringify(module),
      ...ourFiles(ours).map((file) => file + readFileSync(join(goDirectory, ours, file), "utf8")),
    ]),
    prepare: async (step, directory) => {
      rmSync(directory, { recursive: true, force: true });
      const replacements: string[] = [];
      for (const module of modules) {
        const copy = join(directory, module.ours);
        copyModule(module, await moduleDirectory(step.run, part, module.module), copy);
        replacements.push(`replace ${module.module} => ${copy}`);
      }
      const goMod = join(directory, "go.mod");
      const original = join(goDirectory, part);
      writeFileSync(goMod, [readFileSync(join(original, "go.mod"), "utf8"), ...replacements, ""].join("\n"));
      cpSync(join(original, "go.sum"), join(directory, "go.sum"));
      return [`-modfile=${goMod}`];
    },
  };
}

function copyModule({ ours, needed, leftOut }: ChangedModule, original: string, copy: string): void {
  const replaced = ourFiles(ours);
  const files = globSync(["go.mod", ...needed.map((directory) => `${directory}/**/*`)], {
    cwd: original,
    exclude: ["**/*_test.go", "**/testdata", ...leftOut, ...replaced],
    withFileTypes: true,
  });
  for (const file of files) {
    if (file.isFile())
      write(join(file.parentPath, file.name), join(copy, file.parentPath.slice(original.length), file.name));
  }
  for (const file of replaced) write(join(goDirectory, ours, file), join(copy, file));
}

/** Files of the module cache are read-only; the copies are not. */
function write(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(from));
}

function ourFiles(ours: string): string[] {
  return globSync("**/*.go", { cwd: join(goDirectory, ours) }).sort();
}
