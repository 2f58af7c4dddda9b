import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayPlanInputs, planGateway } from "../../../local/gateway.ts";
import { CreateContainerConfigError } from "../../../local/services/container-environment.ts";
import { hostPath, makeMounts } from "../../../local/services/container-mounts.ts";
import type { Container, Volume } from "../../../local/services/pod-types.ts";

const container: Container = {
  name: "litellm",
  args: ["--config", "/etc/litellm/config.yaml", "--port", "4000", "--num_workers", "2"],
  env: [
    { name: "HOST", value: "0.0.0.0" },
    { name: "PORT", value: "4000" },
    { name: "DATABASE_HOST", value: "litellm-db-rw.ai.svc" },
    { name: "DATABASE_URL", value: "postgresql://$(DATABASE_HOST):5432/litellm" },
    { name: "HOME", value: "/tmp" },
    { name: "LITELLM_MIGRATION_DIR", value: "/tmp/migrations" },
    { name: "DISABLE_SCHEMA_UPDATE", value: "true" },
    { name: "PROXY_MASTER_KEY", valueFrom: { secretKeyRef: { name: "keys", key: "master" } } },
  ],
  volumeMounts: [
    { name: "config", mountPath: "/etc/litellm/config.yaml", subPath: "config.yaml" },
    { name: "tmp", mountPath: "/tmp" },
    { name: "token", mountPath: "/var/run/token" },
  ],
};

const volumes: Volume[] = [
  { name: "config", configMap: { name: "litellm-config", items: [{ key: "config.yaml", path: "config.yaml" }] } },
  { name: "tmp", emptyDir: {} },
  { name: "token", projected: {} },
];

const config = "general_settings: { x: http://litellm-db-rw.ai.svc:5432 }\n";

function inputs(overrides: Partial<GatewayPlanInputs> = {}): GatewayPlanInputs {
  return {
    container,
    template: { spec: { containers: [container], volumes } },
    secrets: { keys: { master: "sk-1" } },
    configMaps: { "litellm-config": { "config.yaml": config } },
    pod: {
      name: "litellm",
      namespace: "ai",
      uid: "u",
      ip: "127.0.0.1",
      hostIp: "127.0.0.1",
      nodeName: "localhost",
      serviceAccountName: "litellm",
      labels: {},
      annotations: {},
    },
    addresses: [{ service: "litellm-db-rw", namespace: "ai", port: 5432, localHost: "127.0.0.1", localPort: 15432 }],
    directory: "/state/gateway",
    venv: {
      directory: "/venv",
      python: "/venv/bin/python",
      litellm: "/venv/bin/litellm",
      sitePackages: "/venv/lib/python3.11/site-packages",
      migrationsDirectory: "/venv/migrations",
    },
    database: true,
    port: 14000,
    metricsPort: 14001,
    ...overrides,
  };
}

describe("the gateway as a process", () => {
  it("has the pod's environment, with loopback addresses and local paths", () => {
    const { env } = planGateway(inputs());
    assert.equal(env["DATABASE_URL"], "postgresql://127.0.0.1:15432/litellm");
    assert.equal(env["LITELLM_MIGRATION_DIR"], "/state/gateway/mounts/tmp/migrations");
    assert.deepEqual([env["HOME"], env["TMPDIR"]], Array(2).fill("/state/gateway/mounts/tmp"));
    assert.deepEqual([env["PROXY_MASTER_KEY"], env["DISABLE_SCHEMA_UPDATE"]], ["sk-1", "true"]);
    assert.deepEqual([env["HOST"], env["PORT"]], ["127.0.0.1", "14000"]);
  });

  it("inherits nothing from the caller", () => {
    process.env["LOCAL_RUN_TEST"] = "1";
    try {
      assert.equal(planGateway(inputs()).env["LOCAL_RUN_TEST"], undefined);
    } finally {
      delete process.env["LOCAL_RUN_TEST"];
    }
  });

  it("has the pod's arguments, except for where to listen", () => {
    const [flag, file, ...rest] = planGateway(inputs()).args;
    assert.match(file ?? "", /^\/state\/gateway\/mounts\/config-[0-9a-f]{12}\/config\.yaml$/);
    assert.deepEqual([flag, ...rest], ["--config", "--num_workers", "2"]);
  });

  it("gets no database without an engine, and tells what it left out", () => {
    const { env, withoutDatabase } = planGateway(inputs({ database: false }));
    assert.deepEqual(withoutDatabase, ["DATABASE_HOST", "DATABASE_URL"]);
    assert.deepEqual(
      Object.keys(env).filter((name) => name.startsWith("DATABASE_") || name.startsWith("PRISMA_")),
      [],
    );
    assert.equal(planGateway(inputs()).env["PRISMA_HOME_DIR"], "/venv/prisma");
  });

  it("moves a metrics port of its own to a free one", () => {
    assert.equal(planGateway(inputs()).env["PROMETHEUS_METRICS_PORT"], undefined);
    const env = [...(container.env ?? []), { name: "PROMETHEUS_METRICS_PORT", value: "4001" }];
    assert.equal(planGateway(inputs({ container: { ...container, env } })).env["PROMETHEUS_METRICS_PORT"], "14001");
  });

  it("changes when the configuration changes, and only then", () => {
    const changed = { "litellm-config": { "config.yaml": `${config}# more\n` } };
    const plan = ({ args, env }: ReturnType<typeof planGateway>) => ({ args, env });
    assert.deepEqual(plan(planGateway(inputs())), plan(planGateway(inputs())));
    assert.notDeepEqual(planGateway(inputs({ configMaps: changed })).args, planGateway(inputs()).args);
  });

  it("is refused as the kubelet would when its configuration is missing", () => {
    assert.throws(
      () => planGateway(inputs({ configMaps: {} })),
      new CreateContainerConfigError("ConfigMap ai/litellm-config not found"),
    );
    assert.throws(
      () => planGateway(inputs({ configMaps: { "litellm-config": {} } })),
      new CreateContainerConfigError("couldn't find key config.yaml in ConfigMap ai/litellm-config"),
    );
  });

  it("refuses a container that runs something else", () => {
    assert.throws(
      () => planGateway(inputs({ container: { ...container, command: ["sh", "-c"] } })),
      /the container runs sh/,
    );
  });
});

describe("a container's mounts", () => {
  it("are written for their owner only, with translated addresses", () => {
    const directory = mkdtempSync(join(tmpdir(), "mounts-"));
    try {
      const { mounts, args } = planGateway(inputs({ directory }));
      makeMounts(mounts);
      const file = args[1] ?? "";
      assert.equal(readFileSync(file, "utf8"), config.replace("litellm-db-rw.ai.svc:5432", "127.0.0.1:15432"));
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.ok(statSync(join(directory, "mounts", "tmp")).isDirectory());
      assert.equal(mounts.length, 2, "a kind of volume that is not available is left out");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("give way to the longest one", () => {
    const mounts = [
      { containerPath: "/tmp", hostPath: "/h/tmp" },
      { containerPath: "/tmp/a", hostPath: "/h/a" },
    ];
    assert.equal(hostPath("/tmp/a/b", mounts), "/h/a/b");
    assert.equal(hostPath("/tmp/ab", mounts), "/h/tmp/ab");
    assert.equal(hostPath("/tmpfile", mounts), "/tmpfile");
  });
});
