import * as z from 'zod/mini';
import type { JsonObject } from '../base/json';
import { t } from '../base/l10n';
import { parseJsonObject, wrongValue } from './jsonFile';
import type { ProjectConfig } from './model';

// LEAN reads every parameter as text; people and older tools write numbers and booleans too.
const scalarText = z.pipe(
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
  z.transform((value) => (value === null ? '' : String(value))),
);
const texts = z.record(z.string(), scalarText);
const optionalText = z.optional(z.nullable(z.string()));
// Ids are numbers in files of `lean`, text in files that passed through other tools.
const id = z.optional(
  z.nullable(z.pipe(z.union([z.number(), z.string().check(z.regex(/^-?\d+$/))]), z.transform((value) => Number(value)))),
);

const schema = z.object({
  'algorithm-language': z.optional(z.nullable(z.string().check(z.regex(/^(python|csharp)$/i)))),
  parameters: z.optional(z.nullable(texts)),
  description: optionalText,
  'cloud-id': id,
  'local-id': id,
  'engine-image': optionalText,
  'python-venv': optionalText,
  libraries: z.optional(z.nullable(z.array(z.object({ name: z.optional(z.string()), path: z.string() })))),
  docker: z.optional(
    z.nullable(z.object({ environment: z.optional(z.nullable(texts)), ports: z.optional(z.nullable(texts)) })),
  ),
});

/** What each key must be, for messages. */
const expectedWords = (): Readonly<Record<string, string>> => ({
  'algorithm-language': t('"Python" or "CSharp"'),
  parameters: t('an object of parameters: name → text or number'),
  description: t('a text'),
  'cloud-id': t('a whole number'),
  'local-id': t('a whole number'),
  'engine-image': t('a text: the name of an image'),
  'python-venv': t('a text: the path of a virtual environment in the image'),
  libraries: t('a list of { "name": …, "path": … }'),
  docker: t('an object with "environment" and "ports", each name → text or number'),
});

/** What a project without a config.json is taken to say. */
export const EMPTY_PROJECT_CONFIG: ProjectConfig = {
  parameters: {},
  libraries: [],
  docker: { environment: {}, ports: {} },
  raw: {},
};

/**
 * Parses the text of a project's config.json. Comments and trailing commas are fine; unknown keys stay in `raw`.
 * Throws `file-empty` or `file-invalid` with line, column and what was expected; the file is never changed.
 */
export function parseProjectConfig(text: string, file: string): ProjectConfig {
  const document = parseJsonObject(text, file, 'config.json');
  const result = schema.safeParse(document.value);
  if (!result.success) {
    const path = (result.error.issues[0]?.path ?? []).filter((part): part is string | number => typeof part !== 'symbol');
    const expected = path.length > 1 && path[0] !== 'libraries' ? t('a text or a number') : expectedWords()[String(path[0])];
    throw wrongValue(document, 'config.json', path, expected ?? t('something else'));
  }
  return fromParsed(result.data, document.value);
}

function fromParsed(data: z.infer<typeof schema>, raw: JsonObject): ProjectConfig {
  const language = data['algorithm-language']?.toLowerCase();
  const image = data['engine-image']?.trim() ?? '';
  const venv = data['python-venv'] ?? '';
  return {
    ...(language === undefined ? {} : { algorithmLanguage: language === 'python' ? ('Python' as const) : ('CSharp' as const) }),
    parameters: data.parameters ?? {},
    ...(typeof data.description === 'string' ? { description: data.description } : {}),
    ...(typeof data['cloud-id'] === 'number' ? { cloudId: data['cloud-id'] } : {}),
    ...(typeof data['local-id'] === 'number' ? { localId: data['local-id'] } : {}),
    ...(image === '' ? {} : { engineImage: image }),
    libraries: (data.libraries ?? []).map(({ name, path }) => ({ name: name ?? lastPart(path), path })),
    docker: { environment: data.docker?.environment ?? {}, ports: data.docker?.ports ?? {} },
    ...(venv === '' ? {} : { pythonVenv: venv }),
    raw,
  };
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}
