import type { ChartFacts, PathMatch } from "../charts/types.ts";

/** A rule of a Gateway API HTTPRoute. */
export interface HttpRouteRule {
  readonly matches: readonly { readonly path: PathMatch }[];
  readonly backendRefs: readonly { readonly name: string; readonly port: number }[];
}

/** Matches that the API server takes of a rule. */
const mostMatches = 64;

/** The rules of an HTTPRoute that sends each path of the host to the service that answers it. */
export function httpRouteRules({ services, routes }: Pick<ChartFacts, "services" | "routes">): HttpRouteRule[] {
  return routes.flatMap(({ service, paths }) => {
    const { name, port } = services[service];
    const count = Math.ceil(paths.length / mostMatches);
    return Array.from({ length: count }, (_, index) => ({
      matches: paths.slice(index * mostMatches, (index + 1) * mostMatches).map((path) => ({ path })),
      backendRefs: [{ name, port }],
    }));
  });
}
