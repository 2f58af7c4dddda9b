import type { Check } from "../config/parse.ts";
import { checkBackup, checkRecovery } from "./data/backup.ts";
import { checkChart } from "./charts/checks.ts";
import { checkConnections } from "./data/budget.ts";
import { checkCache } from "./data/cache-checks.ts";
import { checkDatabase } from "./data/database.ts";
import { checkEnvironment } from "./proxy/environment.ts";
import { checkGateway } from "./proxy/checks.ts";
import { checkIdentity } from "./proxy/identity.ts";
import { checkImage } from "./proxy/image.ts";
import { checkModels } from "./models/checks.ts";
import { checkOverrides } from "./proxy/overrides.ts";
import { checkParameters } from "./data/postgres.ts";
import { checkRouting } from "./models/routing.ts";
import { checkReleaseSize, checkSize } from "./proxy/size.ts";

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
