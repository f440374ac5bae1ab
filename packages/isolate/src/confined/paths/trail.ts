import type { Root } from './location.ts'
import type { OpenMount } from './mount-table.ts'

interface Step {
  readonly name: string
  readonly fd: number
  readonly mount: OpenMount
}

/** Open directories from a root to the place where a walk stands. Closes those it has opened. */
export class Trail implements Disposable {
  readonly #close: (fd: number) => void
  readonly #steps: Step[] = []
  #root: Root

  constructor(root: Root, close: (fd: number) => void) {
    this.#root = root
    this.#close = close
  }

  get fd(): number {
    return this.#steps.at(-1)?.fd ?? this.#root.fd
  }

  get mount(): OpenMount {
    return this.#steps.at(-1)?.mount ?? this.#root.mount
  }

  get isAtRoot(): boolean {
    return this.#steps.length === 0
  }

  /** Path of a name here, in the guest. */
  pathOf(name: string): string {
    return `${this.#root.path}${this.#steps.map((step) => `/${step.name}`).join('')}/${name}`
  }

  /** Takes over the descriptor of a directory here. */
  enter(name: string, fd: number): void {
    this.#steps.push({ name, fd, mount: this.mount })
  }

  enterMount(name: string, mount: OpenMount): void {
    this.#steps.push({ name, fd: mount.fd, mount })
  }

  /** One directory up; the root is above itself. */
  leave(): void {
    const step = this.#steps.pop()
    if (step !== undefined && step.fd !== step.mount.fd) this.#close(step.fd)
  }

  /** Back to the root, or to another one. */
  restart(root: Root = this.#root): void {
    while (this.#steps.length > 0) this.leave()
    this.#root = root
  }

  [Symbol.dispose](): void {
    this.restart()
  }
}
