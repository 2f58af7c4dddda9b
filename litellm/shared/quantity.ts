const units: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** Bytes of a quantity such as `4Gi`, as the configuration's schema has let it through. */
export function bytesOf(quantity: string): number {
  const [, digits, unit] = /^([0-9]+)(Ki|Mi|Gi|Ti)$/.exec(quantity) ?? [];
  if (digits === undefined || unit === undefined) throw new RangeError(`${quantity} is no quantity of bytes`);
  return Number(digits) * (units[unit] ?? 1);
}

/** Whole mebibytes, rounded down. */
export function mebibytesOf(quantity: string): number {
  return Math.floor(bytesOf(quantity) / 2 ** 20);
}

/** CPUs of a quantity such as `500m` or `1.5`. */
export function cpusOf(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
}
