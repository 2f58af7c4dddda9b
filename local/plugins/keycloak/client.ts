/** Keycloak's admin API, with errors in the genuine plugin's words. */
import { reach } from "../reach.ts";
import { isPlainObject } from "../values.ts";
import type { Plain, PlainObject } from "../values.ts";
import type { Settings } from "./settings.ts";

/** An error answer of Keycloak. */
export class KeycloakError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "KeycloakError";
    this.status = status;
  }
}

type Method = "DELETE" | "GET" | "POST" | "PUT";

interface Answer {
  readonly body: Plain;
  /** Last part of the `Location` header: the id of what was made. */
  readonly id: string;
}

/** A path below `/admin`, with every name in it made safe. */
export function at(parts: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: parts }, ...names.map(encodeURIComponent));
}

/** Whether an error says that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KeycloakError && error.status === 404;
}

/** Talks to one Keycloak with one login. */
export class KeycloakClient {
  readonly #settings: Settings;
  #token: Promise<string> | undefined;

  private constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Logs in, unless the settings say to wait until the first request. */
  static async open(settings: Settings): Promise<KeycloakClient> {
    const client = new KeycloakClient(settings);
    if (settings.initialLogin) await client.#currentToken();
    return client;
  }

  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<Plain> {
    const { body } = await this.#exchange("GET", path, undefined, query);
    return body;
  }

  /** {@link get} of one object. */
  async object(path: string): Promise<PlainObject> {
    const found = await this.get(path);
    return isPlainObject(found) ? found : {};
  }

  /** {@link object}; `undefined` when there is none. */
  async find(path: string): Promise<PlainObject | undefined> {
    try {
      return await this.object(path);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** {@link get} of a list of objects. */
  async list(path: string, query?: Readonly<Record<string, string>>): Promise<readonly PlainObject[]> {
    const found = await this.get(path, query);
    return Array.isArray(found) ? found.filter(isPlainObject) : [];
  }

  post(path: string, body?: Plain): Promise<Answer> {
    return this.#exchange("POST", path, body);
  }

  async put(path: string, body?: Plain): Promise<void> {
    await this.#exchange("PUT", path, body);
  }

  async delete(path: string, body?: Plain): Promise<void> {
    await this.#exchange("DELETE", path, body);
  }

  async #exchange(method: Method, path: string, body?: Plain, query: Readonly<Record<string, string>> = {}) {
    const { adminUrl, headers, timeoutSeconds } = this.#settings;
    const url = new URL(`${adminUrl}/admin${path}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const send = (token: string) =>
      this.#reach(url.href, {
        method,
        headers: {
          ...headers,
          Accept: "application/json",
          Authorization: `Bearer ${token}`,
          ...(method !== "GET" && { "Content-Type": "application/json" }),
        },
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const token = await this.#currentToken();
    let response = await send(token);
    // The token has expired, or was given before its owner got the right to this.
    if (response.status === 401 || response.status === 403) response = await send(await this.#renewedToken(token));
    const text = await response.text();
    if (!response.ok) {
      const status = `${response.status} ${response.statusText}`.trim();
      const told = text === "" ? "" : ` Response body: ${text}`;
      const where = decodeURIComponent(url.pathname);
      throw new KeycloakError(response.status, `error sending ${method} request to ${where}: ${status}.${told}`);
    }
    return { body: parse(text), id: response.headers.get("Location")?.split("/").at(-1) ?? "" };
  }

  #reach(url: string, init: RequestInit): Promise<Response> {
    return reach({ name: "Keycloak", address: new URL(url).origin }, url, init);
  }

  #currentToken(): Promise<string> {
    this.#token ??= this.#logIn();
    return this.#token;
  }

  /** Logs in again, unless another request has already done so. */
  async #renewedToken(stale: string): Promise<string> {
    if ((await this.#currentToken()) === stale) this.#token = this.#logIn();
    return this.#currentToken();
  }

  async #logIn(): Promise<string> {
    const { authUrl, realm, grant, headers, timeoutSeconds } = this.#settings;
    const url = `${authUrl}/realms/${encodeURIComponent(realm)}/protocol/openid-connect/token`;
    try {
      const response = await this.#reach(url, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(grant),
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      });
      const answer = parse(await response.text());
      const told = isPlainObject(answer) ? answer : {};
      const token = told["access_token"];
      if (response.ok && typeof token === "string") return token;
      const why = typeof told["error_description"] === "string" ? ` (${told["error_description"]})` : "";
      throw new Error(`cannot log in to Keycloak: POST ${url}: ${response.status} ${response.statusText}${why}`);
    } catch (error) {
      // The next request tries once more.
      this.#token = undefined;
      throw error;
    }
  }
}

function parse(text: string): Plain {
  try {
    return text === "" ? {} : (JSON.parse(text) as Plain);
  } catch {
    // A proxy in between answers in HTML, of which nothing is known; the status says enough.
    return {};
  }
}
