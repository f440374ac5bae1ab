import { O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_PATH, openFlags, RESOLVE_IN_ROOT } from '../listener/kernel.ts'
import type { Arch } from '../machine/machine-code.ts'
import type { Quick } from '../listener/look-rows.ts'
import { ADDFD_FLAG_SEND, NOTIF_ADDFD } from '../listener/notification-calls.ts'
import { call, copy, jump, jumpIf, type Rows } from '../listener/rows.ts'
import type { Memory, System } from '../listener/system.ts'
import { writeWord } from '../listener/words.ts'

const F_SETFL = 4

/** Rows that open remembered paths, which do not end in a symlink and lead into no mount. */
export class QuickFiles {
  /** struct open_how to look and to read, struct seccomp_notif_addfd, and O_CLOEXEC. */
  readonly #memory: Memory
  readonly #root: number

  /** `root`: descriptor of the root directory. */
  constructor(system: System, root: number, arch: Arch) {
    this.#root = root
    this.#memory = system.allocate(80)
    const { bytes } = this.#memory
    writeWord(bytes, O_PATH | O_CLOEXEC, 0)
    // No file may block the supervisor.
    writeWord(bytes, O_NONBLOCK | O_NOCTTY | O_CLOEXEC | openFlags[arch].largeFile, 24)
    for (const at of [16, 40]) writeWord(bytes, RESOLVE_IN_ROOT, at)
    writeWord(bytes, ADDFD_FLAG_SEND, 56)
    writeWord(bytes, O_CLOEXEC, 72)
  }

  /**
   * Rows from `known` on: go on at `opened` or, for access(2), at `reached`, with a descriptor of
   * the file that `text` names in `done`.
   */
  look({ arch, memory }: Quick, isAccess: (label: string) => Rows): Rows {
    return [
      'known',
      call(arch, 'openat2', { args: [this.#root, memory.text, this.#memory.address, 24], away: 'given' }),
      ...isAccess('reached'),
      jump(memory.zeros, 'opened'),
    ]
  }

  /** Rows that go on if a file can be opened with `flags` in this way. */
  check({ arch, memory }: Quick, label: string): Rows {
    const { directory, largeFile } = openFlags[arch]
    const mask = ~(O_CLOEXEC | O_NOCTTY | O_NONBLOCK | largeFile | directory)
    return [jumpIf(memory.flags, { mask, value: 0 }, label), jump(memory.zeros, 'given'), label]
  }

  /** Rows from `open` on: open the regular file or directory that `text` names to be read. */
  open({ arch, fd, memory }: Quick): Rows {
    const { zeros, text, done, flags, answered } = memory
    const [read, added, closeOnExec] = [24, 48, 72].map((at) => this.#memory.address + at)
    if (read === undefined || added === undefined || closeOnExec === undefined) return []
    return [
      'open',
      call(arch, 'openat2', { args: [this.#root, text, read, 24], away: 'given' }),
      ...['clear flags', 'close given', 'close refused'].map((row) => copy(done, { row, argument: 0 }, 4)),
      copy(done, added + 12, 4),
      copy(memory.id, added, 8),
      copy(zeros, added + 20, 4),
      jumpIf(flags, { mask: O_CLOEXEC, value: 0 }, 'make wait'),
      copy(closeOnExec, added + 20, 4),
      'make wait',
      // Flags of files that are open for reading need no other change.
      jumpIf(flags, { mask: O_NONBLOCK, value: O_NONBLOCK }, 'give'),
      'clear flags',
      call(arch, 'fcntl', { args: [0, F_SETFL, 0] }),
      'give',
      call(arch, 'ioctl', { args: [fd, NOTIF_ADDFD, added], away: 'refused' }),
      'close given',
      call(arch, 'close', { args: [0] }),
      jump(zeros, 'receive'),
      'refused',
      // Such as EMFILE: the limits of the caller hold.
      copy(done, answered + 16, 4),
      'close refused',
      call(arch, 'close', { args: [0] }),
      jump(zeros, 'answer'),
    ]
  }
}
