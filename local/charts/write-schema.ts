/** Writes the stand-in chart's values.schema.json from the product's key list: `node local/charts/write-schema.ts`. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { valuesSchema } from "../../litellm/chart-keys/litellm-helm.ts";

const file = fileURLToPath(new URL("litellm-helm/values.schema.json", import.meta.url));
const style = await resolveConfig(file);
await writeFile(file, await format(JSON.stringify(valuesSchema()), { ...style, filepath: file }));
