import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ports, freePort, portRange } from "../../../local/processes.ts";

describe("ports of the local platform", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "ports-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it("are none that the kernel gives to outgoing connections", async () => {
    for (let i = 0; i < 20; i++) {
      const port = await freePort();
      assert.ok(port >= portRange.from && port <= portRange.to, String(port));
    }
  });

  it("stay, each its own", async () => {
    const first = await Ports.of(directory).get("vault");
    const second = await Ports.of(directory).get("etcd");
    assert.notEqual(first, second);
    assert.equal(await Ports.of(directory).get("vault"), first);
  });

  it("are chosen anew where another's server listens, and only there", async () => {
    const ports = Ports.of(directory);
    const port = await ports.get("vault");
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    try {
      assert.equal(await ports.get("vault", true), port);
      const other = await ports.get("vault");
      assert.notEqual(other, port);
      assert.equal(await Ports.of(directory).get("vault"), other);
    } finally {
      server.close();
      await once(server, "close");
    }
  });
});
