import { expect, test } from 'vitest'
import { hostArch } from '../../launcher/start.ts'
import { loadSystem } from '../../listener/system.ts'
import { KnownNames } from './known-names.ts'
import { NameSlots } from './name-slots.ts'

test('a name that changes is forgotten in every directory', () => {
  const names = new KnownNames(new NameSlots(loadSystem(hostArch())))
  names.note('/a/x', 'missing')
  names.note('/b/x', 'plain')
  names.note('/b/y', 'present')
  names.forget('x')
  expect(['/a/x', '/b/x', '/b/y'].map((path) => names.find(path))).toEqual([undefined, undefined, 'present'])
  names.note('/a/x', 'present')
  names.note('/a/x', 'plain')
  expect(names.find('/a/x')).toBe('plain')
  names.forgetAll()
  expect(names.find('/b/y')).toBeUndefined()
})

test('the number of remembered paths is bounded', () => {
  const names = new KnownNames(new NameSlots(loadSystem(hostArch())))
  for (let index = 0; index < 5000; index += 1) names.note(`/d/${index}`, 'missing')
  expect(names.find('/d/0')).toBeUndefined()
  expect(names.find('/d/4999')).toBe('missing')
  names.forget('4999')
  expect(names.find('/d/4999')).toBeUndefined()
})
