/** What has to be undone at the end, last thing first. */
export class UndoList {
  readonly #undos: (() => Promise<void>)[] = [];

  add(undo: () => Promise<void>): void {
    this.#undos.push(undo);
  }

  /** Undoes everything, also when a part of it fails; the first failure is thrown at the end. */
  async undoAll(): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    for (let undo = this.#undos.pop(); undo !== undefined; undo = this.#undos.pop()) {
      try {
        await undo();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }
}
