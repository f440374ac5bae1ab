import { existsSync } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Obstacle, withoutPrograms, withoutRoot } from './obstacle.ts'
import { runProgram } from './run-program.ts'

/** The root file system of a small Debian with libstdc++ and certificates, about 150 MB. Kept between runs: it takes half a minute. */
export const debianArchive: string = join(tmpdir(), 'tsbuild-test-debian.tar')

/** Makes `debianArchive` unless it is there; tells why it cannot. */
export async function withoutDebian(): Promise<Obstacle> {
  if (existsSync(debianArchive)) return undefined
  const obstacle = withoutRoot() ?? withoutPrograms('mmdebstrap')
  if (obstacle !== undefined) return obstacle
  const [, release] = /^VERSION_CODENAME=(\w+)/m.exec(await readFile('/etc/os-release', 'utf8')) ?? []
  if (release === undefined) return 'this is no Debian'
  // The machine's own sources know its mirrors.
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((path) => existsSync(path))
  const unfinished = `${debianArchive}.${process.pid}.tar`
  const args = [
    '--quiet',
    '--variant=essential',
    '--include=libstdc++6,ca-certificates',
    release,
    unfinished,
    ...(sources === undefined ? [] : [sources]),
  ]
  const { code, stderr } = await runProgram('mmdebstrap', args, { env: { SOURCE_DATE_EPOCH: '1700000000' } })
  if (code !== 0) return `mmdebstrap failed: ${stderr.trim().split('\n').at(-1) ?? ''}`
  await rename(unfinished, debianArchive)
  return undefined
}
