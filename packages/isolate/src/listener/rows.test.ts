import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Arch } from '../machine/machine-code.ts'
import { rowCode } from '../machine/row-code.ts'
import { hashText, rowKind, slotSize } from '../machine/row-kinds.ts'
import { call, copy, end, jump, jumpIf, layRows, type Rows } from './rows.ts'
import { processors } from '../testing/processors.ts'

const directory = mkdtempSync(join(tmpdir(), 'rows-'))
afterAll(() => rmSync(directory, { recursive: true }))

const base = 0x400000
const codeAt = 0x1000
const rowsAt = 0x2000
const dataAt = 0x8000
const size = 0x10000

/** Data of a program, by address. */
class Data {
  readonly bytes: Buffer = Buffer.alloc(size)
  #used = dataAt

  take(length: number, align = 8): number {
    this.#used = Math.ceil(this.#used / align) * align
    const at = this.#used
    this.#used += length
    return base + at
  }

  text(text: string): number {
    const address = this.take(text.length + 1)
    this.bytes.write(text, address - base, 'latin1')
    return address
  }

  word(value: number): number {
    const address = this.take(8)
    this.bytes.writeBigUInt64LE(BigInt(value), address - base)
    return address
  }
}

describe.each(processors)('rows on $arch (arm64 is skipped without qemu-user-static)', ({ arch, via, runs }) => {
  const test_ = test.skipIf(!runs)

  /** Performs rows in a process of their own. */
  function perform(make: (data: Data) => Rows): { readonly status: number | null; readonly out: string } {
    const data = new Data()
    const rows = make(data)
    const allocate = (length: number): { bytes: Buffer; address: number } => {
      return { bytes: data.bytes.subarray(rowsAt, rowsAt + length), address: base + rowsAt }
    }
    const { address } = layRows({ allocate, call: () => 0 }, rows)
    const path = join(directory, `${arch}-${Math.random()}`)
    writeFileSync(path, buildProgram(arch, data.bytes, [address, data.take(8)]), { mode: 0o700 })
    const [program, ...args]: readonly [string, ...string[]] = via === undefined ? [path] : [via, path]
    const { status, stdout } = spawnSync(program, args)
    return { status, out: stdout.toString('latin1') }
  }

  const show = (address: number, length: number): Rows => [call(arch, 'write', { args: [1, address, length] })]

  test_('copy, jump and end', () => {
    const { status, out } = perform((data) => {
      const [zero, number, target] = [data.word(0), data.word(0x12345678), data.text('........')]
      return [
        jump(zero, 'on'),
        end(1),
        'on',
        jumpIf(number, 0x12345679, 'wrong'),
        jumpIf(number, { mask: 0xff00, value: 0x5600 }, 'right'),
        'wrong',
        end(2),
        'right',
        copy(data.text('abcdefgh'), target + 1, 5),
        copy(data.word(6), { row: 'show', argument: 2 }, 4),
        'show',
        call(arch, 'write', { args: [1, target, 0] }),
        end(3),
      ]
    })
    expect({ status, out }).toEqual({ status: 3, out: '.abcde' })
  })

  test_('an error of a system call leads away, if it is to', () => {
    const close = (away?: string): Rows => [call(arch, 'close', { args: [99], ...(away !== undefined && { away }) })]
    expect(perform(() => [...close('away'), end(1), 'away', end(2)]).status).toBe(2)
    expect(perform(() => [...close(), end(1)]).status).toBe(1)
    expect(perform(() => [call(arch, 'gettid', { args: [], away: 'away' }), end(1), 'away', end(2)]).status).toBe(1)
  })

  test_.for([
    [0, '.........0'],
    [7, '.........7'],
    [1234, '......1234'],
    [4294967295, '4294967295'],
  ] as const)('the digits of %s', ([number, digits]) => {
    const { out } = perform((data) => {
      const text = data.text('..........')
      return [{ kind: rowKind.digits, args: [data.word(number), text + 10] }, ...show(text, 10), end(0)]
    })
    expect(out).toBe(digits)
  })

  test_.for([
    ['a', 0],
    ['file.c', 0],
    ['.hidden', 0],
    ['...', 0],
    ['.', 1],
    ['..', 1],
    ['a/b', 1],
    ['/', 1],
    ['12345678', 1],
    ['1234567', 0],
  ] as const)('the name of a file: %s', ([text, status]) => {
    const named = perform((data) => [
      { kind: rowKind.name, args: [data.text(text), data.word(8)], away: 'away' },
      end(0),
      'away',
      end(1),
    ])
    expect(named.status).toBe(status)
  })

  test_.for([
    ['/a/b/file', '/a/b/'],
    ['/file', '/'],
    ['a/file', 'a/'],
    ['//a//file', '//a//'],
    ['a/..', 'a/'],
    ['file', undefined],
    ['', undefined],
    ['/a/', undefined],
    ['/', undefined],
    // Longer than the bytes that were read.
    ['/a/b/file/name', undefined],
  ] as const)('the path above %s', ([text, above]) => {
    const { status, out } = perform((data) => {
      const target = data.text('................')
      const size = data.word(12)
      const found = (to: number): Rows => [
        { kind: rowKind.above, args: [data.text(text), size, to], away: 'away' },
        ...show(to, 12),
        end(0),
        'away',
        end(1),
      ]
      return found(target)
    })
    expect(status === 0 ? out.slice(0, out.indexOf('\0')) : undefined).toBe(above)
  })

  test_.for([
    ['/', 1],
    ['/a', 0],
    ['/ab/.c/d', 0],
    ['/...', 1],
    ['/..a', 1],
    ['/a/../b', 1],
    ['/a/.', 1],
    ['/a/./b', 1],
    ['/a//b', 1],
    ['//a', 1],
    ['/a/', 1],
    ['a/b', 1],
    ['', 1],
    ['/abcdefghij', 0],
    ['/abcdefghijk', 1],
  ] as const)('a path in its normal form: %s', ([text, status]) => {
    const normal = perform((data) => [
      { kind: rowKind.normal, args: [data.text(text), data.word(12)], away: 'away' },
      end(0),
      'away',
      end(1),
    ])
    expect(normal.status).toBe(status)
  })

  test_('marked numbers', () => {
    const isMarked = (number: number): boolean =>
      perform((data) => {
        const bytes = data.take(16)
        data.bytes[bytes - base + 5] = 1
        return [{ kind: rowKind.mark, args: [data.word(number), bytes, 15], away: 'away' }, end(0), 'away', end(1)]
      }).status === 1
    expect([5, 21, 4, 6, 0].map(isMarked)).toEqual([true, true, false, false, false])
  })

  test_.for([
    ['/usr/include', 0, 12, 'found'],
    ['/usr/include', 1, 12, 'found'],
    ['/usr/include', 0, 11, 'missing'],
    ['/usr/includes', 0, 13, 'missing'],
    ['/usr/includ', 0, 11, 'missing'],
    ['', 0, 0, 'missing'],
  ] as const)('the slot of %s', ([text, beside, length, result]) => {
    const { out } = perform((data) => {
      const slots = data.take(8 * slotSize, 2 * slotSize)
      const known = '/usr/include'
      const slot = slots - base + ((hashText(known) % 8) ^ beside) * slotSize
      data.bytes.write('found  \0' + known, slot, 'latin1')
      const word = data.text('missing\0')
      // One more byte: the zero behind the text.
      const find = { kind: rowKind.find, args: [data.text(text), data.word(length + 1), slots, 7, word], away: 'show' }
      const cut = { ...find, args: [data.text(text), data.word(length), slots, 7, word] }
      return [text.length === length ? find : cut, 'show', ...show(word, 8), end(0)]
    })
    expect(out.slice(0, 7).trim()).toBe(result)
  })
})

/** A program that performs rows and exits with their result. */
function buildProgram(arch: Arch, data: Buffer, [row, result]: readonly [number, number]): Uint8Array {
  const elf = Buffer.from(data)
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  elf.writeUInt16LE(2, 16) // ET_EXEC
  elf.writeUInt16LE(arch === 'x64' ? 62 : 183, 18)
  elf.writeUInt32LE(1, 20)
  const entry = 0x100
  elf.writeBigUInt64LE(BigInt(base + entry), 24)
  elf.writeBigUInt64LE(64n, 32)
  elf.writeUInt16LE(64, 52)
  elf.writeUInt16LE(56, 54)
  elf.writeUInt16LE(1, 56)
  elf.writeUInt32LE(1, 64) // PT_LOAD, readable, writable and executable
  elf.writeUInt32LE(7, 68)
  for (const [at, value] of [
    [80, base],
    [96, size],
    [104, size],
    [112, 0x10000],
  ] as const)
    elf.writeBigUInt64LE(BigInt(value), 64 + at - 64)
  elf.set(rowCode(arch), codeAt)
  if (arch === 'x64') {
    // mov edi, row; mov esi, result; call code; mov edi, eax; mov eax, exit; syscall
    const start = [0xbf, ...word(row), 0xbe, ...word(result), 0xe8, ...word(codeAt - entry - 15)]
    elf.set([...start, 0x89, 0xc7, 0xb8, ...word(60), 0x0f, 0x05], entry)
  } else {
    // ldr w0, row; ldr w1, result; bl code; mov x8, exit; svc #0
    const start = [0x180000a0, 0x180000a1, 0x94000000 | ((codeAt - entry - 8) / 4), 0xd2800ba8, 0xd4000001]
    elf.set([...start, row, result].flatMap(word), entry)
  }
  return elf
}

function word(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 255)
}
