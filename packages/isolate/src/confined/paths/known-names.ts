/**
 * State of a name, as far as it was looked at. `present`: a file that is no symlink. `plain`: it is
 * a regular file or a directory.
 */
export type NameState = 'missing' | 'present' | 'plain'

/** Paths that are remembered. A compiler asks for some thousand. */
const most = 4096

/**
 * States of names by their paths, of which no directory is a symlink. The supervisor performs all
 * changes of names; it says which name changes, wherever that is.
 */
export class KnownNames {
  readonly #states = new Map<string, NameState>()
  readonly #pathsByName = new Map<string, string[]>()

  find(path: string): NameState | undefined {
    return this.#states.get(path)
  }

  note(path: string, state: NameState): void {
    if (!this.#states.has(path)) {
      if (this.#states.size >= most) this.forgetAll()
      const name = path.slice(path.lastIndexOf('/') + 1)
      const paths = this.#pathsByName.get(name)
      if (paths === undefined) this.#pathsByName.set(name, [path])
      else paths.push(path)
    }
    this.#states.set(path, state)
  }

  /** Files with this name have been made, removed or replaced. */
  forget(name: string): void {
    for (const path of this.#pathsByName.get(name) ?? []) this.#states.delete(path)
    this.#pathsByName.delete(name)
  }

  /** A directory has lost its name, or a mount covers something. */
  forgetAll(): void {
    this.#states.clear()
    this.#pathsByName.clear()
  }
}
