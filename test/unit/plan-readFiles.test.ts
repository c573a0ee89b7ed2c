import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkbenchError, type ErrorReason } from '../../src/base/errors';
import { findAlgorithmClass, findAlgorithmIn } from '../../src/lean/algorithm';
import { parseCsproj } from '../../src/lean/csproj';
import { dataFolderOf, parseLeanJson } from '../../src/lean/leanJson';
import { parseProjectConfig } from '../../src/lean/projectConfig';
import { mergeRequirements } from '../../src/lean/requirements';

function fails(run: () => unknown, reason: ErrorReason, line: number | undefined, column: number | undefined, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof WorkbenchError);
    assert.deepEqual([error.reason, error.location?.line, error.location?.column], [reason, line, column], error.message);
    assert.match(error.message, message);
    return true;
  });
}

describe('lean.json', () => {
  it('is read with comments, trailing commas, a byte order mark and CRLF', () => {
    const text = '\uFEFF// the config\r\n{\r\n  /* data */ "data-folder": "../d", // "not": "this"\r\n  "list": [1, 2,],\r\n  "url": "http://x//y",\r\n}\r\n';
    assert.deepEqual(parseLeanJson(text, '/w/lean.json'), { 'data-folder': '../d', list: [1, 2], url: 'http://x//y' });
  });

  it('keeps a key called __proto__ as a key', () => {
    const value = parseLeanJson('{"__proto__": {"polluted": true}}', '/w/lean.json');
    assert.deepEqual(Object.keys(value), ['__proto__']);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  const bad: readonly (readonly [string, string, ErrorReason, number, number, RegExp])[] = [
    ['empty', '', 'file-empty', 1, 1, /empty: expected a JSON object/],
    ['only blanks and comments', ' \n// nothing\n', 'file-empty', 1, 1, /empty/],
    ['a list', '\n[1]', 'file-invalid', 2, 1, /must hold a JSON object, .* holds a list/],
    ['a text', '"x"', 'file-invalid', 1, 1, /holds a text/],
    ['a comma missing', '{\r\n  "a": 1\r\n  "b": 2\r\n}', 'file-invalid', 3, 3, /line 3, column 3: expected a comma between two entries/],
    ['a value missing', '{\n  "a": ,\n}', 'file-invalid', 2, 8, /expected a value/],
    ['cut off', '{\n  "a": {"b": 1', 'file-invalid', 2, 15, /expected a closing brace/],
    ['a text not closed', '{\n "a": "x\n}', 'file-invalid', 2, 7, /closing double quote/],
    ['a comment not closed', '{ "a": 1 }\n/* open', 'file-invalid', 2, 1, /end of a comment/],
    ['two documents', '{}\n{}', 'file-invalid', 2, 1, /nothing more after the end/],
    ['not JSON at all', 'PK\u0003\u0004', 'file-invalid', 1, 1, /expected/],
    ['data-folder a number', '{\n  "x": 1,\n  "data-folder": 7\n}', 'file-invalid', 3, 18, /"data-folder" must be a text/],
    ['environments a list', '{ "environments": [] }', 'file-invalid', 1, 19, /"environments" must be an object/],
    ['an environment a text', '{ "environments": {\n "backtesting": "x" } }', 'file-invalid', 2, 17, /"environments → backtesting" must be/],
  ];
  for (const [name, text, reason, line, column, message] of bad) {
    it(`is refused with its place: ${name}`, () => {
      fails(() => parseLeanJson(text, '/w/lean.json'), reason, line, column, message);
    });
  }

  it('never quotes what may be a credential', () => {
    for (const text of ['{ "api-access-token": s3cr3tvalue }', '{ "polygon-api-key": "s3cr3tvalue\n}', '{ "x": 1, "ib-password":\n\n s3cr3tvalue }', '{ "samco-year-of-birth": s3cr3tvalue }']) {
      assert.throws(
        () => parseLeanJson(text, '/w/lean.json'),
        (error) => error instanceof WorkbenchError && error.reason === 'file-invalid' && !error.message.includes('s3cr3t'),
      );
    }
    fails(() => parseLeanJson('{ "cash": tru }', '/w/lean.json'), 'file-invalid', 1, 11, /found "tru"/);
  });

  it('gives the data folder, relative or absolute, also by the rules of Windows', () => {
    assert.equal(dataFolderOf({}, '/w', 'linux'), '/w/data');
    assert.equal(dataFolderOf({ 'data-folder': '' }, '/w', 'linux'), '/w/data');
    assert.equal(dataFolderOf({ 'data-folder': '../shared data/' }, '/w/x', 'linux'), '/w/shared data');
    assert.equal(dataFolderOf({ 'data-folder': '/data' }, '/w', 'linux'), '/data');
    assert.equal(dataFolderOf({ 'data-folder': 'data' }, 'C:\\w', 'win32'), 'C:\\w\\data');
    assert.equal(dataFolderOf({ 'data-folder': 'D:/data' }, 'C:\\w', 'win32'), 'D:\\data');
  });
});

describe('config.json', () => {
  it('keeps its parameters with a comment or a trailing comma, which lean loses', () => {
    const config = parseProjectConfig('{\n // mine\n "parameters": { "fast": 10, "on": true, "none": null, "text": "a b", },\n "local-id": "42", "cloud-id": 7, "algorithm-language": "python", "unknown": [1],\n}', '/p/config.json');
    assert.deepEqual(config.parameters, { fast: '10', on: 'true', none: '', text: 'a b' });
    assert.deepEqual([config.localId, config.cloudId, config.algorithmLanguage], [42, 7, 'Python']);
    assert.deepEqual(config.raw['unknown'], [1]);
  });

  it('reads what launches need', () => {
    const config = parseProjectConfig('{"engine-image":" a/b ","python-venv":"v","libraries":[{"path":"Library\\\\L"}],"docker":{"environment":{"A":1},"ports":{"80":8080}}}', '/p/config.json');
    assert.equal(config.engineImage, 'a/b');
    assert.equal(config.pythonVenv, 'v');
    assert.deepEqual(config.libraries, [{ name: 'L', path: 'Library\\L' }]);
    assert.deepEqual(config.docker, { environment: { A: '1' }, ports: { '80': '8080' } });
  });

  const bad: readonly (readonly [string, string, ErrorReason, number, number, RegExp])[] = [
    ['empty', '', 'file-empty', 1, 1, /config\.json is empty/],
    ['a list', '[]', 'file-invalid', 1, 1, /must hold a JSON object/],
    ['broken', '{"parameters": {', 'file-invalid', 1, 17, /expected a closing brace/],
    ['parameters a list', '{\n "parameters": [1] }', 'file-invalid', 2, 16, /"parameters" must be an object/],
    ['a parameter an object', '{"parameters": {"a": "1",\n "b": {}}}', 'file-invalid', 2, 7, /"parameters → b" must be a text or a number/],
    ['another language', '{"algorithm-language": "Java"}', 'file-invalid', 1, 24, /"Python" or "CSharp"/],
    ['a local-id that is none', '{"local-id": "x"}', 'file-invalid', 1, 14, /whole number/],
    ['libraries without a path', '{"libraries": [{"name": "x"}]}', 'file-invalid', 0, 0, /libraries/],
    ['docker a text', '{"docker": "x"}', 'file-invalid', 1, 12, /"docker" must be an object/],
  ];
  for (const [name, text, reason, line, column, message] of bad) {
    it(`is refused with its place: ${name}`, () => {
      fails(() => parseProjectConfig(text, '/p/config.json'), reason, line === 0 ? undefined : line, column === 0 ? undefined : column, message);
    });
  }
});

describe('the algorithm class', () => {
  it('is found in C#, not in comments and strings, with its place', () => {
    const source = '// class A : QCAlgorithm {}\n/* class B : QCAlgorithm {} */\nvar s = "class C : QCAlgorithm {"; var v = @"x""\nclass D : QCAlgorithm {"; var r = """\nclass E : QCAlgorithm\n""";\nchar q = \'"\';\n  public class Fé<T> :\r\n    QuantConnect.Algorithm.QCAlgorithm, IDisposable\n{ }';
    assert.deepEqual(findAlgorithmClass('CSharp', source), { name: 'Fé', line: 8, column: 10 });
  });

  it('is found in Python, not in comments and strings, with its place', () => {
    const source = '# class A(QCAlgorithm):\n"""\nclass B(QCAlgorithm):\n"""\nx = \'class C(QCAlgorithm):\'\nclass Data(PythonData):\n  pass\nclass D_1(Mixin, AlgorithmImports.QCAlgorithm):\n  pass\n';
    assert.deepEqual(findAlgorithmClass('Python', source), { name: 'D_1', line: 8, column: 1 });
  });

  it('is none where there is none', () => {
    assert.equal(findAlgorithmClass('CSharp', 'class A : AlphaModel {} class QCAlgorithm {}'), undefined);
    assert.equal(findAlgorithmClass('Python', 'class A:\n  pass\n'), undefined);
    assert.equal(findAlgorithmClass('CSharp', ''), undefined);
  });

  it('is the one of Main.cs when there are several, also by way of a base in another file', () => {
    const sources = [
      { file: 'Main.cs', text: 'class Mine : Base { }' },
      { file: 'Other.cs', text: 'abstract class Base : QCAlgorithm { } class Other : QCAlgorithm { }' },
    ];
    assert.deepEqual(findAlgorithmIn('CSharp', sources), { file: 'Main.cs', algorithm: { name: 'Mine', line: 1, column: 1 } });
    assert.equal(findAlgorithmIn('CSharp', [{ file: 'Main.cs', text: 'class X { }' }, ...sources.slice(1)])?.algorithm.name, 'Other');
  });

  it('does not hang on strange sources', () => {
    const begin = Date.now();
    findAlgorithmClass('CSharp', `class ${'a '.repeat(50_000)} : ${'<'.repeat(50_000)}`);
    findAlgorithmClass('Python', `class A(${'('.repeat(100_000)}`);
    findAlgorithmClass('CSharp', '"'.repeat(100_001));
    assert.ok(Date.now() - begin < 2000);
  });
});

describe('a .csproj', () => {
  it('gives what a build needs', () => {
    const facts = parseCsproj(
      `<?xml version="1.0"?>\n<Project Sdk="Microsoft.NET.Sdk">\n<!-- <TargetFramework>net5.0</TargetFramework> -->\n<PropertyGroup>\n<TargetFramework>net10.0</TargetFramework><NoWarn>$(NoWarn);CS0618;1701</NoWarn>
       <AssemblyName>A &amp; B</AssemblyName></PropertyGroup><ItemGroup><PackageReference Version="1" Include='QuantConnect.Lean'/>
       <PackageReference Include="Accord" Version="3"><PrivateAssets>all</PrivateAssets></PackageReference><ProjectReference Include="..\\Lib\\Lib.csproj" /></ItemGroup></Project>`,
      '/p/P.csproj',
      'P',
    );
    assert.deepEqual(facts, {
      file: '/p/P.csproj', name: 'P', targetFrameworks: ['net10.0'], targetFrameworkLine: 5, noWarn: ['CS0618', '1701'], assemblyName: 'A & B',
      packages: ['QuantConnect.Lean', 'Accord'], projectReferences: ['../Lib/Lib.csproj'],
    });
  });

  it('is refused when it is empty or no project', () => {
    fails(() => parseCsproj(' ', '/p/P.csproj', 'P'), 'file-empty', 1, 1, /P\.csproj is empty/);
    fails(() => parseCsproj('<html></html>', '/p/P.csproj', 'P'), 'file-invalid', 1, 1, /not an MSBuild project/);
    fails(() => parseCsproj('<Project><PropertyGroup>', '/p/P.csproj', 'P'), 'file-invalid', 1, 1, /<\/Project>/);
  });
});

describe('requirements', () => {
  it('are merged, sorted, each once, comments gone', () => {
    assert.equal(
      mergeRequirements(['\uFEFFnumpy == 1.26.0  # fast\r\n\r\n# note\r\nscipy>=1.0, <2\r\n', 'numpy==1.26.0\nx[extra] ; python_version < "3"\n--extra-index-url https://a/#frag\npkg @ https://h/p.zip#sha256=1\nlong \\\n  ==1\n']),
      ['--extra-index-url https://a/#frag', 'long==1', 'numpy==1.26.0', 'pkg @ https://h/p.zip#sha256=1', 'scipy>=1.0,<2', 'x[extra]; python_version < "3"'].join('\n'),
    );
    assert.equal(mergeRequirements(['', '# only a comment\n']), '');
  });
});
