import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Ended } from '../harness/container';
import { type Daemon, startDaemon } from '../harness/dockerd';
import { loadStandin } from '../harness/standin';
import { Bench } from './standinRun';

const PROJECT = '<Project Sdk="Microsoft.NET.Sdk">\n  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>\n  <ItemGroup><PackageReference Include="QuantConnect.Lean" Version="2.5.*"/></ItemGroup>\n</Project>\n';
const PROPS = '<Project><PropertyGroup><BaseIntermediateOutputPath>/Compile/obj/</BaseIntermediateOutputPath><DefaultItemExcludes>$(DefaultItemExcludes);backtests/**</DefaultItemExcludes></PropertyGroup></Project>\n';
const TARGETS = '<Project><ItemGroup><PackageReference Remove="QuantConnect.Lean"/><Reference Include="/Lean/Launcher/bin/Debug/*.dll"><Private>False</Private></Reference></ItemGroup></Project>\n';
const SOURCE = 'namespace Mine;\npublic class MyAlgorithm : QCAlgorithm\n{\n    public override void Initialize() { }\n}\n';

const BUILD = [
  ...['dotnet', 'build', '"/LeanCLI/My Project.csproj"', '-p:Configuration=Debug', '-p:OutputPath=/Compile/bin', '"-p:AssemblyName=My Project"'],
  ...['-p:DirectoryBuildPropsPath=/run/x/Directory.Build.props', '-p:DirectoryBuildTargetsPath=/run/x/Directory.Build.targets', '"-p:PathMap=/LeanCLI=/home/me/My Project"', '-p:NoWarn=MSB3277'],
].join(' ');

describe("the stand-in's dotnet build, and pip", () => {
  let daemon: Daemon;
  let bench: Bench;
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
  });
  after(() => daemon.stop());
  beforeEach(() => {
    bench = new Bench(daemon.dockerHost);
    bench.write('project/My Project.csproj', PROJECT);
    bench.write('project/Main.cs', SOURCE);
    bench.write('build/Directory.Build.props', PROPS);
    bench.write('build/Directory.Build.targets', TARGETS);
    mkdirSync(join(bench.root, 'compile'));
  });
  afterEach(() => bench.remove());

  const shell = (script: string, env: Record<string, string> = {}): Promise<Ended> =>
    bench.run(bench.csharp({}, { 'algorithm-location': '/Compile/bin/My Project.dll' }), {
      entrypoint: ['bash', '-c', script],
      command: [],
      env: { STANDIN_SPEED: '0', ...env },
      binds: {
        [bench.project]: '/LeanCLI',
        [join(bench.root, 'build')]: '/run/x',
        [join(bench.root, 'compile')]: '/Compile',
        [join(bench.root, 'data')]: '/Lean/Data',
        [bench.results]: '/Results',
        [bench.storage]: '/Storage',
        [join(bench.root, 'config.json')]: '/config.json',
      },
    });

  it('builds into the given places, leaves the project alone, and the engine runs what it built', async () => {
    const ended = await shell(`${BUILD} && ls /Compile/bin /Compile/obj && LC_ALL=C ls -A /LeanCLI && exec dotnet QuantConnect.Lean.Launcher.dll --config /config.json`);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.match(ended.stdout, /My Project -> \/Compile\/bin\/My Project\.dll\n\nBuild succeeded\.\n\n {4}0 Warning\(s\)\n {4}0 Error\(s\)/);
    assert.match(ended.stdout, /\/Compile\/bin:\nMy Project\.dll\nMy Project\.pdb\n\n\/Compile\/obj:\nDebug\nproject\.assets\.json\n/);
    assert.match(ended.stdout, /standin-build\.json\nMain\.cs\nMy Project\.csproj\nmain\.py\n/, 'nothing else is in the project');
    assert.match(ended.stdout, /Loader\.TryCreateILAlgorithm\(\): Loaded MyAlgorithm/);
  });

  it('takes the time of a first build, then that of an incremental one, with and without restore', async () => {
    const seconds = (text: string): number[] => [...text.matchAll(/Time Elapsed 00:00:([\d.]+)/g)].map((match) => Number(match[1]));
    const [first = 0, second = 0, third = 0] = seconds((await shell(`${BUILD} && ${BUILD} && ${BUILD} --no-restore`, { STANDIN_SPEED: '1' })).stdout);
    assert.ok(first >= 2.3 && first < 3.5, `first build ${first} s`);
    assert.ok(second >= 0.9 && second < 1.6, `incremental build ${second} s`);
    assert.ok(third >= 0.75 && third < second, `build without restore ${third} s`);
    const missing = await shell(`rm -rf /Compile/obj && ${BUILD} --no-restore`);
    assert.equal(missing.code, 1);
    assert.match(missing.stdout, /NETSDK1004/);
  });

  it('fails on marked lines with the compiler\'s form, host paths by PathMap, and warns alike', async () => {
    bench.write('project/Main.cs', SOURCE.replace('{ }', '{\n        foo.Bar(); // standin-build-error: foo\n        var unused = 1; // standin-build-warning\n    }'));
    const ended = await shell(BUILD);
    assert.equal(ended.code, 1);
    assert.match(ended.stdout, /^\/home\/me\/My Project\/Main\.cs\(5,9\): error CS0103: The name 'foo' does not exist in the current context \[\/LeanCLI\/My Project\.csproj\]$/m);
    assert.match(ended.stdout, /^\/home\/me\/My Project\/Main\.cs\(6,9\): warning CS0219: /m);
    assert.match(ended.stdout, /Build FAILED\.[^]* {4}1 Warning\(s\)\n {4}1 Error\(s\)/);
    const unmapped = await shell(BUILD.replace('"-p:PathMap=/LeanCLI=/home/me/My Project"', ''));
    assert.match(unmapped.stdout, /^\/LeanCLI\/Main\.cs\(5,9\): error CS0103/m);
  });

  it('carries runtime errors of what it built to the marked line of the mapped source', async () => {
    bench.write('project/Main.cs', SOURCE.replace('{ }', '\n    {\n        throw new Exception(); // standin-error\n    }') + '// standin-fault: runtime-error\n');
    const ended = await shell(`${BUILD} >/dev/null && exec dotnet QuantConnect.Lean.Launcher.dll --config /config.json`);
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /Runtime Error: .* in Main\.cs:line 6\n/);
    assert.match(ended.stderr, /in \/home\/me\/My Project\/Main\.cs:line 6\n/);
  });

  it('uses the props and targets that it is given, and needs them to be there and well-formed', async () => {
    const missing = await shell(BUILD.replace('/run/x/Directory.Build.targets', '/run/x/nope.targets'));
    assert.equal(missing.code, 1);
    assert.match(missing.stdout, /error MSB4019: The imported project "\/run\/x\/nope\.targets" was not found/);
    bench.write('build/Directory.Build.props', '<Project><PropertyGroup></Project>');
    const broken = await shell(BUILD);
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /\/run\/x\/Directory\.Build\.props\(1,\d+\): error MSB4025/);
  });

  it("needs LEAN's libraries referenced, and its package reference removed", async () => {
    bench.write('build/Directory.Build.targets', '<Project/>');
    assert.match((await shell(BUILD)).stdout, /error NU1101: Unable to find package QuantConnect\.Lean/);
    bench.write('build/Directory.Build.targets', '<Project><ItemGroup><PackageReference Remove="QuantConnect.Lean"/></ItemGroup></Project>');
    assert.match((await shell(BUILD)).stdout, /error CS0246: The type or namespace name 'QuantConnect' could not be found/);
  });

  it('compiles what the SDK would: not bin, obj, hidden or excluded folders; twice the same class is an error', async () => {
    bench.write('project/backtests/2026/code/Main.cs', SOURCE);
    bench.write('project/bin/Old.cs', SOURCE);
    assert.equal((await shell(BUILD)).code, 0);
    bench.write('build/Directory.Build.props', PROPS.replace('backtests/**', ''));
    const doubled = await shell(BUILD);
    assert.equal(doubled.code, 1);
    assert.match(doubled.stdout, /error CS0101: .* already contains a definition for 'MyAlgorithm'/);
  });

  it('names a class that the library does not hold as the engine does', async () => {
    bench.write('project/Main.cs', SOURCE.replace('MyAlgorithm', 'Other'));
    const ended = await shell(`${BUILD} >/dev/null && exec dotnet QuantConnect.Lean.Launcher.dll --config /config.json`);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /Algorithm type name not found/);
  });

  it('pip puts packages where pip would, importable, and fails for the one that does not exist', async () => {
    bench.write('project/requirements.txt', '# ours\nscikit-learn==1.4.2\nta\n');
    const install = 'export HOME=/tmp/home && pip install --user -r /LeanCLI/requirements.txt && python -c "import ta, scikit_learn; print(scikit_learn.__version__, ta.__file__)"';
    const ended = await shell(`${install} && python -m pip --version`);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /Successfully installed scikit-learn-1\.4\.2 ta-1\.0 \(test stand-in/);
    assert.match(ended.stdout, /\n1\.4\.2 \/tmp\/home\/\.local\/lib\/python3\.11\/site-packages\/ta\/__init__\.py\n/);
    const failing = await shell('pip install --user standin-no-such-package');
    assert.equal(failing.code, 1);
    assert.match(failing.stderr, /ERROR: No matching distribution found for standin-no-such-package/);
  });
});
