import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  EINVAL,
  ENOENT,
  O_CLOEXEC,
  O_PATH,
  openFlags,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_SYMLINKS,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
} from '../listener/kernel.ts'
import type { Quick } from '../listener/look-rows.ts'
import { call, copy, jump, jumpIf, type Row, type Rows } from '../listener/rows.ts'
import { statLayout } from '../listener/stat-layout.ts'
import type { Memory, System } from '../listener/system.ts'
import { writeWord } from '../listener/words.ts'
import type { Arch } from '../machine/machine-code.ts'
import { rowKind } from '../machine/row-kinds.ts'
import { READ, WRITE } from './permissions.ts'
import type { ShownFiles } from './quick-statuses.ts'

export interface QuickPathOptions {
  readonly arch: Arch
  /** Descriptor of the root directory. */
  readonly root: number
  /** Beginnings of the paths of all mounts. */
  readonly mounts: readonly string[]
  readonly files: ShownFiles
}

/**
 * Rows about absolute paths that are not remembered. Those that may lead into a mount, or that a
 * symlink is part of, are for the handlers.
 */
export class QuickPaths {
  /** struct open_how: to look at a file, and at a symlink itself; a number of 32 bits. */
  readonly #memory: Memory
  readonly #root: number
  readonly #mounts: readonly string[]
  readonly #files: ShownFiles

  constructor(system: System, { arch, root, mounts, files }: QuickPathOptions) {
    this.#root = root
    this.#mounts = mounts
    this.#files = files
    this.#memory = system.allocate(56)
    const { bytes } = this.#memory
    writeWord(bytes, O_PATH | O_CLOEXEC, 0)
    writeWord(bytes, O_PATH | O_CLOEXEC | openFlags[arch].noFollow, 24)
    for (const at of [16, 40]) writeWord(bytes, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, at)
    bytes.writeInt32LE(-EINVAL, 48)
  }

  /** Rows that go on unless the path in `text` may lead into a mount, or is no usual one. */
  check({ memory: { text, textThere, zeros } }: Quick): Rows {
    return [
      { kind: rowKind.normal, args: [text, textThere + 8], away: 'given' },
      ...this.#mounts.flatMap((mount, index) => leaveBelow(mount, `mount ${index}`, { text, zeros })),
    ]
  }

  /** Rows that go on at `opened` or, for access(2), at `reached`, with a descriptor in `done`. */
  look(quick: Quick, isAccess: (label: string) => Rows): Rows {
    const { flags, zeros } = quick.memory
    return [
      ...isAccess('open to reach'),
      jumpIf(flags, { mask: AT_SYMLINK_NOFOLLOW, value: AT_SYMLINK_NOFOLLOW }, 'open link'),
      this.#open(quick, 0),
      jump(zeros, 'opened'),
      'open link',
      this.#open(quick, 24),
      jump(zeros, 'opened'),
      'open to reach',
      this.#open(quick, 0),
      jump(zeros, 'reached'),
    ]
  }

  /** Rows that answer access(2) about the file in `done`, with the mode in `flags`. */
  reach({ arch, memory }: Quick): Rows {
    const { done, flags, stat, zeros } = memory
    const { ino, mode } = statLayout[arch]
    const anyExecute = [0o100, 0o010, 0o001]
    return [
      'reached',
      ...['status of reached', 'close reached'].map((row) => copy(done, { row, argument: 0 }, 4)),
      'status of reached',
      call(arch, 'newfstatat', { args: [0, zeros, stat.address, AT_EMPTY_PATH] }),
      'close reached',
      call(arch, 'close', { args: [0] }),
      copy(zeros, memory.answered + 16, 4),
      // Root may read and write all files, and execute those with a permission for someone.
      jumpIf(flags, { mask: ~(READ | WRITE), value: 0 }, 'answer'),
      { kind: rowKind.mark, args: [stat.address + ino, ...this.#files.marked.place], away: 'given' },
      ...anyExecute.map((bit) => jumpIf(stat.address + mode, { mask: bit, value: bit }, 'answer')),
      jump(zeros, 'given'),
    ]
  }

  /** Rows that answer readlink(2) for a file that is no symlink. */
  readLink(quick: Quick): Rows {
    const { memory, arch } = quick
    return [
      this.#open(quick, 0),
      copy(memory.done, { row: 'close file', argument: 0 }, 4),
      'close file',
      call(arch, 'close', { args: [0] }),
      copy(this.#memory.address + 48, memory.answered + 16, 4),
      jump(memory.zeros, 'answer'),
    ]
  }

  /** Rows that go on at `open` with a regular file, or a directory. Others are for the handlers. */
  lookToOpen(quick: Quick): Rows {
    const { arch, memory } = quick
    const { done, flags, stat, zeros } = memory
    const { mode, ino, dev } = statLayout[arch]
    const { directory } = openFlags[arch]
    const { marked, device } = this.#files
    return [
      this.#open(quick, 0),
      ...['status of unknown', 'close unknown'].map((row) => copy(done, { row, argument: 0 }, 4)),
      'status of unknown',
      call(arch, 'newfstatat', { args: [0, zeros, stat.address, AT_EMPTY_PATH] }),
      'close unknown',
      call(arch, 'close', { args: [0] }),
      jumpIf(stat.address + dev, device, 'in root'),
      jump(zeros, 'given'),
      'in root',
      { kind: rowKind.mark, args: [stat.address + ino, ...marked.place], away: 'given' },
      jumpIf(stat.address + mode, { mask: S_IFMT, value: S_IFDIR }, 'open'),
      jumpIf(flags, { mask: directory, value: directory }, 'given'),
      jumpIf(stat.address + mode, { mask: S_IFMT, value: S_IFREG }, 'open'),
      jump(zeros, 'given'),
    ]
  }

  /** Rows for the error of a look, from `not opened` on. */
  fail({ memory: { done, answered, zeros } }: Quick): Rows {
    return [
      'not opened',
      jumpIf(done, -ENOENT >>> 0, 'no file'),
      jump(zeros, 'given'),
      'no file',
      copy(done, answered + 16, 4),
      jump(zeros, 'answer'),
    ]
  }

  #open({ arch, memory }: Quick, how: number): Row {
    return call(arch, 'openat2', {
      args: [this.#root, memory.text, this.#memory.address + how, 24],
      away: 'not opened',
    })
  }
}

/** Rows that leave paths beginning with another to the handlers, four bytes at a time. */
function leaveBelow(
  path: string,
  label: string,
  { text, zeros }: { readonly text: number; readonly zeros: number },
): Rows {
  const bytes = Buffer.from(path, 'latin1')
  const words = Array.from({ length: Math.ceil(bytes.length / 4) }, (_, index) =>
    bytes.subarray(4 * index, 4 * index + 4),
  )
  return [
    ...words
      .flatMap((word, index): Rows => {
        const [mask, value] = [Buffer.alloc(4), Buffer.alloc(4)]
        mask.fill(0xff, 0, word.length)
        word.copy(value)
        const next = index + 1 === words.length ? 'given' : `${label} ${index}`
        const test = { mask: mask.readInt32LE(), value: value.readInt32LE() }
        return [jumpIf(text + 4 * index, test, next), jump(zeros, `past ${label}`), next]
      })
      .filter((row) => row !== 'given'),
    `past ${label}`,
  ]
}
