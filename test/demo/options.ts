import { parseArgs } from 'node:util';
import { resolve } from 'node:path';

/** Something a person can mend; shown without a stack. */
export class DemoError extends Error {
  override name = 'DemoError';
}

/** What `npm run demo -- …` says. */
export interface DemoOptions {
  /** Absolute path; the demo takes the picture and ends. */
  readonly screenshot: string | undefined;
  readonly theme: Theme;
  /** Undefined: any free one. */
  readonly port: number | undefined;
  /** The person's own Docker and image instead of a private daemon and the stand-in. */
  readonly realDocker: boolean;
  readonly help: boolean;
}

/** VS Code's own themes. */
export const THEMES = { dark: 'Default Dark Modern', light: 'Default Light Modern', 'high-contrast': 'Default High Contrast' } as const;
export type Theme = keyof typeof THEMES;

export const USAGE = `npm run demo -- [options]
  --port N                            listen on 127.0.0.1:N (default: any free port)
  --theme dark|light|high-contrast    colour theme (default: dark)
  --screenshot FILE                   run a backtest in a headless browser, save a PNG, end
  --real-docker                       your own Docker and LEAN image instead of the stand-in
  --help`;

/** Reads the command line; throws a DemoError that names what is wrong. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const values = readValues(args);
  const theme = values.theme ?? 'dark';
  if (!isTheme(theme)) throw new DemoError(`There is no theme '${theme}'; choose one of ${Object.keys(THEMES).join(', ')}.\n${USAGE}`);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) throw new DemoError(`--port takes a number from 1 to 65535, not '${values.port ?? ''}'.\n${USAGE}`);
  return {
    screenshot: values.screenshot === undefined ? undefined : resolve(values.screenshot),
    theme,
    port,
    realDocker: values['real-docker'] ?? false,
    help: values.help ?? false,
  };
}

function readValues(args: readonly string[]): { readonly screenshot?: string; readonly theme?: string; readonly port?: string; readonly 'real-docker'?: boolean; readonly help?: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: { screenshot: { type: 'string' }, theme: { type: 'string' }, port: { type: 'string' }, 'real-docker': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    throw new DemoError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function isTheme(name: string): name is Theme {
  return Object.hasOwn(THEMES, name);
}
