import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gatewaySpec } from "../../litellm/charts/gateway-spec.ts";
import { litellmHelm } from "../../litellm/charts/litellm-helm/values.ts";
import { mergeOver } from "../../litellm/shared/merge.ts";
import { namesOf } from "../../litellm/shared/names.ts";
import { releaseRest, valuesLimit } from "../../litellm/proxy/size.ts";
import { standInChart } from "../../local/chart-source.ts";
import { Cluster } from "../../local/cluster.ts";
import type { ControlPlane } from "../../local/control-plane.ts";
import { run } from "../../local/services/run.ts";
import { problemsOf, validConfig } from "../support/configs.ts";
import { having } from "../support/change.ts";
import { startBareControlPlane } from "./support/bare-control-plane.ts";

const minute = 60_000;

/** The size that is refused in configuration is one that Helm and the API server refuse. */
describe("a Helm release on a real API server", function () {
  this.timeout(2 * minute);

  const directory = mkdtempSync(join(tmpdir(), "release-size-"));
  let controlPlane: ControlPlane;
  let remove: (() => Promise<void>) | undefined;

  before("start a control plane", async function () {
    this.timeout(60 * minute);
    ({ controlPlane, remove } = await startBareControlPlane("e2e-release-size"));
  });

  after("end it", async () => {
    await remove?.();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Objects with this many bytes in all that do not compress; a release holds them twice. */
  function objects(name: string, bytes: number) {
    const noise = (seed: number) =>
      createHash("shake256", { outputLength: (bytes / 4) * 0.75 })
        .update(`${seed}`)
        .digest("base64");
    return {
      extraResources: [0, 1, 2, 3].map((index) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `${name}-${index}` },
        data: { noise: noise(index) },
      })),
    };
  }

  async function install(release: string, values: Record<string, unknown>) {
    const config = validConfig(having({}));
    const ours = litellmHelm(gatewaySpec(config, namesOf(config), { further: [], versions: "" })).values;
    const file = join(directory, `${release}.json`);
    writeFileSync(file, JSON.stringify(mergeOver(ours, { fullnameOverride: release, ...values })));
    const [command = "", ...prefix] = controlPlane.helm;
    return run(
      command,
      [...prefix, "install", release, standInChart("litellm-helm"), "--namespace", "default", "--values", file],
      {
        env: { KUBECONFIG: controlPlane.kubeconfig, HOME: directory, PATH: "/usr/bin:/bin" },
        timeoutSeconds: 60,
      },
    );
  }

  async function sizeOf(release: string): Promise<number> {
    const secret = await new Cluster(controlPlane.kubeconfig).secret("default", `sh.helm.release.v1.${release}.v1`);
    return Buffer.byteLength(secret["release"] ?? "");
  }

  it("takes more than is counted for it when it has no values", async () => {
    const { code, stderr } = await install("plain", {});
    assert.equal(code, 0, stderr);
    const size = await sizeOf("plain");
    assert.ok(size >= releaseRest && size < 1.25 * releaseRest, `${size}`);
  });

  it("is installed with values that are allowed, and takes what was counted for them", async () => {
    const values = objects("large", 480_000);
    assert.deepEqual(problemsOf(having({ "gateway.values": values })), []);
    const { code, stderr } = await install("large", values);
    assert.equal(code, 0, stderr);
    const size = await sizeOf("large");
    assert.ok(size > 2 * 480_000 + releaseRest && size < 1_048_576, `${size}`);
  });

  it("is refused by the API server with values that are not allowed, by little", async () => {
    const values = objects("larger", 516_000);
    const [problem = ""] = problemsOf(having({ "gateway.values": values }));
    const size = Number(/at least (\d+) bytes/.exec(problem)?.[1]);
    assert.ok(size > valuesLimit && size < 1.01 * valuesLimit, problem);
    const { code, stderr } = await install("larger", values);
    assert.notEqual(code, 0);
    assert.match(stderr, /Too long: may not be more than 1048576 bytes/);
  });
});
