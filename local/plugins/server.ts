/** A thin gRPC `ResourceProvider` server around a {@link StandIn}. */
import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { toServiceError } from "./errors.ts";
import { toDiffResponse } from "./diff-response.ts";
import { unsupported } from "./plugin.ts";
import type { CheckRequest, CreateRequest, DiffRequest, Provider, ResourceIdentity, StandIn } from "./plugin.ts";
import { fromStruct, toStruct } from "./values.ts";

/** A running server. */
export interface PluginServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** What one connection of the engine has set up: the engine opens one for every provider resource. */
interface Session {
  readonly provider: Promise<Provider>;
  readonly abort: AbortController;
}

type Unary<Request, Response> = grpc.handleUnaryCall<Request, Response>;

/** Starts a stand-in on a free loopback port. */
export async function servePlugin(plugin: StandIn): Promise<PluginServer> {
  const server = new grpc.Server({
    // A state may be larger than the 4 MiB that gRPC allows by default.
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  const sessions = new Sessions(plugin);
  server.addService(services.ResourceProviderService, {
    ...pluginMethods(plugin),
    ...configMethods(sessions),
    ...resourceMethods(sessions),
  });
  const port = await bind(server);
  return {
    port,
    stop: () => {
      sessions.abortAll();
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

/**
 * The configured providers, by connection. The engine opens a connection for every provider resource, so that several
 * of them can share one server. Should a connection have been replaced in between, its calls go to the provider that
 * was configured last.
 */
class Sessions {
  readonly #plugin: StandIn;
  readonly #byPeer = new Map<string, Session>();
  #last: Session | undefined;

  constructor(plugin: StandIn) {
    this.#plugin = plugin;
  }

  async configure(peer: string, config: ReadonlyMap<string, string>): Promise<void> {
    const session = { provider: this.#plugin.configure(config), abort: new AbortController() };
    this.#byPeer.set(peer, session);
    this.#last = session;
    await session.provider;
  }

  get(peer: string): Session {
    const session = this.#byPeer.get(peer) ?? this.#last;
    if (session === undefined) throw new Error(`stand-in plugin ${this.#plugin.name} is not configured`);
    return session;
  }

  abort(peer: string): void {
    this.#byPeer.get(peer)?.abort.abort();
  }

  abortAll(): void {
    for (const session of this.#byPeer.values()) session.abort.abort();
  }
}

function bind(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function unary<Request, Response>(
  handle: (request: Request, peer: string) => Response | Promise<Response>,
): Unary<Request, Response> {
  return (call, callback) => {
    const answer = async () => handle(call.request, call.getPeer());
    answer().then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(toServiceError(error));
      },
    );
  };
}

function pluginMethods(plugin: StandIn) {
  return {
    handshake: unary(() => {
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    attach: unary(() => new empty.Empty()),
    getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(plugin.version)),
    getSchema: unary(() => {
      const schema = { name: plugin.name, version: plugin.version };
      return new messages.GetSchemaResponse().setSchema(JSON.stringify(schema));
    }),
    getMapping: unary(() => new messages.GetMappingResponse()),
    getMappings: unary(() => new messages.GetMappingsResponse()),
  };
}

function configMethods(sessions: Sessions) {
  return {
    checkConfig: unary((request: messages.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => {
      // A changed address or credential is a change of the way to the same system: nothing must be replaced for it.
      return new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_UNKNOWN);
    }),
    configure: unary(async (request: messages.ConfigureRequest, peer) => {
      const config = new Map<string, string>();
      for (const [key, value] of request.getVariablesMap().toArray()) config.set(key.split(":").at(-1) ?? key, value);
      await sessions.configure(peer, config);
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setSupportsAutonamingConfiguration(true);
      return response;
    }),
    cancel: unary((_request: empty.Empty, peer) => {
      sessions.abort(peer);
      return new empty.Empty();
    }),
  };
}

function resourceMethods(sessions: Sessions) {
  const { provider, signal } = accessors(sessions);
  return {
    check: unary(async (request: messages.CheckRequest, peer) => {
      const { inputs, failures } = await (await provider(peer)).check(checkRequest(request));
      const response = new messages.CheckResponse().setInputs(toStruct(inputs));
      for (const failure of failures) {
        response.addFailures(new messages.CheckFailure().setProperty(failure.property).setReason(failure.reason));
      }
      return response;
    }),
    diff: unary(async (request: messages.DiffRequest, peer) =>
      toDiffResponse(await (await provider(peer)).diff(diffRequest(request))),
    ),
    create: unary(async (request: messages.CreateRequest, peer) => {
      const created = await (
        await provider(peer)
      ).create({
        ...changeRequest(request, request.getProperties()),
        signal: signal(peer),
      });
      return new messages.CreateResponse().setId(created.id).setProperties(toStruct(created.outputs));
    }),
    update: unary(async (request: messages.UpdateRequest, peer) => {
      const outputs = await (
        await provider(peer)
      ).update({
        ...changeRequest(request, request.getNews()),
        id: request.getId(),
        oldInputs: fromStruct(request.getOldInputs()),
        oldOutputs: fromStruct(request.getOlds()),
        ignoreChanges: request.getIgnorechangesList(),
        signal: signal(peer),
      });
      return new messages.UpdateResponse().setProperties(toStruct(outputs));
    }),
    ...readingMethods(sessions),
  };
}

function readingMethods(sessions: Sessions) {
  const { provider, signal } = accessors(sessions);
  return {
    read: unary(async (request: messages.ReadRequest, peer) => {
      const found = await (
        await provider(peer)
      ).read({
        ...identity(request),
        id: request.getId(),
        inputs: fromStruct(request.getInputs()),
        outputs: fromStruct(request.getProperties()),
        signal: signal(peer),
      });
      const response = new messages.ReadResponse();
      if (found === undefined) return response;
      return response.setId(found.id).setInputs(toStruct(found.inputs)).setProperties(toStruct(found.outputs));
    }),
    delete: unary(async (request: messages.DeleteRequest, peer) => {
      await (
        await provider(peer)
      ).delete({
        ...identity(request),
        id: request.getId(),
        outputs: fromStruct(request.getProperties()),
        timeout: request.getTimeout(),
        signal: signal(peer),
      });
      return new empty.Empty();
    }),
    invoke: unary(async (request: messages.InvokeRequest, peer) => {
      const result = await (await provider(peer)).invoke(request.getTok(), fromStruct(request.getArgs()));
      return new messages.InvokeResponse().setReturn(toStruct(result));
    }),
    construct: unary((request: messages.ConstructRequest): messages.ConstructResponse => {
      throw unsupported(request.getType().split(":")[0] ?? "", request.getType());
    }),
    call: unary((request: messages.CallRequest): messages.CallResponse => {
      throw unsupported(request.getTok().split(":")[0] ?? "", request.getTok());
    }),
  };
}

function accessors(sessions: Sessions) {
  return {
    provider: (peer: string) => sessions.get(peer).provider,
    signal: (peer: string) => sessions.get(peer).abort.signal,
  };
}

interface Identified {
  getUrn(): string;
  getType(): string;
  getName(): string;
}

function identity(request: Identified): ResourceIdentity {
  const urn = request.getUrn();
  // urn:pulumi:<stack>::<project>::<parent types$>type::<name>; only newer engines send type and name as well.
  const [, , qualifiedType = "", name = ""] = urn.split("::");
  return {
    urn,
    type: request.getType() || (qualifiedType.split("$").at(-1) ?? ""),
    name: request.getName() || name,
  };
}

function checkRequest(request: messages.CheckRequest): CheckRequest {
  const autonaming = request.getAutonaming();
  const modes = ["propose", "enforce", "disable"] as const;
  return {
    ...identity(request),
    olds: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
    randomSeed: request.getRandomseed_asU8(),
    autonaming: autonaming && {
      mode: modes[autonaming.getMode()],
      proposed: autonaming.getProposedName(),
    },
  };
}

function diffRequest(request: messages.DiffRequest): DiffRequest {
  return {
    ...identity(request),
    id: request.getId(),
    oldInputs: fromStruct(request.getOldInputs()),
    oldOutputs: fromStruct(request.getOlds()),
    news: fromStruct(request.getNews()),
  };
}

function changeRequest(
  request: Identified & { getTimeout(): number; getPreview(): boolean },
  inputs: ReturnType<messages.CreateRequest["getProperties"]>,
): Omit<CreateRequest, "signal"> {
  return {
    ...identity(request),
    inputs: fromStruct(inputs),
    timeout: request.getTimeout(),
    preview: request.getPreview(),
  };
}
