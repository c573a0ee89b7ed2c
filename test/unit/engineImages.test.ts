import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { WorkbenchError, type ErrorReason } from '../../src/base/errors';
import { silentLogger, type Logger } from '../../src/base/logger';
import { pullName, parseReference } from '../../src/engine/docker/reference';
import { json, withApi, type FakeApi, type Handler } from './engineFakeApi';

const is = (reason: ErrorReason, words = /./) => (error: unknown) => {
  assert.ok(error instanceof WorkbenchError, String(error));
  assert.equal(error.reason, reason, error.message);
  assert.match(error.message, words);
  return true;
};
const never = new AbortController().signal;
const noProgress = (): void => undefined;

/** Messages of a pull, cut where a socket might cut them. */
function messages(list: readonly object[]): Handler {
  return (_request, response) => {
    const text = list.map((item) => `${JSON.stringify(item)}\r\n`).join('');
    response.writeHead(200);
    response.write(text.slice(0, 37));
    setTimeout(() => response.end(text.slice(37)), 5);
  };
}
const IMAGE = { Id: 'sha256:1', Created: '2026-08-21T10:00:00Z', Size: 5, RepoDigests: ['quantconnect/lean@sha256:aaa1'.padEnd(90, '0')], Config: { Labels: { lean_version: '17000' } }, Os: 'linux', Architecture: 'amd64' };
const DIGEST = IMAGE.RepoDigests[0]?.split('@')[1] ?? '';

void describe('pulling an image', () => {
  it('tells progress and gives the facts of what came', async () => {
    const handlers = {
      'POST /images/create': messages([
        { status: 'Pulling from quantconnect/lean', id: 'latest' },
        { status: 'Downloading', id: 'a', progressDetail: { current: 5, total: 10 } },
        { status: 'Pull complete', id: 'a', progressDetail: {} },
        { status: 'Status: Downloaded newer image' },
      ]),
      'GET /images/quantconnect/lean/json': json(IMAGE),
    };
    await withApi(handlers, async (api) => {
      const seen: number[] = [];
      const info = await api.engine().pullImage('quantconnect/lean', (_text, current) => seen.push(current), never);
      assert.equal(info.leanVersion, '17000');
      assert.deepEqual(seen, [5, 10]);
      // Without a tag, the engine would pull every tag there is.
      assert.ok(api.requests.some(({ line }) => line.includes('fromImage=quantconnect%2Flean%3Alatest')));
    });
  });

  const inStream: [string, ErrorReason][] = [
    ['toomanyrequests: You have reached your pull rate limit.', 'image-rate-limit'],
    ['proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused', 'image-proxy'],
    ['Get "https://registry-1.docker.io/v2/": Proxy Authentication Required', 'image-proxy'],
    ['Get "https://registry-1.docker.io/v2/": x509: certificate signed by unknown authority', 'image-proxy'],
    ['Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host', 'image-offline'],
    ['Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout', 'image-offline'],
    ['unauthorized: authentication required', 'image-auth'],
    ['Head "https://ghcr.io/v2/x": denied: access forbidden, no basic auth credentials', 'image-auth'],
    ['pull access denied for x, repository does not exist or may require docker login', 'image-not-found'],
    ['manifest for quantconnect/lean:nope not found: manifest unknown', 'image-not-found'],
    ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'image-not-found'],
    ['failed to register layer: write /x: no space left on device', 'image-no-space'],
    ['something new', 'image-pull-failed'],
  ];
  for (const [said, reason] of inStream) {
    it(`${reason}: ${said.slice(0, 60)}, in the stream and as a status`, async () => {
      await withApi({ 'POST /images/create': messages([{ status: 'Pulling', id: 'x' }, { errorDetail: { message: said }, error: said }]) }, async (api) => {
        await assert.rejects(api.engine().pullImage('x:1', noProgress, never), is(reason));
      });
      await withApi({ 'POST /images/create': json({ message: said }, 500) }, async (api) => {
        await assert.rejects(api.engine().pullImage('x:1', noProgress, never), is(reason));
      });
    });
  }

  it('ends the pull itself when cancelled: the connection closes', async () => {
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let live: ServerResponse | undefined;
    const slow: Handler = (_request, response) => {
      live = response;
      response.on('close', closed);
      response.writeHead(200);
      response.write(`${JSON.stringify({ status: 'Downloading', id: 'a', progressDetail: { current: 1, total: 9 } })}\n`);
    };
    await withApi({ 'POST /images/create': slow }, async (api) => {
      const stop = new AbortController();
      await assert.rejects(api.engine().pullImage('x:1', () => stop.abort(), stop.signal), is('cancelled'));
      await gone;
      assert.equal(live?.writableFinished, false);
      await assert.rejects(api.engine().pullImage('x:1', noProgress, AbortSignal.abort()), (error: unknown) => error instanceof Error);
    });
  });

  it('does not take a broken-off pull for a whole one', async () => {
    const broken: Handler = (_request, response) => {
      response.writeHead(200);
      response.write('{"status":"Downloading","id":"a","progressDetail":{"current":1,"total":9}}\n{"status":"Dow');
      setTimeout(() => response.destroy(), 20);
    };
    await withApi({ 'POST /images/create': broken, 'GET /images/x:1/json': json(IMAGE) }, async (api) => assert.rejects(api.engine().pullImage('x:1', noProgress, never), is('image-pull-failed', /broke off/)));
  });

  it('refuses what is no image name, before it becomes a path', async () => {
    await withApi({}, async (api) => {
      for (const name of ['', 'a b', 'x?y', '../info', 'UP CASE', '-x']) await assert.rejects(api.engine().inspectImage(name), is('image-not-found'));
      assert.equal(api.requests.filter(({ line }) => line.includes('/images/')).length, 0);
    });
  });
});

void describe('image names', () => {
  it('are taken apart as Docker does', () => {
    const parts = (name: string): string[] => {
      const { registry, repository, tag, digest } = parseReference(name);
      return [registry, repository, tag ?? '', digest ?? ''];
    };
    assert.deepEqual(parts('ubuntu'), ['docker.io', 'library/ubuntu', '', '']);
    assert.deepEqual(parts('ubuntu:22'), ['docker.io', 'library/ubuntu', '22', '']);
    assert.deepEqual(parts('quantconnect/lean:latest'), ['docker.io', 'quantconnect/lean', 'latest', '']);
    assert.deepEqual(parts('localhost:5000/a/b:1'), ['localhost:5000', 'a/b', '1', '']);
    assert.deepEqual(parts(`ghcr.io/a/b@sha256:${'0'.repeat(64)}`), ['ghcr.io', 'a/b', '', `sha256:${'0'.repeat(64)}`]);
    assert.equal(pullName(parseReference('a/b')), 'a/b:latest');
    assert.equal(pullName(parseReference('a/b:2')), 'a/b:2');
  });
});

void describe('registry credentials', () => {
  const pullOnce = async (api: FakeApi, name: string, logger: Logger = silentLogger): Promise<unknown> => {
    await assert.rejects(api.engine({ logger, env: { HOME: api.folder, PATH: `${api.folder}/bin:${process.env['PATH'] ?? ''}` } }).pullImage(name, noProgress, never), is('image-pull-failed'));
    return api.requests.findLast(({ line }) => line.includes('/images/create'))?.auth;
  };
  const config = (api: FakeApi, value: object): void => {
    mkdirSync(join(api.folder, '.docker'), { recursive: true });
    writeFileSync(join(api.folder, '.docker', 'config.json'), JSON.stringify(value));
  };
  const refuse = { 'POST /images/create': json({ message: 'nothing today' }, 500) };

  it('come from auths, a helper of the registry, or the store; nothing is told to another registry', async () => {
    await withApi(refuse, async (api) => {
      const logged: string[] = [];
      const write = (message: string): void => void logged.push(message);
      const logger: Logger = { trace: write, debug: write, info: write, warn: write, error: write };
      config(api, { auths: { 'https://index.docker.io/v1/': { auth: Buffer.from('ann:pa:ss').toString('base64') } }, credHelpers: { 'ghcr.io': 'fake' } });
      mkdirSync(join(api.folder, 'bin'));
      const helper = join(api.folder, 'bin', 'docker-credential-fake');
      writeFileSync(helper, `#!/bin/sh\nread server\necho "$1 $server" > ${api.folder}/asked\nprintf '{"ServerURL":"x","Username":"bob","Secret":"hush-hush"}'\n`);
      chmodSync(helper, 0o755);
      assert.deepEqual(await pullOnce(api, 'quantconnect/lean', logger), { username: 'ann', password: 'pa:ss', serveraddress: 'https://index.docker.io/v1/' });
      assert.deepEqual(await pullOnce(api, 'ghcr.io/a/b:1', logger), { username: 'bob', password: 'hush-hush', serveraddress: 'ghcr.io' });
      assert.equal(readFileSync(join(api.folder, 'asked'), 'utf8'), 'get ghcr.io\n');
      assert.deepEqual(await pullOnce(api, 'quay.io/a/b:1', logger), {});
      config(api, { credsStore: 'fake' });
      assert.deepEqual(await pullOnce(api, 'quantconnect/lean', logger), { username: 'bob', password: 'hush-hush', serveraddress: 'https://index.docker.io/v1/' });
      assert.ok(logged.every((line) => !/hush|pa:ss/.test(line)));
    });
  });

  it('are none when the helper is missing, fails, or is no program name: the pull goes on without', async () => {
    await withApi(refuse, async (api) => {
      for (const credsStore of ['not-there', 'x; touch /tmp/lwt-injected', '../evil']) {
        config(api, { credsStore });
        assert.deepEqual(await pullOnce(api, 'a/b:1'), {});
      }
      assert.equal(existsSync('/tmp/lwt-injected'), false);
      writeFileSync(join(api.folder, '.docker', 'config.json'), '{"auths":');
      assert.deepEqual(await pullOnce(api, 'a/b:1'), {});
    });
  });
});

void describe('asking for a newer image', () => {
  const check = async (image: object, distribution: Handler, name = 'quantconnect/lean:latest'): Promise<string> => {
    let result = '';
    await withApi({ [`GET /images/${name}/json`]: json(image), 'GET /distribution/': distribution }, async (api) => {
      result = await api.engine().checkImageUpdate(name);
      assert.ok(api.requests.every(({ line }) => !line.includes('/images/create')));
    });
    return result;
  };

  it('compares digests', async () => {
    assert.equal(await check(IMAGE, json({ Descriptor: { digest: DIGEST } })), 'current');
    assert.equal(await check(IMAGE, json({ Descriptor: { digest: 'sha256:bbb' } })), 'newer');
    assert.equal(await check({ ...IMAGE, RepoDigests: [] }, json({}, 500)), 'local-only');
    // Built here, with a digest from the image store.
    assert.equal(await check(IMAGE, json({ message: 'pull access denied, repository does not exist' }, 403)), 'local-only');
  });

  it('names why it cannot', async () => {
    await assert.rejects(check(IMAGE, json({ message: 'dial tcp: lookup registry-1.docker.io: no such host' }, 500)), is('image-offline'));
    await assert.rejects(check(IMAGE, json({ message: 'unauthorized' }, 401)), is('image-auth'));
    await assert.rejects(check(IMAGE, json({ message: 'toomanyrequests' }, 500)), is('image-rate-limit'));
    await withApi({}, async (api) => assert.rejects(api.engine().checkImageUpdate('a/b:1'), is('image-missing')));
  });
});
