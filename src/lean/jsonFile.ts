import { findNodeAtLocation, parseTree, type Node as JsonNode, type ParseError } from 'jsonc-parser';
import { WorkbenchError, type SourceLocation } from '../base/errors';
import { isJsonObject, type Json, type JsonObject } from '../base/json';
import { t } from '../base/l10n';
import { looksSecret, MASK } from './secrets';

/** A person's JSON file, parsed, with a way back to its lines. */
export interface JsonDocument {
  readonly file: string;
  readonly value: JsonObject;
  /** Where the value at a path stands (1-based), or the file alone when there is none. */
  locate(path: readonly (string | number)[]): SourceLocation;
}

// jsonc-parser's ParseErrorCode is a const enum, which erasable TypeScript cannot read: the numbers are its own.
function expectedBy(error: number): string {
  switch (error) {
    case 1:
      return t('a symbol that JSON knows');
    case 2:
      return t('a number such as 1 or 0.5');
    case 3:
      return t('a name in double quotes');
    case 4:
      return t('a value');
    case 5:
      return t('a colon after the name');
    case 6:
      return t('a comma between two entries');
    case 7:
      return t('a closing brace }');
    case 8:
      return t('a closing bracket ]');
    case 9:
      return t('nothing more after the end');
    case 11:
      return t('the end of a comment */');
    case 12:
      return t('a closing double quote');
    case 13:
      return t('a whole number');
    case 14:
      return t('a \\uXXXX escape of four hex digits');
    case 15:
      return t('an escape that JSON knows (such as \\\\ for a backslash)');
    case 16:
      return t('characters that JSON allows (write control characters as escapes)');
    default:
      return t('valid JSON');
  }
}

/**
 * Parses a JSON object as people write it: comments, trailing commas, a byte order mark and CRLF are fine.
 * Throws `file-empty` or `file-invalid` with line, column and what was expected. Never changes the file.
 * @param name what to call the file in messages: `lean.json`
 */
export function parseJsonObject(text: string, file: string, name: string): JsonDocument {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const errors: ParseError[] = [];
  let root: JsonNode | undefined;
  try {
    root = parseTree(source, errors, { allowTrailingComma: true, disallowComments: false, allowEmptyContent: true });
  } catch (error) {
    throw new WorkbenchError('file-invalid', t('{0} cannot be read: it is nested too deeply.', name), openFile({ file }, error));
  }
  const first = errors[0];
  if (first !== undefined) {
    const location = { file, ...positionAt(source, first.offset) };
    const expected = expectedBy(first.error);
    const found = foundAt(source, first.offset, first.length);
    throw new WorkbenchError(
      'file-invalid',
      t('{0} is not valid JSON: line {1}, column {2}: expected {3}, found {4}.', name, location.line, location.column, expected, found),
      openFile(location),
    );
  }
  if (root === undefined) {
    throw new WorkbenchError('file-empty', t('{0} is empty: expected a JSON object, { … }.', name), openFile({ file, line: 1, column: 1 }));
  }
  const value = toJson(root);
  if (!isJsonObject(value)) {
    const location = { file, ...positionAt(source, root.offset) };
    throw new WorkbenchError(
      'file-invalid',
      t('{0} must hold a JSON object, { … }, but it holds {1}: line {2}.', name, describeJson(value), location.line),
      openFile(location),
    );
  }
  const tree = root;
  return {
    file,
    value,
    locate(path) {
      const node = findNodeAtLocation(tree, [...path]);
      return node === undefined ? { file } : { file, ...positionAt(source, node.offset) };
    },
  };
}

/** A file that must be there and is not. */
export function missingFileError(file: string, name: string, hint: string, cause?: unknown): WorkbenchError {
  return new WorkbenchError('file-missing', t('{0} is missing: {1}. {2}', name, file, hint), { cause, location: { file } });
}

/** One wrong value in an otherwise readable file. */
export function wrongValue(document: JsonDocument, name: string, path: readonly (string | number)[], expected: string): WorkbenchError {
  const location = document.locate(path);
  const where = location.line === undefined ? '' : t('line {0}: ', location.line);
  const key = path.map(String).join(' → ');
  return new WorkbenchError('file-invalid', t('{0}: {1}"{2}" must be {3}.', name, where, key, expected), openFile(location));
}

/** What a JSON value is, in words: `a list`, `a number`. */
export function describeJson(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return t('a list');
  if (typeof value === 'string') return t('a text');
  if (typeof value === 'object') return t('an object');
  return typeof value === 'number' ? t('a number') : t('true or false');
}

function openFile(location: SourceLocation, cause?: unknown): { location: SourceLocation; action: 'open-file'; actionArgument: string; cause?: unknown } {
  return { location, action: 'open-file', actionArgument: location.file, ...(cause === undefined ? {} : { cause }) };
}

function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: offset - lastBreak };
}

function foundAt(text: string, offset: number, length: number): string {
  const found = text.slice(offset, offset + Math.max(length, 1)).trim();
  if (found === '') return offset >= text.trimEnd().length ? t('the end of the file') : t('nothing');
  // A token without its quotes is wrong JSON too, and messages are shown and logged.
  if (/[\p{L}\p{N}]/u.test(found) && looksSecret(keyBefore(text, offset), found)) return MASK;
  return `"${found.length > 30 ? `${found.slice(0, 30)}…` : found}"`;
}

/** The name whose value stands, or should stand, at a place. */
function keyBefore(text: string, offset: number): string {
  return [...text.slice(Math.max(0, offset - 1000), offset).matchAll(/"?([\w.-]+)"?\s*:/g)].at(-1)?.[1] ?? '';
}

/** Own properties only, so that a key called `__proto__` is just a key; the last of equal keys wins, as in LEAN. */
function toJson(node: JsonNode): Json {
  if (node.type === 'object') {
    return Object.fromEntries(
      (node.children ?? []).flatMap((property): [string, Json][] => {
        const [key, value] = property.children ?? [];
        return key === undefined || value === undefined ? [] : [[String(key.value), toJson(value)]];
      }),
    );
  }
  if (node.type === 'array') return (node.children ?? []).map(toJson);
  const value: unknown = node.value;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
