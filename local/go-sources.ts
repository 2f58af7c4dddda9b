import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Part } from "./go-build.ts";
import { downloadedModule, go, goDirectory } from "./go-tool.ts";

/** A module that is compiled with some of its files left out and some of ours in their place or beside them. */
export interface ChangedModule {
  readonly module: string;
  /** Directory below `go/` with our files, at the same paths as in the module. */
  readonly ours?: string;
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
      ...ourFiles(ours).map(({ from, path }) => path + readFileSync(from, "utf8")),
    ]),
    prepare: async (step, directory) => {
      rmSync(directory, { recursive: true, force: true });
      const replace = async (module: ChangedModule) => {
        const { Dir: original } = await downloadedModule(step.run, part, module.module);
        const copy = join(directory, module.module);
        copyModule(module, original, copy);
        return `-replace=${module.module}=${copy}`;
      };
      const replacements = await Promise.all(modules.map(replace));
      const goMod = join(directory, "go.mod");
      for (const file of ["go.mod", "go.sum"]) cpSync(join(goDirectory, part, file), join(directory, file));
      await go(step.run, ["mod", "edit", ...replacements, goMod], part);
      return [`-modfile=${goMod}`];
    },
  };
}

function copyModule({ ours, needed, leftOut }: ChangedModule, original: string, copy: string): void {
  const files = globSync(["go.mod", ...needed.map((directory) => `${directory}/**/*`)], {
    cwd: original,
    exclude: ["**/*_test.go", "**/testdata", ...leftOut],
    withFileTypes: true,
  });
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    if (file.isFile()) write(path, join(copy, relative(original, path)));
  }
  for (const { from, path } of ourFiles(ours)) write(from, join(copy, path));
}

/** Files of the module cache are read-only; the copies are not. */
function write(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(from));
}

function ourFiles(ours: string | undefined): { readonly from: string; readonly path: string }[] {
  if (ours === undefined) return [];
  const directory = join(goDirectory, ours);
  return globSync("**/*.go", { cwd: directory })
    .sort()
    .map((path) => ({ from: join(directory, path), path }));
}
