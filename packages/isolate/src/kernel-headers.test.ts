import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { forbiddenNumbers, missingNumbers, trappedCalls } from './confined/trapped.ts'
import { interruptibleNumbers } from './ledger/interruptible.ts'
import { guardedNumbers, ledgerNumbers } from './ledger/trapped.ts'
import { supervisorNumbers } from './listener/system.ts'
import { statLayout } from './listener/stat-layout.ts'
import { launchNumbers } from './machine/syscalls.ts'
import { refusedCalls } from './plan/seccomp.ts'

// Tables for processors that the machine of the tests may not have, against the headers of the
// kernel. arm64 has the generic numbers and structures.

const headers = '/usr/include'
const hasHeaders = existsSync(`${headers}/asm-generic/unistd.h`)
const x64 = `${headers}/x86_64-linux-gnu/asm`
/** Greatest number in the oldest headers of the tests. Newer calls are the same everywhere. */
const newestKnown = 450

test.skipIf(!hasHeaders)('numbers of arm64 (skipped without linux-libc-dev)', () => {
  expect(differing(readNumbers(`${headers}/asm-generic/unistd.h`), 1)).toEqual([])
})

test.skipIf(!existsSync(x64))('numbers of x86-64 (skipped without its linux-libc-dev)', () => {
  expect(differing(readNumbers(`${x64}/unistd_64.h`), 0)).toEqual([])
})

test.skipIf(!existsSync(x64))('numbers of i386 (skipped without linux-libc-dev of x86-64)', () => {
  const known = readNumbers(`${x64}/unistd_32.h`)
  const wrong = Object.entries(refusedCalls).filter(([name, numbers]) => known.get(name) !== numbers[2])
  expect(wrong).toEqual([])
})

test.skipIf(!hasHeaders)('struct stat of arm64 (skipped without linux-libc-dev)', () => {
  const text = readFileSync(`${headers}/asm-generic/stat.h`, 'utf8')
  expect(layOut(/struct stat \{([^}]*)\}/.exec(text)?.[1] ?? '')).toMatchObject(statLayout.arm64)
})

test.skipIf(!existsSync(x64))('struct stat of x86-64 (skipped without its linux-libc-dev)', () => {
  const [, text = ''] = readFileSync(`${x64}/stat.h`, 'utf8').split('#else')
  expect(layOut(/struct stat \{([^}]*)\}/.exec(text)?.[1] ?? '')).toMatchObject(statLayout.x64)
})

/** Calls whose number in a column of the tables is not that of the headers. */
function differing(known: ReadonlyMap<string, number>, column: 0 | 1): readonly unknown[] {
  expect(known.size).toBeGreaterThan(280)
  const tables: readonly Readonly<Record<string, readonly (number | undefined)[]>>[] = [
    interruptibleNumbers,
    ledgerNumbers,
    guardedNumbers,
    supervisorNumbers,
    missingNumbers,
    forbiddenNumbers,
    launchNumbers,
    refusedCalls,
  ]
  const rows = [
    ...tables.flatMap((table) => Object.entries(table).map(([name, numbers]) => [name, numbers[column]] as const)),
    ...trappedCalls(column === 0 ? 'x64' : 'arm64').map(({ name, number }) => [name, number] as const),
  ]
  return rows.filter(([name, number]) => known.get(name) !== number && (number === undefined || number <= newestKnown))
}

/** Numbers of system calls by name. Some names are defined as others. */
function readNumbers(path: string): ReadonlyMap<string, number> {
  const defined = [...readFileSync(path, 'utf8').matchAll(/^#define (__NR\w*?_\w+)\s+(\S+)/gm)]
  const values = new Map(defined.map(([, name = '', value = '']) => [name, value]))
  const resolve = (value: string): number => (/^\d+$/.test(value) ? Number(value) : resolve(values.get(value) ?? 'NaN'))
  return new Map(
    [...values]
      .filter(([name, value]) => name.startsWith('__NR_') && (/^\d+$/.test(value) || values.has(value)))
      .map(([name, value]) => [name.slice('__NR_'.length), resolve(value)]),
  )
}

/** Size and offsets of a structure on a processor of 64 bits. */
function layOut(fields: string): Readonly<Record<string, number>> {
  const offsets: Record<string, number> = {}
  let end = 0
  for (const [, type = '', name = '', count = '1'] of fields.matchAll(/^\s*([\w ]+?)\s+(\w+)(?:\[(\d+)\])?;/gm)) {
    const size = type.includes('long') ? 8 : 4
    end = Math.ceil(end / size) * size
    offsets[name.replace('st_', '')] = end
    end += size * Number(count)
  }
  return { ...offsets, size: Math.ceil(end / 8) * 8 }
}
