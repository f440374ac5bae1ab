import { expect, test } from 'vitest'
import { targets } from './targets.ts'

const ask = (text: string) => targets({ source: { name: 'Dockerfile', text } })

test('stages with their descriptions; the last is the default', async () => {
  const { text, json } = await ask(
    '# build makes it\nFROM --platform=$BUILDPLATFORM golang:1 AS build\nFROM scratch\nFROM build AS Final\n',
  )
  expect(text).toBe('TARGET          DESCRIPTION\nbuild           makes it\n                \nfinal (default) \n')
  const at = (line: number) => ({ ranges: [{ start: { line }, end: { line } }] })
  expect(json).toEqual({
    targets: [
      { name: 'build', description: 'makes it', base: 'golang:1', platform: '$BUILDPLATFORM', location: at(2) },
      { base: 'scratch', location: at(3) },
      { name: 'final', default: true, base: 'build', location: at(4) },
    ],
    sources: [expect.any(String)],
  })
})

test('a nameless default', async () => {
  expect((await ask('FROM scratch\n')).text).toBe('TARGET    DESCRIPTION\n(default) \n')
})

test('a file that cannot be read', async () => {
  await expect(ask('RUN x\n')).rejects.toThrow('no build stage')
})
