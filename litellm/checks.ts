import type { Check } from "../config/parse.ts";
import { checkBackup, checkRecovery } from "./backup.ts";
import { checkConnections } from "./budget.ts";
import { checkCache } from "./cache-checks.ts";
import { checkModels } from "./catalogue.ts";
import { checkDatabase } from "./database.ts";
import { checkEnvironment } from "./environment.ts";
import { checkIdentity } from "./identity.ts";
import { checkImage } from "./image.ts";
import { checkParameters } from "./postgres.ts";

const checkReplicas: Check = ({ gateway }) =>
  gateway !== undefined && gateway.replicas.max < gateway.replicas.min
    ? [
        {
          path: "gateway.replicas.max",
          message: `is ${gateway.replicas.max}, must be at least gateway.replicas.min, which is ${gateway.replicas.min}`,
        },
      ]
    : [];

/** Everything that is checked across settings, or needs to know LiteLLM. */
export const checks: readonly Check[] = [
  checkReplicas,
  checkImage,
  checkModels,
  checkEnvironment,
  checkConnections,
  checkIdentity,
  checkCache,
  checkDatabase,
  checkParameters,
  checkBackup,
  checkRecovery,
];
