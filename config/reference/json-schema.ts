import { z } from "zod";
import { defaultsOf } from "../parse.ts";
import { parts, profileDefaults } from "../platform.ts";

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
    if (schema.type === "boolean") acceptText(schema);
    relaxPart(schema, (profileDefaults.development as Record<string, unknown>)[key.slice(key.indexOf(":") + 1)]);
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

/** `pulumi stack init` and `pulumi config set` write a truth value as text. */
function acceptText(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema.type;
  schema.enum = [true, false, "true", "false"];
}

/** The same for a part that is one of several modes, which are its branches. */
function relaxPart(schema: z.core.JSONSchema.BaseSchema, defaults: unknown): void {
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches === undefined || typeof defaults !== "object" || defaults === null || !("mode" in defaults)) {
    relax(schema, defaults);
    return;
  }
  schema.default = { mode: defaults.mode };
  for (const branch of branches) {
    const mode = (branch.properties?.["mode"] as z.core.JSONSchema.BaseSchema | undefined)?.const;
    const { mode: usual, ...ofMode } = defaultsOf(defaults, { mode }) as Record<string, unknown>;
    relax(branch, mode === usual ? { mode, ...ofMode } : ofMode);
  }
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
