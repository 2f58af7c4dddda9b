import type { Check } from "../../config/parse.ts";
import type { PlatformConfig } from "../../config/platform.ts";
import type { Problem } from "../../config/problems.ts";

type ChartSettings = PlatformConfig["gateway"]["chart"];

/** What chart and image must have in common, and what a layout has no place for. */
export const checkChart: Check = ({ gateway }) => {
  if (gateway === undefined) return [];
  const { chart, image } = gateway;
  return [
    ...sourceProblems(chart),
    ...(chart.kind === "litellm" ? [...dispatcherProblems(image), ...layoutProblems(chart)] : []),
  ];
};

/** Every container of the chart begins with a word that only the dispatcher knows: another image would end at once. */
function dispatcherProblems({ entrypoint, repository, tag }: PlatformConfig["gateway"]["image"]): Problem[] {
  if (entrypoint === "dispatcher") return [];
  return [
    {
      path: "gateway.image.entrypoint",
      message: `is cli, must be dispatcher with chart litellm, after this printed a usage: docker run --rm ${repository}:${tag} help. An image that says "Unknown command: help" works with chart litellm-helm only`,
    },
  ];
}

function layoutProblems({ layout, ...services }: Extract<ChartSettings, { kind: "litellm" }>): Problem[] {
  if (layout === "separate") return [];
  return (["backend", "ui"] as const)
    .filter((name) => services[name] !== undefined)
    .map((name) => ({
      path: `gateway.chart.${name}`,
      message: "is part of the one service with layout single. Remove it, or set layout: separate.",
    }));
}

/** A chart's values mean nothing to the other one, which would start with its defaults. */
function sourceProblems({ kind, source }: ChartSettings): Problem[] {
  if (!source.startsWith("oci://")) return [];
  const name = source.slice(source.lastIndexOf("/") + 1);
  return name === kind
    ? []
    : [{ path: "gateway.chart.source", message: `is chart ${name}, must end in /${kind} as gateway.chart.kind says` }];
}
