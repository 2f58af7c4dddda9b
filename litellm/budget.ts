import type { Check } from "../config/parse.ts";

/** Connections that PostgreSQL keeps for superusers (superuser_reserved_connections' default). */
const reserved = 3;
/** One migration Job with Prisma's default pool for one CPU (2 x 1 + 1), and CloudNativePG's metrics exporter. */
const others = 3 + 2;
/** Pods above the maximum while a rollout runs: maxSurge. */
const surge = 1;

/** Connections that the proxies may open at worst, and those that PostgreSQL has for them. */
export function connectionBudget(settings: {
  readonly poolLimit: number;
  readonly maxReplicas: number;
  readonly maxConnections: number;
}): { readonly needed: number; readonly available: number; readonly arithmetic: string } {
  const needed = settings.poolLimit * (settings.maxReplicas + surge) + others;
  const available = settings.maxConnections - reserved;
  return {
    needed,
    available,
    arithmetic: `poolLimit ${settings.poolLimit} x (replicas.max ${settings.maxReplicas} + ${surge} while rolling) + ${others} for migration and metrics = ${needed}, of maxConnections ${settings.maxConnections} - ${reserved} reserved = ${available}`,
  };
}

export const checkConnections: Check = ({ gateway, database }) => {
  if (gateway === undefined || database === undefined) return [];
  const budget = connectionBudget({
    poolLimit: database.poolLimit,
    maxReplicas: gateway.replicas.max,
    maxConnections: database.maxConnections,
  });
  if (budget.needed <= budget.available) return [];
  return [
    {
      path: "database.maxConnections",
      message: `is too low for the pods: ${budget.arithmetic}. Must be at least ${budget.needed + reserved}, or lower database.poolLimit or gateway.replicas.max`,
    },
  ];
};
