import { WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';
import type { CSharpFiles, PlanInput } from './planInput';

/** Throws what can be known to fail before any container: missing data folder, project file or algorithm. */
export function launchErrors({ workspace, project, files, request }: PlanInput): void {
  if (files.dataFolder === 'missing') {
    throw new WorkbenchError(
      'data-folder-missing',
      t('The data folder {0} does not exist. It is named by "data-folder" in {1}.', workspace.dataFolder, workspace.leanJsonPath),
      { action: 'open-file', actionArgument: workspace.leanJsonPath, location: { file: workspace.leanJsonPath } },
    );
  }
  if (request.name !== undefined && /[\r\n\0]/.test(request.name)) {
    throw new WorkbenchError('bad-request', t('The name of a backtest must be one line.'));
  }
  // Docker cannot say these paths in a mount; LEAN's own files would not survive them either.
  if (/[\r\n\0]/.test(project.folder)) {
    throw new WorkbenchError('bad-request', t("The project's folder has a line break in its name: {0}. Rename it.", JSON.stringify(project.folder)));
  }
  if (project.language !== 'CSharp') return;
  if (files.csharp?.csproj === undefined) {
    throw new WorkbenchError('file-missing', t('The C# project {0} has no .csproj file in {1}. "lean create-project" makes one.', project.name, project.folder), {
      location: { file: project.folder },
    });
  }
  if (files.csharp.algorithmClass === undefined) {
    throw new WorkbenchError('no-algorithm', t('No class in {0} derives from QCAlgorithm, so there is nothing to run.', project.mainFile), {
      location: { file: project.mainFile, line: 1 },
      action: 'open-file',
      actionArgument: project.mainFile,
    });
  }
}

/** Throws `framework-mismatch` when a project asks for another .NET than the image's. */
export function checkFrameworks(input: PlanInput, csharp: CSharpFiles): void {
  const wanted = input.image.targetFramework;
  if (wanted === undefined) return;
  for (const project of [csharp.csproj, ...csharp.referenced]) {
    if (project === undefined || project.targetFrameworks.length === 0 || project.targetFrameworks.includes(wanted)) continue;
    // netstandard runs on every .NET; only libraries have it.
    if (project !== csharp.csproj && project.targetFrameworks.some((name) => name.startsWith('netstandard'))) continue;
    throw new WorkbenchError(
      'framework-mismatch',
      t('{0}.csproj targets {1}, but the image {2} runs {3}. Set <TargetFramework>{3}</TargetFramework>, or choose another image.', project.name, project.targetFrameworks.join(', '), input.image.name, wanted),
      {
        location: { file: project.file, ...(project.targetFrameworkLine === undefined ? {} : { line: project.targetFrameworkLine }) },
        action: 'open-file',
        actionArgument: project.file,
      },
    );
  }
}
