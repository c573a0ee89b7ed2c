import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { WorkbenchError, type ErrorReason } from '../../src/base/errors';
import { compareVersions } from '../../src/engine/docker/connect';
import { connectionError, launchError } from '../../src/engine/docker/errors';
import { DockerEngine } from '../../src/engine/dockerEngine';
import { handMadePlan } from '../engine/dockerPlan';
import { INFO, json, VERSION, withApi } from './engineFakeApi';

const is = (reason: ErrorReason, words = /./) => (error: unknown) => {
  assert.ok(error instanceof WorkbenchError, String(error));
  assert.equal(error.reason, reason, error.message);
  assert.match(error.message, words);
  assert.ok(error.action !== undefined || error.reason === 'cancelled');
  return true;
};

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lwt-states-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void describe('the states of an engine', () => {
  it('asks once and speaks the newest API both know', async () => {
    await withApi({ 'GET /images/x:1/json': json({ message: 'No such image' }, 404) }, async (api) => {
      const engine = api.engine();
      const [info] = await Promise.all([engine.info(), engine.info()]);
      assert.equal(info.product, 'Docker 28.2');
      assert.equal(info.rootless, false);
      assert.equal(await engine.inspectImage('x:1'), undefined);
      assert.deepEqual(api.requests.map(({ line }) => line), ['GET /version', 'GET /v1.47/info', 'GET /v1.47/images/x:1/json']);
      engine.forget();
      await engine.info();
      assert.equal(api.requests.length, 5);
    });
  });

  it('knows Podman, rootless and Docker Desktop', async () => {
    await withApi({ 'GET /version': json({ ...VERSION, ApiVersion: '1.41', Version: '5.2.1', Components: [{ Name: 'Podman Engine' }] }), 'GET /info': json({ ...INFO, SecurityOptions: ['name=rootless'], OperatingSystem: 'fedora' }) }, async (api) => {
      const info = await api.engine().info();
      assert.deepEqual([info.product, info.rootless, info.desktop], ['Podman 5.2', true, false]);
    });
    await withApi({ 'GET /info': json({ ...INFO, OperatingSystem: 'Docker Desktop' }) }, async (api) => assert.equal((await api.engine().info()).desktop, true));
  });

  it('refuses Windows containers, an old API, and what is no engine', async () => {
    await withApi({ 'GET /version': json({ ...VERSION, Os: 'windows' }) }, async (api) => assert.rejects(api.engine().info(), is('engine-not-linux', /windows containers/)));
    await withApi({ 'GET /version': json({ ...VERSION, Version: '19.03', ApiVersion: '1.40' }) }, async (api) => assert.rejects(api.engine().info(), is('engine-too-old', /19\.03 \(API 1\.40\)/)));
    await withApi({ 'GET /version': json({ hello: 1 }) }, async (api) => assert.rejects(api.engine().info(), is('engine-unreachable', /not a container engine/)));
    await withApi({ 'GET /version': json({}, 404) }, async (api) => assert.rejects(api.engine().info(), is('engine-unreachable', /HTTP 404/)));
    assert.ok(compareVersions('1.9', '1.41') < 0 && compareVersions('1.41', '1.41') === 0 && compareVersions('2.0', '1.99') > 0);
  });

  it('names an explicit choice that does not answer and tries no other', async () => {
    await inFolder(async (folder) => {
      const at = (path: string, env = {}): DockerEngine => new DockerEngine({ host: () => `unix://${path}`, env: { HOME: folder, PATH: '', ...env } });
      await assert.rejects(at(join(folder, 'absent.sock')).info(), is('engine-not-running', /absent\.sock \(setting lean\.docker\.host\): there is no such socket.*No other engine is tried/));
      // A socket whose owner died.
      const stale = join(folder, 'stale.sock');
      writeFileSync(stale, '');
      await assert.rejects(at(stale).info(), is('engine-not-running', /nothing answers there/));
      const engine = new DockerEngine({ env: { HOME: folder, DOCKER_HOST: 'tcp://127.0.0.1:1' } });
      await assert.rejects(engine.info(), is('engine-not-running', /DOCKER_HOST/));
    });
  });

  it('tells not installed from not running', async () => {
    await inFolder(async (folder) => {
      const sock = join(folder, 'docker.sock');
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => server.listen(sock, resolve));
      const engine = new DockerEngine({ host: () => sock, env: { HOME: folder, PATH: '' } });
      // Something answers but breaks off: neither of both.
      await assert.rejects(engine.info(), is('engine-unreachable', /closed the connection/));
      await new Promise((resolve) => server.close(resolve));
    });
    const endpoint = { address: 'unix:///var/run/docker.sock', connection: { kind: 'socket' as const, path: '/var/run/docker.sock' }, foundBy: 'the usual sockets', explicit: false };
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    assert.equal(connectionError(refused, endpoint, true).reason, 'engine-not-running');
    assert.equal(connectionError(refused, endpoint, false).reason, 'engine-not-installed');
    const denied = connectionError(Object.assign(new Error('connect'), { code: 'EACCES' }), endpoint, true);
    assert.equal(denied.reason, 'engine-permission');
    assert.match(denied.message, /docker group|its group/);
    assert.equal(denied.action, 'docker-permission-help');
  });

  it('gives up on an engine that accepts and says nothing, and on a cancelled search', async () => {
    await withApi({ 'GET /version': () => undefined }, async (api) => {
      const stop = new AbortController();
      const asked = api.engine().info(stop.signal);
      setTimeout(() => stop.abort(), 50);
      await assert.rejects(asked, is('cancelled'));
    });
  });

  it('ignores a broken DOCKER_HOST of the process when the setting names the engine', async () => {
    const before = process.env['DOCKER_HOST'];
    process.env['DOCKER_HOST'] = 'tcp://[broken';
    try {
      await withApi({}, async (api) => assert.equal((await api.engine().info()).cpus, 4));
      assert.equal(process.env['DOCKER_HOST'], 'tcp://[broken');
    } finally {
      if (before === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = before;
    }
  });
});

void describe('what a failed create or start means', () => {
  const said = (statusCode: number, message: string): Error => Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), { statusCode, json: { message } });
  const plan = handMadePlan('', {
    container: { ports: [{ containerPort: 5678, protocol: 'tcp', hostPort: 5678, hostIp: '127.0.0.1' }, { containerPort: 80, protocol: 'tcp', hostPort: 8080, hostIp: '127.0.0.1' }] },
    binds: [{ type: 'bind', source: '/Users/ann/ws', target: '/LeanCLI', readOnly: false, create: false, purpose: 'project' }],
  });
  const cases: [number, string, 'create' | 'start', ErrorReason, string?][] = [
    [409, 'Conflict. The container name "/x" is already in use', 'create', 'name-in-use'],
    [404, 'No such image: quantconnect/lean:latest', 'create', 'image-missing'],
    [500, 'driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:8080 failed: port is already allocated', 'start', 'port-in-use', '8080'],
    [500, 'Ports are not available: exposing port TCP 127.0.0.1:5678 -> 0.0.0.0:0: listen tcp 127.0.0.1:5678: bind: address already in use', 'start', 'port-in-use', '5678'],
    [500, 'Mounts denied: \nThe path /Users/ann/ws is not shared from the host and is not known to Docker.', 'start', 'mount-not-visible', '/Users/ann/ws'],
    [400, 'invalid mount config for type "bind": bind source path does not exist: /Users/ann/ws', 'create', 'mount-not-visible', '/Users/ann/ws'],
    [400, 'failed to create shim task: OCI runtime create failed: exec: "bash": executable file not found in $PATH: unknown', 'start', 'image-unsuitable'],
    [500, 'crun: executable file `bash` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found', 'start', 'image-unsuitable'],
    [400, 'exec /usr/bin/bash: exec format error', 'start', 'image-unsuitable'],
    [500, 'write /var/lib/docker/x: no space left on device', 'create', 'engine-no-space'],
    [500, 'something else', 'start', 'engine-failed'],
  ];
  for (const [status, message, step, reason, argument] of cases) {
    it(`${reason}: ${message.slice(0, 50)}`, () => {
      const error = launchError(said(status, message), plan, step);
      assert.equal(error.reason, reason);
      assert.ok(error.action !== undefined);
      if (argument !== undefined) assert.equal(error.actionArgument, argument);
    });
  }
});
