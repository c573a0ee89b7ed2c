// A node:test reporter for test/run.mjs: one JSON line for each finished test, with what failed and what it printed.
export default async function* reporter(source) {
  /** Output of each file since its last finished test; shown with a failure. */
  const printed = new Map();
  for await (const { type, data } of source) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      printed.set(data.file, ((printed.get(data.file) ?? '') + data.message).slice(-4000));
    }
    if (type === 'test:diagnostic' || (type !== 'test:pass' && type !== 'test:fail')) continue;
    const failed = type === 'test:fail';
    const error = data.details?.error;
    const cause = error?.cause ?? error;
    yield `${JSON.stringify({
      name: data.name,
      file: data.file,
      nesting: data.nesting,
      suite: data.details?.type === 'suite',
      skipped: data.skip !== undefined && data.skip !== false,
      todo: data.todo !== undefined && data.todo !== false,
      ms: data.details?.duration_ms,
      failed,
      failure: failed ? (error?.failureType ?? 'failed') : undefined,
      error: failed ? describe(cause) : undefined,
      printed: failed ? printed.get(data.file) : undefined,
    })}\n`;
  }
}

function describe(cause) {
  if (cause === undefined || cause === null) return 'no error given';
  if (typeof cause !== 'object') return String(cause);
  return String(cause.stack ?? cause.message ?? JSON.stringify(cause));
}
