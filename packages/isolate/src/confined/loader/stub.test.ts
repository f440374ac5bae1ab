import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Arch } from '../../machine/machine-code.ts'
import { processors } from '../../testing/processors.ts'
import { buildStub, rowKind } from './stub.ts'

const directory = mkdtempSync(join(tmpdir(), 'stub-'))
afterAll(() => rmSync(directory, { recursive: true }))

const page = 0x10000000
const zeros = page + 0x100

/** Numbers of calls, and code for `page` that exits with 42 and the byte at `zeros`. */
const machines = {
  x64: {
    calls: { close: 3, exit: 231, mmap: 9, read: 0 },
    // movzx edi, byte [zeros]; add edi, 42; mov eax, exit_group; syscall
    program: Buffer.from('0fb63c250001001083c72ab8e70000000f05', 'hex'),
  },
  arm64: {
    calls: { close: 57, exit: 94, mmap: 222, read: 63 },
    // mov x1, page; ldrb w0, [x1, #0x100]; add w0, w0, #42; mov x8, exit_group; svc #0
    program: words([0xd2a20001, 0x39440020, 0x1100a800, 0xd2800bc8, 0xd4000001]),
  },
} as const

describe.each(processors)('the stub on $arch (arm64 is skipped without qemu-user-static)', ({ arch, via, runs }) => {
  const test_ = test.skipIf(!runs)
  const { calls, program } = machines[arch]
  const run = (
    rows: readonly (readonly number[])[],
  ): { readonly status: number | null; readonly signal: string | null } => {
    const path = join(directory, `${arch}-${Math.random()}`)
    writeFileSync(path, withTable(arch, rows), { mode: 0o700 })
    const [first, ...args]: readonly [string, ...string[]] = via === undefined ? [path] : [via, path]
    const input = Buffer.concat([program, Buffer.alloc(512, 0xff)])
    const { status, signal } = spawnSync(first, args, { input })
    return { status, signal }
  }
  const failing = [calls.close, 99, 0, 0, 0, 0, 0]

  test_('performs calls, clears memory and starts the program', () => {
    const map = [calls.mmap, page, 4096, 7, 0x32, -1, 0, 0]
    const load = [calls.read, 0, page, 512, 0, 0, 0, 0]
    const clear = [rowKind.clear, zeros, 64]
    expect(run([[...failing, 1], map, load, clear, [rowKind.start, page + 0x800, page]])).toMatchObject({ status: 42 })
    expect(run([map, load, [rowKind.start, page + 0x800, page]])).toMatchObject({ status: (42 + 0xff) & 0xff })
  })

  test_('ends with SIGSEGV or SIGILL where a call fails', () => {
    const { status, signal } = run([
      [...failing, 0],
      [calls.exit, 7],
    ])
    expect([signal, status]).not.toContain(7)
    expect(signal ?? status).not.toBe(0)
  })
})

/** A stub that has its table instead of asking for it. */
function withTable(arch: Arch, rows: readonly (readonly number[])[]): Uint8Array {
  const stub = Buffer.from(buildStub(arch))
  const table = Math.ceil(stub.length / 8) * 8
  const elf = Buffer.alloc(table + 64 * rows.length)
  elf.set(stub)
  const entry = Number(elf.readBigUInt64LE(24))
  const asking = arch === 'x64' ? 18 : 20
  const at = table - entry
  // lea rbx, [rip + distance] and nop; adr x19, distance and nop
  const load =
    arch === 'x64' ? [0x48, 0x8d, 0x1d, ...words([at - 7])] : words([0x10000013 | ((at & 3) << 29) | ((at >> 2) << 5)])
  const nop = arch === 'x64' ? Buffer.alloc(asking, 0x90) : words(Array.from({ length: 5 }, () => 0xd503201f))
  elf.set(nop, entry)
  elf.set(load, entry)
  for (const [index, row] of rows.entries())
    for (const [column, word] of row.entries()) elf.writeBigInt64LE(BigInt(word), table + 64 * index + 8 * column)
  for (const size of [64 + 32, 64 + 40]) elf.writeBigUInt64LE(BigInt(elf.length), size)
  return elf
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * index)
  return bytes
}
