import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "./configs.ts";

/** Files of the documentation, from the repository's root. */
export const pageNames: readonly string[] = [
  "README.md",
  ...readdirSync(join(projectDirectory, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`)
    .sort(),
];

export function page(name: string): string {
  return readFileSync(join(projectDirectory, name), "utf8");
}

/** The fenced blocks of a language in a page, without the indentation of the list that they stand in. */
export function codeBlocks(name: string, language: string): string[] {
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([^]*?)^\\1\`\`\`$`, "gm");
  return [...page(name).matchAll(fence)].map(([, indentation = "", text = ""]) =>
    text.replaceAll(new RegExp(`^${indentation}`, "gm"), ""),
  );
}
