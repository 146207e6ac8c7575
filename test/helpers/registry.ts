import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";

const modules = path.resolve(import.meta.dirname, "../../node_modules");

/** A package registry that has what is installed in this work tree, and needs no network. */
export interface Registry {
  readonly url: string;
  close(): void;
}

/** Starts a registry on a free port of 127.0.0.1; it builds its tarballs in `folder`. */
export async function startRegistry(folder: string): Promise<Registry> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url ?? "").replace(/^\/(?:-\/)?/u, "");
    const source = path.join(modules, name);
    if (!fs.existsSync(path.join(source, "package.json"))) {
      response.writeHead(404, { "content-type": "application/json" }).end("{}");
    } else if (request.url?.startsWith("/-/")) {
      response.end(pack(source, fs.mkdtempSync(path.join(folder, "tarball-"))));
    } else {
      const tarball = `http://${request.headers.host}/-/${encodeURIComponent(name)}`;
      const manifest = JSON.parse(fs.readFileSync(path.join(source, "package.json"), "utf8")) as {
        readonly version: string;
      };
      const { version } = manifest;
      const versions = { [version]: { ...manifest, dist: { tarball } } };
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ name, "dist-tags": { latest: version }, versions }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A package as a tarball whose one folder is called `package`, as npm wants it. */
function pack(source: string, folder: string): Buffer {
  fs.cpSync(source, path.join(folder, "package"), { recursive: true, dereference: true });
  return execFileSync("tar", ["-czf", "-", "-C", folder, "package"], { maxBuffer: 1 << 28 });
}
