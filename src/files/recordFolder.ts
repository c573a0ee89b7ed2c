/** Our hidden folder in a run's output, so that tools which look through outputs, `lean`'s own too, take it for nothing. */
export const RECORD_FOLDER = '.lean-workbench';
