import { join } from "node:path";
import type { ObjectStoreModel } from "../../../components/object-store.ts";
import { type RunResult, run } from "../../../local/services/run.ts";

/** Contents of Secrets by name and key. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface BarmanOptions {
  /** Directory of Barman's programs. */
  readonly programs: string;
  /** Spec of the deployed ObjectStore. */
  readonly spec: ObjectStoreModel["spec"];
  /** `serverName` among the parameters of the deployed Cluster's plugin. */
  readonly serverName: string;
  readonly secrets: Secrets;
  /** Writes a file and returns its path: for the CA, which the programs want as one. */
  readonly file: (name: string, content: string) => string;
}

/**
 * The commands that the Barman Cloud plugin makes of an ObjectStore, argument by argument and variable by variable, as
 * its library does (github.com/cloudnative-pg/barman-cloud v0.3.3).
 */
export class Barman {
  readonly #options: BarmanOptions;

  constructor(options: BarmanOptions) {
    this.#options = options;
  }

  get #configuration() {
    return this.#options.spec.configuration;
  }

  #endpoint(): string[] {
    const { endpointURL } = this.#configuration;
    return endpointURL === undefined ? [] : ["--endpoint-url", endpointURL];
  }

  #tags(): string[] {
    const tags = Object.entries(this.#configuration.tags ?? {});
    return tags.length === 0 ? [] : ["--tags", ...tags.map((pair) => pair.join(","))];
  }

  #target(): string[] {
    return ["--cloud-provider", "aws-s3", this.#configuration.destinationPath, this.#options.serverName];
  }

  /** Archives one file of WAL. */
  archive(wal: string, cwd: string): Promise<RunResult> {
    const { compression, encryption } = this.#configuration.wal ?? {};
    return this.#run(
      "barman-cloud-wal-archive",
      [
        ...(compression === undefined ? [] : [`--${compression}`]),
        ...(encryption === undefined ? [] : ["-e", encryption]),
        ...[...this.#endpoint(), ...this.#tags(), ...this.#target(), wal],
      ],
      { cwd },
    );
  }

  /** Refuses an archive that has something in it: the plugin asks before a new cluster's first file. */
  check(): Promise<RunResult> {
    return this.#run("barman-cloud-check-wal-archive", [...this.#endpoint(), ...this.#target()]);
  }

  /** Takes a base backup. */
  backup(name: string, connection: Readonly<Record<string, string>>): Promise<RunResult> {
    const { compression, encryption, jobs } = this.#configuration.data ?? {};
    return this.#run(
      "barman-cloud-backup",
      [
        ...["--user", "postgres", "--name", name],
        ...(compression === undefined ? [] : [`--${compression}`]),
        ...(encryption === undefined ? [] : ["--encryption", encryption]),
        ...(jobs === undefined ? [] : ["--jobs", String(jobs)]),
        ...[...this.#tags(), ...this.#endpoint(), ...this.#target()],
      ],
      { env: connection },
    );
  }

  /** The base backup that a recovery to a time begins with, or to the end: the last one that ended before. */
  async findBackup(targetTime: string | undefined): Promise<string> {
    const { code, stdout, stderr } = await this.#run("barman-cloud-backup-list", [
      ...["--format", "json"],
      ...[...this.#endpoint(), ...this.#target()],
    ]);
    if (code !== 0) throw new Error(`barman-cloud-backup-list failed: ${stderr}`);
    const { backups_list: backups } = JSON.parse(stdout) as {
      backups_list: { backup_id: string; status: string; end_time: string; end_time_iso?: string }[];
    };
    const limit = targetTime === undefined ? Infinity : Date.parse(targetTime);
    const usable = backups
      .filter(
        ({ status, end_time, end_time_iso }) => status === "DONE" && Date.parse(end_time_iso ?? end_time) <= limit,
      )
      .sort((a, b) => (a.backup_id < b.backup_id ? -1 : 1));
    const last = usable.at(-1);
    if (last === undefined) throw new Error(`no base backup before ${targetTime ?? "the end"} in ${stdout}`);
    return last.backup_id;
  }

  restore(backupId: string, data: string): Promise<RunResult> {
    const { destinationPath } = this.#configuration;
    return this.#run("barman-cloud-restore", [
      ...["--cloud-provider", "aws-s3", ...this.#endpoint()],
      ...[destinationPath, this.#options.serverName, backupId, data],
    ]);
  }

  /** Brings one file of WAL back. */
  fetch(wal: string, target: string, cwd: string): Promise<RunResult> {
    return this.#run("barman-cloud-wal-restore", [...this.#endpoint(), ...this.#target(), wal, target], { cwd });
  }

  /** Removes what the retention policy no longer wants. */
  expire(): Promise<RunResult> {
    const [, count = "", unit = ""] = /^(\d+)([dwm])$/.exec(this.#options.spec.retentionPolicy ?? "") ?? [];
    const units: Readonly<Record<string, string>> = { d: "DAYS", w: "WEEKS", m: "MONTHS" };
    return this.#run("barman-cloud-backup-delete", [
      ...[...this.#endpoint(), "--cloud-provider", "aws-s3"],
      ...["--retention-policy", `RECOVERY WINDOW OF ${count} ${units[unit] ?? ""}`],
      ...[this.#configuration.destinationPath, this.#options.serverName],
    ]);
  }

  #run(
    program: string,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<RunResult> {
    const { cwd, env } = options;
    return run(join(this.#options.programs, program), args, {
      timeoutSeconds: 120,
      ...(cwd === undefined ? {} : { cwd }),
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", ...this.#environment(), ...env },
    });
  }

  /** What the plugin sets for the programs, and what the sidecar's container has. */
  #environment(): Record<string, string> {
    const { s3Credentials, endpointCA } = this.#configuration;
    const value = ({ name, key }: { name: string; key: string }) => {
      const found = this.#options.secrets[name]?.[key];
      if (found === undefined) throw new Error(`there is no key ${key} in Secret ${name}`);
      return found;
    };
    return {
      ...Object.fromEntries((this.#options.spec.instanceSidecarConfiguration?.env ?? []).map((v) => [v.name, v.value])),
      ...(endpointCA === undefined ? {} : { AWS_CA_BUNDLE: this.#options.file("store-ca.crt", value(endpointCA)) }),
      ...(s3Credentials.region === undefined ? {} : { AWS_DEFAULT_REGION: value(s3Credentials.region) }),
      AWS_ACCESS_KEY_ID: value(s3Credentials.accessKeyId),
      AWS_SECRET_ACCESS_KEY: value(s3Credentials.secretAccessKey),
    };
  }
}
