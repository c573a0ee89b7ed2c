/** Something made at the first call; later calls get the same. A making that failed is tried again. */
export interface Lazy<T> {
  (): Promise<T>;
  /** What was made, if it was. */
  readonly made: T | undefined;
}

/** Puts off `make` until the first call. */
export function lazily<T>(make: () => Promise<T>): Lazy<T> {
  let pending: Promise<T> | undefined;
  let made: T | undefined;
  const get = (): Promise<T> => {
    pending ??= make().then(
      (value) => {
        made = value;
        return value;
      },
      (error: unknown) => {
        pending = undefined;
        throw error;
      },
    );
    return pending;
  };
  return Object.defineProperty(get, 'made', { get: () => made }) as Lazy<T>;
}
