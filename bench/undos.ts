/** What has been started, to be stopped in the reverse order. */
export class Undos {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Goes on after a step that fails, and throws the first failure at the end. */
  async undoAll(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }
}

/** Runs `work` and stops, whatever happens, all that it has started. */
export async function withUndos<T>(work: (undos: Undos) => Promise<T>): Promise<T> {
  const undos = new Undos();
  try {
    return await work(undos);
  } finally {
    await undos.undoAll();
  }
}
