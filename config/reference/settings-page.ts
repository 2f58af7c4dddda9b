import { settingsReference } from "./rows.ts";

/** `docs/settings.md`, before Prettier gives it its form. */
export function settingsPage(): string {
  return `# Settings

Every setting of a \`Pulumi.<stack>.yaml\`, made from the schemas that check it (\`npm run schema\`). Each part is a key
\`litellm-platform:<part>\`. [Configure](configure.md) explains how they work together.

${settingsReference()}`;
}
