import assert from "node:assert/strict";
import {
  type Machine,
  type OptionalNeeds,
  inspectMachine,
  missingMessage,
  planPrerequisites,
} from "../../../local/prerequisites.ts";

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

  it("installs nothing where something else would still be missing", () => {
    const { commands, advice } = planPrerequisites({ ...debian, missing: ["go", "redis"] });
    assert.deepEqual(commands, []);
    assert.equal(advice.at(-1), "apt-get install -y --no-install-recommends redis-server");
  });

  it("installs Java and Maven for Keycloak, and a browser where tests want one", () => {
    const plan = planPrerequisites({ ...debian, missing: ["java", "maven", "browser"] });
    assert.deepEqual(plan.problems, [
      "Java 17 or newer (`java`), which Keycloak runs on",
      "Maven (`mvn`), which gets Keycloak from Maven Central",
      "Chromium or Google Chrome, in which the tests sign in",
    ]);
    assert.deepEqual(plan.commands[1], [
      ...["apt-get", "install", "-y", "--no-install-recommends"],
      ...["default-jre-headless", "maven", "chromium"],
    ]);
  });

  it("names Homebrew's casks apart from its formulae", () => {
    const brew: Machine = { ...debian, packageManager: "brew", root: false };
    const casks = "brew install --cask google-chrome";
    assert.deepEqual(planPrerequisites({ ...brew, missing: ["browser"] }).advice, [casks]);
    assert.deepEqual(planPrerequisites({ ...brew, missing: ["java", "maven", "browser"] }).advice, [
      "brew install openjdk maven",
      casks,
    ]);
  });

  it("asks for a browser and for Maven only where they are needed", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "";
    try {
      const needs = async (optional: OptionalNeeds) =>
        (await inspectMachine(optional)).missing.filter((need) => ["go", "maven", "browser"].includes(need));
      assert.deepEqual(await needs({}), ["go", "maven"]);
      assert.deepEqual(await needs({ go: false, maven: false }), []);
      // An application outside the PATH is a browser too, where there is one.
      if (process.platform === "linux")
        assert.deepEqual(await needs({ go: false, maven: false, browser: true }), ["browser"]);
    } finally {
      process.env["PATH"] = path;
    }
  });
});
