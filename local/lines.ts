/** Lines that a person reads while things happen, each with the seconds since the start. */
export function reporter(): (line: string) => void {
  const start = Date.now();
  return (line) => {
    const seconds = Math.round((Date.now() - start) / 1000);
    console.log(`${String(seconds).padStart(5)} s  ${line}`);
  };
}
