// A process of its own that serves one daemon with the stand-in image to a whole run of test/run.mjs (or the demo): it
// prints one line of JSON when ready, and stops the daemon when its standard input closes.
import { startDaemon } from './dockerd';
import { loadStandin } from './standin';

async function serve(): Promise<void> {
  const daemon = await startDaemon();
  try {
    const image = await loadStandin(daemon.dockerHost);
    process.stdout.write(`${JSON.stringify({ dockerHost: daemon.dockerHost, image })}\n`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
    await new Promise<void>((resolve) => {
      process.stdin.on('end', resolve).on('close', resolve).resume();
    });
  } finally {
    await daemon.stop();
  }
}

serve().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
