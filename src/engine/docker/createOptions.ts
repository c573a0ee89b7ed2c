import { FALLBACK_DELIVERY_FOLDER, type LaunchPlan, type PlanMount } from '../../lean/plan';
import type { CreateOptions, HostConfig, MountSettings } from './client';

/** What creating a container depends on besides its plan. */
export interface CreateContext {
  /** See `chooseNetwork`. */
  readonly network: string;
  /** Host folder that holds the delivery, when standard input is not used. */
  readonly deliveryFolder?: string | undefined;
  /** The engine's default log driver can be read back. */
  readonly logsReadable: boolean;
  readonly selinux: boolean;
}

/**
 * The engine's create options for a plan. Binds go as mounts, because the older form lets the daemon make missing folders as root.
 * The container is never removed by the engine itself: its last lines would go with it.
 */
export function createOptions(plan: LaunchPlan, context: CreateContext): CreateOptions {
  const { container } = plan;
  const ports = container.ports.map((port) => ({ key: `${port.containerPort}/${port.protocol}`, port }));
  return {
    name: container.name,
    Image: plan.image,
    Hostname: container.hostname,
    Labels: { ...container.labels },
    Entrypoint: [...container.entrypoint],
    Cmd: [],
    WorkingDir: container.workingDirectory,
    Env: Object.entries(container.environment).map(([key, value]) => `${key}=${value}`),
    // The start script prepares as root, then switches to the person; an image's own user could not.
    ...(plan.user.mode === 'host' ? { User: '0:0' } : {}),
    Tty: false,
    OpenStdin: context.deliveryFolder === undefined,
    StdinOnce: context.deliveryFolder === undefined,
    AttachStdin: context.deliveryFolder === undefined,
    AttachStdout: true,
    AttachStderr: true,
    StopSignal: container.stopSignal,
    ...(ports.length > 0 ? { ExposedPorts: Object.fromEntries(ports.map(({ key }) => [key, {}])) } : {}),
    HostConfig: hostConfig(plan, context, ports),
  };
}

function hostConfig(plan: LaunchPlan, context: CreateContext, ports: readonly { readonly key: string; readonly port: LaunchPlan['container']['ports'][number] }[]): HostConfig {
  const { container } = plan;
  const { cpus, memoryBytes } = container.limits;
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { key, port } of ports) (bindings[key] ??= []).push({ HostIp: port.hostIp, HostPort: String(port.hostPort) });
  const mounts = container.mounts.map(mountSettings);
  if (context.deliveryFolder !== undefined) mounts.push({ Type: 'bind', Source: context.deliveryFolder, Target: FALLBACK_DELIVERY_FOLDER, ReadOnly: true });
  return {
    AutoRemove: false,
    NetworkMode: context.network,
    Mounts: mounts,
    ...(ports.length > 0 ? { PortBindings: bindings } : {}),
    ...(container.extraHosts.length > 0 ? { ExtraHosts: [...container.extraHosts] } : {}),
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    // Without the second number the engine grants as much swap again, and the limit is not what was asked for.
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(container.deviceRequests.length > 0 ? { DeviceRequests: container.deviceRequests.map((request) => ({ ...request })) } : {}),
    ...(context.logsReadable ? {} : { LogConfig: { Type: 'json-file', Config: {} } }),
    // Relabelling would change a person's files for good; without either, SELinux hides every bind.
    ...(context.selinux ? { SecurityOpt: ['label=disable'] } : {}),
  };
}

function mountSettings(mount: PlanMount): MountSettings {
  if (mount.type === 'tmpfs') {
    return { Type: 'tmpfs', Source: '', Target: mount.target, TmpfsOptions: { SizeBytes: mount.sizeBytes, Mode: mount.mode } };
  }
  return { Type: mount.type, Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly };
}
