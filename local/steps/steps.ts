import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type MustRun, mustRun } from "../services/run.ts";
import { adviceFor, adviceOnDisk } from "./advice.ts";
import { type Display, consoleDisplay } from "./display.ts";
import { duration } from "./duration.ts";

/** What the work of a step is given. */
export interface Step {
  /** Aborted when another step failed or the run was interrupted. */
  readonly signal: AbortSignal;
  /** Says how far the step is; replaces what it said before. */
  readonly progress: (state: string) => void;
  /** Says something that stays on the screen. */
  readonly report: (line: string) => void;
  /** Runs a command that ends with the step. */
  readonly run: MustRun;
}

/** A step that failed. Every later step of the same run fails with it. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
}

interface Running {
  readonly name: string;
  readonly since: number;
  state: string;
  cpuSeconds: number;
}

const refreshMilliseconds = 1000;

const CONTINUE =
  "What other steps have finished is kept. Run the same command again after that: it continues from there.";

/**
 * The steps of one run, side by side or one after another: shows how they go, and when one fails, ends the others.
 */
export class Steps {
  readonly #display: Display;
  readonly #afterFailure: string;
  readonly #controller = new AbortController();
  readonly #running = new Set<Running>();
  #refresh: NodeJS.Timeout | undefined;
  #failure: Error | undefined;

  /** @param afterFailure ends the message of a failure. Default: that the run can be continued */
  constructor(display: Display = consoleDisplay(), afterFailure: string = CONTINUE) {
    this.#display = display;
    this.#afterFailure = afterFailure;
  }

  /** Takes one line that stays on the screen. */
  readonly report = (line: string): void => {
    this.#display.line(line);
  };

  /** Takes what another program prints, as it is. */
  readonly text = (text: string): void => {
    this.#display.text(text);
  };

  /**
   * Does one step.
   *
   * @param name what it is about, in a few words
   * @param work ends soon after its `signal`
   * @param advice what to do when it fails and its message does not tell. Default: to read the message
   * @throws StepFailure of the first step of this run that failed
   */
  async run<T>(name: string, work: (step: Step) => Promise<T>, advice?: string): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    const row: Running = { name, since: Date.now(), state: "", cpuSeconds: 0 };
    this.#begin(row);
    try {
      const result = await work(this.#stepOf(row));
      this.#controller.signal.throwIfAborted();
      this.report(finished(row));
      return result;
    } catch (error) {
      throw this.fail(failureOf(name, error, advice, this.#afterFailure));
    } finally {
      this.#end(row);
    }
  }

  /** Waits for all; when one fails, ends the steps of the others and throws what failed first. */
  async all<T extends readonly unknown[]>(work: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
    const watched = work.map((part) =>
      part.catch((error: unknown) => {
        throw this.fail(error instanceof Error ? error : new Error(String(error)));
      }),
    );
    await Promise.allSettled(watched);
    return (await Promise.all(watched)) as unknown as T;
  }

  /** Ends every step and refuses new ones; returns the failure that came first. */
  fail(failure: Error): Error {
    this.#failure ??= failure;
    this.#controller.abort(this.#failure);
    return this.#failure;
  }

  #stepOf(row: Running): Step {
    const { signal } = this.#controller;
    return {
      signal,
      report: this.report,
      progress: (state) => {
        row.state = state;
      },
      run: (task, command, args, options) => {
        if (options?.log !== undefined) mkdirSync(dirname(options.log), { recursive: true });
        const onCpu = (seconds: number) => {
          row.cpuSeconds += seconds;
        };
        return mustRun(task, command, args, { signal, onCpu, ...options });
      },
    };
  }

  #begin(row: Running): void {
    this.#running.add(row);
    const show = () => {
      this.#display.running([...this.#running].map(describe));
    };
    this.#refresh ??= setInterval(show, refreshMilliseconds).unref();
    show();
  }

  #end(row: Running): void {
    this.#running.delete(row);
    this.#display.running([...this.#running].map(describe));
    if (this.#running.size > 0) return;
    clearInterval(this.#refresh);
    this.#refresh = undefined;
  }
}

let shared: Steps | undefined;

/** The steps of this process, on its console. */
export function processSteps(): Steps {
  return (shared ??= new Steps());
}

function describe({ name, since, state }: Running): string {
  return [`${name}, ${duration(Date.now() - since)}`, state].filter((text) => text !== "").join(": ");
}

function finished({ name, since, cpuSeconds }: Running): string {
  const cpu = cpuSeconds < 0.5 ? "" : `CPU ${duration(cpuSeconds * 1000)}`;
  return `${name.padEnd(58)} ${duration(Date.now() - since).padStart(8)}  ${cpu}`.trimEnd();
}

function failureOf(name: string, error: unknown, advice: string | undefined, after: string): Error {
  if (error instanceof StepFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const parts = [
    `Step "${name}" failed. ${message}`,
    `What to do: ${adviceOnDisk() ?? adviceFor(message, advice)}`,
    after,
  ];
  return new StepFailure(parts.join("\n\n").trimEnd(), { cause: error });
}
