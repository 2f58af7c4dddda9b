/** The fields of `external-secrets.io/v1` that we use; the strict API server holds them against the real schema. */

export interface SecretStoreModel {
  readonly apiVersion: "external-secrets.io/v1";
  readonly kind: "SecretStore";
  readonly spec: {
    readonly provider: {
      readonly vault: {
        readonly server: string;
        readonly path: string;
        readonly version: "v1" | "v2";
        readonly namespace?: string;
        readonly caBundle?: string;
        readonly auth: {
          readonly kubernetes?: {
            readonly mountPath: string;
            readonly role: string;
            readonly serviceAccountRef: { readonly name: string; readonly audiences?: string[] };
          };
          readonly appRole?: {
            readonly path: string;
            readonly roleId: string;
            readonly secretRef: { readonly name: string; readonly key: string };
          };
          readonly tokenSecretRef?: { readonly name: string; readonly key: string };
        };
      };
    };
  };
}

export interface ExternalSecretModel {
  readonly apiVersion: "external-secrets.io/v1";
  readonly kind: "ExternalSecret";
  readonly spec: {
    readonly refreshInterval: string;
    readonly secretStoreRef: { readonly name: string; readonly kind: "SecretStore" | "ClusterSecretStore" };
    readonly target: {
      readonly name: string;
      readonly creationPolicy: "Owner" | "Orphan" | "Merge" | "None";
      readonly deletionPolicy: "Delete" | "Merge" | "Retain";
      readonly template: {
        readonly type: string;
        readonly metadata: {
          readonly labels: Record<string, string>;
          readonly annotations: Record<string, string>;
        };
        readonly data?: Record<string, string>;
      };
    };
    readonly data: {
      readonly secretKey: string;
      readonly remoteRef: { readonly key: string; readonly property: string };
    }[];
  };
}
