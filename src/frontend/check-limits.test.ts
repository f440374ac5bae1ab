import { expect, test } from 'vitest'
import { lowerText } from './testing/lower-text.ts'

const repeat = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('')
const copies = (count: number): string => repeat(count, (index) => `COPY f /${index}`)
const images = { 'docker.io/library/deep:latest': { layers: 498 } }

test('an image has at most 1000 layers, with those of its bases', async () => {
  expect(await lowerText(`FROM scratch\n${copies(1000)}`)).toMatchObject({ layers: 1000 })
  await expect(lowerText(`FROM scratch\n${copies(1001)}`)).rejects.toMatchObject({
    code: 'LAYERS_TOO_MANY',
    message: 'an image has at most 1000 layers, this step makes one more',
    hint: expect.stringContaining('COPY --from=STAGE / /'),
    range: { start: { line: 1002 } },
  })
  expect(await lowerText(`FROM deep AS a\n${copies(300)}FROM a\n${copies(202)}`, { images })).toMatchObject({
    layers: 1000,
  })
  await expect(lowerText(`FROM deep AS a\n${copies(300)}FROM a\n${copies(203)}`, { images })).rejects.toMatchObject({
    range: { start: { line: 505 } },
  })
})

test('linked copies and empty stages count as what they are', async () => {
  const linked = `FROM scratch\nCOPY a b /x/\nCOPY --link c /\nFROM scratch\nCOPY --from=0 / /\nWORKDIR /w\nENV A=b\n`
  expect(await lowerText(linked)).toMatchObject({ layers: 2 })
  expect(await lowerText('FROM scratch\nCOPY --link c /\nCOPY --link d /\n')).toMatchObject({ layers: 2 })
})

test('RUN works on at most 499 layers, those of its mounts too', async () => {
  expect(await lowerText('FROM deep\nCOPY f /\nRUN x\nCOPY f /g\n', { images })).toMatchObject({ layers: 501 })
  await expect(lowerText('FROM deep\nCOPY f /\nRUN x\nRUN y\n', { images })).rejects.toMatchObject({
    code: 'LAYERS_TOO_MANY',
    message: 'RUN works on at most 499 layers, this one has 500',
    range: { start: { line: 4 } },
  })
  await expect(
    lowerText('FROM deep AS a\nCOPY f /\nCOPY g /\nFROM busybox\nRUN --mount=from=a,target=/a x\n', { images }),
  ).rejects.toMatchObject({
    code: 'LAYERS_TOO_MANY',
    range: { start: { line: 5 } },
  })
})

test('a history has at most 10,000 entries, over all stages that continue each other', async () => {
  const half = repeat(5000, (index) => `ENV A=${index}`)
  expect((await lowerText(`FROM scratch AS a\n${half}FROM a\n${half}`)).history).toHaveLength(10_000)
  await expect(lowerText(`FROM scratch AS a\n${half}FROM a\n${half}LABEL b=c\n`)).rejects.toMatchObject({
    code: 'HISTORY_TOO_LONG',
    message: 'stage "1" has more than 10000 instructions with those of its bases',
    range: { start: { line: 10_003 } },
  })
})

test('an image config has at most 4 MiB', async () => {
  await expect(
    lowerText(`FROM busybox AS app\n${repeat(50, (index) => `LABEL a${index}=${'x'.repeat(50_000)}`)}`),
  ).rejects.toMatchObject({
    code: 'CONFIG_TOO_LARGE',
    message: expect.stringMatching(
      /^the image config cannot be written: document too large: \d+ bytes, at most 4194304$/,
    ),
    range: { start: { line: 1 } },
  })
})

test('a chain of stages may be longer than the call stack is deep', async () => {
  const stages = repeat(10_000, (index) => `FROM scratch AS s${index + 1}\nCOPY --from=s${index} /f /f`)
  expect(await lowerText(`FROM scratch AS s0\nCOPY f /\n${stages}`)).toMatchObject({ layers: 1, history: [{}] })
})
