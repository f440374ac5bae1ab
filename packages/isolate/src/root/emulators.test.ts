import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { emulatorName, Emulators } from './emulators.ts'
import { type Libc, loadLibc } from '../machine/libc.ts'

const root = mkdtempSync(join(tmpdir(), 'emulators-'))
const directory = join(root, 'binfmt_misc')
afterAll(() => rmSync(root, { recursive: true }))
beforeEach(() => rmSync(directory, { recursive: true, force: true }))

const emulator = (process.env['PATH'] ?? '').split(':').find((path) => existsSync(join(path, 'qemu-aarch64-static')))

test.each([
  ['arm64', 'qemu-aarch64-static'],
  ['amd64', 'qemu-x86_64-static'],
  ['s390x', 'qemu-s390x-static'],
  ['toString', undefined],
])('the emulator of %s is %s', (architecture, name) => {
  expect(emulatorName(architecture)).toBe(name)
})

test('a processor that is not known has none, and nothing is mounted for it', () => {
  const libc: Libc = { ...loadLibc(), mount: () => expect.unreachable() }
  expect(new Emulators(libc, directory).add('vax')).toBe(false)
})

test.skipIf(emulator === undefined)(
  'what is registered is the static emulator for the header of its programs (skipped without qemu-user-static)',
  () => {
    // Stands in for the kernel: a directory takes what is written to `register`.
    let mounts = 0
    const emulators = new Emulators({ ...loadLibc(), mount: () => void (mounts += 1) }, directory)
    expect(emulators.add('arm64')).toBe(true)
    const magic = '\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00'
    const mask = '\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff'
    expect(readFileSync(join(directory, 'register'), 'utf8')).toBe(
      `:arm64:M::${magic}:${mask}:${emulator}/qemu-aarch64-static:CF`,
    )
    expect([emulators.add('arm64'), mounts]).toEqual([true, 1])
    emulators.add('s390x')
    expect(readFileSync(join(directory, 'register'), 'utf8')).toMatch(
      /\\x02\\x02\\x01.*\\x00\\x02\\x00\\x16:.*\\xff\\xfe\\xff\\xff:/,
    )
  },
)

test.skipIf(emulator === undefined)(
  'a kernel that refuses is no emulator, and leaves nothing (skipped without qemu-user-static)',
  () => {
    const refuse = (): never => {
      throw new Error('EPERM')
    }
    expect(new Emulators({ ...loadLibc(), mount: refuse }, directory).add('arm64')).toBe(false)
    expect(existsSync(directory)).toBe(false)
  },
)
