import { existsSync } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Obstacle, withoutPrograms, withoutRoot } from './obstacle.ts'
import { runProgram } from './run-program.ts'

/**
 * The root file system of a small Debian with apt, libstdc++ and certificates, about 170 MB.
 * `/opt/packages` holds jq and what it needs, so that tests install something without network. Kept
 * between runs: it takes half a minute.
 */
export const debianArchive: string = join(tmpdir(), 'tsbuild-test-debian-apt.tar')

/** Downloads packages with the apt of this machine and the sources of the new system. */
const downloadPackages = `mkdir -p "$1/opt/packages/partial" &&
  APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --yes --no-install-recommends --download-only -o Dir::Cache::Archives="$1/opt/packages" install jq adduser &&
  rm -r "$1/opt/packages/partial" "$1/opt/packages/lock"`

/** Makes `debianArchive` unless it exists; returns why it cannot. */
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
    '--variant=apt',
    '--include=libstdc++6,ca-certificates,passwd',
    `--customize-hook=${downloadPackages}`,
    release,
    unfinished,
    ...(sources === undefined ? [] : [sources]),
  ]
  const { code, stderr } = await runProgram('mmdebstrap', args, { env: { SOURCE_DATE_EPOCH: '1700000000' } })
  if (code !== 0) return `mmdebstrap failed: ${stderr.trim().split('\n').at(-1) ?? ''}`
  await rename(unfinished, debianArchive)
  return undefined
}
