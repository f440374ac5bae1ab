import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { provideTestingPrograms, testingProgramsOf } from './testing-programs.ts'

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
  'chromium-headless-shell': ['chromium-headless-shell'],
  crun: ['crun'],
  e2fsprogs: ['mkfs.ext4'],
  'docker-registry': ['docker-registry'],
  'docker.io': ['docker', 'dockerd'],
  fish: ['fish'],
  gcc: ['gcc'],
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
  zsh: ['zsh'],
  zstd: ['zstd'],
}

/** Packages of which tests read files. */
const filesOf: Readonly<Record<string, readonly string[]>> = {
  'libc6-dev': ['/usr/include/stdio.h'],
  'linux-libc-dev': ['/usr/include/asm-generic/unistd.h'],
}

/**
 * Installs the missing packages of both lists if this machine allows it, and unpacks those of
 * Debian testing below `directory`; their programs are then at the end of this process' PATH.
 * Prints which programs exist and which are missing; tests of missing programs are skipped.
 */
export function provideTestPrograms(directory: string): void {
  const withoutFiles = Object.keys(filesOf).filter((name) => !filesOf[name]?.every((file) => existsSync(file)))
  const missing = [...packagesWith(missingOf(programs)), ...withoutFiles]
  const obstacle = obstacleToInstalling()
  if (missing.length > 0 && obstacle === undefined) withoutStartingServices(() => install(missing))
  const why = obstacle ?? unpackTesting(directory)
  const lacking = missingOf(programs)
  const lackingTesting = missingOf(testingPrograms)
  const present = [...programs, ...testingPrograms].filter((program) => isOnPath(program))
  console.log(`Programs for the tests: ${present.join(' ')}`)
  if (lacking.length > 0) printMissing(lacking, obstacle ?? 'apt-get could not install them')
  if (lackingTesting.length > 0) printMissing(lackingTesting, why ?? 'Debian testing lacks them')
}

const programs = Object.values(programsOf).flat()
const testingPrograms = Object.values(testingProgramsOf).flat()

function printMissing(names: readonly string[], why: string): void {
  console.log(`Missing: ${names.join(' ')} (${why}); tests that need them are skipped`)
}

/** Returns why the programs of Debian testing are not there. */
function unpackTesting(directory: string): string | undefined {
  if (missingOf(testingPrograms).length === 0) return undefined
  try {
    const scripts = provideTestingPrograms(directory)
    process.env['PATH'] = `${process.env['PATH'] ?? ''}${delimiter}${scripts}`
    return undefined
  } catch (error) {
    return `no Debian testing: ${error instanceof Error ? error.message : String(error)}`
  }
}

function missingOf(names: readonly string[]): readonly string[] {
  return names.filter((program) => !isOnPath(program))
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
