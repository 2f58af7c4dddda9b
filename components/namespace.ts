import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformConfig } from "../config/platform.ts";
import { commonLabels } from "../litellm/shared/names.ts";
import { type Lifecycle, adoptable } from "./lifecycle.ts";

export interface NamespaceArgs {
  readonly namespace: PlatformConfig["namespace"];
  readonly lifecycle: Lifecycle;
}

/** The stack's namespace with its Pod Security Standard. It holds the database, so it is kept with it. */
export class Namespace extends pulumi.ComponentResource {
  /** Name, known once the namespace exists: what is put into it depends on it. */
  readonly name: pulumi.Output<string>;

  constructor(name: string, args: NamespaceArgs, options?: pulumi.ComponentResourceOptions) {
    super("litellm-platform:index:Namespace", name, {}, options);
    const namespace = new kubernetes.core.v1.Namespace(
      name,
      { metadata: { name: args.namespace.name, labels: namespaceLabels(args.namespace), annotations: adoptable } },
      { parent: this, ...args.lifecycle },
    );
    this.name = namespace.metadata.name;
    this.registerOutputs({ name: this.name });
  }
}

export function namespaceLabels(namespace: PlatformConfig["namespace"]): Record<string, string> {
  const standard = namespace.podSecurity;
  return {
    ...namespace.labels,
    ...commonLabels,
    "pod-security.kubernetes.io/enforce": standard,
    "pod-security.kubernetes.io/audit": standard,
    "pod-security.kubernetes.io/warn": standard,
  };
}
