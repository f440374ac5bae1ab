import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { BuildOptions } from '../../src/index.ts'
import { storePaths } from '../../src/layer/disk/store-paths.ts'
import { type EdgeImage, test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()

/** Lets a build verify, and keeps what it reports. */
function observe(cacheVerify: BuildOptions['cacheVerify'] = { percent: 100 }): {
  readonly options: Pick<BuildOptions, 'cacheVerify' | 'report'>
  /** Log lines of verified steps, and names of what was verified. */
  readonly lines: readonly string[]
  readonly names: readonly string[]
} {
  const lines: string[] = []
  const names: string[] = []
  return {
    lines,
    names,
    options: {
      ...(cacheVerify && { cacheVerify }),
      report: (event) => {
        if (event.type === 'vertex-started' && event.vertex.startsWith('verify-')) names.push(event.name)
        if (event.type === 'log' && /^(cache-)?verify/.test(event.vertex))
          lines.push(...Buffer.from(event.data).toString().trimEnd().split('\n'))
      },
    },
  }
}

/** The warnings of a build, as text. */
function warnings({ result }: EdgeImage): readonly string[] {
  return result.warnings.map(({ code, message, line }) => `${code} ${line ?? '-'}: ${message}`)
}

const uuid = 'cat /proc/sys/kernel/random/uuid'

test('steps without RUN are compared, and a forged record is found', async ({ edge, root }) => {
  const dockerfile = 'FROM scratch\nWORKDIR /app\nCOPY a b ./\nCOPY c /\n'
  const files = { a: 'verify', b: 'b', c: 'c' }
  const first = await edge(dockerfile, { files })
  const honest = observe()
  const again = await edge(dockerfile, { files, ...honest.options })
  expect([again.warned, honest.lines.at(-1)]).toEqual([[], '3 the same, 0 different, 0 not verified'])
  expect(again.digest).toBe(first.digest)

  // The record of the last step gets the layers of another one, then also its inputs.
  const other = await edge(dockerfile, { files: { ...files, c: 'other' } })
  const [from, to] = [other, first].map(({ result }) => result.platforms[0]?.layers.at(-1)?.step?.key)
  if (from === undefined || to === undefined) throw new Error('the layer has no step')
  const [path, given] = [storePaths(root).cacheRecord(to), await readFile(storePaths(root).cacheRecord(from), 'utf8')]
  const { content } = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...JSON.parse(given), content }))
  expect(warnings(await edge(dockerfile, { files, ...observe().options }))).toEqual([
    expect.stringMatching(
      /^CacheDiffers 4: .* gives another result: "\/c" has other content; the cached result is wrong$/,
    ),
  ])
  await writeFile(path, given)
  expect(warnings(await edge(dockerfile, { files, ...observe().options }))).toEqual([
    expect.stringMatching(/^CacheNotVerified -: 1 of 3 cached steps .* its record is about other inputs/),
  ])
})

test('a seed chooses the same steps again', async ({ edge }) => {
  const dockerfile = `FROM scratch\n${Array.from({ length: 12 }, (_, index) => `WORKDIR /${index}`).join('\n')}\n`
  await edge(dockerfile)
  const sample = async (seed: string): Promise<readonly string[]> => {
    const seen = observe({ percent: 50, seed })
    await edge(dockerfile, seen.options)
    return seen.names.toSorted()
  }
  const [one, again, other] = [await sample('a'), await sample('a'), await sample('b')]
  expect(again).toEqual(one)
  expect(other).not.toEqual(one)
  expect(one.length).toBeGreaterThan(0)
  expect(one.length).toBeLessThan(12)
})

describe.skipIf(obstacle !== undefined)(titled('cached steps that are done again', obstacle), () => {
  test('times alone are no difference; the image keeps the cached result', async ({ edge }) => {
    const dockerfile = `RUN echo verify > /same\nRUN ${uuid} > /mark && echo 1 > /same\nCOPY a /\n`
    const files = { a: 'a' }
    const first = await edge(dockerfile, { files })
    const seen = observe()
    const second = await edge(dockerfile, { files, ...seen.options })
    expect(second.digest).toBe(first.digest)
    expect(second.result.steps).toEqual({ cached: 3, run: 0 })
    expect(warnings(second)).toEqual([
      expect.stringMatching(
        /^CacheDiffers 3: \[3\/4\] RUN .*, cached in the store, gives another result: "\/mark" has other content; the step depends on more than its cache key/,
      ),
    ])
    expect(seen.lines).toContainEqual(expect.stringMatching(/^gives the same result/))
    expect(seen.lines.at(-1)).toBe('2 the same, 1 different, 0 not verified')
    // The record was not replaced.
    expect((await edge(dockerfile, { files })).digest).toBe(first.digest)
  })

  test('each kind of difference is named', async ({ edge }) => {
    // The value of a secret is part of no key: it lets a step do something else.
    const dockerfile = 'RUN --mount=type=secret,id=s,required sh -e /run/secrets/s && : verify'
    const again = async (value: string | undefined): Promise<string> => {
      const secrets = value === undefined ? {} : { s: { value } }
      return warnings(await edge(dockerfile, { secrets, ...observe().options })).join('\n')
    }
    const same = 'mkdir /d; for i in 1 2 3 4 5; do echo 1 > /d/$i; done'
    await edge(dockerfile, { secrets: { s: { value: same } } })
    expect(await again(`${same}; touch -d 2001-01-01 /d/1`)).toBe('')
    expect(await again(`${same}; chmod 600 /d/1; echo > /d/1; chown 3:4 /d/2; rm /d/3; mkdir /d/3`)).toContain(
      'another result: "/d/1" has other content and another mode, "/d/2" has another owner, "/d/3" has another type',
    )
    expect(await again(`${same}; rm /d/1; touch /d/6 /d/7 /d/8`)).toContain(
      '"/d/1" is only in the cached result, "/d/6" is only in the new result, "/d/7" is only in the new result, and 1 more path differs;',
    )
    expect(await again('exit 3')).toMatch(/^CacheDiffers 2: .* fails now: .*exit code: 3/)
    expect(await again(undefined)).toMatch(
      /^CacheNotVerified -: 1 of 1 cached steps could not be verified; .*secret s: not found/,
    )
  })

  test('strict verification fails the build, and writes no output', async ({ edge }) => {
    const dockerfile = `RUN ${uuid} > /strict`
    await edge(dockerfile)
    const failure = { name: 'StepError', code: 'CACHE_DIFFERS', range: { start: { line: 2 } } }
    await expect(edge(dockerfile, { cacheVerify: { percent: 100, strict: true } })).rejects.toMatchObject(failure)
    await expect(edge(dockerfile, { cacheVerify: { percent: 100 }, cacheStrict: true })).rejects.toMatchObject(failure)
    const lenient = await edge(dockerfile, { cacheVerify: { percent: 100, strict: false }, cacheStrict: true })
    expect(lenient.warned).toEqual(['CacheDiffers'])
  })

  test('hits in a cache from elsewhere are verified, and the cache is named', async ({ edge, directory }) => {
    const cache = join(directory, 'verified-cache')
    const dockerfile = `FROM busybox AS s\nRUN ${uuid} > /mark\nFROM busybox\nCOPY --from=s /mark /\nRUN echo elsewhere > /f\n`
    const first = await edge(dockerfile, { cacheTo: [{ kind: 'local', dest: cache, mode: 'max' }] })
    const seen = observe()
    const second = await edge(dockerfile, {
      root: join(directory, 'verified-store'),
      cacheFrom: [{ kind: 'local', src: cache }],
      ...seen.options,
    })
    expect([second.digest, second.result.steps]).toEqual([first.digest, { cached: 3, run: 0 }])
    expect(warnings(second)).toEqual([
      expect.stringMatching(/^CacheDiffers 2: .*, cached in cache .*verified-cache.*, gives another result: "\/mark"/),
    ])
    expect(seen.lines.at(-1)).toBe('2 the same, 1 different, 0 not verified')
  })
})
