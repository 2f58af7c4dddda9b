import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { SecretRef } from "../../../secrets/inventory.ts";
import { missingSecrets } from "../../../secrets/missing.ts";
import type { StoredSecret } from "../../../secrets/stored.ts";
import { missingBucketMessage, missingMessage } from "../../support/missing.ts";

const ref = (path: string, property: string, more: Partial<SecretRef> = {}): SecretRef => ({
  ...{ path, property, owner: "provided", setting: "models" },
  ...more,
});
const stored = (properties: readonly string[]): StoredSecret => ({ version: 1, properties, deleted: false });

describe("values that people must store in Vault", () => {
  it("are told once per path, with one command for all that the path lacks", () => {
    const secrets = [
      ref("p/openai", "api_key", { variable: "OPENAI_API_KEY", neededBy: "model gpt" }),
      ref("p/aws", "access_key_id", { variable: "AWS_ACCESS_KEY_ID", neededBy: "model claude" }),
      ref("p/aws", "secret_access_key", { variable: "AWS_SECRET_ACCESS_KEY", neededBy: "model claude" }),
    ];
    assert.deepEqual(missingSecrets("kv", secrets, new Map()), [
      {
        path: "models",
        message: missingMessage("OPENAI_API_KEY", "model gpt", { mount: "kv", path: "p/openai", property: "api_key" }),
      },
      {
        path: "models",
        message: missingBucketMessage(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], "model claude", {
          mount: "kv",
          path: "p/aws",
        }),
      },
    ]);
  });

  it("keep what else a secret holds", () => {
    const secrets = [ref("p/openai", "api_key"), ref("p/openai", "organization")];
    const [problem] = missingSecrets("kv", secrets, new Map([["p/openai", stored(["organization"])]]));
    assert.match(
      problem?.message ?? "",
      /^api_key is missing in Vault\. .* \| vault kv patch -mount=kv p\/openai api_key=-$/,
    );
  });

  it("are neither what the program generates nor what it imports", () => {
    const secrets = [ref("a", "key", { owner: "generated" }), ref("b", "key", { owner: "imported" })];
    assert.deepEqual(missingSecrets("kv", secrets, new Map()), []);
  });

  it("are stored by a command that can be pasted, without a line break at their end", () => {
    const directory = mkdtempSync(join(tmpdir(), "litellm-platform-"));
    try {
      const vault = join(directory, "vault");
      writeFileSync(vault, '#!/bin/sh\nprintf "%s|" "$*"\nexec cat\n');
      chmodSync(vault, 0o755);
      const said = (secrets: readonly SecretRef[], env: Readonly<Record<string, string>>): string => {
        const [problem] = missingSecrets("kv", secrets, new Map());
        const command = /Store (?:it|them) with: (.*)$/.exec(problem?.message ?? "")?.[1] ?? assert.fail();
        const path = `${directory}${delimiter}${process.env["PATH"] ?? ""}`;
        return execFileSync("sh", ["-c", command], { env: { ...env, PATH: path }, encoding: "utf8" });
      };
      const openai = ref("p/openai", "api_key", { variable: "OPENAI_API_KEY" });
      assert.equal(said([openai], { OPENAI_API_KEY: "sk-%s $x" }), "kv put -mount=kv p/openai api_key=-|sk-%s $x");
      const bucket = [ref("p/backup", "access_key_id"), ref("p/backup", "secret_access_key")];
      assert.equal(
        said(bucket, { ACCESS_KEY_ID: "AKIA", SECRET_ACCESS_KEY: "a/b+c=" }),
        'kv put -mount=kv p/backup -|{"access_key_id":"AKIA","secret_access_key":"a/b+c="}',
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
