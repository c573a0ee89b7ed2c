import { dockerApi } from './dockerApi';
import { STANDIN_IMAGE } from './standin';

export type ContainerOptions = {
  readonly image?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** host path → path in the container */
  readonly binds?: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly memory?: number;
  readonly user?: string;
  readonly workingDir?: string;
};

export type Ended = { readonly code: number; readonly oomKilled: boolean; readonly stdout: string; readonly stderr: string; readonly seconds: number };

/** A container that a test started by itself, not through the extension. */
export type TestContainer = {
  readonly id: string;
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void>;
  logs(): Promise<{ stdout: string; stderr: string }>;
  /** Waits for its end, reads what it said, and removes it. */
  end(): Promise<Ended>;
  remove(): Promise<void>;
};

/** Creates and starts a container. */
export async function startContainer(dockerHost: string, options: ContainerOptions): Promise<TestContainer> {
  const created = await call(dockerHost, 'POST', '/containers/create', {
    Image: options.image ?? STANDIN_IMAGE,
    ...(options.entrypoint === undefined ? {} : { Entrypoint: options.entrypoint }),
    Cmd: options.command ?? [],
    Env: Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(options.user === undefined ? {} : { User: options.user }),
    ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
    HostConfig: {
      Binds: Object.entries(options.binds ?? {}).map(([host, inside]) => `${host}:${inside}`),
      ...(options.memory === undefined ? {} : { Memory: options.memory, MemorySwap: options.memory }),
    },
  });
  const { Id: id } = JSON.parse(created) as { Id: string };
  const started = Date.now();
  await call(dockerHost, 'POST', `/containers/${id}/start`);
  const logs = async (): Promise<{ stdout: string; stderr: string }> => demultiplex((await dockerApi(dockerHost, 'GET', `/containers/${id}/logs?stdout=1&stderr=1`)).bytes);
  const remove = async (): Promise<void> => {
    await dockerApi(dockerHost, 'DELETE', `/containers/${id}?force=1&v=1`);
  };
  return {
    id,
    logs,
    remove,
    signal: async (name) => {
      await call(dockerHost, 'POST', `/containers/${id}/kill?signal=${name}`);
    },
    end: async () => {
      const { StatusCode: code } = JSON.parse(await call(dockerHost, 'POST', `/containers/${id}/wait`)) as { StatusCode: number };
      const seconds = (Date.now() - started) / 1000;
      const { State: state } = JSON.parse(await call(dockerHost, 'GET', `/containers/${id}/json`)) as { State: { OOMKilled: boolean } };
      const said = await logs();
      await remove();
      return { code, oomKilled: state.OOMKilled, seconds, ...said };
    },
  };
}

/** Runs a container to its end and removes it. */
export async function runContainer(dockerHost: string, options: ContainerOptions): Promise<Ended> {
  return (await startContainer(dockerHost, options)).end();
}

async function call(dockerHost: string, method: string, path: string, body?: object): Promise<string> {
  const reply = await dockerApi(dockerHost, method, path, body);
  if (reply.status >= 300 && reply.status !== 304) throw new Error(`${method} ${path}: ${reply.status} ${reply.body}`);
  return reply.body;
}

/** Splits Docker's frames: a header of 8 bytes (stream, 3 zeros, length) before each piece. */
export function demultiplex(bytes: Buffer): { stdout: string; stderr: string } {
  const parts: Record<1 | 2, Buffer[]> = { 1: [], 2: [] };
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    parts[bytes[at] === 2 ? 2 : 1].push(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return { stdout: Buffer.concat(parts[1]).toString('utf8'), stderr: Buffer.concat(parts[2]).toString('utf8') };
}
