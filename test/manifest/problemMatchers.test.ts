import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { manifest, ROOT, type Pattern } from './manifest';

const { problemMatchers, problemPatterns } = manifest.contributes;

interface Found {
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly severity?: string;
  readonly code?: string;
}

/** Applies a matcher as VS Code does: its patterns must fit lines that follow each other. */
function match(name: string, lines: readonly string[]): Found[] {
  const matcher = problemMatchers.find((item) => item.name === name);
  assert.ok(matcher !== undefined, name);
  const pattern = typeof matcher.pattern === 'string' ? problemPatterns.find((item) => `$${item.name ?? ''}` === matcher.pattern) : matcher.pattern;
  assert.ok(pattern !== undefined, name);
  const patterns: readonly Pattern[] = Array.isArray(pattern) ? (pattern as readonly Pattern[]) : [pattern as Pattern];
  const found: Found[] = [];
  for (let start = 0; start + patterns.length <= lines.length; start += 1) {
    const values: Record<string, string> = {};
    const fits = patterns.every((part, index) => {
      const result = new RegExp(part.regexp).exec(lines[start + index] ?? '');
      if (result === null) return false;
      for (const key of ['file', 'line', 'message', 'severity', 'code'] as const) {
        const group = part[key];
        if (group !== undefined) values[key] = result[group] ?? '';
      }
      return true;
    });
    if (!fits) continue;
    found.push({ file: values['file'] ?? '', line: Number(values['line']), message: values['message'] ?? '', ...(values['severity'] === undefined ? {} : { severity: values['severity'] }), ...(values['code'] === undefined ? {} : { code: values['code'] }) });
  }
  return found;
}

/** The recorded console of the real engine, wherever the fixtures keep it. */
function recorded(run: string): readonly string[] {
  const folder = findFolder(join(ROOT, 'test'), run);
  assert.ok(folder !== undefined, `the recording ${run} is among the fixtures`);
  const file = readdirSync(folder).find((name) => name === 'stderr.txt') ?? 'console.timed.txt';
  return readFileSync(join(folder, file), 'utf8')
    .split(/\r?\n/)
    .map((line) => (file === 'console.timed.txt' ? line.replace(/^\s*[\d.]+\s+[OE]\s?/, '') : line));
}

function findFolder(below: string, name: string): string | undefined {
  for (const entry of readdirSync(below)) {
    const path = join(below, entry);
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    if (entry === name) return path;
    const deeper = findFolder(path, name);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

describe('problem matchers', () => {
  it('lean-runtime finds the line of a recorded C# runtime error', () => {
    const [first] = match('lean-runtime', recorded('runtime-throw'));
    assert.deepEqual(first, { file: 'A.cs', line: 8, message: 'Strategy blew up while computing the signal on 03/27/2013 16:00:00' });
  });

  it('lean-runtime finds a recorded error while warming up', () => {
    const [first] = match('lean-runtime', recorded('warmup-fail'));
    assert.deepEqual(first, { file: 'A.cs', line: 75, message: 'failed while warming up' });
  });

  it('lean-python finds the innermost line of a recorded Python error', () => {
    const [first, ...more] = match('lean-python', recorded('py-pythrow'));
    assert.equal(first?.file, 'PyThrow.py');
    assert.equal(first.line, 20);
    assert.match(first.message, /missing_key/);
    assert.deepEqual(more, [], 'each error once');
  });

  it('lean-python-plain finds a recorded failed import', () => {
    const [first] = match('lean-python-plain', recorded('py-pyimport'));
    assert.equal(first?.file, 'PyImport.py');
    assert.equal(first.line, 2);
    assert.match(first.message, /not_a_real_module/);
  });

  it('lean-python-syntax finds a recorded syntax error', () => {
    const [first] = match('lean-python-syntax', recorded('py-pysyntax'));
    assert.deepEqual(first, { file: 'PySyntax.py', line: 6, message: "'(' was never closed" });
  });

  it('lean-python-compile finds what python -m compileall prints', () => {
    const lines = ['Listing ...', '*** Error compiling "./main.py"...', '  File "./main.py", line 3', '    x = (', '        ^', "SyntaxError: '(' was never closed"];
    assert.deepEqual(match('lean-python-compile', lines), [{ file: './main.py', line: 3, message: "'(' was never closed" }]);
  });

  it('lean-csharp finds errors and warnings of the compiler, with and without its project', () => {
    const lines = [
      "/home/quant/workspace/My Cs/Main.cs(12,9): error CS0103: The name 'foo' does not exist in the current context [/LeanCLI/x.csproj]",
      "Main.cs(3,5): warning CS0168: The variable 'e' is declared but never used",
      'Build FAILED.',
    ];
    assert.deepEqual(match('lean-csharp', lines), [
      { file: '/home/quant/workspace/My Cs/Main.cs', line: 12, message: "The name 'foo' does not exist in the current context", severity: 'error', code: 'CS0103' },
      { file: 'Main.cs', line: 3, message: "The variable 'e' is declared but never used", severity: 'warning', code: 'CS0168' },
    ]);
  });

  it('a recorded run without errors matches nothing', () => {
    for (const { name } of problemMatchers) assert.deepEqual(match(name, recorded('basic-daily-csharp')), [], name);
  });
});
