import { describe, expect } from 'vitest'
import { type EdgeImage, type EdgeRequest, test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()

interface Case {
  /** The bug of another builder, or of an earlier version. */
  readonly bug: string
  /** A Dockerfile, and what to put in the place of `@` in it, first and second. */
  readonly dockerfile: string
  readonly texts?: readonly [string, string]
  /** Content of `f` in the context. */
  readonly files?: readonly [string, string]
  readonly args?: readonly [string, string]
  /** Contents of `/out` in both images. */
  readonly out: readonly [string, string]
}

/** The second of two builds on one store must not take the results of the first. */
async function outputs(
  { dockerfile, texts, files, args }: Case,
  edge: (dockerfile: string, request?: EdgeRequest) => Promise<EdgeImage>,
): Promise<readonly (string | undefined)[]> {
  const build = async (index: 0 | 1): Promise<string | undefined> => {
    const image = await edge(dockerfile.replaceAll('@', texts?.[index] ?? ''), {
      files: { f: files?.[index] ?? 'f', g: 'g', 'd/x': 'x' },
      args: args === undefined ? {} : { A: args[index] },
    })
    return image.text('/out')?.trim()
  }
  return [await build(0), await build(1)]
}

test.for<Case>([
  {
    bug: 'kaniko#870, #1262, #1348: COPY --from of a stage that changed, as first instruction',
    dockerfile: 'FROM scratch AS s\nCOPY f /f\nFROM scratch\nCOPY --from=s /f /out\n',
    files: ['870 one', '870 two'],
    out: ['870 one', '870 two'],
  },
  {
    bug: 'kaniko#589: COPY --from with a wildcard',
    dockerfile: 'FROM scratch AS s\nCOPY f /d/out\nFROM scratch\nCOPY --from=s /d/o* /\n',
    files: ['589 one', '589 two'],
    out: ['589 one', '589 two'],
  },
  {
    bug: 'kaniko#845: a change that passes through several stages',
    dockerfile:
      'FROM scratch AS a\nCOPY f /f\nFROM scratch AS b\nCOPY --from=a /f /g\nFROM b AS c\nFROM scratch\nCOPY --from=c /g /out\n',
    files: ['845 one', '845 two'],
    out: ['845 one', '845 two'],
  },
  {
    bug: 'osscontainertools/kaniko#792: an argument in COPY',
    dockerfile: 'FROM scratch\nARG A\nCOPY $A /out\n',
    args: ['f', 'g'],
    out: ['f', 'g'],
  },
  {
    bug: 'osscontainertools/kaniko#823: the body of a heredoc in COPY',
    dockerfile: 'FROM scratch\nCOPY <<EOF /out\n823 @\nEOF\n',
    texts: ['one', 'two'],
    out: ['823 one', '823 two'],
  },
])('$bug', async (given, { edge }) => {
  expect(await outputs(given, edge)).toEqual(given.out)
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test.for<Case>([
    {
      bug: 'osscontainertools/kaniko#825: the body of a heredoc in RUN',
      dockerfile: 'RUN <<EOF\necho 825 @ > /out\nEOF\n',
      texts: ['one', 'two'],
      out: ['825 one', '825 two'],
    },
    {
      bug: 'kaniko#690, #728: an argument that only the environment of RUN has',
      dockerfile: 'ARG A\nRUN env | sed -n s/^A=//p > /out; : 728',
      args: ['one', 'two'],
      out: ['one', 'two'],
    },
    {
      bug: 'osscontainertools/kaniko#873: arguments that are the same once joined by a dash',
      dockerfile: 'ARG A\nARG B=@\nRUN echo "A=[$A] B=[$B]" > /out',
      args: ['x-B=z', 'x'],
      texts: ['y', 'z-B=y'],
      out: ['A=[x-B=z] B=[y]', 'A=[x] B=[z-B=y]'],
    },
    {
      bug: 'kaniko#1833: a stage on a stage whose base changed',
      dockerfile:
        'FROM busybox AS one\nRUN echo 1833 one > /w\nFROM busybox AS two\nRUN echo 1833 two > /w\nFROM @ AS b\nFROM b\nRUN cat /w > /out\n',
      texts: ['one', 'two'],
      out: ['1833 one', '1833 two'],
    },
    {
      bug: 'buildah 1.44: a bind mount of a stage that changed',
      dockerfile: 'FROM scratch AS s\nCOPY f /f\nFROM busybox\nRUN --mount=from=s,source=/f,target=/m cat /m > /out\n',
      files: ['bind one', 'bind two'],
      out: ['bind one', 'bind two'],
    },
    {
      bug: 'tsbuild: a bind mount of another path of the same stage',
      dockerfile: 'FROM scratch AS s\nCOPY f g /\nFROM busybox\nRUN --mount=from=s,source=/@,target=/m cat /m > /out\n',
      texts: ['f', 'g'],
      files: ['path f', 'path f'],
      out: ['path f', 'g'],
    },
    {
      bug: 'tsbuild: a bind mount of another of the stages that a step already mounts',
      dockerfile:
        'FROM scratch AS s\nCOPY f /\nFROM scratch AS t\nCOPY g /f\nFROM busybox\nRUN --mount=from=s,target=/1 --mount=from=t,target=/2 --mount=from=@,target=/3 cat /3/f > /out\n',
      texts: ['s', 't'],
      files: ['stage f', 'stage f'],
      out: ['stage f', 'g'],
    },
  ])('$bug', async (given, { edge }) => {
    expect(await outputs(given, edge)).toEqual(given.out)
  })

  test('osscontainertools/kaniko#796: a cached layer with removals stays one', async ({ edge }) => {
    const dockerfile =
      'FROM busybox AS s\nCOPY d /d\nRUN rm /d/x && echo 796 > /d/y\nFROM scratch\nCOPY --from=s /d /d\n'
    const request = { files: { 'd/x': 'x' } }
    await edge(dockerfile, request)
    const image = await edge(`${dockerfile}COPY d /e\n`, request)
    const names = image.layers.flat().map(({ path }) => path)
    expect(names.filter((path) => path.includes('.wh.') || path === 'd/x')).toEqual([])
    expect([image.text('/d/y'), image.text('/e/x')]).toEqual(['796\n', 'x'])
  })
})
