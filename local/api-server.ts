import { setTimeout as sleep } from "node:timers/promises";
import { type Credentials, HttpError, request } from "./http.ts";

const FIELD_MANAGER = "litellm-platform-local";
/** Seconds that something may take: generous, for a machine that is busy with something else. */
export const TIMEOUT_SECONDS = 120;

/** The few requests to the API server that setting up needs. */
export class Api {
  readonly #server: string;
  readonly #credentials: Credentials;

  constructor(server: string, credentials: Credentials) {
    this.#server = server;
    this.#credentials = credentials;
  }

  /** An object, or undefined if there is none. */
  async get(path: string): Promise<unknown> {
    try {
      return JSON.parse(await request("GET", `${this.#server}${path}`, { credentials: this.#credentials }));
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Server-side apply of an object of the collection at `path`. */
  async apply(path: string, object: KubernetesObject): Promise<void> {
    await this.applyYaml(`${path}/${object.metadata.name}`, JSON.stringify(object));
  }

  /** Server-side apply of the object at `path`. */
  async applyYaml(path: string, text: string): Promise<void> {
    await request("PATCH", `${this.#server}${path}?fieldManager=${FIELD_MANAGER}&force=true`, {
      credentials: this.#credentials,
      headers: { "content-type": "application/apply-patch+yaml" },
      body: text,
    });
  }
}

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
}

export function hasCondition(
  object: { status?: { conditions?: readonly Condition[] } } | undefined,
  type: string,
): boolean {
  return object?.status?.conditions?.some((each) => each.type === type && each.status === "True") ?? false;
}

/** Asks until something holds, and fails when it has taken too long. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + TIMEOUT_SECONDS * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${TIMEOUT_SECONDS} s until ${what}, without success.`);
    await sleep(150);
  }
}
