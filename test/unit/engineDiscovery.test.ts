import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { WorkbenchError, type ErrorReason } from '../../src/base/errors';
import { findEndpoints, isEngineInstalled, type DiscoveryHost } from '../../src/engine/discovery';

interface FakeMachine {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly platform?: NodeJS.Platform;
}

function machine({ files = {}, env = {}, platform = 'linux' }: FakeMachine): DiscoveryHost {
  const paths = Object.keys(files);
  return {
    platform,
    env,
    homedir: '/home/ann',
    uid: 1000,
    readFile: (path) => (files[path] === undefined ? Promise.reject(Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })) : Promise.resolve(Buffer.from(files[path]))),
    list: (folder) => Promise.resolve([...new Set(paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))]),
    exists: (path) => Promise.resolve(paths.includes(path)),
  };
}

const addresses = async (fake: FakeMachine, setting?: string): Promise<string[]> => (await findEndpoints(machine(fake), setting)).map((endpoint) => `${endpoint.address} ${endpoint.foundBy}`);
const refused = (reason: ErrorReason, words: RegExp) => (error: unknown) => error instanceof WorkbenchError && error.reason === reason && words.test(error.message) && error.action !== undefined;

const hash = (name: string): string => createHash('sha256').update(name).digest('hex');
const contextFiles = (name: string, docker: object): Record<string, string> => ({
  '/home/ann/.docker/config.json': JSON.stringify({ currentContext: name }),
  [`/home/ann/.docker/contexts/meta/${hash(name)}/meta.json`]: JSON.stringify({ Name: name, Endpoints: { docker } }),
});

void describe('finding the engine', () => {
  const everything = { ...contextFiles('colima', { Host: 'unix:///home/ann/.colima/default/docker.sock' }), '/var/run/docker.sock': '' };

  it('takes the setting before DOCKER_HOST, that before the context, that before the usual sockets; an explicit choice stands alone', async () => {
    const env = { DOCKER_HOST: 'unix:///tmp/env.sock', DOCKER_CONTEXT: 'colima' };
    assert.deepEqual(await addresses({ files: everything, env }, ' unix:///tmp/set.sock '), ['unix:///tmp/set.sock setting lean.docker.host']);
    assert.deepEqual(await addresses({ files: everything, env }, ''), ['unix:///tmp/env.sock DOCKER_HOST']);
    assert.deepEqual(await addresses({ files: everything, env: { DOCKER_HOST: '' } }), ["unix:///home/ann/.colima/default/docker.sock docker context 'colima'"]);
    assert.deepEqual(await addresses({ files: everything, env: { DOCKER_CONTEXT: 'default' } }), ['unix:///var/run/docker.sock the usual sockets']);
  });

  it('knows the sockets of every common engine, in order, and only those that are there', async () => {
    const there = ['/var/run/docker.sock', '/run/user/1000/docker.sock', '/home/ann/.docker/run/docker.sock', '/home/ann/.docker/desktop/docker.sock', '/home/ann/.colima/work/docker.sock', '/home/ann/.colima/default/docker.sock', '/home/ann/.rd/docker.sock', '/home/ann/.orbstack/run/docker.sock', '/run/user/1000/podman/podman.sock', '/run/podman/podman.sock', '/tmp/t/podman/podman-machine-default-api.sock'];
    const files = Object.fromEntries([...there].reverse().map((path) => [path, '']));
    const found = (await findEndpoints(machine({ files, env: { TMPDIR: '/tmp/t' } }), undefined)).map(({ connection }) => (connection.kind === 'socket' ? connection.path : ''));
    assert.deepEqual(found, [...there.slice(0, 4), '/home/ann/.colima/default/docker.sock', '/home/ann/.colima/work/docker.sock', ...there.slice(6)]);
    assert.deepEqual(await findEndpoints(machine({}), undefined), []);
    assert.deepEqual((await findEndpoints(machine({ platform: 'win32' }), undefined)).map(({ address }) => address), ['npipe://./pipe/docker_engine', 'npipe://./pipe/dockerDesktopLinuxEngine', 'npipe://./pipe/podman-machine-default']);
  });

  it('reads addresses as people write them', async () => {
    const [pipe] = await findEndpoints(machine({}), 'npipe:////./pipe/docker_engine');
    assert.deepEqual(pipe?.connection, { kind: 'socket', path: '//./pipe/docker_engine' });
    const [windows] = await findEndpoints(machine({}), String.raw`\\.\pipe\docker_engine`);
    assert.deepEqual(windows?.connection, { kind: 'socket', path: '//./pipe/docker_engine' });
    const [home] = await findEndpoints(machine({}), '~/x/docker.sock');
    assert.deepEqual(home?.connection, { kind: 'socket', path: '/home/ann/x/docker.sock' });
    const [tcp] = await findEndpoints(machine({}), 'tcp://build.example');
    assert.deepEqual(tcp?.connection, { kind: 'tcp', host: 'build.example', port: 2375 });
    const [six] = await findEndpoints(machine({}), 'tcp://[::1]:80');
    assert.deepEqual(six?.connection, { kind: 'tcp', host: '::1', port: 80 });
  });

  it('refuses ssh and nonsense, naming where it stands', async () => {
    await assert.rejects(findEndpoints(machine({ env: { DOCKER_HOST: 'ssh://ann@build' } }), ''), refused('engine-unreachable', /^DOCKER_HOST is ssh:\/\/ann@build, but engines over SSH are not supported.*ssh -nNT -L.* ann@build/));
    await assert.rejects(findEndpoints(machine({}), 'unix://relative.sock'), refused('engine-unreachable', /setting lean\.docker\.host is 'unix:\/\/relative\.sock'/));
    await assert.rejects(findEndpoints(machine({}), 'tcp://:::'), refused('engine-unreachable', /no engine address/));
  });

  it('takes TLS from DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, and says which file is missing', async () => {
    const env = { DOCKER_HOST: 'tcp://build:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' };
    const files = { '/certs/ca.pem': 'CA', '/certs/cert.pem': 'CERT', '/certs/key.pem': 'KEY' };
    const [endpoint] = await findEndpoints(machine({ env, files }), undefined);
    assert.deepEqual(endpoint?.connection, { kind: 'tcp', host: 'build', port: 2376, tls: { ca: Buffer.from('CA'), cert: Buffer.from('CERT'), key: Buffer.from('KEY'), verify: true } });
    await assert.rejects(findEndpoints(machine({ env, files: { '/certs/ca.pem': 'CA' } }), undefined), refused('engine-unreachable', /\/certs\/cert\.pem/));
    const [unverified] = await findEndpoints(machine({ env: { DOCKER_HOST: 'tcp://build:2375', DOCKER_TLS: '1' } }), undefined);
    assert.equal(unverified?.connection.kind === 'tcp' && unverified.connection.tls?.verify, false);
  });

  it("takes a context's TLS from its own folder", async () => {
    const files = { ...contextFiles('remote', { Host: 'tcp://far:2376', SkipTLSVerify: true }), [`/home/ann/.docker/contexts/tls/${hash('remote')}/docker/ca.pem`]: 'CA' };
    const [endpoint] = await findEndpoints(machine({ files }), undefined);
    assert.deepEqual(endpoint?.connection, { kind: 'tcp', host: 'far', port: 2376, tls: { ca: Buffer.from('CA'), verify: false } });
  });

  it('names a context that does not exist or is broken, and falls through to nothing', async () => {
    const files = { '/var/run/docker.sock': '' };
    await assert.rejects(findEndpoints(machine({ files, env: { DOCKER_CONTEXT: 'gone' } }), undefined), refused('engine-unreachable', /docker context 'gone' cannot be used: it does not exist/));
    await assert.rejects(findEndpoints(machine({ files: { ...files, ...contextFiles('odd', {}) } }), undefined), refused('engine-unreachable', /docker context 'odd' has no Docker endpoint/));
    await assert.rejects(findEndpoints(machine({ files: { ...files, '/home/ann/.docker/config.json': '{"currentContext":' } }), undefined), refused('file-unreadable', /config\.json/));
  });

  it('tells whether an engine program is installed', async () => {
    assert.equal(await isEngineInstalled(machine({ env: { PATH: '/bin:/opt/x' } })), false);
    assert.equal(await isEngineInstalled(machine({ env: { PATH: '/bin:/opt/x' }, files: { '/opt/x/podman': '' } })), true);
  });
});
