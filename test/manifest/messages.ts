import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { REPOSITORY } from '../harness/repository';

/** A call of a translation function. */
export interface MessageCall {
  readonly place: string;
  /** Undefined when the message is no plain literal. */
  readonly message: string | undefined;
  readonly args: number;
  /** Whether arguments are spread, so that their number is not known. */
  readonly spread: boolean;
  /** Whether it runs while its module is loaded, before anyone could set a language. */
  readonly atLoad: boolean;
}

/** A message of an error that a person sees, and that no translation function made. */
export interface Untranslated {
  readonly place: string;
  readonly text: string;
}

/** Everything that the sources say through `t(...)` or `vscode.l10n.t(...)`, and what errors say without. */
export function readMessages(folders: readonly string[]): { readonly calls: readonly MessageCall[]; readonly untranslated: readonly Untranslated[] } {
  const calls: MessageCall[] = [];
  const untranslated: Untranslated[] = [];
  for (const file of folders.flatMap((folder) => sourceFiles(join(REPOSITORY, folder)))) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const placeOf = (node: ts.Node): string => `${relative(REPOSITORY, file)}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && isTranslate(node.expression)) calls.push({ place: placeOf(node), ...readCall(node) });
      if (ts.isNewExpression(node) && node.expression.getText() === 'WorkbenchError') {
        const text = untranslatedMessage(node);
        if (text !== undefined) untranslated.push({ place: placeOf(node), text });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { calls, untranslated };
}

/** The numbers of `{0}` … in a text, each once, ascending. */
export function placeholders(text: string): number[] {
  return [...new Set([...text.matchAll(/\{(\d+)\}/g)].map((match) => Number(match[1])))].sort((a, b) => a - b);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
}

function isTranslate(callee: ts.Expression): boolean {
  return (ts.isIdentifier(callee) && callee.text === 't') || /(^|\.)l10n\.t$/.test(callee.getText());
}

function readCall(call: ts.CallExpression): Omit<MessageCall, 'place'> {
  const [first, ...rest] = call.arguments;
  // Where a translator is handed on, the message comes from elsewhere: `(message, ...args) => vscode.l10n.t(message, ...args)`.
  const message = first !== undefined && ts.isStringLiteralLike(first) ? first.text : undefined;
  return { message, args: rest.length, spread: rest.some(ts.isSpreadElement), atLoad: !isInsideFunction(call) };
}

function isInsideFunction(node: ts.Node): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at)) return true;
    // A field's initializer runs with each instance.
    if (ts.isPropertyDeclaration(at) && !at.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword)) return true;
  }
  return false;
}

function untranslatedMessage(made: ts.NewExpression): string | undefined {
  const [reason, message] = made.arguments ?? [];
  if (reason === undefined || message === undefined) return undefined;
  // Internal errors are bugs, told in the language of their fixers; a cancellation is not shown.
  if (ts.isStringLiteral(reason) && (reason.text === 'internal' || reason.text === 'cancelled')) return undefined;
  return ts.isStringLiteralLike(message) || ts.isTemplateExpression(message) || ts.isBinaryExpression(message) ? message.getText() : undefined;
}
