import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chrootIsolator } from '../rungs/chroot.ts'
import type { Argument, Call } from '../machine/call.ts'
import { buildLauncher } from '../launcher/elf.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import { hostArch } from '../launcher/start.ts'
import { loadLibc } from '../machine/libc.ts'
import { namespaceIsolator } from '../rungs/namespaces.ts'
import { ociIsolator } from '../oci/isolator.ts'
import { findRuntime, type RuntimeName } from '../oci/runtime.ts'
import { findPasta } from './private-network.ts'
import type { ProcessSpec } from '../model/process.ts'
import { canSandbox, Sandbox } from '../testing/sandbox.ts'

const abstractName = `\0tsbuild-test-${process.pid}`
const [AF_UNIX, AF_INET, AF_INET6, AF_PACKET] = [1, 2, 10, 17]
const [SOCK_STREAM, SOCK_RAW] = [1, 3]
const [EPERM, ECONNREFUSED] = [1, 111]

describe.skipIf(!canSandbox)('what a process reaches (skipped without CAP_SYS_ADMIN or busybox)', () => {
  const servers: Server[] = []
  let port = 0
  beforeAll(async () => {
    const tcp = await listening(
      createServer((socket) => socket.end()),
      { host: '127.0.0.1', port: 0 },
    )
    const unix = await listening(
      createServer((socket) => socket.end()),
      { path: abstractName },
    )
    servers.push(tcp, unix)
    const address = tcp.address()
    port = typeof address === 'object' ? (address?.port ?? 0) : 0
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  const pasta = withoutPasta()
  const open = { tcp: 0, abstract: 0, packet: 0, icmp: 0, rawTcp: 0, rawIpv6: 0, netlink: 0 }
  const alone = { ...open, tcp: ECONNREFUSED, abstract: ECONNREFUSED }
  // Landlock keeps abstract sockets of the machine away since ABI 6 (Linux 6.12).
  const abstract = loadLibc().landlockAbi() >= 6 ? EPERM : 0
  const shared = { ...open, abstract, packet: EPERM, rawTcp: EPERM, rawIpv6: EPERM }
  const cases = [
    { rung: 'root', isolator: namespaceIsolator, network: 'default', reaches: shared },
    { rung: 'root', isolator: namespaceIsolator, network: 'host', reaches: open },
    { rung: 'root', isolator: namespaceIsolator, network: 'none', reaches: alone },
    { rung: 'root', isolator: namespaceIsolator, network: 'private', reaches: alone, obstacle: pasta },
    { rung: 'chroot', isolator: chrootIsolator, network: 'default', reaches: { ...shared, icmp: EPERM } },
    { rung: 'chroot', isolator: chrootIsolator, network: 'host', reaches: open },
    ...(['crun', 'runc'] as const).flatMap((name) => {
      const rung = { rung: `oci:${name}`, isolator: (context: LaunchContext) => ociIsolator(name, context) }
      const runtime = withoutRuntime(name)
      return [
        { ...rung, network: 'default', reaches: shared, obstacle: runtime },
        { ...rung, network: 'host', reaches: open, obstacle: runtime },
        { ...rung, network: 'none', reaches: alone, obstacle: runtime },
        { ...rung, network: 'private', reaches: alone, obstacle: runtime ?? pasta },
      ] as const
    }),
  ] as const

  for (const { rung, isolator, network, reaches, ...more } of cases) {
    const obstacle = 'obstacle' in more ? more.obstacle : undefined
    test.skipIf(obstacle !== undefined)(
      `${rung}, network ${network}${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
      async () => {
        using sandbox = new Sandbox(isolator)
        const ways: Readonly<Record<keyof typeof open, readonly Call[]>> = {
          tcp: connectTo(AF_INET, ipv4Address(port)),
          abstract: connectTo(AF_UNIX, unixAddress(abstractName)),
          packet: makeSocket(AF_PACKET, SOCK_RAW, 0x0300),
          icmp: makeSocket(AF_INET, SOCK_RAW, 1),
          rawTcp: makeSocket(AF_INET, SOCK_RAW, 6),
          rawIpv6: makeSocket(AF_INET6, SOCK_RAW, 255),
          netlink: makeSocket(16, SOCK_RAW, 0),
        }
        const found: Record<string, number> = {}
        for (const [name, calls] of Object.entries(ways)) found[name] = await errorOf(sandbox, { calls, network })
        expect(found).toEqual(reaches)
      },
    )
  }

  test('i386 programs of glibc have no raw sockets, because no filter can tell theirs', async () => {
    using sandbox = new Sandbox(namespaceIsolator)
    execFileSync('mkdir', [sandbox.at('rootfs/lib')])
    writeFileSync(sandbox.at('rootfs/lib/ld-linux.so.2'), '')
    const calls = makeSocket(AF_INET, SOCK_RAW, 1)
    expect(await errorOf(sandbox, { calls, network: 'default' })).toBe(EPERM)
    expect(await errorOf(sandbox, { calls, network: 'none' })).toBe(0)
  })

  test('chroot has no private network', async () => {
    using sandbox = new Sandbox(chrootIsolator)
    await expect(sandbox.run('true', { network: 'private' })).rejects.toMatchObject({ code: 'RUNG_CANNOT' })
  })

  test('without pasta, a private network names what to install', async () => {
    using sandbox = new Sandbox(namespaceIsolator)
    await expect(runPrivate(sandbox)).rejects.toMatchObject({
      code: 'RUNG_CANNOT',
      message: 'cannot give RUN a private network: pasta is not installed',
      hint: expect.stringContaining('package passt'),
    })
  })

  test('when pasta fails, its reason is reported and the process does not run', async () => {
    using sandbox = new Sandbox(namespaceIsolator)
    mkdirSync(sandbox.at('path'))
    writeFileSync(
      sandbox.at('path/pasta'),
      '#!/bin/sh\necho "Failed to send to syslog" >&2\necho "No tun today" >&2\nexit 1\n',
      {
        mode: 0o755,
      },
    )
    await expect(runPrivate(sandbox)).rejects.toMatchObject({
      code: 'RUNG_CANNOT',
      message: 'cannot give RUN a private network: pasta ended with 1: No tun today',
    })
    expect(existsSync(sandbox.at('rootfs/tmp/ran'))).toBe(false)
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(sandbox.directory)
  })

  test.skipIf(pasta !== undefined)(
    `pasta ends with the process${pasta === undefined ? '' : ` (skipped: ${pasta})`}`,
    async () => {
      using sandbox = new Sandbox(namespaceIsolator)
      const { exitCode } = await sandbox.run('ip addr', { network: 'private' })
      expect(exitCode).toBe(0)
      expect(processesWith(sandbox.directory)).toEqual([])
    },
  )
})

/** Runs a process in a private network, with only the programs of the test in PATH. */
async function runPrivate(sandbox: Sandbox): Promise<unknown> {
  const before = process.env['PATH']
  process.env['PATH'] = sandbox.at('path')
  try {
    return await sandbox.run('touch /tmp/ran', { network: 'private' })
  } finally {
    process.env['PATH'] = before
  }
}

/** Number of the error of the first call that fails; 0 if all succeed. */
async function errorOf(
  sandbox: Sandbox,
  { calls, network }: { readonly calls: readonly Call[]; readonly network: ProcessSpec['network'] },
): Promise<number> {
  const { elf } = buildLauncher([...calls, { name: 'exit_group', args: [0], purpose: 'exit' }], hostArch())
  writeFileSync(sandbox.at('rootfs/bin/try'), elf, { mode: 0o755 })
  // A launcher reports on descriptor 3: the address of the call, then the number of the error.
  const { exitCode, out } = await sandbox.run('try 3>/tmp/report && exit 0; od -An -td4 -j8 -N4 /tmp/report', {
    network,
  })
  expect(exitCode).toBe(0)
  return Number(out)
}

/** The socket becomes descriptor 4. */
function makeSocket(family: number, type: number, protocol: number): readonly Call[] {
  return [{ name: 'socket', args: [family, type, protocol], purpose: 'make a socket' }]
}

function connectTo(family: number, address: Uint8Array): readonly Call[] {
  const args: readonly Argument[] = [4, address, address.length]
  return [...makeSocket(family, SOCK_STREAM, 0), { name: 'connect', args, purpose: 'connect' }]
}

/** struct sockaddr_in for 127.0.0.1. */
function ipv4Address(port: number): Uint8Array {
  const address = Buffer.alloc(16)
  address.writeUInt16LE(AF_INET)
  address.writeUInt16BE(port, 2)
  address.set([127, 0, 0, 1], 4)
  return address
}

/** struct sockaddr_un; its length ends an abstract name. */
function unixAddress(name: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(AF_UNIX, 0), Buffer.from(name)])
}

async function listening(server: Server, where: Parameters<Server['listen']>[0]): Promise<Server> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(where, resolve))
  return server
}

/** Command lines that name a directory. */
function processesWith(directory: string): readonly string[] {
  const lines = readdirSync('/proc').map((name) => (/^\d+$/.test(name) ? readCommand(name) : ''))
  return lines.filter((line) => line.includes(directory))
}

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Reason why an OCI runtime cannot be tried here. */
function withoutRuntime(name: RuntimeName): string | undefined {
  try {
    findRuntime(name)
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Reason why pasta cannot be tried here. */
function withoutPasta(): string | undefined {
  if (findPasta() === undefined) return 'pasta is not installed'
  const { status, stderr } = spawnSync('unshare', ['--net', 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `no network namespace: ${stderr.trim()}`
}
