import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Debian packages that `npm test` installs, and the programs in each that tests, differential
 * cases, examples and benchmarks call. `test/programs.test.ts` compares this list with the calls.
 */
export const programsOf: Readonly<Record<string, readonly string[]>> = {
  acl: ['setfacl'],
  attr: ['getfattr', 'setfattr'],
  binutils: ['readelf'],
  buildah: ['buildah'],
  'busybox-static': ['busybox'],
  bubblewrap: ['bwrap'],
  'btrfs-progs': ['mkfs.btrfs'],
  bzip2: ['bzip2'],
  crun: ['crun'],
  e2fsprogs: ['mkfs.ext4'],
  'docker-registry': ['docker-registry'],
  'docker.io': ['docker', 'dockerd'],
  git: ['git'],
  iproute2: ['ip'],
  'libcap2-bin': ['setcap'],
  mmdebstrap: ['mmdebstrap'],
  mount: ['mount', 'umount'],
  'openssh-client': ['ssh-add', 'ssh-agent'],
  openssl: ['openssl'],
  passt: ['pasta'],
  passwd: ['useradd', 'userdel', 'usermod'],
  podman: ['podman'],
  'qemu-system-x86': ['qemu-system-x86_64'],
  'qemu-user-static': ['qemu-aarch64-static'],
  runc: ['runc'],
  runsc: ['runsc'],
  skopeo: ['skopeo'],
  strace: ['strace'],
  uidmap: ['newgidmap', 'newuidmap'],
  umoci: ['umoci'],
  'util-linux': ['fallocate', 'nsenter', 'setpriv', 'taskset', 'unshare'],
  'xz-utils': ['xz'],
  zip: ['zip'],
  zstd: ['zstd'],
}

/**
 * Installs the missing packages of `programsOf` if this machine allows it.
 * Prints which programs exist and which are missing; tests of missing programs are skipped.
 */
export function provideTestPrograms(): void {
  const missing = packagesWith(missingPrograms())
  const obstacle = missing.length > 0 ? obstacleToInstalling() : undefined
  if (missing.length > 0 && obstacle === undefined) withoutStartingServices(() => install(missing))
  const lacking = missingPrograms()
  const present = programs.filter((program) => !lacking.includes(program))
  console.log(`Programs for the tests: ${present.join(' ')}`)
  if (lacking.length > 0)
    console.log(
      `Missing: ${lacking.join(' ')} (${obstacle ?? 'apt-get could not install them'}); tests that need them are skipped`,
    )
}

const programs = Object.values(programsOf).flat()

function missingPrograms(): readonly string[] {
  return programs.filter((program) => !isOnPath(program))
}

function packagesWith(missing: readonly string[]): readonly string[] {
  return Object.keys(programsOf).filter((name) => programsOf[name]?.some((program) => missing.includes(program)))
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
  if (!isOnPath('apt-get')) return 'apt-get not found'
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

/**
 * Docker and the registry are services: tests start their own. Debian asks this program before it
 * starts one.
 */
function withoutStartingServices(action: () => void): void {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return action()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    action()
  } finally {
    rmSync(policy)
  }
}
