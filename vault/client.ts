import { request as plain } from "node:http";
import { Agent, request as secure } from "node:https";
import { createSecureContext, getCACertificates } from "node:tls";

/** Where Vault is and what is shown to it. */
export interface VaultAccess {
  /** URL of Vault. */
  readonly address: string;
  /** Mount of the KV version 2 secrets engine. */
  readonly mount: string;
  /** Vault Enterprise namespace. Default: none. */
  readonly namespace?: string | undefined;
  readonly token: string;
  /** PEM certificates that are trusted besides the roots of Node and of this machine. Default: none. */
  readonly ca?: string | undefined;
  /** Seconds to wait for an answer. Default: 15. */
  readonly timeoutSeconds?: number | undefined;
}

/** A refusal or failure of Vault, or of the way to it, told without any secret. */
export class VaultError extends Error {
  /** HTTP status of the refusal; none when there was no answer. */
  readonly status: number | undefined;
  /** Whether the secret has another version by now than the one that was to be replaced. */
  readonly outdated: boolean;

  constructor(message: string, refusal: { readonly status?: number; readonly outdated?: boolean } = {}) {
    super(message);
    this.status = refusal.status;
    this.outdated = refusal.outdated ?? false;
  }
}

/** There is no KV version 2 secrets engine at the mount. */
export class NoSecretsEngine extends VaultError {}

export interface VaultRequest {
  /** Path below `/v1/`. */
  readonly path: string;
  readonly query?: string;
  readonly body?: object;
  /** What a policy must allow on the path, for the message of a refusal. */
  readonly capability: string;
  /** Whether a 404 is an answer and no failure. Default: false. */
  readonly mayBeMissing?: boolean;
}

type Method = "DELETE" | "GET" | "PATCH" | "POST";

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

const redirects: readonly number[] = [301, 302, 307, 308];

/** The few requests that the program and its tools send to Vault. Nothing that it throws holds a secret. */
export class VaultClient {
  readonly mount: string;
  readonly #address: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #ca: string | undefined;
  readonly #timeoutSeconds: number;
  #agent: Agent | undefined;

  constructor(access: VaultAccess) {
    // A header's own refusal would repeat the token.
    const token = access.token.trim();
    if (!/^[!-~]+$/.test(token))
      throw new VaultError("the token for Vault is empty or has characters that no token has");
    const { protocol, username, password } = URL.parse(access.address) ?? {};
    if ((protocol !== "http:" && protocol !== "https:") || username !== "" || password !== "")
      throw new VaultError("the address of Vault must be an http:// or https:// URL without credentials");
    this.mount = access.mount;
    this.#address = access.address.replace(/\/+$/, "");
    this.#headers = {
      "X-Vault-Token": token,
      "X-Vault-Request": "true",
      ...(access.namespace === undefined ? {} : { "X-Vault-Namespace": access.namespace }),
    };
    this.#ca = access.ca;
    this.#timeoutSeconds = access.timeoutSeconds ?? 15;
  }

  /**
   * The JSON of the answer, undefined where it is none.
   *
   * @throws VaultError unless Vault answers with success
   */
  async request(method: Method, request: VaultRequest): Promise<unknown> {
    const { status, text } = await this.#follow(method, request);
    if ((status < 200 || status > 299) && !(status === 404 && request.mayBeMissing === true)) {
      const hint = status === 403 ? `; the token needs ${request.capability} on ${request.path}` : "";
      throw new VaultError(`Vault at ${this.#address} answers ${status} for ${request.path}${hint}`, {
        status,
        outdated: status === 400 && text.includes("check-and-set parameter did not match"),
      });
    }
    return parsed(text);
  }

  /** The failure to tell when an answer is none of a KV version 2 engine. */
  noEngine(): NoSecretsEngine {
    return new NoSecretsEngine(`Vault at ${this.#address} has no KV version 2 engine at ${this.mount}, or is no Vault`);
  }

  /** A standby that does not forward sends its clients on, once. */
  async #follow(method: Method, request: VaultRequest): Promise<Answer> {
    const path = request.path.split("/").map(encodeURIComponent).join("/");
    const url = new URL(`${this.#address}/v1/${path}${request.query ?? ""}`);
    const answer = await this.#send(method, url, request.body);
    if (!redirects.includes(answer.status) || answer.location === undefined) return answer;
    const target = URL.parse(answer.location, url.href);
    if (target === null || (target.protocol !== "https:" && target.protocol !== url.protocol))
      throw new VaultError(`Vault at ${this.#address} redirects to an address that is not https://`);
    return this.#send(method, target, request.body);
  }

  #send(method: Method, url: URL, body: object | undefined): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers = { ...this.#headers, ...(text === undefined ? {} : { "Content-Type": type }) };
    const signal = AbortSignal.timeout(this.#timeoutSeconds * 1000);
    return new Promise<Answer>((resolve, reject) => {
      const fail = (error: unknown) => {
        const reason = signal.aborted ? `no answer within ${this.#timeoutSeconds} s` : reasonOf(error);
        reject(new VaultError(`Vault at ${this.#address} cannot be reached: ${reason}`));
      };
      try {
        const outgoing =
          url.protocol === "https:"
            ? secure(url, { method, headers, signal, agent: (this.#agent ??= trusting(this.#ca)) })
            : plain(url, { method, headers, signal });
        outgoing.on("error", fail);
        outgoing.on("response", (response) => {
          let received = "";
          response.setEncoding("utf8").on("data", (part: string) => (received += part));
          response.on("error", fail);
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, location: response.headers.location, text: received });
          });
        });
        outgoing.end(text);
      } catch (error) {
        fail(error);
      }
    });
  }
}

/** Node's roots, this machine's, which the vault plugin trusts, and one more; naming any replaces Node's own. */
function trusting(ca: string | undefined): Agent {
  const roots = [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
  return new Agent({ secureContext: createSecureContext({ ca: ca === undefined ? roots : [...roots, ca] }) });
}

/** What OpenSSL says when no trusted certificate stands behind the server's. */
const untrusted: readonly string[] = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

function reasonOf(error: unknown): string {
  // A name with several addresses, none of which answers.
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join(", ");
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  if (!untrusted.includes(code)) return error.message;
  // Node goes on with advice about its own options.
  return `${error.message.split(";")[0] ?? code}; its CA must be in vault.caBundle, vault:caCertFile or VAULT_CACERT`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
