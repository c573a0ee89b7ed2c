import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkbenchError, type ErrorAction } from '../../src/base/errors';
import { COMMANDS } from '../../src/manifest/ids';
import { checkRunName, formatParameters, parseParameters } from '../../src/ui/commands/parameters.present';
import { actionButton, startEngineWay } from '../../src/ui/host/errorAction';
import { age, bytes, clockTime, count, duration, escapeMarkdown, money, moment, percent, ratio, simulatedDate } from '../../src/ui/host/format';
import { lazily } from '../../src/ui/host/lazily';
import { english } from '../../src/ui/host/translate';
import { parseTaskDefinition } from '../../src/ui/tasks/taskDefinition';

const isBad = (words: RegExp) => (error: unknown) => error instanceof WorkbenchError && error.reason === 'bad-request' && words.test(error.message);

describe('task definitions', () => {
  const least = { type: 'lean', command: 'backtest', project: 'A' };

  it('become requests; numbers and booleans in parameters become text, as LEAN reads them', () => {
    const parsed = parseTaskDefinition({ ...least, name: 'n', parameters: { fast: 10, on: true, x: 'y' }, image: 'i', release: true, verbose: true, detached: true, output: 'o', extraConfig: { a: 1 }, pythonVenv: 'v', update: true, docker: { environment: { A: '1' }, limits: { cpus: 1.5, memory: '2g' } } }, english);
    assert.deepEqual(parsed.request, { name: 'n', parameters: { fast: '10', on: 'true', x: 'y' }, image: 'i', release: true, verbose: true, detached: true, output: 'o', extraConfig: { a: '1' }, pythonVenv: 'v', update: true, docker: { environment: { A: '1' }, limits: { cpus: 1.5, memoryBytes: 2 * 1024 ** 3 } } });
    assert.deepEqual(parseTaskDefinition(least, english).request, {});
    assert.equal(parseTaskDefinition({ ...least, run: 'r' }, english).run, 'r');
  });

  it('name what is wrong; nothing is ignored', () => {
    assert.throws(() => parseTaskDefinition({ ...least, paramters: {} }, english), isBad(/'paramters'/));
    assert.throws(() => parseTaskDefinition({ ...least, command: 'live' }, english), isBad(/"backtest"/));
    assert.throws(() => parseTaskDefinition({ type: 'lean', command: 'backtest' }, english), isBad(/'project'/));
    assert.throws(() => parseTaskDefinition({ ...least, project: ' ' }, english), isBad(/'project'/));
    assert.throws(() => parseTaskDefinition({ ...least, release: 'yes' }, english), isBad(/'release'/));
    assert.throws(() => parseTaskDefinition({ ...least, parameters: { a: {} } }, english), isBad(/parameters\.a/));
    assert.throws(() => parseTaskDefinition(null, english), isBad(/object/));
  });

  it('honour or refuse every Docker option', () => {
    const docker = { volumes: { '/a': { bind: '/b', mode: 'ro' } }, limits: { cpus: 2, memory: '4g' } };
    assert.deepEqual(parseTaskDefinition({ ...least, docker }, english).request.docker, { volumes: docker.volumes, limits: { cpus: 2, memoryBytes: 4 * 1024 ** 3 } });
    assert.throws(() => parseTaskDefinition({ ...least, docker: { privileged: true } }, english), isBad(/"docker → privileged"/));
  });
});

describe('parameters on a line', () => {
  it('come back as they went', () => {
    for (const parameters of [{}, { fast: '10', slow: '20' }, { a: 'x, y', 'b c': '"q" \\', d: '', e: '=;' }]) {
      const parsed = parseParameters(formatParameters(parameters), english);
      assert.deepEqual(parsed, { ok: true, parameters }, formatParameters(parameters));
    }
    assert.deepEqual(parseParameters(' a = 1 ;b=2\nc=3, ', english), { ok: true, parameters: { a: '1', b: '2', c: '3' } });
  });

  it('say what is not clear', () => {
    for (const text of ['fast', '=1', 'a="x', 'a=1, a=2']) {
      const parsed = parseParameters(text, english);
      assert.ok(!parsed.ok && parsed.message.length > 10, text);
    }
    assert.equal(checkRunName('faster “1”', english), undefined);
    assert.match(checkRunName('a\nb', english) ?? '', /control/);
    assert.match(checkRunName('x'.repeat(201), english) ?? '', /200/);
  });
});

describe('errors', () => {
  const ACTIONS: readonly ErrorAction[] = ['open-log', 'start-docker', 'install-docker', 'docker-permission-help', 'switch-to-linux-containers', 'pull-image', 'choose-image', 'open-settings', 'open-file', 'free-space', 'share-path-help', 'manage-trust', 'retry', 'show-plan', 'kill'];

  it('each action has one button, on every platform, that runs a real command', () => {
    const ours = new Set<string>(Object.values(COMMANDS));
    for (const platform of ['linux', 'darwin', 'win32']) {
      for (const action of ACTIONS) {
        const button = actionButton(new WorkbenchError('internal', 'x', { action, actionArgument: 'arg' }), platform, english);
        assert.ok(button !== undefined && button.title.length > 3, action);
        if ('command' in button) assert.ok(ours.has(button.command) || button.command.startsWith('workbench.'), button.command);
      }
    }
  });

  it('what is tried again is what failed: an image is pulled, an engine looked at', () => {
    assert.deepEqual(actionButton(new WorkbenchError('image-offline', 'x', { action: 'retry', actionArgument: 'a/b:1' }), 'linux', english), { title: 'Pull Again', command: COMMANDS.updateImage, args: [{ image: 'a/b:1' }] });
    assert.deepEqual(actionButton(new WorkbenchError('engine-failed', 'x', { action: 'retry' }), 'linux', english), { title: 'Try Again', command: COMMANDS.checkEngine });
  });

  it('a place in a file can be opened', () => {
    const location = { file: '/ws/a.json', line: 3 };
    assert.deepEqual(actionButton(new WorkbenchError('file-invalid', 'x', { location }), 'linux', english), { title: 'Open File', openFile: location });
    assert.deepEqual(actionButton(new WorkbenchError('file-invalid', 'x', { action: 'open-file', location }), 'linux', english), { title: 'Open File', openFile: location });
    assert.equal(actionButton(new WorkbenchError('internal', 'x'), 'linux', english), undefined);
  });

  it('nothing is elevated: commands that need root are only shown', () => {
    const help = actionButton(new WorkbenchError('engine-permission', 'x', { action: 'docker-permission-help' }), 'linux', english);
    assert.ok(help !== undefined && 'advice' in help && !('command' in help));
    const start = startEngineWay('linux', english);
    assert.ok('advice' in start && start.copy.startsWith('sudo '));
    for (const platform of ['darwin', 'win32']) {
      const way = startEngineWay(platform, english);
      assert.ok('run' in way && !/sudo|runas/i.test(JSON.stringify(way)));
    }
  });
});

describe('numbers and times', () => {
  it('have signs, units and a dash for unknown', () => {
    assert.deepEqual([percent(0.1243), percent(-0.032), percent(0), percent(undefined), percent(Number.NaN), percent(0.5, 0, false)], ['+12.4 %', '−3.2 %', '0.0 %', '—', '—', '50 %']);
    assert.deepEqual([ratio(-1.3071, 3), ratio(undefined), count(1214.4), count(undefined), money(-1234.5), money(undefined)], ['−1.307', '—', '1,214', '—', '−1,234.50', '—']);
    assert.deepEqual([0.42, 41, 59.6, 252, 7500, 187_200, -1].map((seconds) => duration(seconds)), ['0.4 s', '41 s', '1 m 0 s', '4 m 12 s', '2 h 5 m', '2 d 4 h', '—']);
    assert.deepEqual([bytes(512), bytes(2_400_000_000)], ['512 B', '2.4 GB']);
  });

  it('are as brief as is clear', () => {
    const now = new Date(2026, 10, 21, 12, 0).getTime();
    const at = (day: number, hour: number): number => new Date(2026, 10, day, hour, 5).getTime();
    assert.deepEqual([at(21, 9), at(20, 23), at(17, 9), at(2, 9)].map((ms) => moment(ms, now, english)), ['today 09:05', 'yesterday 23:05', 'Tue 09:05', '2026-11-02 09:05']);
    assert.deepEqual([age(now - 3 * 86_400_000, now), age(now - 7_200_000, now), age(now - 60_000, now), age(now + 5000, now)], ['3 d', '2 h', '1 m', '<1 m']);
    assert.equal(clockTime(at(21, 9)), '09:05');
    assert.equal(simulatedDate(Date.UTC(2019, 3, 12, 23) / 1000), '2019-04-12');
  });

  it('Markdown shows text as it is', () => {
    assert.equal(escapeMarkdown('a_b [x](y) <b> $(zap)\nz'), 'a\\_b \\[x\\]\\(y\\) &lt;b\\> \\$\\(zap\\) z');
  });
});

describe('lazily', () => {
  it('makes once, and again after a failure', async () => {
    let calls = 0;
    const get = lazily(() => {
      calls += 1;
      return calls === 1 ? Promise.reject(new Error('first')) : Promise.resolve(calls);
    });
    assert.equal(get.made, undefined);
    await assert.rejects(get(), /first/);
    assert.deepEqual(await Promise.all([get(), get()]), [2, 2]);
    assert.equal(get.made, 2);
  });
});
