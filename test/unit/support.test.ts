import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { problemsOf, smallest, stackConfig, validConfig } from "../support/configs.ts";
import { recordPlatform, vaultWithProviderKeys } from "../support/platform.ts";
import { readable, record } from "../support/recorder.ts";

describe("the recorder", () => {
  it("sees the options that mocks hide", async () => {
    const registered = await record("test", () => {
      const first = new random.RandomPassword("first", { length: 4 }, { protect: true, retainOnDelete: true });
      new random.RandomPassword(
        "second",
        { length: 5 },
        { parent: first, dependsOn: [first], ignoreChanges: ["length"], customTimeouts: { create: "5m" } },
      );
    });
    const { type } = registered[0] ?? assert.fail("nothing was registered");
    assert.deepEqual(registered, [
      {
        type,
        name: "first",
        inputs: { length: 4 },
        parent: registered[0]?.parent,
        dependsOn: [],
        protect: true,
        retainOnDelete: true,
        ignoreChanges: [],
        timeouts: {},
      },
      {
        type,
        name: "second",
        inputs: { length: 5 },
        parent: "first",
        dependsOn: ["first"],
        // Passed down from its parent, as retainOnDelete is not.
        protect: true,
        retainOnDelete: false,
        ignoreChanges: ["length"],
        timeouts: { create: "5m" },
      },
    ]);
  });

  it("starts anew each time", async () => {
    const once = () => record("test", () => new random.RandomPassword("only", { length: 4 }));
    assert.deepEqual(await once(), await once());
  });

  it("makes secrets visible", async () => {
    const registered = await record("test", () => {
      new random.RandomPassword("one", { length: 4, keepers: { a: pulumi.secret("x"), b: "y" } });
    });
    assert.deepEqual(readable(registered[0]?.inputs), { length: 4, keepers: { a: { secret: "x" }, b: "y" } });
  });

  it("registers the same for the same configuration, whatever ran before", async () => {
    const byName = (entries: Awaited<ReturnType<typeof recordPlatform>>) =>
      entries.toSorted((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
    const first = byName(await recordPlatform(stackConfig("prod")));
    await recordPlatform(stackConfig("dev"));
    assert.deepEqual(byName(await recordPlatform(stackConfig("prod"))), first);
  });
});

describe("the helpers of configurations", () => {
  it("tell problems as lines, and fail where a valid configuration is needed", () => {
    assert.deepEqual(problemsOf(smallest()), []);
    assert.throws(
      () => validConfig({ ...smallest(), profile: "x" }),
      new Error("The configuration has 1 problem:\n  profile: must be one of development, production"),
    );
  });

  it("fill a Vault with what people must put there, and nothing that the program makes", () => {
    assert.deepEqual([...vaultWithProviderKeys(stackConfig("prod"), 3)].sort(), [
      ["litellm/prod/backup", { version: 3, properties: ["access_key_id", "secret_access_key"], deleted: false }],
      ["litellm/prod/providers/anthropic", { version: 3, properties: ["api_key"], deleted: false }],
      ["litellm/prod/providers/azure-east", { version: 3, properties: ["api_key"], deleted: false }],
      ["litellm/prod/providers/openai", { version: 3, properties: ["api_key"], deleted: false }],
    ]);
  });
});
