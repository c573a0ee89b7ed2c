import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { linesOf, readRecording, RECORDINGS, recordingNames } from './logRecordings';

interface Rule {
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly name?: string;
  readonly include?: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
  readonly beginCaptures?: Readonly<Record<string, { readonly name: string }>>;
  readonly patterns?: readonly Rule[];
}
interface Grammar extends Rule {
  readonly scopeName: string;
  readonly repository: Readonly<Record<string, Rule>>;
}

const grammar = JSON.parse(readFileSync(join(import.meta.dirname, '../../syntaxes/lean-log.tmLanguage.json'), 'utf8')) as Grammar;

/** A rule with its includes resolved, in order. */
function flatten(rules: readonly Rule[]): readonly Rule[] {
  return rules.flatMap((rule) => {
    if (rule.include !== undefined) {
      const found = grammar.repository[rule.include.slice(1)];
      assert.ok(found, rule.include);
      return flatten([found]);
    }
    return rule.match === undefined && rule.begin === undefined ? flatten(rule.patterns ?? []) : [rule];
  });
}

/** Text → scopes of one line, as a TextMate engine goes through it: earliest match wins, then the first rule. All rules here end with their line. */
function tokens(line: string, rules: readonly Rule[] = grammar.patterns ?? [], from = 0): readonly (readonly [string, string])[] {
  const flat = flatten(rules);
  const found: (readonly [string, string])[] = [];
  for (let at = from; at <= line.length;) {
    let best: { rule: Rule; hit: RegExpExecArray } | undefined;
    for (const rule of flat) {
      const pattern = new RegExp(rule.match ?? rule.begin ?? '', 'dg');
      pattern.lastIndex = at;
      const hit = pattern.exec(line);
      if (hit !== null && (best === undefined || hit.index < best.hit.index)) best = { rule, hit };
    }
    if (best === undefined) break;
    const { rule, hit } = best;
    if (rule.name !== undefined) found.push([hit[0], rule.name]);
    for (const [group, { name }] of Object.entries(rule.captures ?? rule.beginCaptures ?? {})) {
      const text = hit[Number(group)];
      if (text !== undefined && text !== '') found.push([text, name]);
    }
    const end = hit.index + hit[0].length;
    if (rule.begin !== undefined) return [...found, ...tokens(line, rule.patterns ?? [], end)];
    at = end > at ? end : at + 1;
  }
  return found;
}

function scopeOf(line: string, text: string): string | undefined {
  return tokens(line).find(([said]) => said.trim() === text)?.[1].replace(/\.lean-log$/, '');
}

describe('the grammar of LEAN logs', () => {
  it('has the scope that package.json names, and every rule is reachable and ends with its line', () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { contributes: { grammars: readonly { language: string; scopeName: string; path: string }[] } };
    const contributed = manifest.contributes.grammars.find((item) => item.language === 'lean-log');
    assert.equal(contributed?.scopeName, grammar.scopeName);
    assert.equal(contributed.path, './syntaxes/lean-log.tmLanguage.json');
    const text = JSON.stringify(grammar);
    for (const [name, rule] of Object.entries(grammar.repository)) {
      assert.ok(text.includes(`"#${name}"`), name);
      assert.equal(rule.end ?? '$', '$');
    }
  });

  it('colours console and saved stamps, levels, sources', () => {
    const console = '20261121 08:28:07.232 TRACE:: Engine.Main(): Started 08:28';
    assert.equal(scopeOf(console, '20261121 08:28:07.232'), 'comment.line.time');
    assert.equal(scopeOf(console, 'TRACE'), 'keyword.other.level');
    assert.equal(scopeOf(console, 'Engine.Main()'), 'entity.name.function');
    const saved = '2026-11-21T08:28:07.2323577Z ERROR:: 2013-03-27 16:00:00 Runtime Error: bad in A.cs:line 8';
    assert.equal(scopeOf(saved, '2026-11-21T08:28:07.2323577Z'), 'comment.line.time');
    assert.equal(scopeOf(saved, 'ERROR'), 'invalid.illegal.level.error');
    assert.equal(scopeOf(saved, '2013-03-27 16:00:00'), 'constant.numeric.time');
    assert.equal(scopeOf(saved, 'Runtime Error:'), 'invalid.illegal.error');
    assert.equal(scopeOf(saved, 'A.cs'), 'string.unquoted.path');
    assert.equal(scopeOf(saved, '8'), 'constant.numeric.line');
  });

  it('colours the algorithm’s own lines', () => {
    const line = '20261121 08:42:46.973 TRACE:: Log: 1999-04-15 16:00:00 bar 500 cash 997972.02';
    assert.equal(scopeOf(line, 'Log'), 'entity.name.type.algorithm');
    assert.equal(scopeOf(line, '997972.02'), 'constant.numeric');
    assert.equal(scopeOf('2013-10-07 09:31:00 bought', '2013-10-07 09:31:00'), 'constant.numeric.time');
  });

  it('colours statistics, stacks, compiler lines, paths', () => {
    assert.equal(scopeOf('STATISTICS:: Net Profit 1.655%', 'Net Profit'), 'variable.other.statistic');
    assert.equal(scopeOf('STATISTICS:: Net Profit 1.655%', '1.655%'), 'constant.numeric.statistic');
    assert.equal(scopeOf('STATISTICS:: Total Fees $10.32', '$10.32'), 'constant.numeric.statistic');
    assert.equal(scopeOf('STATISTICS:: OrderListHash f209ed', 'f209ed'), 'string.unquoted.statistic');
    assert.equal(scopeOf('   at Samples.A.Deep(Int32 i) in /LeanCLI/A.cs:line 8', 'Samples.A.Deep'), 'entity.name.function.frame');
    assert.equal(scopeOf('   at Samples.A.Deep(Int32 i) in /LeanCLI/A.cs:line 8', '/LeanCLI/A.cs'), 'string.unquoted.path');
    assert.equal(scopeOf(' in main.py: line 20', 'main.py'), 'string.unquoted.path');
    assert.equal(scopeOf('  File "/LeanCLI/main.py", line 20, in helper', '"/LeanCLI/main.py"'), 'string.quoted.path');
    assert.equal(scopeOf('           ~^^^^^^^', '~^^^^^^^'), 'invalid.illegal.marks');
    assert.equal(scopeOf('/LeanCLI/Main.cs(12,9): error CS0103: no x [/LeanCLI/x.csproj]', 'CS0103'), 'constant.other.code');
    assert.equal(scopeOf('/LeanCLI/Main.cs(12,9): warning CS0168: unused', 'warning'), 'markup.changed.warning');
    assert.equal(scopeOf("Unhandled exception. System.IO.FileNotFoundException: Could not find file '/tmp/nope.dll'.", 'System.IO.FileNotFoundException'), 'entity.name.type.exception');
  });

  it('every stamped and statistics line of every recording has its head coloured', () => {
    let seen = 0;
    for (const name of recordingNames()) {
      const saved = (() => {
        try {
          return readFileSync(join(RECORDINGS, name, 'log.txt'), 'utf8').split('\n').slice(0, 150);
        } catch {
          return [];
        }
      })();
      for (const line of [...linesOf(readRecording(name)).slice(0, 250), ...saved]) {
        const first = tokens(line)[0]?.[1];
        if (/^\d{8} |^\d{4}-\d\d-\d\dT/.test(line)) assert.equal(first, 'comment.line.time.lean-log', line);
        else if (/^(?:STATISTICS|DATA USAGE):: /.test(line)) assert.equal(first, 'keyword.other.statistics.lean-log', line);
        else continue;
        seen++;
      }
    }
    assert.ok(seen > 2000, String(seen));
  });
});
