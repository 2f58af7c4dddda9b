import type { Check } from "../config/parse.ts";
import { checkBackup, checkRecovery } from "./backup.ts";
import { checkChart } from "./chart-checks.ts";
import { checkConnections } from "./budget.ts";
import { checkCache } from "./cache-checks.ts";
import { checkDatabase } from "./database.ts";
import { checkEnvironment } from "./environment.ts";
import { checkGateway } from "./gateway-checks.ts";
import { checkIdentity } from "./identity.ts";
import { checkImage } from "./image.ts";
import { checkModels } from "./model-checks.ts";
import { checkOverrides } from "./overrides.ts";
import { checkParameters } from "./postgres.ts";
import { checkRouting } from "./routing.ts";
import { checkReleaseSize, checkSize } from "./size.ts";

/** Everything that is checked across settings, or needs to know LiteLLM. */
export const checks: readonly Check[] = [
  checkGateway,
  checkChart,
  checkOverrides,
  checkImage,
  checkModels,
  checkRouting,
  checkEnvironment,
  checkConnections,
  checkIdentity,
  checkCache,
  checkDatabase,
  checkParameters,
  checkBackup,
  checkRecovery,
  checkSize,
  checkReleaseSize,
];
