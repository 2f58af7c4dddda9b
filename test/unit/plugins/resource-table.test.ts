import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { keycloakTypes } from "../../../local/plugins/keycloak/resources.ts";
import { vaultResources } from "../../../local/plugins/vault/resources.ts";
import type { CheckRequest, DiffRequest } from "../../../local/plugins/plugin.ts";
import { tableProvider } from "../../../local/plugins/resource-table.ts";
import type { ResourceType } from "../../../local/plugins/resource-table.ts";
import { secret } from "../../../local/plugins/values.ts";
import type { Properties } from "../../../local/plugins/values.ts";
import { projectDirectory } from "../../support/configs.ts";

/** What an SDK's class sends and asks for, from the text that was generated for it. */
function sdkOf(file: string) {
  const text = readFileSync(join(projectDirectory, "node_modules", "@pulumi", `${file}.js`), "utf8");
  const all = (form: RegExp) => [...text.matchAll(form)].map(([, name = ""]) => name);
  return {
    inputs: all(/resourceInputs\["(\w+)"\] = args\?\./g).sort(),
    required: all(/Missing required property '(\w+)'/g).sort(),
  };
}

/** Inputs that only the genuine plugin knows. */
const left: Readonly<Record<string, readonly string[]>> = {
  "keycloak/openid/client": ["authenticationFlowBindingOverrides", "authorization"],
  "vault/approle/authBackendRoleSecretId": ["withWrappedAccessor", "wrappingTtl"],
};

type Table = Pick<ResourceType<never>, "inputs" | "required">;

/** By the SDK's file, without its ending. */
const tables: readonly (readonly [string, Table])[] = [
  ...[...keycloakTypes].map(([token, type]): [string, Table] => {
    const [, path = ""] = token.split(":");
    return [join("keycloak", path.replace(/^index\//, "")), type];
  }),
  ...["authBackendRole", "authBackendRoleSecretId"].map((name): [string, Table] => {
    const type = vaultResources.get(`vault:appRole/${name}:${name.replace(/^a/, "A")}`);
    assert.ok(type);
    return [join("vault", "approle", name), type];
  }),
];

describe("the tables of stand-ins", () => {
  for (const [file, type] of tables) {
    it(`know the inputs of ${file}, and which are required`, () => {
      const { inputs, required } = sdkOf(file);
      assert.deepEqual([...(type.inputs ?? []), ...(left[file] ?? [])].sort(), inputs);
      assert.deepEqual([...type.required].sort(), required);
    });
  }
});

describe("a provider over a table", () => {
  const written: Properties[] = [];
  const type: ResourceType<string> = {
    inputs: ["name", "place", "key"],
    required: ["place"],
    autonamed: ["name"],
    replacedBy: ["place"],
    computed: ["address"],
    defaults: { key: "none" },
    validate: ({ place }) => (place === "nowhere" ? [{ property: "place", reason: "must be somewhere" }] : []),
    write: (inputs, client) => {
      written.push(inputs);
      return Promise.resolve({ id: `${client}/1`, told: { once: "told" } });
    },
    read: (_id, known, _client, state) =>
      known["place"] === "lost"
        ? Promise.reject(new Error("lost with a-secret-key"))
        : Promise.resolve({ inputs: known, computed: { address: "x", once: state["once"] ?? "" } }),
    remove: () => Promise.reject(new Error("cannot remove a-secret-key")),
  };
  const provider = tableProvider(
    {
      plugin: "example",
      system: "Example",
      types: new Map([["example:index:Thing", type]]),
      functions: new Map([["example:index:get", (args) => Promise.resolve(args)]]),
      secrets: ["key"],
      oldGoesFirst: () => true,
    },
    "client",
  );
  const identity = { urn: "urn", type: "example:index:Thing", name: "thing" };
  const { signal } = new AbortController();
  const check = (news: Properties, olds: Properties = {}) => {
    const request: CheckRequest = { ...identity, news, olds, randomSeed: new Uint8Array(), autonaming: undefined };
    return provider.check(request);
  };
  const create = (inputs: Properties) => provider.create({ ...identity, inputs, timeout: 0, preview: false, signal });

  it("fills in defaults and names, marks secrets, and keeps a name once drawn", async () => {
    const { inputs, failures } = await check({ place: "here" });
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs["key"], secret("none"));
    assert.match(JSON.stringify(inputs["name"]), /^"thing-[0-9a-f]{7}"$/);
    assert.equal((await check({ place: "here" }, inputs)).inputs["name"], inputs["name"]);
  });

  it("says everything that is wrong with the inputs", async () => {
    const { failures } = await check({ plase: "here" });
    assert.deepEqual(failures, [
      {
        property: "plase",
        reason: "is no input of example:index:Thing, or one that only the genuine plugin knows",
      },
      { property: "place", reason: "is required" },
    ]);
    const wrong = await check({ place: "nowhere" });
    assert.deepEqual(wrong.failures, [{ property: "place", reason: "must be somewhere" }]);
  });

  it("replaces by its rules only", async () => {
    const request = (news: Properties): DiffRequest => {
      const olds = { place: "here", name: "a" };
      return { ...identity, id: "1", oldInputs: olds, oldOutputs: olds, news };
    };
    const moved = await provider.diff(request({ place: "there", name: "b" }));
    assert.deepEqual(
      [...moved.details],
      [
        ["place", { kind: "update", replace: true }],
        ["name", { kind: "update", replace: false }],
      ],
    );
  });

  it("keeps what is told once, also over a later read", async () => {
    const made = await create({ place: "here" });
    assert.deepEqual(made, { id: "client/1", outputs: { place: "here", address: "x", once: "told" } });
    const request = { ...identity, id: made.id, inputs: { place: "here" }, outputs: made.outputs, signal };
    assert.deepEqual((await provider.read(request))?.outputs, made.outputs);
    assert.deepEqual(written.at(-1), { place: "here" });
  });

  it("keeps the state, and no secret in the message, of what was written and cannot be read", async () => {
    await assert.rejects(create({ place: "lost", key: secret("a-secret-key") }), {
      name: "InitFailed",
      message: "lost with [secret]",
      id: "client/1",
      outputs: { once: "told", place: "lost", key: secret("a-secret-key") },
    });
  });

  it("keeps secrets of the state out of errors", async () => {
    const request = { ...identity, id: "1", outputs: { key: "a-secret-key" }, timeout: 0, signal };
    await assert.rejects(provider.delete(request), { message: "cannot remove [secret]" });
  });

  it("refuses what it does not know by name", async () => {
    const message = "stand-in plugin example does not know type example:index:Other; install the genuine plugin";
    await assert.rejects(
      provider.delete({ ...identity, type: "example:index:Other", id: "1", outputs: {}, timeout: 0, signal }),
      { message },
    );
    await assert.rejects(provider.invoke("example:index:other", {}), /does not know type example:index:other/);
    assert.deepEqual(await provider.invoke("example:index:get", { key: "k" }), { key: secret("k") });
  });
});
