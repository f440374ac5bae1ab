import { expect, test } from 'vitest'
import type { Memory, System } from '../listener/system.ts'
import { MarkedInodes } from './marked-inodes.ts'

function marked(...inodes: readonly number[]): Buffer {
  const allocated: Memory[] = []
  const system: System = {
    call: () => 0,
    allocate: (size) => {
      const memory = { bytes: Buffer.alloc(size), address: 0 }
      allocated.push(memory)
      return memory
    },
  }
  const marks = new MarkedInodes(system)
  for (const inode of inodes) marks.mark(inode)
  return allocated[0]?.bytes ?? Buffer.alloc(0)
}

test('an inode marks the byte of its low bits', () => {
  const bytes = marked(7, 2 ** 40 + 9)
  expect([...bytes.keys()].filter((at) => bytes[at] === 1)).toEqual([7, 9])
})

test('a number that is not exact marks all bytes', () => {
  // 2 ** 63 + 5 on disk.
  expect(marked(2 ** 63).includes(0)).toBe(false)
})
