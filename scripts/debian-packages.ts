import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Programs the tests use when they are there, and the Debian package each comes in. */
const packageOf: Readonly<Record<string, string>> = {
  skopeo: 'skopeo',
  umoci: 'umoci',
  crun: 'crun',
  podman: 'podman',
  buildah: 'buildah',
  'docker-registry': 'docker-registry',
  busybox: 'busybox-static',
  newuidmap: 'uidmap',
  mmdebstrap: 'mmdebstrap',
  strace: 'strace',
  unshare: 'util-linux',
  mount: 'mount',
  git: 'git',
}

/** Installs what is missing of the programs the tests use, as far as this machine allows it, and prints what there is and what is not. Never fails: tests skip what they lack. */
export function provideTestPrograms(): void {
  const missing = missingPrograms()
  const obstacle = missing.length > 0 ? obstacleToInstalling() : undefined
  if (missing.length > 0 && obstacle === undefined) install(missing.map((program) => packageOf[program] ?? program))
  const lacking = missingPrograms()
  const present = Object.keys(packageOf).filter((program) => !lacking.includes(program))
  console.log(`Programs for the tests: ${present.join(' ')}`)
  if (lacking.length > 0)
    console.log(`Missing: ${lacking.join(' ')} (${obstacle ?? 'apt-get could not install them'}); the tests that need them are left out`)
}

function missingPrograms(): readonly string[] {
  return Object.keys(packageOf).filter((program) => !isOnPath(program))
}

function isOnPath(program: string): boolean {
  // Debian keeps some in sbin, which is not on everybody's PATH.
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return directories.some((directory) => isExecutable(join(directory, program)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function obstacleToInstalling(): string | undefined {
  if (process.env['TSBUILD_NO_APT'] === '1') return 'TSBUILD_NO_APT=1'
  if (process.getuid?.() !== 0) return 'installing needs root'
  if (!isOnPath('apt-get')) return 'there is no apt-get'
  return undefined
}

function install(packages: readonly string[]): void {
  console.log(`Installing ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const aptGet = (...args: readonly string[]): boolean =>
    spawnSync('apt-get', ['-q', '-y', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  aptGet('update')
  const flags = ['install', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold']
  // One name a mirror does not know must not cost the others.
  if (!aptGet(...flags, ...packages)) for (const name of packages) aptGet(...flags, name)
}
