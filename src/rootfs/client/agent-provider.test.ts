import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Layer } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { openAgentProvider } from './agent-provider.ts'
import type { RootfsProvider } from '../protocol/provider.ts'
import { agents, filesWith, sleepers, until } from '../testing/processes.ts'
import {
  directory,
  file,
  hasBusybox,
  listing,
  makeBase,
  makeStore,
  type Ran,
  rungOf,
  runIn,
  set,
  waysToRun,
} from '../testing/rootfs.ts'

const root = process.geteuid?.() === 0

describe.each(waysToRun)('$name with $strategy', ({ name, strategy, runs }) => {
  describe.skipIf(!runs || !hasBusybox)(`(skipped without busybox, or as ${root ? 'root' : 'another user'})`, () => {
    let home = ''
    let store: LayerStore
    let base: Layer
    let provider: RootfsProvider
    const run = (options: Parameters<typeof runIn>[2], on: readonly Layer[] = [base]): Promise<Ran> =>
      runIn(provider, on, options)
    const isReal = name !== 'chroot'

    beforeAll(async () => {
      ;({ store, directory: home } = await makeStore())
      base = makeBase(store)
      provider = await openAgentProvider(store, rungOf(name), { strategy })
    })
    afterAll(async () => {
      await provider[Symbol.asyncDispose]()
      expect(readdirSync(store.paths.work)).toEqual([])
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(home)
      if (root) rmSync(home, { recursive: true })
    })

    test('what a process changes becomes a layer, the same on every rung', async () => {
      const script = [
        'echo new > /data/new; rm /data/old; chmod 700 /data/able',
        'rm -r /data/sub; mkdir -p /data/sub/deep; echo 3 > /data/sub/three; touch /data/sub/two',
        'mkfifo -m 600 /data/fifo; ln -s gone /data/link; ln /data/new /data/again',
        'mkdir /fresh; touch /fresh/file; chown 1000:50 /fresh/file; chmod 4755 /fresh/file',
      ].join('\n')
      const { exitCode, err, layer } = await run({ script, epoch: 500 })
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
      expect(await listing(layer)).toEqual([
        '+ data directory 755 0:0',
        '+ data/able file 700 0:0',
        '+ data/again file 644 0:0',
        '+ data/fifo fifo 600 0:0',
        '+ data/link symlink 777 0:0',
        '+ data/new hardlink 644 0:0',
        '- data/old',
        '+ data/sub directory 755 0:0',
        '+ data/sub/deep directory 755 0:0',
        '- data/sub/one',
        '+ data/sub/three file 644 0:0',
        '+ data/sub/two file 644 0:0',
        '+ fresh directory 755 0:0',
        '+ fresh/file file 4755 1000:50',
      ])
      expect(await layer?.diffId()).toBe('sha256:bda61bf006590f8c07ebd886c0fe9de005177f24d87438433df1494b855a055c')
    })

    test('a process that changes nothing makes an empty layer; one that fails makes none', async () => {
      const quiet = await run({ script: 'cat /etc/passwd /etc/hosts >/dev/null; ls /tmp' })
      expect(await listing(quiet.layer)).toEqual([])
      expect(await quiet.layer?.diffId()).toBe(
        'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
      )
      expect(await run({ script: 'touch /x; exit 3' })).toEqual({ exitCode: 3, out: '', err: '' })
      expect((await run({ script: 'ls /x' })).exitCode).toBe(1)
    })

    test('a directory in which something came and went is as it was, in the layer and for the next step', async () => {
      const first = await run({ script: 'touch /data/sub/x /etc/y; rm /data/sub/x /etc/y; touch /data' })
      expect(await listing(first.layer)).toEqual([])
      const second = await run({ script: 'stat -c %Y /data /data/sub' }, [base, ...(first.layer ? [first.layer] : [])])
      expect(second.out).toBe('1000000\n0\n')
    })

    test('steps go on from each other, whether kept or unpacked again', async () => {
      const first = await run({ script: 'echo 1 > /a; mkdir /d; touch /d/f' })
      const one = [base, ...(first.layer ? [first.layer] : [])]
      const second = await run({ script: 'cat /a; rm -r /d; echo 2 > /a' }, one)
      expect(second.out).toBe('1\n')
      const two = [...one, ...(second.layer ? [second.layer] : [])]
      expect((await run({ script: 'cat /a; ls /d' }, two)).out).toBe('2\n')
      expect((await run({ script: 'cat /a; ls -d /d' }, one)).out).toBe('1\n/d\n')
      // As if another machine had made them.
      if (strategy === 'overlay' && root)
        for (const unpacked of readdirSync(store.paths.unpacked))
          rmSync(join(store.paths.unpacked, unpacked), { recursive: true })
      await using other = await openAgentProvider(store, rungOf(name), {
        strategy,
      })
      if (root) expect((await runIn(other, two, { script: 'cat /a; ls /d' })).out).toBe('2\n')
    })

    test('mount points and the files of the machine are not in the layer', async () => {
      const { layer } = await run({
        script: 'touch /mnt/deep/here; touch /etc/mine',
        mounts: [
          { type: 'tmpfs', target: '/mnt/deep' },
          { type: 'tmpfs', target: '/data/point' },
          { type: 'file', target: '/run/secrets/x', content: Buffer.from('s'), mode: 0o400, uid: 0, gid: 0 },
        ],
      })
      expect(await listing(layer)).toEqual(['+ etc directory 755 0:0', '+ etc/mine file 644 0:0'])
    })

    test('a rootfs of nothing but a program keeps no traces of mounts', async () => {
      const only = store.fromDiff(set({ 'bin/sh': file(readFileSync('/bin/busybox')), bin: directory() }), {
        type: 'none',
      })
      expect(await listing((await run({ script: 'true' }, [only])).layer)).toEqual([])
    })

    test('users, groups and homes are those of the rootfs', async () => {
      const { out, err, layer } = await run({
        script: 'id -u; id -g; echo $HOME; pwd; touch file',
        user: 'bob',
        cwd: '/work/dir',
      })
      expect({ out, err }).toEqual({ out: '1000\n1001\n/home/bob\n/work/dir\n', err: '' })
      expect(await listing(layer)).toEqual([
        '+ work directory 755 1000:1001',
        '+ work/dir directory 755 1000:1001',
        '+ work/dir/file file 644 1000:1001',
      ])
      expect((await run({ script: 'id -u; id -g; echo $HOME', user: '1234' })).out).toBe('1234\n0\n/\n')
      await expect(run({ user: 'ghost' })).rejects.toMatchObject({ code: 'USER_NOT_FOUND' })
    })

    test('environment: what is given, HOME and PATH, nothing of the host', async () => {
      const { out } = await run({
        args: ['env'],
        env: [
          ['A', 'b=c'],
          ['HOME', '/h'],
        ],
      })
      expect(out.trim().split('\n').toSorted()).toEqual([
        'A=b=c',
        'HOME=/h',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ])
    })

    test('programs that cannot be executed', async () => {
      await expect(run({ args: ['gone'] })).rejects.toMatchObject({
        code: 'EXEC_NOT_FOUND',
        message: 'exec: "gone": executable file not found in $PATH',
      })
      await expect(run({ args: ['/etc/passwd'] })).rejects.toMatchObject({ code: 'EXEC_DENIED' })
    })

    test('file systems of layers are seen, and written to in vain', async () => {
      const other = [
        store.fromDiff(
          set({ src: directory(), 'src/a': file('from a'), link: { ...directory(), type: 'symlink', target: '/src' } }),
          {
            type: 'none',
          },
        ),
      ]
      const script = 'cat /in/a /file; echo x > /rw/b && echo written; echo y > /in/c || echo refused'
      const { out, layer } = await run({
        script,
        mounts: [
          { type: 'snapshot', snapshot: other, path: '/src', target: '/in', readonly: true },
          { type: 'snapshot', snapshot: other, path: '/link', target: '/rw', readonly: false },
          { type: 'snapshot', snapshot: other, path: 'src/a', target: '/file', readonly: true },
        ],
      })
      expect(out).toBe(`from afrom awritten\n${isReal ? 'refused\n' : ''}`)
      expect(await listing(layer)).toEqual([])
      const missing = run({
        mounts: [{ type: 'snapshot', snapshot: other, path: '/gone', target: '/in', readonly: true }],
      })
      await expect(missing).rejects.toMatchObject({ code: 'MOUNT_SOURCE_MISSING' })
    })

    test('caches begin with their seed and last', async () => {
      const seed = { snapshot: [base], path: '/data' }
      const cache = {
        type: 'cache',
        directory: join(store.paths.cacheMounts, 'one'),
        target: '/cache',
        readonly: false,
        mode: 0o755,
        uid: 0,
        gid: 0,
      } as const
      const first = await run({ script: 'cat /cache/old; echo kept > /cache/new', mounts: [{ ...cache, seed }] })
      const second = await run({ script: 'cat /cache/new', mounts: [{ ...cache, seed }] })
      expect([first.out, second.out]).toEqual(['old', 'kept\n'])
      expect(await listing(second.layer)).toEqual([])
      const owned = { ...cache, directory: join(store.paths.cacheMounts, 'two'), mode: 0o700, uid: 1000, gid: 1001 }
      expect((await run({ script: 'stat -c "%a %u:%g" /cache', mounts: [owned] })).out).toBe('700 1000:1001\n')
    })

    test('secrets are files with an owner', async () => {
      const owned = { content: Buffer.from('t0k'), mode: 0o440, uid: 1000, gid: 7 }
      const secret = { type: 'file', target: '/run/secrets/token', ...owned } as const
      const script = 'cat /run/secrets/token; stat -c " %a %u:%g" /run/secrets/token'
      const { out } = await run({ script, mounts: [secret], user: 'bob' })
      expect(out).toBe('t0k 440 1000:7\n')
    })

    test.skipIf(!isReal)('secrets stay off the disk (skipped on chroot, which copies them)', async () => {
      const secret = `secret-${process.pid}-${Math.random()}`
      const owned = { content: Buffer.from(secret), mode: 0o400, uid: 0, gid: 0 }
      const found: string[] = []
      const taking = async (): Promise<void> => void found.push(...filesWith(home, secret))
      const script = 'grep -c "$VALUE" /run/secret; sleep 0.1'
      const mounts = [{ type: 'file', target: '/run/secret', ...owned }] as const
      expect((await run({ script, mounts, env: [['VALUE', secret]], taking })).out).toBe('1\n')
      expect(found).toEqual([])
    })

    test('sockets of the caller can be talked to', async () => {
      const source = join(home, 'agent.sock')
      const server = createServer((client) => client.end('hello\n')).listen(source)
      const socket = { type: 'socket', source, target: '/run/agent.sock', mode: 0o600, uid: 1000, gid: 1001 } as const
      const { out, layer } = await run({
        script: 'stat -c "%F %a %u" /run/agent.sock; nc local:/run/agent.sock </dev/null',
        mounts: [socket],
        user: 'bob',
      })
      server.close()
      expect(out).toMatch(/^socket 600 1000\n/)
      expect(await listing(layer)).toEqual([])
    })

    test('a hundred layers, one of them many times', async () => {
      const layers = Array.from({ length: 100 }, (_, index) =>
        store.fromDiff(set({ [`n${index}`]: file(`${index}`) }), { type: 'none' }),
      )
      const empty = store.fromDiff(new Map(), { type: 'none' })
      const { out, err } = await run({ script: 'cat /n0 /n50 /n99; ls -d /n* | wc -l' }, [
        base,
        empty,
        ...layers,
        empty,
        ...layers.slice(0, 10),
      ])
      expect({ out, err }).toEqual({ out: '05099100\n', err: '' })
    })

    test('processes at the same time do not see each other', async () => {
      const outputs = await Promise.all(
        [1, 2, 3, 4].map((n) => run({ script: `echo ${n} > /mine; sleep 0.05; cat /mine` })),
      )
      expect(outputs.map(({ out }) => out)).toEqual(['1\n', '2\n', '3\n', '4\n'])
    })

    test('aborting ends everything that was started', async () => {
      const marker = `6${process.pid}${Math.floor(Math.random() * 1000)}`
      const controller = new AbortController()
      const running = run({ script: `(sleep ${marker} &); sleep ${marker}`, signal: controller.signal })
      await until(() => sleepers(marker) === 2)
      controller.abort(new Error('stop'))
      await expect(running).rejects.toThrow('stop')
      expect(sleepers(marker)).toBe(0)
    })

    test('a network of its own is refused where it cannot be had', async () => {
      // `confined` has no network namespace, and no sockets then.
      const script = name === 'confined' ? 'ping -c1 127.0.0.1 2>&1; true' : 'cat /proc/net/dev | grep -c :'
      const answer = run({ script, network: 'none' })
      if (name === 'chroot') await expect(answer).rejects.toMatchObject({ code: 'RUNG_CANNOT' })
      else expect((await answer).out).toMatch(name === 'confined' ? /Address family not supported/ : /^1\n$/)
    })

    test('a caller that is killed leaves no process and no mount, and the next one cleans up', async () => {
      const marker = `7${process.pid}${Math.floor(Math.random() * 1000)}`
      const program = fileURLToPath(new URL('../testing/caller.ts', import.meta.url))
      const child = spawn(
        process.execPath,
        [program, join(home, 'killed'), name, strategy, `(sleep ${marker} &); sleep ${marker}`],
        {
          stdio: ['ignore', 'ignore', 'inherit'],
        },
      )
      await until(() => sleepers(marker) === 2)
      child.kill('SIGKILL')
      await until(() => sleepers(marker) === 0)
      await until(() => agents(join(home, 'killed')) === 0)
      const work = join(home, 'killed/v1/work')
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(home)
      const next = spawn(process.execPath, [program, join(home, 'killed'), name, strategy, 'true'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      await new Promise((resolve) => next.once('exit', resolve))
      expect(readdirSync(work).filter((entry) => entry.startsWith('agent-'))).toEqual([])
    })
  })
})
