import assert from "node:assert/strict";
import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { after, before, describe, it } from "mocha";
import { InitFailed } from "../../../local/plugins/plugin.ts";
import type { StandIn } from "../../../local/plugins/plugin.ts";
import { randomPlugin } from "../../../local/plugins/random.ts";
import { servePlugin } from "../../../local/plugins/server.ts";
import type { PluginServer } from "../../../local/plugins/server.ts";
import { fromStruct, isSecret, plainObject, toStruct, unknown, unwrap } from "../../../local/plugins/values.ts";
import type { Properties } from "../../../local/plugins/values.ts";

type Callback<Response> = (error: grpc.ServiceError | null, response: Response) => void;

function call<Response>(start: (callback: Callback<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}

function connect(server: PluginServer) {
  // A channel pool of its own makes every client a connection of its own, as the engine's are.
  return new services.ResourceProviderClient(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
}

const type = "random:index/randomPassword:RandomPassword";
const urn = `urn:pulumi:dev::app::component$${type}::password`;

describe("the plugin server with the random stand-in", () => {
  let server: PluginServer;
  let client: ReturnType<typeof connect>;

  before(async () => {
    server = await servePlugin(randomPlugin("4.21.2"));
    client = connect(server);
    await call((done) => client.configure(new messages.ConfigureRequest(), done));
  });

  after(async () => {
    client.close();
    await server.stop();
  });

  function check(news: Properties) {
    const request = new messages.CheckRequest().setUrn(urn).setNews(toStruct(news));
    return call<messages.CheckResponse>((done) => client.check(request, done));
  }

  function diff(olds: Properties, news: Properties) {
    const request = new messages.DiffRequest().setUrn(urn).setOldInputs(toStruct(olds)).setNews(toStruct(news));
    return call<messages.DiffResponse>((done) => client.diff(request, done));
  }

  function create(inputs: Properties, preview: boolean) {
    const request = new messages.CreateRequest().setUrn(urn).setProperties(toStruct(inputs)).setPreview(preview);
    return call<messages.CreateResponse>((done) => client.create(request, done));
  }

  it("introduces itself", async () => {
    const info = await call<{ getVersion(): string }>((done) => client.getPluginInfo(new empty.Empty(), done));
    assert.equal(info.getVersion(), "4.21.2");
  });

  it("creates a secret password, and promises one in a preview", async () => {
    const inputs = fromStruct((await check({ length: 32, special: false })).getInputs());
    const created = await create(inputs, false);
    const result = fromStruct(created.getProperties())["result"];
    assert.equal(created.getId(), "none");
    assert.equal(isSecret(result), true);
    assert.match(JSON.stringify(unwrap(result)), /^"[a-zA-Z0-9]{32}"$/);

    const preview = await create(inputs, true);
    assert.equal(preview.getId(), "");
    assert.equal(fromStruct(preview.getProperties())["result"], unknown);
  });

  it("reports what is wrong with the inputs", async () => {
    const failures = (await check({ length: 0 })).getFailuresList().map((failure) => failure.toObject());
    assert.deepEqual(failures, [{ property: "length", reason: "must be a whole number of at least 1" }]);
  });

  it("replaces when an argument changes, and does nothing when none does", async () => {
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    const same = await diff({ length: 32 }, { length: 32 });
    assert.equal(same.getChanges(), DIFF_NONE);
    const changed = await diff({ length: 32, keepers: { v: "1" } }, { length: 32, keepers: { v: "2" } });
    assert.equal(changed.getChanges(), DIFF_SOME);
    assert.deepEqual(changed.getReplacesList(), ["keepers.v"]);
    const detail = changed.getDetaileddiffMap().get("keepers.v");
    assert.equal(detail?.getKind(), messages.PropertyDiff.Kind.UPDATE_REPLACE);
  });

  it("says which type it does not know", async () => {
    const request = new messages.CheckRequest().setUrn("urn:pulumi:dev::app::random:index/randomPet:RandomPet::pet");
    await assert.rejects(
      call((done) => client.check(request, done)),
      {
        details:
          "stand-in plugin random does not know type random:index/randomPet:RandomPet; install the genuine plugin",
      },
    );
  });
});

describe("the plugin server with several providers", () => {
  const reject = () => Promise.reject(new Error("not used"));
  const plugin: StandIn = {
    name: "example",
    version: "1.0.0",
    configure: (config) => {
      const where = config.get("where") ?? "";
      return Promise.resolve({
        check: reject,
        diff: reject,
        update: reject,
        read: reject,
        delete: reject,
        invoke: () => Promise.resolve({ where }),
        create: () => Promise.reject(new InitFailed("not ready", { id: "ns/a", outputs: { where } })),
      });
    },
  };
  let server: PluginServer;
  const clients: ReturnType<typeof connect>[] = [];

  before(async () => {
    server = await servePlugin(plugin);
    for (const where of ["east", "west"]) {
      const client = connect(server);
      const request = new messages.ConfigureRequest();
      request.getVariablesMap().set("example:config:where", where);
      await call((done) => client.configure(request, done));
      clients.push(client);
    }
  });

  after(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });

  it("keeps their configurations apart", async () => {
    const answers = clients.map((client) =>
      call<messages.InvokeResponse>((done) => client.invoke(new messages.InvokeRequest().setTok("a:b:c"), done)),
    );
    const places = (await Promise.all(answers)).map((answer) => plainObject(fromStruct(answer.getReturn())));
    assert.deepEqual(places, [{ where: "east" }, { where: "west" }]);
  });

  it("hands over the state of what did not get ready", async () => {
    const [client] = clients;
    assert.ok(client);
    const failure = await call((done) => client.create(new messages.CreateRequest(), done)).then(
      () => assert.fail("must fail"),
      (error: unknown) => error as grpc.ServiceError,
    );
    assert.equal(failure.code, grpc.status.UNKNOWN);
    assert.equal(failure.details, "not ready");
    const [packed] = failure.metadata.get("grpc-status-details-bin");
    const [detail] = statuses.Status.deserializeBinary(packed as Buffer).getDetailsList();
    assert.equal(detail?.getTypeUrl(), "type.googleapis.com/pulumirpc.ErrorResourceInitFailed");
    const state = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
    assert.equal(state.getId(), "ns/a");
    assert.deepEqual(state.getReasonsList(), ["not ready"]);
    assert.deepEqual(fromStruct(state.getProperties()), { where: "east" });
  });
});
