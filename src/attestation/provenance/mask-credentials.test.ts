import { expect, test } from 'vitest'
import { maskCredentials } from './mask-credentials.ts'

test.for([
  ['https://user:p@ss:w0rd@host/x', 'https://xxxxx:xxxxx@host/x'],
  ['https://:pw@host', 'https://xxxxx:xxxxx@host'],
  ['ssh://git@host/x', 'ssh://xxxxx@host/x'],
  ['git@host:x', 'git@host:x'],
  ['https://host/a@b?c=d@e#f', 'https://host/a@b?c=d@e#f'],
  ['a=http://u:p@h,b=http://v@h', 'a=http://xxxxx:xxxxx@h,b=http://xxxxx@h'],
] as const)('%s', ([text, masked]) => {
  expect(maskCredentials(text)).toBe(masked)
})
