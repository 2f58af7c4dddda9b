import { z } from "zod";
import { parts } from "./platform.ts";

/** JSON Schema of a `Pulumi.<stack>.yaml`, made from the schemas that check it, for editors. */
export function stackFileSchema(): object {
  const properties = Object.fromEntries(
    Object.entries(parts).map(([name, schema]) => [
      `litellm-platform:${name}`,
      z.toJSONSchema(schema, { io: "input", target: "draft-7" }),
    ]),
  );
  for (const schema of Object.values(properties)) delete schema.$schema;
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
        required: ["litellm-platform:profile", "litellm-platform:vault", "litellm-platform:gateway", "litellm-platform:models"],
      },
    },
  };
}

export function stackFileSchemaText(): string {
  return `${JSON.stringify(stackFileSchema(), null, 2)}\n`;
}
