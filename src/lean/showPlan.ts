import { fillSecrets, type LaunchPlan, type PlanMount } from './plan';
import { looksSecret, MASK } from './secrets';
import type { Json } from '../base/json';
import { t } from '../base/l10n';
import { purposeWord } from './planWords';

/**
 * A copy of a plan that may be shown and kept: secrets of the environment and of parameters are masked.
 * (lean.json's secrets never stand in a plan; they are references.)
 */
export function maskPlanForDisplay(plan: LaunchPlan): LaunchPlan {
  const maskTexts = (texts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, looksSecret(key, value) ? MASK : value]));
  // "key" alone is a fine name for a parameter ("key-level"), so only surer words count there.
  const parameters = Object.fromEntries(
    Object.entries(plan.parameters).map(([key, value]) => [key, /token|secret|password|passphrase|api[-_]?key/i.test(key) && value !== '' ? MASK : value]),
  );
  const leanConfig = plan.leanConfig['parameters'] === undefined ? plan.leanConfig : { ...plan.leanConfig, parameters };
  return {
    ...plan,
    parameters,
    container: { ...plan.container, environment: maskTexts(plan.container.environment) },
    leanConfig,
    files: plan.files.map((file) => (file.name === 'config.json' ? { ...file, content: { json: leanConfig } } : file)),
  };
}

/** The plan as a readable Markdown document, secrets masked, for "Show Launch Plan". */
export function showPlan(original: LaunchPlan): string {
  const plan = maskPlanForDisplay(original);
  const { container } = plan;
  const sections: readonly (readonly [title: string, body: string])[] = [
    [t('What runs'), facts(plan)],
    [t('Mounts'), table([t('In the container'), t('From'), t('Access'), t('Purpose')], container.mounts.map(mountRow))],
    [t('Environment'), pairs([...Object.entries(container.environment), ...secretVariables(plan)], t('None beyond the image’s own.'))],
    [t('Ports'), container.ports.length === 0
      ? t('None.')
      : table([t('In the container'), t('On this machine')], container.ports.map((port) => [`${port.containerPort}/${port.protocol}`, `${port.hostIp}:${port.hostPort === 0 ? t('any free port') : port.hostPort}`]))],
    [t('Parameters'), pairs(Object.entries(plan.parameters), t('None.'))],
    [t('Output'), pairs([[t('Folder'), plan.output.folder], [t('Code snapshot'), plan.output.code.to], [t('Algorithm id'), plan.algorithmId]], '')],
    [t('LEAN config'), `${secretNote(plan)}${fence('json', JSON.stringify(fillSecrets(plan.leanConfig, () => MASK), undefined, 2))}`],
    ...plan.files.flatMap((file): (readonly [string, string])[] =>
      'text' in file.content ? [[t('Delivered: {0}', file.name), fence(languageOf(file.name), file.content.text.trimEnd())]] : []),
    [t('Labels'), pairs(Object.entries(container.labels), t('None.'))],
  ];
  return `# ${t('Launch plan: {0}', inline(plan.projectName))}\n\n${sections.map(([title, body]) => `## ${title}\n\n${body}\n`).join('\n')}`;
}

function facts(plan: LaunchPlan): string {
  const { container, user } = plan;
  const { cpus, memoryBytes } = container.limits;
  return pairs(
    [
      [t('Project'), plan.projectFolder],
      [t('Language'), plan.language === 'CSharp' ? 'C#' : 'Python'],
      ...(plan.backtestName === undefined ? [] : [[t('Name'), plan.backtestName] as const]),
      [t('Image'), plan.image],
      [t('Container'), container.name],
      [t('Working directory'), container.workingDirectory],
      [t('Runs as'), user.mode === 'host' ? t('user {0}, group {1}', user.uid, user.gid) : t('the container’s own user')],
      [t('Network'), [container.network, ...container.extraHosts].join(', ')],
      [t('Processors'), cpus === undefined ? t('no limit') : String(cpus)],
      [t('Memory'), memoryBytes === undefined ? t('no limit') : `${(memoryBytes / 1024 ** 2).toFixed(0)} MB`],
      ...(container.deviceRequests.length === 0 ? [] : [[t('Devices'), JSON.stringify(container.deviceRequests)] as const]),
      [t('Stop signal'), container.stopSignal],
    ],
    '',
  );
}

function mountRow(mount: PlanMount): string[] {
  if (mount.type === 'tmpfs') return [mount.target, t('memory'), t('root only'), t('config and start script')];
  const access = mount.readOnly ? t('read') : t('read and write');
  return mount.type === 'volume' ? [mount.target, t('volume {0}', mount.source), access, t('cache')] : [mount.target, mount.source, access, purposeWord(mount.purpose)];
}

/** Variables that are delivered, not set on the container. */
function secretVariables(plan: LaunchPlan): (readonly [string, string])[] {
  return plan.files.flatMap(({ content }) => ('environment' in content ? Object.keys(content.environment).map((name) => [name, MASK] as const) : []));
}

function secretNote(plan: LaunchPlan): string {
  const names: string[] = [];
  fillSecrets(plan.leanConfig, (name): Json => {
    names.push(name);
    return null;
  });
  if (names.length === 0) return '';
  return `${t('{0} stands for values that are filled in just before the start and never kept: {1}.', MASK, names.map((name) => inline(name)).join(', '))}\n\n`;
}

function pairs(rows: readonly (readonly [string, string])[], none: string): string {
  return rows.length === 0 ? none : table(['', ''], rows.map(([name, value]) => [name, value]), true);
}

function table(head: readonly string[], rows: readonly (readonly string[])[], plainFirst = false): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map((cells) => line(cells.map((cell, index) => (plainFirst && index === 0 && /^[\w .#-]+$/.test(cell) ? cell : inline(cell))))),
  ].join('\n');
}

/** Code text in a table cell or line: no Markdown or HTML of a name is ever read as such. */
function inline(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ').replaceAll('|', '\\|');
  const ticks = longestRun(line) + 1;
  const mark = '`'.repeat(ticks);
  return line.trim() === '' ? '` `' : ticks > 1 ? `${mark} ${line} ${mark}` : `${mark}${line}${mark}`;
}

function fence(language: string, text: string): string {
  const mark = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${mark}${language}\n${text}\n${mark}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
}

function languageOf(name: string): string {
  const languages: Readonly<Record<string, string>> = { sh: 'bash', py: 'python', props: 'xml', targets: 'xml' };
  return languages[name.split('.').at(-1) ?? ''] ?? 'text';
}
