import fc from 'fast-check'
import { expect, test } from 'vitest'
import { comparePaths, isWithin, joinPath, nameOf, parentOf, rootedPath } from './path.ts'

const text = fc
  .array(fc.constantFrom('a', 'b', 'é', '\u{1f9f1}', '\uffee', ' ', '.', '..', '...', '/', '/', '\\', '*'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''))

/** A path as the rest of the package expects it. */
const isPlain = (path: string): boolean =>
  path === '' || path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')

test.each([
  ['', ''],
  ['/', ''],
  ['.', ''],
  ['./a/', 'a'],
  ['a//b/.', 'a/b'],
  ['a/../b', 'b'],
  ['../../a', 'a'],
  ['a/../../b', 'b'],
  ['...', '...'],
])('%j is %j from the root', (written, path) => {
  expect(rootedPath(written)).toBe(path)
})

test('no text leads out of the root', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const path = rootedPath(one)
      expect(isPlain(path)).toBe(true)
      expect(rootedPath(path)).toBe(path)
      expect(rootedPath(`${one}/${other}`)).toBe(rootedPath(`${path}/${other}`))
    }),
  )
})

test('a path is its directory and its name', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const directory = rootedPath(one)
      const path = joinPath(directory, rootedPath(other))
      expect(isPlain(path)).toBe(true)
      expect(joinPath(parentOf(path), nameOf(path))).toBe(path)
      expect(isWithin(directory, path)).toBe(true)
      expect(isWithin(parentOf(path), path)).toBe(true)
      if (path !== directory) expect(isWithin(path, directory)).toBe(false)
    }),
  )
})

test('paths are in the order of a walk: components by the bytes of their UTF-8', () => {
  const order = (a: string, b: string): number => {
    const [left, right] = [a, b].map((path) => path.split('/').map((part) => Buffer.from(part)))
    for (const [index, part] of (left ?? []).entries()) {
      const found = Buffer.compare(part, right?.[index] ?? Buffer.alloc(0))
      if (found !== 0) return found
    }
    return (left?.length ?? 0) - (right?.length ?? 0)
  }
  fc.assert(
    fc.property(text, text, (one, other) => {
      const [a, b] = [rootedPath(one), rootedPath(other)]
      expect(Math.sign(comparePaths(a, b))).toBe(Math.sign(order(a, b)))
    }),
    { numRuns: 1000 },
  )
})
