import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Revision, revision } from "../../../program/helm/history.ts";
import {
  type WantedRelease,
  beforeInstall,
  beforeUpgrade,
  isPending,
  missingIn,
} from "../../../program/helm/obstacles.ts";
import { type Listed, parseProcesses, pluginsOf, survivingPlugins } from "../../../program/helm/survivors.ts";
import { listenJson } from "../../support/loopback.ts";

const values = {
  podAnnotations: { "litellm-platform/secret-versions": "keys=1" },
  extraEnv: [{ name: "A", value: "1" }],
};
const wanted: WantedRelease = {
  name: "litellm",
  namespace: "ai",
  chartVersion: "1.90.2",
  values,
  importCommand: "pulumi import RELEASE",
};

function past(...statuses: readonly string[]): Revision[] {
  return statuses.map((status, index) => ({
    version: index + 1,
    status,
    chartVersion: "1.90.2",
    values,
    secret: `sh.helm.release.v1.litellm.v${index + 1}`,
  }));
}

/** The same with other values, or another chart, in the newest revision. */
function having(history: readonly Revision[], change: Partial<Revision>): Revision[] {
  return history.map((each, index) => (index === history.length - 1 ? { ...each, ...change } : each));
}

describe("a record of Helm", () => {
  const release = {
    version: 7,
    info: { status: "deployed" },
    chart: { metadata: { version: "1.2.3" } },
    config: { a: 1 },
  };
  const expected = { version: 7, status: "deployed", chartVersion: "1.2.3", values: { a: 1 }, secret: "name" };
  const asSecret = (packed: Buffer) => Buffer.from(packed.toString("base64")).toString("base64");

  it("is read, compressed or not, as Helm does", () => {
    const text = Buffer.from(JSON.stringify(release));
    assert.deepEqual(revision("name", asSecret(gzipSync(text))), expected);
    assert.deepEqual(revision("name", asSecret(text)), expected);
    const bare = Buffer.from(JSON.stringify({ ...release, config: undefined }));
    assert.deepEqual(revision("name", asSecret(bare)).values, {});
  });
});

describe("a Helm release that is not in the Pulumi state", () => {
  it("needs nothing if Helm has none", () => {
    assert.deepEqual(beforeInstall([], wanted), { kind: "nothing" });
  });

  it("is adopted with all its revisions, whatever their status", () => {
    for (const status of ["deployed", "failed", "pending-install", "pending-upgrade", "uninstalled"]) {
      const history = past("superseded", status);
      assert.deepEqual(beforeInstall(history, wanted), {
        kind: "forget",
        secrets: ["sh.helm.release.v1.litellm.v1", "sh.helm.release.v1.litellm.v2"],
        message: `Helm release ai/litellm exists and is not in the Pulumi state (${status}): adopting it, its objects stay.`,
      });
    }
  });

  it("may have other values, and fewer", () => {
    const history = having(past("deployed"), {
      values: { podAnnotations: { "litellm-platform/secret-versions": "keys=9" } },
    });
    assert.equal(beforeInstall(history, wanted).kind, "forget");
  });

  it("is refused if this program has not created it, with every way out", () => {
    assert.deepEqual(beforeInstall(having(past("deployed"), { values: { replicaCount: 1 } }), wanted), {
      kind: "refuse",
      message:
        "Helm release ai/litellm exists and was not created by this program. Remove it (helm uninstall litellm --namespace ai), import it (pulumi import RELEASE), or set another namespace.name.",
    });
  });

  it("is refused if it has a value that the configuration no longer has", () => {
    const more = { ...values, extraEnv: [...values.extraEnv, { name: "B", value: "2" }] };
    assert.deepEqual(beforeInstall(having(past("deployed"), { values: more }), wanted), {
      kind: "refuse",
      message:
        "Helm release ai/litellm exists and is not in the Pulumi state, and the configuration no longer has values.extraEnv[B]. Import it, then run up again: pulumi import RELEASE",
    });
    assert.deepEqual(beforeInstall(having(past("pending-install"), { chartVersion: "1.91.0" }), wanted), {
      kind: "refuse",
      message:
        "Helm release ai/litellm exists and is not in the Pulumi state, and its chart has version 1.91.0 instead of 1.90.2. It was never completely installed. Remove it, then run up again: helm uninstall litellm --namespace ai",
    });
  });
});

describe("a Helm release in the Pulumi state", () => {
  it("needs nothing if Helm is not working at it", () => {
    for (const history of [[], past("deployed"), past("deployed", "failed"), past("failed"), past("pending-install")])
      assert.deepEqual(beforeUpgrade(history, wanted), { kind: "nothing" });
  });

  it("loses the unfinished revision", () => {
    assert.deepEqual(beforeUpgrade(past("superseded", "deployed", "pending-upgrade"), wanted), {
      kind: "forget",
      secrets: ["sh.helm.release.v1.litellm.v3"],
      message: "Helm release ai/litellm is stuck in pending-upgrade: discarding revision 3 and upgrading again.",
    });
    assert.equal(beforeUpgrade(past("deployed", "pending-rollback"), wanted).kind, "forget");
  });

  it("is refused if the unfinished revision has a value that the configuration no longer has", () => {
    const history = having(past("deployed", "pending-upgrade"), { values: { ...values, args: { x: 1 } } });
    assert.deepEqual(beforeUpgrade(history, wanted), {
      kind: "refuse",
      message:
        "Helm release ai/litellm is stuck in pending-upgrade, and the configuration no longer has values.args. Roll it back, then run up again: helm rollback litellm 1 --namespace ai",
    });
  });

  it("counts as pending by its newest revision alone", () => {
    assert.deepEqual(
      [[], past("deployed"), past("pending-upgrade", "deployed"), past("deployed", "pending-upgrade")].map(isPending),
      [false, false, false, true],
    );
  });
});

describe("values that are missing", () => {
  it("are found by key, and by name in lists; other lists are replaced as a whole", () => {
    assert.equal(missingIn({ a: { b: 2, c: 3 } }, { a: { b: 1 } }, "v"), undefined);
    assert.equal(missingIn({ a: {} }, { a: { b: 1 } }, "v"), "v.a.b");
    assert.equal(missingIn({ a: "text" }, { a: { b: 1 } }, "v"), "v.a.b");
    assert.equal(missingIn([{ name: "x" }], [{ name: "x" }, { name: "y" }], "v"), "v[y]");
    assert.equal(missingIn([{ name: "x" }], [{ name: "x", value: 1 }], "v"), "v[x].value");
    assert.equal(missingIn([], ["a", "b"], "v"), undefined);
    assert.equal(missingIn({}, { a: null }, "v"), "v.a");
  });
});

describe("plugins of a killed engine", () => {
  const plugin = "/home/me/.pulumi/plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes";

  it("are told by their name and the port of their engine", () => {
    const listed: Listed[] = [
      { pid: 10, parent: 1, command: ["/usr/bin/pulumi", "up"] },
      { pid: 11, parent: 10, command: [plugin, "127.0.0.1:4000", ""] },
      { pid: 12, parent: 1, command: [plugin.replaceAll("kubernetes", "vault"), "127.0.0.1:4000"] },
      { pid: 13, parent: 1, command: [plugin, "-attach"] },
    ];
    assert.deepEqual(pluginsOf(listed), [{ pid: 11, port: 4000 }]);
  });

  it("are read from ps where there is no /proc", () => {
    assert.deepEqual(parseProcesses(`    1     0 /sbin/launchd\n  812     1 ${plugin} 127.0.0.1:4000\n`), [
      { pid: 1, parent: 0, command: ["/sbin/launchd"] },
      { pid: 812, parent: 1, command: [plugin, "127.0.0.1:4000"] },
    ]);
  });

  it("count from when nobody listens there any more, and those of other projects do not", async () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "litellm-platform-")));
    const server = await listenJson(() => [200, {}]);
    const engine = new URL(server.address).host;
    // A shell that bears the plugin's name runs a script that bears the engine's address.
    writeFileSync(join(directory, engine), "sleep 60; exit");
    const started = spawn("/bin/sh", [engine], { cwd: directory, argv0: plugin, detached: true, stdio: "ignore" });
    try {
      assert.deepEqual(await survivingPlugins(directory), []);
      await server.close();
      assert.deepEqual(await survivingPlugins(directory), [started.pid]);
      assert.deepEqual(await survivingPlugins(tmpdir()), []);
    } finally {
      process.kill(-(started.pid ?? 0), "SIGKILL");
      rmSync(directory, { recursive: true });
    }
  });
});
