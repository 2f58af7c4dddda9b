import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import { ApiError, Connection } from "../../../local/plugins/kubernetes/connection.ts";

describe("connection to the API server", () => {
  const seen: { method: string | undefined; url: string | undefined; type: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      seen.push({ method: request.method, url: request.url, type: request.headers["content-type"], body });
      if (request.url?.startsWith("/gone") === true) {
        response.writeHead(404).end(JSON.stringify({ kind: "Status", reason: "NotFound", message: "a is not found" }));
      } else if (request.url?.startsWith("/text") === true) response.writeHead(502).end("bad gateway\n");
      else response.end(JSON.stringify({ kind: "Answer" }));
    });
  });
  let connection: Connection;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const kubeconfig = {
      clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "team" } }],
      "current-context": "x",
    };
    const settings = { kubeconfig: JSON.stringify(kubeconfig), context: undefined, cluster: undefined };
    connection = await Connection.open(settings);
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("takes the namespace from the context", () => {
    assert.equal(connection.namespace, "team");
  });

  it("sends bodies with every method, one after the other", async () => {
    for (const method of ["DELETE", "POST", "DELETE", "PATCH"] as const) {
      const answer = await connection.send({ method, path: "/a", query: { dryRun: "All" }, body: { kind: method } });
      assert.deepEqual(answer, { kind: "Answer" });
      const url = "/a?dryRun=All";
      assert.deepEqual(seen.at(-1), { method, url, type: "application/json", body: `{"kind":"${method}"}` });
    }
  });

  it("passes on the server's own words", async () => {
    const error = new ApiError(404, "NotFound", "a is not found");
    await assert.rejects(connection.send({ method: "GET", path: "/gone" }), error);
    assert.equal(await connection.find("/gone"), undefined);
    await assert.rejects(connection.find("/text"), new ApiError(502, "", "bad gateway"));
  });

  it("says when a kubeconfig does not exist", async () => {
    const settings = { kubeconfig: "no/such/file", context: undefined, cluster: undefined };
    await assert.rejects(Connection.open(settings), { message: "the kubeconfig file no/such/file does not exist" });
  });
});
