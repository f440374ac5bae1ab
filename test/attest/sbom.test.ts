import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openImage } from '../support/open-image.ts'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { runProgram } from '../support/run-program.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { withoutShell } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'
import { rootsOf, statementsOf } from './read-layout.ts'

const json = JSON.stringify

/** As much of a statement about a bill of materials as is looked at. */
interface Listed {
  readonly _type: string
  readonly predicateType: string
  readonly subject: readonly { readonly name: string }[]
  readonly predicate: {
    readonly creationInfo: { readonly created: string }
    readonly packages: readonly {
      readonly name: string
      readonly comment?: string
      readonly externalRefs?: readonly { readonly referenceType: string; readonly referenceLocator: string }[]
    }[]
  }
}

async function readStatement(path: string): Promise<Listed> {
  return JSON.parse(await readFile(path, 'utf8'))
}

async function purlsOf(path: string): Promise<readonly string[]> {
  const { predicate } = await readStatement(path)
  return predicate.packages.flatMap(({ externalRefs = [] }) =>
    externalRefs.flatMap(({ referenceType, referenceLocator }) => (referenceType === 'purl' ? [referenceLocator] : [])),
  )
}

const files = {
  Dockerfile: `ARG BUILDKIT_SBOM_SCAN_STAGE=make
FROM scratch AS make
COPY tool.dist-info/ /tool.dist-info/
FROM scratch
ARG BUILDKIT_SBOM_SCAN_CONTEXT=true
COPY status /var/lib/dpkg/status
COPY os-release /etc/os-release
COPY modules /app/node_modules
COPY --from=make /tool.dist-info/ /made/
`,
  status: 'Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.36-9\n',
  'os-release': 'ID=debian\nVERSION_ID=12\n',
  'modules/@s/a/package.json': json({ name: '@s/a', version: '1.0.0', license: 'MIT' }),
  'modules/broken/package.json': '{',
  'tool.dist-info/METADATA': 'Name: tool\nVersion: 3\n',
  'package-lock.json': json({ packages: { 'node_modules/locked': { version: '5.0.0' } } }),
}

test('a directory gets the lists beside its files, and unread records are notes', async ({ directory, store }) => {
  await writeTree(join(directory, 'context'), files)
  const built = await tsbuild(
    [
      '--sbom=mode=all',
      '--platform',
      'linux/amd64',
      '-o',
      `type=local,dest=${join(directory, 'out')}`,
      join(directory, 'context'),
    ],
    { root: store },
  )
  expect(built.code, built.stderr).toBe(0)
  expect(built.stderr).toContain(
    'WARNING: MaterialsIncomplete: sbom.spdx.json is not complete: /app/node_modules/broken/package.json cannot be read',
  )
  expect(built.stderr).toContain(
    'WARNING: ParameterIgnored: ignored sbom parameter "mode": it needs a generator image (generator=IMAGE)',
  )
  const lists = (await readdir(join(directory, 'out'))).filter((name) => name.endsWith('.spdx.json'))
  expect(lists.sort()).toEqual(['sbom-context.spdx.json', 'sbom-make.spdx.json', 'sbom.spdx.json'])
  expect(await purlsOf(join(directory, 'out/sbom.spdx.json'))).toEqual([
    'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12',
    'pkg:npm/%40s/a@1.0.0',
  ])
  expect(await purlsOf(join(directory, 'out/sbom-make.spdx.json'))).toEqual(['pkg:pypi/tool@3'])
  expect(await purlsOf(join(directory, 'out/sbom-context.spdx.json'))).toEqual([
    'pkg:npm/locked@5.0.0',
    'pkg:pypi/tool@3',
  ])
})

test('packages of an image name the layer they came with; building again, and elsewhere, says the same', async ({
  directory,
  tryBuild,
}) => {
  const request = {
    files: files,
    args: ['--sbom=true', '--platform', 'linux/amd64'],
    env: { SOURCE_DATE_EPOCH: '1700000000' },
  }
  const built = await tryBuild(files.Dockerfile, request)
  expect(built.code, built.stderr).toBe(0)
  const attestation = (await rootsOf(built.layout)).find(({ artifactType }) => artifactType !== undefined)
  const [main, ...others] = await statementsOf(built.layout, attestation?.digest)
  expect(others.map(({ predicate }) => predicate['name'])).toEqual(['context linux/amd64', 'make linux/amd64'])
  const { rootfs } = (await openImage(built.layout)).config
  expect(main?.predicate).toMatchObject({
    name: 'linux/amd64',
    creationInfo: { created: '2023-11-14T22:13:20Z' },
    packages: [
      { SPDXID: 'SPDXRef-Root' },
      { name: 'debian', versionInfo: '12' },
      { name: 'libc6', comment: `layerID: ${rootfs.diff_ids[0]}` },
      { name: '@s/a', comment: `layerID: ${rootfs.diff_ids[2]}`, licenseDeclared: 'MIT' },
    ],
  })
  const again = await tryBuild(files.Dockerfile, {
    ...request,
    args: [...request.args, '--root', join(directory, 'other')],
  })
  expect((await rootsOf(again.layout)).map(({ digest }) => digest)).toEqual(
    (await rootsOf(built.layout)).map(({ digest }) => digest),
  )
})

/** Generator that lists names of files, prints its parameters, and leaves another file behind. */
const generator = `FROM base
RUN mkdir -p /run/out && echo old > /run/out/old.spdx.json
WORKDIR /work
ENV FROM_IMAGE=yes
COPY --chmod=755 scan.sh /scan.sh
USER nobody
ENTRYPOINT ["/scan.sh", "one"]
CMD ["two"]
`
const script = `#!/bin/sh -e
list() {
  out=$BUILDKIT_SCAN_DESTINATION/$2.spdx.json
  printf '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","subject":[{"name":"gone"}],"predicate":' > $out
  printf '{"SPDXID":"SPDXRef-DOCUMENT","name":"%s %s %s %s %s","creationInfo":{"creators":["Tool: sh"]},"packages":[],"files":[' \\
    "$*" "$(pwd)" "$FROM_IMAGE" "$BUILDKIT_SCAN_mode" "$(id -u)" >> $out
  (cd $3; find . -type f -name '*.txt' | sort | sed 's/.*/{"fileName":"&"}/' | paste -sd ,) >> $out
  printf ']}}' >> $out
}
echo temporary > /tmp/x
list "$1$2" $(basename $BUILDKIT_SCAN_SOURCE) $BUILDKIT_SCAN_SOURCE
for extra in $BUILDKIT_SCAN_SOURCE_EXTRAS/*; do [ -d $extra ] && list extra $(basename $extra) $extra; done
`
const shellObstacle = withoutShell() ?? (await withoutRun())
const rungs: readonly { rung: string; wrap: readonly string[]; obstacle: Obstacle }[] = [
  { rung: 'root', wrap: [], obstacle: withoutRoot() ?? shellObstacle },
  {
    rung: 'chroot',
    wrap: ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'],
    obstacle: withoutRoot() ?? shellObstacle ?? withoutPrograms('setpriv'),
  },
]

for (const { rung, wrap, obstacle } of rungs) {
  test.skipIf(obstacle !== undefined)(
    titled(
      `a generator is an image that is run on the result and on what else is listed, isolated by ${rung}`,
      obstacle,
    ),
    async ({ base, directory }) => {
      const root = join(directory, 'store')
      const out = join(directory, 'out')
      const context = join(directory, 'context')
      await writeTree(join(directory, 'generator'), { Dockerfile: generator, 'scan.sh': script })
      await writeTree(context, {
        Dockerfile: `FROM scratch AS make
ARG BUILDKIT_SBOM_SCAN_STAGE=true
COPY made.txt /m/
FROM scratch
COPY first.txt /a/
COPY --from=make /m/made.txt /b/second.txt
`,
        'first.txt': '1',
        'made.txt': '2',
      })
      const run = (...args: readonly string[]) =>
        runProgram(wrap[0] ?? tsbuildPath, [...wrap.slice(1), ...(wrap.length > 0 ? [tsbuildPath] : []), ...args], {
          env: { TSBUILD_ROOT: root },
        })
      const generated = await run(
        '-t',
        'gen:1',
        '--isolation',
        rung,
        '--build-context',
        `base=oci-layout://${base}:latest`,
        join(directory, 'generator'),
      )
      expect(generated.code, generated.stderr).toBe(0)
      const build = () =>
        run('--sbom=generator=gen:1,mode=all', '--isolation', rung, '-o', `type=local,dest=${out}`, context)
      const first = await build()
      expect(first.code, first.stderr).toBe(0)
      expect((await readdir(out)).filter((name) => name.endsWith('.json')).sort()).toEqual([
        'sbom-make.spdx.json',
        'sbom.spdx.json',
      ])
      const main = await readStatement(join(out, 'sbom.spdx.json'))
      expect(main).toMatchObject({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'a/first.txt' }, { name: 'b/second.txt' }],
        predicate: {
          name: 'onetwo sbom /run/src/core/sbom /work yes all 0',
          creationInfo: { creators: ['Tool: sh', expect.stringMatching(/^Tool: tsbuild-/)] },
          files: [
            { fileName: './a/first.txt', comment: expect.stringMatching(/^layerID: sha256:[0-9a-f]{64}$/) },
            { fileName: './b/second.txt', comment: expect.stringMatching(/^layerID: sha256:[0-9a-f]{64}$/) },
          ],
        },
      })
      expect(await readStatement(join(out, 'sbom-make.spdx.json'))).toMatchObject({
        predicate: {
          name: 'extra sbom-make /run/src/extras/sbom-make /work yes all 0',
          files: [{ fileName: './m/made.txt' }],
        },
      })
      const second = await build()
      expect([second.code, second.stderr]).toEqual([
        0,
        expect.stringMatching(/generating sbom using [^\n]*\n#\d+ CACHED/),
      ])
    },
  )
}

const obstacle = shellObstacle ?? withoutRoot()

test.skipIf(obstacle !== undefined)(
  titled('what a generator leaves must be bills of materials', obstacle),
  async ({ base, directory }) => {
    const root = join(directory, 'store')
    const scan = async (name: string, command: string) => {
      await writeTree(join(directory, name), { Dockerfile: `FROM base\nCMD ${command}\n` })
      const generated = await tsbuild(
        ['-t', name, '--build-context', `base=oci-layout://${base}:latest`, join(directory, name)],
        { root },
      )
      expect(generated.code, generated.stderr).toBe(0)
      await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /a\n', a: '' })
      return tsbuild(
        [
          `--sbom=generator=${name}`,
          '-o',
          `type=local,dest=${join(directory, `${name}-out`)}`,
          join(directory, 'context'),
        ],
        {
          root,
        },
      )
    }
    const silent = await scan('silent', 'true')
    expect([silent.code, silent.stderr]).toEqual([
      0,
      expect.stringContaining('docker.io/library/silent:latest wrote no bill of materials'),
    ])
    const odd = await scan('odd', 'echo {} > /run/out/sbom.spdx.json')
    expect([odd.code, odd.stderr]).toEqual([
      1,
      expect.stringContaining('"sbom.spdx.json" is not an in-toto statement: its _type is undefined'),
    ])
    const link = await scan('link', 'ln -s /etc/passwd /run/out/sbom.spdx.json')
    expect([link.code, link.stderr]).toEqual([
      1,
      expect.stringContaining('"sbom.spdx.json" is not a file but a symlink'),
    ])
    const failing = await scan('failing', 'echo no; exit 7')
    expect([failing.code, failing.stderr]).toEqual([expect.any(Number), expect.stringContaining('exit code: 7')])
    expect(failing.code).not.toBe(0)
  },
)
