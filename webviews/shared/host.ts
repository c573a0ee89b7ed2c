/** What VS Code gives a page, once. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** The page's side of the typed conversation with its panel. */
export interface Host<In, Out, State> {
  post(message: Out): void;
  /** Messages in order; register before posting `ready`. */
  onMessage(listener: (message: In) => void): void;
  /** What the page remembers over hiding and reloading. */
  readonly state: Partial<State>;
  remember(change: Partial<State>): void;
}

/** Connects the page; call once. */
export function connectHost<In extends { readonly type: string }, Out, State extends object>(): Host<In, Out, State> {
  const api = acquireVsCodeApi();
  const known = api.getState();
  let state: Partial<State> = typeof known === 'object' && known !== null ? known : {};
  return {
    post: (message) => api.postMessage(message),
    onMessage: (listener) => {
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        const { data } = event;
        if (typeof data === 'object' && data !== null && 'type' in data && typeof data.type === 'string') listener(data as In);
      });
    },
    get state() {
      return state;
    },
    remember: (change) => {
      state = { ...state, ...change };
      api.setState(state);
    },
  };
}
