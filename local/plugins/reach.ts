/** One HTTP exchange with the system behind a stand-in; what keeps it from happening is told in the user's terms. */

/** The system that a stand-in talks to. */
export interface System {
  /** How it is called in messages. */
  readonly name: string;
  readonly address: string;
}

/** `fetch`, with an error that says which system is out of reach and why. */
export async function reach(system: System, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new Error(`${system.name} at ${system.address} is unreachable: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  return error.cause instanceof Error ? error.cause.message : error.message;
}
