import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The pages and files of a Python package index. */
export interface IndexContent {
  /** The links of a project's page, as HTML; `undefined` when there is no such project. */
  page(project: string): Promise<string | undefined>;
  /** A file of its own. */
  file(name: string): Promise<Buffer | undefined>;
}

/**
 * A Python package index on loopback that offers, beside what it has of each project, a release that is newer than any:
 * the index of another day.
 */
export class NewerIndex {
  readonly url: string;
  /** Files that were asked for. */
  readonly asked: string[];
  /** Projects whose page was asked for. */
  readonly projects: ReadonlySet<string>;
  readonly #server: Server;

  private constructor(server: Server, asked: string[], projects: ReadonlySet<string>) {
    this.#server = server;
    this.asked = asked;
    this.projects = projects;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  }

  static async start(content: IndexContent): Promise<NewerIndex> {
    const asked: string[] = [];
    const projects = new Set<string>();
    const answer = async (path: string): Promise<{ type: string; body: string | Buffer } | undefined> => {
      const [, kind, name = ""] = path.split("/");
      if (kind === "simple") {
        projects.add(name);
        const links = await content.page(name);
        const newer = newerFile(name);
        return links === undefined
          ? undefined
          : { type: "text/html", body: `<html><body>${links}<a href="/files/${newer}">${newer}</a></body></html>` };
      }
      asked.push(name);
      const body = await content.file(name);
      return body === undefined ? undefined : { type: "application/octet-stream", body };
    };
    const server = createServer((request, response) => {
      answer(new URL(request.url ?? "/", "http://index").pathname).then(
        (found) => {
          response.writeHead(found === undefined ? 404 : 200, { "Content-Type": found?.type ?? "text/plain" });
          response.end(found?.body ?? "not here");
        },
        (error: unknown) => {
          response.writeHead(502).end(String(error));
        },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new NewerIndex(server, asked, projects);
  }

  /** The newer releases that were asked for: none, where nothing is resolved. */
  get newerAsked(): string[] {
    return this.asked.filter((name) => name.includes("-9999-"));
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function newerFile(project: string): string {
  return `${project.replaceAll("-", "_")}-9999-py3-none-any.whl`;
}
