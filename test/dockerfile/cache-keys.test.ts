import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { plan } from '../../src/build.ts'
import { test } from '../support/test.ts'
import { type TreeNode, writeTree } from '../support/write-tree.ts'

type Files = Readonly<Record<string, TreeNode>>

interface Build {
  readonly dockerfile: string
  readonly files: Files
  readonly args: Readonly<Record<string, string>>
  readonly secret: string
}

const start: Build = {
  dockerfile: `# first
FROM scratch AS one
COPY d /d
COPY <<EOF /h
body
EOF
FROM scratch
ARG LEVEL
ENV MODE=fast
LABEL a=1
WORKDIR /app
COPY --chown=1:2 f g ./
COPY --from=one /d /e
RUN --mount=type=secret,id=s --mount=from=one,source=/h,target=/m ["/make", "all"]
CMD ["/run"]
`,
  files: { f: 'f', g: 'g', 'd/a': 'a', unused: '1', 'd/x.log': 'x', '.dockerignore': '**/*.log\n' },
  args: { LEVEL: '1' },
  secret: '1',
}

interface Change {
  readonly what: string
  readonly counts: boolean
  apply(build: Build): Build
}

function edit(what: string, [from, to]: readonly [string, string], counts = true): Change {
  return { what, counts, apply: (build) => ({ ...build, dockerfile: build.dockerfile.replaceAll(from, to) }) }
}

function put(what: string, files: Files, counts = true): Change {
  return { what, counts, apply: (build) => ({ ...build, files: { ...build.files, ...files } }) }
}

/** Changes of different things, so that each can be applied with any of the others. */
const changes: readonly Change[] = [
  put('content of a file', { f: 'other' }),
  put('mode of a file', { g: { text: 'g', mode: 0o755 } }),
  put('new file', { 'd/b': 'b' }),
  put('file that no step reads', { unused: '2' }, false),
  put('file that is ignored', { 'd/x.log': 'y' }, false),
  edit('body of a heredoc', ['body', 'other body']),
  edit('value of ENV', ['MODE=fast', 'MODE=slow']),
  edit('WORKDIR', ['/app', '/srv']),
  edit('owner', ['1:2', '1:3']),
  edit('destination', ['/d /e', '/d /ee']),
  edit('command', ['"all"', '"all "']),
  edit('source of a bind mount', ['source=/h', 'source=/d']),
  edit('mode of a secret', ['id=s ', 'id=s,mode=0444 ']),
  edit('comment', ['# first', '# other\n'], false),
  edit('label', ['LABEL a=1', 'LABEL a=2'], false),
  edit('CMD', ['CMD ["/run"]', 'CMD ["/go"]'], false),
  edit('name of a stage', ['one', 'uno'], false),
  edit('spaces', ['COPY d', 'COPY   d'], false),
  { what: 'value of ARG', counts: true, apply: (build) => ({ ...build, args: { LEVEL: '2' } }) },
  { what: 'value of a secret', counts: false, apply: (build) => ({ ...build, secret: '2' }) },
]

test('the keys of a build change if and only if something that decides its result does', async ({
  store,
  directory,
}) => {
  let count = 0
  const idOf = async ({ dockerfile, files, args, secret }: Build): Promise<string> => {
    const context = join(directory, `context-${(count += 1)}`)
    await writeTree(context, files)
    const secrets = { s: { value: secret } }
    return (await plan({ context, dockerfile: { text: dockerfile }, args, secrets, root: store })).id
  }
  const id = await idOf(start)
  const check = async (chosen: readonly Change[]): Promise<void> => {
    const names = chosen.map(({ what }) => what)
    const changed = await idOf(chosen.reduce((build, change) => change.apply(build), start))
    expect([names, changed !== id]).toEqual([names, chosen.some(({ counts }) => counts)])
  }
  for (const change of changes) await check([change])
  const harmless = changes.filter(({ counts }) => !counts)
  await fc.assert(fc.asyncProperty(fc.oneof(fc.subarray([...changes]), fc.subarray(harmless)), check), { numRuns: 30 })
})
