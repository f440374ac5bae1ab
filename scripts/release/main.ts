// Makes all files of a release in a directory, with signed checksums. Publishes nothing.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { makeExecutable } from '../executable/make.ts'
import { makeImage } from './image.ts'
import { packNpm } from './npm-package.ts'
import { run } from './run.ts'
import { readSigningKey, signSums } from './sign-sums.ts'

const root = join(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: {
    key: { type: 'string' },
    output: { type: 'string', default: 'release' },
    repository: { type: 'string' },
    roots: { type: 'string', default: join(root, '.tmp/executable') },
  },
})
const { key: keyFile, repository, roots } = values
if (keyFile === undefined)
  throw new Error('usage: release --key FILE [--output DIRECTORY] [--repository URL] [--roots DIRECTORY]')
if (repository !== undefined && !/^https:\/\/[^\s?#]+[^\s/?#]$/.test(repository))
  throw new Error(`--repository is "${repository}", not the https: address of a repository`)
const key = await readSigningKey(keyFile)
const output = resolve(values.output)
await mkdir(output, { recursive: true })
if ((await readdir(output)).length > 0) throw new Error(`--output: ${output} is not empty`)

const { version }: { readonly version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const work = join(root, '.tmp', `release-${process.pid}`)
const archive = `tsbuild-image-${version}.tar`
try {
  await mkdir(roots, { recursive: true })
  run(process.execPath, [join(root, 'scripts/build.ts')])
  await packNpm(root, { work, directory: output, repository })
  await makeExecutable({ root, arch: 'x64', path: join(output, 'tsbuild-linux-amd64') })
  await makeExecutable({ root, arch: 'arm64', path: join(output, 'tsbuild-linux-arm64') })
  const digest = await makeImage({
    executables: output,
    roots,
    work,
    name: `tsbuild:${version}`,
    epoch: run('git', ['-C', root, 'log', '-1', '--format=%ct']).trim(),
    dest: join(output, archive),
  })
  await writeFile(join(output, `tsbuild-image-${version}.digest`), `${digest}\n`)
  await signSums(output, key)
} finally {
  await rm(work, { recursive: true, force: true })
}
console.log(`${output}:\n  ${(await readdir(output)).join('\n  ')}`)
console.log(`next: npm publish tsbuild-oci-${version}.tgz
  tsbuild copy oci-archive:${archive} REGISTRY/tsbuild:${version}, then cosign sign the digest`)
