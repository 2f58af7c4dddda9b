import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { projectDirectory } from "../support/configs.ts";

/** Which rooms a room may import from, besides itself; CONTRIBUTING.md says why. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  config: [],
  litellm: ["config"],
  components: ["litellm", "config"],
  automation: ["components", "litellm", "config"],
  local: ["automation", "components", "litellm"],
};

/** Packages that a room must do without. */
const forbidden: Readonly<Record<string, RegExp>> = {
  config: /^@pulumi\//,
  litellm: /^@pulumi\//,
  components: /^(@kubernetes\/client-node|@grpc\/)/,
};

describe("the rooms of the house", () => {
  for (const [room, others] of Object.entries(allowed)) {
    it(`${room} imports from ${["itself", ...others].join(", ")} only`, () => {
      for (const { file, specifier } of importsOf(room)) {
        if (!specifier.startsWith(".")) {
          assert.ok(forbidden[room]?.test(specifier) !== true, `${file} imports ${specifier}`);
          continue;
        }
        const [target = ""] = relative(projectDirectory, resolve(projectDirectory, file, "..", specifier)).split("/");
        assert.ok([room, ...others].includes(target), `${file} imports ${specifier}`);
      }
    });
  }
});

function importsOf(room: string): { file: string; specifier: string }[] {
  return readdirSync(join(projectDirectory, room), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => {
      const file = join(room, name);
      const text = readFileSync(join(projectDirectory, file), "utf8");
      return [...text.matchAll(/(?:from|import) "([^"]+)"/g)].map(([, specifier = ""]) => ({ file, specifier }));
    });
}
