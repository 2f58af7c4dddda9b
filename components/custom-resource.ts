import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** A plain type whose every part may come from another resource. */
export type Deep<T> = T extends string | number | boolean | null | undefined
  ? pulumi.Input<T>
  : T extends readonly (infer Item)[]
    ? pulumi.Input<Deep<Item>[]>
    : T extends object
      ? pulumi.Input<{ [Key in keyof T]: Deep<T[Key]> }>
      : pulumi.Input<T>;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec?: unknown;
}

/** Name, labels and annotations of an object; the annotations carry what Pulumi waits for. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: pulumi.Input<string>;
  readonly labels?: Record<string, pulumi.Input<string>>;
  readonly annotations?: Record<string, pulumi.Input<string>>;
}

/** A custom resource whose spec is checked at compile time against its model. */
export function customResource<Model extends Manifest>(
  name: string,
  manifest: {
    readonly apiVersion: Model["apiVersion"];
    readonly kind: Model["kind"];
    readonly metadata: Metadata;
    readonly spec: Deep<NonNullable<Model["spec"]>>;
  },
  options: pulumi.CustomResourceOptions,
): kubernetes.apiextensions.CustomResource {
  return new kubernetes.apiextensions.CustomResource(name, manifest, options);
}

/** Annotations that make the kubernetes plugin wait until an object is really ready. */
export const waitFor = {
  ready: { "pulumi.com/waitFor": "condition=Ready" },
  applied: { "pulumi.com/waitFor": "jsonpath={.status.applied}=true" },
  poolerReady: (instances: number) => ({ "pulumi.com/waitFor": `jsonpath={.status.instances}=${instances}` }),
  // As operators from 1.2 on say it; older ones said `ready`.
  dragonfly: { "pulumi.com/waitFor": "jsonpath={.status.phase}=Ready" },
} as const;
