import assert from "node:assert/strict";
import { type Machine, missingMessage, planPrerequisites } from "../../../local/prerequisites.ts";

const debian: Machine = { packageManager: "apt", root: true, systemd: false, missing: [] };

describe("prerequisites of the local run", () => {
  it("asks for nothing when nothing is missing", () => {
    assert.deepEqual(planPrerequisites(debian), { problems: [], advice: [], commands: [] });
  });

  it("names everything that is missing at once, with the command for it", () => {
    const plan = planPrerequisites({ ...debian, root: false, missing: ["go", "postgresql", "redis"] });
    assert.equal(
      missingMessage(plan),
      [
        "This machine lacks:",
        "  - Go 1.26 or newer (`go`), which builds the control plane: https://go.dev/dl/",
        "  - the PostgreSQL server (`postgres`, `initdb`, `psql`), which runs in place of the CloudNativePG cluster",
        "  - the Redis server (`redis-server`), which runs in place of Dragonfly",
        "Install with:",
        "  sudo apt-get update",
        "  sudo apt-get install -y --no-install-recommends postgresql redis-server",
      ].join("\n"),
    );
  });

  it("runs commands itself only as root", () => {
    const missing = ["redis"] as const;
    assert.deepEqual(planPrerequisites({ ...debian, missing }).commands, [
      ["apt-get", "update"],
      ["apt-get", "install", "-y", "--no-install-recommends", "redis-server"],
    ]);
    assert.deepEqual(planPrerequisites({ ...debian, root: false, missing }).commands, []);
  });

  it("leaves no service enabled where systemd would start it", () => {
    const plan = planPrerequisites({ ...debian, systemd: true, missing: ["postgresql", "redis", "python"] });
    assert.deepEqual(plan.commands.at(-1), ["systemctl", "disable", "--now", "postgresql", "redis-server"]);
    const python = planPrerequisites({ ...debian, systemd: true, missing: ["python"] });
    assert.equal(python.commands.length, 2);
  });

  it("knows other package managers, and says so when it knows none", () => {
    const missing = ["go", "redis"] as const;
    assert.deepEqual(planPrerequisites({ ...debian, packageManager: "brew", missing }).advice, [
      "brew install go redis",
    ]);
    assert.deepEqual(planPrerequisites({ ...debian, packageManager: "dnf", root: false, missing }).advice, [
      "sudo dnf install golang redis",
    ]);
    const unknown = planPrerequisites({ ...debian, packageManager: "unknown", missing });
    assert.deepEqual([unknown.problems.length, unknown.advice, unknown.commands], [2, [], []]);
  });

  it("offers no Go from Debian, whose Go is too old", () => {
    assert.deepEqual(planPrerequisites({ ...debian, missing: ["go"] }).commands, []);
  });
});
