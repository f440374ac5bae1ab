import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Diff, Entry, Path } from '@tsbuild/tree'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Layer } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { openAgentProvider } from './client/agent-provider.ts'
import type { RootfsProvider } from './protocol/provider.ts'
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
} from './testing/rootfs.ts'

// A layer holds what differs from the layers below, on every rung.

const attributePrograms = ['/usr/bin/setfattr', '/usr/bin/getfattr', '/usr/bin/setfacl', '/usr/bin/getfacl']
const hasAttributes = attributePrograms.every((path) => existsSync(path))
const epoch = 1_500_000

const linked: Entry = { ...directory(), mode: 0o644, type: 'hardlink', target: 'opt/x-1.0/one' }

/** Two names of one file, files to open and to cover, and a directory to move. */
const filesDiff: Diff = set({
  'etc/hosts': file('127.0.0.1 image\n', { mode: 0o644, mtime: 1_000_000 }),
  'etc/.lock': file('', { mode: 0o600 }),
  'etc/token': file('of the image', { mode: 0o640, gid: 7, mtime: 1_000_000 }),
  opt: { ...directory(), mtime: 1_000_000 },
  'opt/x-1.0': { ...directory(), mtime: 1_000_000 },
  'opt/x-1.0/one': file('one', { mode: 0o644, mtime: 1_000_000 }),
  'opt/x-1.0/two': linked,
  'opt/x-1.0/big': file('x'.repeat(3_000_000), { mtime: 1_000_000 }),
})

describe.each(waysToRun)('$name with $strategy', ({ name, strategy, runs }) => {
  describe.skipIf(!runs || !hasBusybox)('(skipped without busybox, or as another user)', () => {
    let home = ''
    let store: LayerStore
    let below: readonly Layer[]
    let provider: RootfsProvider
    const run = (
      script: string,
      options: Omit<Parameters<typeof runIn>[2], 'script'> = {},
      on: readonly Layer[] = below,
    ): Promise<Ran> => runIn(provider, on, { script, epoch, ...options })
    const changes = async (script: string): Promise<readonly string[]> => {
      const { exitCode, err, layer } = await run(script)
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
      return listing(layer)
    }

    beforeAll(async () => {
      const made = await makeStore()
      ;({ store, directory: home } = made)
      below = [makeBase(store), store.fromDiff(filesDiff, { type: 'none' })]
      provider = await openAgentProvider(store, rungOf(name), { strategy })
    })
    afterAll(async () => {
      await provider[Symbol.asyncDispose]()
      expect(readdirSync(store.paths.work)).toEqual([])
      if (process.geteuid?.() === 0) rmSync(home, { recursive: true })
    })

    test.each([
      ['opened for writing', ': >> /etc/.lock; : >> /opt/x-1.0/big'],
      [
        'given the mode, the owner and the time it has',
        'chmod 640 /etc/token; chown 0:7 /etc/token; touch -d @1000000 /etc/token',
      ],
      [
        'replaced by a copy',
        'cp -p /etc/token /new; mv /new /etc/token; cp -p /opt/x-1.0/big /b; mv /b /opt/x-1.0/big',
      ],
      [
        'written again with the same content and time',
        'echo -n "of the image" > /etc/token; touch -d @1000000 /etc/token',
      ],
      ['moved away and back', 'mv /etc/token /t; mv /t /etc/token; mv /opt/x-1.0 /opt/y; mv /opt/y /opt/x-1.0'],
      ['linked for a while', 'ln /opt/x-1.0/one /three; rm /three; ln /etc/token /t; rm /t'],
      ['removed with its directory, which is made again', 'cp -a /opt/x-1.0 /c; rm -r /opt/x-1.0; mv /c /opt/x-1.0'],
    ])('a file is in no layer that was %s', async (_, script) => {
      const first = await run(script)
      expect(first).toMatchObject({ exitCode: 0, err: '' })
      expect(await listing(first.layer)).toEqual([])
      const seen = await run(
        'stat -c "%a %u:%g %Y" /etc/token /opt/x-1.0/one; cat /etc/token /opt/x-1.0/one; wc -c < /opt/x-1.0/big',
        {},
        [...below, ...(first.layer ? [first.layer] : [])],
      )
      expect(seen.out).toBe('640 0:7 1000000\n644 0:0 1000000\nof the imageone3000000\n')
    })

    test('other content of the same size and time is a change', async () => {
      expect(await changes('echo -n "OF THE IMAGE" > /etc/token; touch -d @1000000 /etc/token')).toEqual([
        '+ etc directory 755 0:0',
        '+ etc/token file 640 0:7',
      ])
    })

    test('covered files are in no layer, nor are their directories', async () => {
      const covering = ['/etc/token', '/etc/missing', '/opt/x-1.0/one', '/fresh/deep/secret'].map((target) => ({
        type: 'file' as const,
        target,
        content: Buffer.from('secret'),
        mode: 0o400,
        uid: 0,
        gid: 0,
      }))
      const { out, layer } = await run('cat /etc/token', {
        mounts: [...covering, { type: 'tmpfs', target: '/data/sub' }],
      })
      expect(out).toBe('secret')
      expect(await listing(layer)).toEqual([])
      const later = await run('stat -c "%n %a %Y" /etc /etc/hosts /etc/token /opt/x-1.0; ls /data/sub', {}, [
        ...below,
        ...(layer ? [layer] : []),
      ])
      expect(later.out.split('\n').filter((line) => !line.startsWith('/etc/hosts'))).toEqual([
        '/etc 755 1000000',
        '/etc/token 640 1000000',
        '/opt/x-1.0 755 1000000',
        'one',
        'two',
        '',
      ])
    })

    test('a directory of an earlier layer can be moved', async () => {
      const { exitCode, err, layer } = await run('mv /opt/x-1.0 /opt/x')
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
      expect(await listing(layer)).toEqual([
        '+ opt directory 755 0:0',
        '+ opt/x directory 755 0:0',
        '+ opt/x/big file 755 0:0',
        '+ opt/x/one file 644 0:0',
        '+ opt/x/two hardlink 644 0:0',
        '- opt/x-1.0',
      ])
      expect(await layer?.diffId()).toBe('sha256:558f748710d0b2045d3d8a7672c1b66d48a234fb071ad2d625eb22c399315681')
      const seen = await run('cat /opt/x/one /opt/x/two; ls /opt', {}, [...below, ...(layer ? [layer] : [])])
      expect(seen.out).toBe('oneonex\n')
    })

    test('names of one file that are changed alike stay names of one file', async () => {
      const { layer } = await run('chown -R 5:6 /opt/x-1.0')
      expect(await listing(layer)).toEqual([
        '+ opt directory 755 0:0',
        '+ opt/x-1.0 directory 755 5:6',
        '+ opt/x-1.0/big file 755 5:6',
        '+ opt/x-1.0/one file 644 5:6',
        '+ opt/x-1.0/two hardlink 644 5:6',
      ])
      expect((await run('stat -c "%h %u" /opt/x-1.0/two', {}, [...below, ...(layer ? [layer] : [])])).out).toBe('2 5\n')
    })

    test('a further name of a file takes its other names along, a removed name does not', async () => {
      expect(await changes('rm /opt/x-1.0/one')).toEqual([
        '+ opt directory 755 0:0',
        '+ opt/x-1.0 directory 755 0:0',
        '- opt/x-1.0/one',
      ])
      expect(await changes('ln /etc/token /etc/other')).toEqual([
        '+ etc directory 755 0:0',
        '+ etc/other file 640 0:7',
        '+ etc/token hardlink 640 0:7',
      ])
    })

    test('a directory in the place of a symlink is not compared with what the symlink led to', async () => {
      const link = store.fromDiff(set({ lib: { ...directory(), type: 'symlink', target: 'opt/x-1.0' } }), {
        type: 'none',
      })
      const { layer } = await run('cp -a /opt/x-1.0 /copy; rm /lib; mv /copy /lib', {}, [...below, link])
      expect(await listing(layer)).toEqual([
        '+ lib directory 755 0:0',
        '+ lib/big file 755 0:0',
        '+ lib/one file 644 0:0',
        '+ lib/two hardlink 644 0:0',
      ])
    })

    const hasOneId = name === 'userns-single'
    const attributes = hasOneId
      ? 'attributes are kept, and ACLs of other ids refused'
      : 'attributes and ACLs of one step are there in the next'
    test.skipIf(!hasAttributes)(`${attributes} (skipped without attr and acl)`, async () => {
      const on = [...below, store.fromDiff(programs(attributePrograms), { type: 'none' })]
      if (hasOneId) {
        const made = await run(
          'touch /f; setfattr -n user.note -v hello /f; setfacl -m u:1000:rw /f || echo refused',
          {},
          on,
        )
        expect(made.out).toBe('refused\n')
        const { out } = await run('getfattr -d /f; stat -c %a /f', {}, [...on, ...(made.layer ? [made.layer] : [])])
        return expect(out).toBe('# file: f\nuser.note="hello"\n\n644\n')
      }
      const script = [
        'touch /f; setfattr -n user.note -v hello /f; chmod 640 /f; setfacl -m u:1000:rw /f',
        'mkdir -m 750 /d; setfacl -d -m g:50:rwx /d; setfattr -n user.note -v d /d',
        'setfattr -n user.note -v t /etc/token; setfacl -m u:5:rwx /data',
      ].join('\n')
      const first = await run(script, {}, on)
      expect(first).toMatchObject({ exitCode: 0, err: '' })
      const show =
        'getfattr -d /f /d /etc/token; getfacl -pn /f /d /data; touch /d/new; getfacl -pn /d/new; stat -c %a /f /d /data'
      const next = [...on, ...(first.layer ? [first.layer] : [])]
      const seen = await run(show, {}, next)
      expect(seen.out).toContain(
        '# file: f\nuser.note="hello"\n\n# file: d\nuser.note="d"\n\n# file: etc/token\nuser.note="t"\n',
      )
      expect(seen.out).toContain('user:1000:rw-\ngroup::r--\nmask::rw-\n')
      expect(seen.out).toContain('default:group:50:rwx\n')
      expect(seen.out).toContain(
        '# file: /d/new\n# owner: 0\n# group: 0\nuser::rw-\ngroup::r-x\t#effective:r--\ngroup:50:rwx',
      )
      expect(seen.out).toMatch(/\n660\n750\n775\n$/)
      // The same from the layer as from the directory that was kept.
      await using other = await openAgentProvider(store, rungOf(name), {
        strategy,
      })
      if (strategy === 'overlay' && process.geteuid?.() === 0)
        for (const unpacked of readdirSync(store.paths.unpacked))
          rmSync(join(store.paths.unpacked, unpacked), { recursive: true })
      expect((await runIn(other, next, { script: show, epoch })).out).toBe(seen.out)
      expect(await first.layer?.diffId()).toBe(
        'sha256:9c54aee62b7513c60829193d1f71b21dbdfc3cf1bfabb9783007f4a13e521de1',
      )
    })
  })
})

test.skipIf(!hasAttributes || !hasBusybox || process.geteuid?.() !== 0)(
  'a default ACL of the directory with the store is in no layer (skipped without root, acl and busybox)',
  async () => {
    const { store, directory: home } = await makeStore()
    execFileSync('setfacl', ['-d', '-m', 'u:1000:rwx', store.paths.work])
    for (const { name, strategy } of waysToRun) {
      await using provider = await openAgentProvider(store, rungOf(name), {
        strategy,
      })
      const { layer } = await runIn(provider, [makeBase(store)], {
        script: 'mkdir /d; echo x > /d/f; touch /data/new',
        epoch,
      })
      for (const change of (await layer?.diff())?.values() ?? []) expect(change).not.toHaveProperty('entry.xattrs')
    }
    rmSync(home, { recursive: true })
  },
)

/** Programs of this machine with the libraries they need. */
function programs(paths: readonly string[]): Diff {
  const entries = new Map<Path, Entry>()
  for (const path of paths) {
    const libraries = execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/(\/\S+) \(/g)
    for (const found of [path, ...[...libraries].map(([, library = '']) => library)])
      entries.set(found.slice(1), file(readFileSync(found)))
  }
  return set(Object.fromEntries(entries))
}
