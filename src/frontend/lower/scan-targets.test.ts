import { expect, test } from 'vitest'
import type { LowerOptions } from '../plan/lower-options.ts'
import { lastOf, lowerText } from '../testing/lower-text.ts'

const stages = (globals = '', first = '', second = '', last = ''): string =>
  `${globals}
FROM busybox AS one
${first}
RUN 1
FROM busybox AS two
${second}
RUN 2
FROM busybox AS unused
ARG BUILDKIT_SBOM_SCAN_STAGE=true
FROM busybox
${last}
COPY --from=one / /
COPY --from=two / /
`

async function namesOf(text: string, options: Partial<LowerOptions> = {}): Promise<readonly string[]> {
  const { scanTargets } = await lowerText(text, { scan: true, ...options })
  return scanTargets.map(({ name }) => name)
}

test('only the result is listed, unless the Dockerfile requests more', async () => {
  expect(await namesOf(stages())).toEqual([])
  expect(
    await namesOf(stages('ARG BUILDKIT_SBOM_SCAN_STAGE=true\nARG BUILDKIT_SBOM_SCAN_CONTEXT=true'), { scan: false }),
  ).toEqual([])
})

test.each([
  ['ARG BUILDKIT_SBOM_SCAN_STAGE=true', ['one', 'two']],
  ['ARG BUILDKIT_SBOM_SCAN_STAGE=T', ['one', 'two']],
  ['ARG BUILDKIT_SBOM_SCAN_STAGE=false', []],
  ['ARG BUILDKIT_SBOM_SCAN_STAGE=two,unused', ['two']],
  ['ARG BUILDKIT_SBOM_SCAN_STAGE', []],
])('before the first FROM: %s', async (line, names) => {
  expect(await namesOf(stages(line))).toEqual(names)
})

test('in a stage it is about that stage, and overrides the value for all', async () => {
  expect(await namesOf(stages('', 'ARG BUILDKIT_SBOM_SCAN_STAGE=true'))).toEqual(['one'])
  expect(await namesOf(stages('ARG BUILDKIT_SBOM_SCAN_STAGE=1', '', 'ARG BUILDKIT_SBOM_SCAN_STAGE=0'))).toEqual(['one'])
  expect(await namesOf(stages('ARG BUILDKIT_SBOM_SCAN_STAGE=1', 'ARG BUILDKIT_SBOM_SCAN_STAGE'))).toEqual([
    'one',
    'two',
  ])
})

test('a stage that continues another inherits its ARGs', async () => {
  const text =
    'FROM busybox AS a\nARG BUILDKIT_SBOM_SCAN_STAGE=true\nFROM a AS b\nRUN 1\nFROM scratch\nCOPY --from=b / /\n'
  expect(await namesOf(text)).toEqual(['a', 'b'])
})

test('--build-arg sets what is declared and nothing else', async () => {
  const args = { BUILDKIT_SBOM_SCAN_STAGE: 'true' }
  expect(await namesOf(stages(), { args })).toEqual([])
  expect(await namesOf(stages('ARG BUILDKIT_SBOM_SCAN_STAGE'), { args })).toEqual(['one', 'two'])
  expect(await namesOf(stages('', '', 'ARG BUILDKIT_SBOM_SCAN_STAGE=false'), { args })).toEqual(['two'])
})

test('the context is listed for the stage that is built, all of it', async () => {
  const { scanTargets, rootfs } = await lowerText(stages('', '', '', 'ARG BUILDKIT_SBOM_SCAN_CONTEXT=true\nCOPY x /'), {
    scan: true,
  })
  expect(scanTargets).toEqual([
    {
      name: 'context',
      kind: 'source',
      rootfs: expect.objectContaining({ op: { kind: 'local', context: 'context', named: ['x'] } }),
    },
  ])
  expect(lastOf(rootfs, 'local').include).toBeUndefined()
  expect(await namesOf(stages('', 'ARG BUILDKIT_SBOM_SCAN_CONTEXT=true'))).toEqual([])
})

test('a stage without a name has a number', async () => {
  const text = 'FROM busybox\nARG BUILDKIT_SBOM_SCAN_STAGE=stage-0\nFROM scratch\nCOPY --from=0 / /\n'
  const { scanTargets } = await lowerText(text, { scan: true })
  expect(scanTargets).toMatchObject([{ name: 'stage-0', kind: 'installed', rootfs: { op: { kind: 'image' } } }])
})

test('neither name reaches a process', async () => {
  const text = stages('', 'ARG BUILDKIT_SBOM_SCAN_STAGE=true\nARG BUILDKIT_SBOM_SCAN_CONTEXT=true\nARG A=1')
  const { rootfs } = await lowerText(text, { scan: true, target: 'one' })
  expect(lastOf(rootfs, 'run').env.map(([name]) => name)).toEqual(['PATH', 'A'])
})
