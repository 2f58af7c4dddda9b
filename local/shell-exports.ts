/** The value of a variable, or a file that has it: a secret stays in the one place where it is. */
export type ShellValue = string | { readonly file: string; /** Field of a JSON file. */ readonly field?: string };

/** Lines that a POSIX shell reads with `.`, one for each variable. Pure. */
export function shellExports(variables: Readonly<Record<string, ShellValue>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${expression(value)}\n`)
    .join("");
}

function expression(value: ShellValue): string {
  if (typeof value === "string") return quoted(value);
  const read =
    value.field === undefined
      ? `cat ${quoted(value.file)}`
      : `sed -n 's/.*"${value.field}": *"\\([^"]*\\)".*/\\1/p' ${quoted(value.file)}`;
  return `"$(${read})"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
