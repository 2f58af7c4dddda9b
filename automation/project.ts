/** Name of the Pulumi project, which is also the namespace of its configuration. */
export const projectName = "litellm-platform";
