import type { SourceLocation } from '../base/errors';
import type { LaunchPlan } from './plan';

/** What is needed to bring a path in a message back to the person's files. */
export interface SourceContext {
  readonly pathMap: LaunchPlan['pathMap'];
  /** Absolute host folder of the project. */
  readonly projectFolder: string;
  /** Absolute host paths of the project's sources; empty or absent while unknown. LEAN often names a file without its folder. */
  readonly sourceFiles?: readonly string[];
}

/** A place named in a message, as it stands there: container path, host path, or a bare file name. */
export interface Frame {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** Function the frame is in, where said. */
  readonly function?: string;
}

/** A container path as the host's, by the longest matching prefix; undefined when no mount holds it. */
export function toHostPath(path: string, pathMap: SourceContext['pathMap']): string | undefined {
  let best: { readonly container: string; readonly host: string } | undefined;
  for (const entry of pathMap) {
    if (isBelow(path, entry.container) && (best === undefined || entry.container.length > best.container.length)) best = entry;
  }
  if (best === undefined) return undefined;
  const rest = path.slice(trimSlash(best.container).length);
  const host = best.host.replace(/[\\/]+$/, '');
  return host + (isWindowsPath(host) ? rest.replaceAll('/', '\\') : rest);
}

/** Whether `path` is `folder` or lies in it; both separators count, so that Windows hosts work. */
export function isBelow(path: string, folder: string): boolean {
  const base = trimSlash(folder);
  return path === base || (path.startsWith(base) && (path[base.length] === '/' || path[base.length] === '\\'));
}

/** Last part of a path with either separator. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Remembers which full paths were named, and resolves frames to the person's files. */
export class FrameResolver {
  readonly #context: SourceContext;
  readonly #seen = new Map<string, string>();
  #mainFile: string | undefined;

  constructor(context: SourceContext) {
    this.#context = context;
  }

  /** The algorithm's file, as the engine named it. */
  setMainFile(containerPath: string): void {
    this.#mainFile = containerPath;
  }

  /** Notes frames that name whole paths: later bare names with the same line are taken for them. */
  learn(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (!isAbsolute(frame.file)) continue;
      this.#seen.set(`${baseName(frame.file)}:${frame.line ?? 0}`, frame.file);
      if (!this.#seen.has(baseName(frame.file))) this.#seen.set(baseName(frame.file), frame.file);
    }
  }

  /** The frame's place on the host, or undefined when it is none of the person's files. */
  resolve(frame: Frame): SourceLocation | undefined {
    const file = isAbsolute(frame.file) ? this.#hostOf(frame.file) : this.#findBare(frame);
    if (file === undefined) return undefined;
    return {
      file,
      ...(frame.line !== undefined && { line: frame.line }),
      ...(frame.column !== undefined && { column: frame.column }),
    };
  }

  /** The first frame (innermost first) in the person's project, else the first in any folder of theirs. */
  innermost(frames: readonly Frame[]): { readonly location: SourceLocation; readonly frame: Frame } | undefined {
    let other: { readonly location: SourceLocation; readonly frame: Frame } | undefined;
    for (const frame of frames) {
      const location = this.resolve(frame);
      if (location === undefined) continue;
      if (isBelow(location.file, this.#context.projectFolder)) return { location, frame };
      other ??= { location, frame };
    }
    return other;
  }

  #hostOf(path: string): string | undefined {
    const mapped = toHostPath(path, this.#context.pathMap);
    if (mapped !== undefined) return mapped;
    // C# debug information may already name host files (PathMap of the build).
    const known = isBelow(path, this.#context.projectFolder) || this.#context.pathMap.some((entry) => isBelow(path, entry.host));
    return known ? path : undefined;
  }

  #findBare(frame: Frame): string | undefined {
    const name = baseName(frame.file);
    const seen = this.#seen.get(`${name}:${frame.line ?? 0}`);
    if (seen !== undefined) return this.#hostOf(seen);
    const files = this.#context.sourceFiles;
    if (files !== undefined && files.length > 0) {
      const suffix = frame.file.replace(/^\.\//, '');
      const matches = files.filter((file) => baseName(file) === name);
      return matches.find((file) => file.replaceAll('\\', '/').endsWith(`/${suffix}`)) ?? matches[0];
    }
    if (this.#mainFile !== undefined && baseName(this.#mainFile) === name) return this.#hostOf(this.#mainFile);
    const seenElsewhere = this.#seen.get(name);
    if (seenElsewhere !== undefined) return this.#hostOf(seenElsewhere);
    return this.#hostOf(`/LeanCLI/${frame.file.replace(/^\.\//, '')}`);
  }
}

/**
 * The places a message names, innermost first: C# `in /LeanCLI/A.cs:line 8`, Python `File "x.py", line 20, in f`,
 * LEAN's shortened Python ` in main.py: line 20`, and a syntax error's `(main.py, line 6)`.
 */
export function framesIn(lines: readonly string[]): readonly Frame[] {
  const frames: Frame[] = [];
  let functionName: string | undefined;
  for (const line of lines) {
    const said = /^ {2}at (<?[A-Za-z_]\w*>?)$/.exec(line);
    if (said?.[1] !== undefined) {
      functionName = said[1];
      continue;
    }
    const shortened = /^\s*in (\S.*?\.py): line (\d+)/.exec(line);
    if (shortened !== null) {
      frames.push(frameOf(shortened[1], shortened[2], functionName));
      functionName = undefined;
      continue;
    }
    const python = /^\s*File "([^"]+)", line (\d+)(?:, in (\S+))?/.exec(line);
    if (python !== null) {
      frames.push(frameOf(python[1], python[2], python[3]));
      continue;
    }
    const method = /^\s*at ([^\s(]+)\(/.exec(line)?.[1];
    for (const found of line.matchAll(/ in ((?:[A-Za-z]:)?[^:]*?\.(?:cs|fs|vb)):line (\d+)/g)) {
      frames.push(frameOf(found[1]?.slice(found[1].lastIndexOf(' in ') + 1).replace(/^in /, ''), found[2], method?.split('.').at(-1)));
    }
    const syntax = /\(([^()\s][^()]*\.py), line (\d+)\)/.exec(line);
    if (syntax !== null) frames.push(frameOf(syntax[1], syntax[2], undefined));
  }
  return frames;
}

function frameOf(file: string | undefined, line: string | undefined, name: string | undefined): Frame {
  return { file: file ?? '', line: Number(line), ...(name !== undefined && { function: name }) };
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || isWindowsPath(path);
}

function isWindowsPath(path: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(path) || path.startsWith('\\\\');
}

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/[\\/]+$/, '') : path;
}
