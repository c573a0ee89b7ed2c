import { WorkbenchError } from '../base/errors';
import type { CSharpFiles, PlanInput } from './planInput';

/** Throws what can be known to fail before any container: missing data folder, project file or algorithm. */
export function launchErrors({ workspace, project, files, request }: PlanInput): void {
  if (files.dataFolder === 'missing') {
    throw new WorkbenchError(
      'data-folder-missing',
      `The data folder ${workspace.dataFolder} does not exist. It is named by "data-folder" in ${workspace.leanJsonPath}.`,
      { action: 'open-file', actionArgument: workspace.leanJsonPath, location: { file: workspace.leanJsonPath } },
    );
  }
  if (request.name !== undefined && /[\r\n\0]/.test(request.name)) {
    throw new WorkbenchError('bad-request', 'The name of a backtest must be one line.');
  }
  // Docker cannot say these paths in a mount; LEAN's own files would not survive them either.
  if (/[\r\n\0]/.test(project.folder)) {
    throw new WorkbenchError('bad-request', `The project's folder has a line break in its name: ${JSON.stringify(project.folder)}. Rename it.`);
  }
  if (project.language !== 'CSharp') return;
  if (files.csharp?.csproj === undefined) {
    throw new WorkbenchError('file-missing', `The C# project ${project.name} has no .csproj file in ${project.folder}. "lean create-project" makes one.`, {
      location: { file: project.folder },
    });
  }
  if (files.csharp.algorithmClass === undefined) {
    throw new WorkbenchError('no-algorithm', `No class in ${project.mainFile} derives from QCAlgorithm, so there is nothing to run.`, {
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
      `${project.name}.csproj targets ${project.targetFrameworks.join(', ')}, but the image ${input.image.name} runs ${wanted}. Set <TargetFramework>${wanted}</TargetFramework>, or choose another image.`,
      {
        location: { file: project.file, ...(project.targetFrameworkLine === undefined ? {} : { line: project.targetFrameworkLine }) },
        action: 'open-file',
        actionArgument: project.file,
      },
    );
  }
}
