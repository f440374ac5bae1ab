import type { OpenMount } from './mount-table.ts'

interface Step {
  readonly name: string
  readonly fd: number
  readonly mount: OpenMount
}

/** Open directories from the root to the place where a walk stands. Closes those it has opened. */
export class Trail implements Disposable {
  readonly #root: OpenMount
  readonly #close: (fd: number) => void
  readonly #steps: Step[] = []

  constructor(root: OpenMount, close: (fd: number) => void) {
    this.#root = root
    this.#close = close
  }

  get fd(): number {
    return this.#steps.at(-1)?.fd ?? this.#root.fd
  }

  get mount(): OpenMount {
    return this.#steps.at(-1)?.mount ?? this.#root
  }

  /** Path of a name here, in the guest. */
  pathOf(name: string): string {
    return `${this.#steps.map((step) => `/${step.name}`).join('')}/${name}`
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

  /** Back to the root. */
  restart(): void {
    while (this.#steps.length > 0) this.leave()
  }

  [Symbol.dispose](): void {
    this.restart()
  }
}
