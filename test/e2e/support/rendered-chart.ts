import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type {
  KubernetesObject,
  V1Deployment,
  V1PodDisruptionBudget,
  V1Service,
  V1ServiceAccount,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { standInChart } from "../../../local/chart-source.ts";
import { ensureBinaries } from "../../../local/binaries.ts";

/** The client's models are classes; what is parsed from YAML has their shape only. */
type Plain<T> = { [K in keyof T]: T[K] };

/** The kinds that tests look into. */
interface Kinds {
  Deployment: Plain<V1Deployment>;
  Service: Plain<V1Service>;
  ServiceAccount: Plain<V1ServiceAccount>;
  HorizontalPodAutoscaler: Plain<V2HorizontalPodAutoscaler>;
  PodDisruptionBudget: Plain<V1PodDisruptionBudget>;
}

/** A stand-in chart as the real Helm renders it. */
export class RenderedChart {
  readonly directory: string;
  readonly #helm: string;
  readonly #release: string;

  private constructor(parts: { helm: string; directory: string; release: string }) {
    this.#helm = parts.helm;
    this.directory = parts.directory;
    this.#release = parts.release;
  }

  static async of(kind: "litellm-helm" | "litellm", release: string): Promise<RenderedChart> {
    const { helm } = await ensureBinaries();
    return new RenderedChart({ helm, directory: standInChart(kind), release });
  }

  /** Objects in the order of Helm. */
  objects(values: object): KubernetesObject[] {
    const { ok, output } = this.#template(values);
    assert.ok(ok, output);
    return parseAllDocuments(output)
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((object) => object !== null);
  }

  /** What Helm says instead of rendering. */
  refusal(values: object): string {
    const { ok, output } = this.#template(values);
    assert.equal(ok, false, "the chart took the values");
    return output;
  }

  #template(values: object): { ok: boolean; output: string } {
    const args = ["template", this.#release, this.directory, "--namespace", "ai-system", "--values", "-"];
    const result = spawnSync(this.#helm, args, { input: JSON.stringify(values), encoding: "utf8" });
    return { ok: result.status === 0, output: result.status === 0 ? result.stdout : result.stderr };
  }
}

/** One object by kind and name. */
export function find<K extends keyof Kinds>(objects: readonly KubernetesObject[], kind: K, name: string): Kinds[K] {
  const found = objects.find((object) => object.kind === kind && object.metadata?.name === name);
  assert.ok(found, `no ${kind} ${name} was rendered`);
  return found as Kinds[K];
}
