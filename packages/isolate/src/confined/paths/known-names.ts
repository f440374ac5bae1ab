import type { NameSlots, NameState } from './name-slots.ts'

/** Paths that are remembered. A compiler asks for some thousand. */
const most = 4096

/**
 * States of names by their paths. The supervisor performs all changes of names; it says which name
 * changes, wherever that is.
 */
export class KnownNames {
  readonly #states = new Map<string, NameState>()
  readonly #pathsByName = new Map<string, string[]>()
  readonly #slots: NameSlots

  /** `slots`: where the states are known as well. */
  constructor(slots: NameSlots) {
    this.#slots = slots
  }

  find(path: string): NameState | undefined {
    const state = this.#states.get(path)
    // Rows have not found it: its slot is another's.
    if (state !== undefined) this.#slots.set(path, state)
    return state
  }

  /** `name`: the one by which the state is forgotten. */
  note(path: string, state: NameState, name: string = lastName(path)): void {
    if (!this.#states.has(path)) {
      if (this.#states.size >= most) this.forgetAll()
      const paths = this.#pathsByName.get(name)
      if (paths === undefined) this.#pathsByName.set(name, [path])
      else paths.push(path)
    }
    this.#states.set(path, state)
    this.#slots.set(path, state)
  }

  /** Files with this name have been made, removed or replaced. */
  forget(name: string): void {
    for (const path of this.#pathsByName.get(name) ?? []) {
      this.#states.delete(path)
      this.#slots.clear(path)
    }
    this.#pathsByName.delete(name)
  }

  /** A directory or a symlink has lost its name, or a mount covers something. */
  forgetAll(): void {
    for (const path of this.#states.keys()) this.#slots.clear(path)
    this.#states.clear()
    this.#pathsByName.clear()
  }
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
