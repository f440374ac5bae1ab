import type { MarkedInodes } from '../ledger/marked-inodes.ts'
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } from '../listener/kernel.ts'
import type { Quick } from '../listener/look-rows.ts'
import { NOTIF_ID_VALID } from '../listener/notification-calls.ts'
import { call, copy, jump, jumpIf, type Rows } from '../listener/rows.ts'
import { statLayout } from '../listener/stat-layout.ts'
import type { Memory, System } from '../listener/system.ts'
import { writeWord } from '../listener/words.ts'
import { rowKind } from '../machine/row-kinds.ts'
import { callNumber } from './trapped.ts'

/** The files whose status rows may show. */
export interface ShownFiles {
  /** Files that are not what the kernel shows: in the ledger, or below a mount. */
  readonly marked: MarkedInodes
  /** Device number of the root directory. */
  readonly device: number
  /** The supervisor's own ids, which the guest sees as 0. */
  readonly uid: number
  readonly gid: number
}

/** A structure with a status, by the addresses of its parts. */
interface Form {
  readonly label: string
  /** Numbers of 32 bits that all files in the root directory share. */
  readonly device: readonly (readonly [address: number, value: number])[]
  readonly inode: number
  readonly uid: number
  readonly gid: number
  /** struct iovec here and there, and the argument with the address there. */
  readonly here: number
  readonly there: number
  readonly result: number
  readonly size: number
}

/** struct statx and its flags (statx(2)). */
const statx = { size: 256, uid: 20, gid: 24, ino: 32, devMajor: 136, devMinor: 140 } as const
const STATX_BASIC_STATS = 0x7ff
const AT_NO_AUTOMOUNT = 0x800

/** Rows that show the status of a file as struct stat or struct statx. */
export class QuickStatuses {
  readonly #files: ShownFiles
  /** struct statx, and two struct iovec for it. */
  readonly #memory: Memory

  constructor(system: System, files: ShownFiles) {
    this.#files = files
    this.#memory = system.allocate(statx.size + 32)
    const { bytes, address } = this.#memory
    writeWord(bytes, address, statx.size)
    for (const at of [8, 24]) writeWord(bytes, statx.size, statx.size + at)
  }

  /** Rows that read the arguments of statx(2), and go on if rows can answer it. */
  readArguments({ memory }: Quick): Rows {
    const { zeros, flags } = memory
    const mask = memory.argument(3)
    return [
      copy(memory.argument(1), memory.textThere, 8),
      copy(memory.argument(2), flags, 4),
      copy(mask, { row: 'statx of opened', argument: 3 }, 4),
      jumpIf(flags, { mask: ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT), value: 0 }, 'known flags'),
      jump(zeros, 'given'),
      'known flags',
      jumpIf(mask, { mask: STATX_BASIC_STATS, value: STATX_BASIC_STATS }, 'full mask'),
      jump(zeros, 'given'),
      'full mask',
    ]
  }

  /** Rows that close the file in `done` and show its status. They begin at `opened`. */
  showOpened(quick: Quick): Rows {
    const { arch, memory } = quick
    const { zeros, done, stat } = memory
    const { address } = this.#memory
    const close = (label: string): Rows => [label, call(arch, 'close', { args: [0] })]
    const isStatx = (label: string): Rows => [jumpIf(memory.number, callNumber(arch, 'statx') ?? -1, label)]
    return [
      'opened',
      ...['status of opened', 'statx of opened', 'close opened', 'close unseen'].map((row) =>
        copy(done, { row, argument: 0 }, 4),
      ),
      ...isStatx('statx of opened'),
      'status of opened',
      call(arch, 'newfstatat', { args: [0, zeros, stat.address, AT_EMPTY_PATH], away: 'close unseen' }),
      jump(zeros, 'close opened'),
      'statx of opened',
      call(arch, 'statx', { args: [0, zeros, AT_EMPTY_PATH, 0, address], away: 'close unseen' }),
      ...close('close opened'),
      ...isStatx('found statx'),
      jump(zeros, 'found'),
      ...close('close unseen'),
      jump(zeros, 'given'),
    ]
  }

  /** Rows from `found` and `found statx` on: give the status to the caller. */
  show(quick: Quick): Rows {
    const { arch, memory } = quick
    const { device } = this.#files
    const at = statLayout[arch]
    const { address } = this.#memory
    const { address: stat } = memory.stat
    return [
      ...this.#give(quick, {
        label: 'found',
        device: [[stat + at.dev, device]],
        inode: stat + at.ino,
        uid: stat + at.uid,
        gid: stat + at.gid,
        here: memory.statHere,
        there: memory.statThere,
        result: memory.result,
        size: at.size,
      }),
      ...this.#give(quick, {
        label: 'found statx',
        device: [
          [address + statx.devMajor, (device >>> 8) & 0xfff],
          [address + statx.devMinor, (device & 0xff) | ((device >>> 20) << 8)],
        ],
        inode: address + statx.ino,
        uid: address + statx.uid,
        gid: address + statx.gid,
        here: address + statx.size,
        there: address + statx.size + 16,
        result: memory.argument(4),
        size: statx.size,
      }),
    ]
  }

  #give({ arch, fd, memory }: Quick, { label, device, inode, uid, gid, here, there, result, size }: Form): Rows {
    const { zeros } = memory
    const { marked } = this.#files
    const only = (tests: readonly (readonly [address: number, value: number])[]): Rows =>
      tests.flatMap(([address, value], index) => {
        const next = `${label} ${address} ${index}`
        return [jumpIf(address, value, next), jump(zeros, 'given'), next]
      })
    return [
      label,
      ...only(device),
      { kind: rowKind.mark, args: [inode, ...marked.place], away: 'given' },
      ...only([
        [uid, this.#files.uid],
        [gid, this.#files.gid],
      ]),
      copy(zeros, uid, 4),
      copy(zeros, gid, 4),
      copy(result, there, 8),
      copy(memory.thread, { row: `write ${label}`, argument: 0 }, 4),
      // The id of a thread that was killed may be another's by now.
      call(arch, 'ioctl', { args: [fd, NOTIF_ID_VALID, memory.id], away: 'receive' }),
      `write ${label}`,
      call(arch, 'process_vm_writev', { args: [0, here, 1, there, 1, 0], away: 'given' }),
      // Less is written if a part of it is on a page that is missing or read-only.
      ...only([[memory.done, size]]),
      copy(zeros, memory.answered + 16, 4),
      jump(zeros, 'answer'),
    ]
  }
}
