import { readFileSync } from "node:fs";

/** Token of the local Vault's administrator, from the file that Vault wrote when it was initialized. */
export function rootToken(vaultInitFile: string): string {
  const { root_token: token } = JSON.parse(readFileSync(vaultInitFile, "utf8")) as { root_token: string };
  return token;
}

/** What an administrator does with the `vault` command, on the local Vault. */
export class VaultAdmin {
  readonly #address: string;
  readonly #token: string;

  constructor(address: string, token: string) {
    this.#address = address;
    this.#token = token;
  }

  /** The values of a secret, or nothing when there is none. */
  async read(mount: string, path: string): Promise<Readonly<Record<string, string>> | undefined> {
    const response = await this.#request("GET", `${mount}/data/${path}`);
    if (response.status === 404) return undefined;
    const body = (await bodyOf(response)) as { data: { data: Record<string, string> } };
    return body.data.data;
  }

  /** Writes a new version of a secret. */
  async write(mount: string, path: string, data: Readonly<Record<string, string>>): Promise<void> {
    await this.call("POST", `${mount}/data/${path}`, { data });
  }

  /** Deletes the newest version of a secret, which can be brought back. */
  async remove(mount: string, path: string): Promise<void> {
    await this.call("DELETE", `${mount}/data/${path}`);
  }

  /** Brings a deleted version back. */
  async restore(mount: string, path: string, version: number): Promise<void> {
    await this.call("POST", `${mount}/undelete/${path}`, { versions: [version] });
  }

  /** Brings the newest version back. */
  async restoreNewest(mount: string, path: string): Promise<void> {
    const { data } = (await this.call("GET", `${mount}/metadata/${path}`)) as { data: { current_version: number } };
    await this.restore(mount, path, data.current_version);
  }

  /** Any other request; returns the body of a success and throws otherwise. */
  async call(method: "DELETE" | "GET" | "POST", path: string, body?: object): Promise<unknown> {
    return bodyOf(await this.#request(method, path, body));
  }

  #request(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${this.#address}/v1/${path}`, {
      method,
      headers: { "X-Vault-Token": this.#token, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`Vault answers ${response.status} for ${new URL(response.url).pathname}`);
  return response.status === 204 ? undefined : response.json();
}
