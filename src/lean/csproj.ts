import { WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';

/** What launches need to know of a .csproj. */
export interface CsprojFacts {
  readonly file: string;
  /** File name without `.csproj`: MSBuild's project name. */
  readonly name: string;
  /** Of `TargetFramework` and `TargetFrameworks`; empty when it is inherited. */
  readonly targetFrameworks: readonly string[];
  readonly targetFrameworkLine?: number;
  /** Warning codes of `NoWarn`. */
  readonly noWarn: readonly string[];
  /** Own name of the output; MSBuild takes the project's name when unset. */
  readonly assemblyName?: string;
  /** PackageReferences as written. */
  readonly packages: readonly string[];
  /** Paths as written, relative to the project's folder; backslashes turned. */
  readonly projectReferences: readonly string[];
}

/**
 * Reads a .csproj by a tolerant scan: comments are skipped, entities decoded, conditions ignored.
 * Throws `file-empty` or `file-invalid` when it cannot be a project.
 */
export function parseCsproj(text: string, file: string, name: string): CsprojFacts {
  const location = { file, line: 1, column: 1 };
  if (text.trim() === '') {
    throw new WorkbenchError('file-empty', t('{0}.csproj is empty: expected a <Project> element.', name), { location, action: 'open-file', actionArgument: file });
  }
  // Same length, so that lines stay right.
  const source = text.replace(/<!--[\s\S]*?(?:-->|$)/g, (comment) => comment.replace(/[^\r\n]/g, ' '));
  if (!/<Project[\s>]/.test(source) || !/<\/Project\s*>|<Project\b[^>]*\/>/.test(source)) {
    throw new WorkbenchError('file-invalid', t('{0}.csproj is not an MSBuild project: expected <Project> … </Project>.', name), {
      location,
      action: 'open-file',
      actionArgument: file,
    });
  }
  const frameworks = [...source.matchAll(/<TargetFrameworks?\b[^>]*>([^<]*)</g)];
  const first = frameworks[0];
  const assemblyName = elementTexts(source, 'AssemblyName').find((value) => value !== '' && !value.includes('$('));
  return {
    file,
    name,
    targetFrameworks: frameworks.flatMap((match) => splitList(match[1] ?? '')),
    ...(first === undefined ? {} : { targetFrameworkLine: source.slice(0, first.index).split('\n').length }),
    noWarn: [...new Set(elementTexts(source, 'NoWarn').flatMap((value) => value.replace(/\$\([^)]*\)/g, '').split(/[^A-Za-z0-9]+/)))].filter(Boolean),
    ...(assemblyName === undefined ? {} : { assemblyName }),
    packages: includes(source, 'PackageReference'),
    projectReferences: includes(source, 'ProjectReference').map((path) => path.replaceAll('\\', '/')),
  };
}

/** Whether a package is LEAN's own, which the engine in the image replaces. */
export function isLeanPackage(name: string): boolean {
  return name.toLowerCase().startsWith('quantconnect.');
}

function elementTexts(source: string, element: string): string[] {
  return [...source.matchAll(new RegExp(`<${element}\\b[^>]*>([^<]*)<`, 'g'))].map((match) => decode(match[1] ?? '').trim());
}

function includes(source: string, element: string): string[] {
  return [...source.matchAll(new RegExp(`<${element}\\b[^>]*?\\bInclude\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'g'))]
    .flatMap((match) => splitList(decode(match[1] ?? match[2] ?? '')));
}

function splitList(text: string): string[] {
  return text.split(';').map((part) => part.trim()).filter((part) => part !== '' && !part.includes('$('));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole: string, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name ?? ''] ?? whole;
  });
}
