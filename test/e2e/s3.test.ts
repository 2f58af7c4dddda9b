import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureS3Server } from "../../local/binaries.ts";
import { HttpError } from "../../local/http.ts";
import { Ports, Processes } from "../../local/processes.ts";
import { type S3, startS3 } from "../../local/services/s3.ts";
import { S3Client } from "../../local/services/s3-client.ts";

/** The S3 server that other tests rest on. */
describe("the local S3 server", function () {
  this.timeout(20 * 60_000);
  const directory = mkdtempSync(join(tmpdir(), "s3-"));
  const processes = new Processes(directory);
  const root = { accessKeyId: "root", secretAccessKey: "root-of-this-test" };
  let s3: S3;
  const start = async () =>
    startS3({
      processes,
      ports: Ports.of(directory),
      stateDirectory: directory,
      program: await ensureS3Server(),
      root,
      buckets: ["first", "second"],
      tls: true,
      report: () => undefined,
    });

  before(async () => {
    s3 = await start();
  });
  after(async () => {
    await processes.stopAll();
    rmSync(directory, { recursive: true, force: true });
  });

  it("keeps what is written to it over a restart", async () => {
    await s3.client.request("PUT", "/first/a/b c+d(1).txt", { body: "kept" });
    await processes.stop("s3");
    s3 = await start();
    assert.equal(await s3.client.request("GET", "/first/a/b c+d(1).txt"), "kept");
    assert.deepEqual(await s3.client.keys("first", "a/"), ["a/b c+d(1).txt"]);
    assert.deepEqual(await s3.client.keys("second"), []);
  });

  it("gives a user what a bucket's policy says, and nothing else", async () => {
    const login = { accessKeyId: "tenant", secretAccessKey: "tenant-of-this-test" };
    await s3.addUser(login);
    const tenant = new S3Client(s3, login);
    const denied = (error: unknown) => error instanceof HttpError && error.status === 403;
    await assert.rejects(tenant.request("PUT", "/first/own/x", { body: "1" }), denied);
    const policy = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: ["tenant"] },
          Action: "s3:PutObject",
          Resource: "arn:aws:s3:::first/own/*",
        },
      ],
    };
    await s3.client.request("PUT", "/first", { query: { policy: "" }, body: JSON.stringify(policy) });
    await tenant.request("PUT", "/first/own/x", { body: "1" });
    await assert.rejects(tenant.request("GET", "/first/own/x"), denied);
    await assert.rejects(tenant.request("PUT", "/first/a/x", { body: "1" }), denied);
    await assert.rejects(tenant.keys("second"), denied);
  });

  it("lets nobody in with another key", async () => {
    const stranger = new S3Client(s3, { ...root, secretAccessKey: "guessed" });
    await assert.rejects(
      stranger.keys("first"),
      (error: unknown) => error instanceof HttpError && error.status === 403,
    );
  });
});
