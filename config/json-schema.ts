import { z } from "zod";
import { parts, profileDefaults } from "./platform.ts";

/** JSON Schema of a `Pulumi.<stack>.yaml`, made from the schemas that check it, for editors. */
export function stackFileSchema(): object {
  const properties = Object.fromEntries(
    Object.entries(parts).map(([name, schema]) => [
      `litellm-platform:${name}`,
      z.toJSONSchema(schema, { io: "input", target: "draft-7" }),
    ]),
  );
  for (const [key, schema] of Object.entries(properties)) {
    delete schema.$schema;
    relax(schema, (profileDefaults.development as Record<string, unknown>)[key.slice(key.indexOf(":") + 1)]);
  }
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Stack configuration of litellm-platform",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties,
        patternProperties: { "^(?!litellm-platform:)": {} },
        additionalProperties: false,
        required: [
          "litellm-platform:profile",
          "litellm-platform:vault",
          "litellm-platform:gateway",
          "litellm-platform:models",
        ],
      },
    },
  };
}

/** What has a default by profile need not be written. */
function relax(schema: z.core.JSONSchema.BaseSchema, defaults: unknown): void {
  if (typeof defaults !== "object" || defaults === null) return;
  if (schema.required !== undefined) schema.required = schema.required.filter((key) => !Object.hasOwn(defaults, key));
  for (const [key, value] of Object.entries(defaults)) {
    const child = schema.properties?.[key];
    if (typeof child === "object") relax(child, value);
  }
}

export function stackFileSchemaText(): string {
  return `${JSON.stringify(stackFileSchema(), null, 2)}\n`;
}
