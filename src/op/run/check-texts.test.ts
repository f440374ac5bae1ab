import { expect, test } from 'vitest'
import { checkTexts } from './check-texts.ts'

const process = { args: ['sh', '-c', 'true'], env: [['A', 'x']], cwd: '/', user: '' } as const

test.each([
  ['argument 2 of the command', { args: ['sh', '-c', 'echo \0'] }],
  ['the environment variable "TOKEN"', { env: [...process.env, ['TOKEN', 'a\0b'] as const] }],
  ['the working directory', { cwd: '/a\0' }],
  ['the user', { user: '\0' }],
])('a NUL byte in %s is refused by that name', (name, change) => {
  const error = {
    code: 'NUL_BYTE',
    message: `${name} contains a NUL byte, which no program can receive`,
    hint: expect.any(String),
  }
  expect(() => checkTexts({ ...process, ...change })).toThrow(expect.objectContaining(error))
  expect(() => checkTexts(process)).not.toThrow()
})
