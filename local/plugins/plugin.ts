/** What a stand-in has to offer; `server.ts` puts it on the wire. */
import type { PropertyDiff } from "./diff.ts";
import type { Properties } from "./values.ts";

/** The resource that a request is about. */
export interface ResourceIdentity {
  readonly urn: string;
  /** Type token, for example `kubernetes:core/v1:Secret`. */
  readonly type: string;
  /** Name of the resource in the program. */
  readonly name: string;
}

export interface CheckRequest extends ResourceIdentity {
  readonly olds: Properties;
  readonly news: Properties;
  /** Bytes from which generated names are to be derived, so that a preview and its update agree. */
  readonly randomSeed: Uint8Array;
  /** The engine's own naming, when the project configures one. */
  readonly autonaming: { readonly mode: "propose" | "enforce" | "disable"; readonly proposed: string } | undefined;
}

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

export interface DiffRequest extends ResourceIdentity {
  readonly id: string;
  readonly oldInputs: Properties;
  readonly oldOutputs: Properties;
  readonly news: Properties;
}

export interface DiffResult {
  readonly details: ReadonlyMap<string, PropertyDiff>;
  readonly deleteBeforeReplace: boolean;
}

export interface CreateRequest extends ResourceIdentity {
  readonly inputs: Properties;
  /** Seconds, 0 when the program sets none. */
  readonly timeout: number;
  readonly preview: boolean;
  readonly signal: AbortSignal;
}

export interface UpdateRequest extends CreateRequest {
  readonly id: string;
  readonly oldInputs: Properties;
  readonly oldOutputs: Properties;
  readonly ignoreChanges: readonly string[];
}

export interface ReadRequest extends ResourceIdentity {
  readonly id: string;
  /** Both are empty when a resource is imported or got. */
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly signal: AbortSignal;
}

export interface DeleteRequest extends ResourceIdentity {
  readonly id: string;
  readonly outputs: Properties;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface Created {
  /** Empty in a preview. */
  readonly id: string;
  readonly outputs: Properties;
}

export interface ReadResult {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** A configured provider. */
export interface Provider {
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<Created>;
  /** The outputs after an update. */
  update(request: UpdateRequest): Promise<Properties>;
  /** `undefined` when the resource is gone. */
  read(request: ReadRequest): Promise<ReadResult | undefined>;
  delete(request: DeleteRequest): Promise<void>;
  invoke(token: string, args: Properties): Promise<Properties>;
}

/** A resource plugin played by this process. */
export interface StandIn {
  readonly name: string;
  /** Version of the plugin it stands in for, without `v`. */
  readonly version: string;
  /**
   * Makes a provider from its configuration; called once for every provider resource.
   *
   * @param config - By key, without the package prefix; everything that is not text comes as JSON.
   */
  configure(config: ReadonlyMap<string, string>): Promise<Provider>;
}

/** A resource exists but did not become ready: the engine keeps it in the state and repairs it at the next update. */
export class InitFailed extends Error {
  readonly id: string;
  readonly outputs: Properties;
  readonly inputs: Properties | undefined;

  constructor(message: string, state: { id: string; outputs: Properties; inputs?: Properties | undefined }) {
    super(message);
    this.name = "InitFailed";
    this.id = state.id;
    this.outputs = state.outputs;
    this.inputs = state.inputs;
  }
}

/** The error for a resource type or function that only the genuine plugin knows. */
export function unsupported(plugin: string, token: string): Error {
  return new Error(`stand-in plugin ${plugin} does not know type ${token}; install the genuine plugin`);
}
