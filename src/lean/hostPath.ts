import { posix, win32, type PlatformPath } from 'node:path';

/** The path rules of a host, so that a plan for Windows can be made (and tested) anywhere. */
export function pathsOf(platform: string): PlatformPath {
  return platform === 'win32' ? win32 : posix;
}

/** Whether `child` is `parent` or lies below it. Both absolute. */
export function isInside(paths: PlatformPath, parent: string, child: string): boolean {
  const relative = paths.relative(parent, child);
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${paths.sep}`) && !paths.isAbsolute(relative));
}

/** A path below `root` with forward slashes, as containers see it; empty for the root itself. */
export function relativePosix(paths: PlatformPath, root: string, path: string): string {
  return paths.relative(root, path).split(paths.sep).join('/');
}
