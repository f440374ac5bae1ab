import { existsSync, globSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { findProgram, type Obstacle, withoutPrograms } from './obstacle.ts'
import { runOrThrow, runProgram } from './run-program.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** A Linux kernel and its overlay file system, kept between runs. */
const kernel = join(tmpdir(), 'tsbuild-test-kernel')

/**
 * Reason why no virtual machine can be started here. Downloads a kernel unless it was downloaded
 * before.
 */
export async function withoutVirtualMachine(): Promise<Obstacle> {
  if (process.arch !== 'x64') return `virtual machines of the tests are for x64, this is ${process.arch}`
  const obstacle = withoutPrograms('qemu-system-x86_64', 'busybox', 'unshare', 'newuidmap')
  if (obstacle !== undefined || existsSync(kernel)) return obstacle
  return downloadKernel().then(
    () => undefined,
    (error: unknown) => `apt-get cannot download a kernel: ${String(error).split('\n')[0] ?? ''}`,
  )
}

async function downloadKernel(): Promise<void> {
  await using directory = await temporaryDirectory()
  const cwd = directory.path
  // The package of this name only depends on the newest.
  await runOrThrow('apt-get', ['download', 'linux-image-cloud-amd64'], { cwd })
  const depends = await runOrThrow('dpkg-deb', ['--field', ...globSync('*.deb', { cwd }), 'Depends'], { cwd })
  const [newest = ''] = depends.split(' ')
  await runOrThrow('apt-get', ['download', newest], { cwd })
  await runOrThrow('dpkg-deb', ['--extract', ...globSync(`${newest}_*.deb`, { cwd }), 'files'], { cwd })
  await mkdir(join(cwd, 'kernel'))
  for (const [pattern, name] of [
    ['files/boot/vmlinuz-*', 'vmlinuz'],
    ['files/lib/modules/*/kernel/fs/overlayfs/overlay.ko', 'overlay.ko'],
  ] as const) {
    const [path] = globSync(pattern, { cwd })
    if (path === undefined) throw new Error(`no ${name} in ${newest}`)
    await copyFile(join(cwd, path), join(cwd, 'kernel', name))
  }
  await cp(join(cwd, 'kernel'), `${kernel}.${process.pid}`, { recursive: true })
  await rename(`${kernel}.${process.pid}`, kernel)
}

/** Milliseconds after which a machine is ended. */
const patience = 1_200_000

/** Printed when the script has ended. */
const end = '@end of the script'

/**
 * Mounts what a root file system needs; it is a tmpfs, because the kernel cannot change the root
 * from its first one.
 */
const start = `#!/bin/busybox sh
/bin/busybox mkdir /new
/bin/busybox mount -t tmpfs -o size=80% new /new
for entry in /*; do case $entry in /new|/dev|/proc|/sys) ;; *) /bin/busybox cp -a $entry /new/; esac; done
/bin/busybox mkdir -p /new/proc /new/sys /new/dev /new/tmp /new/run /new/root
exec /bin/busybox switch_root /new /prepare
`
const prepare = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
chmod 1777 /tmp
ip link set lo up
insmod /overlay.ko
sh /script 2>&1
echo ${end}
poweroff -f
`

/**
 * Files on the machine besides busybox: copies of files and directories of this one, by path, and
 * programs of this one.
 */
export interface MachineFiles {
  readonly copies: Readonly<Record<string, string>>
  /** With the libraries that they load. */
  readonly programs: readonly string[]
}

/**
 * Runs a script as root of a small Linux machine of its own, all in memory and without network, and
 * returns what it printed. The processor is emulated: nothing of this machine but qemu is needed,
 * and everything takes ten times as long.
 */
export async function runInMachine(script: string, { copies, programs }: MachineFiles): Promise<string> {
  await using directory = await temporaryDirectory()
  const root = join(directory.path, 'root')
  await mkdir(join(root, 'bin'), { recursive: true })
  for (const [to, from] of Object.entries({ '/overlay.ko': join(kernel, 'overlay.ko'), ...copies })) {
    await mkdir(dirname(join(root, to)), { recursive: true })
    await cp(from, join(root, to), { recursive: true, dereference: true })
  }
  for (const program of ['busybox', ...programs]) await copyProgram(program, root)
  await writeFile(join(root, 'script'), script)
  for (const [name, text] of [
    ['init', start],
    ['prepare', prepare],
  ] as const) {
    await writeFile(join(root, name), text)
    await chmod(join(root, name), 0o755)
  }
  const image = join(directory.path, 'initrd')
  await runOrThrow('sh', ['-ec', 'cd "$1" && find . | busybox cpio -o -H newc > "$2"', 'sh', root, image])
  const output = join(directory.path, 'console')
  await startMachine(image, output)
  const text = stripVTControlCharacters(await readFile(output, 'utf8')).replaceAll('\r', '')
  if (text.includes(end)) return text
  throw new Error(`The virtual machine ended early:\n${text.slice(-2000)}`)
}

/** The console goes to a file: qemu drops characters that a pipe does not take at once. */
async function startMachine(image: string, output: string): Promise<void> {
  const machine = [
    '-accel',
    'tcg',
    '-cpu',
    'max',
    '-m',
    '1800',
    '-smp',
    '2',
    '-no-reboot',
    '-nodefaults',
    '-display',
    'none',
  ]
  // A busy machine emulates the timer too slowly for the check of the kernel, which then
  // panics.
  const parameters = 'console=ttyS0 quiet loglevel=1 panic=-1 mitigations=off no_timer_check'
  const boot = ['-kernel', join(kernel, 'vmlinuz'), '-initrd', image, '-append', parameters]
  const signal = AbortSignal.timeout(patience)
  await runProgram('qemu-system-x86_64', [...machine, ...boot, '-serial', `file:${output}`], { signal })
}

async function copyProgram(program: string, root: string): Promise<void> {
  const path = findProgram(program) ?? program
  // Prints nothing that has a path for a static program.
  const libraries = await runOrThrow('sh', ['-c', 'ldd "$1" || true', 'sh', path])
  const files = new Set([
    path,
    ...[...libraries.matchAll(/(\/\S+)/g)].map(([file]) => file).filter((file) => existsSync(file)),
  ])
  for (const file of files) {
    const to = join(root, file === path ? `bin/${program.split('/').at(-1) ?? ''}` : file)
    await mkdir(dirname(to), { recursive: true })
    await cp(file, to, { dereference: true })
    // Copying drops set-user-ID bits.
    await chmod(to, (await stat(file)).mode)
  }
}
