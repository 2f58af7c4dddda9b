/** A provider over a table of resource types: what is the same for every type of every system. */
import type { CheckFailure } from "./plugin.ts";
import { diffProperties } from "./diff.ts";
import { messageOf } from "./errors.ts";
import { autoname } from "./naming.ts";
import { InitFailed, unsupported } from "./plugin.ts";
import type * as plugin from "./plugin.ts";
import { redact } from "./redact.ts";
import { secret, secretLike, unknown, unwrap } from "./values.ts";
import type { Properties, Value } from "./values.ts";

/** A resource as it was before an update. */
export interface Previous {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** What a write leaves behind. */
export interface Written {
  readonly id: string;
  /** Outputs that the system tells at this moment only. */
  readonly told: Properties;
}

/** A resource as the system has it. */
export interface LiveResource {
  /** Its id, where that is not the one it was asked for by. */
  readonly id?: string;
  /** Those inputs that the system tells, for finding drift and for import. */
  readonly inputs: Properties;
  /** What is known beyond the inputs. */
  readonly computed: Properties;
  /** Whether `computed` has every output, because the system may have something else than what was asked for. */
  readonly complete?: true;
}

/** One type of resource; `Client` talks to the system. */
export interface ResourceType<Client> {
  /** All inputs there are; every other one is refused. Absent where inputs are not looked at. */
  readonly inputs?: readonly string[];
  /** Inputs without which there is no such resource. */
  readonly required: readonly string[];
  /** Inputs that are generated when they are not given. */
  readonly autonamed: readonly string[];
  /** Inputs whose change replaces the resource. */
  readonly replacedBy: readonly string[];
  /** Outputs that are not known before creation. */
  readonly computed: readonly string[];
  readonly defaults: Properties;
  /** Inputs whose default follows from another one. */
  derive?(inputs: Properties): Properties;
  /** Further checks; what is not known yet must pass. `olds` is empty when the resource does not exist. */
  validate?(inputs: Properties, olds: Properties): CheckFailure[];
  /** What a change is measured by; the inputs, old and new, where this is absent. */
  compared?(request: plugin.DiffRequest): { readonly olds: Properties; readonly news: Properties };
  /** Outputs that a preview can promise; inputs and unknowns where this is absent. */
  preview?(inputs: Properties, previous: Previous | undefined): Properties;
  /** Creates or changes it, and returns its id. */
  write(inputs: Properties, client: Client, previous: Previous | undefined): Promise<string | Written>;
  /**
   * The live resource, by its id; `undefined` when it is gone.
   *
   * @param known - Its inputs; empty when it is imported or got.
   * @param state - Its outputs so far.
   */
  read(id: string, known: Properties, client: Client, state: Properties): Promise<LiveResource | undefined>;
  remove(id: string, known: Properties, client: Client): Promise<void>;
}

/** Everything that one plugin knows. */
export interface ResourceTable<Client> {
  /** Name of the plugin. */
  readonly plugin: string;
  /** How the system is called in messages. */
  readonly system: string;
  readonly types: ReadonlyMap<string, ResourceType<Client>>;
  readonly functions: ReadonlyMap<string, (args: Properties, client: Client) => Promise<Properties>>;
  /** Properties that are secret by nature. */
  readonly secrets: readonly string[];
  /** Whether, in a replacement, the old resource must be gone before the new one can be there. */
  oldGoesFirst(type: ResourceType<Client>, request: plugin.DiffRequest): boolean;
}

/** The provider of one configured client. */
export function tableProvider<Client>(table: ResourceTable<Client>, client: Client): plugin.Provider {
  const actions = new Actions(table, client);
  // Asynchronous, so that what is thrown at once is a rejection like every other error.
  return {
    check: async (request) => Promise.resolve(actions.check(request)),
    diff: async (request) => Promise.resolve(actions.diff(request)),
    create: (request) => actions.guarded([request.inputs], () => actions.create(request)),
    update: (request) => actions.guarded([request.inputs, request.oldOutputs], () => actions.update(request)),
    read: (request) => actions.guarded([request.inputs, request.outputs], () => actions.read(request)),
    delete: (request) => actions.guarded([request.outputs], () => actions.remove(request)),
    invoke: (token, args) => actions.guarded([args], () => actions.invoke(token, args)),
  };
}

/** Marks what is secret by nature. */
export function markSecrets(properties: Properties, names: readonly string[]): Properties {
  const marked = { ...properties };
  for (const name of names) {
    const value = unwrap(marked[name]);
    if (value !== undefined) marked[name] = secret(value);
  }
  return marked;
}

class Actions<Client> {
  readonly #table: ResourceTable<Client>;
  readonly #client: Client;

  constructor(table: ResourceTable<Client>, client: Client) {
    this.#table = table;
    this.#client = client;
  }

  /** Keeps the secrets among the given properties out of whatever goes wrong. */
  async guarded<Result>(bags: readonly Properties[], act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      const message = bags.reduce((text, bag) => redact(text, this.#mark(bag)), messageOf(error));
      throw error instanceof InitFailed ? new InitFailed(message, error) : new Error(message, { cause: error });
    }
  }

  check(request: plugin.CheckRequest): plugin.CheckResult {
    const type = this.#typeOf(request.type);
    const given = Object.entries(request.news).filter(([, value]) => value !== null);
    const explicit = { ...type.defaults, ...Object.fromEntries(given) };
    const inputs: Record<string, Value> = { ...explicit, ...type.derive?.(explicit) };
    for (const name of type.autonamed) inputs[name] ??= request.olds[name] ?? autoname(request, name);
    const unheardOf = Object.keys(inputs).filter((name) => type.inputs?.includes(name) === false);
    const failures = [
      ...unheardOf.map((property) => ({
        property,
        reason: `is no input of ${request.type}, or one that only the genuine plugin knows`,
      })),
      ...type.required
        .filter((property) => inputs[property] === undefined)
        .map((property) => ({ property, reason: "is required" })),
      ...(type.validate?.(inputs, request.olds) ?? []),
    ];
    return { inputs: this.#mark(inputs), failures };
  }

  diff(request: plugin.DiffRequest): plugin.DiffResult {
    const type = this.#typeOf(request.type);
    const { olds, news } = type.compared?.(request) ?? { olds: request.oldInputs, news: request.news };
    const details = diffProperties(olds, news, ([first]) => type.replacedBy.includes(String(first)));
    return { details, deleteBeforeReplace: this.#table.oldGoesFirst(type, request) };
  }

  async create(request: plugin.CreateRequest): Promise<plugin.Created> {
    const type = this.#typeOf(request.type);
    if (request.preview) return { id: "", outputs: this.#previewed(type, request.inputs, undefined) };
    const written = await type.write(request.inputs, this.#client, undefined);
    const { id, told } = typeof written === "string" ? { id: written, told: {} } : written;
    return { id, outputs: await this.#outputsOf(type, id, request.inputs, told) };
  }

  async update(request: plugin.UpdateRequest): Promise<Properties> {
    const type = this.#typeOf(request.type);
    const previous = { id: request.id, inputs: request.oldInputs, outputs: request.oldOutputs };
    if (request.preview) return this.#previewed(type, request.inputs, previous);
    await type.write(request.inputs, this.#client, previous);
    return this.#outputsOf(type, request.id, request.inputs, request.oldOutputs);
  }

  async read({ id, type, inputs, outputs }: plugin.ReadRequest): Promise<plugin.ReadResult | undefined> {
    const known = Object.keys(inputs).length > 0 ? inputs : outputs;
    const live = await this.#typeOf(type).read(id, known, this.#client, outputs);
    if (live === undefined) return undefined;
    const found = this.#mark(secretLike(live.inputs, known));
    return { id: live.id ?? id, inputs: found, outputs: this.#merge(live, found) };
  }

  async remove({ type, id, outputs }: plugin.DeleteRequest): Promise<void> {
    await this.#typeOf(type).remove(id, outputs, this.#client);
  }

  async invoke(token: string, args: Properties): Promise<Properties> {
    const call = this.#table.functions.get(token);
    if (call === undefined) throw unsupported(this.#table.plugin, token);
    return this.#mark(await call(args, this.#client));
  }

  #typeOf(token: string): ResourceType<Client> {
    const type = this.#table.types.get(token);
    if (type === undefined) throw unsupported(this.#table.plugin, token);
    return type;
  }

  #mark(properties: Properties): Properties {
    return markSecrets(properties, this.#table.secrets);
  }

  #previewed(type: ResourceType<Client>, inputs: Properties, previous: Previous | undefined): Properties {
    if (type.preview !== undefined) return this.#mark(type.preview(inputs, previous));
    const open = type.computed.filter((key) => inputs[key] === undefined).map((key): [string, Value] => [key, unknown]);
    return this.#mark({ ...inputs, ...Object.fromEntries(open) });
  }

  /** What was written is kept in the state also when it cannot be read, lest the next update write it once more. */
  async #outputsOf(type: ResourceType<Client>, id: string, inputs: Properties, state: Properties): Promise<Properties> {
    try {
      const live = await type.read(id, inputs, this.#client, state);
      if (live === undefined) throw new Error(`${this.#table.system} has nothing at ${id} after it was written`);
      return this.#merge(live, inputs);
    } catch (error) {
      throw new InitFailed(messageOf(error), { id, outputs: this.#mark({ ...state, ...inputs }) });
    }
  }

  #merge({ computed, complete }: LiveResource, inputs: Properties): Properties {
    return this.#mark(complete === true ? secretLike(computed, inputs) : { ...computed, ...inputs });
  }
}
