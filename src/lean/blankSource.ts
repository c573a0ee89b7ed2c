import type { AlgorithmLanguage } from './model';

/**
 * A copy of a source text in which comments and the insides of string literals are blanks, of the same length and
 * with the same line breaks, so that what is found in it stands at the same place in the original.
 */
export function blankSource(language: AlgorithmLanguage, source: string): string {
  const pattern = language === 'Python' ? PYTHON : CSHARP;
  return source.replace(pattern, (match) => match.replace(/[^\r\n]/g, ' '));
}

// Order matters: longer openings first. An unclosed string or comment ends with its line or with the file.
const PYTHON = /#[^\r\n]*|"""(?:\\[\s\S]|(?!""")[\s\S])*(?:"""|$)|'''(?:\\[\s\S]|(?!''')[\s\S])*(?:'''|$)|"(?:\\[\s\S]|[^"\\\r\n])*"?|'(?:\\[\s\S]|[^'\\\r\n])*'?/g;
const CSHARP =
  /\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$*("{3,})[\s\S]*?(?:\1|$)|(?:\$@|@\$|@)"(?:""|[^"])*"?|\$?"(?:\\[\s\S]|[^"\\\r\n])*"?|'(?:\\[^\r\n]|[^'\\\r\n])[^'\r\n]*'/g;
