import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

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

test('a directory gets the lists beside its files, and what was not read is told', async ({ directory, store }) => {
  await writeTree(join(directory, 'context'), files)
  const built = await tsbuild(
    ['--sbom=true', '--platform', 'linux/amd64', '-o', `type=local,dest=${join(directory, 'out')}`, join(directory, 'context')],
    { root: store },
  )
  expect(built.code, built.stderr).toBe(0)
  expect(built.stderr).toContain('WARNING: sbom.spdx.json is not complete: /app/node_modules/broken/package.json cannot be read')
  const lists = (await readdir(join(directory, 'out'))).filter((name) => name.endsWith('.spdx.json'))
  expect(lists.sort()).toEqual(['sbom-context.spdx.json', 'sbom-make.spdx.json', 'sbom.spdx.json'])
  expect(await purlsOf(join(directory, 'out/sbom.spdx.json'))).toEqual([
    'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12',
    'pkg:npm/%40s/a@1.0.0',
  ])
  expect(await purlsOf(join(directory, 'out/sbom-make.spdx.json'))).toEqual(['pkg:pypi/tool@3'])
  expect(await purlsOf(join(directory, 'out/sbom-context.spdx.json'))).toEqual(['pkg:npm/locked@5.0.0', 'pkg:pypi/tool@3'])
})
