import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { javaMajorVersion } from "../../../local/services/binaries.ts";
import { checkArchive, keycloakEnvironment } from "../../../local/services/keycloak-distribution.ts";
import { keycloakArguments } from "../../../local/services/keycloak.ts";

describe("the local Keycloak", () => {
  const args = keycloakArguments({ home: "/state/home", host: "127.0.0.1", port: 8180 });

  it("listens on loopback, and nowhere for the members of a cluster", () => {
    assert.ok(args.includes("--http-host=127.0.0.1"));
    assert.ok(args.includes("--http-port=8180"));
    assert.ok(args.includes("--cache=local"));
  });

  it("is known to browsers by its loopback URL and answers tokens by any address", () => {
    assert.ok(args.includes("--hostname=http://127.0.0.1:8180"));
    assert.ok(args.includes("--hostname-backchannel-dynamic=true"));
  });

  it("keeps its data in its own home and builds nothing at a start", () => {
    assert.deepEqual(args.slice(0, 3), ["start", "--optimized", "-Dkc.home.dir=/state/home"]);
  });

  it("sees no setting of the user's", () => {
    process.env["KC_DB"] = "postgres";
    process.env["JAVA_OPTS_APPEND"] = "-Xmx4g";
    try {
      const environment = keycloakEnvironment("/jdk/bin/java");
      assert.deepEqual(Object.keys(environment), ["PATH", "JAVA", "JAVA_OPTS"]);
      assert.equal(environment["JAVA"], "/jdk/bin/java");
    } finally {
      delete process.env["KC_DB"];
      delete process.env["JAVA_OPTS_APPEND"];
    }
  });
});

describe("Keycloak's archive", () => {
  it("is taken only with the pinned checksum", async () => {
    const directory = mkdtempSync(join(tmpdir(), "keycloak-"));
    try {
      const archive = join(directory, "keycloak.tar.gz");
      writeFileSync(archive, "archive");
      const sha256 = createHash("sha256").update("archive").digest("hex");
      await checkArchive(archive, sha256);
      await assert.rejects(checkArchive(archive, "0".repeat(64)), {
        message: `keycloak.tar.gz has the SHA-256 ${sha256}, and the release that is pinned has ${"0".repeat(64)}`,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("Java's version", () => {
  it("is read from what each kind of Java says", () => {
    assert.equal(javaMajorVersion('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment'), 17);
    assert.equal(javaMajorVersion('openjdk version "25" 2025-09-16'), 25);
    assert.equal(javaMajorVersion('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.4-ea"'), 21);
    assert.equal(javaMajorVersion('java version "1.8.0_391"'), 1);
    assert.equal(javaMajorVersion("The operation couldn't be completed. Unable to locate a Java Runtime."), 0);
  });
});
