import { createRequire } from "node:module";
import type * as keycloak from "@pulumi/keycloak";
import * as pulumi from "@pulumi/pulumi";

/** The SDK is loaded where a client is managed and nowhere else: it is an optional package. */
export function keycloakSdk(): typeof keycloak {
  try {
    return createRequire(import.meta.url)("@pulumi/keycloak") as typeof keycloak;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new pulumi.RunError(
      "identity.mode: managed needs the package @pulumi/keycloak, must be installed: npm install --include=optional",
    );
  }
}
