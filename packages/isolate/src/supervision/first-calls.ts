import { createRequire } from 'node:module'
import type { KoffiFunc } from 'koffi'
import { hostArch } from '../launcher/start.ts'
import type { Memory } from '../listener/system.ts'
import { loadSystem } from '../listener/system.ts'

/** First report of a listener: a trapped call, or that no process with the filter is left. */
type First = 'call' | 'end'

const EPOLL_CTL_ADD = 1
const EPOLL_CTL_DEL = 2
const EPOLL_CLOEXEC = 0o2000000
const EPOLLIN = 1

/**
 * Waits for the first calls that listeners report, without a thread for each. One thread of Node's
 * pool waits for all of them (epoll(7)).
 */
export class FirstCalls {
  readonly #waiting = new Map<number, (first: First) => void>()
  #epoll: Epoll | undefined
  #isWaiting = false

  /** Resolves when a listener reports something. The descriptor stays open. */
  of(fd: number): Promise<First> {
    this.#epoll ??= openEpoll()
    this.#epoll.control(EPOLL_CTL_ADD, fd)
    return new Promise((resolve) => {
      this.#waiting.set(fd, resolve)
      if (!this.#isWaiting) this.#wait()
    })
  }

  #wait(): void {
    this.#isWaiting = true
    this.#epoll?.wait((event) => {
      this.#isWaiting = false
      if (event !== undefined) {
        this.#epoll?.control(EPOLL_CTL_DEL, event.fd)
        this.#waiting.get(event.fd)?.(event.first)
        this.#waiting.delete(event.fd)
      }
      if (this.#waiting.size > 0) this.#wait()
    })
  }
}

interface Epoll {
  control(operation: number, fd: number): void
  /** Calls back with one event; with none when a signal came in between. */
  wait(done: (event: { readonly fd: number; readonly first: First } | undefined) => void): void
}

function openEpoll(): Epoll {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
  const library = koffi.load(null)
  const create = library.func('int epoll_create1(int flags)')
  const control = library.func('int epoll_ctl(int epoll, int operation, int fd, int64_t event)')
  const wait: KoffiFunc<(...args: number[]) => number> = library.func(
    'int epoll_wait(int epoll, int64_t events, int count, int milliseconds)',
  )
  const { allocate } = loadSystem(hostArch())
  const [added, found]: readonly [Memory, Memory] = [allocate(16), allocate(16)]
  // struct epoll_event is packed on x86-64.
  const dataOffset = hostArch() === 'x64' ? 4 : 8
  const epoll: number = create(EPOLL_CLOEXEC)
  return {
    control: (operation, fd) => {
      added.bytes.writeUInt32LE(EPOLLIN, 0)
      added.bytes.writeInt32LE(fd, dataOffset)
      control(epoll, operation, fd, added.address)
    },
    wait: (done) =>
      wait.async(epoll, found.address, 1, -1, (_: unknown, count: number) => {
        const isCall = (found.bytes.readUInt32LE(0) & EPOLLIN) !== 0
        done(count === 1 ? { fd: found.bytes.readInt32LE(dataOffset), first: isCall ? 'call' : 'end' } : undefined)
      }),
  }
}
