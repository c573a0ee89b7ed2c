/** What ../dockerEngine loads on first use: everything that needs dockerode. Becomes dist/docker.js. */
export { DockerAdapter } from './adapter';
export { nodeHost } from '../nodeHost';
export { setTranslator } from '../../base/l10n';
