import { EINVAL, ENOENT } from '../../listener/kernel.ts'
import type { Memory, System } from '../../listener/system.ts'
import { hashText, slotSize } from '../../machine/row-kinds.ts'

/**
 * State of a path, as far as it was looked at. `present`: a file that is no symlink. `plain`: it is
 * a regular file or a directory. `leads`: the path leads to one, through symlinks or `..`.
 */
export type NameState = 'missing' | 'present' | 'plain' | 'leads'

/** A power of two. */
const count = 16384

/** Second half of the word of a slot. */
export const slotState: Readonly<Record<NameState, number>> = { present: 1, missing: 2, plain: 3, leads: 4 }

/**
 * The states of paths where rows find them, as far as there are slots. The first half of a slot's
 * word is the error of readlink(2), but for a path that leads to a file.
 */
export class NameSlots {
  readonly #memory: Memory
  readonly #start: number

  constructor(system: System) {
    this.#memory = system.allocate((count + 2) * slotSize)
    this.#start = 2 * slotSize - (this.#memory.address % (2 * slotSize))
  }

  /** Arguments of a row of the kind `find`. */
  get place(): readonly [slots: number, mask: number] {
    return [this.#memory.address + this.#start, count - 1]
  }

  set(path: string, state: NameState): void {
    if (path.length >= slotSize - 8) return
    const { bytes } = this.#memory
    const places = this.#places(path)
    const at = places.find((place) => this.#has(place, path)) ?? places.find((place) => bytes[place + 8] === 0)
    const slot = at ?? places[path.length % 2] ?? this.#start
    bytes.writeInt32LE(state === 'missing' ? -ENOENT : -EINVAL, slot)
    bytes.writeInt32LE(slotState[state], slot + 4)
    bytes.write(`${path}\0`, slot + 8, 'latin1')
  }

  clear(path: string): void {
    for (const place of this.#places(path)) if (this.#has(place, path)) this.#memory.bytes[place + 8] = 0
  }

  #places(path: string): readonly number[] {
    const index = hashText(path) % count
    return [index, index ^ 1].map((one) => this.#start + one * slotSize)
  }

  #has(place: number, path: string): boolean {
    return this.#memory.bytes.toString('latin1', place + 8, place + 9 + path.length) === `${path}\0`
  }
}
