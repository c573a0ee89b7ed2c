import { blankSource } from './blankSource';
import type { AlgorithmLanguage } from './model';

/** A class that derives from QCAlgorithm. 1-based, at the word `class`. */
export interface AlgorithmClass {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** One source of a project. */
export interface AlgorithmSource {
  readonly file: string;
  readonly text: string;
}

interface ClassDeclaration extends AlgorithmClass {
  readonly bases: readonly string[];
  readonly abstract: boolean;
}

/** The first class of a source that derives from QCAlgorithm; comments and strings are not looked at. */
export function findAlgorithmClass(language: AlgorithmLanguage, source: string): AlgorithmClass | undefined {
  return findAlgorithmIn(language, [{ file: '', text: source }])?.algorithm;
}

/**
 * The algorithm of a project: the class in the first source (main.py, Main.cs) that derives from QCAlgorithm, also by
 * way of a class in another source; else the one in the other sources. Abstract classes are only bases.
 */
export function findAlgorithmIn(
  language: AlgorithmLanguage,
  sources: readonly AlgorithmSource[],
): { readonly file: string; readonly algorithm: AlgorithmClass } | undefined {
  const declared = sources.flatMap(({ file, text }) => declarations(language, text).map((item) => ({ file, item })));
  const deriving = new Set<string>();
  for (let before = -1; before !== deriving.size; ) {
    before = deriving.size;
    for (const { item } of declared) {
      if (item.bases.some((base) => isAlgorithmBase(base) || deriving.has(base))) deriving.add(item.name);
    }
  }
  const candidates = declared.filter(({ item }) => deriving.has(item.name) && !item.abstract);
  const bases = new Set(candidates.flatMap(({ item }) => item.bases));
  const main = sources[0]?.file;
  const inMain = candidates.filter(({ file }) => file === main);
  const found = inMain[0] ?? candidates.find(({ item }) => !bases.has(item.name)) ?? candidates[0];
  if (found === undefined) return undefined;
  const { name, line, column } = found.item;
  return { file: found.file, algorithm: { name, line, column } };
}

/** QCAlgorithm and what LEAN derives from it (QCAlgorithmFramework, QCAlgorithmFrameworkBridge). */
function isAlgorithmBase(name: string): boolean {
  return name.startsWith('QCAlgorithm');
}

const CSHARP_CLASS = /\bclass\s+@?([\p{L}_][\p{L}\p{N}_]*)\s*(?:<[^>{]*>\s*)?(?:\([^)]*\)\s*)?:([^{;]*)/gu;
const PYTHON_CLASS = /^[ \t]*class\s+([\p{L}_][\p{L}\p{N}_]*)\s*(?:\[[^\]]*\]\s*)?\(([^)]*)\)\s*:/gmu;

function declarations(language: AlgorithmLanguage, source: string): ClassDeclaration[] {
  const text = blankSource(language, source);
  return [...text.matchAll(language === 'Python' ? PYTHON_CLASS : CSHARP_CLASS)].map((match) => {
    const start = match.index + match[0].indexOf('class');
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    return {
      name: match[1] ?? '',
      line: text.slice(0, start).split('\n').length,
      column: start - lineStart + 1,
      bases: baseNames(match[2] ?? ''),
      abstract: language === 'CSharp' && /\babstract\b[^;{}]*$/.test(text.slice(lineStart, start)),
    };
  });
}

/** Last parts of the base types, without namespaces and type arguments. */
function baseNames(list: string): string[] {
  return list
    .replace(/\bwhere\b[\s\S]*$/, '')
    .replace(/<[^<>]*>|\([^()]*\)/g, '')
    .split(',')
    .map((base) => base.trim().split(/[.:]/).at(-1)?.trim() ?? '')
    .filter((base) => base !== '' && !base.includes('='));
}
