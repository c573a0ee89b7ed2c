import { CONTAINER, DELIVERED } from './containerPaths';
import { mergeDockerOptions } from './dockerOptions';
import type { PlanFile, PlanUser } from './plan';
import type { PlanInput } from './planInput';
import { looksSecret } from './secrets';

/** What a shell can export. Variables of other names can only reach a container by its create options. */
const SHELL_NAME = /^[A-Za-z_]\w*$/;

/** How a run's environment variables reach it. */
export interface RunEnvironment {
  /** In the container's create options, where `docker inspect` shows them. */
  readonly open: Readonly<Record<string, string>>;
  /** Names of those that look like credentials: they are delivered into the container's memory, as the LEAN config is. */
  readonly secret: readonly string[];
}

/** The variables that a person gives: of the project's config.json, of the settings, of the request; the later win. */
export function givenEnvironment(input: Pick<PlanInput, 'projectConfig' | 'settings' | 'request'>): Readonly<Record<string, string>> {
  const { environment } = mergeDockerOptions(input.settings.docker ?? {}, input.request.docker ?? {});
  return { ...input.projectConfig.docker.environment, ...environment };
}

/** Environment variables of a run, the person's last so that they win. */
export function planEnvironment(input: PlanInput, user: PlanUser): RunEnvironment {
  const given = givenEnvironment(input);
  const secret = Object.entries(given).filter(([key, value]) => SHELL_NAME.test(key) && looksSecret(key, value)).map(([key]) => key);
  const hidden = new Set(secret);
  return {
    open: {
      ...(user.mode === 'host' ? { HOME: CONTAINER.home } : {}),
      ...(input.project.language === 'CSharp'
        ? { DOTNET_NOLOGO: 'true', DOTNET_CLI_TELEMETRY_OPTOUT: 'true' }
        : { PYTHONPYCACHEPREFIX: CONTAINER.pycache }),
      ...Object.fromEntries(Object.entries(given).filter(([key]) => !hidden.has(key))),
    },
    secret,
  };
}

/** What is delivered for variables that look like credentials: references, filled just before the sending. */
export function environmentFile(names: readonly string[]): readonly PlanFile[] {
  if (names.length === 0) return [];
  const environment = Object.fromEntries(names.map((name) => [name, { $secret: `environment:${name}` }]));
  return [{ name: DELIVERED.environment, content: { environment } }];
}
