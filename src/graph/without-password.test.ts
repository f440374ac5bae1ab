import { expect, test } from 'vitest'
import { withoutPassword } from './without-password.ts'

test.each([
  ['ADD https://me:hunter2@h.example/a', 'ADD https://me:xxxxx@h.example/a'],
  ['https://me:hunt@er2@h.example/a', 'https://me:xxxxx@h.example/a'],
  ['http://token@h.example:80/b@c', 'http://xxxxx@h.example:80/b@c'],
  ['ssh://git@h.example:22/r git@h.example:d', 'ssh://git@h.example:22/r git@h.example:d'],
  ['http://h.example:80?mail=a@b http://h.example:80 c@d', 'http://h.example:80?mail=a@b http://h.example:80 c@d'],
])('%s', (text, shown) => {
  expect(withoutPassword(text)).toBe(shown)
})
