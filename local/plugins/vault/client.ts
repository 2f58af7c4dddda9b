/** Vault's HTTP API, as far as the stand-in needs it. */
import { reach } from "../reach.ts";
import { isPlainObject, isProperties, optionalText } from "../values.ts";
import type { Plain, PlainObject, Properties } from "../values.ts";

/** An error answer of Vault; its message names the path, never a value. */
export class VaultError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "VaultError";
    this.status = status;
  }
}

export interface VaultRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below `/v1/`. */
  readonly path: string;
  /** The resource's own namespace, below that of the provider. */
  readonly namespace?: string | undefined;
  readonly body?: PlainObject;
}

/** Talks to one Vault with one token. */
export class VaultClient {
  readonly #address: string;
  readonly #token: string;
  readonly #namespace: string;

  constructor(config: ReadonlyMap<string, string>, environment: NodeJS.ProcessEnv) {
    for (const key of config.keys()) {
      // Other ways to log in would need Vault's whole catalogue of auth methods.
      if (key.startsWith("authLogin"))
        throw new Error(`stand-in plugin vault does not know ${key}; install the genuine plugin`);
    }
    this.#address = (config.get("address") ?? environment["VAULT_ADDR"] ?? "").replace(/\/+$/, "");
    this.#token = config.get("token") ?? environment["VAULT_TOKEN"] ?? "";
    this.#namespace = config.get("namespace") ?? environment["VAULT_NAMESPACE"] ?? "";
    if (this.#address === "") throw new Error("no Vault address: set vault:address or VAULT_ADDR");
    if (this.#token === "") throw new Error("no Vault token: set vault:token or VAULT_TOKEN");
  }

  /** The `data` of the answer, empty when there is none. */
  async send(request: VaultRequest): Promise<PlainObject> {
    const data = await this.#exchange(request);
    if (data === undefined) throw new VaultError(404, `Vault has nothing at ${request.path}`);
    return data;
  }

  /** {@link send} with GET; `undefined` for what does not exist. */
  find(path: string, namespace?: string): Promise<PlainObject | undefined> {
    return this.#exchange({ method: "GET", path, namespace });
  }

  async #exchange({ method, path, namespace, body }: VaultRequest): Promise<PlainObject | undefined> {
    const headers: Record<string, string> = { "X-Vault-Token": this.#token, "X-Vault-Request": "true" };
    const fullNamespace = [this.#namespace, namespace ?? ""].filter((part) => part !== "").join("/");
    if (fullNamespace !== "") headers["X-Vault-Namespace"] = fullNamespace;
    if (body !== undefined)
      headers["Content-Type"] = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const response = await reach({ name: "Vault", address: this.#address }, `${this.#address}/v1/${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = parseAnswer(await response.text());
    if (response.status === 404) return undefined;
    if (!response.ok) throw new VaultError(response.status, failure(method, path, response.status, answer));
    const data = answer["data"];
    return isPlainObject(data) ? data : answer;
  }
}

/** The resource's own Vault namespace. */
export function namespaceOf(properties: Properties): string | undefined {
  return optionalText(properties, "namespace");
}

/** A nested property bag; empty when absent. */
export function bag(value: Properties[string] | undefined): Properties {
  return isProperties(value) ? value : {};
}

function parseAnswer(body: string): PlainObject {
  if (body === "") return {};
  try {
    const answer = JSON.parse(body) as Plain;
    return isPlainObject(answer) ? answer : {};
  } catch {
    // A proxy in between answers in plain text, of which nothing is known; the status says enough.
    return {};
  }
}

function failure(method: string, path: string, status: number, answer: PlainObject): string {
  const errors = answer["errors"];
  const messages = Array.isArray(errors) ? errors.filter((message) => typeof message === "string") : [];
  const text = messages.map((message) => message.trim()).join("; ");
  return `Vault refused ${method} ${path} with status ${status}${text === "" ? "" : `: ${text}`}`;
}
