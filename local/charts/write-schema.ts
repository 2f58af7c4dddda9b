/** Writes the stand-in charts' values.schema.json from the product's key lists: `node local/charts/write-schema.ts`. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { schemaOf } from "../../litellm/charts/key-tree.ts";
import { litellmKeys } from "../../litellm/charts/litellm/keys.ts";
import { litellmHelmKeys } from "../../litellm/charts/litellm-helm/keys.ts";

const charts = { "litellm-helm": litellmHelmKeys, litellm: litellmKeys } as const;
for (const [name, keys] of Object.entries(charts)) {
  const file = fileURLToPath(new URL(`${name}/values.schema.json`, import.meta.url));
  const style = await resolveConfig(file);
  await writeFile(file, await format(JSON.stringify(schemaOf(keys)), { ...style, filepath: file }));
}
