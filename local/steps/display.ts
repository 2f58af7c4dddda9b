import { createLogUpdate } from "log-update";

/** Where the progress of a run is shown. */
export interface Display {
  /** A line that stays. */
  line(text: string): void;
  /** Text of another program, which stays as it is. */
  text(text: string): void;
  /** What is going on now, one row for each step; called every second while anything is. */
  running(rows: readonly string[]): void;
}

/** A sign of life after this many seconds of silence, for logs and their readers' time-outs. */
const silenceSeconds = 25;

/** The display of this process: live on a terminal, else lines only. */
export function consoleDisplay(): Display {
  const live = process.stdout.isTTY && process.env["CI"] === undefined;
  return live ? liveDisplay(process.stdout) : plainDisplay((text) => process.stdout.write(text));
}

/** Lines, each with the seconds since the start. */
export function plainDisplay(write: (text: string) => void, now: () => number = Date.now): Display {
  const start = now();
  let last = start;
  const text = (content: string) => {
    last = now();
    write(content);
  };
  const line = (content: string) => {
    text(`${prefix(now() - start)}${content}\n`);
  };
  return {
    text,
    line,
    running: (rows) => {
      if (rows.length > 0 && now() - last >= silenceSeconds * 1000) line(`still running: ${rows.join("; ")}`);
    },
  };
}

function liveDisplay(stream: NodeJS.WriteStream): Display {
  const start = Date.now();
  const area = createLogUpdate(stream);
  let shown: readonly string[] = [];
  const draw = () => {
    if (shown.length === 0) area.clear();
    else area(shown.map((row) => `         ${row}`).join("\n"));
  };
  const text = (content: string) => {
    area.clear();
    stream.write(content);
    // Drawing below an unfinished line would run into it.
    if (content.endsWith("\n")) draw();
  };
  return {
    text,
    line: (content) => {
      text(`${prefix(Date.now() - start)}${content}\n`);
    },
    running: (rows) => {
      shown = rows;
      draw();
      if (rows.length === 0) area.done();
    },
  };
}

function prefix(milliseconds: number): string {
  return `${String(Math.round(milliseconds / 1000)).padStart(5)} s  `;
}
