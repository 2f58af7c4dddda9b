import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import grpc from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import services from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import { separateEngineConnections } from "../../../automation/engine-connections.ts";

describe("the connection of an inline program to its engine", () => {
  const clients: services.ResourceMonitorClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  /** Asks whatever listens on the port, as Pulumi's runtime does. */
  async function ask(port: number): Promise<grpc.ServiceError | null> {
    const { grpcClientOptions } = pulumi.runtime as unknown as { readonly grpcClientOptions: grpc.ClientOptions };
    const address = `127.0.0.1:${port}`;
    const client = new services.ResourceMonitorClient(address, grpc.credentials.createInsecure(), grpcClientOptions);
    clients.push(client);
    return new Promise((resolve) => {
      client.signalAndWaitForShutdown(new empty.Empty(), (error) => {
        resolve(error);
      });
    });
  }

  it("is made also where the engine before, on the same port, died under an up", async () => {
    separateEngineConnections();
    const past = createServer().listen(0, "127.0.0.1");
    await once(past, "listening");
    const { port } = past.address() as AddressInfo;
    past.close();
    await once(past, "close");
    assert.match((await ask(port))?.details ?? "", /ECONNREFUSED/);

    const engine = new grpc.Server();
    await new Promise<void>((resolve, reject) => {
      engine.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    try {
      // A server of no services: to be told so, one must be connected.
      assert.equal((await ask(port))?.code, grpc.status.UNIMPLEMENTED);
    } finally {
      engine.forceShutdown();
    }
  });
});
