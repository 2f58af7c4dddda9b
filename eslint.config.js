import eslint from "@eslint/js";
import prettier from "eslint-config-prettier";
import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** The rooms that a room may import from, besides itself; CONTRIBUTING.md says what is in each. */
const rooms = {
  config: [],
  litellm: ["config"],
  secrets: ["litellm", "config"],
  vault: ["secrets", "config"],
  components: ["litellm", "secrets", "config"],
  program: ["components", "litellm", "secrets", "vault", "config"],
  automation: ["program", "litellm", "secrets", "vault", "config"],
  local: ["automation", "program", "components", "litellm", "secrets", "config"],
};

/** Packages that a room does without: decisions are made without Pulumi. */
const pulumi = { group: ["@pulumi/*"], message: "Decisions are pure functions: no Pulumi in this room." };

export default tseslint.config(
  { ignores: ["node_modules/", ".local/"] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // Pulumi resources act by being constructed; a constructor is their whole interface.
      "no-new": "off",
    },
  },
  {
    plugins: { "import-x": importX },
    settings: { "import-x/extensions": [".ts"], "import-x/resolver": { node: { extensions: [".ts"] } } },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: Object.entries(rooms).map(([room, allowed]) => ({
            target: `./${room}`,
            from: Object.keys(rooms)
              .filter((other) => other !== room && !allowed.includes(other))
              .concat("test", "bench")
              .map((other) => `./${other}`),
            message: `${room}/ imports from ${["itself", ...allowed].join(", ")} only.`,
          })),
        },
      ],
    },
  },
  {
    files: ["config/**/*.ts", "litellm/**/*.ts", "secrets/**/*.ts", "vault/**/*.ts"],
    rules: { "no-restricted-imports": ["error", { patterns: [pulumi] }] },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
  {
    // mocha's describe and it return promises that its runner awaits.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-floating-promises": "off" },
  },
  prettier,
);
