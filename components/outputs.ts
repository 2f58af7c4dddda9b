import type { HttpRouteRule } from "../litellm/edge/http-route.ts";
import type { BackupOutput } from "./database-outputs.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { ChartFacts } from "../litellm/charts/types.ts";

/** What a stack tells other programs. References say where a secret is; only the master key itself is one. */
export interface PlatformOutputs {
  /** Public URL of the gateway, for example `https://litellm.example.com`. */
  readonly url: string;
  /** Base URL for OpenAI-compatible clients outside the cluster. */
  readonly apiUrl: string;
  /** The administrators' dashboard. */
  readonly dashboardUrl: string;
  /** URL that models are called at inside the cluster, without TLS. Known once the release is out. */
  readonly internalUrl: pulumi.Output<string>;
  /** Services of the release: one and the same, unless the chart has separate ones. Deployments have their names. */
  readonly services: ChartFacts["services"];
  /** Rules of an HTTPRoute of the Gateway API that sends each path of the host to the Service that answers it. */
  readonly routes: readonly HttpRouteRule[];
  /** The master key, as a Pulumi secret. Applications should be given virtual keys instead. */
  readonly masterKey: pulumi.Output<string>;
  /** Where the master key stands in the cluster. */
  readonly masterKeySecret: { readonly namespace: string; readonly name: string; readonly key: string };
  /** Where the master key is stored in Vault. */
  readonly masterKeyVault: { readonly mount: string; readonly path: string; readonly property: string };
  /** Names that callers may ask for, sorted. */
  readonly models: readonly string[];
  readonly namespace: pulumi.Output<string>;
  readonly database: { readonly host: string; readonly port: number; readonly name: string };
  /** Where base backups and WAL go, and the least that their key must be allowed there; null without backups. */
  readonly backup: BackupOutput | null;
  /** The cache's server, of Sentinels or a cluster the first node; null without one. */
  readonly cache: { readonly host: string; readonly port: number; readonly keyPrefix: string } | null;
  /** Where tokens and sign-ins come from; null without an identity. */
  readonly identity: { readonly issuer: string; readonly clientId: string; readonly adminScope: string } | null;
  readonly versions: { readonly litellm: string; readonly chart: string };
}
