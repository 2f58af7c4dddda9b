/** Calls of the proxy's API, as an application would make them. */
export class GatewayClient {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  post(path: string, body: object): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  get(path: string): Promise<Response> {
    return fetch(`${this.#url}${path}`, { headers: { Authorization: `Bearer ${this.#key}` } });
  }

  chat(content: string, more: object = {}): Promise<Response> {
    return this.post("/v1/chat/completions", { model: "echo", messages: [{ role: "user", content }], ...more });
  }

  /** The text of a chat's answer; fails when there is none. */
  async answer(content: string): Promise<string> {
    const response = await this.chat(content);
    const body = (await response.json()) as { choices?: { message: { content: string } }[] };
    const text = body.choices?.[0]?.message.content;
    if (text === undefined) throw new Error(`no completion but ${response.status}: ${JSON.stringify(body)}`);
    return text;
  }
}
