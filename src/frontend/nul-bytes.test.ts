import { expect, test } from 'vitest'
import { lowerText } from './testing/lower-text.ts'

const path = 'PATH=/bin'

test.each([
  ['Env', { Env: [path, 'A=x\0y'] }],
  ['WorkingDir', { Env: [path], WorkingDir: '/a\0b' }],
  ['User', { Env: [path], User: 'a\0' }],
  ['Shell', { Env: [path], Shell: ['/bin/sh\0', '-c'] }],
])('a NUL byte in %s of a base image is refused at its FROM', async (member, config) => {
  const images = { 'docker.io/library/broken:latest': { config } }
  await expect(lowerText('ARG X\nFROM broken\nRUN true\n', { images })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `the config of image "broken" has a NUL byte in ${member}`,
    range: { start: { line: 2 } },
    hint: expect.any(String),
  })
})

test('an invalid name is printed once', async () => {
  const name = 'N'.repeat(3000)
  await expect(lowerText(`FROM ${name}\n`)).rejects.toMatchObject({
    message: expect.not.stringMatching(/N{100}.*[^N]N{100}/),
  })
})
