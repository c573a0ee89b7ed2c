import { existsSync } from 'node:fs';
import Docker from 'dockerode';
import type { LeanProject } from '../../src/lean/model';
import type { LaunchPlan } from '../../src/lean/plan';
import { socketOf } from '../harness/dockerApi';
import { milliseconds, type Section } from './report';
import { summarize } from './stats';
import type { BenchWorkbench } from './workbench';

const BUDGET = 1.3;
/** The stand-in ends at once: only the way to the start is measured. */
const NOTHING = { 'standin-fault': 'exit-50ms' };

/** A create and a start of the image, and nothing else; milliseconds. */
async function bareStart(docker: Docker, image: string): Promise<number> {
  const before = performance.now();
  const container = await docker.createContainer({ Image: image, Entrypoint: ['sleep', '60'] });
  await container.start();
  const took = performance.now() - before;
  await container.remove({ force: true, v: true });
  return took;
}

/** The same with the mounts and host names that a run of the project needs, and still nothing else. */
async function alikeStart(docker: Docker, plan: LaunchPlan): Promise<number> {
  const mounts: Docker.MountSettings[] = plan.container.mounts
    .filter((mount) => mount.type !== 'bind' || existsSync(mount.source))
    .map((mount) => ({ Type: mount.type, Source: mount.type === 'tmpfs' ? '' : mount.source, Target: mount.target }));
  const HostConfig = { ExtraHosts: [...plan.container.extraHosts], Mounts: mounts };
  const before = performance.now();
  const container = await docker.createContainer({ Image: plan.image, Entrypoint: ['sleep', '60'], HostConfig });
  await container.start();
  const took = performance.now() - before;
  await container.remove({ force: true, v: true });
  return took;
}

/** (a) From the request to the started container, against a bare create + start, taken in turns. */
export async function measureStarts(workbench: BenchWorkbench, dockerHost: string, image: string, projects: readonly LeanProject[], repeats: number): Promise<Section> {
  const docker = new Docker({ socketPath: socketOf(dockerHost) });
  const figures = [];
  const notes: (readonly [string, string])[] = [];
  for (const project of projects) {
    // Not counted: the first of each kind loads modules and warms the daemon's caches.
    const first = await workbench.requestToStart(project, NOTHING);
    await bareStart(docker, image);
    const ours: number[] = [];
    const bare: number[] = [];
    const alike: number[] = [];
    const plan = await workbench.plan(project, NOTHING);
    for (let round = 0; round < repeats; round++) {
      const turns = [
        async () => void ours.push(await workbench.requestToStart(project, NOTHING)),
        async () => void bare.push(await bareStart(docker, image)),
        async () => void alike.push(await alikeStart(docker, plan)),
      ];
      // Who goes first changes, so that none always finds what another left warm.
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
    }
    const [our, their] = [summarize(ours), summarize(bare)];
    figures.push({ what: `${project.language === 'CSharp' ? 'C#' : project.language}: request to container started`, ours: milliseconds(our), against: milliseconds(their), value: our.median / their.median, budget: BUDGET, unit: ' ×' });
    const same = summarize(alike);
    notes.push([`${project.name}: create + start with the same mounts`, `${milliseconds(same)}; ours is ${(our.median / same.median).toFixed(2)} × that`]);
    notes.push([`${project.name}: first start of the session`, `${first.toFixed(0)} ms`]);
  }
  return {
    title: 'From the request to the started container',
    how: `Measured: everything from the request to the engine's word that the container is started: reading lean.json, config.json and the sources anew, looking at the image, deciding the plan, making the output folder with its snapshot of the code, create, attach, start. Compared with a create and a start of the same image through the same API with no mounts, network or other settings, in turns in the same run on the same daemon (${repeats} each).`,
    figures,
    notes,
  };
}
