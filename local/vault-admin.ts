/** What a person does with `vault kv`, on the local Vault. */
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
    const body = (await succeeded(response)) as { data: { data: Record<string, string> } };
    return body.data.data;
  }

  /** Writes a new version of a secret. */
  async write(mount: string, path: string, data: Readonly<Record<string, string>>): Promise<void> {
    await succeeded(await this.#request("POST", `${mount}/data/${path}`, { data }));
  }

  /** Deletes the newest version of a secret, which can be brought back. */
  async remove(mount: string, path: string): Promise<void> {
    await succeeded(await this.#request("DELETE", `${mount}/data/${path}`));
  }

  /** Brings a deleted version back. */
  async restore(mount: string, path: string, version: number): Promise<void> {
    await succeeded(await this.#request("POST", `${mount}/undelete/${path}`, { versions: [version] }));
  }

  #request(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${this.#address}/v1/${path}`, {
      method,
      headers: { "X-Vault-Token": this.#token, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

async function succeeded(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`Vault answers ${response.status} for ${new URL(response.url).pathname}`);
  return response.status === 204 ? undefined : response.json();
}
