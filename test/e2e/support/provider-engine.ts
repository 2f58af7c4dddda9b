import type { DiffResult, Provider } from "../../../local/plugins/plugin.ts";
import { type Properties, containsSecret } from "../../../local/plugins/values.ts";

/** A resource as the engine keeps it in a stack's state. */
export interface State {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export type Step = "create" | "replace" | "same" | "update";

/** What one step did. */
export interface Outcome extends State {
  readonly step: Step;
  /** Paths of the properties that differed. */
  readonly changed: readonly string[];
}

/** Asks a provider what Pulumi's engine would, in its order, for one resource after the other. */
export class ProviderEngine {
  readonly #provider: Provider;
  readonly #states = new Map<string, State>();

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  /** Creates, changes or replaces a resource, or does nothing. */
  async up(type: string, name: string, args: Properties): Promise<Outcome> {
    return this.#run(type, name, args, false);
  }

  /** What {@link up} would do, and the outputs that it promises. */
  async preview(type: string, name: string, args: Properties): Promise<Outcome> {
    return this.#run(type, name, args, true);
  }

  /** Brings the state up to date with the system; `undefined` when the resource is gone. */
  async refresh(type: string, name: string): Promise<State | undefined> {
    const old = this.state(type, name);
    const found = await this.#provider.read({ ...this.#request(type, name), ...old });
    if (found === undefined) this.#states.delete(key(type, name));
    else this.#states.set(key(type, name), found);
    return found;
  }

  /** Reads a resource of which only the id is known. */
  read(type: string, id: string): Promise<State | undefined> {
    return this.#provider.read({ ...this.#request(type, "imported"), id, inputs: {}, outputs: {} });
  }

  /** {@link read}, and takes it into the state. */
  async import(type: string, name: string, id: string): Promise<State> {
    const found = await this.read(type, id);
    if (found === undefined) throw new Error(`there is no ${type} ${id}`);
    this.#states.set(key(type, name), found);
    return found;
  }

  async destroy(type: string, name: string): Promise<void> {
    const old = this.state(type, name);
    await this.#provider.delete({ ...this.#request(type, name), id: old.id, outputs: old.outputs });
    this.#states.delete(key(type, name));
  }

  invoke(token: string, args: Properties): Promise<Properties> {
    return this.#provider.invoke(token, args);
  }

  /** The resource's state; it must be there. */
  state(type: string, name: string): State {
    const state = this.#states.get(key(type, name));
    if (state === undefined) throw new Error(`${type} ${name} is not in the state`);
    return state;
  }

  async #run(type: string, name: string, args: Properties, preview: boolean): Promise<Outcome> {
    const old = this.#states.get(key(type, name));
    const inputs = await this.#check(type, name, old?.inputs ?? {}, args);
    if (old === undefined) return this.#create(type, name, inputs, { preview, step: "create", changed: [] });
    const { id, inputs: oldInputs, outputs: oldOutputs } = old;
    const request = this.#request(type, name);
    const diff = await this.#provider.diff({ ...request, id, oldInputs, oldOutputs, news: inputs });
    const changed = [...diff.details.keys()].sort();
    if (changed.length === 0) {
      if (!preview) this.#states.set(key(type, name), { ...old, inputs });
      return { ...old, inputs, step: "same", changed };
    }
    if (mustReplace(diff)) {
      const fresh = await this.#check(type, name, {}, args);
      if (!preview && diff.deleteBeforeReplace) await this.destroy(type, name);
      const outcome = await this.#create(type, name, fresh, { preview, step: "replace", changed });
      if (!preview && !diff.deleteBeforeReplace) await this.#provider.delete({ ...request, id, outputs: oldOutputs });
      return outcome;
    }
    const outputs = await this.#provider.update({
      ...{ ...request, id, inputs, oldInputs, oldOutputs, preview },
      ignoreChanges: [],
    });
    return this.#remember(type, name, { id, inputs, outputs }, { preview, step: "update", changed });
  }

  async #check(type: string, name: string, olds: Properties, news: Properties): Promise<Properties> {
    const request = { ...this.#request(type, name), olds, news, randomSeed: new Uint8Array(), autonaming: undefined };
    const { inputs, failures } = await this.#provider.check(request);
    if (failures.length === 0) return inputs;
    throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
  }

  async #create(
    type: string,
    name: string,
    inputs: Properties,
    how: { readonly preview: boolean; readonly step: Step; readonly changed: readonly string[] },
  ): Promise<Outcome> {
    const { id, outputs } = await this.#provider.create({ ...this.#request(type, name), inputs, preview: how.preview });
    return this.#remember(type, name, { id, inputs, outputs }, how);
  }

  #remember(
    type: string,
    name: string,
    state: State,
    { preview, step, changed }: { readonly preview: boolean; readonly step: Step; readonly changed: readonly string[] },
  ): Outcome {
    if (!preview) this.#states.set(key(type, name), state);
    return { ...state, step, changed };
  }

  #request(type: string, name: string) {
    const urn = `urn:pulumi:test::test::${type}::${name}`;
    return { urn, type, name, timeout: 0, signal: new AbortController().signal };
  }
}

/** Names of the outputs that are, or hold, a secret. */
export function secretOutputs({ outputs }: State): string[] {
  return Object.keys(outputs)
    .filter((name) => containsSecret(outputs[name]))
    .sort();
}

function mustReplace({ details }: DiffResult): boolean {
  return [...details.values()].some(({ replace }) => replace);
}

function key(type: string, name: string): string {
  return `${type}::${name}`;
}
