import type { V1Container, V1EnvVar, V1EnvVarSource, V1PodTemplateSpec, V1Volume } from "@kubernetes/client-node";

/** The data of one of the client's classes, which a plain object has as well. */
type Plain<T> = T extends readonly (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

export type Container = Plain<V1Container>;
export type EnvVar = Plain<V1EnvVar>;
export type EnvVarSource = Plain<V1EnvVarSource>;
export type PodTemplate = Plain<V1PodTemplateSpec>;
export type Volume = Plain<V1Volume>;
