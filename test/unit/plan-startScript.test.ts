import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { delivered } from '../../src/lean/containerPaths';
import { buildProperties } from '../../src/lean/csharpBuild';
import { DELIVERY_FOLDER, START_EXIT } from '../../src/lean/plan';
import { BOOT, quote, startScript, STOPPED_WHILE_PREPARING, type StartOptions } from '../../src/lean/startScript';

/** A file system of a container below a temporary folder: absolute paths of the scripts are moved there. */
let root = '';
const moved = (text: string): string => text.replace(/\/(?:run\/lean-workbench|LeanCLI|Lean\/|Compile|home\/lean-workbench|etc\/passwd)/g, (path) => root + path);

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

before(() => {
  root = mkdtempSync(join(tmpdir(), 'lean-start-'));
});
after(() => {
  rmSync(root, { recursive: true, force: true });
});

function fresh(): void {
  rmSync(root, { recursive: true, force: true });
  for (const folder of [DELIVERY_FOLDER, '/LeanCLI', '/Lean/Launcher/bin/Debug', '/Lean/Data/equity', '/Compile', '/home/lean-workbench', '/bin']) mkdirSync(root + folder, { recursive: true });
  writeFileSync(`${root}/Lean/Launcher/bin/Debug/QuantConnect.Lean.Launcher.dll`, '');
  program('dotnet', FAKE_DOTNET);
}

/** Says what it was asked; as a compiler it makes the assembly that BUILD_MAKES names, or fails. */
const FAKE_DOTNET = `#!/bin/bash
if [ "$1" = build ]; then
  echo "build:$2"
  for arg in "\${@:3}"; do echo "arg:$arg"; done
  [ -z "$BUILD_FAILS" ] || { echo "$2(1,2): error CS1002: ; expected"; exit 1; }
  [ -z "$BUILD_HANGS" ] || { echo hanging; sleep 30; }
  mkdir -p "$COMPILE/bin" "$COMPILE/obj/$BUILD_PROJECT"
  echo '{}' > "$COMPILE/obj/$BUILD_PROJECT/project.assets.json"
  echo dll > "$COMPILE/bin/$BUILD_MAKES"; echo theirs > "$COMPILE/bin/Engine.dll"
else
  echo "lean:$*"; echo "in:$PWD"; echo "config:$(cat "$3")"
  exit 7
fi
`;

function program(name: string, text: string): void {
  writeFileSync(`${root}/bin/${name}`, text);
  chmodSync(`${root}/bin/${name}`, 0o755);
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn('bash', args, { env: { ...process.env, HOME: `${root}/home/lean-workbench`, COMPILE: `${root}/Compile`, ...env, PATH: `${root}/bin:${process.env['PATH'] ?? ''}` } });
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (output += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

function run(options: Partial<StartOptions>, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  writeFileSync(root + delivered('config.json'), '{"a":1}');
  writeFileSync(root + delivered('start.sh'), moved(startScript({ user: { mode: 'container' }, mustBeVisible: [], volumes: [], ...options })));
  const child = start([root + delivered('start.sh')], env);
  child.stdin?.end();
  return ended(child);
}

const csharp = (name: string, hash = 'h1'): NonNullable<StartOptions['csharp']> => ({
  csproj: `/LeanCLI/${name}.csproj`,
  projectName: name,
  assembly: name,
  properties: buildProperties({ release: false, targetFramework: 'net10.0', hostRoot: `/home/q/${name}`, noWarn: ['CS1'] }),
  inputsHash: hash,
  restoreHash: 'r1',
});
const ODD_NAMES = ['My Cs', `it's "quoted"`, '$(touch pwned) `x` $HOME', '-rf', 'Ünïcødé 日本', 'a;b,c=d%41', '\\back*slash?[x]'];

describe('the boot text', { concurrency: false }, () => {
  const boot = (stdin: Buffer): Promise<Ended> => {
    const child = start(['-c', moved(BOOT)]);
    child.stdin?.end(stdin);
    return ended(child);
  };
  const framed = (files: Readonly<Record<string, string>>): Buffer =>
    Buffer.from(`${Object.entries(files).map(([name, text]) => `${Buffer.byteLength(text)} ${name}\n${text}`).join('')}0 -\n`);

  it('writes every byte of the delivery, private, and runs start.sh with both streams in one', async () => {
    fresh();
    const odd = `{"x":"é\\n${'long '.repeat(20_000)}"}\nno end of line`;
    const { code, output } = await boot(framed({ 'config.json': odd, 'empty.txt': ' ', 'start.sh': 'echo one; echo two >&2; echo three; read -r x || echo no input; exit 5\n' }));
    assert.deepEqual({ code, output }, { code: 5, output: 'one\ntwo\nthree\nno input\n' });
    assert.equal(readFileSync(root + delivered('config.json'), 'utf8'), odd);
  });

  it('ends with its own code when the delivery is cut off, or start.sh is not in it', async () => {
    fresh();
    const whole = framed({ 'config.json': '{"a":1}', 'start.sh': 'echo ran' });
    assert.equal((await boot(whole.subarray(0, whole.length - 8))).code, START_EXIT.deliveryFailed);
    fresh();
    const { code, output } = await boot(framed({ 'config.json': '{}' }));
    assert.equal(code, START_EXIT.deliveryFailed);
    assert.match(output, /did not reach the container/);
  });

  it('takes the files of the fall-back folder instead of standard input', async () => {
    fresh();
    mkdirSync(`${root}/run/lean-workbench-files`);
    writeFileSync(`${root}/run/lean-workbench-files/start.sh`, 'echo from a folder');
    assert.equal((await boot(Buffer.from(''))).output, 'from a folder\n');
  });
});

describe('the start script', { concurrency: false }, () => {
  it('becomes LEAN, with the config of the delivery, and passes its exit code on', async () => {
    fresh();
    const { code, output } = await run({});
    assert.equal(code, 7);
    assert.deepEqual(output.trim().split('\n').map((line) => line.replaceAll(root, '')), [
      '##[lean-workbench] delivery-read',
      '##[lean-workbench] phase loading',
      'lean:QuantConnect.Lean.Launcher.dll --config /run/lean-workbench/config.json',
      'in:/Lean/Launcher/bin/Debug',
      'config:{"a":1}',
    ]);
  });

  it('tells which path the container does not see, whatever its name', async () => {
    for (const name of ODD_NAMES) {
      fresh();
      const seen = await run({ mustBeVisible: ['/Lean/Data/equity', `/LeanCLI/${name}/main.py`] });
      assert.equal(seen.code, START_EXIT.notVisible);
      assert.ok(seen.output.includes(`##[lean-workbench] not-visible ${root}/LeanCLI/${name}/main.py\n`), seen.output);
    }
  });

  it('says when an image is no LEAN engine', async () => {
    fresh();
    rmSync(`${root}/Lean/Launcher/bin/Debug/QuantConnect.Lean.Launcher.dll`);
    const { code, output } = await run({});
    assert.equal(code, START_EXIT.noDotnet);
    assert.match(output, /no LEAN engine/);
  });

  it('checks the syntax of Python sources and leaves nothing in the project', async () => {
    fresh();
    const names = ['main.py', '-x.py', `it's $HOME.py`, 'pkg/mod ü.py'];
    mkdirSync(`${root}/LeanCLI/pkg`);
    for (const name of names) writeFileSync(`${root}/LeanCLI/${name}`, 'x = 1\n');
    writeFileSync(root + delivered('sources.txt'), names.map((name) => `${root}/LeanCLI/${name}\n`).join(''));
    const env = { PYTHONPYCACHEPREFIX: `${root}/pycache` };
    assert.equal((await run({ python: { checkSources: true } }, env)).code, 7);
    assert.ok(!existsSync(`${root}/LeanCLI/__pycache__`) && existsSync(`${root}/pycache`));
    writeFileSync(`${root}/LeanCLI/pkg/mod ü.py`, 'x = 1\ndef f(:\n');
    const broken = await run({ python: { checkSources: true } }, { PYTHONPYCACHEPREFIX: `${root}/pycache-of-the-next-container` });
    assert.equal(broken.code, START_EXIT.syntaxError);
    assert.match(broken.output, /phase compiling[\s\S]*mod ü\.py[\s\S]*line 2[\s\S]*SyntaxError/);
    assert.doesNotMatch(broken.output, /lean:/);
  });

  it('installs packages once per volume, and not again after a success', async () => {
    fresh();
    const site = '/home/lean-workbench/.local/lib/python3.11/site-packages';
    program('python', `#!/bin/bash\necho "python:$*"\nexit "\${PIP_EXIT:-0}"\n`);
    const options: Partial<StartOptions> = { volumes: [site], python: { checkSources: false, sitePackages: site } };
    const failed = await run(options, { PIP_EXIT: '1' });
    assert.equal(failed.code, START_EXIT.packagesFailed);
    const first = await run(options);
    assert.match(first.output, /phase packages\npython:-m pip install --user --progress-bar off -r .*requirements\.txt\n/);
    assert.equal(first.code, 7);
    const second = await run(options);
    assert.doesNotMatch(second.output, /packages|python:/);
  });

  it('builds a C# project of any name once for equal inputs, and puts it beside the launcher', async () => {
    for (const name of ODD_NAMES.filter((odd) => !odd.includes('\\'))) {
      fresh();
      writeFileSync(`${root}/Lean/Launcher/bin/Debug/Engine.dll`, 'engine');
      const env = { BUILD_MAKES: `${name}.dll`, BUILD_PROJECT: name };
      const volumes = ['/home/lean-workbench/.nuget/packages', '/Compile'];
      const first = await run({ csharp: csharp(name), volumes }, env);
      assert.equal(first.code, 7, first.output);
      assert.ok(first.output.includes(`build:${root}/LeanCLI/${name}.csproj\n`), first.output);
      assert.ok(!existsSync(`${root}/LeanCLI/pwned`) && !existsSync(`${root}/Lean/Launcher/bin/Debug/pwned`));
      assert.equal(readFileSync(`${root}/Lean/Launcher/bin/Debug/${name}.dll`, 'utf8'), 'dll\n');
      assert.equal(readFileSync(`${root}/Lean/Launcher/bin/Debug/Engine.dll`, 'utf8'), 'engine', 'the engine’s own stays');
      rmSync(`${root}/Lean/Launcher/bin/Debug/${name}.dll`);
      const second = await run({ csharp: csharp(name), volumes }, env);
      assert.doesNotMatch(second.output, /phase building|build:/);
      assert.ok(existsSync(`${root}/Lean/Launcher/bin/Debug/${name}.dll`));
      const edited = await run({ csharp: csharp(name, 'h2'), volumes }, env);
      assert.match(edited.output, /phase building\nbuild:/);
      assert.match(edited.output, /arg:--no-restore/, 'packages are restored already');
    }
  });

  it('does not take a failed build for a good one', async () => {
    fresh();
    const env = { BUILD_MAKES: 'A.dll', BUILD_PROJECT: 'A' };
    await run({ csharp: csharp('A') }, env);
    const failed = await run({ csharp: csharp('A', 'h2') }, { ...env, BUILD_FAILS: '1' });
    assert.equal(failed.code, START_EXIT.buildFailed);
    assert.match(failed.output, /A\.csproj\(1,2\): error CS1002/);
    assert.doesNotMatch(failed.output, /lean:/);
    assert.match((await run({ csharp: csharp('A') }, env)).output, /phase building/, 'the old inputs are built again: what is there is of the failed build');
  });

  it('lets one run build at a time', async () => {
    fresh();
    program('dotnet', FAKE_DOTNET.replace('mkdir -p', 'echo begin >> "$COMPILE/order"; sleep 0.4; echo end >> "$COMPILE/order"; mkdir -p'));
    const env = { BUILD_MAKES: 'A.dll', BUILD_PROJECT: 'A' };
    await Promise.all([run({ csharp: csharp('A', 'h1') }, env), run({ csharp: csharp('A', 'h1') }, env)]);
    const order = readFileSync(`${root}/Compile/order`, 'utf8').trim().split('\n');
    assert.deepEqual(order, ['begin', 'end'], 'the second run found the inputs built');
  });

  it('ends at once when it is stopped while it prepares', async () => {
    fresh();
    writeFileSync(root + delivered('start.sh'), moved(startScript({ user: { mode: 'container' }, mustBeVisible: [], volumes: [], csharp: csharp('A') })));
    const child = start([root + delivered('start.sh')], { BUILD_HANGS: '1' });
    const end = ended(child);
    await new Promise<void>((resolve) => child.stdout?.on('data', (data: Buffer) => {
      if (data.toString().includes('hanging')) resolve();
    }));
    const before = Date.now();
    child.kill('SIGINT');
    child.stdout?.destroy();
    child.stderr?.destroy();
    assert.equal((await end).code, STOPPED_WHILE_PREPARING);
    assert.ok(Date.now() - before < 5000);
  });

  it('hands the caches over once and runs LEAN as the person', async () => {
    fresh();
    // The real ones need root; the engine tier uses them.
    mkdirSync(`${root}/etc`);
    program('setpriv', '#!/bin/bash\necho "as:$*"\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n');
    program('chown', '#!/bin/bash\necho "chown:$*"\n');
    program('getent', '#!/bin/bash\nexit 2\n');
    const cache = '/home/lean-workbench/.nuget/packages';
    const host = { mode: 'host', uid: 54321, gid: 54322 } as const;
    const { output, code } = await run({ user: host, volumes: [cache] });
    assert.equal(code, 7);
    const lines = output.replaceAll(root, '').split('\n');
    assert.deepEqual(lines.filter((line) => line.startsWith('chown:')), [
      'chown:54321:54322 /home/lean-workbench',
      'chown:54321:54322 /home/lean-workbench/.nuget',
      'chown:-R 54321:54322 /home/lean-workbench/.nuget/packages',
      'chown:-R 54321:54322 /run/lean-workbench',
    ]);
    assert.ok(lines.includes('as:--reuid 54321 --regid 54322 --clear-groups -- dotnet QuantConnect.Lean.Launcher.dll --config /run/lean-workbench/config.json'), output);
    assert.match(readFileSync(`${root}/etc/passwd`, 'utf8'), /^lean-workbench:x:54321:54322:/);
  });

  it('leaves a cache alone that is the person’s already', async () => {
    fresh();
    program('setpriv', '#!/bin/bash\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n');
    program('chown', '#!/bin/bash\necho "chown:$*"\n');
    program('getent', '#!/bin/bash\nexit 0\n');
    const host = { mode: 'host', uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } as const;
    const { output } = await run({ user: host, volumes: ['/home/lean-workbench/.nuget/packages'] });
    assert.deepEqual(output.split('\n').filter((line) => line.startsWith('chown:')).map((line) => line.replaceAll(root, '')), [`chown:-R ${host.uid}:${host.gid} /run/lean-workbench`]);
  });
});

describe('quoting', () => {
  it('gives every text back', async () => {
    for (const text of [...ODD_NAMES, '', '\n', "''"]) {
      const { output } = await ended(start(['-c', `printf %s ${quote(text)}`]));
      assert.equal(output, text);
    }
  });
});
