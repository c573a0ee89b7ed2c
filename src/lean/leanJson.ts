import { isJsonObject, type JsonObject } from '../base/json';
import { t } from '../base/l10n';
import { pathsOf } from './hostPath';
import { missingFileError, parseJsonObject, wrongValue, type JsonDocument } from './jsonFile';
import type { WorkbenchError } from '../base/errors';

/**
 * Parses the text of a lean.json. Throws `file-empty` or `file-invalid` with line and column; values that a
 * launch depends on are checked, all others are LEAN's business. The value may hold secrets: never log it.
 */
export function parseLeanJson(text: string, file: string): JsonObject {
  return parseLeanDocument(text, file).value;
}

/** As {@link parseLeanJson}, with a way back to the lines. */
export function parseLeanDocument(text: string, file: string): JsonDocument {
  const document = parseJsonObject(text, file, 'lean.json');
  const { value } = document;
  const dataFolder = value['data-folder'];
  if (dataFolder !== undefined && typeof dataFolder !== 'string') {
    throw wrongValue(document, 'lean.json', ['data-folder'], t('a text: the path of the data folder'));
  }
  const environments = value['environments'];
  if (environments !== undefined) {
    if (!isJsonObject(environments)) throw wrongValue(document, 'lean.json', ['environments'], t('an object: name → settings'));
    for (const [name, settings] of Object.entries(environments)) {
      if (!isJsonObject(settings)) throw wrongValue(document, 'lean.json', ['environments', name], t('an object of settings'));
    }
  }
  return document;
}

/** The error for a workspace whose lean.json is gone. */
export function leanJsonMissing(file: string, cause?: unknown): WorkbenchError {
  return missingFileError(file, 'lean.json', t('A LEAN workspace needs one; "lean init" makes it.'), cause);
}

/**
 * The absolute data folder: `data-folder` of lean.json, relative to the workspace folder; `data` when unset.
 * @param platform whose path rules count; this process's by default
 */
export function dataFolderOf(config: JsonObject, workspaceFolder: string, platform: string = process.platform): string {
  const value = config['data-folder'];
  const folder = typeof value === 'string' && value.trim() !== '' ? value : 'data';
  return pathsOf(platform).resolve(workspaceFolder, folder);
}
