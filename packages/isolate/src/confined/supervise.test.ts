import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { confinedIsolator } from '../rungs/confined.ts'
import { Ledger } from '../ledger/ledger.ts'
import { namespaceIsolator } from '../rungs/namespaces.ts'
import type { Mount } from '../model/process.ts'
import { rootScripts, userScripts } from '../testing/scripts.ts'
import { canSandbox, type Outcome, Sandbox } from '../testing/sandbox.ts'

/** Programs of the machine, read-only. */
const system = [
  '/bin',
  '/lib',
  '/lib64',
  '/usr',
  '/etc/passwd',
  '/etc/group',
  '/etc/nsswitch.conf',
  '/etc/login.defs',
].filter((path) => existsSync(path))
const mounts: readonly Mount[] = system.map((path) => {
  return {
    type: 'bind',
    source: path,
    target: path,
    readonly: true,
    directory: !path.startsWith('/etc/'),
    recursive: true,
  }
})
const env = [['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']] as const

/** Everything the scripts made, as lstat(2) shows it to the process. */
const list = 'cd /t && find . -printf "%p %y %M %U:%G %n %l\\n" | sort'

/** Scripts about the process itself, others, and their surroundings. */
const processScripts: Readonly<Record<string, string>> = {
  'its own program, name and arguments':
    'readlink /proc/self/exe | xargs basename; cat /proc/self/comm; tr "\\0" " " < /proc/self/cmdline; cp /bin/sleep nap; ./nap 5 & sleep 0.3; cat /proc/$!/comm; readlink /proc/$!/exe; tr "\\0" " " < /proc/$!/cmdline; kill $!',
  'scripts, and scripts of scripts': `printf '#!/bin/sh -e\necho "$0|$*"\n' > one; printf '#!/t/one -x y\n' > two; printf '#! /usr/bin/env perl\nprint "$0 @ARGV\n"' > three
    printf 'echo none $0\n' > four; printf '#!/nowhere\n' > five; printf '#!five\n' > six; chmod +x one two three four five six; ./one a; ./two b c; ./three d; ./four; ./five; ./six; PATH=$PATH:/t; one e; cd /; t/one f; echo $?`,
  'a script that names itself': `printf '#!/t/self\n' > self; chmod +x self; perl -e 'exec "/t/self" or print "$!\n"'`,
  'programs that are none':
    'echo > empty; chmod +x empty; perl -e \'exec {"/t/empty"} "x" or print "$!\n"; exec {"/t"} "x" or print "$!\n"; exec {"/t/no"} "x" or print "$!\n"\'; head -c 100 /bin/true > cut; chmod +x cut; perl -e \'exec {"/t/cut"} "x" or print "$!\n"\'',
  'too many arguments':
    'perl -e \'exec {"/bin/true"} "x", "y" x 200000 or print "$!\\n"\'; /bin/true; echo $?; perl -e \'exec {"/bin/true"} ("x") x 3000000 or print "$!\\n"\'',
  'descriptors by name':
    'echo a > f; exec 7< f; cat /dev/fd/7; exec 7<&-; echo out > /dev/stdout; echo err > /dev/stderr; echo b | cat /dev/stdin; ls -l /proc/self/fd/ | wc -l; readlink /dev/fd',
  'a working directory that moves':
    'mkdir -p a/b; cd a/b; mv /t/a /t/c; mkdir -p /t/a/b; pwd -P; touch here; ls /t/c/b; cd ..; pwd -P; rmdir /t/c/b 2>&1 || rm -r /t/c/b; ls',
  'a working directory that is gone': 'mkdir d; cd d; rmdir /t/d; touch x; stat -c "%F %h" .; cd /t; ls',
  'named pipes': 'mkfifo p; (echo through > p) & cat p; wait; (cat p > out) & sleep 0.2; echo later > p; wait; cat out',
  'UNIX sockets': `perl -e 'use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("s")) or die; listen(S, 1); if (fork == 0) { socket(C, AF_UNIX, SOCK_STREAM, 0); connect(C, sockaddr_un("/t/s")) or die; syswrite C, "hello"; exit }
    accept(A, S); sysread A, my $t, 9; print "$t\n"; wait; socket(D, AF_UNIX, SOCK_STREAM, 0); bind(D, sockaddr_un("/t/s")) or print "$!\n"; connect(D, sockaddr_un("/t/none")) or print "$!\n"; connect(D, sockaddr_un("/etc/passwd")) or print "$!\n"; unlink "s"'`,
  signals:
    'perl -e "\\$p = fork; if (\\$p == 0) { sleep 30; exit } kill 15, \\$p; waitpid \\$p, 0; print \\$?, 10"; sh -c "kill -9 \\$\\$"; echo $?; kill -0 1 2> /dev/null; trap "echo trapped" USR1; kill -USR1 $$; echo after',
  'umask and modes':
    'umask 077; touch a; mkdir b; umask 0; touch c; mkdir d; umask 022; (umask 007; touch e); touch f; chmod 0 f; chmod 1777 d; chmod 2755 b; echo x >> f; cat f',
  times:
    'touch -d "2001-02-03 04:05:06.789" a; ln -s a l; touch -h -d "2002-01-01" l; stat -c "%n %y" a l; touch -r a b; stat -c %y b',
  'links and renames':
    'echo x > a; ln a b; mv -n b c; mv c a; ls; mkdir d e; touch e/f; mv d e/d; mv -T e/d e 2>&1; ln -s /t/none dangling; echo y > dangling; cat none; ln -s loop loop; cat loop 2>&1; echo z > d/ 2>&1; ls -R',
  'mount points':
    'mv /proc /p; rmdir /dev; touch /usr/new; mkdir /bin/x; chmod 777 /usr/bin/env; echo 1 > /proc/sys/kernel/panic; grep -c " /proc " /proc/mounts',
  'a process that may not be dumped': `perl -e 'syscall(157, 4, 0, 0, 0, 0); print -e "/etc/passwd" ? 1 : 0, "\\n"'`,
  pseudoterminals: 'script -qc "test -t 0 && echo terminal" /dev/null | tr -d "\\r"',
  'the name of the machine': 'uname -n',
  'a deep tree':
    'for i in $(seq 40); do mkdir dir$i; cd dir$i; done; pwd | wc -c; touch f; cd /t; find . -name f | wc -l; rm -r dir1; ls',
}

const canCompare = canSandbox && ['perl', 'setpriv', 'find'].every((name) => existsSync(`/usr/bin/${name}`))

describe.skipIf(!canCompare)('confined processes (skipped without CAP_SYS_ADMIN, busybox, perl or setpriv)', () => {
  let real: Sandbox
  let confined: Sandbox
  beforeAll(() => {
    real = new Sandbox(namespaceIsolator)
    confined = new Sandbox(confinedIsolator)
    for (const sandbox of [real, confined]) {
      rmSync(sandbox.at('rootfs'), { recursive: true })
      for (const path of ['rootfs/t', 'rootfs/etc', 'rootfs/tmp', 'rootfs/closed'])
        mkdirSync(sandbox.at(path), { recursive: true })
    }
  })
  beforeEach(() => {
    for (const sandbox of [real, confined]) {
      for (const [path, mode] of [
        ['closed/secret', 0o644],
        ['unreadable', 0o600],
        ['readable', 0o644],
        ['tmp/root', 0o666],
      ] as const) {
        writeFileSync(sandbox.at(`rootfs/${path}`), 'text\n')
        chmodSync(sandbox.at(`rootfs/${path}`), mode)
      }
      chmodSync(sandbox.at('rootfs/closed'), 0o700)
      chmodSync(sandbox.at('rootfs/tmp'), 0o1777)
    }
  })
  afterAll(() => {
    real[Symbol.dispose]()
    confined[Symbol.dispose]()
  })

  async function compare(script: string, uid: number): Promise<void> {
    const [expected, found] = [await run(real, script, uid), await run(confined, script, uid)]
    expect(expected.out).not.toBe('')
    const [{ out, err, exitCode }, wanted] = [found, expected]
    expect({ out, err, exitCode }).toEqual({ out: wanted.out, err: wanted.err, exitCode: wanted.exitCode })
  }

  async function run(sandbox: Sandbox, script: string, uid: number): Promise<Outcome> {
    rmSync(sandbox.at('rootfs/t'), { recursive: true, force: true })
    mkdirSync(sandbox.at('rootfs/t'))
    const ledger = new Ledger()
    if (sandbox === real) chownSync(sandbox.at('rootfs/t'), uid, uid)
    else if (uid !== 0) {
      const { dev, ino } = lstatSync(sandbox.at('rootfs/t'))
      ledger.set(dev, ino, { uid, gid: uid })
    }
    const args = ['/bin/sh', '-c', `cd /t; { ${script}\n} 2>&1; ${list}`]
    const own = sandbox === real ? {} : { ledger }
    return sandbox.run(args, { mounts, env, user: { uid, gid: uid, groups: [] }, ...own })
  }

  // The filter of a container may refuse chroot(2), and a supervisor cannot answer in its place. So
  // it is refused everywhere.
  const { 'a root directory inside the root directory': _, ...scripts } = rootScripts

  test.for(Object.entries(processScripts))('%s', async ([, script]) => compare(script, 0))
  test.for(Object.entries(scripts))('%s', async ([, script]) => compare(script, 0))
  test('a directory that was there before cannot be renamed, as on an overlay', async () => {
    mkdirSync(confined.at('rootfs/old/inner'), { recursive: true })
    const script = `perl -e 'rename "/old", "/new" or print "$!\\n"'; mkdir /made; mv /made /moved; mv /old/inner /old/outer; ls / /old; rm -r /old /moved`
    const { out } = await confined.run(['/bin/sh', '-c', script], { mounts, env, ledger: new Ledger() })
    expect(out).toMatch(/^Invalid cross-device link\n/)
    expect(out).toMatch(/\bmoved\b/)
    expect(out).toMatch(/\/old:\nouter\n$/)
  })
  test.for(Object.entries(userScripts))('another user and %s', async ([, script]) => compare(script, 1000))
})
