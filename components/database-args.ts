import type { PlatformConfig } from "../config/platform.ts";
import type { SecretPartArgs } from "./vault-secrets.ts";

export interface DatabaseArgs extends SecretPartArgs {
  readonly database: PlatformConfig["database"];
  readonly stack: string;
}

/** One of the modes of the database. */
export type DatabaseArgsOf<Mode extends PlatformConfig["database"]["mode"]> = DatabaseArgs & {
  readonly database: Extract<PlatformConfig["database"], { mode: Mode }>;
};
