import type { ProjectConfig } from './model';
import type { RunRequest } from './request';

export const DEFAULT_IMAGE = 'quantconnect/lean:latest';

export interface ImageChoice {
  readonly name: string;
  /** For people: who chose it. */
  readonly chosenBy: 'the request' | 'config.json of the project' | 'the setting lean.image' | '"lean config"' | 'the default';
}

/**
 * The image of a run: the request's, else `engine-image` of the project, else the workspace's setting, else
 * `engine-image` of `~/.lean/config`, else quantconnect/lean:latest.
 */
export function chooseImage(
  request: Pick<RunRequest, 'image'>,
  projectConfig: Pick<ProjectConfig, 'engineImage'>,
  setting: string | undefined,
  leanCliImage: string | undefined,
): ImageChoice {
  const choices: readonly (readonly [string | undefined, ImageChoice['chosenBy']])[] = [
    [request.image, 'the request'],
    [projectConfig.engineImage, 'config.json of the project'],
    [setting, 'the setting lean.image'],
    [leanCliImage, '"lean config"'],
  ];
  for (const [value, chosenBy] of choices) {
    const name = value?.trim() ?? '';
    if (name !== '') return { name: withTag(name), chosenBy };
  }
  return { name: DEFAULT_IMAGE, chosenBy: 'the default' };
}

/** Docker takes a missing tag for `latest`; said here, so that names compare. */
function withTag(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return last.includes(':') || name.includes('@') ? name : `${name}:latest`;
}
