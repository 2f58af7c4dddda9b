import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { stackFileSchemaText } from "./json-schema.ts";
import { settingsPage } from "./settings-page.ts";

writeFileSync(join(import.meta.dirname, "..", "stack.schema.json"), stackFileSchemaText());
writeFileSync(
  join(import.meta.dirname, "..", "..", "docs", "settings.md"),
  await format(settingsPage(), { parser: "markdown", printWidth: 120 }),
);
