import type { Check } from "../../config/parse.ts";
import type { Problem } from "../../config/problems.ts";
import { backendReplicas } from "../charts/gateway-spec.ts";

/** Connections that PostgreSQL keeps for superusers (superuser_reserved_connections' default). */
const reserved = 3;
/** One migration Job with Prisma's default pool for one CPU (2 x 1 + 1), which goes past a pooler. */
const migration = 3;
/** CloudNativePG's metrics exporter and its status probe. */
const exporter = 2;
/** One query of PgBouncer for a password, for each of its pods. */
const authentication = 1;
/** Pods of PgBouncer above their number while these are rolled. */
const poolerSurge = 1;

/** Connections that something may open at worst, those that there are for it, and how both come about. */
export interface Budget {
  readonly needed: number;
  readonly available: number;
  readonly arithmetic: string;
}

interface Pods {
  readonly poolLimit: number;
  readonly maxReplicas: number;
  /** Pods above the maximum while a rollout runs. */
  readonly maxSurge: number;
  /** Pods for management, where the chart has separate ones. They are rolled like the others. */
  readonly backend?: number | undefined;
}

function podsOf({ poolLimit, maxReplicas, maxSurge, backend }: Pods) {
  const gateway = `replicas.max ${maxReplicas} + ${maxSurge} while rolling`;
  return backend === undefined
    ? { count: poolLimit * (maxReplicas + maxSurge), text: `poolLimit ${poolLimit} x (${gateway})` }
    : {
        count: poolLimit * (maxReplicas + backend + 2 * maxSurge),
        text: `poolLimit ${poolLimit} x (${gateway}, chart.backend.replicas ${backend} + ${maxSurge} while rolling)`,
      };
}

/** What the proxies open straight to PostgreSQL. */
export function connectionBudget(
  settings: Pods & {
    readonly maxConnections: number;
    /** An own server: its exporter counts, and its reserve for superusers. */
    readonly own: boolean;
  },
): Budget {
  const pods = podsOf(settings);
  const others = migration + (settings.own ? exporter : 0);
  const kept = settings.own ? reserved : 0;
  const needed = pods.count + others;
  const available = settings.maxConnections - kept;
  return {
    needed,
    available,
    arithmetic: [
      `${pods.text} + ${others} for migration${settings.own ? " and metrics" : ""} = ${needed}`,
      `of maxConnections ${settings.maxConnections}${settings.own ? ` - ${reserved} reserved = ${available}` : ""}`,
    ].join(", "),
  };
}

interface Pooler {
  readonly instances: number;
  readonly poolSize: number;
  readonly maxClientConnections: number;
}

/** What the proxies open to PgBouncer: all of it to one pod, when the others are away. */
export function poolerClientBudget(settings: Pods & { readonly pooler: Pooler }): Budget {
  const { count, text } = podsOf(settings);
  const { maxClientConnections } = settings.pooler;
  return {
    needed: count,
    available: maxClientConnections,
    arithmetic: `${text} = ${count}, of pooler.maxClientConnections ${maxClientConnections}`,
  };
}

/** What PgBouncer opens to PostgreSQL, with a pod more while it is rolled itself, and the migration past it. */
export function poolerServerBudget(settings: { readonly pooler: Pooler; readonly maxConnections: number }): Budget {
  const { instances, poolSize } = settings.pooler;
  const others = migration + exporter;
  const needed = (poolSize + authentication) * (instances + poolerSurge) + others;
  const available = settings.maxConnections - reserved;
  return {
    needed,
    available,
    arithmetic: [
      `(pooler.poolSize ${poolSize} + ${authentication} to log in) x (pooler.instances ${instances} + ${poolerSurge} while rolling) + ${others} for migration and metrics = ${needed}`,
      `of maxConnections ${settings.maxConnections} - ${reserved} reserved = ${available}`,
    ].join(", "),
  };
}

/** What the proxies open to the standbys: all of it to one, when the others are away. */
export function replicaBudget(settings: Pods & { readonly maxConnections: number }): Budget {
  const { count, text } = podsOf(settings);
  const needed = count + exporter;
  const available = settings.maxConnections - reserved;
  return {
    needed,
    available,
    arithmetic: `${text} + ${exporter} for metrics = ${needed}, of maxConnections ${settings.maxConnections} - ${reserved} reserved = ${available}`,
  };
}

export const checkConnections: Check = ({ gateway, database }) => {
  if (gateway === undefined || database === undefined) return [];
  const pods = {
    poolLimit: database.poolLimit,
    maxReplicas: gateway.replicas.max,
    maxSurge: gateway.rollout.maxSurge,
    backend: backendReplicas(gateway),
  };
  const { maxConnections } = database;
  const own = database.mode === "cluster";
  const backend = pods.backend === undefined ? "" : ", gateway.chart.backend.replicas";
  const lower = `lower database.poolLimit${backend} or gateway.replicas.max`;
  const pooler = own ? database.pooler : undefined;
  if (pooler === undefined) {
    const budget = connectionBudget({ ...pods, maxConnections, own });
    return tooLow(budget, "database.maxConnections", "for the pods", (missing) => maxConnections + missing, lower);
  }
  const { maxClientConnections: clients } = pooler;
  const toPooler = poolerClientBudget({ ...pods, pooler });
  const toServer = poolerServerBudget({ pooler, maxConnections });
  const toStandby = replicaBudget({ ...pods, maxConnections });
  const raised = (missing: number) => maxConnections + missing;
  return [
    ...tooLow(toPooler, "database.pooler.maxClientConnections", "for the pods", (missing) => clients + missing, lower),
    ...tooLow(
      toServer,
      "database.maxConnections",
      "for the pooler",
      raised,
      "lower database.pooler.poolSize or database.pooler.instances",
    ),
    ...(own && database.readReplica
      ? tooLow(toStandby, "database.maxConnections", "for the pods at a standby", raised, lower)
      : []),
  ];
};

function tooLow(
  { needed, available, arithmetic }: Budget,
  path: string,
  what: string,
  raised: (missing: number) => number,
  orElse: string,
): Problem[] {
  if (needed <= available) return [];
  const message = `is too low ${what}: ${arithmetic}. Must be at least ${raised(needed - available)}, or ${orElse}`;
  return [{ path, message }];
}
